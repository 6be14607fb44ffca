//! How an environment is watched after a deployment, and when a deployment should be rolled back.

use schemars::JsonSchema;
use serde::Deserialize;

use super::RoleWord;

/// Rounds after a deployment was verified. Only for protected environments.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct WatchSection {
    /// In the order of time.
    pub rounds: Vec<RoundSection>,
    /// Measurements that are compared with those taken before the deployment.
    #[serde(default)]
    pub compare: Vec<ComparisonSection>,
    /// Who signs when the last round is over. Default: `lead`.
    #[serde(default)]
    pub sign_off: RoleWord,
}

/// Either `at`, or `every` with `until`; counted from the moment the deployment was verified.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct RoundSection {
    /// Times such as `15m`, `2h` or `1d`, rising.
    pub at: Option<Vec<String>>,
    /// Length of time between rounds, such as `2h`.
    pub every: Option<String>,
    /// When these rounds end, such as `24h`; a round at that time is the last.
    pub until: Option<String>,
    /// Ids of suites that run in each of these rounds.
    #[serde(default)]
    pub suites: Vec<String>,
    /// Ids of further checks.
    #[serde(default)]
    pub checks: Vec<String>,
    /// How long after it is due a round may be looked at before it counts as missed. Default: until the next one is due.
    pub grace: Option<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ComparisonSection {
    /// Id of a check that measures something.
    pub check: String,
    /// How much more than before is still as it should be, in percent.
    #[schemars(range(min = 0, max = 10_000))]
    pub allowed_percent: u32,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct TriggerSection {
    /// Lower-case letters, digits, dashes and dots.
    #[schemars(regex(pattern = "^[a-z][a-z0-9.-]{0,63}$"))]
    pub id: String,
    /// What has happened when it holds.
    pub title: String,
    /// Names of the environments it is for. Without it: every environment with a watch.
    pub environments: Option<Vec<String>>,
    #[serde(flatten)]
    pub kind: TriggerKindSection,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum TriggerKindSection {
    /// Every check of a suite fails.
    SuiteFailing {
        /// Id of the suite.
        suite: String,
    },
    /// A measurement is this much above the one before the deployment.
    Slower {
        /// Id of a check that measures something.
        check: String,
        /// In percent.
        #[schemars(range(min = 1, max = 100_000))]
        percent: u32,
    },
    /// A measurement is above a limit.
    Above {
        /// Id of a check that measures something.
        check: String,
        /// A number as text, such as `2.5`, in the check's own unit.
        limit: String,
    },
    /// A measured cost is this much of the agreed maximum.
    Cost {
        /// Id of a check that measures a cost.
        check: String,
        /// A number as text, such as `3110`, in the check's own unit.
        maximum: String,
        /// In percent.
        #[schemars(range(min = 1, max = 100_000))]
        percent: u32,
    },
    /// Only a person can tell, and says so on the watch's page.
    Reported {},
}
