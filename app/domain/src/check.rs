//! Checks: automatic assertions about an environment, decided from facts somebody else fetched.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    blueprint::{CheckKind, HttpCheck, JsonAssertion},
    stack::{Condition, StackStatus},
};

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
    pub found: String,
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
    /// The question could not be asked.
    Unavailable {
        asked: String,
        why: String,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpFacts {
    pub method: String,
    pub url: String,
    pub status: u16,
    /// Lower-case names.
    pub headers: Vec<(String, String)>,
    /// At most the first 256 KiB.
    pub body: String,
    pub elapsed_ms: u64,
}

/// Decides a check. `severity` turns a failed assertion of a warning check into a warning.
pub fn evaluate(kind: &CheckKind, severity: Severity, facts: &CheckFacts) -> CheckOutcome {
    let (asked, expected, found, held) = match (kind, facts) {
        (_, CheckFacts::Unavailable { asked, why }) => {
            return CheckOutcome {
                verdict: Verdict::Inconclusive,
                asked: asked.clone(),
                expected: expected_words(kind),
                found: why.clone(),
            };
        }
        (CheckKind::StackStatus { .. }, CheckFacts::StackStatus { stack_name, status }) => (
            format!("status of stack {stack_name}"),
            expected_words(kind),
            status.as_ref().map_or_else(|| "no such stack".to_owned(), |s| s.0.clone()),
            status.as_ref().is_some_and(StackStatus::is_success),
        ),
        (CheckKind::StackOutput { starts_with, .. }, CheckFacts::StackOutput { stack_name, output, value }) => (
            format!("output {output} of stack {stack_name}"),
            expected_words(kind),
            value.clone().unwrap_or_else(|| "no such output".to_owned()),
            value.as_ref().is_some_and(|v| {
                !v.trim().is_empty() && starts_with.as_ref().is_none_or(|prefix| v.starts_with(prefix.as_str()))
            }),
        ),
        (CheckKind::Http(check), CheckFacts::Http(facts)) => {
            let problems = http_problems(check, facts);
            let found = if problems.is_empty() {
                format!("status {} in {} ms", facts.status, facts.elapsed_ms)
            } else {
                problems.join("; ")
            };
            (format!("{} {}", facts.method, facts.url), expected_words(kind), found, problems.is_empty())
        }
        // Facts of another kind mean the caller mixed two checks up: the question was not asked.
        _ => {
            return CheckOutcome {
                verdict: Verdict::Inconclusive,
                asked: "nothing".to_owned(),
                expected: expected_words(kind),
                found: "facts of another kind of check".to_owned(),
            };
        }
    };
    let verdict = match (held, severity) {
        (true, _) => Verdict::Pass,
        (false, Severity::Error) => Verdict::Fail,
        (false, Severity::Warning) => Verdict::Warn,
    };
    CheckOutcome { verdict, asked, expected, found }
}

/// What the check wants, in words: shown beside what was found.
pub fn expected_words(kind: &CheckKind) -> String {
    match kind {
        CheckKind::StackStatus { .. } => "CREATE_COMPLETE, UPDATE_COMPLETE or IMPORT_COMPLETE".to_owned(),
        CheckKind::StackOutput { starts_with: None, .. } => "a value that is not empty".to_owned(),
        CheckKind::StackOutput { starts_with: Some(prefix), .. } => format!("a value starting with {prefix}"),
        CheckKind::Http(check) => {
            let mut parts = vec![format!("status {}", join_statuses(&check.status))];
            parts.extend(check.headers.iter().map(|(name, part)| {
                if part.is_empty() { format!("header {name}") } else { format!("header {name} containing {part}") }
            }));
            parts.extend(check.json.iter().map(|a| match &a.equals {
                None => match a.min_items {
                    Some(minimum) => format!("{} with at least {minimum} items", a.pointer),
                    None => format!("{} present", a.pointer),
                },
                Some(value) => format!("{} = {value}", a.pointer),
            }));
            parts.extend(check.body_contains.iter().map(|text| format!("body containing “{text}”")));
            parts.extend(check.max_latency_ms.map(|ms| format!("within {ms} ms")));
            parts.join(", ")
        }
    }
}

fn join_statuses(statuses: &[u16]) -> String {
    statuses.iter().map(u16::to_string).collect::<Vec<_>>().join(" or ")
}

fn http_problems(check: &HttpCheck, facts: &HttpFacts) -> Vec<String> {
    let mut problems = Vec::new();
    if !check.status.contains(&facts.status) {
        problems.push(format!("status {}", facts.status));
    }
    for (name, part) in &check.headers {
        // A header may be sent more than once; any of its values will do.
        let sent = facts.headers.iter().filter(|(n, _)| n.eq_ignore_ascii_case(name));
        let values: Vec<&str> = sent.map(|(_, value)| value.as_str()).collect();
        if values.is_empty() {
            problems.push(format!("no header {name}"));
        } else if !values.iter().any(|value| value.to_lowercase().contains(&part.to_lowercase())) {
            problems.push(format!("header {name}: {}", values.join(", ")));
        }
    }
    if !check.json.is_empty() {
        match serde_json::from_str::<Value>(&facts.body) {
            Err(_) => problems.push("body is not JSON".to_owned()),
            Ok(body) => problems.extend(check.json.iter().filter_map(|a| json_problem(a, &body))),
        }
    }
    if let Some(text) = check.body_contains.as_ref().filter(|text| !facts.body.contains(text.as_str())) {
        problems.push(format!("body without “{text}”"));
    }
    if let Some(limit) = check.max_latency_ms.filter(|limit| facts.elapsed_ms > *limit) {
        problems.push(format!("took {} ms, allowed {limit} ms", facts.elapsed_ms));
    }
    problems
}

fn json_problem(assertion: &JsonAssertion, body: &Value) -> Option<String> {
    let Some(value) = body.pointer(&assertion.pointer) else {
        return Some(format!("{} is absent", assertion.pointer));
    };
    if let Some(minimum) = assertion.min_items {
        let Some(count) = value.as_array().map(Vec::len) else {
            return Some(format!("{} is not a list", assertion.pointer));
        };
        if u64::try_from(count).is_ok_and(|count| count < minimum) {
            return Some(format!("{} has {count} items, wanted at least {minimum}", assertion.pointer));
        }
    }
    let expected = assertion.equals.as_ref()?;
    let actual = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    (actual != *expected).then(|| format!("{} = {actual}", assertion.pointer))
}

#[cfg(test)]
mod tests;
