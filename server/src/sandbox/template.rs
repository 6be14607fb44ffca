//! Reading templates: what they declare, and the refusals AWS has for what cannot be right.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::request::Refusal;

/// JSON only: what `cdk synth` writes. YAML is refused, not misread.
pub(super) fn parse(body: &str) -> Result<Value, Refusal> {
    let malformed = |why: &str| Refusal::validation(format!("Template format error: {why}"));
    let template: Value =
        serde_json::from_str(body).map_err(|error| malformed(&format!("JSON not well-formed. ({error})")))?;
    let declared = template.get("Resources").and_then(Value::as_object).filter(|resources| !resources.is_empty());
    let Some(declared) = declared else {
        return Err(malformed("At least one Resources member must be defined."));
    };
    for (logical_id, resource) in declared {
        if resource.get("Type").and_then(Value::as_str).is_none_or(|kind| !kind.contains("::")) {
            return Err(malformed(&format!(
                "[/Resources/{logical_id}] Every Resources object must contain a Type member."
            )));
        }
    }
    let parameters = template.get("Parameters").and_then(Value::as_object);
    let is_known = |name: &str| {
        declared.contains_key(name) || parameters.is_some_and(|p| p.contains_key(name)) || name.starts_with("AWS::")
    };
    let unresolved = |block: &str| -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        template.get(block).into_iter().for_each(|value| references(value, &mut names));
        names.into_iter().filter(|name| !is_known(name)).collect()
    };
    for block in ["Resources", "Outputs"] {
        let names = Vec::from_iter(unresolved(block));
        if !names.is_empty() {
            return Err(malformed(&format!(
                "Unresolved resource dependencies [{}] in the {block} block of the template",
                names.join(", ")
            )));
        }
    }
    order(&template, &declared.keys().cloned().collect())?;
    Ok(template)
}

pub(super) fn resources(template: &Value) -> impl Iterator<Item = (&String, &Value)> {
    template.get("Resources").and_then(Value::as_object).into_iter().flat_map(Map::iter)
}

pub(super) fn resource_type(resource: &Value) -> &str {
    resource.get("Type").and_then(Value::as_str).unwrap_or_default()
}

/// Values for every declared parameter: given, else the one in force, else the default.
pub(super) fn parameters(
    template: &Value,
    given: &BTreeMap<String, String>,
) -> Result<BTreeMap<String, String>, Refusal> {
    let none = Map::new();
    let declared = template.get("Parameters").and_then(Value::as_object).unwrap_or(&none);
    let unknown: Vec<&str> = given.keys().filter(|key| !declared.contains_key(*key)).map(String::as_str).collect();
    if !unknown.is_empty() {
        return Err(Refusal::validation(format!("Parameters: [{}] do not exist in the template", unknown.join(", "))));
    }
    let mut values = BTreeMap::new();
    let mut missing = Vec::new();
    for (name, definition) in declared {
        let default = definition.get("Default").map(scalar);
        match given.get(name).cloned().or(default) {
            Some(value) => {
                allowed(name, definition, &value)?;
                values.insert(name.clone(), value);
            }
            None => missing.push(name.as_str()),
        }
    }
    if missing.is_empty() {
        return Ok(values);
    }
    Err(Refusal::validation(format!("Parameters: [{}] must have values", missing.join(", "))))
}

fn allowed(name: &str, definition: &Value, value: &str) -> Result<(), Refusal> {
    let Some(allowed) = definition.get("AllowedValues").and_then(Value::as_array) else { return Ok(()) };
    let allowed: Vec<String> = allowed.iter().map(scalar).collect();
    if allowed.iter().any(|one| one == value) {
        return Ok(());
    }
    let list = allowed.join(", ");
    Err(Refusal::validation(format!("Parameter '{name}' must be one of AllowedValues: [{list}]")))
}

