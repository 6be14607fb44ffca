//! How long things take. The proportions are those of AWS, the scale is that of a demo: what takes minutes there takes
//! seconds here, and `SandboxOptions::speed` divides once more.

use std::time::Duration;

/// Seconds to create one resource; an update takes half, a removal a third.
const CREATE_SECONDS: [(&str, u64); 14] = [
    ("AWS::ApiGatewayV2::", 1),
    ("AWS::CloudFront::Distribution", 15),
    ("AWS::EC2::NatGateway", 8),
    ("AWS::EC2::", 1),
    ("AWS::ElastiCache::ReplicationGroup", 12),
    ("AWS::IAM::Role", 3),
    ("AWS::IAM::", 2),
    ("AWS::Lambda::Function", 2),
    ("AWS::RDS::DBCluster", 12),
    ("AWS::RDS::DBInstance", 10),
    ("AWS::RDS::DBProxy", 8),
    ("AWS::S3::Bucket", 3),
    ("AWS::SecretsManager::", 1),
    ("Custom::", 4),
];

/// Preparing a change set, starting and closing an operation.
pub(super) const CHANGE_SET: Duration = Duration::from_millis(1500);
pub(super) const OPENING: Duration = Duration::from_millis(500);
pub(super) const CLOSING: Duration = Duration::from_millis(500);

pub(super) fn create(kind: &str) -> Duration {
    let known = CREATE_SECONDS
        .iter()
        .find(|(prefix, _)| kind == *prefix || (prefix.ends_with("::") && kind.starts_with(prefix)));
    Duration::from_secs(known.map_or(1, |(_, seconds)| *seconds))
}

pub(super) fn update(kind: &str) -> Duration {
    create(kind) / 2
}

pub(super) fn remove(kind: &str) -> Duration {
    create(kind) / 3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_types_win_over_their_service() {
        assert_eq!(create("AWS::EC2::NatGateway"), Duration::from_secs(8));
        assert_eq!(create("AWS::EC2::Subnet"), Duration::from_secs(1));
        assert_eq!(create("AWS::Some::Thing"), Duration::from_secs(1));
    }
}
