//! Alarms and the metrics that alarms and dashboards look at.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::{
    lint::{
        EnvironmentModel, Model, Rule, Severity,
        finding::{Findings, Remark},
        metrics::{self, Dimension, MetricUse},
        published_metrics::{PUBLISHED, Published, is_of_engine},
        roles,
    },
    templates::{ResourceRef, Templates},
};

pub const NO_ACTION: Rule = Rule {
    id: "LK020-alarm-without-action",
    severity: Severity::Warning,
    summary: "Every alarm does something when it goes off.",
    why: "Nobody is told.",
    advice: "Give it a topic, or make it part of a composite alarm that has one.",
    source: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-actions.html",
};

pub const ACTIONS_DISABLED: Rule = Rule {
    id: "LK021-alarm-actions-disabled",
    severity: Severity::Warning,
    summary: "No alarm has its actions switched off.",
    why: "It changes its state and nobody is told.",
    advice: "Set `ActionsEnabled` to true, or take the line out.",
    source: "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudwatch-alarm.html",
};

pub const METRIC_NOT_PUBLISHED: Rule = Rule {
    id: "LK022-metric-not-published",
    severity: Severity::Error,
    summary: "Alarms and dashboards look at metrics AWS publishes for the kind of resource.",
    why: "There is never any data, and an alarm that treats missing data as good is green for ever.",
    advice: "Use the name AWS publishes.",
    source: "server/src/lint/published_metrics.rs, with the page of each service",
};

pub const DIMENSION_NOT_PUBLISHED: Rule = Rule {
    id: "LK023-dimension-not-published",
    severity: Severity::Error,
    summary: "Alarms and dashboards use a set of dimensions AWS publishes the metric with.",
    why: "A metric with other dimensions is another metric, and that one has no data.",
    advice: "Use one of the sets AWS publishes.",
    source: "server/src/lint/published_metrics.rs, with the page of each service",
};

pub const NOT_EMITTED: Rule = Rule {
    id: "LK024-custom-metric-not-emitted",
    severity: Severity::Warning,
    summary: "Metrics of an own namespace are put there by something in the templates.",
    why: "Without a metric filter, `cloudwatch:PutMetricData` or the embedded metric format there is never any data.",
    advice: "Emit the metric, or ignore this when code outside the templates does.",
    source: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/publishingMetrics.html",
};

pub const DIMENSION_VALUE: Rule = Rule {
    id: "LK025-dimension-value-unknown",
    severity: Severity::Warning,
    summary: "A dimension names a resource the templates have.",
    why: "A metric of a resource that is not there has no data.",
    advice: "Refer to the resource instead of writing its name.",
    source: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html#Dimension",
};

pub const NO_ALARMS: Rule = Rule {
    id: "LK026-no-alarms",
    severity: Severity::Warning,
    summary: "An environment with something that runs has at least one alarm.",
    why: "Monitoring would exist on paper only.",
    advice: "Add alarms to the templates.",
    source: "https://docs.aws.amazon.com/wellarchitected/latest/operational-excellence-pillar/ops_observability_create_alerts.html",
};

const ALARMS: [&str; 2] = ["AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm"];

pub fn check(model: &Model<'_>, findings: &mut Findings<'_>) {
    for environment in &model.environments {
        for kind in ALARMS {
            for (at, _) in environment.templates.of_kind(kind) {
                actions(environment, at, findings);
            }
        }
        for metric in metrics::uses(&environment.templates) {
            published(environment, &metric, findings);
            emitted(environment, &metric, findings);
            values(environment, &metric, findings);
        }
        presence(environment, findings);
    }
}

fn presence(environment: &EnvironmentModel, findings: &mut Findings<'_>) {
    const RUNNING: [&str; 9] = [
        "AWS::ApiGateway::RestApi",
        "AWS::ApiGatewayV2::Api",
        "AWS::AutoScaling::AutoScalingGroup",
        "AWS::EC2::Instance",
        "AWS::ECS::Service",
        "AWS::Lambda::Function",
        "AWS::RDS::DBCluster",
        "AWS::RDS::DBInstance",
        "AWS::StepFunctions::StateMachine",
    ];
    let kinds = || environment.templates.resources().map(|(_, r)| r.kind.as_str());
    if kinds().any(|kind| RUNNING.contains(&kind)) && !kinds().any(|kind| ALARMS.contains(&kind)) {
        let what = "The templates have no alarm at all.";
        findings.add(Remark::new(&NO_ALARMS, environment.name.as_str(), what).within(environment));
    }
}