/// Names of parameters whose values are not to be shown.
pub(super) fn hidden_parameters(template: &Value) -> BTreeSet<&str> {
    let declared = template.get("Parameters").and_then(Value::as_object);
    let hidden = declared.into_iter().flatten().filter(|(_, definition)| {
        definition.get("NoEcho").is_some_and(|flag| flag.as_bool() == Some(true) || flag.as_str() == Some("true"))
    });
    hidden.map(|(name, _)| name.as_str()).collect()
}

/// IAM resources need to be acknowledged; with names of their own, by the stronger capability.
pub(super) fn check_capabilities(template: &Value, given: &[&str]) -> Result<(), Refusal> {
    const NAMES: [&str; 6] =
        ["RoleName", "UserName", "GroupName", "PolicyName", "ManagedPolicyName", "InstanceProfileName"];
    let iam = || resources(template).filter(|(_, resource)| resource_type(resource).starts_with("AWS::IAM::"));
    let is_named = |resource: &Value| {
        // The name of an inline policy is part of its role, not a name in the account.
        let inline = resource_type(resource) == "AWS::IAM::Policy";
        !inline && NAMES.iter().any(|name| resource.pointer(&format!("/Properties/{name}")).is_some())
    };
    let needed = if iam().any(|(_, resource)| is_named(resource)) {
        "CAPABILITY_NAMED_IAM"
    } else if iam().next().is_some() {
        "CAPABILITY_IAM"
    } else {
        return Ok(());
    };
    if given.contains(&needed) || given.contains(&"CAPABILITY_NAMED_IAM") {
        return Ok(());
    }
    Err(Refusal::new(400, "InsufficientCapabilitiesException", format!("Requires capabilities : [{needed}]")))
}

/// Every name a value refers to by `Ref`, `Fn::GetAtt` or `Fn::Sub`.
pub(super) fn references(value: &Value, names: &mut BTreeSet<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| references(item, names)),
        Value::Object(map) => {
            for (key, inner) in map {
                match (key.as_str(), inner) {
                    ("Ref", Value::String(name)) => {
                        names.insert(name.clone());
                    }
                    ("Fn::GetAtt", Value::String(path)) => {
                        names.extend(path.split('.').next().map(str::to_owned));
                    }
                    ("Fn::GetAtt", Value::Array(path)) => {
                        names.extend(path.first().and_then(Value::as_str).map(str::to_owned));
                    }
                    ("Fn::Sub", Value::String(text)) => names.extend(variables(text, &Map::new())),
                    ("Fn::Sub", Value::Array(parts)) => {
                        let own = parts.get(1).and_then(Value::as_object).cloned().unwrap_or_default();
                        let text = parts.first().and_then(Value::as_str).unwrap_or_default();
                        names.extend(variables(text, &own));
                        own.values().for_each(|value| references(value, names));
                    }
                    _ => references(inner, names),
                }
            }
        }
        _ => {}
    }
}

/// Names in `${…}` that a `Fn::Sub` does not define itself; `${!literal}` is none.
fn variables(text: &str, own: &Map<String, Value>) -> Vec<String> {
    let inner = text.split("${").skip(1).filter_map(|rest| rest.split_once('}').map(|(name, _)| name));
    inner
        .filter(|name| !name.starts_with('!') && !own.contains_key(*name))
        .filter_map(|name| name.split('.').next().map(str::to_owned))
        .collect()
}

/// Resources that must be there before this one, among `active`.
pub(super) fn dependencies(resource: &Value, active: &BTreeSet<String>) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    resource.get("Properties").into_iter().for_each(|properties| references(properties, &mut names));
    match resource.get("DependsOn") {
        Some(Value::String(name)) => names.extend([name.clone()]),
        Some(Value::Array(list)) => names.extend(list.iter().filter_map(Value::as_str).map(str::to_owned)),
        _ => {}
    }
    names.retain(|name| active.contains(name));
    names
}

