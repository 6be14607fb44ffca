//! Where a blueprint and the templates, or the account, disagree; and what in the templates cannot work.
//!
//! Rules are pure functions over a [`Model`]: a blueprint with the place of each of its values, and the templates of its
//! environments. Reading files and asking AWS is the caller's ([`crate::cli`]). One file per family of rules; a rule is
//! a [`Rule`] constant with its reasons and its source, so that the reference in `docs/check.md` and the SARIF report
//! say the same.
//!
//! A finding must be right: what the templates do not decide is left alone, never guessed.

mod finding;
mod ignores;
mod metrics;
mod model;
mod published_metrics;
pub mod report;
mod roles;
mod rules;

pub use finding::{Finding, Location, Rule, Severity};
pub use ignores::is_rule;
pub use model::{EnvironmentModel, Model, Origin, Source};
pub use rules::ALL;

/// What cannot be read is a finding too.
pub const INVALID: &Rule = &rules::INVALID;

/// Every rule over the model, with what the blueprint ignores taken out. Sorted by place, worst first where places are
/// equal; the same input gives the same list.
pub fn run(model: &Model<'_>) -> Vec<Finding> {
    let mut findings = finding::Findings::new(model);
    for check in rules::CHECKS {
        check(model, &mut findings);
    }
    ignores::apply(model, findings.finish())
}

#[cfg(test)]
mod tests;
