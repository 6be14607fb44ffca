//! How often one browser, and one network address, may begin a login.

use std::{
    net::{IpAddr, Ipv6Addr},
    num::NonZeroU32,
    sync::atomic::{AtomicU32, Ordering},
};

use axum::response::IntoResponse as _;
use axum::{http::StatusCode, response::Response};
use governor::{
    NotUntil, Quota, RateLimiter,
    clock::{Clock as _, DefaultClock},
    state::keyed::DashMapStateStore,
};

use super::{Problem, request::ClientAddress};

/// How many times as often as one browser a whole address may begin: offices share one.
const BROWSERS_PER_ADDRESS: u32 = 10;

/// Two budgets. A browser we gave a session has its own, so that nobody behind the same address can use it up; whoever
/// comes without one shares the address's.
pub struct LoginRate {
    browsers: RateLimiter<String, DashMapStateStore<String>, DefaultClock>,
    addresses: RateLimiter<IpAddr, DashMapStateStore<IpAddr>, DefaultClock>,
    /// Forms of strangers, which take room in the database.
    forms: RateLimiter<IpAddr, DashMapStateStore<IpAddr>, DefaultClock>,
    seen: AtomicU32,
}

/// One household or server has a whole /64: it counts as one address.
fn key(address: Option<IpAddr>) -> IpAddr {
    match address {
        Some(IpAddr::V6(address)) => Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)).into(),
        Some(address) => address,
        None => Ipv6Addr::UNSPECIFIED.into(),
    }
}

impl LoginRate {
    pub(super) fn new(per_minute: u32) -> Self {
        let quota = |count: u32| Quota::per_minute(NonZeroU32::new(count).unwrap_or(NonZeroU32::MIN));
        Self {
            browsers: RateLimiter::keyed(quota(per_minute)),
            addresses: RateLimiter::keyed(quota(per_minute.saturating_mul(BROWSERS_PER_ADDRESS))),
            forms: RateLimiter::keyed(quota(per_minute)),
            seen: AtomicU32::new(0),
        }
    }

    /// `browser`: the session of a browser that has begun a login here before.
    ///
    /// # Errors
    /// With the page to answer when there were too many.
    #[expect(clippy::result_large_err, reason = "the error is the response")]
    pub(super) fn check(&self, browser: Option<String>, ClientAddress(address): ClientAddress) -> Result<(), Response> {
        self.tidy_up();
        let (checked, whose) = match browser {
            Some(browser) => (self.browsers.check_key(&browser), "your browser"),
            None => (self.addresses.check_key(&key(address)), "your network"),
        };
        checked.map_err(|not_until| too_many(whose, &not_until))
    }

    /// Whether a form of somebody without a session may be kept until they have logged in.
    ///
    /// # Errors
    /// With the page to answer when there were too many.
    #[expect(clippy::result_large_err, reason = "the error is the response")]
    pub(super) fn check_form(&self, ClientAddress(address): ClientAddress) -> Result<(), Response> {
        self.tidy_up();
        self.forms.check_key(&key(address)).map_err(|not_until| too_many("your network", &not_until))
    }

    /// Now and then: who has been quiet need not be remembered.
    fn tidy_up(&self) {
        if self.seen.fetch_add(1, Ordering::Relaxed).is_multiple_of(1024) {
            self.browsers.retain_recent();
            self.addresses.retain_recent();
            self.forms.retain_recent();
        }
    }
}

fn too_many(whose: &str, not_until: &NotUntil<<DefaultClock as governor::clock::Clock>::Instant>) -> Response {
    let wait = not_until.wait_time_from(DefaultClock::default().now()).as_secs() + 1;
    metrics::counter!("login_rate_limited_total").increment(1);
    Problem::new(
        StatusCode::TOO_MANY_REQUESTS,
        &format!("Too many logins from {whose}"),
        format!("Wait {wait} seconds and try again. What you typed is kept."),
    )
    .way_out("Log in", "/login")
    .retry_after(wait)
    .into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_is_stopped_and_others_are_not() {
        let rate = LoginRate::new(3);
        let address = |text: &str| ClientAddress(Some(text.parse().unwrap()));
        for _ in 0..3 * BROWSERS_PER_ADDRESS {
            assert!(rate.check(None, address("2001:db8::1")).is_ok());
        }
        assert_eq!(rate.check(None, address("2001:db8::2")).unwrap_err().status(), 429);
        assert!(rate.check(None, address("2001:db8:0:1::1")).is_ok());
        assert!(rate.check(None, address("192.0.2.1")).is_ok());
    }

    #[test]
    fn a_browser_we_know_is_not_locked_out_by_others_of_its_address() {
        let rate = LoginRate::new(3);
        let address = ClientAddress(Some("192.0.2.1".parse().unwrap()));
        while rate.check(None, address).is_ok() {}
        for _ in 0..3 {
            assert!(rate.check(Some("known".to_owned()), address).is_ok());
        }
        assert_eq!(rate.check(Some("known".to_owned()), address).unwrap_err().status(), 429, "but it has an end, too");
        assert!(rate.check(Some("another".to_owned()), address).is_ok());
    }
}
