//! Alarms, metrics, dashboards and the topics alarms go to.

use domain::check::thousandths;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::ports::{
    AwsError, AwsErrorKind, Target,
    inspection::{MetricQuery, Seen},
};

use super::{
    super::{
        Aws,
        call::{DESCRIBE_ALARMS, GET_DASHBOARD, GET_METRIC_DATA, LIST_SUBSCRIPTIONS},
    },
    Pages, found, items, text,
};

impl Aws {
    pub(super) async fn named_alarm(&self, target: &Target, name: &str) -> Result<Seen<Option<Value>>, AwsError> {
        let input = json!({ "AlarmNames": [name], "AlarmTypes": ["MetricAlarm", "CompositeAlarm"] });
        let answer = self.read(target, &DESCRIBE_ALARMS, &input).await?;
        Ok(answer
            .seen(|value| items(&value, "MetricAlarms").into_iter().chain(items(&value, "CompositeAlarms")).next()))
    }

    pub(super) async fn statistic(&self, target: &Target, query: &MetricQuery) -> Result<Seen<Option<i64>>, AwsError> {
        let mut target = target.clone();
        if let Some(region) = &query.region {
            target.region.clone_from(region);
        }
        let dimensions: Vec<Value> =
            query.dimensions.iter().map(|(name, value)| json!({ "Name": name, "Value": value })).collect();
        // One period as long as the window, so that the answer is one value; periods are whole minutes.
        let seconds = query.until.duration_since(query.from).as_secs().max(60);
        let period = seconds.div_euclid(60) * 60;
        let metric = json!({
            "Id": "m1", "ReturnData": true,
            "MetricStat": {
                "Metric": { "Namespace": query.namespace, "MetricName": query.metric, "Dimensions": dimensions },
                "Period": period, "Stat": query.statistic
            }
        });
        let answer = self.series(&target, &json!([metric]), query.from, query.until).await?;
        let statistic = query.statistic.clone();
        Ok(Seen { value: combined(&statistic, &answer.value), request_id: answer.request_id })
    }

    pub(super) async fn data_points(
        &self,
        target: &Target,
        alarm: &Value,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Seen<u64>, AwsError> {
        let mut queries = items(alarm, "Metrics");
        if queries.is_empty() {
            let period = text(alarm, "Period").unwrap_or_else(|| "300".to_owned());
            let statistic = text(alarm, "Statistic").or_else(|| text(alarm, "ExtendedStatistic"));
            queries.push(json!({
                "Id": "m1", "ReturnData": true,
                "MetricStat": {
                    "Metric": {
                        "Namespace": alarm.get("Namespace"), "MetricName": alarm.get("MetricName"),
                        "Dimensions": items(alarm, "Dimensions")
                    },
                    "Period": period, "Stat": statistic
                }
            }));
        }
        let answer = self.series(target, &Value::Array(queries), from, until).await?;
        let count = u64::try_from(answer.value.len()).unwrap_or(u64::MAX);
        Ok(Seen { value: count, request_id: answer.request_id })
    }

    /// All values of all queries.
    async fn series(
        &self,
        target: &Target,
        queries: &Value,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Seen<Vec<i64>>, AwsError> {
        let input = json!({ "MetricDataQueries": queries, "StartTime": from, "EndTime": until });
        let pages = Pages { items: "MetricDataResults", token_in: "NextToken", token_out: "NextToken" };
        let results = self.pages(target, &GET_METRIC_DATA, input, pages).await?;
        let values = results.value.iter().flat_map(|result| items(result, "Values"));
        let values = values.filter_map(|value| thousandths(value.as_str()?)).collect();
        Ok(Seen { value: values, request_id: results.request_id })
    }

    pub(super) async fn dashboard_body(&self, target: &Target, name: &str) -> Result<Seen<Option<Value>>, AwsError> {
        let answer = found(self.read(target, &GET_DASHBOARD, &json!({ "DashboardName": name })).await)?;
        let body = answer.value.and_then(|value| {
            let body = text(&value, "DashboardBody")?;
            // A body that is no JSON is a dashboard without widgets.
            Some(serde_json::from_str(&body).unwrap_or_else(|_| json!({})))
        });
        Ok(Seen { value: body, request_id: answer.request_id })
    }

    pub(super) async fn topic_subscriptions(
        &self,
        target: &Target,
        topic: &str,
    ) -> Result<Seen<Option<Vec<(String, bool)>>>, AwsError> {
        let pages = Pages { items: "Subscriptions", token_in: "NextToken", token_out: "NextToken" };
        match self.pages(target, &LIST_SUBSCRIPTIONS, json!({ "TopicArn": topic }), pages).await {
            Ok(seen) => {
                let subscriptions = seen.value.iter().map(|subscription| {
                    let part = |name| text(subscription, name).unwrap_or_default();
                    let is_confirmed = part("SubscriptionArn").starts_with("arn:");
                    (format!("{} {}", part("Protocol"), part("Endpoint")), is_confirmed)
                });
                Ok(Seen { value: Some(subscriptions.collect()), request_id: seen.request_id })
            }
            Err(error) if error.kind == AwsErrorKind::NotFound => {
                Ok(Seen { value: None, request_id: error.request_id })
            }
            Err(error) => Err(error),
        }
    }
}

/// One value for a window whose edges may have cut it in two.
fn combined(statistic: &str, values: &[i64]) -> Option<i64> {
    let (first, rest) = values.split_first()?;
    Some(match statistic {
        "Sum" | "SampleCount" => values.iter().sum(),
        "Minimum" => rest.iter().fold(*first, |least, value| least.min(*value)),
        "Average" => values.iter().sum::<i64>() / i64::try_from(values.len()).unwrap_or(1),
        // The worse of two percentiles is the honest one.
        _ => rest.iter().fold(*first, |most, value| most.max(*value)),
    })
}
