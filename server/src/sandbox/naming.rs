//! Physical ids and attributes, made the way the services make them, and the same on every run.

use domain::digest::Digest;
use serde_json::Value;

use super::state::Resource;

/// Properties that name the resource themselves.
const NAME_PROPERTIES: [(&str, &str); 16] = [
    ("AWS::ApplicationInsights::Application", "ResourceGroupName"),
    ("AWS::CloudWatch::Alarm", "AlarmName"),
    ("AWS::CloudWatch::Dashboard", "DashboardName"),
    ("AWS::DynamoDB::Table", "TableName"),
    ("AWS::ElastiCache::ReplicationGroup", "ReplicationGroupId"),
    ("AWS::Events::Rule", "Name"),
    ("AWS::IAM::Role", "RoleName"),
    ("AWS::Lambda::Function", "FunctionName"),
    ("AWS::Logs::LogGroup", "LogGroupName"),
    ("AWS::RDS::DBCluster", "DBClusterIdentifier"),
    ("AWS::RDS::DBInstance", "DBInstanceIdentifier"),
    ("AWS::RDS::DBProxy", "DBProxyName"),
    ("AWS::S3::Bucket", "BucketName"),
    ("AWS::SNS::Topic", "TopicName"),
    ("AWS::SSM::Parameter", "Name"),
    ("AWS::StepFunctions::StateMachine", "StateMachineName"),
];

/// Hexadecimal digits that depend on nothing but `parts`.
pub(super) fn token(parts: &[&str], length: usize) -> String {
    Digest::of_bytes(parts.join("\u{0}").as_bytes()).as_str().chars().take(length).collect()
}

/// Shaped like the UUIDs in ARNs.
pub(super) fn uuid(parts: &[&str]) -> String {
    let hex = token(parts, 32);
    let cut = |from, to| hex.get(from..to).unwrap_or_default();
    format!("{}-{}-{}-{}-{}", cut(0, 8), cut(8, 12), cut(12, 16), cut(16, 20), cut(20, 32))
}

/// Where a resource is made.
pub(super) struct Birthplace<'a> {
    pub(super) account: &'a str,
    pub(super) region: &'a str,
    pub(super) stack_name: &'a str,
    /// Distinguishes a replacement from what it replaces.
    pub(super) serial: &'a str,
}

/// `properties` are resolved as far as they can be.
pub(super) fn physical_id(kind: &str, logical_id: &str, properties: &Value, at: &Birthplace<'_>) -> String {
    let Birthplace { account, region, stack_name, serial } = at;
    let token = token(&[account, region, stack_name, logical_id, serial], 32);
    let short = |length: usize| token.get(..length).unwrap_or_default();
    let given = NAME_PROPERTIES
        .iter()
        .find(|(of, _)| *of == kind)
        .and_then(|(_, property)| properties.get(property)?.as_str().map(str::to_owned));
    let made = || format!("{stack_name}-{logical_id}-{}", short(12).to_uppercase());
    match kind {
        "AWS::SNS::Topic" => format!("arn:aws:sns:{region}:{account}:{}", given.unwrap_or_else(made)),
        "AWS::StepFunctions::StateMachine" => {
            format!("arn:aws:states:{region}:{account}:stateMachine:{}", given.unwrap_or_else(made))
        }
        "AWS::SQS::Queue" => {
            let name = properties.get("QueueName").and_then(Value::as_str).map_or_else(made, str::to_owned);
            format!("https://sqs.{region}.amazonaws.com/{account}/{name}")
        }
        "AWS::SecretsManager::Secret" => {
            let name = properties.get("Name").and_then(Value::as_str).map_or_else(made, str::to_owned);
            format!("arn:aws:secretsmanager:{region}:{account}:secret:{name}-{}", short(6))
        }
        "AWS::Lambda::LayerVersion" => {
            let name = properties.get("LayerName").and_then(Value::as_str).unwrap_or(logical_id);
            format!("arn:aws:lambda:{region}:{account}:layer:{name}:1")
        }
        "AWS::IAM::ManagedPolicy" => {
            let name = properties.get("ManagedPolicyName").and_then(Value::as_str).map_or_else(made, str::to_owned);
            format!("arn:aws:iam::{account}:policy/{name}")
        }
        "AWS::WAFv2::WebACL" | "AWS::WAFv2::IPSet" | "AWS::WAFv2::RegexPatternSet" => {
            let name = properties.get("Name").and_then(Value::as_str).map_or_else(made, str::to_owned);
            let scope = properties.get("Scope").and_then(Value::as_str).unwrap_or("REGIONAL");
            format!("{name}|{}|{scope}", uuid(&[account, region, stack_name, logical_id, serial]))
        }
        "AWS::WAFv2::LoggingConfiguration" => {
            properties.get("ResourceArn").and_then(Value::as_str).map_or_else(made, str::to_owned)
        }
        "AWS::EC2::FlowLog" => format!("fl-{}", short(17)),
        "AWS::EC2::EIP" => format!("eipalloc-{}", short(17)),
        "AWS::CloudFront::Distribution" => format!("E{}", short(13).to_uppercase()),
        "AWS::ApiGateway::RestApi" | "AWS::ApiGatewayV2::Api" => short(10).to_owned(),
        "AWS::EC2::VPC" => format!("vpc-{}", short(17)),
        "AWS::EC2::Subnet" => format!("subnet-{}", short(17)),
        "AWS::EC2::SecurityGroup" => format!("sg-{}", short(17)),
        "AWS::EC2::InternetGateway" => format!("igw-{}", short(17)),
        "AWS::EC2::NatGateway" => format!("nat-{}", short(17)),
        "AWS::EC2::RouteTable" => format!("rtb-{}", short(17)),
        "AWS::Cognito::UserPool" => format!("{region}_{}", short(9)),
        "AWS::KMS::Key" | "AWS::Logs::QueryDefinition" => uuid(&[account, region, stack_name, logical_id, serial]),
        // Bucket and cluster names are lower case.
        "AWS::S3::Bucket" | "AWS::RDS::DBCluster" | "AWS::RDS::DBInstance" | "AWS::ElastiCache::ReplicationGroup" => {
            given.unwrap_or_else(|| made().to_lowercase())
        }
        _ => given.unwrap_or_else(made),
    }
}

