//! The shape of a blueprint file. The doc comments become the descriptions editors show; the reference is
//! `server/docs/blueprint.md`.

mod checklists;
mod lint;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

pub use checklists::{ChecklistSection, ItemSection, ListSection, PurposeWord, SignOffSection, WhenSection};
pub use lint::LintSection;

/// One application: where it is deployed, in which stacks, and how to tell that it works.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(title = "Lockkeeper blueprint", deny_unknown_fields)]
pub struct Document {
    pub application: ApplicationSection,
    /// In the order of promotion.
    pub environments: Vec<EnvironmentSection>,
    /// In the order of execution, where no dependency says otherwise.
    pub stacks: Vec<StackSection>,
    /// Automatic assertions about an environment.
    #[serde(default)]
    pub checks: Vec<CheckSection>,
    /// What people and checks must have said about a deployment, and who signs it.
    #[serde(default)]
    pub checklists: Vec<ChecklistSection>,
    /// How `lockkeeper check` looks at this file.
    #[serde(default)]
    pub lint: LintSection,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ApplicationSection {
    /// Lower-case letters, digits and dashes; appears in addresses.
    #[schemars(regex(pattern = "^[a-z][a-z0-9-]{0,39}$"))]
    pub name: String,
    /// The name people read. Default: `name`.
    pub title: Option<String>,
    /// One or two sentences.
    #[serde(default)]
    pub description: String,
    /// Address of the source repository.
    pub repository: Option<String>,
    /// Pages worth a click, shown beside the application.
    #[serde(default)]
    pub links: Vec<LinkSection>,
    /// Who is asked when something is wrong.
    #[serde(default)]
    pub contacts: Vec<ContactSection>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct LinkSection {
    pub title: String,
    /// Must begin with `https://` or `http://`.
    pub url: String,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ContactSection {
    /// `primary`, `secondary`, `escalation`, or a word of the team's own.
    pub kind: String,
    pub name: String,
    /// An address, a number, a channel.
    pub reach: String,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct EnvironmentSection {
    /// Lower-case letters, digits and dashes; fills `{environment}` in stack names.
    #[schemars(regex(pattern = "^[a-z][a-z0-9-]{0,39}$"))]
    pub name: String,
    /// The name people read. Default: `name` with a capital.
    pub title: Option<String>,
    /// Twelve digits, as text. Without it: whatever account the credentials belong to.
    #[schemars(regex(pattern = "^[0-9]{12}$"))]
    pub account: Option<String>,
    /// For example `us-east-1`.
    pub region: String,
    /// Role to assume for every call in this environment. Without it: the process's own credentials.
    pub role_arn: Option<String>,
    /// External id the role asks for.
    pub external_id: Option<String>,
    /// Bucket for templates over 51,200 bytes. Without it: the bucket of the CDK bootstrap.
    pub template_bucket: Option<String>,
    /// How the environment is marked on every page.
    #[serde(default)]
    pub colour: ColourWord,
    /// Values for `{variable:…}` in checks.
    #[serde(default)]
    pub variables: BTreeMap<String, String>,
    /// Tags given to every stack, in addition to those of the release.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
    /// With it, deployments need approvals, the phrase and a recent login.
    pub protection: Option<ProtectionSection>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ColourWord {
    Blue,
    Green,
    Teal,
    Amber,
    Red,
    Violet,
    #[default]
    Grey,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ProtectionSection {
    /// Typed exactly by everyone who approves.
    pub phrase: String,
    /// How many different people must approve. The requester is never one of them.
    #[serde(default = "one")]
    #[schemars(range(min = 1, max = 20))]
    pub quorum: u32,
    /// Each of these groups of the identity provider must be among the approvers.
    #[serde(default)]
    pub required_groups: Vec<String>,
    /// How old a login may be for an act here, in seconds.
    #[serde(default = "fifteen_minutes")]
    #[schemars(range(min = 60, max = 86400))]
    pub max_login_age_secs: u64,
}

fn one() -> u32 {
    1
}

fn fifteen_minutes() -> u64 {
    900
}

#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct StackSection {
    /// Logical name, for example `Api`; fills `{stack}` in the pattern.
    #[schemars(regex(pattern = "^[A-Za-z][A-Za-z0-9-]{0,63}$"))]
    pub name: String,
    /// CloudFormation's name of the stack, with `{stack}` and `{environment}`; `{Environment}` is the environment with a
    /// capital.
    #[serde(default = "plain_pattern")]
    pub name_pattern: String,
    /// Logical names of stacks that must be finished first.
    #[serde(default)]
    pub depends_on: Vec<String>,
    /// Holds data: named as such wherever it would change.
    #[serde(default)]
    pub stateful: bool,
    /// Outputs the stack is expected to have; checks may name only these.
    #[serde(default)]
    pub outputs: Vec<String>,
}

fn plain_pattern() -> String {
    "{stack}-{environment}".to_owned()
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
    Http {
        /// May name `{output:Stack.Key}` and `{variable:name}`.
        url: String,
        /// Default: `GET`.
        #[serde(default)]
        method: MethodWord,
        /// Sent with the request; values may name outputs and variables, as in `url`.
        #[serde(default)]
        request_headers: BTreeMap<String, String>,
        /// Any of these. Default: `[200]`.
        #[serde(default = "ok_status")]
        status: Vec<u16>,
        /// Header name to a text its value must contain (any case); an empty text: the header must be there.
        #[serde(default)]
        headers: BTreeMap<String, String>,
        /// What the body, read as JSON, must hold.
        #[serde(default)]
        json: Vec<JsonSection>,
        /// A text the body must contain.
        body_contains: Option<String>,
        /// Slower than this fails.
        #[schemars(range(min = 1))]
        max_latency_ms: Option<u64>,
        /// When to give up waiting, in seconds.
        #[serde(default = "ten_seconds")]
        #[schemars(range(min = 1, max = 60))]
        timeout_secs: u32,
    },
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
pub struct JsonSection {
    /// JSON pointer (RFC 6901), for example `/entries/0/name`; empty for the whole body.
    pub pointer: String,
    /// Texts as they are, anything else as its JSON text. Without it: the value must be present.
    pub equals: Option<String>,
    /// The value must be an array with at least this many items.
    pub min_items: Option<u64>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RoleWord {
    Viewer,
    Finance,
    OnCall,
    Engineer,
    #[default]
    Lead,
    Admin,
    Auditor,
}
