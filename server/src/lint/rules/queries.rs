//! Saved queries: log groups somebody writes, and fields that are there.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::{
    lint::{
        EnvironmentModel, Model, Rule, Severity,
        finding::{At, Findings, Remark, listed, texts},
    },
    templates::{ResourceRef, Templates},
};

pub const UNWRITTEN: Rule = Rule {
    id: "LK040-query-log-group-unwritten",
    severity: Severity::Warning,
    summary: "Every saved query looks at a log group something writes to.",
    why: "It answers with nothing, which reads as if nothing was wrong.",
    advice: "Name the log groups the functions, APIs and state machines write to.",
    source: "https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-loggroups.html",
};

pub const FIELD_ABSENT: Rule = Rule {
    id: "LK041-query-field-absent",
    severity: Severity::Warning,
    summary: "A saved query on an API's access log uses the fields the log's format has.",
    why: "A field that is not there is empty in every line, so its filter lets nothing through.",
    advice: "Use the names of the format, or add the field to it.",
    source: "https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html",
};

const LOG_GROUP: &str = "AWS::Logs::LogGroup";

pub fn check(model: &Model<'_>, findings: &mut Findings<'_>) {
    for environment in &model.environments {
        let templates = &environment.templates;
        for (at, query) in templates.of_kind("AWS::Logs::QueryDefinition") {
            let groups: Vec<Group> = query
                .properties
                .get("LogGroupNames")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .map(|value| group(templates, at.stack, value))
                .collect();
            for found in groups.iter().filter(|g| !is_written(templates, g)) {
                let name = found.name.clone().unwrap_or_else(|| "a log group".to_owned());
                let name = name.replace(&environment.name, "{environment}");
                let what = format!("Query {} looks at {name}, which nothing in the templates writes to.", query.id);
                let mut remark = Remark::of_resource(&UNWRITTEN, environment, at, what);
                remark.at.extend(found.resource.map(At::Resource));
                findings.add(remark);
            }
            fields(environment, at, &groups, findings);
        }
    }
}

struct Group {
    name: Option<String>,
    resource: Option<ResourceRef>,
}

fn group(templates: &Templates, stack: usize, value: &Value) -> Group {
    let text = templates.text(stack, value);
    let name = templates.spelled(&text);
    let referred = text.resources().find(|at| templates.get(*at).kind == LOG_GROUP);
    let by_name = || {
        let name = name.as_ref()?;
        templates.of_kind(LOG_GROUP).map(|(at, _)| at).find(|at| templates.name(*at).as_ref() == Some(name))
    };
    let resource = referred.or_else(by_name);
    let name = name.or_else(|| resource.and_then(|at| templates.name(at)));
    // A log group of a function whose name CloudFormation makes: written by that function.
    let is_of_function = text.resources().any(|at| templates.get(at).kind == "AWS::Lambda::Function");
    if is_of_function && resource.is_none() { Group { name: None, resource: None } } else { Group { name, resource } }
}

/// Resources that name a log group without writing to it.
const READERS: [&str; 11] = [
    "AWS::Logs::QueryDefinition",
    "AWS::Logs::MetricFilter",
    "AWS::Logs::SubscriptionFilter",
    "AWS::Logs::LogStream",
    "AWS::Logs::ResourcePolicy",
    "AWS::CloudWatch::Dashboard",
    "AWS::CloudWatch::Alarm",
    "AWS::IAM::Policy",
    "AWS::IAM::ManagedPolicy",
    "AWS::IAM::Role",
    "Custom::LogRetention",
];

/// Log groups that services write without being told in a template.
const FOREIGN: [&str; 8] = [
    "/aws/rds/",
    "/aws/codebuild/",
    "/aws/eks/",
    "/aws/elasticbeanstalk/",
    "/aws/vendedlogs/",
    "/aws/containerinsights/",
    "/aws/route53/",
    "/ecs/",
];

fn is_written(templates: &Templates, group: &Group) -> bool {
    let is_writer = |at: ResourceRef| !READERS.contains(&templates.get(at).kind.as_str());
    if group.resource.is_some_and(|at| templates.users(at).into_iter().any(is_writer)) {
        return true;
    }
    // Not known, so not judged.
    let Some(name) = &group.name else { return group.resource.is_none() || is_named_after_function(templates, group) };
    let by_function = name.strip_prefix("/aws/lambda/").is_some_and(|function| {
        templates.of_kind("AWS::Lambda::Function").any(|(at, _)| templates.name(at).is_some_and(|n| n == function))
    });
    let by_text = || {
        templates.resources().any(|(at, resource)| {
            is_writer(at)
                && resource.kind != LOG_GROUP
                && texts(&resource.properties).iter().any(|t| t.contains(name.as_str()))
        })
    };
    by_function || FOREIGN.iter().any(|prefix| name.starts_with(prefix)) || by_text()
}

