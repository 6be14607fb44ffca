//! Cloud Control: any resource by type and identifier, with the properties it has, those the service fills in included.

use serde_json::{Map, Value, json};

use super::{
    inventory::Live,
    request::Refusal,
    session::{Answer, Session},
};

const PER_PAGE: usize = 100;

/// Types without read handlers: neither Cloud Control nor drift detection knows them. As far as known.
const WITHOUT_HANDLERS: [&str; 8] = [
    "AWS::ApiGatewayV2::Stage",
    "AWS::Budgets::Budget",
    "AWS::CDK::Metadata",
    "AWS::CloudFormation::CustomResource",
    "AWS::ElastiCache::CacheCluster",
    "AWS::ElastiCache::ReplicationGroup",
    "AWS::IAM::Policy",
    "AWS::Lambda::Permission",
];

pub(super) fn has_handlers(kind: &str) -> bool {
    !kind.starts_with("Custom::") && !WITHOUT_HANDLERS.contains(&kind)
}

/// What can be written and never read.
const WRITE_ONLY: [(&str, &[&str]); 5] = [
    ("AWS::ElastiCache::ReplicationGroup", &["AuthToken"]),
    ("AWS::Lambda::Function", &["Code"]),
    ("AWS::RDS::DBCluster", &["MasterUserPassword"]),
    ("AWS::RDS::DBInstance", &["MasterUserPassword"]),
    ("AWS::SecretsManager::Secret", &["GenerateSecretString", "SecretString"]),
];

/// Attributes that are read as properties, by the name both have.
const READ_ONLY: [(&str, &[&str]); 11] = [
    ("AWS::ApiGatewayV2::Api", &["ApiEndpoint"]),
    ("AWS::CloudFront::Distribution", &["DomainName"]),
    ("AWS::CloudWatch::Alarm", &["Arn"]),
    ("AWS::Events::Rule", &["Arn"]),
    ("AWS::IAM::Role", &["Arn"]),
    ("AWS::Lambda::Function", &["Arn"]),
    ("AWS::Logs::LogGroup", &["Arn"]),
    ("AWS::S3::Bucket", &["Arn", "DomainName", "RegionalDomainName"]),
    ("AWS::SNS::Topic", &["TopicArn"]),
    ("AWS::StepFunctions::StateMachine", &["Arn"]),
    ("AWS::WAFv2::WebACL", &["Arn", "Id"]),
];

/// The property that identifies, where the template may leave it to the service.
const IDENTIFIERS: [(&str, &str); 14] = [
    ("AWS::ApiGatewayV2::Api", "ApiId"),
    ("AWS::CloudFront::Distribution", "Id"),
    ("AWS::CloudWatch::Alarm", "AlarmName"),
    ("AWS::CloudWatch::Dashboard", "DashboardName"),
    ("AWS::EC2::FlowLog", "Id"),
    ("AWS::EC2::VPC", "VpcId"),
    ("AWS::IAM::Role", "RoleName"),
    ("AWS::Lambda::Function", "FunctionName"),
    ("AWS::Logs::LogGroup", "LogGroupName"),
    ("AWS::RDS::DBCluster", "DBClusterIdentifier"),
    ("AWS::RDS::DBInstance", "DBInstanceIdentifier"),
    ("AWS::S3::Bucket", "BucketName"),
    ("AWS::SNS::Topic", "TopicArn"),
    ("AWS::SecretsManager::Secret", "Id"),
];

/// What the service fills in where nothing was said.
fn defaults(kind: &str) -> Value {
    match kind {
        "AWS::Lambda::Function" => json!({
            "TracingConfig": { "Mode": "PassThrough" },
            "MemorySize": 128,
            "Timeout": 3,
            "PackageType": "Zip",
            "Architectures": ["x86_64"],
            "EphemeralStorage": { "Size": 512 },
        }),
        "AWS::S3::Bucket" => json!({
            "BucketEncryption": { "ServerSideEncryptionConfiguration": [
                { "ServerSideEncryptionByDefault": { "SSEAlgorithm": "AES256" }, "BucketKeyEnabled": false }
            ] },
            "PublicAccessBlockConfiguration": {
                "BlockPublicAcls": true, "BlockPublicPolicy": true, "IgnorePublicAcls": true, "RestrictPublicBuckets": true
            },
            "OwnershipControls": { "Rules": [{ "ObjectOwnership": "BucketOwnerEnforced" }] },
        }),
        "AWS::RDS::DBCluster" => json!({
            "BackupRetentionPeriod": 1,
            "DeletionProtection": false,
            "StorageEncrypted": false,
            "EnableIAMDatabaseAuthentication": false,
        }),
        "AWS::Logs::LogGroup" => json!({ "LogGroupClass": "STANDARD" }),
        "AWS::CloudWatch::Alarm" => json!({ "ActionsEnabled": true }),
        "AWS::Events::Rule" => json!({ "State": "ENABLED", "EventBusName": "default" }),
        _ => json!({}),
    }
}

