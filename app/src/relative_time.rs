//! How long ago, in words. Shared by the server and the browser, so that both say the same.

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// `secs` is positive for the past.
pub fn relative(secs: i64) -> String {
    if secs < 0 { format!("in {}", span(-secs)) } else { format!("{} ago", span(secs)) }
}

/// A length of time with at most two units.
pub fn span(secs: i64) -> String {
    match secs {
        ..MINUTE => format!("{secs} s"),
        MINUTE..HOUR => format!("{} min", secs / MINUTE),
        HOUR..DAY => two(secs / HOUR, "h", secs % HOUR / MINUTE, "min"),
        _ if secs < 14 * DAY => two(secs / DAY, "d", secs % DAY / HOUR, "h"),
        _ => format!("{} days", secs / DAY),
    }
}

/// A measured duration: seconds stay visible below an hour.
pub fn duration(secs: i64) -> String {
    match secs {
        ..MINUTE => format!("{secs} s"),
        MINUTE..HOUR => two(secs / MINUTE, "min", secs % MINUTE, "s"),
        _ => span(secs),
    }
}

fn two(first: i64, unit: &str, second: i64, small: &str) -> String {
    if second == 0 { format!("{first} {unit}") } else { format!("{first} {unit} {second} {small}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_said_in_the_unit_a_person_would_use() {
        let table = [
            (0, "0 s ago"),
            (59, "59 s ago"),
            (60, "1 min ago"),
            (3_599, "59 min ago"),
            (3_600, "1 h ago"),
            (9_000, "2 h 30 min ago"),
            (86_400, "1 d ago"),
            (90_000, "1 d 1 h ago"),
            (30 * 86_400, "30 days ago"),
            (-90, "in 1 min"),
        ];
        for (secs, words) in table {
            assert_eq!(relative(secs), words);
        }
    }

    #[test]
    fn a_measured_duration_keeps_its_seconds() {
        assert_eq!(duration(75), "1 min 15 s");
        assert_eq!(duration(120), "2 min");
    }
}
