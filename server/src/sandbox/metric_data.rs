//! Statistics of metrics over periods, and expressions over them: what `GetMetricData` returns and alarms look at.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    expression::{self, Points},
    inventory::number,
    published::Metric,
    request::Refusal,
};

/// One metric with its statistic.
#[derive(Clone, Debug, Default)]
pub(super) struct Statistic {
    pub(super) namespace: String,
    pub(super) name: String,
    pub(super) dimensions: BTreeMap<String, String>,
    pub(super) period: i64,
    /// `Sum`, `Average`, `p99` and so on.
    pub(super) aggregate: String,
}

/// One line of a `GetMetricData` request or of an alarm on several metrics.
#[derive(Clone, Debug, Default)]
pub(super) struct Query {
    pub(super) id: String,
    pub(super) label: Option<String>,
    pub(super) statistic: Option<Statistic>,
    pub(super) expression: Option<String>,
    pub(super) returns_data: bool,
}

/// Values of every query by its id, for periods that begin from `from` up to `to`, in seconds.
pub(super) fn evaluate(
    metrics: &[Metric],
    queries: &[Query],
    (from, to): (i64, i64),
    now: i64,
) -> Result<BTreeMap<String, Points>, Refusal> {
    let mut known = BTreeMap::new();
    for query in queries {
        if let Some(statistic) = &query.statistic {
            known.insert(query.id.clone(), points(metrics, statistic, (from, to), now)?);
        }
    }
    // Expressions may name each other, in any order.
    let mut waiting: Vec<&Query> = queries.iter().filter(|query| query.expression.is_some()).collect();
    while !waiting.is_empty() {
        let before = waiting.len();
        waiting.retain(|query| {
            let text = query.expression.as_deref().unwrap_or_default();
            let Some(points) = expression::evaluate(text, &known) else { return true };
            known.insert(query.id.clone(), points);
            false
        });
        if waiting.len() == before {
            let text = waiting.first().and_then(|query| query.expression.as_deref()).unwrap_or_default();
            return Err(Refusal::validation(format!(
                "Error in expression '{text}': the sandbox does not understand it"
            )));
        }
    }
    Ok(known)
}

pub(super) fn points(
    metrics: &[Metric],
    wanted: &Statistic,
    (from, to): (i64, i64),
    now: i64,
) -> Result<Points, Refusal> {
    let aggregate = Aggregate::read(&wanted.aggregate).ok_or_else(|| {
        Refusal::validation(format!("The value {} for parameter Stat is not supported.", wanted.aggregate))
    })?;
    let found = metrics.iter().find(|metric| {
        metric.namespace == wanted.namespace && metric.name == wanted.name && metric.dimensions == wanted.dimensions
    });
    let period = wanted.period.max(60);
    let mut points = Points::new();
    let Some(metric) = found else { return Ok(points) };
    let since = metric.since.map_or(i64::MIN, jiff::Timestamp::as_second);
    let mut at = from.div_euclid(period) * period;
    while at < to.min(now) {
        let minutes = (at / 60..(at + period) / 60).filter(|minute| minute * 60 >= since && (minute + 1) * 60 <= now);
        let values: Vec<f64> = minutes.map(|minute| metric.series.at(metric.key, minute)).collect();
        if let Some(value) = aggregate.of(&values, metric) {
            points.insert(at, value);
        }
        at += period;
    }
    Ok(points)
}

#[derive(Clone, Copy)]
enum Aggregate {
    Sum,
    Average,
    Minimum,
    Maximum,
    SampleCount,
    Percentile(f64),
}

impl Aggregate {
    fn read(text: &str) -> Option<Self> {
        Some(match text {
            "Sum" => Self::Sum,
            "Average" => Self::Average,
            "Minimum" => Self::Minimum,
            "Maximum" => Self::Maximum,
            "SampleCount" => Self::SampleCount,
            _ => Self::Percentile(text.strip_prefix('p')?.parse().ok().filter(|p| (0.0..=100.0).contains(p))?),
        })
    }

    fn of(self, values: &[f64], metric: &Metric) -> Option<f64> {
        let count = f64::from(u32::try_from(values.len()).ok().filter(|count| *count > 0)?);
        let sum: f64 = values.iter().sum();
        Some(match self {
            Self::Sum => sum,
            Self::Average => sum / count,
            Self::SampleCount => count,
            Self::Percentile(percent) => metric.series.percentile(sum / count, percent),
            Self::Minimum => values.iter().copied().fold(f64::INFINITY, f64::min),
            Self::Maximum => metric.series.percentile(values.iter().copied().fold(0.0, f64::max), 100.0),
        })
    }
}

/// An alarm's or a dashboard's metric as a template writes it.
pub(super) fn statistic(namespace: &Value, metric: &Value, period: &Value, aggregate: &str) -> Statistic {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let dimensions = metric.get("Dimensions").and_then(Value::as_array).into_iter().flatten();
    Statistic {
        namespace: text(namespace),
        name: metric.get("MetricName").map(text).unwrap_or_default(),
        dimensions: dimensions
            .filter_map(|one| Some((one.get("Name")?.as_str()?.to_owned(), one.get("Value")?.as_str()?.to_owned())))
            .collect(),
        period: whole(period).unwrap_or(300),
        aggregate: aggregate.to_owned(),
    }
}

pub(super) fn whole(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok()).or_else(|| {
        let text = format!("{:.0}", number(value)?);
        text.parse().ok()
    })
}
