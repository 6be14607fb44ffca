//! Where time and ids come from. Everything else is given them.

use app::ports::Clock;
use jiff::Timestamp;
use rand::RngCore as _;
use uuid::{Builder, Uuid};

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place where the real time comes in")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// A new UUIDv7: sorts by time, unguessable in its random part.
pub fn new_id(now: Timestamp) -> Uuid {
    let mut random = [0u8; 10];
    rand::rng().fill_bytes(&mut random);
    let millis = u64::try_from(now.as_millisecond()).unwrap_or(0);
    Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
}
