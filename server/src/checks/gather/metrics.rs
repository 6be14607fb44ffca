//! Alarms, metrics, dashboards and topics.

use domain::{
    blueprint::{
        CheckKind,
        checks::{AlarmCheck, DashboardCheck, MetricCheck, TopicCheck},
    },
    check::{AlarmFacts, CheckFacts, SeriesFacts, TopicFacts},
};
use jiff::SignedDuration;
use serde_json::Value;

use crate::ports::{
    AwsError,
    inspection::{MetricQuery, Seen},
};

use super::{Gathered, Round, subjects::each, unavailable};

type Facts = (CheckFacts, Option<String>);

pub(super) async fn metric(round: &Round<'_>, check: &MetricCheck) -> Gathered {
    let mut check = check.clone();
    let plain = format!("{} of {} {}", check.statistic, check.namespace, check.metric);
    for value in check.dimensions.values_mut() {
        match round.text(value).await {
            Ok(resolved) => *value = resolved,
            Err(why) => {
                let facts = CheckFacts::Unavailable { asked: plain, why };
                return Gathered::new(&CheckKind::Metric(check), (facts, None));
            }
        }
    }
    let dimensions: Vec<String> = check.dimensions.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let asked = format!("{plain} ({}) over {} minutes", dimensions.join(", "), check.window_minutes);
    let until = round.engine.clock.now();
    let query = MetricQuery {
        namespace: check.namespace.clone(),
        metric: check.metric.clone(),
        dimensions: check.dimensions.clone().into_iter().collect(),
        statistic: check.statistic.clone(),
        from: until - SignedDuration::from_mins(i64::from(check.window_minutes)),
        until,
        region: check.region.clone(),
    };
    let facts = match round.engine.inspection.metric(&round.target, &query).await {
        Ok(seen) => (CheckFacts::Series(SeriesFacts { asked, value_thousandths: seen.value }), seen.request_id),
        Err(error) => unavailable(asked, &error),
    };
    Gathered::new(&CheckKind::Metric(check), facts)
}

pub(super) async fn alarm(round: &Round<'_>, check: &AlarmCheck) -> Facts {
    let ask = |_, name: String| async move {
        let seen = round.engine.inspection.alarm(&round.target, &name).await?;
        let Some(alarm) = seen.value else { return Ok(Seen { value: None, request_id: seen.request_id }) };
        let mut facts = AlarmFacts {
            state: text(&alarm, "StateValue"),
            are_actions_enabled: text(&alarm, "ActionsEnabled") != "false",
            actions: texts(&alarm, "AlarmActions"),
            data_points: None,
        };
        // A composite alarm has no metric of its own.
        if let Some(minutes) = check.data_within_minutes.filter(|_| alarm.get("AlarmRule").is_none()) {
            let until = round.engine.clock.now();
            let from = until - SignedDuration::from_mins(i64::from(minutes));
            let data = round.engine.inspection.alarm_data(&round.target, &alarm, from, until).await?;
            facts.data_points = Some(data.value);
        }
        Ok::<_, AwsError>(Seen { value: Some(facts), request_id: seen.request_id })
    };
    let (facts, id) = each(round, "alarm", &check.select, Some("AWS::CloudWatch::Alarm"), ask).await;
    (CheckFacts::Alarms(facts), id)
}

pub(super) async fn dashboard(round: &Round<'_>, check: &DashboardCheck) -> Facts {
    let ask = |_, name: String| async move { round.engine.inspection.dashboard(&round.target, &name).await };
    let (facts, id) = each(round, "dashboard", &check.select, Some("AWS::CloudWatch::Dashboard"), ask).await;
    (CheckFacts::Dashboards(facts), id)
}

pub(super) async fn topic(round: &Round<'_>, check: &TopicCheck) -> Facts {
    let ask = |_, topic: String| async move {
        let seen = round.engine.inspection.subscriptions(&round.target, &topic).await?;
        let facts = seen.value.map(|subscriptions| {
            let (confirmed, pending): (Vec<_>, Vec<_>) = subscriptions.into_iter().partition(|(_, is)| *is);
            let names = |list: Vec<(String, bool)>| list.into_iter().map(|(name, _)| name).collect();
            TopicFacts { confirmed: names(confirmed), pending: names(pending) }
        });
        Ok::<_, AwsError>(Seen { value: facts, request_id: seen.request_id })
    };
    let (facts, id) = each(round, "subscriptions of", &check.select, Some("AWS::SNS::Topic"), ask).await;
    (CheckFacts::Topics(facts), id)
}

fn text(document: &Value, name: &str) -> String {
    document.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn texts(document: &Value, name: &str) -> Vec<String> {
    let list = document.get(name).and_then(Value::as_array).into_iter().flatten();
    list.filter_map(|item| item.as_str().map(str::to_owned)).collect()
}
