//! Alarms: there, with an action, on a metric that exists.

use crate::blueprint::checks::{AlarmCheck, Quantifier};

use super::{
    Finding,
    finding::{Subjects, all_of, each},
};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AlarmFacts {
    /// `OK`, `ALARM` or `INSUFFICIENT_DATA`.
    pub state: String,
    pub are_actions_enabled: bool,
    /// What it calls when it goes off.
    pub actions: Vec<String>,
    /// Data points of its metrics in the window that was asked for; `None`: not asked.
    pub data_points: Option<u64>,
}

pub(super) fn decide(check: &AlarmCheck, facts: &Subjects<AlarmFacts>) -> Finding {
    each(Quantifier::Every, facts, |alarm| {
        let mut problems = Vec::new();
        if !check.states.is_empty() && !check.states.contains(&alarm.state) {
            problems.push(format!("is {}", alarm.state));
        }
        if check.needs_action {
            if alarm.actions.is_empty() {
                problems.push("has no action: nobody would be told".to_owned());
            } else if !alarm.are_actions_enabled {
                problems.push("has its actions disabled".to_owned());
            }
        }
        if let Some(minutes) = check.data_within_minutes.filter(|_| alarm.data_points == Some(0)) {
            problems.push(format!("its metric had no data within {minutes} minutes: it could never go off"));
        }
        all_of(&problems, || alarm.state.clone())
    })
}

pub(super) fn expected(check: &AlarmCheck) -> String {
    let mut parts = vec!["to be there".to_owned()];
    if !check.states.is_empty() {
        parts.push(check.states.join(" or "));
    }
    if check.needs_action {
        parts.push("an enabled action".to_owned());
    }
    parts.extend(check.data_within_minutes.map(|minutes| format!("data within {minutes} minutes")));
    parts.join(", ")
}
