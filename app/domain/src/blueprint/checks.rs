//! Checks as a blueprint defines them: what is asked, of what, and what the answer must be.
//!
//! A check never names a physical thing: it names a stack and a logical id, a type, an output or a tag, and the engine
//! finds out what that is in an environment.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::check::Severity;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckDefinition {
    pub id: String,
    pub title: String,
    pub severity: Severity,
    /// `None`: in every environment.
    pub environments: Option<Vec<String>>,
    /// Attempts after the first one.
    pub retries: u32,
    pub retry_delay_secs: u32,
    pub kind: CheckKind,
}

impl CheckDefinition {
    pub fn applies_to(&self, environment: &str) -> bool {
        self.environments.as_ref().is_none_or(|names| names.iter().any(|n| n == environment))
    }
}

/// A named set of checks; one check may be in several.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suite {
    pub id: String,
    pub title: String,
    /// Ids, in the order of the file.
    pub checks: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum CheckKind {
    /// The stack exists and its last operation succeeded.
    StackStatus {
        stack: String,
    },
    /// The stack has the output, with a value.
    StackOutput {
        stack: String,
        output: String,
        starts_with: Option<String>,
    },
    Http(HttpCheck),
    /// Properties of resources, as Cloud Control or the service itself reports them.
    Resource(ServiceCheck),
    /// How many resources of a type the stack has.
    ResourceCount(CountCheck),
    Secret(SecretCheck),
    Alarm(AlarmCheck),
    Metric(MetricCheck),
    Dashboard(DashboardCheck),
    Topic(TopicCheck),
    LogRetention(LogRetentionCheck),
    LogErrors(LogErrorsCheck),
    SavedQuery(SavedQueryCheck),
    Database(ServiceCheck),
    Cache(ServiceCheck),
    Distribution(ServiceCheck),
    WebAcl(ServiceCheck),
    /// A trail of the account and region; needs no stack.
    Trail(ServiceCheck),
    /// Flow logs of the networks of a stack.
    FlowLog(ServiceCheck),
    /// The threat detector of the account and region; needs no stack.
    Detector(ServiceCheck),
    Backup(BackupCheck),
    Drift(DriftCheck),
    Budget(BudgetCheck),
    Cost(CostCheck),
}

impl CheckKind {
    /// The word of the blueprint.
    pub fn name(&self) -> &'static str {
        match self {
            Self::StackStatus { .. } => "stack_status",
            Self::StackOutput { .. } => "stack_output",
            Self::Http(_) => "http",
            Self::Resource(_) => "resource",
            Self::ResourceCount(_) => "resource_count",
            Self::Secret(_) => "secret",
            Self::Alarm(_) => "alarm",
            Self::Metric(_) => "metric",
            Self::Dashboard(_) => "dashboard",
            Self::Topic(_) => "topic",
            Self::LogRetention(_) => "log_retention",
            Self::LogErrors(_) => "log_errors",
            Self::SavedQuery(_) => "saved_query",
            Self::Database(_) => "database",
            Self::Cache(_) => "cache",
            Self::Distribution(_) => "distribution",
            Self::WebAcl(_) => "web_acl",
            Self::Trail(_) => "trail",
            Self::FlowLog(_) => "flow_log",
            Self::Detector(_) => "detector",
            Self::Backup(_) => "backup",
            Self::Drift(_) => "drift",
            Self::Budget(_) => "budget",
            Self::Cost(_) => "cost",
        }
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HttpCheck {
    /// May name stack outputs, `{output:Api.ApiEndpoint}/health`, and variables, `{variable:network}`.
    pub url: String,
    pub method: String,
    pub request_headers: BTreeMap<String, String>,
    pub request_body: Option<String>,
    /// Any of these.
    pub status: Vec<u16>,
    /// Any of these warns, whatever the severity, and nothing else is asked of the answer.
    pub warn_status: Vec<u16>,
    /// Header name to a text its value must contain (any case); empty text: the header must be there.
    pub headers: BTreeMap<String, String>,
    /// At least one of these must be there.
    pub any_header: Vec<String>,
    pub absent_headers: Vec<String>,
    pub json: Vec<Assertion>,
    pub body_contains: Option<String>,
    /// The answer must be compressed when the request allows it.
    pub is_compressed: bool,
    /// Go after redirects, each address examined like the first; otherwise a redirect is the answer.
    pub follows_redirects: bool,
    /// What the `Location` of the answer must begin with.
    pub redirects_to: Option<String>,
    /// Ask as a browser does before it calls another site.
    pub preflight: Option<Preflight>,
    pub max_latency_ms: Option<u64>,
    pub timeout_secs: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preflight {
    /// The site that would call; may hold placeholders.
    pub origin: String,
    pub method: String,
    pub headers: Vec<String>,
}

/// What a value of a JSON document must be. Everything that is given must hold; nothing given: it must be there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assertion {
    /// RFC 6901; empty for the whole document.
    pub pointer: String,
    /// Strings as they are, anything else as its JSON text.
    pub equals: Option<String>,
    pub one_of: Vec<String>,
    pub contains: Option<String>,
    pub starts_with: Option<String>,
    /// A regular expression that must match somewhere.
    pub matches: Option<String>,
    pub min: Option<i64>,
    pub max: Option<i64>,
    /// The value must be an array of at least this many items.
    pub min_items: Option<u64>,
    pub is_absent: bool,
}

/// Which resources of a stack. With several criteria, all must be met.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Selection {
    pub stack: String,
    /// Logical id; with `*` at its end, every id that begins so.
    pub logical_id: Option<String>,
    /// CloudFormation's name of the type.
    pub resource_type: Option<String>,
    /// An output of the stack whose value is the physical id.
    pub output: Option<String>,
    /// Tags the resource must carry.
    pub tags: BTreeMap<String, String>,
}

