//! What the kinds of checks that ask AWS are told.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::AssertionSection;

/// Of a stack: everything that meets all criteria given.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct SelectSection {
    /// Logical name of the stack.
    pub stack: String,
    /// Logical id of the resource; with `*` at its end, every id that begins so.
    pub logical_id: Option<String>,
    /// CloudFormation's name of a type, for example `AWS::S3::Bucket`.
    #[serde(rename = "type")]
    #[schemars(regex(pattern = "^[A-Za-z0-9]+::[A-Za-z0-9]+::[A-Za-z0-9]+$"))]
    pub resource_type: Option<String>,
    /// Output of the stack that names the resource.
    pub output: Option<String>,
    /// Tags the resource carries.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum QuantifierWord {
    #[default]
    Every,
    Any,
}

#[derive(Debug, Deserialize, JsonSchema)]
pub struct ServiceSection {
    #[serde(flatten)]
    pub select: SelectSection,
    /// Whether every selected resource must be right, or any one. Default: `every`.
    #[serde(default)]
    pub quantifier: QuantifierWord,
    /// What its document, as AWS reports it, must hold.
    #[serde(default)]
    pub properties: Vec<AssertionSection>,
}

#[derive(Debug, Deserialize, JsonSchema)]
pub struct AccountSection {
    /// Whether every one must be right, or any. Default: `any`.
    #[serde(default = "any")]
    pub quantifier: QuantifierWord,
    /// What its document, as AWS reports it, must hold.
    #[serde(default)]
    pub properties: Vec<AssertionSection>,
}

fn any() -> QuantifierWord {
    QuantifierWord::Any
}

#[derive(Debug, Deserialize, JsonSchema)]
pub struct CountSection {
    #[serde(flatten)]
    pub select: SelectSection,
    /// Fewer fail.
    pub min: Option<u64>,
    /// More fail.
    pub max: Option<u64>,
}

#[derive(Debug, Deserialize, JsonSchema)]
pub struct SecretSection {
    #[serde(flatten)]
    pub select: SelectSection,
    /// Fields its JSON must have, not empty.
    #[serde(default)]
    pub fields: Vec<String>,
    /// Field to what its value must begin with, for example `{variable:network}`.
    #[serde(default)]
    pub starts_with: BTreeMap<String, String>,
    /// Field to the fewest characters it may have; an empty name for a secret that is a bare text.
    #[serde(default)]
    pub min_length: BTreeMap<String, u64>,
    /// Fail when a value looks like a placeholder.
    #[serde(default)]
    pub no_placeholder: bool,
    /// Fields that are not looked at for placeholders.
    #[serde(default)]
    pub any_value: Vec<String>,
    /// Fail while the secret has the value the stack generated.
    #[serde(default)]
    pub replaced: bool,
    /// The value must have been changed within so many days.
    #[schemars(range(min = 1, max = 36500))]
    pub max_age_days: Option<u32>,
    /// Rotation must be on, and due within so many days.
    #[schemars(range(min = 1, max = 1000))]
    pub rotates_within_days: Option<u32>,
}

#[derive(Debug, Deserialize, JsonSchema)]
pub struct AlarmSection {
    #[serde(flatten)]
    pub select: SelectSection,
    /// Somebody must be told: an action, enabled. Default: `true`.
    #[serde(default = "yes")]
    pub action: bool,
    /// The alarm's metric must have had data within so many minutes.
    #[schemars(range(min = 1, max = 100_000))]
    pub data_within_minutes: Option<u32>,
    /// Allowed states. Default: all of them.
    #[serde(default)]
    pub states: Vec<AlarmWord>,
}

fn yes() -> bool {
    true
}

#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AlarmWord {
    Ok,
    Alarm,
    InsufficientData,
}

#[derive(Debug, Deserialize, JsonSchema)]
pub struct MetricSection {
    /// For example `AWS/Lambda`.
    pub namespace: String,
    /// For example `Errors`.
    pub metric: String,
    /// Values may name `{resource:Stack.LogicalId}`, `{output:Stack.Key}` and `{variable:name}`.
    #[serde(default)]
    pub dimensions: BTreeMap<String, String>,
    /// `Average`, `Sum`, `Minimum`, `Maximum`, `SampleCount`, or a percentile such as `p95`.
    pub statistic: String,
    /// How far back, in minutes. Default: 60.
    #[serde(default = "an_hour")]
    #[schemars(range(min = 1, max = 1_440))]
    pub window_minutes: u32,
    /// Where the metric is kept, if not in the environment's region: `us-east-1` for CloudFront.
    pub region: Option<String>,
    /// Shown with the value, for example `ms` or `%`.
    #[serde(default)]
    pub unit: String,
    /// Less fails.
    pub min: Option<i64>,
    /// More fails.
    pub max: Option<i64>,
}

