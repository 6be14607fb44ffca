//! Checks: automatic assertions about an environment, decided from facts somebody else fetched.

//!
//! What belongs here: per kind, the facts it is decided from, the decision, and what is expected in words. Whoever
//! fetches the facts says what could not be asked; that is never taken for a pass, and never for a failure.

mod alarm;
mod assertion;
mod backup;
mod dashboard;
mod drift;
mod finding;
mod http;
mod logs;
mod metric;
mod money;
mod secret;
mod service;
mod topic;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    blueprint::CheckKind,
    stack::{Condition, StackStatus},
};

pub use alarm::AlarmFacts;
pub use assertion::{pattern_problem, pointer_problem};
pub use backup::BackupFacts;
pub use drift::{DriftFacts, DriftedResource};
pub use finding::{Known, Subject, Subjects};
pub use http::HttpFacts;
pub use logs::{LogGroupFacts, QueryFacts};
pub use metric::{SeriesFacts, thousandths};
pub use money::{Budget, BudgetFacts, CostFacts};
pub use secret::{FieldFacts, SecretFacts, SecretQuestions, looks_like_placeholder};
pub use topic::TopicFacts;

use finding::{Finding, Judgement};

/// What a check said. Inconclusive (could not be asked) is never shown as pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Pass,
    Warn,
    Fail,
    Inconclusive,
}

impl Verdict {
    pub fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Warn => "warn",
            Self::Fail => "fail",
            Self::Inconclusive => "inconclusive",
        }
    }

    pub fn condition(self) -> Condition {
        match self {
            Self::Pass => Condition::Good,
            Self::Warn => Condition::Attention,
            Self::Fail => Condition::Bad,
            Self::Inconclusive => Condition::Unknown,
        }
    }
}

/// How much a failed check weighs: an error keeps an item shut, a warning only says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    Error,
    Warning,
}

/// One answer with its evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckOutcome {
    pub verdict: Verdict,
    /// What was asked, of whom: a request line, a stack and an output.
    pub asked: String,
    pub expected: String,
    /// One line per thing looked at.
    pub found: String,
    /// The number the check is about, where it is about one.
    #[serde(default)]
    pub measured: Option<Measurement>,
    /// Of the AWS call that decided.
    #[serde(default)]
    pub request_id: Option<String>,
}

impl CheckOutcome {
    /// A question that could not be asked.
    pub fn inconclusive(asked: String, expected: String, why: String) -> Self {
        Self { verdict: Verdict::Inconclusive, asked, expected, found: why, measured: None, request_id: None }
    }
}

/// A number with its unit, exact to a thousandth.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measurement {
    pub thousandths: i64,
    /// `ms`, `%`, `USD`, or a plural noun.
    pub unit: String,
}

impl Measurement {
    pub fn new(thousandths: i64, unit: &str) -> Self {
        Self { thousandths, unit: unit.to_owned() }
    }

    pub fn whole(number: u64, unit: &str) -> Self {
        Self::new(i64::try_from(number).unwrap_or(i64::MAX / 1000).saturating_mul(1000), unit)
    }
}

impl std::fmt::Display for Measurement {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", decimal(self.thousandths), self.unit)
    }
}

/// Thousandths as people write them, without idle zeros.
pub fn decimal(thousandths: i64) -> String {
    let sign = if thousandths < 0 { "-" } else { "" };
    let (whole, rest) = (thousandths.unsigned_abs() / 1000, thousandths.unsigned_abs() % 1000);
    if rest == 0 {
        return format!("{sign}{whole}");
    }
    format!("{sign}{whole}.{}", format!("{rest:03}").trim_end_matches('0'))
}

/// The facts a check of each kind is decided from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CheckFacts {
    /// `None`: there is no such stack.
    StackStatus {
        stack_name: String,
        status: Option<StackStatus>,
    },
    /// `None`: the stack has no such output.
    StackOutput {
        stack_name: String,
        output: String,
        value: Option<String>,
    },
    Http(HttpFacts),
    /// Documents of resources, of whatever service.
    Documents(Subjects<Value>),
    /// Names of the resources that were counted.
    Count {
        asked: String,
        names: Vec<String>,
    },
    Secrets(Subjects<SecretFacts>),
    Alarms(Subjects<AlarmFacts>),
    Series(SeriesFacts),
    /// Bodies of dashboards.
    Dashboards(Subjects<Value>),
    Topics(Subjects<TopicFacts>),
    LogGroups(Subjects<LogGroupFacts>),
    Queries(Subjects<QueryFacts>),
    Backups(Subjects<BackupFacts>),
    Drift(DriftFacts),
    Budgets(BudgetFacts),
    Cost(CostFacts),
    /// The question could not be asked.
    Unavailable {
        asked: String,
        why: String,
    },
}

