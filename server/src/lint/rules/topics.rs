//! Topics that are meant for alarms and get none.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::{
    lint::{
        Model, Rule, Severity,
        finding::{Findings, Remark},
    },
    templates::{ResourceRef, Templates},
};

pub const WITHOUT_ALARM: Rule = Rule {
    id: "LK100-topic-without-alarm",
    severity: Severity::Warning,
    summary: "A topic that is named after alarms is the action of one.",
    why: "Whoever subscribes to it waits for messages that never come.",
    advice: "Make it the action of the alarms it is meant for, or take it out.",
    source: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-actions.html",
};

pub fn check(model: &Model<'_>, findings: &mut Findings<'_>) {
    for environment in &model.environments {
        let templates = &environment.templates;
        let told = told(templates);
        for (at, topic) in templates.of_kind("AWS::SNS::Topic") {
            let names = [Some(topic.id.clone()), templates.name(at), templates.property_text(at, "/DisplayName")];
            let is_meant = names.iter().flatten().any(|name| {
                let name = name.to_lowercase();
                name.contains("alarm") || name.contains("alert")
            });
            if is_meant && !told.contains(&at) {
                let what = format!("Topic {} is named after alarms, and no alarm has it as an action.", topic.id);
                findings.add(Remark::of_resource(&WITHOUT_ALARM, environment, at, what));
            }
        }
    }
}

/// Topics something publishes to: alarms, rules, budgets, whatever refers to them without only listening.
fn told(templates: &Templates) -> BTreeSet<ResourceRef> {
    const LISTENERS: [&str; 5] = [
        "AWS::SNS::Subscription",
        "AWS::SNS::TopicPolicy",
        "AWS::IAM::Policy",
        "AWS::IAM::ManagedPolicy",
        "AWS::Lambda::Permission",
    ];
    let mut found = BTreeSet::new();
    for (at, resource) in templates.resources() {
        if LISTENERS.contains(&resource.kind.as_str()) || resource.kind.starts_with("AWS::CloudWatch::Dashboard") {
            continue;
        }
        found.extend(templates.references(at.stack, &resource.properties));
        // A name written out, as an ARN.
        let actions = ["AlarmActions", "OKActions", "InsufficientDataActions"];
        for action in
            actions.iter().filter_map(|key| resource.properties.get(*key)).filter_map(Value::as_array).flatten()
        {
            let Some(arn) = templates.literal(at.stack, action) else { continue };
            let name = arn.rsplit(':').next().unwrap_or_default();
            let named = templates.of_kind("AWS::SNS::Topic").map(|(topic, _)| topic);
            found.extend(named.filter(|topic| templates.name(*topic).is_some_and(|n| n == name)));
        }
    }
    found
}
