//! Drift, honest about what nobody can look at: "checked 41 of 64; 23 cannot be checked".

use crate::blueprint::checks::DriftCheck;

use super::{Finding, Judgement, Measurement};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DriftFacts {
    pub stack_name: String,
    /// Resources the stack has.
    pub total: u64,
    /// Resources CloudFormation compared with their template.
    pub checked: u64,
    pub drifted: Vec<DriftedResource>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DriftedResource {
    pub logical_id: String,
    pub resource_type: String,
    pub is_deleted: bool,
    /// Paths of properties that differ.
    pub properties: Vec<String>,
}

impl DriftFacts {
    pub(super) fn asked(&self) -> String {
        format!("drift of stack {}", self.stack_name)
    }
}

pub(super) fn decide(check: &DriftCheck, facts: &DriftFacts) -> Finding {
    let percent = facts.checked.saturating_mul(100).checked_div(facts.total).unwrap_or(0);
    let hidden = facts.total.saturating_sub(facts.checked);
    let mut lines = vec![match hidden {
        0 => format!("checked all {} resources", facts.total),
        hidden => format!("checked {} of {}; {hidden} cannot be checked", facts.checked, facts.total),
    }];
    lines.extend(facts.drifted.iter().map(|resource| {
        let what = if resource.is_deleted {
            "was deleted".to_owned()
        } else if resource.properties.is_empty() {
            "was changed".to_owned()
        } else {
            format!("was changed: {}", resource.properties.join(", "))
        };
        format!("{} ({}) {what}", resource.logical_id, resource.resource_type)
    }));
    let judgement = if !facts.drifted.is_empty() {
        Judgement::Fails
    } else if facts.checked == 0 || percent < u64::from(check.min_coverage_percent) {
        // Nothing was seen to be wrong, in too little that was seen.
        Judgement::Unknown
    } else {
        Judgement::Holds
    };
    let count = u64::try_from(facts.drifted.len()).unwrap_or(u64::MAX);
    Finding::new(judgement, lines.join("\n")).measuring(Measurement::whole(count, "drifted resources"))
}

pub(super) fn expected(check: &DriftCheck) -> String {
    match check.min_coverage_percent {
        0 => "no resource changed outside its template".to_owned(),
        percent => format!("no resource changed outside its template, at least {percent} % looked at"),
    }
}