/// Dependencies first, otherwise by name.
pub(super) fn order(template: &Value, active: &BTreeSet<String>) -> Result<Vec<String>, Refusal> {
    let mut waiting: BTreeMap<&String, BTreeSet<String>> = resources(template)
        .filter(|(logical_id, _)| active.contains(*logical_id))
        .map(|(logical_id, resource)| (logical_id, dependencies(resource, active)))
        .collect();
    let mut ordered: Vec<String> = Vec::new();
    while !waiting.is_empty() {
        let ready: Vec<String> =
            waiting.iter().filter(|(_, needs)| needs.is_empty()).map(|(name, _)| (*name).clone()).collect();
        if ready.is_empty() {
            let names: Vec<&str> = waiting.keys().map(|name| name.as_str()).collect();
            return Err(Refusal::validation(format!("Circular dependency between resources: [{}]", names.join(", "))));
        }
        waiting.retain(|name, _| !ready.contains(name));
        for needs in waiting.values_mut() {
            needs.retain(|name| !ready.contains(name));
        }
        ordered.extend(ready);
    }
    Ok(ordered)
}

/// A scalar as `CloudFormation` writes it into a string.
pub(super) fn scalar(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn refused(template: &Value) -> String {
        parse(&template.to_string()).unwrap_err().message
    }

    #[test]
    fn a_reference_to_nothing_is_named() {
        let template = json!({"Resources": {"A": {"Type": "AWS::SNS::Topic", "Properties": {
            "TopicName": {"Fn::Sub": "x-${Ghost.Arn}-${AWS::Region}-${!Literal}"}
        }}}});
        assert!(refused(&template).contains("Unresolved resource dependencies [Ghost] in the Resources block"));
    }

    #[test]
    fn a_circle_is_named() {
        let template = json!({"Resources": {
            "A": {"Type": "AWS::SNS::Topic", "DependsOn": "B"},
            "B": {"Type": "AWS::SNS::Topic", "Properties": {"X": {"Fn::GetAtt": ["A", "Arn"]}}}
        }});
        assert_eq!(refused(&template), "Circular dependency between resources: [A, B]");
    }

    #[test]
    fn dependencies_come_first() {
        let template = json!({"Resources": {
            "A": {"Type": "AWS::SNS::Topic", "DependsOn": ["C"]},
            "B": {"Type": "AWS::SNS::Topic"},
            "C": {"Type": "AWS::SNS::Topic", "Properties": {"X": {"Ref": "B"}}}
        }});
        let all = resources(&template).map(|(name, _)| name.clone()).collect();
        assert_eq!(order(&template, &all).unwrap(), ["B", "C", "A"]);
    }

    #[test]
    fn named_roles_need_the_stronger_capability() {
        let role =
            |properties: Value| json!({"Resources": {"R": {"Type": "AWS::IAM::Role", "Properties": properties}}});
        let plain = role(json!({}));
        let named = role(json!({"RoleName": "deploy"}));
        assert!(check_capabilities(&plain, &[]).is_err());
        assert!(check_capabilities(&plain, &["CAPABILITY_IAM"]).is_ok());
        assert!(check_capabilities(&named, &["CAPABILITY_IAM"]).is_err());
        assert!(check_capabilities(&named, &["CAPABILITY_NAMED_IAM"]).is_ok());
    }

    #[test]
    fn parameters_are_given_or_default_and_nothing_else() {
        let template = json!({"Parameters": {"A": {"Type": "String"}, "B": {"Type": "Number", "Default": 2}}});
        let given = |pairs: &[(&str, &str)]| pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let values = parameters(&template, &given(&[("A", "x")])).unwrap();
        assert_eq!((values["A"].as_str(), values["B"].as_str()), ("x", "2"));
        let message = |pairs| parameters(&template, &given(pairs)).unwrap_err().message;
        assert_eq!(message(&[]), "Parameters: [A] must have values");
        assert_eq!(message(&[("A", "x"), ("C", "y")]), "Parameters: [C] do not exist in the template");
    }
}
