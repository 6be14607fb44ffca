//! RDS: clusters and their snapshots.

use jiff::{SignedDuration, Timestamp};

use super::{
    inventory::Live,
    naming::token,
    request::Refusal,
    session::{Answer, Session},
    xml::Xml,
};

const PER_PAGE: usize = 100;

/// One cluster where one is asked for by identifier or ARN, else all.
fn clusters(session: &mut Session<'_>) -> Result<Vec<Live>, Refusal> {
    let inventory = session.inventory();
    let all = inventory.of("AWS::RDS::DBCluster");
    let Some(wanted) = session.request.argument("DBClusterIdentifier") else { return Ok(all.cloned().collect()) };
    let found: Vec<Live> = all.filter(|live| live.id() == wanted || live.arn() == wanted).cloned().collect();
    if found.is_empty() {
        return Err(Refusal::new(404, "DBClusterNotFoundFault", format!("DBCluster {wanted} not found.")));
    }
    Ok(found)
}

pub(super) fn describe(session: &mut Session<'_>) -> Result<Answer, Refusal> {
    let found = clusters(session)?;
    let inventory = session.inventory();
    // Point in time recovery reaches to about five minutes ago.
    let latest = session.now - SignedDuration::from_mins(5);
    let (page, marker) = session.page_at(found, PER_PAGE, session.request.argument("Marker"))?;
    let members = page.iter().map(|live| {
        let instances = inventory
            .of("AWS::RDS::DBInstance")
            .filter(|instance| instance.text("DBClusterIdentifier") == Some(live.id()))
            .enumerate()
            .map(|(i, instance)| {
                Xml::new()
                    .text("DBInstanceIdentifier", instance.id())
                    .text("IsClusterWriter", i == 0)
                    .text("DBClusterParameterGroupStatus", "in-sync")
                    .text("PromotionTier", instance.whole("PromotionTier", 1))
            })
            .collect::<Vec<_>>();
        cluster(live, latest, instances)
    });
    Ok(Answer::Result(Xml::new().items("DBClusters", "DBCluster", members).maybe("Marker", marker)))
}

fn cluster(live: &Live, latest: Timestamp, instances: Vec<Xml>) -> Xml {
    let made_at = live.made_at.unwrap_or(live.changed_at);
    let retention = live.whole("BackupRetentionPeriod", 1);
    let groups = live
        .texts("VpcSecurityGroupIds")
        .into_iter()
        .map(|id| Xml::new().text("VpcSecurityGroupId", id).text("Status", "active"));
    let scaling = live.get("ServerlessV2ScalingConfiguration").map(|scaling| {
        let number = |name: &str| scaling.get(name).and_then(super::inventory::number);
        Xml::new().maybe("MinCapacity", number("MinCapacity")).maybe("MaxCapacity", number("MaxCapacity"))
    });
    let mut xml = Xml::new()
        .text("DBClusterIdentifier", live.id())
        .text("DBClusterArn", live.arn())
        .text("DbClusterResourceId", format!("cluster-{}", token(&[live.id()], 26).to_uppercase()))
        .text("Status", "available")
        .maybe("Engine", live.text("Engine"))
        .maybe("EngineVersion", live.text("EngineVersion"))
        .text("EngineMode", "provisioned")
        .text("Endpoint", live.attribute("Endpoint.Address"))
        .text("ReaderEndpoint", live.attribute("ReadEndpoint.Address"))
        .text("Port", live.whole("Port", 5432))
        .text("MultiAZ", instances.len() > 1)
        .maybe("DatabaseName", live.text("DatabaseName"))
        .maybe("MasterUsername", live.text("MasterUsername"))
        .maybe("DBSubnetGroup", live.text("DBSubnetGroupName"))
        .maybe("DBClusterParameterGroup", live.text("DBClusterParameterGroupName"))
        .text("BackupRetentionPeriod", retention)
        .maybe("PreferredBackupWindow", live.text("PreferredBackupWindow"))
        .maybe("PreferredMaintenanceWindow", live.text("PreferredMaintenanceWindow"))
        .text("StorageEncrypted", live.flag("StorageEncrypted", false))
        .text("DeletionProtection", live.flag("DeletionProtection", false))
        .text("IAMDatabaseAuthenticationEnabled", live.flag("EnableIAMDatabaseAuthentication", false))
        .text("CopyTagsToSnapshot", live.flag("CopyTagsToSnapshot", false))
        .text("HttpEndpointEnabled", live.flag("EnableHttpEndpoint", false))
        .time("ClusterCreateTime", made_at)
        .time("EarliestRestorableTime", earliest(live, latest))
        .time("LatestRestorableTime", latest)
        .items("DBClusterMembers", "DBClusterMember", instances)
        .items("VpcSecurityGroups", "VpcSecurityGroupMembership", groups)
        .list("EnabledCloudwatchLogsExports", live.texts("EnableCloudwatchLogsExports").into_iter().map(Xml::from));
    if let Some(scaling) = scaling {
        xml = xml.group("ServerlessV2ScalingConfiguration", &scaling);
    }
    xml
}

