//! What executing a change set would change, property by property.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{
    request::Refusal,
    resolver::Scope,
    state::{Action, Change, Detail, Recreation},
    template::{references, resource_type, scalar},
};

/// Parts of a resource besides its properties whose change is an update.
const ATTRIBUTES: [&str; 5] = ["CreationPolicy", "DeletionPolicy", "Metadata", "UpdatePolicy", "UpdateReplacePolicy"];

/// Properties whose change makes a new physical resource, from the "Update requires: Replacement" notes of the resource
/// reference. Far from complete: everything else is taken for an update in place.
const REPLACING: [(&str, &[&str]); 20] = [
    ("AWS::ApiGatewayV2::Api", &["ProtocolType"]),
    ("AWS::CloudWatch::Alarm", &["AlarmName"]),
    ("AWS::Cognito::UserPool", &["AliasAttributes", "UsernameAttributes"]),
    ("AWS::DynamoDB::Table", &["KeySchema", "TableName"]),
    ("AWS::EC2::SecurityGroup", &["GroupDescription", "GroupName", "VpcId"]),
    ("AWS::EC2::Subnet", &["AvailabilityZone", "CidrBlock", "VpcId"]),
    ("AWS::EC2::VPC", &["CidrBlock"]),
    ("AWS::ElastiCache::ReplicationGroup", &["AtRestEncryptionEnabled", "Port", "ReplicationGroupId"]),
    ("AWS::Events::Rule", &["Name"]),
    ("AWS::IAM::Role", &["Path", "RoleName"]),
    ("AWS::Lambda::Function", &["FunctionName", "PackageType"]),
    ("AWS::Lambda::LayerVersion", &["Content", "LayerName"]),
    ("AWS::Lambda::Permission", &["Action", "FunctionName", "Principal", "SourceArn"]),
    ("AWS::Logs::LogGroup", &["LogGroupName"]),
    ("AWS::RDS::DBCluster", &["DBClusterIdentifier", "DatabaseName", "Engine", "StorageEncrypted"]),
    ("AWS::RDS::DBInstance", &["DBInstanceIdentifier", "DBName", "Engine", "StorageEncrypted"]),
    ("AWS::S3::Bucket", &["BucketName"]),
    ("AWS::SNS::Topic", &["FifoTopic", "TopicName"]),
    ("AWS::SQS::Queue", &["FifoQueue", "QueueName"]),
    ("AWS::SecretsManager::Secret", &["Name"]),
];

/// "Some interruptions" and "Replacement" depending on the values.
const PERHAPS_REPLACING: [(&str, &[&str]); 3] = [
    ("AWS::ElastiCache::ReplicationGroup", &["NumNodeGroups"]),
    ("AWS::RDS::DBInstance", &["AutoMinorVersionUpgrade", "MultiAZ"]),
    ("AWS::StepFunctions::StateMachine", &["StateMachineType"]),
];

/// Types that carry no tags, so that a change of the stack's tags leaves them alone.
const UNTAGGED: [&str; 8] = [
    "AWS::ApiGatewayV2::Integration",
    "AWS::ApiGatewayV2::Route",
    "AWS::CDK::Metadata",
    "AWS::IAM::Policy",
    "AWS::Lambda::LayerVersion",
    "AWS::Lambda::Permission",
    "AWS::S3::BucketPolicy",
    "AWS::SecretsManager::ResourcePolicy",
];

/// `retagged`: the stack's own tags change. `old.resources` are the resources there are.
pub(super) fn changes(old: &Scope<'_>, new: &Scope<'_>, retagged: bool) -> Result<Vec<Change>, Refusal> {
    let wanted = new.active();
    let existing: BTreeSet<&String> = old.resources.keys().collect();
    let mut details: BTreeMap<&String, Vec<Detail>> = BTreeMap::new();
    for logical_id in wanted.iter().filter(|id| existing.contains(id)) {
        let (before, after) = (raw(old, logical_id), raw(new, logical_id));
        if resource_type(before) != resource_type(after) {
            return Err(Refusal::validation(format!(
                "Update of resource type is not permitted. The new template modifies resource type of the following \
                 resources: [{logical_id}]"
            )));
        }
        let mut found = property_details(old, new, before, after);
        found.extend(attribute_details(before, after));
        if retagged && !UNTAGGED.contains(&resource_type(after)) && !resource_type(after).starts_with("Custom::") {
            found.push(tag_detail());
        }
        details.insert(logical_id, found);
    }
    follow_replacements(new, &mut details);

    let change = |action, logical_id: &String, kind: &str, details| Change {
        action,
        logical_id: logical_id.clone(),
        physical_id: old.resources.get(logical_id).map(|resource| resource.physical_id.clone()),
        resource_type: kind.to_owned(),
        details,
    };
    let added = wanted.iter().filter(|id| !existing.contains(id));
    let added = added.map(|id| change(Action::Add, id, resource_type(raw(new, id)), Vec::new()));
    let removed = old.resources.iter().filter(|(id, _)| !wanted.contains(*id));
    let removed = removed.map(|(id, resource)| change(Action::Remove, id, &resource.resource_type, Vec::new()));
    let modified = details.iter().filter(|(_, details)| !details.is_empty());
    let modified =
        modified.map(|(id, details)| change(Action::Modify, id, resource_type(raw(new, id)), details.clone()));
    let mut all: Vec<Change> = added.chain(removed).chain(modified).collect();
    all.sort_by(|a, b| a.logical_id.cmp(&b.logical_id));
    Ok(all)
}

