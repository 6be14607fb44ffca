//! Log groups and saved queries.

use domain::{
    blueprint::checks::{LogErrorsCheck, LogRetentionCheck, SavedQueryCheck},
    check::{CheckFacts, LogGroupFacts, QueryFacts},
};
use jiff::SignedDuration;
use serde_json::Value;

use crate::ports::{AwsError, inspection::Seen};

use super::{Round, subjects::each};

type Facts = (CheckFacts, Option<String>);

const LOG_GROUP: &str = "AWS::Logs::LogGroup";

pub(super) async fn retention(round: &Round<'_>, check: &LogRetentionCheck) -> Facts {
    let ask = |_, name: String| async move {
        let seen = round.engine.inspection.log_group(&round.target, &name).await?;
        let facts = seen.value.map(|group| LogGroupFacts {
            retention_days: group.get("retentionInDays").and_then(Value::as_u64),
            ..LogGroupFacts::default()
        });
        Ok::<_, AwsError>(Seen { value: facts, request_id: seen.request_id })
    };
    let (facts, id) = each(round, "retention of", &check.select, Some(LOG_GROUP), ask).await;
    (CheckFacts::LogGroups(facts), id)
}

pub(super) async fn errors(round: &Round<'_>, check: &LogErrorsCheck) -> Facts {
    let since = round.engine.clock.now() - SignedDuration::from_mins(i64::from(check.window_minutes));
    // One more than allowed is enough to know.
    let limit = check.max.saturating_add(1);
    let ask = |_, group: String| async move {
        let seen = round.engine.inspection.log_events(&round.target, &group, &check.pattern, since, limit).await?;
        let facts = seen.value.map(|counted| LogGroupFacts {
            retention_days: None,
            matching_events: Some(counted.count),
            is_at_least: counted.is_at_least,
            example: counted.example,
        });
        Ok::<_, AwsError>(Seen { value: facts, request_id: seen.request_id })
    };
    let (facts, id) = each(round, "events in", &check.select, Some(LOG_GROUP), ask).await;
    (CheckFacts::LogGroups(facts), id)
}

pub(super) async fn queries(round: &Round<'_>, check: &SavedQueryCheck) -> Facts {
    let ask = |_, id: String| async move {
        let seen = round.engine.inspection.saved_query(&round.target, &id).await?;
        let Some(names) = seen.value else { return Ok(Seen { value: None, request_id: seen.request_id }) };
        let mut facts = QueryFacts::default();
        for name in names {
            let (is_there, has_events) = group(round, check, &name).await?;
            facts.groups.push((name, is_there, has_events));
        }
        Ok::<_, AwsError>(Seen { value: Some(facts), request_id: seen.request_id })
    };
    let (facts, id) = each(round, "saved query", &check.select, Some("AWS::Logs::QueryDefinition"), ask).await;
    (CheckFacts::Queries(facts), id)
}

/// Whether a group is there, and whether it got events, where that is asked.
async fn group(round: &Round<'_>, check: &SavedQueryCheck, name: &str) -> Result<(bool, Option<bool>), AwsError> {
    let inspection = &round.engine.inspection;
    let Some(hours) = check.events_within_hours else {
        return Ok((inspection.log_group(&round.target, name).await?.value.is_some(), None));
    };
    let since = round.engine.clock.now() - SignedDuration::from_hours(i64::from(hours));
    let events = inspection.log_events(&round.target, name, "", since, 1).await?.value;
    Ok((events.is_some(), events.map(|events| events.count > 0)))
}