/// As far back as backups are kept, but not before there was a cluster.
fn earliest(live: &Live, latest: Timestamp) -> Timestamp {
    let kept = latest - SignedDuration::from_hours(24 * i64::from(live.whole("BackupRetentionPeriod", 1)));
    live.made_at.map_or(kept, |made| kept.max(made))
}

/// The hour and minute backups begin, UTC.
fn backup_window(live: &Live) -> (i64, i64) {
    let start = live.text("PreferredBackupWindow").and_then(|window| window.split('-').next()).unwrap_or("03:00");
    let (hour, minute) = start.split_once(':').unwrap_or(("3", "0"));
    (hour.parse().unwrap_or(3), minute.parse().unwrap_or_default())
}

/// One a day, as long as they are kept.
pub(super) fn snapshots(session: &mut Session<'_>) -> Result<Answer, Refusal> {
    let request = session.request;
    let now = session.now;
    let is_wanted = request.argument("SnapshotType").is_none_or(|kind| kind == "automated");
    let found = if is_wanted { clusters(session)? } else { Vec::new() };
    let day = SignedDuration::from_hours(24);
    let all = found.iter().flat_map(|live| {
        let (hour, minute) = backup_window(live);
        let seconds = now.as_second();
        let today = seconds - seconds.rem_euclid(86_400) + hour * 3600 + minute * 60 + 420;
        let newest = if today > seconds { today - 86_400 } else { today };
        let newest = Timestamp::from_second(newest).unwrap_or(now);
        let times =
            (0..i32::try_from(live.whole("BackupRetentionPeriod", 1)).unwrap_or(1)).map(move |nth| newest - day * nth);
        times.filter(|at| live.made_at.is_none_or(|made| made < *at)).map(|at| snapshot(live, at)).collect::<Vec<_>>()
    });
    let (page, marker) = session.page_at(all.collect(), PER_PAGE, request.argument("Marker"))?;
    Ok(Answer::Result(Xml::new().items("DBClusterSnapshots", "DBClusterSnapshot", page).maybe("Marker", marker)))
}

fn snapshot(live: &Live, at: Timestamp) -> Xml {
    let name = format!("rds:{}-{}", live.id(), at.strftime("%Y-%m-%d-%H-%M"));
    let Live { region, account, .. } = live;
    Xml::new()
        .text("DBClusterSnapshotIdentifier", &name)
        .text("DBClusterIdentifier", live.id())
        .time("SnapshotCreateTime", at)
        .maybe("Engine", live.text("Engine"))
        .maybe("EngineVersion", live.text("EngineVersion"))
        .text("Status", "available")
        .text("Port", live.whole("Port", 5432))
        .text("SnapshotType", "automated")
        .text("PercentProgress", 100)
        .text("StorageEncrypted", live.flag("StorageEncrypted", false))
        .text("DBClusterSnapshotArn", format!("arn:aws:rds:{region}:{account}:cluster-snapshot:{name}"))
}
