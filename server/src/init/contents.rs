//! What the stacks hold: everything a person who writes a blueprint would look for.

use std::collections::{BTreeMap, BTreeSet};

use domain::template;
use serde_json::Value;

use crate::templates::{Piece, ResourceRef, Templates};

use super::{
    layout::{EnvironmentLayout, Layout},
    origin,
};

/// What one blueprint stack is in the templates of all environments.
#[derive(Debug, Default)]
pub struct StackContents {
    /// CloudFormation's names.
    pub names: Vec<String>,
    /// Names of environments that lack it.
    pub missing_in: Vec<String>,
    pub resources: usize,
    /// Types that hold data.
    pub stateful: BTreeSet<String>,
    /// In every environment that has the stack.
    pub outputs: Vec<Output>,
    /// In some only.
    pub partial_outputs: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    pub key: String,
    pub holds: Holds,
}

/// What an output is the address of, as far as the template says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Holds {
    /// Domain of a distribution.
    Site,
    /// Address of an HTTP API, with the routes that need nothing but `GET`.
    Api(Vec<String>),
    Arn,
    Other,
}

/// One thing, the same in every environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The blueprint's stack.
    pub stack: String,
    pub id: String,
    /// Where it was found, per environment.
    pub origins: Vec<String>,
    pub name: Option<String>,
    pub notes: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Secret {
    pub found: Found,
    /// Fields that the template fills, and whether each is generated.
    pub fields: Vec<(String, bool)>,
    /// Somebody must put a value in.
    pub needs_person: bool,
    pub rotation_days: Option<u64>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alarm {
    pub found: Found,
    pub severity: Option<&'static str>,
}

#[derive(Debug, Default)]
pub struct Contents {
    /// By definition.
    pub stacks: Vec<StackContents>,
    pub secrets: Vec<Secret>,
    pub alarms: Vec<Alarm>,
    pub dashboards: Vec<Found>,
    pub queries: Vec<Found>,
    pub topics: Vec<Found>,
    pub migrations: Vec<Found>,
    pub machines: Vec<Found>,
    pub distributions: Vec<Found>,
    pub site_buckets: Vec<Found>,
    pub databases: Vec<Found>,
}

impl Contents {
    pub fn of(layout: &Layout) -> Self {
        let gather = |kinds: &[&str]| gather(layout, kinds);
        let mut contents = Self {
            stacks: (0..layout.definitions.len()).map(|index| stack(layout, index)).collect(),
            dashboards: plain(gather(&["AWS::CloudWatch::Dashboard"])),
            queries: plain(gather(&["AWS::Logs::QueryDefinition"])),
            topics: plain(gather(&["AWS::SNS::Topic"])),
            machines: plain(gather(&["AWS::StepFunctions::StateMachine"])),
            distributions: plain(gather(&["AWS::CloudFront::Distribution"])),
            databases: plain(gather(&[
                "AWS::RDS::DBCluster",
                "AWS::RDS::DBInstance",
                "AWS::DynamoDB::Table",
                "AWS::ElastiCache::ReplicationGroup",
            ])),
            ..Self::default()
        };
        for (found, environment, at) in gather(&["AWS::SecretsManager::Secret"]) {
            contents.secrets.push(secret(found, environment, at));
        }
        for (found, environment, at) in gather(&["AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm"]) {
            let severity = severity(&environment.templates, at);
            contents.alarms.push(Alarm { found, severity });
        }
        for (found, _, _) in gather(&["AWS::Lambda::Function"]) {
            let text = format!("{} {}", found.id, found.name.as_deref().unwrap_or_default()).to_lowercase();
            if ["migrat", "seed", "schema"].iter().any(|word| text.contains(word)) {
                contents.migrations.push(found);
            }
        }
        for (found, environment, at) in gather(&["AWS::S3::Bucket"]) {
            let templates = &environment.templates;
            let is_origin = templates.users(at).into_iter().any(|user| {
                let origins = templates.property(user, "/DistributionConfig/Origins");
                origins.is_some_and(|origins| templates.references(user.stack, origins).contains(&at))
            });
            if is_origin {
                contents.site_buckets.push(found);
            }
        }
        contents
    }
}

type Gathered<'a> = (Found, &'a EnvironmentLayout, ResourceRef);

