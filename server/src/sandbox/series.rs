//! Numbers that depend on time and on nothing else: the same minute has the same value in every run, and every hour has
//! some.

use serde::{Deserialize, Serialize};

/// The hour of the day with the most traffic, UTC.
const PEAK_HOUR: f64 = 20.0;
const MINUTES_OF_A_DAY: i64 = 24 * 60;

/// One value a minute.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Series {
    /// In the middle between day and night.
    pub base: f64,
    /// How far the busiest and the quietest minute are from it.
    #[serde(default)]
    pub daily: f64,
    /// How far a minute may be from its neighbours.
    #[serde(default)]
    pub jitter: f64,
    /// Only about one minute in so many has a value, the others nothing: errors come now and then.
    #[serde(default)]
    pub one_in: Option<u32>,
    /// By how much the slowest of a hundred is above the middle: 2 means three times as slow.
    #[serde(default)]
    pub spread: f64,
}

impl Series {
    pub const fn steady(base: f64) -> Self {
        Self { base, daily: 0.0, jitter: 0.0, one_in: None, spread: 0.0 }
    }

    pub(super) const fn daily(base: f64, daily: f64, jitter: f64) -> Self {
        Self { base, daily, jitter, one_in: None, spread: 0.0 }
    }

    pub(super) const fn spread(self, spread: f64) -> Self {
        Self { spread, ..self }
    }

    /// Never below nothing.
    pub(super) fn at(&self, key: u64, minute: i64) -> f64 {
        let chance = mixed(key, minute);
        if let Some(one_in) = self.one_in
            && !chance.is_multiple_of(u64::from(one_in.max(1)))
        {
            return 0.0;
        }
        let hour = f64::from(u16::try_from(minute.rem_euclid(MINUTES_OF_A_DAY)).unwrap_or_default()) / 60.0;
        let day = ((hour - PEAK_HOUR) / 24.0 * std::f64::consts::TAU).cos();
        // From -1 to 1, from the bits that did not decide above.
        let wobble = f64::from(u16::try_from((chance >> 40) & 0xffff).unwrap_or_default()) / 32_767.5 - 1.0;
        (self.base + self.daily * day + self.jitter * wobble).max(0.0)
    }

    /// A value of which `percent` of all are not above, around a middle.
    pub(super) fn percentile(&self, middle: f64, percent: f64) -> f64 {
        middle * (1.0 + self.spread * (percent / 100.0).powi(8))
    }
}

/// The same for the same key, well spread.
pub(super) fn key(parts: &[&str]) -> u64 {
    let bytes = parts.iter().flat_map(|part| part.bytes().chain([0]));
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

fn mixed(key: u64, minute: i64) -> u64 {
    let mut z = key ^ minute.cast_unsigned().wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_evening_is_busier_than_the_morning() {
        let series = Series::daily(100.0, 60.0, 5.0);
        let (evening, morning) = (series.at(1, 20 * 60), series.at(1, 8 * 60));
        assert!(evening > 150.0 && morning < 50.0, "{evening} {morning}");
    }

    #[test]
    fn what_comes_now_and_then_comes_about_that_often() {
        let series = Series { one_in: Some(60), ..Series::steady(1.0) };
        let day: f64 = (0..MINUTES_OF_A_DAY).map(|minute| series.at(key(&["a"]), minute)).sum();
        assert!((10.0..45.0).contains(&day), "{day} a day");
    }

    #[test]
    fn slow_ones_are_slower_than_the_middle() {
        let series = Series::steady(100.0).spread(2.0);
        assert!(series.percentile(100.0, 50.0) < 102.0);
        assert!(series.percentile(100.0, 95.0) > 200.0);
        assert!(series.percentile(100.0, 99.0) > series.percentile(100.0, 95.0));
    }
}
