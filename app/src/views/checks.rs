//! The checks of an environment.

use domain::{
    check::{CheckOutcome, Severity},
    stack::Condition,
};
use jiff::Timestamp;
use uuid::Uuid;

use super::{EnvironmentBand, Offer};

/// What the address of the page asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChecksFilter {
    pub suite: Option<String>,
    pub run: Option<Uuid>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChecksView {
    pub band: EnvironmentBand,
    /// In the order of the blueprint.
    pub suites: Vec<SuiteCard>,
    pub shown: Option<SuiteRunView>,
    pub run: Offer,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SuiteCard {
    pub id: String,
    pub title: String,
    /// Checks that are for this environment.
    pub checks: u32,
    pub last: Option<SuiteRunRow>,
}

/// A run in numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SuiteRunRow {
    pub id: Uuid,
    pub requested_by: String,
    pub requested_at: Timestamp,
    /// `None`: still running.
    pub finished_at: Option<Timestamp>,
    pub total: u32,
    pub passed: u32,
    pub warned: u32,
    pub failed: u32,
    pub inconclusive: u32,
}

impl SuiteRunRow {
    pub fn answered(&self) -> u32 {
        self.passed + self.warned + self.failed + self.inconclusive
    }

    /// What could not be asked is never good.
    pub fn condition(&self) -> Condition {
        if self.failed > 0 {
            Condition::Bad
        } else if self.finished_at.is_none() {
            Condition::Running
        } else if self.inconclusive > 0 || self.answered() < self.total {
            Condition::Unknown
        } else if self.warned > 0 {
            Condition::Attention
        } else {
            Condition::Good
        }
    }

    /// "28 of 31 passed, 2 warnings, 1 could not be asked".
    pub fn sentence(&self) -> String {
        let mut parts = vec![format!("{} of {} passed", self.passed, self.total)];
        let plural = |count: u32, one: &str, many: &str| format!("{count} {}", if count == 1 { one } else { many });
        if self.failed > 0 {
            parts.push(format!("{} failed", self.failed));
        }
        if self.warned > 0 {
            parts.push(plural(self.warned, "warning", "warnings"));
        }
        if self.inconclusive > 0 {
            parts.push(format!("{} could not be asked", self.inconclusive));
        }
        let open = self.total.saturating_sub(self.answered());
        if self.finished_at.is_none() {
            parts.push(format!("{open} still running"));
        } else if open > 0 {
            parts.push(format!("{open} never answered"));
        }
        parts.join(", ")
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SuiteRunView {
    pub suite: String,
    pub title: String,
    /// Titles of the checks a run would have now.
    pub checks: Vec<String>,
    /// The run that is shown, with its results in the order of the suite.
    pub run: Option<(SuiteRunRow, Vec<SuiteResultRow>)>,
    /// Newest first.
    pub history: Vec<SuiteRunRow>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SuiteResultRow {
    pub id: String,
    pub title: String,
    pub severity: Severity,
    /// `None`: no answer yet.
    pub outcome: Option<CheckOutcome>,
    pub finished_at: Option<Timestamp>,
    pub took_ms: Option<u64>,
    pub attempts: Option<u32>,
}
