//! What a CloudFormation template says about itself, without asking AWS.

use serde_json::Value;

/// Resource types whose loss loses data. Replacing or removing one is named first on a plan, in words.
///
/// Source: the "Update requires: Replacement" notes of the resource reference, for types that hold customer data.
const STATEFUL_TYPES: [&str; 24] = [
    "AWS::Backup::BackupVault",
    "AWS::Cognito::UserPool",
    "AWS::DocDB::DBCluster",
    "AWS::DynamoDB::GlobalTable",
    "AWS::DynamoDB::Table",
    "AWS::EC2::Volume",
    "AWS::ECR::Repository",
    "AWS::EFS::FileSystem",
    "AWS::ElastiCache::CacheCluster",
    "AWS::ElastiCache::ReplicationGroup",
    "AWS::ElastiCache::ServerlessCache",
    "AWS::FSx::FileSystem",
    "AWS::KMS::Key",
    "AWS::Kinesis::Stream",
    "AWS::Logs::LogGroup",
    "AWS::Neptune::DBCluster",
    "AWS::OpenSearchService::Domain",
    "AWS::RDS::DBCluster",
    "AWS::RDS::DBInstance",
    "AWS::Redshift::Cluster",
    "AWS::S3::Bucket",
    "AWS::SQS::Queue",
    "AWS::SecretsManager::Secret",
    "AWS::Timestream::Database",
];

pub fn is_stateful(resource_type: &str) -> bool {
    STATEFUL_TYPES.binary_search(&resource_type).is_ok()
}

/// Resource types that decide who may do what: their changes are shown as widening until a person has read them.
pub fn is_permission(resource_type: &str) -> bool {
    resource_type.starts_with("AWS::IAM::")
        || matches!(
            resource_type,
            "AWS::Lambda::Permission"
                | "AWS::S3::BucketPolicy"
                | "AWS::SNS::TopicPolicy"
                | "AWS::SQS::QueuePolicy"
                | "AWS::EC2::SecurityGroup"
                | "AWS::EC2::SecurityGroupIngress"
                | "AWS::EC2::SecurityGroupEgress"
                | "AWS::SecretsManager::ResourcePolicy"
        )
}

/// Names imported with a literal `Fn::ImportValue`, each once, in order of appearance.
///
/// Names built by other functions are not guessed: CloudFormation will say whether they exist.
pub fn imports(template: &Value) -> Vec<String> {
    let mut found = Vec::new();
    collect_imports(template, &mut found);
    found
}

fn collect_imports(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            for (key, inner) in map {
                match (key.as_str(), inner.as_str()) {
                    ("Fn::ImportValue", Some(name)) if !found.iter().any(|f| f == name) => {
                        found.push(name.to_owned());
                    }
                    _ => collect_imports(inner, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect_imports(item, found)),
        _ => {}
    }
}

/// Names a template exports, where they are literal.
pub fn exports(template: &Value) -> Vec<String> {
    let outputs = template.get("Outputs").and_then(Value::as_object);
    outputs
        .into_iter()
        .flat_map(serde_json::Map::values)
        .filter_map(|output| output.pointer("/Export/Name")?.as_str().map(str::to_owned))
        .collect()
}

/// Number of resources a template declares.
pub fn resource_count(template: &Value) -> u32 {
    let count = template.get("Resources").and_then(Value::as_object).map_or(0, serde_json::Map::len);
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// Capabilities `CreateChangeSet` must be given for this template.
pub fn capabilities(template: &Value) -> Vec<&'static str> {
    let resources = template.get("Resources").and_then(Value::as_object);
    let named_iam = resources.into_iter().flat_map(serde_json::Map::values).any(|resource| {
        resource.get("Type").and_then(Value::as_str).is_some_and(|kind| kind.starts_with("AWS::IAM::"))
    });
    let mut needed = Vec::new();
    if named_iam {
        needed.push("CAPABILITY_NAMED_IAM");
    }
    if template.get("Transform").is_some() {
        needed.push("CAPABILITY_AUTO_EXPAND");
    }
    needed
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_stateful_list_is_sorted_for_the_search() {
        assert!(STATEFUL_TYPES.is_sorted());
        assert!(is_stateful("AWS::RDS::DBCluster"));
        assert!(!is_stateful("AWS::Lambda::Function"));
    }

    #[test]
    fn literal_imports_are_found_wherever_they_stand() {
        let template = json!({"Resources": {"A": {"Properties": {
            "X": {"Fn::ImportValue": "one"},
            "Y": {"Fn::Join": ["", ["a", {"Fn::ImportValue": "two"}]]},
            "Z": {"Fn::ImportValue": {"Fn::Sub": "${Env}-three"}},
            "W": {"Fn::ImportValue": "one"}
        }}}});
        assert_eq!(imports(&template), ["one", "two"]);
    }

    #[test]
    fn iam_and_transforms_ask_for_capabilities() {
        let plain = json!({"Resources": {"T": {"Type": "AWS::SNS::Topic"}}});
        assert!(capabilities(&plain).is_empty());
        let iam = json!({"Transform": "X", "Resources": {"R": {"Type": "AWS::IAM::Role"}}});
        assert_eq!(capabilities(&iam), ["CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]);
    }
}
