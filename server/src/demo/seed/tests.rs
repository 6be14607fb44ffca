//! The account the demo begins with, asked as checks ask it: most is well, and what is not has an honest reason.

use std::sync::Arc;

use app::ports::Clock;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{super::ACCOUNT, *};
use crate::sandbox::SandboxOptions;

struct Morning;

impl Clock for Morning {
    fn now(&self) -> Timestamp {
        "2026-11-25T09:30:00Z".parse().unwrap()
    }
}

fn account() -> Arc<World> {
    let folder = tempfile::tempdir().unwrap();
    let world = World::new(SandboxOptions::new(ACCOUNT), Arc::new(Morning));
    let seeds = unpack(folder.path()).unwrap();
    buckets(&world, &seeds);
    for (environment, version) in [("staging", "1.5.0"), ("production", "1.4.0")] {
        let seed = seeds.iter().find(|seed| seed.version == version).unwrap();
        for stack in &seed.content.environments[environment].stacks {
            let template = seed.blobs.iter().find(|blob| blob.digest == stack.template_digest).unwrap();
            let template = String::from_utf8(template.bytes.clone()).unwrap();
            world.seed_stack(ACCOUNT, REGION, &stack.stack_name, &template, &stack.parameters, &stack.tags).unwrap();
        }
    }
    outside(&world, world.now()).unwrap();
    changes_by_hand(&world).unwrap();
    world
}

