//! The part of the conversation that checks hold: looking, without changing anything.

#![allow(dead_code, reason = "each partner holds its part of the conversation")]

use domain::check::SecretQuestions;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use server::ports::inspection::{InspectionPort, MetricQuery, Service};

use super::{Partner, request, template};

/// The physical id of the only resource with this logical id.
async fn physical(partner: &Partner, stack: &str, logical_id: &str) -> String {
    let resources = partner.aws.stack_resources(&partner.target(), stack).await.unwrap().unwrap();
    resources.into_iter().find(|r| r.logical_id == logical_id).unwrap().physical_id.unwrap()
}

#[expect(clippy::disallowed_methods, reason = "an emulator lives in real time")]
fn now() -> Timestamp {
    Timestamp::now()
}

async fn deployed(partner: &Partner, resources: Value) {
    let template = json!({ "Resources": resources });
    let stack = partner.deploy(&request("Watched", "one", true, &template)).await;
    assert_eq!(stack.status.as_str(), "CREATE_COMPLETE", "{:?}", stack.status_reason);
}

pub async fn resources_of_a_stack_are_listed(partner: &Partner) {
    partner.deploy(&request("Shop", "one", true, &template("orders", 30))).await;
    let resources = partner.aws.stack_resources(&partner.target(), "Shop").await.unwrap().unwrap();
    let mut seen: Vec<_> = resources.iter().map(|r| (r.logical_id.as_str(), r.resource_type.as_str())).collect();
    seen.sort_unstable();
    assert_eq!(seen, [("Queue", "AWS::SQS::Queue"), ("Topic", "AWS::SNS::Topic")]);
    assert!(resources.iter().all(|r| r.physical_id.is_some() && r.status == "CREATE_COMPLETE"), "{resources:?}");
    assert_eq!(partner.aws.stack_resources(&partner.target(), "Nothing").await.unwrap(), None);
}

pub async fn a_secret_is_known_by_its_facts(partner: &Partner) {
    let secret = json!({"Type": "AWS::SecretsManager::Secret", "Properties": {
        "Name": "staging/shop/database",
        "GenerateSecretString": {"SecretStringTemplate": "{\"username\": \"admin\"}", "GenerateStringKey": "password",
                                 "PasswordLength": 32, "ExcludePunctuation": true}}});
    deployed(partner, json!({"Secret": secret})).await;
    let id = physical(partner, "Watched", "Secret").await;
    let questions = SecretQuestions { prefixes: [("username".to_owned(), "ad".to_owned())].into() };
    let seen = partner.aws.secret(&partner.target(), &id, Some(&questions)).await.unwrap();
    let facts = seen.value.unwrap();
    let fields = facts.fields.unwrap();
    assert_eq!(fields["password"].length, 32);
    assert!(!fields["password"].is_placeholder);
    assert_eq!(fields["username"].has_prefix, Some(true));
    assert!(!facts.is_rotation_on);
    let closed = partner.aws.secret(&partner.target(), &id, None).await.unwrap().value.unwrap();
    assert_eq!(closed.fields, None, "nobody looked inside");
}

pub async fn a_log_group_says_how_long_it_keeps(partner: &Partner) {
    let group = json!({"Type": "AWS::Logs::LogGroup", "Properties": {
        "LogGroupName": "/aws/lambda/shop", "RetentionInDays": 30}});
    deployed(partner, json!({"Group": group})).await;
    let target = partner.target();
    let seen = partner.aws.log_group(&target, "/aws/lambda/shop").await.unwrap();
    assert_eq!(seen.value.unwrap()["retentionInDays"], 30);
    assert_eq!(partner.aws.log_group(&target, "/aws/lambda/sho").await.unwrap().value, None, "a prefix is not a name");
    let properties = partner.aws.resource(&target, "AWS::Logs::LogGroup", "/aws/lambda/shop").await.unwrap();
    assert_eq!(properties.value.unwrap()["RetentionInDays"], 30);
    let since = Timestamp::UNIX_EPOCH;
    let events = partner.aws.log_events(&target, "/aws/lambda/shop", "ERROR", since, 10).await.unwrap();
    assert_eq!(events.value.unwrap().count, 0);
    assert_eq!(partner.aws.log_events(&target, "/nothing", "", since, 1).await.unwrap().value, None);
}