/// What names an alarm without listening to it.
const READERS: [&str; 4] =
    ["AWS::CloudWatch::Dashboard", "AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::IAM::Role"];

fn actions(environment: &EnvironmentModel, at: ResourceRef, findings: &mut Findings<'_>) {
    let templates = &environment.templates;
    let alarm = templates.get(at);
    // Deployments that watch it, scaling, composite alarms: something listens without being an action.
    let is_listened_to = || {
        let by_reference =
            templates.users(at).into_iter().any(|user| !READERS.contains(&templates.get(user).kind.as_str()));
        let name = templates.name(at);
        let by_name = name.is_some_and(|name| {
            templates.of_kind("AWS::CloudWatch::CompositeAlarm").filter(|(composite, _)| *composite != at).any(
                |(composite, _)| {
                    templates.property_text(composite, "/AlarmRule").is_some_and(|rule| rule.contains(&name))
                },
            )
        });
        by_reference || by_name
    };
    let given = alarm.properties.get("AlarmActions").and_then(Value::as_array);
    let has_action = given.into_iter().flatten().any(|action| {
        let text = templates.literal(at.stack, action);
        text.is_none_or(|text| !text.is_empty())
    });
    if !has_action && !is_listened_to() {
        let what = format!("Alarm {} has no action.", alarm.id);
        findings.add(Remark::of_resource(&NO_ACTION, environment, at, what));
    }
    if templates.property_text(at, "/ActionsEnabled").is_some_and(|text| text == "false") {
        let what = format!("Alarm {} has its actions switched off.", alarm.id);
        findings.add(Remark::of_resource(&ACTIONS_DISABLED, environment, at, what));
    }
}

/// The entries that could be meant: those of the resource where one is named, else of the namespace.
fn candidates(templates: &Templates, metric: &MetricUse) -> Vec<&'static Published> {
    let of_namespace: Vec<&Published> = PUBLISHED.iter().filter(|p| p.namespace == metric.namespace).collect();
    let resources = metric.resources();
    let of_resource = |entry: &&Published| {
        resources.iter().any(|at| {
            let resource = templates.get(*at);
            entry.kinds.contains(&resource.kind.as_str()) && is_protocol(templates, *at, entry)
        })
    };
    let narrowed: Vec<&Published> = of_namespace.iter().copied().filter(of_resource).collect();
    if narrowed.is_empty() { of_namespace } else { narrowed }
}

/// HTTP and WebSocket APIs are one resource type.
fn is_protocol(templates: &Templates, at: ResourceRef, entry: &Published) -> bool {
    match (templates.property_text(at, "/ProtocolType").as_deref(), entry.what) {
        (Some("HTTP"), what) => what == "an HTTP API",
        (Some("WEBSOCKET"), what) => what == "a WebSocket API",
        _ => true,
    }
}

fn owner(environment: &EnvironmentModel, metric: &MetricUse) -> String {
    let kind = if metric.is_alarm { "Alarm" } else { "Dashboard" };
    format!("{kind} {}", environment.templates.get(metric.owner).id)
}

/// A dashboard on nothing is a nuisance, an alarm on nothing is a danger.
fn severity(metric: &MetricUse) -> Severity {
    if metric.is_alarm { Severity::Error } else { Severity::Warning }
}