fn plain(gathered: Vec<Gathered<'_>>) -> Vec<Found> {
    gathered.into_iter().map(|(found, _, _)| found).collect()
}

/// Resources of some types, each once for all environments, with the first environment that has it.
fn gather<'a>(layout: &'a Layout, kinds: &[&str]) -> Vec<Gathered<'a>> {
    let mut result: Vec<Gathered<'a>> = Vec::new();
    for environment in &layout.environments {
        for (at, resource) in environment.templates.resources().filter(|(_, r)| kinds.contains(&r.kind.as_str())) {
            let definition = environment.definition.get(at.stack).and_then(|index| layout.definitions.get(*index));
            let Some(definition) = definition else { continue };
            let templates = &environment.templates;
            let from = origin(templates.stack(at), &resource.id);
            if let Some((known, ..)) =
                result.iter_mut().find(|(f, ..)| f.stack == definition.name && f.id == resource.id)
            {
                known.origins.push(from);
                continue;
            }
            let name = templates.name(at).or_else(|| templates.property_text(at, "/Name"));
            let found = Found {
                stack: definition.name.clone(),
                id: resource.id.clone(),
                origins: vec![from],
                name,
                notes: Vec::new(),
            };
            result.push((found, environment, at));
        }
    }
    // In the order of execution, then as the template has them.
    let rank = |name: &str| {
        let index = layout.definitions.iter().position(|d| d.name == name);
        index.and_then(|index| layout.order.iter().position(|i| *i == index))
    };
    result.sort_by_key(|(found, ..)| rank(&found.stack));
    result
}

fn stack(layout: &Layout, index: usize) -> StackContents {
    let mut contents = StackContents::default();
    let mut all: Vec<(String, usize, Holds)> = Vec::new();
    let mut count = 0;
    for environment in &layout.environments {
        let place = environment.definition.iter().position(|d| *d == index);
        let Some((place, stack)) = place.and_then(|p| Some((p, environment.templates.stacks.get(p)?))) else {
            contents.missing_in.push(environment.name.clone());
            continue;
        };
        count += 1;
        contents.names.push(stack.name.clone());
        contents.resources = contents.resources.max(stack.resources.len());
        let kinds = stack.resources.iter().map(|r| r.kind.as_str());
        // Log groups hold data too, but nobody plans a release around them.
        let holding = kinds.filter(|kind| template::is_stateful(kind) && *kind != "AWS::Logs::LogGroup");
        contents.stateful.extend(holding.map(str::to_owned));
        for (key, output) in stack.own_outputs().filter(|(key, _)| is_output_key(key)) {
            match all.iter_mut().find(|(known, ..)| known == key) {
                Some((_, times, _)) => *times += 1,
                None => all.push((key.clone(), 1, holds(&environment.templates, place, key, output))),
            }
        }
    }
    for (key, times, holds) in all {
        if times == count {
            contents.outputs.push(Output { key, holds });
        } else {
            contents.partial_outputs.push(key);
        }
    }
    contents
}

fn is_output_key(key: &str) -> bool {
    !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric())
}

fn holds(templates: &Templates, stack: usize, key: &str, output: &Value) -> Holds {
    let text = output.get("Value").map(|value| templates.text(stack, value)).unwrap_or_default();
    let [Piece::Resource { at, attribute: Some(attribute) }] = text.0.as_slice() else {
        return if key.ends_with("Arn") { Holds::Arn } else { Holds::Other };
    };
    match (templates.get(*at).kind.as_str(), attribute.as_str()) {
        ("AWS::CloudFront::Distribution", "DomainName") => Holds::Site,
        ("AWS::ApiGatewayV2::Api", "ApiEndpoint") => Holds::Api(routes(templates, *at)),
        (_, "Arn") => Holds::Arn,
        _ if key.ends_with("Arn") => Holds::Arn,
        _ => Holds::Other,
    }
}

