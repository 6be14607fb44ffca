//! Topics: somebody listens, and has confirmed it.

use crate::blueprint::checks::{Quantifier, TopicCheck};

use super::{
    Finding,
    finding::{Subjects, all_of, each},
};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TopicFacts {
    /// Protocol and endpoint of each confirmed subscription.
    pub confirmed: Vec<String>,
    /// Those whose recipient has not followed the link yet.
    pub pending: Vec<String>,
}

pub(super) fn decide(check: &TopicCheck, facts: &Subjects<TopicFacts>) -> Finding {
    each(Quantifier::Every, facts, |topic| {
        let count = u64::try_from(topic.confirmed.len()).unwrap_or(u64::MAX);
        let mut problems = Vec::new();
        if count < check.min_subscriptions {
            let wanted = check.min_subscriptions;
            problems.push(format!("{count} confirmed subscriptions, wanted at least {wanted}"));
        }
        if !check.allows_pending && !topic.pending.is_empty() {
            problems.push(format!("waits for confirmation: {}", topic.pending.join(", ")));
        }
        all_of(&problems, || match topic.confirmed.as_slice() {
            [] => "is there".to_owned(),
            confirmed => confirmed.join(", "),
        })
    })
}

pub(super) fn expected(check: &TopicCheck) -> String {
    let pending = if check.allows_pending { "" } else { ", none pending" };
    match check.min_subscriptions {
        0 => format!("to be there{pending}"),
        count => format!("at least {count} confirmed subscriptions{pending}"),
    }
}
