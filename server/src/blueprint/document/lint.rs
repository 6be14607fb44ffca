//! `[[lint.ignore]]`: what `lockkeeper check` leaves out.

use schemars::JsonSchema;
use serde::Deserialize;

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct LintSection {
    /// Findings of `lockkeeper check` that somebody decided to live with. One that ignores nothing is reported.
    #[serde(default)]
    pub ignore: Vec<IgnoreSection>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct IgnoreSection {
    /// Id of the rule, for example `LK024-custom-metric-not-emitted`.
    pub rule: String,
    /// The subject of the finding, as `lockkeeper check` prints it; `*` stands for any text.
    pub subject: String,
    /// Why this is right.
    pub reason: String,
}
