//! How far our clock is from somebody else's, by the `Date` of an answer.

use std::time::Duration;

use app::ports::Clock as _;
use jiff::{Timestamp, fmt::rfc2822::DateTimeParser};
use reqwest::{Client, header::DATE, redirect::Policy};

use crate::clock::SystemClock;

use super::Finding;

/// Signatures of AWS and tokens of login services bear some minutes; half a minute already says that a clock runs by
/// itself.
const TOLERATED_SECS: i64 = 30;
const BROKEN_SECS: i64 = 240;

/// `None` when nobody answers there: that is said elsewhere.
pub(super) async fn against(subject: &str, address: &str) -> Option<Finding> {
    let client = Client::builder().redirect(Policy::none()).timeout(Duration::from_secs(8)).build().ok()?;
    let answer = client.get(address).send().await.ok()?;
    let theirs = date(answer.headers().get(DATE)?.to_str().ok()?)?;
    Some(judge(subject, SystemClock.now().as_second() - theirs.as_second()))
}

fn date(text: &str) -> Option<Timestamp> {
    DateTimeParser::new().parse_timestamp(text).ok()
}

fn judge(subject: &str, ahead_secs: i64) -> Finding {
    let away = ahead_secs.abs();
    if away <= TOLERATED_SECS {
        return Finding::ok(subject, format!("{away} s away from ours"));
    }
    let what = format!("ours is {away} s {} it", if ahead_secs > 0 { "ahead of" } else { "behind" });
    let advice = "Let this machine's clock be set by NTP: logins and signatures are refused when it is off.";
    if away <= BROKEN_SECS { Finding::warn(subject, what, advice) } else { Finding::fail(subject, what, advice) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::doctor::Level;

    #[test]
    fn dates_of_answers_are_read_and_distances_judged() {
        assert_eq!(date("Wed, 25 Nov 2026 10:40:00 GMT"), "2026-11-25T10:40:00Z".parse().ok());
        assert_eq!(date("yesterday"), None);
        let table = [(0, Level::Ok), (-30, Level::Ok), (31, Level::Warn), (-241, Level::Fail), (3600, Level::Fail)];
        for (ahead, expected) in table {
            assert_eq!(judge("clock", ahead).level, expected, "{ahead}");
        }
        assert!(judge("clock", -60).what.contains("60 s behind"));
    }
}
