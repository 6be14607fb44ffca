//! Documents of resources and services, counting, backups.

use domain::{
    blueprint::checks::{BackupCheck, CountCheck, Selection, ServiceCheck},
    check::{BackupFacts, CheckFacts},
};
use jiff::Timestamp;
use serde_json::Value;

use crate::ports::{
    AwsError,
    inspection::{Seen, Service},
};

use super::{
    Round,
    subjects::{chosen, each, name},
    unavailable,
};

type Facts = (CheckFacts, Option<String>);

/// A blueprint that passed its rules always selects; the default selects nothing.
fn selection(check: &ServiceCheck) -> Selection {
    check.select.clone().unwrap_or_default()
}

pub(super) async fn resources(round: &Round<'_>, check: &ServiceCheck) -> Facts {
    let ask = |kind: String, id: String| async move { round.properties(&kind, &id).await };
    let (facts, id) = each(round, "properties of", &selection(check), None, ask).await;
    (CheckFacts::Documents(facts), id)
}

async fn documents(round: &Round<'_>, check: &ServiceCheck, what: &str, kind: &str, service: Service) -> Facts {
    let ask = |_, id: String| async move {
        let seen = round.service(service, &id).await?;
        Ok(Seen { value: best(seen.value), request_id: seen.request_id })
    };
    let (facts, id) = each(round, what, &selection(check), Some(kind), ask).await;
    (CheckFacts::Documents(facts), id)
}

/// Of several flow logs, one that works speaks for the network.
fn best(documents: Vec<Value>) -> Option<Value> {
    let works = |document: &Value| document.get("flowLogStatus").and_then(Value::as_str) == Some("ACTIVE");
    let place = documents.iter().position(works).unwrap_or(0);
    documents.into_iter().nth(place)
}

pub(super) async fn database(round: &Round<'_>, check: &ServiceCheck) -> Facts {
    documents(round, check, "database", "AWS::RDS::DBCluster", Service::Database).await
}

pub(super) async fn cache(round: &Round<'_>, check: &ServiceCheck) -> Facts {
    documents(round, check, "cache", "AWS::ElastiCache::ReplicationGroup", Service::Cache).await
}

pub(super) async fn distribution(round: &Round<'_>, check: &ServiceCheck) -> Facts {
    documents(round, check, "distribution", "AWS::CloudFront::Distribution", Service::Distribution).await
}

pub(super) async fn web_acl(round: &Round<'_>, check: &ServiceCheck) -> Facts {
    documents(round, check, "web ACL", "AWS::WAFv2::WebACL", Service::WebAcl).await
}

pub(super) async fn flow_log(round: &Round<'_>, check: &ServiceCheck) -> Facts {
    documents(round, check, "flow logs of", "AWS::EC2::VPC", Service::FlowLog).await
}

pub(super) async fn count(round: &Round<'_>, check: &CountCheck) -> Facts {
    let asked = check.select.words();
    match chosen(round, &check.select, None).await {
        Ok(found) => {
            let mut names: Vec<String> = found.unwrap_or_default().iter().map(name).collect();
            names.sort();
            (CheckFacts::Count { asked, names }, None)
        }
        Err(error) => unavailable(asked, &error),
    }
}

pub(super) async fn backup(round: &Round<'_>, check: &BackupCheck) -> Facts {
    let now = round.engine.clock.now();
    let ask = |_, id: String| async move {
        let seen = round.service(Service::Database, &id).await?;
        let Some(cluster) = seen.value.into_iter().next() else {
            return Ok(Seen { value: None, request_id: seen.request_id });
        };
        let mut request_id = seen.request_id;
        let mut snapshot_hours = None;
        if check.snapshot_within_hours.is_some() {
            let snapshot = round.engine.inspection.newest_snapshot(&round.target, &id).await?;
            snapshot_hours = snapshot.value.map(|at| now.duration_since(at).as_hours());
            request_id = snapshot.request_id;
        }
        let facts = BackupFacts {
            retention_days: number(&cluster, "BackupRetentionPeriod"),
            restorable_minutes: time(&cluster, "LatestRestorableTime").map(|at| now.duration_since(at).as_mins()),
            snapshot_hours,
        };
        Ok::<_, AwsError>(Seen { value: Some(facts), request_id })
    };
    let (facts, id) = each(round, "backups of", &check.select, Some("AWS::RDS::DBCluster"), ask).await;
    (CheckFacts::Backups(facts), id)
}

/// Numbers are texts where the service speaks XML.
fn number(document: &Value, name: &str) -> Option<u64> {
    let value = document.get(name)?;
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

fn time(document: &Value, name: &str) -> Option<Timestamp> {
    document.get(name)?.as_str()?.parse().ok()
}
