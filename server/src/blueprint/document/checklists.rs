//! The checklists of a blueprint.

use schemars::JsonSchema;
use serde::Deserialize;

use super::RoleWord;

/// One list, for the environments it names.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ChecklistSection {
    /// Lower-case letters, digits, dashes and dots.
    #[schemars(regex(pattern = "^[a-z][a-z0-9.-]{0,63}$"))]
    pub id: String,
    pub title: String,
    /// `deployment`: the list that blocks and is signed, at most one per environment. `validation`: a record beside it.
    #[serde(default)]
    pub purpose: PurposeWord,
    /// Names of the environments whose deployments get the list.
    pub environments: Vec<String>,
    /// After how many hours the answer of a check no longer closes an item.
    #[serde(default = "a_day")]
    #[schemars(range(min = 1, max = 8760))]
    pub stale_after_hours: u32,
    #[serde(default)]
    pub sections: Vec<ListSection>,
    /// The signatures a deployment needs. One person signs for one role only. Without any, the list is a record.
    #[serde(default)]
    pub sign_offs: Vec<SignOffSection>,
}

fn a_day() -> u32 {
    24
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum PurposeWord {
    #[default]
    Deployment,
    Validation,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ListSection {
    /// Lower-case letters, digits, dashes and dots.
    #[schemars(regex(pattern = "^[a-z][a-z0-9.-]{0,63}$"))]
    pub id: String,
    pub title: String,
    /// A sentence under the title.
    pub note: Option<String>,
    /// `false`: keeps nobody from signing, and is worked off after the sign-off too.
    #[serde(default = "yes")]
    pub required: bool,
    /// Where the section applies; elsewhere its items are shown as not applicable.
    pub when: Option<WhenSection>,
    #[serde(default)]
    pub items: Vec<ItemSection>,
}

fn yes() -> bool {
    true
}

/// Holds where the environment has the variable with a value that is not `no`, `false`, `off` or `0`.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct WhenSection {
    /// Name of a variable of the environment.
    pub variable: String,
    /// The value it must have exactly.
    pub equals: Option<String>,
}

/// With `checks`, an item is automatic; without, a person ticks it.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ItemSection {
    /// Lower-case letters, digits, dashes and dots; unique in all checklists.
    #[schemars(regex(pattern = "^[a-z][a-z0-9.-]{0,63}$"))]
    pub id: String,
    pub title: String,
    /// How to find out.
    pub help: Option<String>,
    /// Ids of checks that close the item while all of them pass or warn.
    pub checks: Option<Vec<String>>,
    /// Manual items: ticking asks for a note, a link or a file.
    pub evidence_required: Option<bool>,
    /// Manual items: the role that ticks it. Default: whoever may tick items.
    pub role: Option<RoleWord>,
    /// Where the item applies.
    pub when: Option<WhenSection>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct SignOffSection {
    /// Lower-case letters, digits, dashes and dots.
    #[schemars(regex(pattern = "^[a-z][a-z0-9.-]{0,63}$"))]
    pub id: String,
    pub title: String,
    /// The role the signer must hold in the environment.
    pub role: RoleWord,
    /// What the signer declares.
    pub statement: Option<String>,
}
