//! Log groups, their events, and queries saved on them.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::ports::{
    AwsError, AwsErrorKind, Target,
    inspection::{EventCount, Seen},
};

use super::{
    super::{
        Aws,
        call::{DESCRIBE_LOG_GROUPS, DESCRIBE_QUERIES, FILTER_LOG_EVENTS},
    },
    Pages, items, text,
};

/// Pages of events one look reads: each may be empty although there are more.
const MOST_PAGES: usize = 50;
/// Characters of an event that are shown.
const EXAMPLE: usize = 300;

impl Aws {
    pub(super) async fn named_log_group(&self, target: &Target, name: &str) -> Result<Seen<Option<Value>>, AwsError> {
        let pages = Pages { items: "logGroups", token_in: "nextToken", token_out: "nextToken" };
        let groups = self.pages(target, &DESCRIBE_LOG_GROUPS, json!({ "logGroupNamePrefix": name }), pages).await?;
        let group = groups.value.into_iter().find(|group| text(group, "logGroupName").as_deref() == Some(name));
        Ok(Seen { value: group, request_id: groups.request_id })
    }

    pub(super) async fn counted_events(
        &self,
        target: &Target,
        group: &str,
        pattern: &str,
        since: Timestamp,
        limit: u64,
    ) -> Result<Seen<Option<EventCount>>, AwsError> {
        let mut input =
            json!({ "logGroupName": group, "startTime": since.as_millisecond(), "limit": limit.clamp(1, 10_000) });
        if !pattern.is_empty() {
            input["filterPattern"] = json!(pattern);
        }
        let mut counted = EventCount::default();
        for page in 1.. {
            let answer = match self.read(target, &FILTER_LOG_EVENTS, &input).await {
                Ok(answer) => answer,
                Err(error) if error.kind == AwsErrorKind::NotFound => {
                    return Ok(Seen { value: None, request_id: error.request_id });
                }
                Err(error) => return Err(error),
            };
            let events = items(&answer.value, "events");
            counted.count += u64::try_from(events.len()).unwrap_or(0);
            if counted.example.is_none() {
                let message = events.first().and_then(|event| text(event, "message"));
                counted.example = message.map(|message| message.trim().chars().take(EXAMPLE).collect());
            }
            let token = text(&answer.value, "nextToken");
            counted.is_at_least = token.is_some();
            match token.filter(|_| counted.count < limit && page < MOST_PAGES) {
                Some(token) => input["nextToken"] = json!(token),
                None => return Ok(Seen { value: Some(counted), request_id: answer.request_id }),
            }
        }
        Ok(Seen { value: Some(counted), request_id: None })
    }

    pub(super) async fn query_groups(&self, target: &Target, id: &str) -> Result<Seen<Option<Vec<String>>>, AwsError> {
        let pages = Pages { items: "queryDefinitions", token_in: "nextToken", token_out: "nextToken" };
        let queries = self.pages(target, &DESCRIBE_QUERIES, json!({}), pages).await?;
        let query = queries.value.into_iter().find(|query| text(query, "queryDefinitionId").as_deref() == Some(id));
        let groups = query.map(|query| {
            items(&query, "logGroupNames").iter().filter_map(|name| name.as_str().map(str::to_owned)).collect()
        });
        Ok(Seen { value: groups, request_id: queries.request_id })
    }
}
