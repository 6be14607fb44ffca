//! Log groups: how long they keep, what went wrong in them, and saved queries that find something to read.

use crate::blueprint::checks::{LogErrorsCheck, LogRetentionCheck, Quantifier, SavedQueryCheck};

use super::{
    Finding, Judgement, Measurement,
    finding::{Known, Subjects, all_of, each},
};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogGroupFacts {
    /// `None`: kept for ever.
    pub retention_days: Option<u64>,
    /// Events that matched the pattern; `None`: not asked.
    pub matching_events: Option<u64>,
    /// There may be more than were counted.
    pub is_at_least: bool,
    pub example: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QueryFacts {
    /// Name of each of its log groups, and whether it is there and got events; `None` where that was not asked.
    pub groups: Vec<(String, bool, Option<bool>)>,
}

pub(super) fn retention(check: &LogRetentionCheck, facts: &Subjects<LogGroupFacts>) -> Finding {
    each(Quantifier::Every, facts, |group| {
        let Some(days) = group.retention_days else {
            let words = "kept for ever".to_owned();
            return if check.max_days.is_some() { Err(words) } else { Ok(words) };
        };
        let low = check.min_days.is_some_and(|min| days < u64::from(min));
        let high = check.max_days.is_some_and(|max| days > u64::from(max));
        let words = format!("{days} days");
        if low || high { Err(words) } else { Ok(words) }
    })
}

pub(super) fn retention_expected(check: &LogRetentionCheck) -> String {
    match (check.min_days, check.max_days) {
        (Some(min), Some(max)) if min == max => format!("kept for {min} days"),
        (Some(min), Some(max)) => format!("kept for {min} to {max} days"),
        (Some(min), None) => format!("kept for at least {min} days"),
        (None, Some(max)) => format!("kept for at most {max} days"),
        (None, None) => "to be there".to_owned(),
    }
}

/// The limit holds for all groups together: an error storm must not pass because it is spread out.
pub(super) fn errors(check: &LogErrorsCheck, facts: &Subjects<LogGroupFacts>) -> Finding {
    let counted = facts.subjects.iter().filter_map(|subject| match &subject.known {
        Known::Facts(group) => group.matching_events,
        Known::Missing(_) | Known::Unknown(_) => None,
    });
    let total: u64 = counted.sum();
    let mut finding = each(Quantifier::Every, facts, |group| {
        let count = group.matching_events.unwrap_or(0);
        let more = if group.is_at_least { "at least " } else { "" };
        let words = match (&group.example, count) {
            (Some(example), 1..) => format!("{more}{count} events, for example “{example}”"),
            _ => format!("{more}{count} events"),
        };
        if count > check.max { Err(words) } else { Ok(words) }
    });
    if finding.judgement == Judgement::Holds && total > check.max {
        finding.judgement = Judgement::Fails;
    }
    finding.measuring(Measurement::whole(total, "events"))
}

pub(super) fn errors_expected(check: &LogErrorsCheck) -> String {
    let (max, pattern, minutes) = (check.max, &check.pattern, check.window_minutes);
    format!("at most {max} events matching {pattern} within {minutes} minutes, in all log groups together")
}

pub(super) fn queries(check: &SavedQueryCheck, facts: &Subjects<QueryFacts>) -> Finding {
    each(Quantifier::Every, facts, |query| {
        let mut problems = Vec::new();
        if query.groups.is_empty() {
            problems.push("names no log group".to_owned());
        }
        for (name, is_there, has_events) in &query.groups {
            if !is_there {
                problems.push(format!("log group {name} does not exist"));
            } else if let (Some(hours), Some(false)) = (check.events_within_hours, has_events) {
                problems.push(format!("nothing was written to {name} within {hours} hours"));
            }
        }
        all_of(&problems, || query.groups.iter().map(|g| g.0.as_str()).collect::<Vec<_>>().join(", "))
    })
}

pub(super) fn queries_expected(check: &SavedQueryCheck) -> String {
    match check.events_within_hours {
        Some(hours) => format!("log groups that got events within {hours} hours"),
        None => "log groups that exist".to_owned(),
    }
}