fn raw<'a>(scope: &Scope<'a>, logical_id: &str) -> &'a Value {
    scope.template.get("Resources").and_then(|resources| resources.get(logical_id)).unwrap_or(&Value::Null)
}

fn property_details(old: &Scope<'_>, new: &Scope<'_>, before: &Value, after: &Value) -> Vec<Detail> {
    let properties = |scope: &Scope<'_>, resource: &Value| {
        let resolved = resource.get("Properties").map(|properties| scope.resolve(properties));
        resolved.and_then(|value| value.as_object().cloned()).unwrap_or_default()
    };
    let (was, is) = (properties(old, before), properties(new, after));
    let names: BTreeSet<&String> = was.keys().chain(is.keys()).collect();
    let mut details = Vec::new();
    for name in names {
        let recreation = recreation(resource_type(after), name);
        let source = after.get("Properties").and_then(|properties| properties.get(name));
        let causing_entity = source.and_then(|source| changed_parameter(old, new, source));
        let mut leaves = Vec::new();
        differences(was.get(name), is.get(name), &format!("/Properties/{name}"), &mut leaves);
        details.extend(leaves.into_iter().map(|(path, before, after)| Detail {
            attribute: "Properties".to_owned(),
            name: Some(name.clone()),
            path,
            recreation,
            before: before.map(shown),
            after: after.map(shown),
            is_dynamic: false,
            causing_entity: causing_entity.clone(),
        }));
    }
    details
}

/// Descends as long as both sides have the same shape, so that one changed variable is one row.
fn differences<'v>(
    before: Option<&'v Value>,
    after: Option<&'v Value>,
    path: &str,
    leaves: &mut Vec<(String, Option<&'v Value>, Option<&'v Value>)>,
) {
    match (before, after) {
        (Some(before), Some(after)) if before == after => {}
        (Some(Value::Object(a)), Some(Value::Object(b))) if !a.is_empty() && !b.is_empty() => {
            for key in a.keys().chain(b.keys().filter(|key| !a.contains_key(*key))) {
                differences(a.get(key), b.get(key), &format!("{path}/{key}"), leaves);
            }
        }
        (Some(Value::Array(a)), Some(Value::Array(b))) if a.len() == b.len() => {
            for (i, (one, other)) in a.iter().zip(b).enumerate() {
                differences(Some(one), Some(other), &format!("{path}/{i}"), leaves);
            }
        }
        _ => leaves.push((path.to_owned(), before, after)),
    }
}

fn attribute_details(before: &Value, after: &Value) -> Vec<Detail> {
    let changed = ATTRIBUTES.iter().filter(|name| before.get(**name) != after.get(**name));
    changed
        .map(|name| Detail {
            attribute: (*name).to_owned(),
            name: None,
            path: format!("/{name}"),
            recreation: Recreation::Never,
            before: before.get(*name).map(shown),
            after: after.get(*name).map(shown),
            is_dynamic: false,
            causing_entity: None,
        })
        .collect()
}

fn tag_detail() -> Detail {
    Detail {
        attribute: "Tags".to_owned(),
        name: None,
        path: "/Tags".to_owned(),
        recreation: Recreation::Never,
        before: None,
        after: None,
        is_dynamic: false,
        causing_entity: None,
    }
}

