//! The rules of checks that ask AWS.

use super::{assertions, output_reference, stack_reference, text};
use crate::blueprint::{
    document::{
        AlarmSection, CheckKindSection as K, CheckSection, CostSection, DashboardSection, Document, LogErrorsSection,
        MetricSection, SavedQuerySection, SecretSection, SelectSection, TopicSection,
    },
    error::{Findings, Path, closest},
    rules::names::problem_of_region,
};

const STATISTICS: [&str; 5] = ["Average", "Sum", "Minimum", "Maximum", "SampleCount"];

pub fn check(check: &CheckSection, document: &Document, path: &Path, findings: &mut Findings) {
    match &check.kind {
        K::StackStatus { .. } | K::StackOutput { .. } | K::Http(_) | K::Budget(_) => {}
        K::Resource(section) => {
            select(&section.select, document, path, findings);
            let s = &section.select;
            if s.logical_id.is_none() && s.resource_type.is_none() && s.output.is_none() {
                let message = "say which resources: logical_id, type or output";
                findings.report(path, message, None);
            }
            assertions(&section.properties, &path.key("properties"), findings);
        }
        K::ResourceCount(section) => {
            select(&section.select, document, path, findings);
            range(section.min, section.max, "min", path, findings);
            if section.min.is_none() && section.max.is_none() {
                findings.report(path, "a count needs min or max, or it would pass whatever is there", None);
            }
        }
        K::Secret(section) => secret(section, check, document, path, findings),
        K::Metric(section) => metric(section, check, document, path, findings),
        K::Alarm(AlarmSection { select: chosen, .. })
        | K::Dashboard(DashboardSection { select: chosen, .. })
        | K::Topic(TopicSection { select: chosen, .. })
        | K::LogErrors(LogErrorsSection { select: chosen, .. })
        | K::SavedQuery(SavedQuerySection { select: chosen, .. }) => select(chosen, document, path, findings),
        K::LogRetention(section) => {
            select(&section.select, document, path, findings);
            range(section.min_days, section.max_days, "min_days", path, findings);
            if section.min_days.is_none() && section.max_days.is_none() {
                findings.report(path, "needs min_days or max_days, or it would pass whatever is there", None);
            }
        }
        K::Database(section)
        | K::Cache(section)
        | K::Distribution(section)
        | K::WebAcl(section)
        | K::FlowLog(section) => {
            select(&section.select, document, path, findings);
            assertions(&section.properties, &path.key("properties"), findings);
        }
        K::Trail(section) | K::Detector(section) => {
            assertions(&section.properties, &path.key("properties"), findings);
        }
        K::Backup(section) => {
            select(&section.select, document, path, findings);
            let asks = [section.min_retention_days, section.restorable_within_minutes, section.snapshot_within_hours];
            if asks.iter().all(Option::is_none) {
                let message = "say what a backup must be: min_retention_days, restorable_within_minutes or \
                               snapshot_within_hours";
                findings.report(path, message, None);
            }
        }
        K::Drift { stack, .. } => {
            stack_reference(stack, document, &path.key("stack"), findings);
        }
        K::Cost(section) => cost(section, path, findings),
    }
}

fn select(section: &SelectSection, document: &Document, path: &Path, findings: &mut Findings) {
    let is_known = stack_reference(&section.stack, document, &path.key("stack"), findings);
    if let Some(output) = section.output.as_ref().filter(|_| is_known) {
        output_reference(&section.stack, output, document, &path.key("output"), findings);
    }
    if let Some(id) = &section.logical_id {
        let bare = id.strip_suffix('*').unwrap_or(id);
        if bare.is_empty() || !bare.bytes().all(|b| b.is_ascii_alphanumeric()) {
            let message = "a logical id is letters and digits, with * at its end for every id that begins so";
            findings.report(&path.key("logical_id"), message, None);
        }
    }
    if let Some(kind) = &section.resource_type {
        let is_type = kind.split("::").count() == 3
            && kind.split("::").all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric()));
        if !is_type {
            findings.report(&path.key("type"), "must be a type such as AWS::S3::Bucket", None);
        }
    }
}

fn range<T: PartialOrd>(min: Option<T>, max: Option<T>, key: &str, path: &Path, findings: &mut Findings) {
    if min.zip(max).is_some_and(|(min, max)| min > max) {
        findings.report(&path.key(key), "is more than the maximum", None);
    }
}

fn secret(section: &SecretSection, check: &CheckSection, document: &Document, path: &Path, findings: &mut Findings) {
    select(&section.select, document, path, findings);
    for (field, prefix) in &section.starts_with {
        text(prefix, check, document, &path.key("starts_with").key(field), findings);
    }
}

fn metric(section: &MetricSection, check: &CheckSection, document: &Document, path: &Path, findings: &mut Findings) {
    for (name, value) in &section.dimensions {
        text(value, check, document, &path.key("dimensions").key(name), findings);
    }
    let is_percentile = section.statistic.strip_prefix('p').is_some_and(|share| {
        let digits = share.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        digits && share.parse::<f64>().is_ok_and(|share| (0.0..=100.0).contains(&share))
    });
    if !is_percentile && !STATISTICS.contains(&section.statistic.as_str()) {
        let message =
            format!("“{}” is none of {} and no percentile such as p95", section.statistic, STATISTICS.join(", "));
        let suggestion = closest(&section.statistic, STATISTICS);
        findings.report(&path.key("statistic"), message, suggestion);
    }
    if let Some((problem, suggestion)) = section.region.as_deref().and_then(problem_of_region) {
        findings.report(&path.key("region"), problem, suggestion);
    }
    range(section.min, section.max, "min", path, findings);
}

fn cost(section: &CostSection, path: &Path, findings: &mut Findings) {
    if section.tag_key.is_some() != section.tag_value.is_some() {
        let given = if section.tag_key.is_some() { "tag_key" } else { "tag_value" };
        findings.report(&path.key(given), "a tag has a key and a value: give both", None);
    }
    range(section.min, section.max, "min", path, findings);
    if section.min.is_none() && section.max.is_none() {
        findings.report(path, "needs min or max, or it would pass whatever was spent", None);
    }
}