/// Paths that anybody may `GET` without filling anything in.
fn routes(templates: &Templates, api: ResourceRef) -> Vec<String> {
    let mut found = BTreeSet::new();
    for (at, route) in templates.of_kind("AWS::ApiGatewayV2::Route") {
        let is_of_api =
            route.properties.get("ApiId").is_some_and(|id| templates.references(at.stack, id).contains(&api));
        let is_open = templates.property_text(at, "/AuthorizationType").is_none_or(|kind| kind == "NONE");
        let key = templates.property_text(at, "/RouteKey").unwrap_or_default();
        if let Some(path) = key.strip_prefix("GET ").filter(|path| is_of_api && is_open && !path.contains('{')) {
            found.insert(path.to_owned());
        }
    }
    found.into_iter().take(20).collect()
}

fn secret(mut found: Found, environment: &EnvironmentLayout, at: ResourceRef) -> Secret {
    let templates = &environment.templates;
    let generated = templates.property(at, "/GenerateSecretString").is_some();
    let key = templates.property_text(at, "/GenerateSecretString/GenerateStringKey");
    let body = ["/GenerateSecretString/SecretStringTemplate", "/SecretString"]
        .iter()
        .find_map(|pointer| templates.property_text(at, pointer));
    let constant: BTreeMap<String, Value> =
        body.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    let mut fields: Vec<(String, bool)> =
        constant.keys().filter(|k| Some(*k) != key.as_ref()).map(|k| (k.clone(), false)).collect();
    fields.extend(key.map(|key| (key, true)));
    let waits = |text: &str| {
        let text = text.to_lowercase();
        ["placeholder", "changeme", "replace", "todo"].iter().any(|word| text.contains(word))
    };
    let rotation = templates
        .users(at)
        .into_iter()
        .filter(|user| templates.get(*user).kind == "AWS::SecretsManager::RotationSchedule")
        .find_map(|user| {
            let days = templates.property_text(user, "/RotationRules/AutomaticallyAfterDays");
            let rate = templates.property_text(user, "/RotationRules/ScheduleExpression");
            let of_rate = || rate?.strip_prefix("rate(")?.strip_suffix(" days)").map(str::to_owned);
            days.or_else(of_rate)?.parse().ok()
        });
    let is_waiting = constant.values().filter_map(Value::as_str).any(waits);
    let needs_person = !generated || is_waiting || looks_foreign(&found);
    if !generated && constant.is_empty() {
        found.notes.push("no value in the template".to_owned());
    }
    Secret { found, fields, needs_person, rotation_days: rotation }
}

/// Keys somebody else hands out cannot be generated, even where a template does it to have something there.
fn looks_foreign(found: &Found) -> bool {
    let text = format!("{} {}", found.id, found.name.as_deref().unwrap_or_default()).to_lowercase();
    let is_foreign = ["api-key", "apikey", "signing-key", "signingkey", "token", "webhook", "client-secret", "license"];
    is_foreign.iter().any(|word| text.contains(word))
}

/// By the names of the topics it tells.
fn severity(templates: &Templates, at: ResourceRef) -> Option<&'static str> {
    let actions = templates.property(at, "/AlarmActions")?;
    let mut words: Vec<String> = templates
        .references(at.stack, actions)
        .into_iter()
        .map(|topic| {
            format!("{} {}", templates.get(topic).id, templates.name(topic).unwrap_or_default()).to_lowercase()
        })
        .collect();
    let literal = actions.as_array().into_iter().flatten().filter_map(|a| templates.literal(at.stack, a));
    words.extend(literal.map(|text| text.to_lowercase()));
    let has = |wanted: &[&str]| words.iter().any(|text| wanted.iter().any(|word| text.contains(word)));
    if has(&["critical", "urgent", "page", "p1", "sev1", "high"]) {
        Some("critical")
    } else if has(&["warning", "warn", "low", "p2", "p3", "sev2"]) {
        Some("warning")
    } else {
        None
    }
}
