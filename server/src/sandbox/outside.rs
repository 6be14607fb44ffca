//! What no template has: traffic and its traces, people's answers to e-mails, secret values set by hand, costs, and
//! controls of the account. It is handed in through the `seed_…` functions of [`super::World`] and kept with the state.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use super::series::Series;

/// A custom metric, or how one that a service publishes for a resource behaves in this world.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MetricSeed {
    pub namespace: String,
    pub name: String,
    /// A `*` in a value stands for anything.
    #[serde(default)]
    pub dimensions: BTreeMap<String, String>,
    pub series: Series,
}

/// Somebody who asked to be told.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SubscriptionSeed {
    /// The topic's name, not its ARN.
    pub topic: String,
    pub protocol: String,
    pub endpoint: String,
    pub is_confirmed: bool,
}

/// What people did to a secret. One that no stack has is made.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecretSeed {
    pub name: String,
    /// In place of what was generated.
    #[serde(default)]
    pub value: Option<String>,
    pub created_days_ago: u32,
    #[serde(default)]
    pub changed_days_ago: Option<u32>,
    /// The last rotation that was finished.
    #[serde(default)]
    pub rotated_days_ago: Option<u32>,
}

/// A line that appears in a log group again and again.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogSeed {
    pub group: String,
    pub message: String,
    pub every_minutes: u32,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrailSeed {
    pub name: String,
    pub bucket: String,
    pub is_multi_region: bool,
    pub validates_files: bool,
    pub is_logging: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DetectorSeed {
    pub id: String,
    pub is_enabled: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BudgetSeed {
    pub name: String,
    /// US dollars a month.
    pub limit: f64,
    /// Counts what carries this tag; nothing: everything.
    #[serde(default)]
    pub tag: Option<(String, String)>,
}

/// What one service costs in a month.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CostSeed {
    /// As Cost Explorer names it: `AWS Lambda`.
    pub service: String,
    /// US dollars.
    pub monthly: f64,
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
}

/// All of it for one account and region, as a file holds it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Seeds {
    pub metrics: Vec<MetricSeed>,
    pub subscriptions: Vec<SubscriptionSeed>,
    pub secrets: Vec<SecretSeed>,
    pub logs: Vec<LogSeed>,
    pub trails: Vec<TrailSeed>,
    pub detectors: Vec<DetectorSeed>,
    pub budgets: Vec<BudgetSeed>,
    pub costs: Vec<CostSeed>,
}

/// What was changed by hand.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Drift {
    pub(super) stack_name: String,
    pub(super) logical_id: String,
    /// Into the properties; nothing: the whole resource is gone.
    pub(super) pointer: Option<String>,
    pub(super) value: Option<Value>,
    /// What the stack asked for at that time.
    pub(super) instead_of: Option<Value>,
}

/// One run of `DetectStackDrift`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Detection {
    pub(super) id: String,
    pub(super) stack_id: String,
    pub(super) stack_name: String,
    pub(super) begun_at: Timestamp,
    pub(super) ready_at: Timestamp,
}

/// A secret's dates, fixed when it was seeded.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct SecretPast {
    pub(super) name: String,
    pub(super) value: Option<String>,
    pub(super) created_at: Timestamp,
    pub(super) changed_at: Timestamp,
    pub(super) rotated_at: Option<Timestamp>,
}

/// Everything of one account and region that came from outside.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Outside {
    pub(super) metrics: Vec<MetricSeed>,
    pub(super) subscriptions: Vec<SubscriptionSeed>,
    pub(super) secrets: Vec<SecretPast>,
    pub(super) logs: Vec<LogSeed>,
    pub(super) trails: Vec<TrailSeed>,
    pub(super) detectors: Vec<DetectorSeed>,
    pub(super) budgets: Vec<BudgetSeed>,
    pub(super) costs: Vec<CostSeed>,
    pub(super) drifts: Vec<Drift>,
    pub(super) detections: Vec<Detection>,
}

/// Whether a text is what a pattern with a `*` somewhere stands for.
pub(super) fn fits(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        Some((before, after)) => text.strip_prefix(before).is_some_and(|rest| rest.ends_with(after)),
        None => pattern == text,
    }
}
