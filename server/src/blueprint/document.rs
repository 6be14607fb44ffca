//! The shape of a blueprint file. The doc comments become the descriptions editors show; the reference is
//! `server/docs/blueprint.md`.

mod lint;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

mod checks;
mod watch;

pub use checks::*;
pub use lint::LintSection;
pub use watch::*;

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
    /// Named sets of checks that are run together.
    #[serde(default)]
    pub suites: Vec<SuiteSection>,
    /// What people and checks must have said before a deployment to a protected environment is signed off.
    #[serde(default)]
    pub checklist: ChecklistSection,
    /// When a deployment should be rolled back; raised by its watch.
    #[serde(default)]
    pub rollback_triggers: Vec<TriggerSection>,
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
    /// How it is watched after a deployment.
    pub watch: Option<WatchSection>,
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

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ChecklistSection {
    #[serde(default)]
    pub sections: Vec<ListSection>,
    /// The signatures a deployment needs. One person signs for one role only.
    #[serde(default)]
    pub sign_offs: Vec<SignOffSection>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ListSection {
    /// Lower-case letters, digits, dashes and dots.
    pub id: String,
    pub title: String,
    #[serde(default)]
    pub items: Vec<ItemSection>,
}

/// With `checks`, an item is automatic; without, a person ticks it.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ItemSection {
    /// Lower-case letters, digits, dashes and dots; unique in the whole checklist.
    pub id: String,
    pub title: String,
    /// How to find out.
    pub help: Option<String>,
    /// Ids of checks that close the item when all of them pass or warn.
    pub checks: Option<Vec<String>>,
    /// Manual items: ticking asks for a note that says how it was found out.
    pub evidence_required: Option<bool>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct SignOffSection {
    /// Lower-case letters, digits, dashes and dots.
    pub id: String,
    pub title: String,
    /// The role the signer must hold in the environment.
    pub role: RoleWord,
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