/// A resource that refers to one that is replaced will see another id: AWS lists the property as dynamic. That may
/// replace this one in turn.
fn follow_replacements(new: &Scope<'_>, details: &mut BTreeMap<&String, Vec<Detail>>) {
    loop {
        let replaced: BTreeSet<String> = details
            .iter()
            .filter(|(_, details)| details.iter().any(|detail| detail.recreation == Recreation::Always))
            .map(|(id, _)| (*id).clone())
            .collect();
        let mut grew = false;
        for (logical_id, found) in details.iter_mut() {
            let resource = raw(new, logical_id);
            let properties = resource.get("Properties").and_then(Value::as_object);
            for (name, value) in properties.into_iter().flatten() {
                let mut names = BTreeSet::new();
                references(value, &mut names);
                let Some(cause) = names.into_iter().find(|name| replaced.contains(name)) else { continue };
                if found.iter().any(|detail| detail.name.as_ref() == Some(name)) {
                    continue;
                }
                grew = true;
                found.push(Detail {
                    attribute: "Properties".to_owned(),
                    name: Some(name.clone()),
                    path: format!("/Properties/{name}"),
                    recreation: recreation(resource_type(resource), name),
                    before: None,
                    after: None,
                    is_dynamic: true,
                    causing_entity: Some(cause),
                });
            }
        }
        if !grew {
            return;
        }
    }
}

fn recreation(kind: &str, property: &str) -> Recreation {
    let is_in =
        |table: &[(&str, &[&str])]| table.iter().any(|(of, properties)| *of == kind && properties.contains(&property));
    if is_in(&REPLACING) {
        Recreation::Always
    } else if is_in(&PERHAPS_REPLACING) {
        Recreation::Conditionally
    } else {
        Recreation::Never
    }
}

fn changed_parameter(old: &Scope<'_>, new: &Scope<'_>, source: &Value) -> Option<String> {
    let mut names = BTreeSet::new();
    references(source, &mut names);
    names.into_iter().find(|name| new.parameters.get(name).is_some_and(|value| old.parameters.get(name) != Some(value)))
}

/// Scalars as they are, the rest as JSON.
fn shown(value: &Value) -> String {
    scalar(value)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::sandbox::state::Resource;

    fn diff(old: &Value, new: &Value) -> Vec<Change> {
        let (parameters, exports) = (BTreeMap::new(), BTreeMap::new());
        let resource = |kind: &str| Resource { physical_id: "p".to_owned(), resource_type: kind.to_owned() };
        let existing: BTreeMap<String, Resource> = crate::sandbox::template::resources(old)
            .map(|(id, value)| (id.clone(), resource(resource_type(value))))
            .collect();
        let place = ("123456789012", "us-east-1");
        let before = Scope::new(place, ("App", "id"), old, &parameters, &existing, &exports);
        let after = Scope::new(place, ("App", "id"), new, &parameters, &existing, &exports);
        changes(&before, &after, false).unwrap()
    }

    fn function(memory: u32, stage: &str, role: &str) -> Value {
        json!({"Resources": {
            "Fn": {"Type": "AWS::Lambda::Function", "Properties": {
                "MemorySize": memory, "Environment": {"Variables": {"STAGE": stage, "OTHER": "x"}},
                "Role": {"Fn::GetAtt": ["Role", "Arn"]}}},
            "Role": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": role}}
        }})
    }

    #[test]
    fn one_changed_variable_is_one_row_with_both_values() {
        let changes = diff(&function(128, "a", "r"), &function(128, "b", "r"));
        assert_eq!(changes.len(), 1);
        let detail = &changes[0].details[0];
        assert_eq!(detail.path, "/Properties/Environment/Variables/STAGE");
        assert_eq!((detail.before.as_deref(), detail.after.as_deref()), (Some("a"), Some("b")));
        assert_eq!(changes[0].recreation(), Recreation::Never);
    }

    #[test]
    fn a_replaced_resource_touches_those_that_refer_to_it() {
        let changes = diff(&function(128, "a", "old"), &function(128, "a", "new"));
        let summary: Vec<_> = changes.iter().map(|c| (c.logical_id.as_str(), c.recreation())).collect();
        assert_eq!(summary, [("Fn", Recreation::Never), ("Role", Recreation::Always)]);
        assert!(changes[0].details[0].is_dynamic);
        assert_eq!(changes[0].details[0].causing_entity.as_deref(), Some("Role"));
    }

    #[test]
    fn the_same_template_changes_nothing() {
        assert!(diff(&function(128, "a", "r"), &function(128, "a", "r")).is_empty());
    }
}
