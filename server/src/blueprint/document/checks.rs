//! `[[checks]]` and `[[suites]]`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

mod kinds;

pub use kinds::*;

#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct SuiteSection {
    /// Lower-case letters, digits, dashes and dots.
    #[schemars(regex(pattern = "^[a-z][a-z0-9.-]{0,63}$"))]
    pub id: String,
    /// The name people read.
    pub title: String,
    /// Ids of checks.
    pub checks: Vec<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct CheckSection {
    /// Lower-case letters, digits, dashes and dots.
    #[schemars(regex(pattern = "^[a-z][a-z0-9.-]{0,63}$"))]
    pub id: String,
    /// What holds when the check passes.
    pub title: String,
    /// Whether a failure fails (`error`) or only warns (`warning`).
    #[serde(default)]
    pub severity: SeverityWord,
    /// Names of the environments it is for. Without it: all of them.
    pub environments: Option<Vec<String>>,
    /// Attempts after the first one.
    #[serde(default)]
    #[schemars(range(max = 10))]
    pub retries: u32,
    /// Pause between attempts, in seconds.
    #[serde(default = "ten_seconds")]
    #[schemars(range(max = 300))]
    pub retry_delay_secs: u32,
    #[serde(flatten)]
    pub kind: CheckKindSection,
}

fn ten_seconds() -> u32 {
    10
}

#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SeverityWord {
    #[default]
    Error,
    Warning,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum CheckKindSection {
    /// The stack exists and its last operation succeeded.
    StackStatus {
        /// Logical name of the stack.
        stack: String,
    },
    /// The stack has the output, with a value.
    StackOutput {
        /// Logical name of the stack.
        stack: String,
        /// Key of the output.
        output: String,
        /// What the value must begin with.
        starts_with: Option<String>,
    },
    /// A request gets the expected answer.
    Http(Box<HttpSection>),
    /// Properties of resources, whatever they are.
    Resource(ServiceSection),
    /// How many resources of a kind the stack has.
    ResourceCount(CountSection),
    /// Secrets Manager secrets: there, filled, of the right kind, rotating. Values are looked at and never kept.
    Secret(SecretSection),
    /// CloudWatch alarms: there, with somebody to tell, on a metric that has data.
    Alarm(AlarmSection),
    /// A statistic against a threshold.
    Metric(MetricSection),
    /// CloudWatch dashboards.
    Dashboard(DashboardSection),
    /// SNS topics: somebody has subscribed and confirmed.
    Topic(TopicSection),
    /// How long log groups keep events.
    LogRetention(LogRetentionSection),
    /// How many events of log groups match a pattern.
    LogErrors(LogErrorsSection),
    /// Saved Logs Insights queries: their log groups are there and get events.
    SavedQuery(SavedQuerySection),
    /// RDS clusters of the stack: available, and whatever else is said of them.
    Database(ServiceSection),
    /// `ElastiCache` replication groups of the stack: available, and whatever else is said of them.
    Cache(ServiceSection),
    /// CloudFront distributions of the stack: deployed, enabled, and whatever else is said of them.
    Distribution(ServiceSection),
    /// Web ACLs of the stack: with rules, and whatever else is said of them. `LoggingConfiguration` is part of the document.
    WebAcl(ServiceSection),
    /// `CloudTrail` trails of the account: one that records, and whatever else is said of it.
    Trail(AccountSection),
    /// Flow logs of the networks of the stack: active, and whatever else is said of them.
    FlowLog(ServiceSection),
    /// `GuardDuty` detectors of the account: enabled, and whatever else is said of them.
    Detector(AccountSection),
    /// Backups of the RDS clusters of the stack.
    Backup(BackupSection),
    /// Resources changed outside their template. What cannot be compared is said, and keeps the check from passing where too much of it is.
    Drift {
        /// Logical name of the stack.
        stack: String,
        /// Least share of the resources that must have been compared, in percent. Default: 1.
        #[serde(default = "one_percent")]
        #[schemars(range(min = 1, max = 100))]
        min_coverage_percent: u32,
    },
    /// AWS budgets of the account.
    Budget(BudgetSection),
    /// Costs of the account, or of what carries a tag, against a range.
    Cost(CostSection),
}

#[derive(Debug, Deserialize, JsonSchema)]
pub struct HttpSection {
    /// May name `{output:Stack.Key}`, `{resource:Stack.LogicalId}` and `{variable:name}`.
    pub url: String,
    /// Default: `GET`.
    #[serde(default)]
    pub method: MethodWord,
    /// Sent with the request; values may name outputs and variables, as in `url`.
    #[serde(default)]
    pub request_headers: BTreeMap<String, String>,
    /// Sent as it is.
    pub request_body: Option<String>,
    /// Any of these. Default: `[200]`.
    #[serde(default = "ok_status")]
    pub status: Vec<u16>,
    /// Any of these only warns, whatever the severity, and nothing else is looked at.
    #[serde(default)]
    pub warn_status: Vec<u16>,
    /// Header name to a text its value must contain (any case); an empty text: the header must be there.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// At least one of these headers must be there.
    #[serde(default)]
    pub any_header: Vec<String>,
    /// Headers that must not be there.
    #[serde(default)]
    pub absent_headers: Vec<String>,
    /// What the body, read as JSON, must hold.
    #[serde(default)]
    pub json: Vec<AssertionSection>,
    /// A text the body must contain.
    pub body_contains: Option<String>,
    /// The answer must be compressed. The body cannot be looked at in the same check.
    #[serde(default)]
    pub compressed: bool,
    /// Go after up to five redirects. Without it, a redirect is the answer.
    #[serde(default)]
    pub follow_redirects: bool,
    /// What the address of the redirect must begin with; may name outputs.
    pub redirects_to: Option<String>,
    /// Ask whether a page of another site may call, as browsers do. Replaces `method`.
    pub preflight: Option<PreflightSection>,
    /// Slower than this fails.
    #[schemars(range(min = 1))]
    pub max_latency_ms: Option<u64>,
    /// When to give up waiting, in seconds.
    #[serde(default = "ten_seconds")]
    #[schemars(range(min = 1, max = 60))]
    pub timeout_secs: u32,
}

fn one_percent() -> u32 {
    1
}

fn ok_status() -> Vec<u16> {
    vec![200]
}

#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum MethodWord {
    #[default]
    Get,
    Head,
    Options,
    Post,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct PreflightSection {
    /// The site the calling page is from; may name outputs.
    pub origin: String,
    /// Default: `GET`.
    #[serde(default = "get")]
    pub method: String,
    /// Headers the page would send.
    #[serde(default)]
    pub headers: Vec<String>,
}

fn get() -> String {
    "GET".to_owned()
}

/// Everything that is given must hold. Without anything, the value must be there.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct AssertionSection {
    /// JSON pointer (RFC 6901), for example `/entries/0/name`; empty for the whole document.
    pub pointer: String,
    /// Texts as they are, anything else as its JSON text.
    pub equals: Option<String>,
    /// Any of these.
    #[serde(default)]
    pub one_of: Vec<String>,
    /// A part of the text, or of the JSON text.
    pub contains: Option<String>,
    /// What the text begins with.
    pub starts_with: Option<String>,
    /// A regular expression that matches somewhere in the text.
    pub matches: Option<String>,
    /// The value must be a number of at least this.
    pub min: Option<i64>,
    /// The value must be a number of at most this.
    pub max: Option<i64>,
    /// The value must be a list of at least so many items.
    pub min_items: Option<u64>,
    /// The value must not be there.
    #[serde(default)]
    pub absent: bool,
}
