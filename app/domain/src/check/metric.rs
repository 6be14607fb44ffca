//! A statistic of a metric against a threshold.

use crate::blueprint::checks::MetricCheck;

use super::{Finding, Measurement, decimal};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeriesFacts {
    pub asked: String,
    /// One value over the whole window; `None`: no data.
    pub value_thousandths: Option<i64>,
}

/// A decimal number, with or without exponent, in thousandths.
pub fn thousandths(text: &str) -> Option<i64> {
    let number: f64 = text.trim().parse().ok()?;
    let scaled = (number * 1000.0).round();
    let is_in_range = scaled.is_finite() && scaled.abs() < 9.0e18;
    #[expect(clippy::cast_possible_truncation, reason = "in range, and rounded")]
    let whole = scaled as i64;
    is_in_range.then_some(whole)
}

pub(super) fn decide(check: &MetricCheck, facts: &SeriesFacts) -> Finding {
    let Some(value) = facts.value_thousandths else {
        return Finding::unknown(format!("no data within {} minutes", check.window_minutes));
    };
    let holds = check.min.is_none_or(|min| value >= min.saturating_mul(1000))
        && check.max.is_none_or(|max| value <= max.saturating_mul(1000));
    let found = format!("{} {}", decimal(value), check.unit);
    Finding::either(holds, found.trim_end().to_owned()).measuring(Measurement::new(value, &check.unit))
}

pub(super) fn expected(check: &MetricCheck) -> String {
    let range = match (check.min, check.max) {
        (Some(min), Some(max)) => format!("{min} to {max} {}", check.unit),
        (Some(min), None) => format!("at least {min} {}", check.unit),
        (None, Some(max)) => format!("at most {max} {}", check.unit),
        (None, None) => "any value".to_owned(),
    };
    range.trim_end().to_owned()
}
