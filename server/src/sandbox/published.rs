//! Which metrics AWS publishes for which resources, under which dimension: what an alarm can ever see. The values are
//! those of a healthy application; [`super::outside::MetricSeed`] says otherwise where something else is wanted.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{
    inventory::{Inventory, Live},
    outside::{Outside, fits},
    series::{Series, key},
};

/// One metric of one thing.
#[derive(Clone, Debug)]
pub(super) struct Metric {
    pub(super) namespace: String,
    pub(super) name: String,
    pub(super) dimensions: BTreeMap<String, String>,
    pub(super) series: Series,
    /// There is nothing before.
    pub(super) since: Option<Timestamp>,
    pub(super) key: u64,
}

type Row = (&'static str, Series);

const fn often(base: f64, daily: f64) -> Series {
    Series::daily(base, daily, base / 8.0)
}

const fn slow(base: f64) -> Series {
    Series::daily(base, base / 6.0, base / 12.0).spread(2.0)
}

const fn now_and_then(one_in: u32) -> Series {
    Series { base: 1.0, daily: 0.0, jitter: 0.0, one_in: Some(one_in), spread: 0.0 }
}

const NEVER: Series = Series::steady(0.0);

const FUNCTION: [Row; 6] = [
    ("Invocations", often(40.0, 25.0)),
    ("Errors", now_and_then(720)),
    ("Throttles", NEVER),
    ("Duration", slow(90.0)),
    ("ConcurrentExecutions", often(4.0, 2.0)),
    ("PostRuntimeExtensionsDuration", slow(1.0)),
];
const HTTP_API: [Row; 6] = [
    ("Count", often(600.0, 380.0)),
    ("4xx", often(2.0, 1.2)),
    ("5xx", now_and_then(240)),
    ("Latency", slow(110.0)),
    ("IntegrationLatency", slow(95.0)),
    ("DataProcessed", often(900_000.0, 500_000.0)),
];
const REST_API: [Row; 5] = [
    ("Count", often(600.0, 380.0)),
    ("4XXError", often(2.0, 1.2)),
    ("5XXError", now_and_then(240)),
    ("Latency", slow(110.0)),
    ("IntegrationLatency", slow(95.0)),
];
const CLUSTER: [Row; 9] = [
    ("CPUUtilization", often(24.0, 12.0)),
    ("DatabaseConnections", often(18.0, 7.0)),
    ("ServerlessDatabaseCapacity", often(3.0, 1.0)),
    ("ACUUtilization", often(19.0, 8.0)),
    ("ReadLatency", slow(0.0012)),
    ("WriteLatency", slow(0.0021)),
    ("CommitLatency", slow(3.1)),
    ("Deadlocks", NEVER),
    ("VolumeBytesUsed", Series::steady(9_400_000_000.0)),
];
const CACHE_NODE: [Row; 10] = [
    ("CPUUtilization", often(6.0, 3.0)),
    ("EngineCPUUtilization", often(8.0, 4.0)),
    ("DatabaseMemoryUsagePercentage", often(31.0, 4.0)),
    ("Evictions", NEVER),
    ("CacheHits", often(5200.0, 3000.0)),
    ("CacheMisses", often(480.0, 250.0)),
    ("CacheHitRate", often(91.5, 2.0)),
    ("CurrConnections", often(60.0, 20.0)),
    ("NetworkBytesIn", often(1_800_000.0, 900_000.0)),
    ("NetworkBytesOut", often(7_200_000.0, 3_600_000.0)),
];
const MACHINE: [Row; 4] = [
    ("ExecutionsStarted", often(1.2, 0.8)),
    ("ExecutionsSucceeded", often(1.2, 0.8)),
    ("ExecutionsFailed", now_and_then(960)),
    ("ExecutionTime", slow(94_000.0)),
];
const DISTRIBUTION: [Row; 6] = [
    ("Requests", often(2100.0, 1400.0)),
    ("BytesDownloaded", often(64_000_000.0, 40_000_000.0)),
    ("4xxErrorRate", often(0.3, 0.1)),
    ("5xxErrorRate", often(0.02, 0.0)),
    ("TotalErrorRate", often(0.32, 0.1)),
    ("CacheHitRate", often(93.0, 2.0)),
];
const WEB_ACL: [Row; 3] = [
    ("AllowedRequests", often(2050.0, 1380.0)),
    ("BlockedRequests", often(6.0, 3.0)),
    ("CaptchaRequests", now_and_then(20)),
];
const QUEUE: [Row; 2] = [("ApproximateNumberOfMessagesVisible", NEVER), ("ApproximateAgeOfOldestMessage", NEVER)];

/// Everything that is published here now.
pub(super) fn metrics(inventory: &Inventory, outside: &Outside) -> Vec<Metric> {
    let mut all = Vec::new();
    for live in inventory.of("AWS::Lambda::Function") {
        publish(&mut all, live, "AWS/Lambda", &FUNCTION, &[("FunctionName", live.id())]);
    }
    for live in inventory.of("AWS::ApiGatewayV2::Api") {
        publish(&mut all, live, "AWS/ApiGateway", &HTTP_API, &[("ApiId", live.id())]);
    }
    for live in inventory.of("AWS::ApiGateway::RestApi") {
        let name = live.text("Name").unwrap_or(live.id());
        publish(&mut all, live, "AWS/ApiGateway", &REST_API, &[("ApiName", name)]);
    }
    for live in inventory.of("AWS::RDS::DBCluster") {
        publish(&mut all, live, "AWS/RDS", &CLUSTER, &[("DBClusterIdentifier", live.id())]);
    }
    for live in inventory.of("AWS::ElastiCache::ReplicationGroup") {
        for node in nodes(live) {
            publish(&mut all, live, "AWS/ElastiCache", &CACHE_NODE, &[("CacheClusterId", &node)]);
        }
    }
    for live in inventory.of("AWS::StepFunctions::StateMachine") {
        publish(&mut all, live, "AWS/States", &MACHINE, &[("StateMachineArn", live.id())]);
    }
    for live in inventory.of("AWS::CloudFront::Distribution") {
        let dimensions = [("DistributionId", live.id()), ("Region", "Global")];
        publish(&mut all, live, "AWS/CloudFront", &DISTRIBUTION, &dimensions);
    }
    for live in inventory.of("AWS::WAFv2::WebACL") {
        let name = live.properties.pointer("/VisibilityConfig/MetricName").and_then(serde_json::Value::as_str);
        publish(&mut all, live, "AWS/WAFV2", &WEB_ACL, &[("WebACL", name.unwrap_or("WebACL")), ("Rule", "ALL")]);
    }
    for live in inventory.of("AWS::SQS::Queue") {
        let name = live.attribute("QueueName");
        publish(&mut all, live, "AWS/SQS", &QUEUE, &[("QueueName", &name)]);
    }
    for seed in &outside.metrics {
        let fitting = all.iter_mut().filter(|metric| {
            metric.namespace == seed.namespace
                && metric.name == seed.name
                && seed
                    .dimensions
                    .iter()
                    .all(|(name, value)| metric.dimensions.get(name).is_some_and(|own| fits(value, own)))
        });
        let mut is_known = false;
        for metric in fitting {
            metric.series = seed.series;
            is_known = true;
        }
        let is_custom =
            !seed.namespace.starts_with("AWS/") && seed.dimensions.values().all(|value| !value.contains('*'));
        if is_custom && !is_known {
            all.push(Metric {
                namespace: seed.namespace.clone(),
                name: seed.name.clone(),
                dimensions: seed.dimensions.clone(),
                series: seed.series,
                since: None,
                key: key(&[&seed.namespace, &seed.name]),
            });
        }
    }
    all
}

fn publish(all: &mut Vec<Metric>, live: &Live, namespace: &str, rows: &[Row], dimensions: &[(&str, &str)]) {
    all.extend(rows.iter().map(|(name, series)| Metric {
        namespace: namespace.to_owned(),
        name: (*name).to_owned(),
        dimensions: dimensions.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        series: *series,
        since: live.made_at,
        key: key(&[namespace, name, dimensions.first().map_or("", |(_, value)| *value)]),
    }));
}

/// Cache clusters of a replication group: `{group}-0001-001`, or `{group}-001` where it has one shard.
pub(super) fn nodes(group: &Live) -> Vec<String> {
    let shards = group.whole("NumNodeGroups", 1).max(1);
    let replicas = group.whole("ReplicasPerNodeGroup", group.whole("NumCacheClusters", 1).saturating_sub(1));
    let id = group.id();
    let names = (1..=shards).flat_map(|shard| {
        (1..=replicas + 1)
            .map(move |node| if shards > 1 { format!("{id}-{shard:04}-{node:03}") } else { format!("{id}-{node:03}") })
    });
    names.collect()
}