pub async fn an_alarm_says_its_state_and_whom_it_tells(partner: &Partner) {
    let resources = json!({
        "Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "alarms"}},
        "Alarm": {"Type": "AWS::CloudWatch::Alarm", "Properties": {
            "AlarmName": "shop-errors", "Namespace": "AWS/Lambda", "MetricName": "Errors", "Statistic": "Sum",
            "Period": 300, "EvaluationPeriods": 1, "Threshold": 5, "ComparisonOperator": "GreaterThanThreshold",
            "AlarmActions": [{"Ref": "Topic"}]}}
    });
    deployed(partner, resources).await;
    let alarm = partner.aws.alarm(&partner.target(), "shop-errors").await.unwrap().value.unwrap();
    let topic = physical(partner, "Watched", "Topic").await;
    assert_eq!(alarm["AlarmActions"], json!([topic]), "{alarm}");
    assert!(["OK", "INSUFFICIENT_DATA"].contains(&alarm["StateValue"].as_str().unwrap()), "{alarm}");
    let until = now();
    let data = partner.aws.alarm_data(&partner.target(), &alarm, until - SignedDuration::from_hours(1), until).await;
    assert_eq!(data.unwrap().value, 0);
}

pub async fn a_dashboard_has_its_widgets(partner: &Partner) {
    let body = json!({"widgets": [{"type": "text", "properties": {"markdown": "hello"}}]}).to_string();
    let dashboard = json!({"Type": "AWS::CloudWatch::Dashboard", "Properties": {
        "DashboardName": "shop", "DashboardBody": body}});
    deployed(partner, json!({"Dashboard": dashboard})).await;
    let seen = partner.aws.dashboard(&partner.target(), "shop").await.unwrap();
    assert_eq!(seen.value.unwrap()["widgets"].as_array().unwrap().len(), 1);
}

pub async fn a_topic_knows_who_listens(partner: &Partner) {
    let topic = json!({"Type": "AWS::SNS::Topic", "Properties": {
        "TopicName": "critical", "Subscription": [{"Protocol": "email", "Endpoint": "oncall@shop.test"}]}});
    deployed(partner, json!({"Topic": topic})).await;
    let id = physical(partner, "Watched", "Topic").await;
    let seen = partner.aws.subscriptions(&partner.target(), &id).await.unwrap();
    let subscriptions = seen.value.unwrap();
    assert_eq!(subscriptions.len(), 1, "{subscriptions:?}");
    assert_eq!(subscriptions[0].0, "email oncall@shop.test");
}

pub async fn a_metric_nobody_emits_has_no_data(partner: &Partner) {
    let until = now();
    let query = MetricQuery {
        namespace: "Shop".to_owned(),
        metric: "Orders".to_owned(),
        dimensions: vec![("Stage".to_owned(), "staging".to_owned())],
        statistic: "Sum".to_owned(),
        from: until - SignedDuration::from_hours(1),
        until,
        region: None,
    };
    assert_eq!(partner.aws.metric(&partner.target(), &query).await.unwrap().value, None);
}

pub async fn drift_is_counted_with_what_was_looked_at(partner: &Partner) {
    partner.deploy(&request("Shop", "one", true, &template("orders", 30))).await;
    let drift = partner.aws.drift(&partner.target(), "Shop").await.unwrap().unwrap();
    assert!((1..=2).contains(&drift.checked), "{drift:?}");
    assert_eq!(drift.drifted, []);
    assert_eq!(partner.aws.drift(&partner.target(), "Nothing").await.unwrap(), None);
}

pub async fn what_is_not_there_is_none_for_every_service(partner: &Partner) {
    let target = partner.target();
    let services = [
        (Service::Database, "nothing"),
        (Service::Cache, "nothing"),
        (Service::Distribution, "ENOTHING"),
        (Service::WebAcl, "nothing|00000000-0000-0000-0000-000000000000|REGIONAL"),
        (Service::FlowLog, "vpc-0000"),
    ];
    for (service, id) in services {
        let seen = partner.aws.service(&target, service, id).await;
        assert_eq!(seen.map(|seen| seen.value), Ok(Vec::new()), "{service:?}");
    }
    assert_eq!(partner.aws.secret(&target, "nothing", None).await.unwrap().value, None);
    assert_eq!(partner.aws.alarm(&target, "nothing").await.unwrap().value, None);
    assert_eq!(partner.aws.dashboard(&target, "nothing").await.unwrap().value, None);
    assert_eq!(partner.aws.saved_query(&target, "nothing").await.unwrap().value, None);
    assert_eq!(partner.aws.newest_snapshot(&target, "nothing").await.unwrap().value, None);
    assert_eq!(partner.aws.resource(&target, "AWS::SQS::Queue", "nothing").await.unwrap().value, None);
    assert!(partner.aws.trails(&target).await.unwrap().value.is_empty());
    assert!(partner.aws.budgets(&target).await.unwrap().value.is_empty());
}

pub async fn what_is_read_is_counted_too(partner: &Partner) {
    partner.aws.secret(&partner.target(), "nothing", None).await.unwrap();
    let counts = partner.aws.meter().drain();
    let count = counts.iter().find(|count| count.operation == "secretsmanager:DescribeSecret").unwrap();
    assert_eq!((count.calls, count.errors, count.micro_dollars), (1, 1, 5));
}
