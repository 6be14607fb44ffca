//! `ElastiCache`: replication groups.

use super::{
    inventory::Live,
    published::nodes,
    request::Refusal,
    session::{Answer, Session},
    xml::Xml,
};

const PER_PAGE: usize = 100;
const SLOTS: u32 = 16_384;

pub(super) fn describe(session: &mut Session<'_>) -> Result<Answer, Refusal> {
    let request = session.request;
    let inventory = session.inventory();
    let wanted = request.argument("ReplicationGroupId");
    let found: Vec<&Live> = inventory
        .of("AWS::ElastiCache::ReplicationGroup")
        .filter(|live| wanted.is_none_or(|id| live.id().eq_ignore_ascii_case(id)))
        .collect();
    if let (Some(id), true) = (wanted, found.is_empty()) {
        let message = format!("ReplicationGroup {id} not found.");
        return Err(Refusal::new(404, "ReplicationGroupNotFoundFault", message));
    }
    let (page, marker) = session.page_at(found, PER_PAGE, request.argument("Marker"))?;
    let members = page.into_iter().map(group);
    Ok(Answer::Result(Xml::new().items("ReplicationGroups", "ReplicationGroup", members).maybe("Marker", marker)))
}

fn group(live: &Live) -> Xml {
    let nodes = nodes(live);
    let shards = live.whole("NumNodeGroups", 1).max(1);
    let on = |flag: bool| if flag { "enabled" } else { "disabled" };
    let endpoint = |address: String| Xml::new().text("Address", address).text("Port", live.whole("Port", 6379));
    let shard = |nth: u32| {
        let (from, to) = ((nth - 1) * SLOTS / shards, nth * SLOTS / shards - 1);
        let id = format!("{nth:04}");
        let members = nodes
            .iter()
            .filter(|node| shards == 1 || node.contains(&format!("-{id}-")))
            .map(|node| Xml::new().text("CacheClusterId", node).text("CacheNodeId", "0001"));
        Xml::new().text("NodeGroupId", &id).text("Status", "available").text("Slots", format!("{from}-{to}")).items(
            "NodeGroupMembers",
            "NodeGroupMember",
            members,
        )
    };
    let mut xml = Xml::new()
        .text("ReplicationGroupId", live.id())
        .maybe("Description", live.text("ReplicationGroupDescription"))
        .text("Status", "available")
        .text("ARN", format!("arn:aws:elasticache:{}:{}:replicationgroup:{}", live.region, live.account, live.id()))
        .items("MemberClusters", "ClusterId", nodes.iter().map(|node| Xml::from(node.as_str())))
        .items("NodeGroups", "NodeGroup", (1..=shards).map(shard))
        .text("AutomaticFailover", on(live.flag("AutomaticFailoverEnabled", false)))
        .text("MultiAZ", on(live.flag("MultiAZEnabled", false)))
        .text("SnapshotRetentionLimit", live.whole("SnapshotRetentionLimit", 0))
        .maybe("SnapshotWindow", live.text("SnapshotWindow"))
        .text("ClusterEnabled", shards > 1)
        .text("ClusterMode", on(shards > 1))
        .maybe("CacheNodeType", live.text("CacheNodeType"))
        .text("AuthTokenEnabled", live.get("AuthToken").is_some())
        .text("TransitEncryptionEnabled", live.flag("TransitEncryptionEnabled", false))
        .text("AtRestEncryptionEnabled", live.flag("AtRestEncryptionEnabled", false))
        .maybe("Engine", live.text("Engine"));
    if shards > 1 {
        let address = live.attribute("ConfigurationEndPoint.Address");
        xml = xml.group("ConfigurationEndpoint", &endpoint(address));
    }
    xml
}
