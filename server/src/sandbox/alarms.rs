//! `CloudWatch` alarms: as the template has them, in the state their metrics put them in.

use serde_json::Value;

use super::{
    inventory::Live,
    metric_data::{Query, evaluate, statistic, whole},
    metrics::published,
    published::Metric,
    request::Refusal,
    session::{Answer, Session},
    xml::Xml,
};

const PER_PAGE: usize = 100;

struct State {
    value: &'static str,
    reason: String,
}

pub(super) fn describe(session: &mut Session<'_>) -> Result<Answer, Refusal> {
    let request = session.request;
    let (inventory, metrics, now) = (session.inventory(), published(session), session.now.as_second());
    let names = request.strings("AlarmNames");
    let types = request.strings("AlarmTypes");
    let mut found = Vec::new();
    for live in inventory.of("AWS::CloudWatch::Alarm") {
        let is_wanted = (names.is_empty() || names.contains(&live.id()))
            && (types.is_empty() || types.contains(&"MetricAlarm"))
            && request.argument("AlarmNamePrefix").is_none_or(|prefix| live.id().starts_with(prefix))
            && request
                .argument("ActionPrefix")
                .is_none_or(|prefix| live.texts("AlarmActions").iter().any(|action| action.starts_with(prefix)));
        if !is_wanted {
            continue;
        }
        let state = state(live, &metrics, now)?;
        if request.argument("StateValue").is_none_or(|value| value == state.value) {
            found.push(member(live, &state));
        }
    }
    let size = request.argument("MaxRecords").and_then(|size| size.parse().ok()).unwrap_or(PER_PAGE);
    let (page, token) = session.page(found, size)?;
    Ok(Answer::Result(Xml::new().list("CompositeAlarms", []).list("MetricAlarms", page).maybe("NextToken", token)))
}

/// What an alarm looks at, the line that decides last.
fn queries(live: &Live) -> Vec<Query> {
    let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
    let null = Value::Null;
    if let Some(lines) = live.get("Metrics").and_then(Value::as_array) {
        let read = |line: &Value| {
            let of = |path: &str| line.pointer(path).unwrap_or(&null).clone();
            let stat = text(line.pointer("/MetricStat/Stat")).unwrap_or_default();
            let metric = of("/MetricStat/Metric");
            Query {
                id: text(line.get("Id")).unwrap_or_default(),
                label: text(line.get("Label")),
                statistic: line
                    .get("MetricStat")
                    .map(|_| statistic(&of("/MetricStat/Metric/Namespace"), &metric, &of("/MetricStat/Period"), &stat)),
                expression: text(line.get("Expression")),
                returns_data: line.get("ReturnData").and_then(Value::as_bool).unwrap_or(true),
            }
        };
        let mut queries: Vec<Query> = lines.iter().map(read).collect();
        queries.sort_by_key(|query| query.returns_data);
        return queries;
    }
    let name = live.text("Statistic").or_else(|| live.text("ExtendedStatistic")).unwrap_or("Average");
    let (namespace, period) = (live.get("Namespace").unwrap_or(&null), live.get("Period").unwrap_or(&null));
    let statistic = Some(statistic(namespace, &live.properties, period, name));
    vec![Query { id: "m".to_owned(), statistic, returns_data: true, ..Query::default() }]
}