impl Selection {
    /// The stack's resources by id and type; outputs and tags are looked at by whoever can.
    pub fn names(&self, logical_id: &str, resource_type: &str) -> bool {
        let is_id = self.logical_id.as_ref().is_none_or(|wanted| match wanted.strip_suffix('*') {
            Some(prefix) => logical_id.starts_with(prefix),
            None => logical_id == wanted,
        });
        is_id && self.resource_type.as_ref().is_none_or(|wanted| resource_type == wanted)
    }

    /// In words, for "what was asked".
    pub fn words(&self) -> String {
        let mut parts = Vec::new();
        parts.extend(self.logical_id.clone());
        parts.extend(self.resource_type.as_ref().map(|t| format!("every {t}")));
        parts.extend(self.output.as_ref().map(|o| format!("the resource named by output {o}")));
        parts.extend(self.tags.iter().map(|(key, value)| format!("tagged {key}={value}")));
        if parts.is_empty() {
            parts.push("every resource".to_owned());
        }
        format!("{} of stack {}", parts.join(", "), self.stack)
    }
}

/// Whether all selected things must hold, or one is enough.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quantifier {
    #[default]
    Every,
    Any,
}

/// Assertions on documents. `select` is `None` where the account itself is asked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceCheck {
    pub select: Option<Selection>,
    pub quantifier: Quantifier,
    pub assertions: Vec<Assertion>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CountCheck {
    pub select: Selection,
    pub min: Option<u64>,
    pub max: Option<u64>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretCheck {
    pub select: Selection,
    /// Fields of the JSON value that must be there and not empty. Without any, the value may be a bare text.
    pub fields: Vec<String>,
    /// Field to what its value must begin with; may name variables.
    pub starts_with: BTreeMap<String, String>,
    /// Refuse values that look generated to be replaced, or like a word somebody meant to replace.
    pub refuses_placeholders: bool,
    /// Fields a value of any look is right for; not looked at for placeholders.
    pub generated: Vec<String>,
    /// Refuse the value the stack generated: somebody has to have put a real one in its place.
    pub refuses_first_value: bool,
    pub min_length: BTreeMap<String, u64>,
    pub max_age_days: Option<u32>,
    /// Rotation must be on and due within so many days.
    pub rotates_within_days: Option<u32>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlarmCheck {
    pub select: Selection,
    pub needs_action: bool,
    /// The metric must have had data within so many minutes.
    pub data_within_minutes: Option<u32>,
    /// Allowed states.
    pub states: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MetricCheck {
    pub namespace: String,
    pub metric: String,
    /// Values may hold placeholders.
    pub dimensions: BTreeMap<String, String>,
    /// `Average`, `Sum`, `Minimum`, `Maximum`, `SampleCount` or a percentile such as `p95`.
    pub statistic: String,
    pub window_minutes: u32,
    /// `None`: the environment's.
    pub region: Option<String>,
    pub unit: String,
    pub min: Option<i64>,
    pub max: Option<i64>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DashboardCheck {
    pub select: Selection,
    pub min_widgets: u64,
    /// Texts that betray a widget on nothing.
    pub refused_texts: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TopicCheck {
    pub select: Selection,
    pub min_subscriptions: u64,
    pub allows_pending: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogRetentionCheck {
    pub select: Selection,
    pub min_days: Option<u32>,
    pub max_days: Option<u32>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogErrorsCheck {
    pub select: Selection,
    /// CloudWatch Logs filter pattern.
    pub pattern: String,
    pub window_minutes: u32,
    pub max: u64,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedQueryCheck {
    pub select: Selection,
    /// Each of its log groups must have got an event within so many hours.
    pub events_within_hours: Option<u32>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackupCheck {
    pub select: Selection,
    pub min_retention_days: Option<u32>,
    /// How far back the latest time one can restore to may lie.
    pub restorable_within_minutes: Option<u32>,
    pub snapshot_within_hours: Option<u32>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DriftCheck {
    pub stack: String,
    /// Share of the resources that must have been looked at, in percent.
    pub min_coverage_percent: u32,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BudgetCheck {
    pub min_budgets: u64,
    /// Actual spend against the limit, in percent.
    pub max_used_percent: Option<u32>,
    /// Expected spend against the limit, in percent.
    pub max_forecast_percent: Option<u32>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CostPeriod {
    #[default]
    MonthToDate,
    LastMonth,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CostCheck {
    pub period: CostPeriod,
    /// Tag that selects what counts; `None`: the whole account.
    pub tag: Option<(String, String)>,
    /// Cost Explorer's name of one service.
    pub service: Option<String>,
    /// Whole units of the account's currency.
    pub min: Option<i64>,
    pub max: Option<i64>,
}