/// The body of an answer, whatever became of the request.
fn ask(world: &World, service: &str, path: &str, headers: &[(&'static str, String)], body: &str) -> String {
    let mut request = HttpRequest::new(SdkBody::from(body));
    request.set_method(if body.is_empty() { "GET" } else { "POST" }).unwrap();
    request.set_uri(format!("https://{service}.amazonaws.com{path}")).unwrap();
    let scope = format!("{}/20261125/{REGION}/{service}/aws4_request", world.access_key_id());
    request.headers_mut().insert("authorization", format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host"));
    for (name, value) in headers {
        request.headers_mut().insert(*name, value.clone());
    }
    let answer = world.answer(&request).unwrap();
    String::from_utf8(answer.body().bytes().unwrap_or_default().to_vec()).unwrap()
}

fn query(world: &World, service: &str, form: &str) -> String {
    ask(world, service, "/", &[], form)
}

fn json_call(world: &World, service: &str, target: &str, input: &Value) -> Value {
    let body = ask(world, service, "/", &[("x-amz-target", target.to_owned())], &input.to_string());
    serde_json::from_str(&body).unwrap()
}

fn output(world: &World, stack: &str, key: &str) -> String {
    let stacks = query(world, "cloudformation", &format!("Action=DescribeStacks&StackName={stack}"));
    let (_, rest) = stacks.split_once(&format!("<OutputKey>{key}</OutputKey><OutputValue>")).unwrap();
    rest.split_once('<').unwrap().0.to_owned()
}

/// The alarms of an environment by name, each with the element that describes it.
fn alarms(world: &World, environment: &str) -> Vec<(String, String)> {
    let listed = query(world, "monitoring", "Action=DescribeAlarms&MaxRecords=100");
    let members = listed.split("<AlarmName>").skip(1).map(|member| {
        let (name, rest) = member.split_once("</AlarmName>").unwrap();
        (name.to_owned(), rest.to_owned())
    });
    members.filter(|(name, _)| name.contains(environment)).collect()
}

#[test]
fn alarms_are_quiet_and_the_old_release_watches_metrics_nobody_publishes() {
    let world = account();
    let blind = |environment: &str| -> Vec<String> {
        let all = alarms(&world, environment);
        assert!(all.len() >= 26, "{}", all.len());
        for (name, alarm) in &all {
            assert!(alarm.contains("<StateValue>OK</StateValue>"), "{name}: {alarm}");
        }
        all.into_iter()
            .filter(|(_, alarm)| alarm.contains("no datapoints were received"))
            .map(|(name, _)| name)
            .collect()
    };
    let production = blind("production");
    for part in ["API-ErrorRate", "ConnectionFailures", "Redis-HighMemory", "Redis-Evictions", "Blockchain"] {
        assert!(production.iter().any(|name| name.contains(part)), "{part} in {production:?}");
    }
    assert_eq!(production.len(), 5, "{production:?}");
    let staging = blind("staging");
    assert_eq!(staging.len(), 1, "only the metric no code emits: {staging:?}");
}

#[test]
fn the_new_release_has_the_controls_the_old_one_only_claims() {
    let world = account();
    let flow_logs = |environment: &str| {
        let vpc = output(&world, &format!("TriviaNFT-Data-{environment}"), "VpcId");
        let form = format!("Action=DescribeFlowLogs&Filter.1.Name=resource-id&Filter.1.Value.1={vpc}");
        query(&world, "ec2", &form).matches("<flowLogId>").count()
    };
    assert_eq!((flow_logs("staging"), flow_logs("production")), (1, 0));
    let log_of_firewall = |environment: &str| {
        let arn = output(&world, &format!("TriviaNFT-Security-{environment}"), "WebAclArn");
        let target = "AWSWAF_20190729.GetLoggingConfiguration";
        json_call(&world, "wafv2", target, &json!({"ResourceArn": arn}))
    };
    assert!(log_of_firewall("staging")["LoggingConfiguration"].is_object());
    assert_eq!(log_of_firewall("production")["__type"], "WAFNonexistentItemException");
    let detectors = ask(&world, "guardduty", "/detector", &[], "");
    assert_eq!(detectors, "{\"detectorIds\":[]}", "claimed, and nobody switched it on");
}

#[test]
fn one_address_has_not_confirmed_and_one_secret_is_due() {
    let world = account();
    let topic = output(&world, "TriviaNFT-Observability-production", "WarningAlarmTopicArn");
    let listed = query(&world, "sns", &format!("Action=ListSubscriptionsByTopic&TopicArn={topic}"));
    assert_eq!(listed.matches("PendingConfirmation").count(), 1, "{listed}");
    let describe =
        |name: &str| json_call(&world, "secretsmanager", "secretsmanager.DescribeSecret", &json!({"SecretId": name}));
    let due = describe("production/trivia-nft/jwt-secret")["NextRotationDate"].as_i64().unwrap();
    let days = (due - world.now().as_second()) / 86_400;
    assert_eq!(days, 5);
    let value = |name: &str| -> Value {
        let input = json!({"SecretId": name});
        let answer = json_call(&world, "secretsmanager", "secretsmanager.GetSecretValue", &input);
        serde_json::from_str(answer["SecretString"].as_str().unwrap()).unwrap()
    };
    assert!(value("production/trivia-nft/blockfrost")["projectId"].as_str().unwrap().starts_with("mainnet"));
    assert!(value("production/trivia-nft/database")["host"].as_str().unwrap().contains(".cluster-"));
}

#[test]
fn a_limit_changed_by_hand_is_the_only_drift() {
    let world = account();
    let stacks = ["Security", "Data", "AppConfig", "Api", "Workflow", "Observability", "Web"];
    let drifted = stacks.map(|stack| {
        let form = format!("Action=DetectStackDrift&StackName=TriviaNFT-{stack}-production");
        let begun = query(&world, "cloudformation", &form);
        let (_, id) = begun.split_once("<StackDriftDetectionId>").unwrap();
        let id = id.split_once('<').unwrap().0;
        world.advance(std::time::Duration::from_secs(5));
        let form = format!("Action=DescribeStackDriftDetectionStatus&StackDriftDetectionId={id}");
        let status = query(&world, "cloudformation", &form);
        status.contains("<StackDriftStatus>DRIFTED</StackDriftStatus>")
    });
    assert_eq!(drifted, [false, false, false, true, false, false, false]);
}

#[test]
fn the_last_hour_always_has_traffic_and_a_few_errors() {
    let world = account();
    let hour_ago = world.now().as_millisecond() - 3_600_000;
    let errors = |group: &str| {
        let input = json!({"logGroupName": group, "filterPattern": "ERROR", "startTime": hour_ago});
        let answer = json_call(&world, "logs", "Logs_20140328.FilterLogEvents", &input);
        answer["events"].as_array().unwrap().len()
    };
    assert!(errors("/aws/lambda/trivia-nft-check-confirmation-production") >= 2);
    assert_eq!(errors("/aws/lambda/trivia-nft-me-production"), 0);
    let api = output(&world, "TriviaNFT-Api-production", "ApiId");
    let stat = "MetricDataQueries.member.1.MetricStat";
    let form = format!(
        "Action=GetMetricData&StartTime=2026-11-25T08:30:00Z&EndTime=2026-11-25T09:30:00Z\
         &MetricDataQueries.member.1.Id=m&{stat}.Metric.Namespace=AWS/ApiGateway&{stat}.Metric.MetricName=Count\
         &{stat}.Metric.Dimensions.member.1.Name=ApiId&{stat}.Metric.Dimensions.member.1.Value={api}\
         &{stat}.Period=3600&{stat}.Stat=Sum"
    );
    let answer = query(&world, "monitoring", &form);
    let (_, values) = answer.split_once("<Values>").unwrap();
    assert!(values.starts_with("<member>"), "{answer}");
}

#[test]
fn a_large_stack_is_listed_in_pages_and_described_no_further_than_a_hundred() {
    let world = account();
    let ask = |form: &str| query(&world, "cloudformation", &format!("{form}&StackName=TriviaNFT-Api-production"));
    let first = ask("Action=ListStackResources");
    assert_eq!(first.matches("<LogicalResourceId>").count(), 100);
    let (_, token) = first.split_once("<NextToken>").unwrap();
    let second = ask(&format!("Action=ListStackResources&NextToken={}", token.split_once('<').unwrap().0));
    assert_eq!(second.matches("<LogicalResourceId>").count(), 12);
    assert!(!second.contains("<NextToken>"));
    assert_eq!(ask("Action=DescribeStackResources").matches("<LogicalResourceId>").count(), 100);
}
