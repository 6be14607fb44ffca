//! `CloudWatch` Logs: groups, what is written into them, and saved queries.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    inventory::{Inventory, Live},
    naming::{token, uuid},
    outside::{LogSeed, fits},
    request::Refusal,
    series::key,
    session::{Answer, Session},
};

const GROUPS_PER_PAGE: usize = 50;
const QUERIES_PER_PAGE: usize = 1000;
const EVENTS_PER_PAGE: usize = 10_000;
/// Nobody asks for more; it bounds the work of one request.
const LONGEST_MINUTES: i64 = 14 * 24 * 60;

struct Group {
    name: String,
    retention_days: Option<u32>,
    made_at: Timestamp,
}

/// Groups of the stacks, and those that a function makes by itself when it first writes: they keep everything for ever.
fn groups(inventory: &Inventory) -> Vec<Group> {
    let of_stack = |live: &Live| Group {
        name: live.id().to_owned(),
        retention_days: live.get("RetentionInDays").map(|_| live.whole("RetentionInDays", 0)),
        made_at: live.made_at.unwrap_or(live.changed_at),
    };
    let mut all: BTreeMap<String, Group> =
        inventory.of("AWS::Logs::LogGroup").map(|live| (live.id().to_owned(), of_stack(live))).collect();
    for live in inventory.of("AWS::Lambda::Function") {
        let name = log_group(live);
        let made_at = live.made_at.unwrap_or(live.changed_at);
        all.entry(name.clone()).or_insert(Group { name, retention_days: None, made_at });
    }
    all.into_values().collect()
}

/// Where a function writes.
pub(super) fn log_group(function: &Live) -> String {
    let configured = function.properties.pointer("/LoggingConfig/LogGroup").and_then(Value::as_str);
    configured.map_or_else(|| format!("/aws/lambda/{}", function.id()), str::to_owned)
}

pub(super) fn describe_groups(session: &mut Session<'_>) -> Result<Answer, Refusal> {
    let request = session.request;
    let inventory = session.inventory();
    let (account, region) = session.here();
    let all = groups(&inventory).into_iter().filter(|group| {
        request.text("logGroupNamePrefix").is_none_or(|prefix| group.name.starts_with(prefix))
            && request.text("logGroupNamePattern").is_none_or(|part| group.name.contains(part))
    });
    let (page, token) = session.page_at(all.collect(), limit(session, GROUPS_PER_PAGE), request.text("nextToken"))?;
    let shown = page.into_iter().map(|group| {
        let arn = format!("arn:aws:logs:{region}:{account}:log-group:{}", group.name);
        let mut shown = json!({
            "logGroupName": group.name,
            "creationTime": group.made_at.as_millisecond(),
            "metricFilterCount": 0,
            "arn": format!("{arn}:*"),
            "logGroupArn": arn,
            "storedBytes": 0,
            "logGroupClass": "STANDARD",
        });
        if let (Some(days), Some(fields)) = (group.retention_days, shown.as_object_mut()) {
            fields.insert("retentionInDays".to_owned(), json!(days));
        }
        shown
    });
    Ok(Answer::Document(with_token(json!({ "logGroups": shown.collect::<Vec<_>>() }), token)))
}

fn limit(session: &Session<'_>, most: usize) -> usize {
    let asked = session.request.input.get("limit").or_else(|| session.request.input.get("maxResults"));
    asked.and_then(Value::as_u64).and_then(|limit| usize::try_from(limit).ok()).unwrap_or(most).clamp(1, most)
}

fn with_token(mut answer: Value, token: Option<String>) -> Value {
    if let (Some(token), Some(fields)) = (token, answer.as_object_mut()) {
        fields.insert("nextToken".to_owned(), json!(token));
    }
    answer
}

/// A line that is written at some minutes.
struct Source {
    message: String,
    every_minutes: i64,
    since: Option<Timestamp>,
}