/// `/aws/lambda/${Function}` as the name of the log group's own resource.
fn is_named_after_function(templates: &Templates, group: &Group) -> bool {
    let Some(at) = group.resource else { return false };
    let name = templates.property(at, "/LogGroupName").map(|name| templates.references(at.stack, name));
    name.into_iter().flatten().any(|found| templates.get(found).kind == "AWS::Lambda::Function")
        || templates.property(at, "/LogGroupName").is_none()
            && templates.users(at).iter().any(|user| !READERS.contains(&templates.get(*user).kind.as_str()))
}

/// Fields of a log group that only APIs with a JSON format write to.
fn format_of(templates: &Templates, group: &Group) -> Option<BTreeSet<String>> {
    let at = group.resource?;
    let writers: Vec<ResourceRef> =
        templates.users(at).into_iter().filter(|user| !READERS.contains(&templates.get(*user).kind.as_str())).collect();
    if writers.is_empty() {
        return None;
    }
    let mut fields = BTreeSet::new();
    for writer in writers {
        let settings = ["/AccessLogSettings/Format", "/AccessLogSetting/Format"];
        let format = settings.iter().find_map(|pointer| templates.property_text(writer, pointer))?;
        let format: serde_json::Map<String, Value> = serde_json::from_str(&format).ok()?;
        fields.extend(format.into_iter().map(|(key, _)| key));
    }
    Some(fields)
}

fn fields(environment: &EnvironmentModel, at: ResourceRef, groups: &[Group], findings: &mut Findings<'_>) {
    let templates = &environment.templates;
    let known: Option<Vec<BTreeSet<String>>> = groups.iter().map(|group| format_of(templates, group)).collect();
    let Some(known) = known.filter(|known| !known.is_empty()) else { return };
    let known: BTreeSet<String> = known.into_iter().flatten().collect();
    let Some(query) = templates.property_text(at, "/QueryString") else { return };
    let absent: BTreeSet<String> = used_fields(&query).into_iter().filter(|field| !known.contains(field)).collect();
    if !absent.is_empty() {
        let what = format!(
            "Query {} uses {}; the access log has {}.",
            templates.get(at).id,
            listed(absent.iter().map(String::as_str)),
            listed(known.iter().map(String::as_str))
        );
        findings.add(Remark::of_resource(&FIELD_ABSENT, environment, at, what));
    }
}

/// Names a Logs Insights query reads: words that are no command, function, alias or literal.
fn used_fields(query: &str) -> BTreeSet<String> {
    const WORDS: [&str; 30] = [
        "fields",
        "filter",
        "stats",
        "sort",
        "limit",
        "display",
        "parse",
        "dedup",
        "as",
        "by",
        "and",
        "or",
        "not",
        "in",
        "like",
        "asc",
        "desc",
        "count",
        "sum",
        "avg",
        "min",
        "max",
        "pct",
        "bin",
        "is",
        "isempty",
        "ispresent",
        "isblank",
        "count_distinct",
        "true",
    ];
    let mut used = BTreeSet::new();
    let mut made: BTreeSet<String> = BTreeSet::new();
    let mut is_alias = false;
    for word in words(query) {
        if is_alias {
            made.insert(word.clone());
            is_alias = false;
        } else if word == "as" {
            is_alias = true;
        } else if !WORDS.contains(&word.as_str()) {
            used.insert(word);
        }
    }
    used.retain(|word| !made.contains(word));
    used
}

/// Bare words of a query: texts in quotes, patterns between slashes, numbers, `@` fields and calls are left out.
fn words(query: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut word = String::new();
    let mut characters = query.chars().peekable();
    let finish = |word: &mut String, next: Option<char>, found: &mut Vec<String>| {
        let is_name = word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        if is_name && next != Some('(') {
            found.push(std::mem::take(word));
        }
        word.clear();
    };
    while let Some(character) = characters.next() {
        if character.is_ascii_alphanumeric() || matches!(character, '_' | '@' | '.') {
            word.push(character);
            continue;
        }
        finish(&mut word, Some(character), &mut found);
        if matches!(character, '\'' | '"' | '/' | '`') {
            while let Some(inside) = characters.next() {
                if inside == '\\' {
                    characters.next();
                } else if inside == character {
                    break;
                }
            }
        }
        if character == '#' {
            while characters.next_if(|c| *c != '\n').is_some() {}
        }
    }
    finish(&mut word, None, &mut found);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fields_of_a_query_are_its_bare_words() {
        let query = "fields @timestamp, status\n| filter statusCode >= 400 and message like /error/i\n\
                     | stats count(*) as hits by status, error | sort hits desc | limit 20";
        let used: Vec<String> = used_fields(query).into_iter().collect();
        assert_eq!(used, ["error", "i", "message", "status", "statusCode"].map(str::to_owned).as_slice());
    }
}
