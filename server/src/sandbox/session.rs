//! One request being answered, and the table of what can be asked at all.

use std::{collections::BTreeMap, sync::Arc};

use jiff::Timestamp;
use serde_json::Value;

use super::{
    SandboxOptions, alarms, caches, change_sets, cloud_control, controls, costs, databases, distributions, drift,
    firewall, functions, identity,
    inventory::{Inventories, Inventory},
    logs, metrics, objects,
    request::{Refusal, Request},
    resources, secrets, stacks,
    state::{Place, State},
    topics,
    xml::Xml,
};

pub(super) struct Session<'a> {
    pub(super) state: &'a mut State,
    pub(super) request: &'a Request,
    pub(super) options: &'a SandboxOptions,
    pub(super) now: Timestamp,
    pub(super) inventories: &'a Inventories,
}

pub(super) enum Answer {
    /// The result element of an awsQuery operation.
    Result(Xml),
    /// The document of a JSON operation.
    Document(Value),
    /// The outer element of a REST operation that answers XML.
    Element { name: &'static str, inner: Xml, etag: String },
    /// An S3 answer without a body.
    Object { etag: String, size: Option<usize>, metadata: BTreeMap<String, String> },
}

type Handler = fn(&mut Session<'_>) -> Result<Answer, Refusal>;

pub(super) struct Operation {
    pub(super) service: &'static str,
    pub(super) name: &'static str,
    /// A repeated or lost call leaves nothing behind.
    pub(super) is_read: bool,
    pub(super) handler: Handler,
}

const fn reads(service: &'static str, name: &'static str, handler: Handler) -> Operation {
    Operation { service, name, is_read: true, handler }
}

const fn writes(service: &'static str, name: &'static str, handler: Handler) -> Operation {
    Operation { service, name, is_read: false, handler }
}

/// Exactly what the adapters use. Anything else is refused by name, so that a new call cannot seem to work. Services are
/// named as in signatures.
pub(super) const OPERATIONS: [Operation; 46] = [
    reads("budgets", "DescribeBudgets", costs::budgets),
    reads("ce", "GetCostAndUsage", costs::cost_and_usage),
    reads("cloudcontrolapi", "GetResource", cloud_control::get),
    reads("cloudcontrolapi", "ListResources", cloud_control::list),
    writes("cloudformation", "CreateChangeSet", change_sets::create),
    writes("cloudformation", "DeleteChangeSet", change_sets::delete),
    writes("cloudformation", "DeleteStack", stacks::delete),
    reads("cloudformation", "DescribeChangeSet", change_sets::describe),
    reads("cloudformation", "DescribeStackDriftDetectionStatus", drift::status),
    reads("cloudformation", "DescribeStackEvents", stacks::events),
    reads("cloudformation", "DescribeStackResource", resources::describe),
    reads("cloudformation", "DescribeStackResourceDrifts", drift::resource_drifts),
    reads("cloudformation", "DescribeStackResources", resources::describe_all),
    reads("cloudformation", "DescribeStacks", stacks::describe),
    writes("cloudformation", "DetectStackDrift", drift::detect),
    writes("cloudformation", "ExecuteChangeSet", change_sets::execute),
    reads("cloudformation", "GetTemplate", stacks::template),
    reads("cloudformation", "ListExports", stacks::exports),
    reads("cloudformation", "ListStackResources", resources::list),
    reads("cloudfront", "GetDistribution", distributions::get),
    reads("cloudtrail", "DescribeTrails", controls::describe_trails),
    reads("cloudtrail", "GetTrailStatus", controls::trail_status),
    reads("ec2", "DescribeFlowLogs", controls::flow_logs),
    reads("elasticache", "DescribeReplicationGroups", caches::describe),
    reads("guardduty", "GetDetector", controls::detector),
    reads("guardduty", "ListDetectors", controls::list_detectors),
    reads("lambda", "GetFunctionConfiguration", functions::configuration),
    reads("logs", "DescribeLogGroups", logs::describe_groups),
    reads("logs", "DescribeQueryDefinitions", logs::query_definitions),
    reads("logs", "FilterLogEvents", logs::filter_events),
    reads("monitoring", "DescribeAlarms", alarms::describe),
    reads("monitoring", "GetDashboard", metrics::dashboard),
    reads("monitoring", "GetMetricData", metrics::data),
    reads("monitoring", "ListMetrics", metrics::list),
    reads("rds", "DescribeDBClusterSnapshots", databases::snapshots),
    reads("rds", "DescribeDBClusters", databases::describe),
    reads("s3", "HeadObject", objects::head),
    writes("s3", "PutObject", objects::put),
    reads("secretsmanager", "DescribeSecret", secrets::describe),
    reads("secretsmanager", "GetSecretValue", secrets::value),
    reads("sns", "GetTopicAttributes", topics::attributes),
    reads("sns", "ListSubscriptionsByTopic", topics::subscriptions_by_topic),
    reads("sts", "AssumeRole", identity::assume_role),
    reads("sts", "GetCallerIdentity", identity::caller),
    reads("wafv2", "GetLoggingConfiguration", firewall::logging),
    reads("wafv2", "GetWebACL", firewall::web_acl),
];

pub(super) fn operation(request: &Request) -> Result<&'static Operation, Refusal> {
    let found = OPERATIONS.iter().find(|known| known.service == request.service && known.name == request.operation);
    found.ok_or_else(|| {
        let Request { service, operation, .. } = request;
        Refusal::new(400, "InvalidAction", format!("The sandbox does not know {service}:{operation}."))
    })
}

impl<'a> Session<'a> {
    pub(super) fn place(&mut self) -> &mut Place {
        self.state.place(&self.request.account, &self.request.region)
    }

