//! How many calls each API of an account and region may get from us.
//!
//! AWS throttles per account, region and API, and everybody in the account shares that. Staying below is politeness as
//! much as performance: a deploy by hand must not fail because Lockkeeper was polling.

use std::time::Duration;

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter, clock::Clock as _};

use crate::ports::{AwsError, AwsErrorKind, Target};

use super::AwsOptions;

/// Account where known (several environments may share one), else what distinguishes the credentials.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Key {
    owner: String,
    region: String,
    operation: &'static str,
}

pub(super) struct Budgets {
    limiter: DefaultKeyedRateLimiter<Key>,
    longest_wait: Duration,
}

impl Budgets {
    pub(super) fn new(options: &AwsOptions) -> Self {
        let quota = Quota::per_second(options.calls_per_second).allow_burst(options.burst);
        Self { limiter: RateLimiter::keyed(quota), longest_wait: options.budget_wait }
    }

    /// Waits for a turn. S3 is not rationed, because it allows thousands of requests a second, nor is STS, which is called
    /// once per target.
    pub(super) async fn take(&self, target: &Target, operation: &'static str) -> Result<(), AwsError> {
        if operation.starts_with("s3:") || operation.starts_with("sts:") {
            return Ok(());
        }
        let owner = target.account.as_ref().or(target.role_arn.as_ref()).cloned().unwrap_or_default();
        let key = Key { owner, region: target.region.clone(), operation };
        let clock = governor::clock::DefaultClock::default();
        let mut waited = Duration::ZERO;
        while let Err(not_yet) = self.limiter.check_key(&key) {
            let wait = not_yet.wait_time_from(clock.now());
            if waited + wait > self.longest_wait {
                return Err(AwsError {
                    operation: operation.to_owned(),
                    kind: AwsErrorKind::Throttled,
                    message: format!(
                        "Lockkeeper's own budget for this API in {} was used up for {} s; nothing was sent, it will be \
                         tried again",
                        target.region,
                        self.longest_wait.as_secs()
                    ),
                    request_id: None,
                });
            }
            waited += wait;
            tokio::time::sleep(wait).await;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::{num::NonZeroU32, sync::Arc, time::Instant};

    use super::*;
    use crate::aws::World;

    struct Fixed;
    impl app::ports::Clock for Fixed {
        fn now(&self) -> jiff::Timestamp {
            jiff::Timestamp::UNIX_EPOCH
        }
    }

    fn budgets(per_second: u32, burst: u32, wait: Duration) -> Budgets {
        let mut options = AwsOptions::new(World::Default, Arc::new(Fixed));
        options.calls_per_second = NonZeroU32::new(per_second).unwrap();
        options.burst = NonZeroU32::new(burst).unwrap();
        options.budget_wait = wait;
        Budgets::new(&options)
    }

    fn target(account: &str, region: &str) -> Target {
        Target {
            application: "shop".to_owned(),
            environment: "staging".to_owned(),
            account: Some(account.to_owned()),
            region: region.to_owned(),
            role_arn: None,
            external_id: None,
        }
    }

    #[tokio::test]
    async fn a_call_over_the_burst_waits_for_its_turn() {
        let budgets = budgets(20, 2, Duration::from_secs(5));
        let place = target("111111111111", "us-east-1");
        let started = Instant::now();
        for _ in 0..4 {
            budgets.take(&place, "cloudformation:DescribeStacks").await.unwrap();
        }
        assert!(started.elapsed() >= Duration::from_millis(90), "{:?}", started.elapsed());
    }

    #[tokio::test]
    async fn accounts_regions_and_apis_do_not_wait_for_each_other() {
        let budgets = budgets(1, 1, Duration::ZERO);
        let describe = "cloudformation:DescribeStacks";
        budgets.take(&target("111111111111", "us-east-1"), describe).await.unwrap();
        budgets.take(&target("222222222222", "us-east-1"), describe).await.unwrap();
        budgets.take(&target("111111111111", "eu-west-1"), describe).await.unwrap();
        budgets.take(&target("111111111111", "us-east-1"), "cloudformation:ListExports").await.unwrap();
    }

    #[tokio::test]
    async fn waiting_has_an_end_and_says_that_nothing_was_sent() {
        let budgets = budgets(1, 1, Duration::from_millis(10));
        let place = target("111111111111", "us-east-1");
        budgets.take(&place, "cloudformation:DescribeStacks").await.unwrap();
        let refused = budgets.take(&place, "cloudformation:DescribeStacks").await.unwrap_err();
        assert_eq!(refused.kind, AwsErrorKind::Throttled);
        assert!(refused.message.contains("nothing was sent"), "{refused}");
    }
}