/// Everything Cloud Control reads of a resource.
pub(super) fn model(live: &Live) -> Map<String, Value> {
    let kind = live.kind();
    let row = |table: &[(&str, &'static [&'static str])]| -> &'static [&'static str] {
        table.iter().find(|(of, _)| *of == kind).map_or(&[], |(_, names)| names)
    };
    let mut model = defaults(kind).as_object().cloned().unwrap_or_default();
    model.extend(live.properties.as_object().cloned().unwrap_or_default());
    model.retain(|name, _| !row(&WRITE_ONLY).contains(&name.as_str()));
    for name in row(&READ_ONLY) {
        model.insert((*name).to_owned(), Value::String(live.attribute(name)));
    }
    if kind == "AWS::RDS::DBCluster" {
        let port = live.whole("Port", 5432).to_string();
        model.insert("Endpoint".to_owned(), json!({ "Address": live.attribute("Endpoint.Address"), "Port": port }));
        model.insert("DBClusterArn".to_owned(), Value::String(live.arn()));
    }
    model.extend(identifier(live));
    model
}

fn identifier(live: &Live) -> Option<(String, Value)> {
    let (_, property) = IDENTIFIERS.iter().find(|(of, _)| *of == live.kind())?;
    Some(((*property).to_owned(), Value::String(live.id().to_owned())))
}

fn type_name<'s>(session: &Session<'s>, action: &str) -> Result<&'s str, Refusal> {
    let kind = session.request.required_text("TypeName", "ValidationException")?;
    let parts: Vec<&str> = kind.split("::").collect();
    if parts.len() != 3 || parts.iter().any(|part| part.is_empty()) {
        return Err(Refusal::new(400, "TypeNotFoundException", format!("The type '{kind}' cannot be found.")));
    }
    if !has_handlers(kind) {
        let message = format!("Resource type {kind} does not support {action} action");
        return Err(Refusal::new(400, "UnsupportedActionException", message));
    }
    Ok(kind)
}

/// By `Ref`, by ARN, or as the last part of a compound identifier (`ApiId|RouteId`).
fn is_identified_by(live: &Live, identifier: &str) -> bool {
    live.id() == identifier
        || live.arn() == identifier
        || identifier.rsplit_once('|').is_some_and(|(_, last)| live.id() == last)
}

pub(super) fn get(session: &mut Session<'_>) -> Result<Answer, Refusal> {
    let kind = type_name(session, "READ")?;
    let identifier = session.request.required_text("Identifier", "ValidationException")?;
    let inventory = session.inventory();
    let missing = || {
        let message = format!("Resource of type '{kind}' with identifier '{identifier}' was not found.");
        Refusal::new(400, "ResourceNotFoundException", message)
    };
    let live = inventory.of(kind).find(|live| is_identified_by(live, identifier)).ok_or_else(missing)?;
    Ok(Answer::Document(json!({
        "TypeName": kind,
        "ResourceDescription": { "Identifier": identifier, "Properties": Value::Object(model(live)).to_string() },
    })))
}

/// The identifiers only: what more a list holds differs from type to type, and is not to be relied on.
pub(super) fn list(session: &mut Session<'_>) -> Result<Answer, Refusal> {
    let kind = type_name(session, "LIST")?;
    let inventory = session.inventory();
    let (page, token) = session.page_at(inventory.of(kind).collect(), PER_PAGE, session.request.text("NextToken"))?;
    let descriptions = page.into_iter().map(|live| {
        let known: Map<String, Value> = identifier(live).into_iter().collect();
        json!({ "Identifier": live.id(), "Properties": Value::Object(known).to_string() })
    });
    let mut answer = json!({ "TypeName": kind, "ResourceDescriptions": descriptions.collect::<Vec<_>>() });
    if let (Some(token), Some(fields)) = (token, answer.as_object_mut()) {
        fields.insert("NextToken".to_owned(), json!(token));
    }
    Ok(Answer::Document(answer))
}