    pub(super) fn here(&self) -> (&'a str, &'a str) {
        (&self.request.account, &self.request.region)
    }

    /// A number no other answer of this world has had.
    pub(super) fn next(&mut self) -> u64 {
        self.state.serial += 1;
        self.state.serial
    }

    /// Values of all exports of the place.
    pub(super) fn export_values(&mut self) -> BTreeMap<String, String> {
        self.place().exports().map(|(name, value, _)| (name.to_owned(), value.to_owned())).collect()
    }

    /// What there is where the caller works.
    pub(super) fn inventory(&mut self) -> Arc<Inventory> {
        let inventories = self.inventories;
        inventories.of(self.place())
    }

    /// What there is in the caller's account, region by region.
    pub(super) fn inventories_of_account(&self) -> Vec<Arc<Inventory>> {
        let places = self.state.places.values().filter(|place| place.account == self.request.account);
        places.map(|place| self.inventories.of(place)).collect()
    }

    /// The page a request asks for and the token of the next one.
    pub(super) fn page<T>(&self, items: Vec<T>, size: usize) -> Result<(Vec<T>, Option<String>), Refusal> {
        self.page_at(items, size, self.request.argument("NextToken"))
    }

    /// The same where the token has another name. Tokens name their operation, as a token of one is refused by another.
    pub(super) fn page_at<T>(
        &self,
        items: Vec<T>,
        size: usize,
        token: Option<&str>,
    ) -> Result<(Vec<T>, Option<String>), Refusal> {
        let operation = self.request.operation.as_str();
        let from = match token {
            None => 0,
            Some(token) => token
                .split_once(':')
                .filter(|(of, _)| *of == operation)
                .and_then(|(_, from)| from.parse::<usize>().ok())
                .ok_or_else(|| Refusal::validation("Invalid NextToken"))?,
        };
        let more = items.len() > from.saturating_add(size);
        let page = items.into_iter().skip(from).take(size).collect();
        Ok((page, more.then(|| format!("{operation}:{}", from + size))))
    }
}
