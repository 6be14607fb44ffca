//! `CloudWatch` without its alarms: metrics and dashboards.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{
    metric_data::{Query, Statistic, evaluate},
    published::{Metric, metrics},
    request::{Refusal, Request},
    session::{Answer, Session},
    xml::Xml,
};

const METRICS_PER_PAGE: usize = 500;
const MOST_QUERIES: usize = 500;

pub(super) fn published(session: &mut Session<'_>) -> Vec<Metric> {
    let inventory = session.inventory();
    metrics(&inventory, &session.place().outside)
}

pub(super) fn list(session: &mut Session<'_>) -> Result<Answer, Refusal> {
    let request = session.request;
    let wanted = dimensions(request, "Dimensions.member");
    let all = published(session);
    let fitting: Vec<&Metric> = all
        .iter()
        .filter(|metric| {
            request.argument("Namespace").is_none_or(|namespace| metric.namespace == namespace)
                && request.argument("MetricName").is_none_or(|name| metric.name == name)
                && wanted.iter().all(|(name, value)| {
                    metric.dimensions.get(name).is_some_and(|own| value.is_empty() || own == value)
                })
        })
        .collect();
    let (page, token) = session.page(fitting, METRICS_PER_PAGE)?;
    let members = page.into_iter().map(|metric| {
        let dimensions =
            metric.dimensions.iter().map(|(name, value)| Xml::new().text("Name", name).text("Value", value));
        Xml::new().text("Namespace", &metric.namespace).text("MetricName", &metric.name).list("Dimensions", dimensions)
    });
    Ok(Answer::Result(Xml::new().list("Metrics", members).maybe("NextToken", token)))
}

fn dimensions(request: &Request, list: &str) -> BTreeMap<String, String> {
    let part = |i: u32, name: &str| request.form.get(&format!("{list}.{i}.{name}")).cloned();
    (1..).map_while(|i| Some((part(i, "Name")?, part(i, "Value").unwrap_or_default()))).collect()
}

pub(super) fn data(session: &mut Session<'_>) -> Result<Answer, Refusal> {
    let request = session.request;
    let time = |name: &str| -> Result<i64, Refusal> {
        let text = request.required(name)?;
        let invalid = || Refusal::validation(format!("The parameter {name} must be a timestamp"));
        text.parse::<Timestamp>().map(Timestamp::as_second).or_else(|_| text.parse().map_err(|_| invalid()))
    };
    let (from, to) = (time("StartTime")?, time("EndTime")?);
    if from >= to {
        let message = "The parameter StartTime must be less than the parameter EndTime";
        return Err(Refusal::validation(message));
    }
    let queries: Vec<Query> = (1..).map_while(|i| query(request, i)).collect();
    if queries.is_empty() || queries.len() > MOST_QUERIES {
        let message = format!("The collection MetricDataQueries must have 1 to {MOST_QUERIES} members");
        return Err(Refusal::validation(message));
    }
    let all = published(session);
    let values = evaluate(&all, &queries, (from, to), session.now.as_second())?;
    let is_newest_first = request.argument("ScanBy") != Some("TimestampAscending");
    let results = queries.iter().filter(|query| query.returns_data).map(|query| {
        let mut points: Vec<(i64, f64)> =
            values.get(&query.id).into_iter().flatten().map(|(at, v)| (*at, *v)).collect();
        if is_newest_first {
            points.reverse();
        }
        let name = query.statistic.as_ref().map(|statistic| statistic.name.clone());
        let label = query.label.clone().or(name).unwrap_or_else(|| query.id.clone());
        let times = points.iter().filter_map(|(at, _)| Timestamp::from_second(*at).ok());
        Xml::new()
            .text("Id", &query.id)
            .text("Label", label)
            .text("StatusCode", "Complete")
            .list("Timestamps", times.map(|at| Xml::from(at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string().as_str())))
            .list("Values", points.iter().map(|(_, value)| Xml::from(value.to_string().as_str())))
    });
    Ok(Answer::Result(Xml::new().list("MetricDataResults", results).list("Messages", [])))
}

fn query(request: &Request, i: u32) -> Option<Query> {
    let part = |name: &str| request.form.get(&format!("MetricDataQueries.member.{i}.{name}"));
    let metric = |name: &str| part(&format!("MetricStat.{name}"));
    let statistic = metric("Metric.MetricName").map(|name| Statistic {
        namespace: metric("Metric.Namespace").cloned().unwrap_or_default(),
        name: name.clone(),
        dimensions: dimensions(request, &format!("MetricDataQueries.member.{i}.MetricStat.Metric.Dimensions.member")),
        period: metric("Period").and_then(|period| period.parse().ok()).unwrap_or(60),
        aggregate: metric("Stat").cloned().unwrap_or_default(),
    });
    Some(Query {
        id: part("Id")?.clone(),
        label: part("Label").cloned(),
        statistic,
        expression: part("Expression").cloned(),
        returns_data: part("ReturnData").is_none_or(|flag| flag != "false"),
    })
}

pub(super) fn dashboard(session: &mut Session<'_>) -> Result<Answer, Refusal> {
    let name = session.request.required("DashboardName")?;
    let inventory = session.inventory();
    let missing = || Refusal::new(404, "ResourceNotFound", format!("Dashboard {name} does not exist"));
    let live = inventory.find("AWS::CloudWatch::Dashboard", name).ok_or_else(missing)?;
    Ok(Answer::Result(
        Xml::new()
            .text("DashboardArn", format!("arn:aws:cloudwatch::{}:dashboard/{name}", session.request.account))
            .text("DashboardBody", live.text("DashboardBody").unwrap_or_default())
            .text("DashboardName", name),
    ))
}
