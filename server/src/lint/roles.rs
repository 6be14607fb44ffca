//! What roles of the templates allow, as far as the templates decide it.

use serde_json::Value;

use crate::templates::{ResourceRef, Templates};

/// What is known of a role's rights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Allowed {
    Yes,
    No,
    /// The role, or a policy of it, is not in the templates.
    Unknown,
}

/// Managed policies of AWS that functions commonly carry and that allow logs, networks and traces only.
const BASIC: [&str; 4] = [
    "AWSLambdaBasicExecutionRole",
    "AWSLambdaVPCAccessExecutionRole",
    "AWSXRayDaemonWriteAccess",
    "CloudWatchLambdaInsightsExecutionRolePolicy",
];

/// Whether a function may do some action of a service, given as `appconfig`.
pub fn function_may(templates: &Templates, function: ResourceRef, service: &str) -> Allowed {
    let role = templates.property(function, "/Role").map(|value| templates.references(function.stack, value));
    let role = role.into_iter().flatten().find(|at| templates.get(*at).kind == "AWS::IAM::Role");
    role.map_or(Allowed::Unknown, |role| role_may(templates, role, |action| is_of_service(action, service)))
}

/// Whether any function of the templates may put metrics of a namespace.
pub fn function_may_put_metrics(templates: &Templates, function: ResourceRef, namespace: &str) -> bool {
    let role = templates.property(function, "/Role").map(|value| templates.references(function.stack, value));
    let role = role.into_iter().flatten().find(|at| templates.get(*at).kind == "AWS::IAM::Role");
    let Some(role) = role else { return false };
    statements(templates, role).0.iter().any(|(stack, statement)| {
        let is_allowed = actions(statement).any(|a| matches_action(a, "cloudwatch:putmetricdata"));
        let wanted = statement.pointer("/Condition/StringEquals/cloudwatch:namespace");
        let is_namespace = wanted.is_none_or(|value| {
            let one = templates.literal(*stack, value);
            let many = value.as_array().into_iter().flatten().filter_map(|v| templates.literal(*stack, v));
            one.into_iter().chain(many).any(|found| found == namespace)
        });
        is_allowed && is_namespace
    })
}

fn role_may(templates: &Templates, role: ResourceRef, is_it: impl Fn(&str) -> bool) -> Allowed {
    let (statements, is_complete) = statements(templates, role);
    if statements.iter().any(|(_, statement)| actions(statement).any(&is_it)) {
        return Allowed::Yes;
    }
    if is_complete { Allowed::No } else { Allowed::Unknown }
}

/// Every statement that allows something, with the stack it is in; and whether these are all.
fn statements(templates: &Templates, role: ResourceRef) -> (Vec<(usize, &Value)>, bool) {
    let mut found = Vec::new();
    let mut is_complete = true;
    let inline = templates.property(role, "/Policies").and_then(Value::as_array);
    for policy in inline.into_iter().flatten() {
        found.extend(allowing(role.stack, policy.get("PolicyDocument")));
    }
    let attached = templates.property(role, "/ManagedPolicyArns").and_then(Value::as_array);
    let mut managed: Vec<ResourceRef> = Vec::new();
    for arn in attached.into_iter().flatten() {
        let references = templates.references(role.stack, arn);
        let policy = references.into_iter().find(|at| templates.get(*at).kind == "AWS::IAM::ManagedPolicy");
        if let Some(policy) = policy {
            managed.push(policy);
        } else {
            let text = templates.literal(role.stack, arn).unwrap_or_default();
            is_complete &= BASIC.iter().any(|name| text.ends_with(&format!("/{name}")));
        }
    }
    for (at, resource) in templates.resources() {
        let is_policy =
            matches!(resource.kind.as_str(), "AWS::IAM::Policy" | "AWS::IAM::ManagedPolicy" | "AWS::IAM::RolePolicy");
        if !is_policy {
            continue;
        }
        let roles = ["Roles", "RoleName"].iter().filter_map(|key| resource.properties.get(*key));
        let is_attached = roles.flat_map(|value| templates.references(at.stack, value)).any(|found| found == role);
        if is_attached || managed.contains(&at) {
            found.extend(allowing(at.stack, resource.properties.get("PolicyDocument")));
        }
    }
    (found, is_complete)
}

fn allowing(stack: usize, document: Option<&Value>) -> Vec<(usize, &Value)> {
    let statements = match document.and_then(|d| d.get("Statement")) {
        Some(Value::Array(items)) => items.iter().collect(),
        Some(one @ Value::Object(_)) => vec![one],
        _ => Vec::new(),
    };
    let is_allow = |s: &&Value| s.get("Effect").and_then(Value::as_str) == Some("Allow");
    statements.into_iter().filter(is_allow).map(|statement| (stack, statement)).collect()
}

fn actions(statement: &Value) -> impl Iterator<Item = &str> {
    let (one, many) = match statement.get("Action") {
        Some(Value::String(text)) => (Some(text.as_str()), None),
        Some(Value::Array(items)) => (None, Some(items)),
        // `NotAction` with `Allow` allows nearly everything.
        _ => (statement.get("NotAction").map(|_| "*"), None),
    };
    one.into_iter().chain(many.into_iter().flatten().filter_map(Value::as_str))
}

fn is_of_service(action: &str, service: &str) -> bool {
    action == "*" || action.split(':').next().is_some_and(|found| found.eq_ignore_ascii_case(service))
}

fn matches_action(pattern: &str, action: &str) -> bool {
    let pattern = pattern.to_lowercase();
    match pattern.split_once('*') {
        Some((before, _)) => action.starts_with(before),
        None => pattern == action,
    }
}