/// Decides a check. `severity` turns a failed assertion of a warning check into a warning.
pub fn evaluate(kind: &CheckKind, severity: Severity, facts: &CheckFacts) -> CheckOutcome {
    let (asked, finding) = decide(kind, facts);
    let verdict = match (finding.judgement, severity) {
        (Judgement::Holds, _) => Verdict::Pass,
        (Judgement::Fails, Severity::Error) => Verdict::Fail,
        (Judgement::Fails, Severity::Warning) | (Judgement::Warns, _) => Verdict::Warn,
        (Judgement::Unknown, _) => Verdict::Inconclusive,
    };
    CheckOutcome {
        verdict,
        asked,
        expected: expected_words(kind),
        found: finding.found,
        measured: finding.measured,
        request_id: None,
    }
}

fn decide(kind: &CheckKind, facts: &CheckFacts) -> (String, Finding) {
    use CheckFacts as F;
    use CheckKind as K;
    match (kind, facts) {
        (_, F::Unavailable { asked, why }) => (asked.clone(), Finding::unknown(why.clone())),
        (K::StackStatus { .. }, F::StackStatus { stack_name, status }) => {
            let found = status.as_ref().map_or_else(|| "no such stack".to_owned(), |s| s.0.clone());
            let holds = status.as_ref().is_some_and(StackStatus::is_success);
            (format!("status of stack {stack_name}"), Finding::either(holds, found))
        }
        (K::StackOutput { starts_with, .. }, F::StackOutput { stack_name, output, value }) => {
            let holds = value.as_ref().is_some_and(|v| {
                !v.trim().is_empty() && starts_with.as_ref().is_none_or(|prefix| v.starts_with(prefix.as_str()))
            });
            let found = value.clone().unwrap_or_else(|| "no such output".to_owned());
            (format!("output {output} of stack {stack_name}"), Finding::either(holds, found))
        }
        (K::Http(check), F::Http(facts)) => (http::asked(facts), http::decide(check, facts)),
        (K::ResourceCount(check), F::Count { asked, names }) => (asked.clone(), service::count(check, names)),
        (K::Secret(check), F::Secrets(facts)) => (facts.asked.clone(), secret::decide(check, facts)),
        (K::Alarm(check), F::Alarms(facts)) => (facts.asked.clone(), alarm::decide(check, facts)),
        (K::Metric(check), F::Series(facts)) => (facts.asked.clone(), metric::decide(check, facts)),
        (K::Dashboard(check), F::Dashboards(facts)) => (facts.asked.clone(), dashboard::decide(check, facts)),
        (K::Topic(check), F::Topics(facts)) => (facts.asked.clone(), topic::decide(check, facts)),
        (K::LogRetention(check), F::LogGroups(facts)) => (facts.asked.clone(), logs::retention(check, facts)),
        (K::LogErrors(check), F::LogGroups(facts)) => (facts.asked.clone(), logs::errors(check, facts)),
        (K::SavedQuery(check), F::Queries(facts)) => (facts.asked.clone(), logs::queries(check, facts)),
        (K::Backup(check), F::Backups(facts)) => (facts.asked.clone(), backup::decide(check, facts)),
        (K::Drift(check), F::Drift(facts)) => (facts.asked(), drift::decide(check, facts)),
        (K::Budget(check), F::Budgets(facts)) => (facts.asked.clone(), money::budget(check, facts)),
        (K::Cost(check), F::Cost(facts)) => (facts.asked.clone(), money::cost(check, facts)),
        (kind, F::Documents(facts)) => match service::check_of(kind) {
            Some(check) => (facts.asked.clone(), service::decide(kind, check, facts)),
            None => mixed_up(),
        },
        _ => mixed_up(),
    }
}

/// Facts of another kind mean the caller mixed two checks up: the question was not asked.
fn mixed_up() -> (String, Finding) {
    ("nothing".to_owned(), Finding::unknown("facts of another kind of check".to_owned()))
}

/// What the check wants, in words: shown beside what was found.
pub fn expected_words(kind: &CheckKind) -> String {
    match kind {
        CheckKind::StackStatus { .. } => "CREATE_COMPLETE, UPDATE_COMPLETE or IMPORT_COMPLETE".to_owned(),
        CheckKind::StackOutput { starts_with: None, .. } => "a value that is not empty".to_owned(),
        CheckKind::StackOutput { starts_with: Some(prefix), .. } => format!("a value starting with {prefix}"),
        CheckKind::Http(check) => http::expected(check),
        CheckKind::ResourceCount(check) => service::count_expected(check),
        CheckKind::Secret(check) => secret::expected(check),
        CheckKind::Alarm(check) => alarm::expected(check),
        CheckKind::Metric(check) => metric::expected(check),
        CheckKind::Dashboard(check) => dashboard::expected(check),
        CheckKind::Topic(check) => topic::expected(check),
        CheckKind::LogRetention(check) => logs::retention_expected(check),
        CheckKind::LogErrors(check) => logs::errors_expected(check),
        CheckKind::SavedQuery(check) => logs::queries_expected(check),
        CheckKind::Backup(check) => backup::expected(check),
        CheckKind::Drift(check) => drift::expected(check),
        CheckKind::Budget(check) => money::budget_expected(check),
        CheckKind::Cost(check) => money::cost_expected(check),
        other => service::expected(other),
    }
}

#[cfg(test)]
mod tests;
