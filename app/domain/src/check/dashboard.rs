//! Dashboards: with widgets, on things that exist.

use serde_json::Value;

use crate::blueprint::checks::{DashboardCheck, Quantifier};

use super::{
    Finding,
    finding::{Subjects, all_of, each},
};

pub(super) fn decide(check: &DashboardCheck, facts: &Subjects<Value>) -> Finding {
    each(Quantifier::Every, facts, |body| {
        let count = body.get("widgets").and_then(Value::as_array).map_or(0, Vec::len);
        let mut problems = Vec::new();
        if u64::try_from(count).is_ok_and(|count| count < check.min_widgets) {
            problems.push(format!("{count} widgets, wanted at least {}", check.min_widgets));
        }
        let text = body.to_string();
        let betrayed = check.refused_texts.iter().filter(|refused| text.contains(refused.as_str()));
        problems.extend(betrayed.map(|refused| format!("says “{refused}”")));
        all_of(&problems, || format!("{count} widgets"))
    })
}

pub(super) fn expected(check: &DashboardCheck) -> String {
    let mut parts = vec!["to be there".to_owned()];
    if check.min_widgets > 0 {
        parts.push(format!("at least {} widgets", check.min_widgets));
    }
    parts.extend(check.refused_texts.iter().map(|text| format!("without “{text}”")));
    parts.join(", ")
}
