//! Telling the world what no template has.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::{
    SandboxError, World,
    outside::{Drift, LogSeed, MetricSeed, Outside, SecretPast, SecretSeed, Seeds, SubscriptionSeed},
    request::{Refusal, Request},
};

/// Where what belongs to an account and to no region is kept.
pub(super) const HOME: &str = "us-east-1";

impl World {
    /// Costs and budgets belong to the account, everything else to the region as well. Days count back from `today`.
    pub fn seed(&self, account: &str, region: &str, seeds: Seeds, today: Timestamp) {
        let Seeds { metrics, subscriptions, secrets, logs, trails, detectors, budgets, costs } = seeds;
        self.outside(account, region, |outside| {
            outside.metrics.extend(metrics);
            outside.subscriptions.extend(subscriptions);
            outside.logs.extend(logs);
            outside.trails.extend(trails);
            outside.detectors.extend(detectors);
            for seed in secrets {
                outside.secrets.retain(|known| known.name != seed.name);
                outside.secrets.push(past(seed, today));
            }
        });
        if !(budgets.is_empty() && costs.is_empty()) {
            self.outside(account, HOME, |outside| {
                outside.budgets.extend(budgets);
                outside.costs.extend(costs);
            });
        }
    }

    /// The newest of two that fit the same metric counts.
    pub fn seed_metric(&self, account: &str, region: &str, seed: MetricSeed) {
        self.seed(account, region, Seeds { metrics: vec![seed], ..Seeds::default() }, self.now());
    }

    pub fn seed_subscription(&self, account: &str, region: &str, seed: SubscriptionSeed) {
        self.seed(account, region, Seeds { subscriptions: vec![seed], ..Seeds::default() }, self.now());
    }

    /// Replaces what was told about the secret before.
    pub fn seed_secret(&self, account: &str, region: &str, seed: SecretSeed) {
        self.seed(account, region, Seeds { secrets: vec![seed], ..Seeds::default() }, self.now());
    }

    pub fn seed_log(&self, account: &str, region: &str, seed: LogSeed) {
        self.seed(account, region, Seeds { logs: vec![seed], ..Seeds::default() }, self.now());
    }

    /// Somebody changes a property beside the stack; nothing as value removes it. The next update of the stack that
    /// changes the property puts it right.
    pub fn change_by_hand(
        &self,
        account: &str,
        region: &str,
        (stack_name, logical_id): (&str, &str),
        pointer: &str,
        value: Option<Value>,
    ) -> Result<(), SandboxError> {
        self.drift(account, region, (stack_name, logical_id), |expected| Drift {
            stack_name: stack_name.to_owned(),
            logical_id: logical_id.to_owned(),
            pointer: Some(pointer.to_owned()),
            value,
            instead_of: expected.pointer(pointer).cloned(),
        })
    }

    /// Somebody deletes a resource beside its stack.
    pub fn delete_by_hand(
        &self,
        account: &str,
        region: &str,
        (stack_name, logical_id): (&str, &str),
    ) -> Result<(), SandboxError> {
        self.drift(account, region, (stack_name, logical_id), |_| Drift {
            stack_name: stack_name.to_owned(),
            logical_id: logical_id.to_owned(),
            pointer: None,
            value: None,
            instead_of: None,
        })
    }

    fn drift(
        &self,
        account: &str,
        region: &str,
        (stack_name, logical_id): (&str, &str),
        drift: impl FnOnce(&Value) -> Drift,
    ) -> Result<(), SandboxError> {
        let request = Request::seed(account, region);
        self.session(&request, |session| {
            let inventory = session.inventory();
            let Some(live) = inventory.stack(stack_name).find(|live| live.logical_id == logical_id) else {
                let message = format!("Stack [{stack_name}] has no resource {logical_id}");
                return (false, Err(SandboxError::from(Refusal::validation(message))));
            };
            let drift = drift(&live.expected);
            session.place().outside.drifts.push(drift);
            (true, Ok(()))
        })
    }

    fn outside(&self, account: &str, region: &str, change: impl FnOnce(&mut Outside)) {
        let request = Request::seed(account, region);
        self.session(&request, |session| {
            change(&mut session.place().outside);
            (true, ())
        });
    }
}

/// Days become dates, so that a secret grows older from then on.
fn past(seed: SecretSeed, today: Timestamp) -> SecretPast {
    let ago = |days: u32| today - SignedDuration::from_hours(24 * i64::from(days));
    SecretPast {
        created_at: ago(seed.created_days_ago),
        changed_at: ago(seed.changed_days_ago.or(seed.rotated_days_ago).unwrap_or(seed.created_days_ago)),
        rotated_at: seed.rotated_days_ago.map(ago),
        name: seed.name,
        value: seed.value,
    }
}
