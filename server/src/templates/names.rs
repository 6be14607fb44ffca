//! Which property names a resource, and where that name must be unique.

/// How far a physical name reaches: two resources of one scope cannot share it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameScope {
    /// Of all accounts of the partition.
    World,
    /// Of the account, in every region.
    Account,
    /// Of the account, in one region.
    Region,
}

/// JSON pointer of the naming property, and the scope of the name. Only types that refuse a name that is taken.
///
/// Source: the `primaryIdentifier` and naming notes of each type in the CloudFormation resource reference,
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-template-resource-type-ref.html>.
pub fn name_property(kind: &str) -> Option<(&'static str, NameScope)> {
    use NameScope::{Account, Region, World};
    let found = match kind {
        "AWS::ElasticLoadBalancingV2::LoadBalancer"
        | "AWS::Events::EventBus"
        | "AWS::Events::Rule"
        | "AWS::Kinesis::Stream"
        | "AWS::RDS::DBProxy"
        | "AWS::SSM::Parameter"
        | "AWS::Scheduler::Schedule"
        | "AWS::SecretsManager::Secret"
        | "AWS::WAFv2::WebACL" => ("/Name", Region),
        "AWS::CloudFront::CachePolicy" => ("/CachePolicyConfig/Name", Account),
        "AWS::CloudFront::Function" => ("/Name", Account),
        "AWS::CloudFront::OriginAccessControl" => ("/OriginAccessControlConfig/Name", Account),
        "AWS::CloudFront::OriginRequestPolicy" => ("/OriginRequestPolicyConfig/Name", Account),
        "AWS::CloudFront::ResponseHeadersPolicy" => ("/ResponseHeadersPolicyConfig/Name", Account),
        "AWS::CloudWatch::Alarm" | "AWS::CloudWatch::CompositeAlarm" => ("/AlarmName", Region),
        "AWS::CloudWatch::Dashboard" => ("/DashboardName", Account),
        "AWS::DynamoDB::Table" => ("/TableName", Region),
        "AWS::ECR::Repository" => ("/RepositoryName", Region),
        "AWS::ElastiCache::ReplicationGroup" => ("/ReplicationGroupId", Region),
        "AWS::ECS::Cluster" | "AWS::ElastiCache::CacheCluster" => ("/ClusterName", Region),
        "AWS::IAM::ManagedPolicy" => ("/ManagedPolicyName", Account),
        "AWS::IAM::Role" => ("/RoleName", Account),
        "AWS::IAM::User" => ("/UserName", Account),
        "AWS::KMS::Alias" => ("/AliasName", Region),
        "AWS::Lambda::Function" => ("/FunctionName", Region),
        "AWS::Logs::LogGroup" => ("/LogGroupName", Region),
        "AWS::RDS::DBCluster" => ("/DBClusterIdentifier", Region),
        "AWS::RDS::DBInstance" => ("/DBInstanceIdentifier", Region),
        "AWS::S3::Bucket" => ("/BucketName", World),
        "AWS::SNS::Topic" => ("/TopicName", Region),
        "AWS::SQS::Queue" => ("/QueueName", Region),
        "AWS::StepFunctions::StateMachine" => ("/StateMachineName", Region),
        "AWS::XRay::SamplingRule" => ("/SamplingRule/RuleName", Region),
        _ => return None,
    };
    Some(found)
}

/// Whether `Ref` answers with the name, and not with an ARN, a URL or a generated id.
pub fn is_referred_to_by_name(kind: &str) -> bool {
    matches!(
        kind,
        "AWS::CloudWatch::Alarm"
            | "AWS::CloudWatch::CompositeAlarm"
            | "AWS::CloudWatch::Dashboard"
            | "AWS::DynamoDB::Table"
            | "AWS::ECR::Repository"
            | "AWS::ECS::Cluster"
            | "AWS::ElastiCache::CacheCluster"
            | "AWS::ElastiCache::ReplicationGroup"
            | "AWS::IAM::Role"
            | "AWS::IAM::User"
            | "AWS::KMS::Alias"
            | "AWS::Kinesis::Stream"
            | "AWS::Lambda::Function"
            | "AWS::Logs::LogGroup"
            | "AWS::RDS::DBCluster"
            | "AWS::RDS::DBInstance"
            | "AWS::RDS::DBProxy"
            | "AWS::S3::Bucket"
            | "AWS::SSM::Parameter"
    )
}