fn published(environment: &EnvironmentModel, metric: &MetricUse, findings: &mut Findings<'_>) {
    let templates = &environment.templates;
    let candidates = candidates(templates, metric);
    if candidates.is_empty() {
        return;
    }
    let name = metric.metric.as_str();
    let owner = owner(environment, metric);
    let having: Vec<&Published> = candidates.iter().copied().filter(|p| p.has(name)).collect();
    if having.is_empty() {
        let meant = candidates.first().map_or("", |p| p.what);
        let elsewhere = PUBLISHED.iter().find(|p| p.namespace == metric.namespace && p.has(name));
        let other = elsewhere.map_or_else(
            || format!("{} has no metric {name}", metric.namespace),
            |p| format!("{name} is a metric of {}, not of {meant}", p.what),
        );
        let names = candidates.iter().flat_map(|p| p.metrics.iter().copied());
        let likely = likely(name, names);
        let page = candidates.first().map_or("", |p| p.source);
        let what =
            format!("{owner} looks at {} {name}, which has no data: {other}{likely} ({page}).", metric.namespace);
        findings.add(
            Remark::of_resource(&METRIC_NOT_PUBLISHED, environment, metric.owner, what).severity(severity(metric)),
        );
        return;
    }
    if let Some(engine) = engine(templates, metric).filter(|engine| !is_of_engine(name, engine)) {
        let what =
            format!("{owner} looks at {} {name}, which databases of engine {engine} do not publish.", metric.namespace);
        findings.add(
            Remark::of_resource(&METRIC_NOT_PUBLISHED, environment, metric.owner, what).severity(severity(metric)),
        );
        return;
    }
    let names = metric.dimension_names();
    let page = having.first().map_or("", |p| p.source);
    if !having.iter().any(|p| p.accepts(name, &names)) {
        let sets = having.iter().flat_map(|p| p.dimensions_of(name)).map(|set| match set {
            [] => "none".to_owned(),
            set => set.join(" + "),
        });
        let sets: Vec<String> = sets.collect();
        let given = if names.is_empty() { "no dimension".to_owned() } else { names.join(" + ") };
        let what = format!(
            "{owner} looks at {} {name} with {given}; AWS publishes it with {} ({page}).",
            metric.namespace,
            sets.join(", or ")
        );
        findings.add(
            Remark::of_resource(&DIMENSION_NOT_PUBLISHED, environment, metric.owner, what).severity(severity(metric)),
        );
    }
}

/// The published name that was probably meant: `5xx` for `5XXError`.
fn likely<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> String {
    let lower = name.to_lowercase();
    let all: BTreeSet<&str> = names.collect();
    let similar = all.iter().find(|candidate| {
        let candidate = candidate.to_lowercase();
        lower.starts_with(&candidate) || candidate.starts_with(&lower)
    });
    let found = similar.copied().map(str::to_owned).or_else(|| crate::blueprint::closest(name, all.iter().copied()));
    found.map(|found| format!("; {found} is")).unwrap_or_default()
}

const DATABASES: [&str; 2] = ["AWS::RDS::DBCluster", "AWS::RDS::DBInstance"];

/// The engine of the database a metric is of, where there is exactly one to choose.
fn engine(templates: &Templates, metric: &MetricUse) -> Option<String> {
    if metric.namespace != "AWS/RDS" {
        return None;
    }
    let named: Vec<ResourceRef> = metric.resources().into_iter().collect();
    let all: Vec<ResourceRef> = if named.is_empty() && metric.dimensions.is_empty() {
        DATABASES.iter().flat_map(|kind| templates.of_kind(kind)).map(|(at, _)| at).collect()
    } else {
        named
    };
    let engines: BTreeSet<String> = all
        .into_iter()
        .filter(|at| DATABASES.contains(&templates.get(*at).kind.as_str()))
        .filter_map(|at| templates.property_text(at, "/Engine"))
        .collect();
    let mut engines = engines.into_iter();
    engines.next().filter(|_| engines.next().is_none())
}

/// Namespaces that agents and services of AWS fill, beside those that begin with `AWS/`.
const FOREIGN: [&str; 12] = [
    "CWAgent",
    "CloudWatchSynthetics",
    "ContainerInsights",
    "ECS/ContainerInsights",
    "ECS/ManagedScaling",
    "Glue",
    "LambdaInsights",
    "System/Linux",
    "System/Windows",
    "WAF",
    "CodeBuild",
    "ApplicationSignals",
];