/// What functions and gateways write by themselves, and what was handed in.
fn sources(inventory: &Inventory, group: &str, seeds: &[LogSeed]) -> Vec<Source> {
    let mut all = Vec::new();
    for live in inventory.of("AWS::Lambda::Function").filter(|live| log_group(live) == group) {
        let request = uuid(&[live.id()]);
        let memory = live.whole("MemorySize", 128);
        let message = format!(
            "REPORT RequestId: {request}\tDuration: 84.12 ms\tBilled Duration: 85 ms\tMemory Size: {memory} MB\tMax Memory \
             Used: 96 MB"
        );
        all.push(Source { message, every_minutes: 1, since: live.made_at });
    }
    for stage in inventory.of("AWS::ApiGatewayV2::Stage") {
        let destination = stage.properties.pointer("/AccessLogSettings/DestinationArn").and_then(Value::as_str);
        let format = stage.properties.pointer("/AccessLogSettings/Format").and_then(Value::as_str);
        let writes_here = destination.is_some_and(|arn| arn.trim_end_matches(":*").ends_with(&format!(":{group}")));
        if let (true, Some(format)) = (writes_here, format) {
            all.push(Source { message: access_line(format), every_minutes: 1, since: stage.made_at });
        }
    }
    for machine in inventory.of("AWS::StepFunctions::StateMachine") {
        let writes_here = machine
            .get("LoggingConfiguration")
            .is_some_and(|logging| logging.to_string().contains(&format!(":log-group:{group}:")));
        if writes_here {
            let message = json!({"type": "ExecutionSucceeded", "execution_arn": machine.id()}).to_string();
            all.push(Source { message, every_minutes: 7, since: machine.made_at });
        }
    }
    all.extend(seeds.iter().filter(|seed| fits(&seed.group, group)).map(|seed| Source {
        message: seed.message.clone(),
        every_minutes: i64::from(seed.every_minutes.max(1)),
        since: None,
    }));
    all
}

/// An access log's format with a plausible request in place of its variables.
fn access_line(format: &str) -> String {
    const VALUES: [(&str, &str); 8] = [
        ("$context.requestId", "Lk3Jkh2NIAMEV0w="),
        ("$context.identity.sourceIp", "198.51.100.7"),
        ("$context.requestTime", "01/Mar/2026:12:00:00 +0000"),
        ("$context.httpMethod", "GET"),
        ("$context.routeKey", "GET /"),
        ("$context.status", "200"),
        ("$context.protocol", "HTTP/1.1"),
        ("$context.responseLength", "512"),
    ];
    let known = VALUES.iter().fold(format.to_owned(), |line, (name, value)| line.replace(name, value));
    // Variables without a value are written as a dash.
    let mut line = String::with_capacity(known.len());
    let mut rest = known.as_str();
    while let Some((before, after)) = rest.split_once("$context.") {
        line.push_str(before);
        line.push('-');
        rest = after.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '.');
    }
    line + rest
}

pub(super) fn filter_events(session: &mut Session<'_>) -> Result<Answer, Refusal> {
    let request = session.request;
    let identifier =
        request.text("logGroupIdentifier").map(|id| id.split_once(":log-group:").map_or(id, |(_, name)| name));
    let group = match request.text("logGroupName").or(identifier) {
        Some(name) => name,
        None => request.required_text("logGroupName", "InvalidParameterException")?,
    };
    let inventory = session.inventory();
    if !groups(&inventory).iter().any(|known| known.name == group) {
        let message = "The specified log group does not exist.";
        return Err(Refusal::new(400, "ResourceNotFoundException", message));
    }
    let pattern = Pattern::read(request.text("filterPattern").unwrap_or_default())?;
    let time = |name: &str, otherwise: i64| request.input.get(name).and_then(Value::as_i64).unwrap_or(otherwise);
    let now = session.now.as_millisecond();
    let to = time("endTime", now).min(now);
    let from = time("startTime", 0).max(to - LONGEST_MINUTES * 60_000);
    let mut events = Vec::new();
    for source in sources(&inventory, group, &session.place().outside.logs) {
        if !pattern.matches(&source.message) {
            continue;
        }
        let since = source.since.map_or(i64::MIN, Timestamp::as_millisecond);
        // Each source has a minute and a second of its own.
        let own = key(&[group, &source.message]);
        let shift = i64::try_from(own % 60_000).unwrap_or_default();
        let minute = i64::try_from(own % source.every_minutes.cast_unsigned().max(1)).unwrap_or_default();
        let mut turn = (from / 60_000).div_euclid(source.every_minutes) - 1;
        loop {
            let at = (turn * source.every_minutes + minute) * 60_000 + shift;
            turn += 1;
            if at > to {
                break;
            }
            if at >= from && at >= since {
                events.push((at, source.message.clone()));
            }
        }
    }
    events.sort();
    let (page, next) = session.page_at(events, limit(session, EVENTS_PER_PAGE), request.text("nextToken"))?;
    let stream = token(&[group], 32);
    let shown = page.into_iter().map(|(at, message)| {
        json!({
            "logStreamName": stream,
            "timestamp": at,
            "message": message,
            "ingestionTime": at + 900,
            "eventId": token(&[group, &message, &at.to_string()], 56),
        })
    });
    let answer = json!({ "events": shown.collect::<Vec<_>>(), "searchedLogStreams": [] });
    Ok(Answer::Document(with_token(answer, next)))
}

