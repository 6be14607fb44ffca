//! Kinds that are assertions on documents, and counting.

use serde_json::Value;

use crate::blueprint::{
    Assertion, CheckKind,
    checks::{CountCheck, ServiceCheck},
};

use super::{
    Finding, Measurement, assertion,
    finding::{Subjects, all_of, each},
};

pub(super) fn check_of(kind: &CheckKind) -> Option<&ServiceCheck> {
    use CheckKind as K;
    match kind {
        K::Resource(c)
        | K::Database(c)
        | K::Cache(c)
        | K::Distribution(c)
        | K::WebAcl(c)
        | K::Trail(c)
        | K::FlowLog(c)
        | K::Detector(c) => Some(c),
        _ => None,
    }
}

/// What a kind asks even where the blueprint asks nothing more.
fn built_in(kind: &CheckKind) -> Vec<Assertion> {
    let equals = |pointer: &str, value: &str| Assertion {
        pointer: pointer.to_owned(),
        equals: Some(value.to_owned()),
        ..Assertion::default()
    };
    match kind {
        CheckKind::Database(_) | CheckKind::Cache(_) => vec![equals("/Status", "available")],
        CheckKind::Distribution(_) => {
            vec![equals("/Status", "Deployed"), equals("/DistributionConfig/Enabled", "true")]
        }
        CheckKind::WebAcl(_) => {
            vec![Assertion { pointer: "/Rules".to_owned(), min_items: Some(1), ..Assertion::default() }]
        }
        CheckKind::Trail(_) => vec![equals("/Status/IsLogging", "true")],
        CheckKind::FlowLog(_) => vec![equals("/flowLogStatus", "ACTIVE")],
        CheckKind::Detector(_) => vec![equals("/status", "ENABLED")],
        _ => Vec::new(),
    }
}

pub(super) fn decide(kind: &CheckKind, check: &ServiceCheck, facts: &Subjects<Value>) -> Finding {
    let assertions: Vec<Assertion> = built_in(kind).into_iter().chain(check.assertions.iter().cloned()).collect();
    each(check.quantifier, facts, |document| {
        let (right, wrong): (Vec<_>, Vec<_>) =
            assertions.iter().map(|a| assertion::check(a, document)).partition(Result::is_ok);
        let problems: Vec<String> = wrong.into_iter().filter_map(Result::err).collect();
        all_of(&problems, || {
            if right.is_empty() {
                return "is there".to_owned();
            }
            right.into_iter().filter_map(Result::ok).collect::<Vec<_>>().join(", ")
        })
    })
}

pub(super) fn expected(kind: &CheckKind) -> String {
    let own = check_of(kind).map(|c| c.assertions.as_slice()).unwrap_or_default();
    let built_in = built_in(kind);
    let parts: Vec<String> = built_in.iter().chain(own).map(assertion::words).collect();
    if parts.is_empty() { "to be there".to_owned() } else { parts.join(", ") }
}

pub(super) fn count(check: &CountCheck, names: &[String]) -> Finding {
    let count = u64::try_from(names.len()).unwrap_or(u64::MAX);
    let holds = check.min.is_none_or(|min| count >= min) && check.max.is_none_or(|max| count <= max);
    let found = if names.is_empty() { "none".to_owned() } else { format!("{count}\n{}", names.join("\n")) };
    Finding::either(holds, found).measuring(Measurement::whole(count, "resources"))
}

pub(super) fn count_expected(check: &CountCheck) -> String {
    match (check.min, check.max) {
        (Some(min), Some(max)) if min == max => format!("exactly {min}"),
        (Some(min), Some(max)) => format!("{min} to {max}"),
        (Some(min), None) => format!("at least {min}"),
        (None, Some(max)) => format!("at most {max}"),
        (None, None) => "any number".to_owned(),
    }
}
