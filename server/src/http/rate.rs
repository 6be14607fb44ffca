//! How often one network address may begin a login.

use std::{
    net::{IpAddr, Ipv6Addr},
    num::NonZeroU32,
    sync::atomic::{AtomicU32, Ordering},
};

use axum::response::IntoResponse as _;
use axum::{http::StatusCode, response::Response};
use governor::{
    Quota, RateLimiter,
    clock::{Clock as _, DefaultClock},
    state::keyed::DashMapStateStore,
};

use super::{Problem, request::ClientAddress};

pub struct LoginRate {
    limiter: RateLimiter<IpAddr, DashMapStateStore<IpAddr>, DefaultClock>,
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
        let quota = Quota::per_minute(NonZeroU32::new(per_minute).unwrap_or(NonZeroU32::MIN));
        Self { limiter: RateLimiter::keyed(quota), seen: AtomicU32::new(0) }
    }

    /// # Errors
    /// With the page to answer when there were too many.
    #[expect(clippy::result_large_err, reason = "the error is the response")]
    pub(super) fn check(&self, ClientAddress(address): ClientAddress) -> Result<(), Response> {
        // Now and then: addresses that have been quiet need not be remembered.
        if self.seen.fetch_add(1, Ordering::Relaxed).is_multiple_of(1024) {
            self.limiter.retain_recent();
        }
        self.limiter.check_key(&key(address)).map_err(|not_until| {
            let wait = not_until.wait_time_from(DefaultClock::default().now()).as_secs() + 1;
            metrics::counter!("login_rate_limited_total").increment(1);
            Problem::new(
                StatusCode::TOO_MANY_REQUESTS,
                "Too many logins from your network",
                format!("Wait {wait} seconds and try again. What you typed is kept."),
            )
            .way_out("Log in", "/login")
            .retry_after(wait)
            .into_response()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_is_stopped_and_others_are_not() {
        let rate = LoginRate::new(3);
        let address = |text: &str| ClientAddress(Some(text.parse().unwrap()));
        for _ in 0..3 {
            assert!(rate.check(address("2001:db8::1")).is_ok());
        }
        assert_eq!(rate.check(address("2001:db8::2")).unwrap_err().status(), 429);
        assert!(rate.check(address("2001:db8:0:1::1")).is_ok());
        assert!(rate.check(address("192.0.2.1")).is_ok());
    }
}