/// Terms as filter patterns write them: all of `a "b c"`, any of `?a ?b`, none of `-a`.
#[derive(Default)]
struct Pattern {
    all: Vec<String>,
    any: Vec<String>,
    none: Vec<String>,
}

impl Pattern {
    fn read(text: &str) -> Result<Self, Refusal> {
        let mut pattern = Self::default();
        let mut rest = text.trim();
        let invalid = || {
            let message = format!("Invalid filter pattern: the sandbox reads terms only, not {text}");
            Refusal::new(400, "InvalidParameterException", message)
        };
        if rest.starts_with(['{', '[', '%']) {
            return Err(invalid());
        }
        while !rest.is_empty() {
            let (terms, after) = match rest.split_at(1) {
                ("?", after) => (&mut pattern.any, after),
                ("-", after) => (&mut pattern.none, after),
                _ => (&mut pattern.all, rest),
            };
            let (term, after) = match after.strip_prefix('"') {
                Some(quoted) => quoted.split_once('"').ok_or_else(invalid)?,
                None => after.split_once(char::is_whitespace).unwrap_or((after, "")),
            };
            terms.push(term.to_owned());
            rest = after.trim_start();
        }
        Ok(pattern)
    }

    fn matches(&self, message: &str) -> bool {
        let has = |term: &String| message.contains(term.as_str());
        self.all.iter().all(has) && (self.any.is_empty() || self.any.iter().any(has)) && !self.none.iter().any(has)
    }
}

pub(super) fn query_definitions(session: &mut Session<'_>) -> Result<Answer, Refusal> {
    let request = session.request;
    let inventory = session.inventory();
    let all: Vec<Value> = inventory
        .of("AWS::Logs::QueryDefinition")
        .filter(|live| {
            let name = live.text("Name").unwrap_or_default();
            request.text("queryDefinitionNamePrefix").is_none_or(|prefix| name.starts_with(prefix))
        })
        .map(|live| {
            json!({
                "queryDefinitionId": live.id(),
                "name": live.text("Name"),
                "queryString": live.text("QueryString"),
                "lastModified": live.changed_at.as_millisecond(),
                "logGroupNames": live.texts("LogGroupNames"),
            })
        })
        .collect();
    let (page, token) = session.page_at(all, limit(session, QUERIES_PER_PAGE), request.text("nextToken"))?;
    Ok(Answer::Document(with_token(json!({ "queryDefinitions": page }), token)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_terms() {
        let matches = |pattern: &str, message: &str| Pattern::read(pattern).unwrap().matches(message);
        assert!(matches("", "anything"));
        assert!(matches("ERROR", "2026 ERROR broken") && !matches("ERROR", "error"));
        assert!(matches("?ERROR ?Exception", "an Exception") && !matches("?ERROR ?Exception", "fine"));
        assert!(
            matches("\"went wrong\" -test", "it went wrong") && !matches("\"went wrong\" -test", "test went wrong")
        );
        assert_eq!(Pattern::read("{ $.level = \"error\" }").err().unwrap().code, "InvalidParameterException");
    }

    #[test]
    fn an_access_log_has_a_value_for_every_variable() {
        let line = access_line("{\"status\":\"$context.status\",\"error\":\"$context.authorizer.error\"}");
        assert_eq!(line, "{\"status\":\"200\",\"error\":\"-\"}");
    }
}
