//! Dashboards: placeholders somebody meant to fill in, and bodies that are no JSON.

use serde_json::Value;

use crate::lint::{
    Model, Rule, Severity,
    finding::{Findings, Remark, listed, texts},
    metrics::{self, Dashboard},
};

pub const PLACEHOLDER: Rule = Rule {
    id: "LK030-dashboard-placeholder",
    severity: Severity::Error,
    summary: "No dashboard or alarm shows a value that waits to be replaced.",
    why: "The graph stays empty, and looks like quiet.",
    advice: "Hand the real resource to whatever builds it.",
    source: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html",
};

pub const UNREADABLE: Rule = Rule {
    id: "LK031-dashboard-unreadable",
    severity: Severity::Error,
    summary: "The body of a dashboard is JSON.",
    why: "CloudWatch refuses the dashboard, and the stack with it.",
    advice: "Mend the body.",
    source: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html",
};

pub fn check(model: &Model<'_>, findings: &mut Findings<'_>) {
    for environment in &model.environments {
        let templates = &environment.templates;
        for metric in metrics::uses(templates) {
            let waiting = metric.dimensions.iter().filter(|d| d.literal.as_deref().is_some_and(is_placeholder));
            let kind = if metric.is_alarm { "Alarm" } else { "Dashboard" };
            for dimension in waiting {
                let what = format!(
                    "{kind} {} looks at {} of {} “{}”, which is not the name of anything.",
                    templates.get(metric.owner).id,
                    metric.metric,
                    dimension.name,
                    dimension.literal.as_deref().unwrap_or_default()
                );
                findings.add(Remark::of_resource(&PLACEHOLDER, environment, metric.owner, what));
            }
        }
        for (at, resource) in templates.of_kind("AWS::CloudWatch::Dashboard") {
            let Some(body) = Dashboard::read(templates, at) else {
                if resource.properties.get("DashboardBody").is_some_and(|b| templates.literal(at.stack, b).is_some()) {
                    let what = format!("The body of dashboard {} is not JSON.", resource.id);
                    findings.add(Remark::of_resource(&UNREADABLE, environment, at, what));
                }
                continue;
            };
            let empty: Vec<&str> = body
                .widgets()
                .filter(|widget| widget.get("type").and_then(Value::as_str) == Some("text"))
                .flat_map(texts)
                .filter(|text| promises(text))
                .collect();
            if !empty.is_empty() {
                let quoted: Vec<String> = empty.iter().map(|text| format!("“{}”", first_line(text))).collect();
                let what = format!(
                    "Dashboard {} holds a text in place of a graph: {}.",
                    resource.id,
                    listed(quoted.iter().map(String::as_str))
                );
                findings.add(Remark::of_resource(&PLACEHOLDER, environment, at, what).severity(Severity::Warning));
            }
        }
    }
}

/// Values that stand where somebody meant to put a name.
pub fn is_placeholder(value: &str) -> bool {
    const WORDS: [&str; 12] = [
        "undefined",
        "null",
        "none",
        "nan",
        "todo",
        "tbd",
        "changeme",
        "placeholder",
        "[object object]",
        "unknown",
        "xxx",
        "n/a",
    ];
    let lower = value.trim().to_lowercase();
    let is_shouted = ["_not_deployed", "not_configured", "not_set", "_placeholder", "replace_me", "${token"]
        .iter()
        .any(|part| lower.contains(part));
    lower.is_empty()
        || WORDS.contains(&lower.as_str())
        || is_shouted
        || (lower.starts_with('<') && lower.ends_with('>'))
}

fn promises(text: &str) -> bool {
    let lower = text.to_lowercase();
    ["not yet deployed", "not deployed", "coming soon", "todo", "not yet available", "not configured"]
        .iter()
        .any(|words| lower.contains(words))
}

fn first_line(text: &str) -> &str {
    text.lines().map(|line| line.trim_matches(['#', ' ', '*', '_'])).find(|line| promises(line)).unwrap_or(text)
}
