//! What our own calls cost. Every attempt is counted, retries included, because every attempt is billed and throttled.
//!
//! Counted by an SDK interceptor, so that no adapter can forget it. Not counted: the `AssumeRole` calls the credential
//! provider makes about once an hour and role (STS is free of charge).
//!
//! Prices are those of us-east-1, S3 Standard, from the public price list of Amazon S3 (2026): 0.005 USD per 1,000 PUT,
//! 0.0004 USD per 1,000 GET and all other requests. `CloudFormation` takes nothing for AWS resource types, STS nothing
//! at all. Counted in nano-dollars, handed out in micro-dollars, rounded up.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use app::ports::Clock;
use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        interceptors::{Intercept, context::FinalizerInterceptorContextRef, dyn_dispatch_hint},
        orchestrator::Metadata,
        runtime_components::RuntimeComponents,
    },
};
use aws_smithy_types::config_bag::ConfigBag;
use jiff::{civil::Date, tz::TimeZone};

/// Calls of one operation on one UTC day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallCount {
    pub day: Date,
    /// Empty where the target does not name its account.
    pub account: String,
    pub region: String,
    /// For example `cloudformation:DescribeStacks`.
    pub operation: String,
    pub calls: u64,
    /// Attempts without an answer or answered with 4xx or 5xx; a look-up of something that is not there counts too.
    pub errors: u64,
    pub micro_dollars: i64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    calls: u64,
    errors: u64,
    /// Negative after a drain that rounded up: what was charged ahead.
    nano_dollars: i64,
}

type Key = (Date, String, String, String);

/// Collects calls in memory until somebody takes them to the database.
pub struct CallMeter {
    clock: Arc<dyn Clock>,
    tallies: Mutex<BTreeMap<Key, Tally>>,
}

impl CallMeter {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, tallies: Mutex::new(BTreeMap::new()) }
    }

    fn count(&self, account: &str, region: &str, operation: &str, failed: bool) {
        let day = self.clock.now().to_zoned(TimeZone::UTC).date();
        let key = (day, account.to_owned(), region.to_owned(), operation.to_owned());
        let mut tallies = self.tallies.lock().unwrap_or_else(PoisonError::into_inner);
        let tally = tallies.entry(key).or_default();
        tally.calls += 1;
        tally.errors += u64::from(failed);
        tally.nano_dollars += nano_dollars(operation);
    }

    /// Everything counted since the last drain. Add it to what is stored; give it back with [`CallMeter::restore`] when
    /// it could not be stored.
    pub fn drain(&self) -> Vec<CallCount> {
        let mut tallies = self.tallies.lock().unwrap_or_else(PoisonError::into_inner);
        let today = self.clock.now().to_zoned(TimeZone::UTC).date();
        let mut counts = Vec::new();
        for ((day, account, region, operation), tally) in tallies.iter_mut().filter(|(_, tally)| tally.calls > 0) {
            let micro_dollars = (tally.nano_dollars + 999).div_euclid(1000);
            counts.push(CallCount {
                day: *day,
                account: account.clone(),
                region: region.clone(),
                operation: operation.clone(),
                calls: tally.calls,
                errors: tally.errors,
                micro_dollars,
            });
            *tally = Tally { nano_dollars: tally.nano_dollars - micro_dollars * 1000, ..Tally::default() };
        }
        tallies.retain(|(day, ..), _| *day >= today);
        counts
    }

    /// Puts drained counts back, so that a database that was away loses nothing.
    pub fn restore(&self, counts: &[CallCount]) {
        let mut tallies = self.tallies.lock().unwrap_or_else(PoisonError::into_inner);
        for count in counts {
            let key = (count.day, count.account.clone(), count.region.clone(), count.operation.clone());
            let tally = tallies.entry(key).or_default();
            tally.calls += count.calls;
            tally.errors += count.errors;
            tally.nano_dollars += count.micro_dollars * 1000;
        }
    }
}

fn nano_dollars(operation: &str) -> i64 {
    match operation {
        "s3:PutObject" => 5_000,
        _ if operation.starts_with("s3:") => 400,
        other => super::call::price(other).unwrap_or(0),
    }
}

/// Counts the attempts of one target's clients.
pub(super) struct Counter {
    pub(super) meter: Arc<CallMeter>,
    pub(super) account: String,
    pub(super) region: String,
    pub(super) service: &'static str,
}

impl std::fmt::Debug for Counter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Counter({})", self.service)
    }
}

#[dyn_dispatch_hint]
impl Intercept for Counter {
    fn name(&self) -> &'static str {
        "LockkeeperCallMeter"
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let Some(metadata) = config.load::<Metadata>() else { return Ok(()) };
        let operation = format!("{}:{}", self.service, metadata.name());
        let failed = !matches!(context.output_or_error(), Some(Ok(_)));
        self.meter.count(&self.account, &self.region, &operation, failed);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct At(Mutex<jiff::Timestamp>);
    impl Clock for At {
        fn now(&self) -> jiff::Timestamp {
            *self.0.lock().unwrap()
        }
    }

    fn meter() -> (CallMeter, Arc<At>) {
        let clock = Arc::new(At(Mutex::new("2026-03-01T23:59:00Z".parse().unwrap())));
        (CallMeter::new(clock.clone()), clock)
    }

    #[test]
    fn calls_errors_and_cost_are_kept_per_day_account_region_and_operation() {
        let (meter, clock) = meter();
        meter.count("1", "us-east-1", "s3:PutObject", false);
        meter.count("1", "us-east-1", "s3:PutObject", true);
        *clock.0.lock().unwrap() = "2026-03-02T00:01:00Z".parse().unwrap();
        meter.count("1", "us-east-1", "s3:PutObject", false);
        meter.count("2", "us-east-1", "cloudformation:DescribeStacks", false);
        let rows: Vec<_> = meter
            .drain()
            .into_iter()
            .map(|c| (c.day.to_string(), c.account, c.calls, c.errors, c.micro_dollars))
            .collect();
        let row =
            |day: &str, account: &str, calls, errors, cost| (day.to_owned(), account.to_owned(), calls, errors, cost);
        assert_eq!(
            rows,
            [row("2026-03-01", "1", 2, 1, 10), row("2026-03-02", "1", 1, 0, 5), row("2026-03-02", "2", 1, 0, 0)]
        );
        assert!(meter.drain().is_empty());
    }

    #[test]
    fn cheap_calls_drained_one_by_one_are_not_rounded_up_each_time() {
        let (meter, _) = meter();
        let mut total = 0;
        for _ in 0..10 {
            meter.count("1", "us-east-1", "s3:HeadObject", false);
            total += meter.drain().iter().map(|count| count.micro_dollars).sum::<i64>();
        }
        assert_eq!(total, 4, "ten requests of 0.4 micro-dollars");
    }

    #[test]
    fn counts_that_could_not_be_stored_come_back() {
        let (meter, _) = meter();
        meter.count("1", "us-east-1", "s3:PutObject", true);
        let drained = meter.drain();
        meter.restore(&drained);
        assert_eq!(meter.drain(), drained);
    }
}
