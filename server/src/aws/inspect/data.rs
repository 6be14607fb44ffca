//! Databases, caches, and types Cloud Control does not serve.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::ports::{AwsError, AwsErrorKind, Target, inspection::Seen};

use super::{
    super::{
        Aws,
        call::{DESCRIBE_CACHES, DESCRIBE_CLUSTERS, DESCRIBE_SNAPSHOTS, GET_FUNCTION_CONFIGURATION},
    },
    Pages, found, items, text, time,
};

impl Aws {
    pub(super) async fn database(&self, target: &Target, id: &str) -> Result<Seen<Option<Value>>, AwsError> {
        let seen = found(self.read(target, &DESCRIBE_CLUSTERS, &json!({ "DBClusterIdentifier": id })).await)?;
        let cluster = seen.value.and_then(|value| items(&value, "DBClusters").into_iter().next());
        Ok(Seen { value: cluster, request_id: seen.request_id })
    }

    pub(super) async fn cache(&self, target: &Target, id: &str) -> Result<Seen<Option<Value>>, AwsError> {
        let seen = found(self.read(target, &DESCRIBE_CACHES, &json!({ "ReplicationGroupId": id })).await)?;
        let group = seen.value.and_then(|value| items(&value, "ReplicationGroups").into_iter().next());
        Ok(Seen { value: group, request_id: seen.request_id })
    }

    pub(super) async fn cluster_snapshot(
        &self,
        target: &Target,
        cluster: &str,
    ) -> Result<Seen<Option<Timestamp>>, AwsError> {
        let pages = Pages { items: "DBClusterSnapshots", token_in: "Marker", token_out: "Marker" };
        let input = json!({ "DBClusterIdentifier": cluster });
        let snapshots = match self.pages(target, &DESCRIBE_SNAPSHOTS, input, pages).await {
            Ok(snapshots) => snapshots,
            Err(error) if error.kind == AwsErrorKind::NotFound => {
                return Ok(Seen { value: None, request_id: error.request_id });
            }
            Err(error) => return Err(error),
        };
        let finished = snapshots.value.iter().filter(|s| text(s, "Status").as_deref() == Some("available"));
        let newest = finished.filter_map(|snapshot| time(snapshot, "SnapshotCreateTime")).max();
        Ok(Seen { value: newest, request_id: snapshots.request_id })
    }

    /// The service's own call for a type Cloud Control does not serve; `None`: there is none here.
    pub(super) async fn own_call(
        &self,
        target: &Target,
        kind: &str,
        physical_id: &str,
    ) -> Option<Result<Seen<Option<Value>>, AwsError>> {
        Some(match kind {
            "AWS::RDS::DBCluster" => self.database(target, physical_id).await,
            "AWS::ElastiCache::ReplicationGroup" => self.cache(target, physical_id).await,
            "AWS::CloudFront::Distribution" => self.distribution(target, physical_id).await,
            "AWS::WAFv2::WebACL" => self.web_acl(target, physical_id).await,
            "AWS::CloudWatch::Alarm" => self.named_alarm(target, physical_id).await,
            "AWS::Lambda::Function" => {
                let input = json!({ "FunctionName": physical_id });
                found(self.read(target, &GET_FUNCTION_CONFIGURATION, &input).await)
            }
            // The properties have the template's names, as Cloud Control's would.
            "AWS::Logs::LogGroup" => self.named_log_group(target, physical_id).await.map(|seen| Seen {
                value: seen.value.map(|group| {
                    json!({
                        "LogGroupName": group.get("logGroupName"), "RetentionInDays": group.get("retentionInDays"),
                        "KmsKeyId": group.get("kmsKeyId")
                    })
                }),
                request_id: seen.request_id,
            }),
            _ => return None,
        })
    }
}

/// What an account without the service says is nothing, not an error.
pub(super) fn or_none(error: AwsError) -> Result<Seen<Vec<Value>>, AwsError> {
    match error.kind {
        AwsErrorKind::NotFound => Ok(Seen { value: Vec::new(), request_id: error.request_id }),
        _ => Err(error),
    }
}