fn state(live: &Live, metrics: &[Metric], now: i64) -> Result<State, Refusal> {
    let queries = queries(live);
    let period =
        queries.iter().filter_map(|query| query.statistic.as_ref()).map(|s| s.period.max(60)).max().unwrap_or(300);
    let count = live.get("EvaluationPeriods").and_then(whole).unwrap_or(1).max(1);
    let needed = live.get("DatapointsToAlarm").and_then(whole).unwrap_or(count);
    let to = now.div_euclid(period) * period;
    let values = evaluate(metrics, &queries, (to - count * period, to), now)?;
    let points = queries.last().and_then(|query| values.get(&query.id)).cloned().unwrap_or_default();
    let threshold = live.number("Threshold").unwrap_or_default();
    let breaches = |value: f64| match live.text("ComparisonOperator").unwrap_or_default() {
        "GreaterThanOrEqualToThreshold" => value >= threshold,
        "LessThanThreshold" => value < threshold,
        "LessThanOrEqualToThreshold" => value <= threshold,
        _ => value > threshold,
    };
    let over = i64::try_from(points.values().filter(|value| breaches(**value)).count()).unwrap_or(i64::MAX);
    let missing = count - i64::try_from(points.len()).unwrap_or(count).min(count);
    let treatment = live.text("TreatMissingData").unwrap_or("missing");
    let counted = if treatment == "breaching" { over + missing } else { over };
    if points.is_empty() {
        let treated = match treatment {
            "notBreaching" => Some(("OK", "NonBreaching")),
            "breaching" => Some(("ALARM", "Breaching")),
            _ => None,
        };
        let (s, was) = if count == 1 { ("", "was") } else { ("s", "were") };
        return Ok(match treated {
            Some((value, word)) => State {
                value,
                reason: format!(
                    "Threshold Crossed: no datapoints were received for {count} period{s} and {count} missing \
                     datapoint{s} {was} treated as [{word}]."
                ),
            },
            None => State {
                value: "INSUFFICIENT_DATA",
                reason: format!("Insufficient Data: {count} datapoint{s} {was} unknown."),
            },
        });
    }
    let newest = points.values().next_back().copied().unwrap_or_default();
    let is_alarm = counted >= needed;
    let not = if is_alarm { "" } else { "not " };
    let reason = format!(
        "Threshold Crossed: {} out of the last {count} datapoints [{newest}] was {not}over the threshold ({threshold}).",
        if is_alarm { counted } else { count - over }
    );
    Ok(State { value: if is_alarm { "ALARM" } else { "OK" }, reason })
}

fn member(live: &Live, state: &State) -> Xml {
    let strings = |property: &str| live.texts(property).into_iter().map(Xml::from).collect::<Vec<_>>();
    let shown = |property: &str| live.get(property).filter(|value| !value.is_object()).map(super::template::scalar);
    let dimensions = |of: &Value| {
        let pairs = of.get("Dimensions").and_then(Value::as_array).cloned().unwrap_or_default();
        pairs
            .iter()
            .map(|pair| {
                let part = |name: &str| pair.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
                Xml::new().text("Name", part("Name")).text("Value", part("Value"))
            })
            .collect::<Vec<_>>()
    };
    let row = |line: &Value| {
        let text = |path: &str| line.pointer(path).filter(|v| !v.is_object()).map(super::template::scalar);
        let mut xml = Xml::new().maybe("Id", text("/Id"));
        if let Some(of) = line.get("MetricStat") {
            let metric = Xml::new()
                .maybe("Namespace", text("/MetricStat/Metric/Namespace"))
                .maybe("MetricName", text("/MetricStat/Metric/MetricName"))
                .list("Dimensions", of.get("Metric").map(dimensions).unwrap_or_default());
            let stat = Xml::new()
                .group("Metric", &metric)
                .maybe("Period", text("/MetricStat/Period"))
                .maybe("Stat", text("/MetricStat/Stat"));
            xml = xml.group("MetricStat", &stat);
        }
        xml.maybe("Expression", text("/Expression"))
            .maybe("Label", text("/Label"))
            .text("ReturnData", line.get("ReturnData").and_then(Value::as_bool).unwrap_or(true))
    };
    let lines = live.get("Metrics").and_then(Value::as_array).into_iter().flatten().map(row);
    Xml::new()
        .text("AlarmName", live.id())
        .text("AlarmArn", live.arn())
        .maybe("AlarmDescription", live.text("AlarmDescription"))
        .time("AlarmConfigurationUpdatedTimestamp", live.changed_at)
        .text("ActionsEnabled", live.flag("ActionsEnabled", true))
        .list("OKActions", strings("OKActions"))
        .list("AlarmActions", strings("AlarmActions"))
        .list("InsufficientDataActions", strings("InsufficientDataActions"))
        .text("StateValue", state.value)
        .text("StateReason", &state.reason)
        .time("StateUpdatedTimestamp", live.changed_at)
        .maybe("MetricName", shown("MetricName"))
        .maybe("Namespace", shown("Namespace"))
        .maybe("Statistic", shown("Statistic"))
        .maybe("ExtendedStatistic", shown("ExtendedStatistic"))
        .list("Dimensions", dimensions(&live.properties))
        .maybe("Period", shown("Period"))
        .maybe("EvaluationPeriods", shown("EvaluationPeriods"))
        .maybe("DatapointsToAlarm", shown("DatapointsToAlarm"))
        .maybe("Threshold", shown("Threshold"))
        .maybe("ComparisonOperator", shown("ComparisonOperator"))
        .maybe("TreatMissingData", shown("TreatMissingData"))
        .list("Metrics", lines)
}