/// What `Fn::GetAtt` answers.
pub(super) fn attribute(resource: &Resource, name: &str, account: &str, region: &str) -> String {
    let id = resource.physical_id.as_str();
    let kind = resource.resource_type.as_str();
    let host = token(&[id], 12);
    match (kind, name) {
        ("AWS::WAFv2::WebACL", "Id") => id.split('|').nth(1).unwrap_or_default().to_owned(),
        (_, "Arn" | "TopicArn" | "PolicyArn" | "FunctionArn") => arn(kind, id, account, region),
        ("AWS::CloudFront::Distribution", "DomainName") => format!("d{}.cloudfront.net", token(&[id], 13)),
        ("AWS::ApiGatewayV2::Api", "ApiEndpoint") => format!("https://{id}.execute-api.{region}.amazonaws.com"),
        ("AWS::S3::Bucket", "RegionalDomainName") => format!("{id}.s3.{region}.amazonaws.com"),
        ("AWS::S3::Bucket", "DomainName") => format!("{id}.s3.amazonaws.com"),
        ("AWS::RDS::DBCluster", "Endpoint.Address") => format!("{id}.cluster-{host}.{region}.rds.amazonaws.com"),
        ("AWS::RDS::DBCluster", "ReadEndpoint.Address") => format!("{id}.cluster-ro-{host}.{region}.rds.amazonaws.com"),
        ("AWS::RDS::DBInstance", "Endpoint.Address") => format!("{id}.{host}.{region}.rds.amazonaws.com"),
        ("AWS::RDS::DBProxy", "Endpoint") => format!("{id}.proxy-{host}.{region}.rds.amazonaws.com"),
        ("AWS::RDS::DBCluster" | "AWS::RDS::DBInstance", "Endpoint.Port") => "5432".to_owned(),
        (_, "ConfigurationEndPoint.Port" | "RedisEndpoint.Port" | "PrimaryEndPoint.Port") => "6379".to_owned(),
        (_, name) if name.ends_with("EndPoint.Address") => format!("{id}.{host}.cache.amazonaws.com"),
        ("AWS::SQS::Queue", "QueueName") | (_, "Name") => last_part(id).to_owned(),
        ("AWS::EC2::VPC", "CidrBlock") => "10.0.0.0/16".to_owned(),
        (_, "GroupId" | "Id" | "Ref" | "AttrId") => id.to_owned(),
        ("AWS::ApiGateway::RestApi", "RootResourceId") => token(&[id, "root"], 10),
        _ => format!("{}-{name}", last_part(id)),
    }
}

fn arn(kind: &str, id: &str, account: &str, region: &str) -> String {
    if id.starts_with("arn:") {
        return id.to_owned();
    }
    match kind {
        "AWS::S3::Bucket" => format!("arn:aws:s3:::{id}"),
        "AWS::Lambda::Function" => format!("arn:aws:lambda:{region}:{account}:function:{id}"),
        "AWS::IAM::Role" => format!("arn:aws:iam::{account}:role/{id}"),
        "AWS::DynamoDB::Table" => format!("arn:aws:dynamodb:{region}:{account}:table/{id}"),
        "AWS::SQS::Queue" => format!("arn:aws:sqs:{region}:{account}:{}", last_part(id)),
        "AWS::Logs::LogGroup" => format!("arn:aws:logs:{region}:{account}:log-group:{id}:*"),
        "AWS::KMS::Key" => format!("arn:aws:kms:{region}:{account}:key/{id}"),
        "AWS::Events::Rule" => format!("arn:aws:events:{region}:{account}:rule/{id}"),
        "AWS::Cognito::UserPool" => format!("arn:aws:cognito-idp:{region}:{account}:userpool/{id}"),
        "AWS::WAFv2::WebACL" => {
            let mut parts = id.split('|');
            let mut next = || parts.next().unwrap_or_default();
            let (name, id, scope) = (next(), next(), next());
            let scope = if scope == "CLOUDFRONT" { "global" } else { "regional" };
            format!("arn:aws:wafv2:{region}:{account}:{scope}/webacl/{name}/{id}")
        }
        "AWS::CloudWatch::Alarm" => format!("arn:aws:cloudwatch:{region}:{account}:alarm:{id}"),
        "AWS::RDS::DBCluster" => format!("arn:aws:rds:{region}:{account}:cluster:{id}"),
        "AWS::RDS::DBInstance" => format!("arn:aws:rds:{region}:{account}:db:{id}"),
        _ => {
            let mut parts = kind.split("::").skip(1);
            let service = parts.next().unwrap_or_default().to_lowercase();
            let thing = parts.next().unwrap_or_default().to_lowercase();
            format!("arn:aws:{service}:{region}:{account}:{thing}/{id}")
        }
    }
}

fn last_part(id: &str) -> &str {
    id.rsplit(['/', ':']).next().unwrap_or(id)
}