fn emitted(environment: &EnvironmentModel, metric: &MetricUse, findings: &mut Findings<'_>) {
    let namespace = metric.namespace.as_str();
    if namespace.starts_with("AWS/") || namespace.starts_with("/aws/") || FOREIGN.contains(&namespace) {
        return;
    }
    let templates = &environment.templates;
    let by_filter = templates.of_kind("AWS::Logs::MetricFilter").any(|(at, filter)| {
        let made = filter.properties.get("MetricTransformations").and_then(Value::as_array);
        made.into_iter().flatten().any(|made| {
            let text = |key: &str| templates.literal(at.stack, made.get(key)?);
            text("MetricNamespace").is_some_and(|n| n == namespace)
                && text("MetricName").is_none_or(|n| n == metric.metric)
        })
    });
    let by_function = || {
        templates.of_kind("AWS::Lambda::Function").any(|(at, function)| {
            let variables = function.properties.pointer("/Environment/Variables").and_then(Value::as_object);
            let embedded = variables.into_iter().flatten().any(|(key, value)| {
                matches!(key.as_str(), "POWERTOOLS_METRICS_NAMESPACE" | "AWS_EMF_NAMESPACE")
                    && templates.literal(at.stack, value).is_none_or(|found| found == namespace)
            });
            embedded || roles::function_may_put_metrics(templates, at, namespace)
        })
    };
    if !by_filter && !by_function() {
        let owner = owner(environment, metric);
        let what = format!("{owner} looks at {namespace} {}, and nothing in the templates emits it.", metric.metric);
        findings.add(Remark::of_resource(&NOT_EMITTED, environment, metric.owner, what));
    }
}

/// The types a dimension's value names.
fn named_kinds(dimension: &str) -> &'static [&'static str] {
    match dimension {
        "FunctionName" => &["AWS::Lambda::Function", "AWS::CloudFront::Function"],
        "DBClusterIdentifier" => &["AWS::RDS::DBCluster"],
        "DBInstanceIdentifier" => &["AWS::RDS::DBInstance"],
        "ProxyName" => &["AWS::RDS::DBProxy"],
        "ReplicationGroupId" => &["AWS::ElastiCache::ReplicationGroup"],
        "TableName" => &["AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable"],
        "QueueName" => &["AWS::SQS::Queue"],
        "TopicName" => &["AWS::SNS::Topic"],
        "BucketName" => &["AWS::S3::Bucket"],
        "ApiName" => &["AWS::ApiGateway::RestApi"],
        _ => &[],
    }
}

fn values(environment: &EnvironmentModel, metric: &MetricUse, findings: &mut Findings<'_>) {
    let templates = &environment.templates;
    let owner = owner(environment, metric);
    for dimension in metric.dimensions.iter().filter(|d| d.resources.is_empty()) {
        let Some(value) = dimension.literal.as_deref().filter(|v| !super::dashboards::is_placeholder(v)) else {
            continue;
        };
        if is_other_environment(environment, dimension, value) {
            let what = format!(
                "{owner} looks at {} {} where {} is {value}; the environment is called {}.",
                metric.namespace, metric.metric, dimension.name, environment.name
            )
            .replace(&environment.name, "{environment}");
            findings.add(Remark::of_resource(&DIMENSION_VALUE, environment, metric.owner, what));
            continue;
        }
        let kinds = named_kinds(&dimension.name);
        if kinds.is_empty() || !metric.namespace.starts_with("AWS/") {
            continue;
        }
        let all: Vec<ResourceRef> = kinds.iter().flat_map(|kind| templates.of_kind(kind)).map(|(at, _)| at).collect();
        let names: Vec<Option<String>> = all.iter().map(|at| named(templates, *at)).collect();
        // Where any of them gets its name from CloudFormation or from elsewhere, the value may be right.
        let is_known = names.iter().flatten().any(|name| name.eq_ignore_ascii_case(value));
        if !is_known {
            let generated = if names.iter().any(Option::is_none) && !names.is_empty() {
                "; those that are there get their names from CloudFormation"
            } else {
                ""
            };
            let what = format!(
                "{owner} looks at {} {} of {} {value}, which no template has{generated}.",
                metric.namespace, metric.metric, dimension.name
            )
            .replace(&environment.name, "{environment}");
            findings.add(Remark::of_resource(&DIMENSION_VALUE, environment, metric.owner, what));
        }
    }
}

fn named(templates: &Templates, at: ResourceRef) -> Option<String> {
    templates.name(at).or_else(|| templates.property_text(at, "/Name"))
}

/// Own metrics that are told apart by environment, looked at under a name that is none.
fn is_other_environment(environment: &EnvironmentModel, dimension: &Dimension, value: &str) -> bool {
    let is_own = dimension.name.eq_ignore_ascii_case("environment") || dimension.name.eq_ignore_ascii_case("stage");
    is_own && value != environment.name && value.contains(&environment.name)
}