fn an_hour() -> u32 {
    60
}

#[derive(Debug, Deserialize, JsonSchema)]
pub struct DashboardSection {
    #[serde(flatten)]
    pub select: SelectSection,
    /// Default: 1.
    #[serde(default = "one_widget")]
    pub min_widgets: u64,
    /// Texts that must not be in it, such as an id nobody replaced.
    #[serde(default)]
    pub without: Vec<String>,
}

fn one_widget() -> u64 {
    1
}

#[derive(Debug, Deserialize, JsonSchema)]
pub struct TopicSection {
    #[serde(flatten)]
    pub select: SelectSection,
    /// Confirmed ones. Default: 1.
    #[serde(default = "one_widget")]
    pub min_subscriptions: u64,
    /// Accept subscriptions that wait for confirmation.
    #[serde(default)]
    pub allow_pending: bool,
}

#[derive(Debug, Deserialize, JsonSchema)]
pub struct LogRetentionSection {
    #[serde(flatten)]
    pub select: SelectSection,
    /// Kept for less fails.
    pub min_days: Option<u32>,
    /// Kept for more, or for ever, fails.
    pub max_days: Option<u32>,
}

#[derive(Debug, Deserialize, JsonSchema)]
pub struct LogErrorsSection {
    #[serde(flatten)]
    pub select: SelectSection,
    /// CloudWatch Logs filter pattern. Default: `ERROR`.
    #[serde(default = "error_pattern")]
    pub pattern: String,
    /// How far back, in minutes. Default: 60.
    #[serde(default = "an_hour")]
    #[schemars(range(min = 1, max = 10_080))]
    pub window_minutes: u32,
    /// More events than this, in all log groups together, fail. Default: 0.
    #[serde(default)]
    #[schemars(range(max = 9_999))]
    pub max: u64,
}

fn error_pattern() -> String {
    "ERROR".to_owned()
}

#[derive(Debug, Deserialize, JsonSchema)]
pub struct SavedQuerySection {
    #[serde(flatten)]
    pub select: SelectSection,
    /// Each of its log groups must have got an event within so many hours.
    #[schemars(range(min = 1, max = 1_000))]
    pub events_within_hours: Option<u32>,
}

#[derive(Debug, Deserialize, JsonSchema)]
pub struct BackupSection {
    #[serde(flatten)]
    pub select: SelectSection,
    /// Backups are kept for at least so many days.
    pub min_retention_days: Option<u32>,
    /// The latest time one can restore to is at most so many minutes ago.
    pub restorable_within_minutes: Option<u32>,
    /// The newest snapshot is at most so many hours old.
    pub snapshot_within_hours: Option<u32>,
}

#[derive(Debug, Deserialize, JsonSchema)]
pub struct BudgetSection {
    /// Default: 1.
    #[serde(default = "one_widget")]
    pub min_budgets: u64,
    /// Spent so far, in percent of the limit.
    pub max_used_percent: Option<u32>,
    /// Expected for the period, in percent of the limit.
    pub max_forecast_percent: Option<u32>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CostPeriodWord {
    #[default]
    MonthToDate,
    LastMonth,
}

#[derive(Debug, Deserialize, JsonSchema)]
pub struct CostSection {
    /// Default: `month_to_date`, for which `min` is not looked at.
    #[serde(default)]
    pub period: CostPeriodWord,
    /// Count only what carries this tag; needs `tag_value`, and the tag activated for cost allocation.
    pub tag_key: Option<String>,
    /// See `tag_key`.
    pub tag_value: Option<String>,
    /// Count only this service, under Cost Explorer's name, for example `AWS Lambda`.
    pub service: Option<String>,
    /// Less fails, in whole units of the currency.
    pub min: Option<i64>,
    /// More fails, in whole units of the currency.
    pub max: Option<i64>,
}
