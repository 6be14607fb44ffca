//! Findings on paper: for people, for programs, and as SARIF for code scanning.

mod json;
mod sarif;
mod text;

use super::{Finding, Severity};

pub use json::json;
pub use sarif::sarif;
pub use text::text;

/// How many of each severity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub errors: usize,
    pub warnings: usize,
    pub notes: usize,
}

impl Counts {
    pub fn of(findings: &[Finding]) -> Self {
        let count = |severity| findings.iter().filter(|f| f.severity == severity).count();
        Self { errors: count(Severity::Error), warnings: count(Severity::Warning), notes: count(Severity::Note) }
    }
}

/// The reference of all rules, as `docs/check.md` has it.
pub fn reference() -> String {
    let rows = super::ALL.iter().map(|rule| {
        format!(
            "### `{}`\n\n{}: {} {} {}\n\nSource: {}\n",
            rule.id,
            rule.severity.name(),
            rule.summary,
            rule.why,
            rule.advice,
            rule.source
        )
    });
    rows.collect::<Vec<_>>().join("\n")
}
