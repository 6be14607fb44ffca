//! What checks look at. Documents keep AWS's own names of properties: people know them, and blueprints point into them.

use async_trait::async_trait;
use domain::check::{SecretFacts, SecretQuestions};
use jiff::Timestamp;
use serde_json::Value;

use super::{AwsError, Target};

/// What was found, with the id of the request that found it.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen<T> {
    pub value: T,
    pub request_id: Option<String>,
}

/// A resource as CloudFormation lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StackResource {
    pub logical_id: String,
    /// `None` while it is being created.
    pub physical_id: Option<String>,
    pub resource_type: String,
    pub status: String,
}

/// Drift of a stack, as CloudFormation found it last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StackDrift {
    /// Resources CloudFormation compared.
    pub checked: u64,
    pub drifted: Vec<domain::check::DriftedResource>,
}

/// A statistic over one window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetricQuery {
    pub namespace: String,
    pub metric: String,
    pub dimensions: Vec<(String, String)>,
    pub statistic: String,
    pub from: Timestamp,
    pub until: Timestamp,
    /// `None`: the target's.
    pub region: Option<String>,
}

/// Log events of one group, counted up to a bound.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventCount {
    pub count: u64,
    pub is_at_least: bool,
    pub example: Option<String>,
}

/// Costs between two days, the second not included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CostQuery {
    pub from: jiff::civil::Date,
    pub until: jiff::civil::Date,
    pub tag: Option<(String, String)>,
    pub service: Option<String>,
}

/// Services whose documents a check may make assertions on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Service {
    Database,
    Cache,
    Distribution,
    WebAcl,
    /// Asked for by network.
    FlowLog,
}

/// Looks at what is there, and changes nothing. `None` means it is not there.
#[async_trait]
pub trait InspectionPort: Send + Sync {
    /// Everything a stack has, without what was deleted; `None`: there is no such stack.
    async fn stack_resources(&self, target: &Target, stack_name: &str) -> Result<Option<Vec<StackResource>>, AwsError>;
    /// Properties of any resource, by its type and physical id.
    async fn resource(&self, target: &Target, kind: &str, physical_id: &str) -> Result<Seen<Option<Value>>, AwsError>;
    /// The documents a service has for a physical id: one, or none, or the flow logs of a network.
    async fn service(&self, target: &Target, service: Service, physical_id: &str)
    -> Result<Seen<Vec<Value>>, AwsError>;
    /// `questions`: `None` where its value need not be looked at.
    async fn secret(
        &self,
        target: &Target,
        physical_id: &str,
        questions: Option<&SecretQuestions>,
    ) -> Result<Seen<Option<SecretFacts>>, AwsError>;
    /// By physical id, which is its name.
    async fn alarm(&self, target: &Target, name: &str) -> Result<Seen<Option<Value>>, AwsError>;
    /// One value over the whole window, in thousandths; `None`: no data.
    async fn metric(&self, target: &Target, query: &MetricQuery) -> Result<Seen<Option<i64>>, AwsError>;
    /// Data points of an alarm's metrics in a window.
    async fn alarm_data(
        &self,
        target: &Target,
        alarm: &Value,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Seen<u64>, AwsError>;
    /// The body of a dashboard.
    async fn dashboard(&self, target: &Target, name: &str) -> Result<Seen<Option<Value>>, AwsError>;
    /// Protocol and endpoint of each subscription, and whether it is confirmed.
    async fn subscriptions(&self, target: &Target, topic: &str) -> Result<Seen<Option<Vec<(String, bool)>>>, AwsError>;
    async fn log_group(&self, target: &Target, name: &str) -> Result<Seen<Option<Value>>, AwsError>;
    /// An empty pattern matches everything.
    async fn log_events(
        &self,
        target: &Target,
        group: &str,
        pattern: &str,
        since: Timestamp,
        limit: u64,
    ) -> Result<Seen<Option<EventCount>>, AwsError>;
    /// Log groups of a saved query, by its physical id.
    async fn saved_query(&self, target: &Target, id: &str) -> Result<Seen<Option<Vec<String>>>, AwsError>;
    /// When the newest finished snapshot of a cluster was made.
    async fn newest_snapshot(&self, target: &Target, cluster: &str) -> Result<Seen<Option<Timestamp>>, AwsError>;
    /// Trails that cover the region, each with its `Status`.
    async fn trails(&self, target: &Target) -> Result<Seen<Vec<Value>>, AwsError>;
    async fn detectors(&self, target: &Target) -> Result<Seen<Vec<Value>>, AwsError>;
    /// Lets CloudFormation compare, waits for it, reads what it found.
    async fn drift(&self, target: &Target, stack_name: &str) -> Result<Option<StackDrift>, AwsError>;
    /// Budgets of the target's account.
    async fn budgets(&self, target: &Target) -> Result<Seen<Vec<Value>>, AwsError>;
    /// Amount in thousandths and currency; `None`: no data yet.
    async fn cost(&self, target: &Target, query: &CostQuery) -> Result<Seen<Option<(i64, String)>>, AwsError>;
}
