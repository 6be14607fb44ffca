//! How long 500 checks take against an emulator, beside the same AWS calls made without the engine at the same
//! concurrency, and what memory does meanwhile.
//!
//! `end2end/emulator/run.sh 4566`, then `cargo run --release -p server --example checks -- http://127.0.0.1:4566`.

#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a measurement shows its figures, or fails")]

use std::{
    num::NonZeroU32,
    sync::Arc,
    time::{Duration, Instant},
};

use app::ports::Clock;
use domain::{
    blueprint::{
        Blueprint, CheckDefinition, CheckKind,
        checks::{AlarmCheck, DashboardCheck, LogRetentionCheck, SecretCheck, Selection, TopicCheck},
    },
    check::{SecretQuestions, Severity, Verdict},
};
use futures::{StreamExt as _, stream};
use serde_json::{Map, Value, json};
use server::{
    aws::{Aws, AwsOptions, World},
    checks::{CheckEngine, HttpProbe, ProbeOptions},
    clock::SystemClock,
    config::Secret,
    ports::{
        ChangeSetRequest, ChangeSetStatus, CheckPort as _, StackPort as _, Target, TemplateSource,
        inspection::InspectionPort as _,
    },
};

/// Of each of five kinds.
const EACH: usize = 100;
const CONCURRENCY: usize = 32;
const ROUNDS: usize = 5;
const STACK: &str = "Bench-Watched-staging";

const BLUEPRINT: &str = "[application]\nname = \"bench\"\n[[environments]]\nname = \"staging\"\nregion = \"eu-west-1\"\n\
                         [[stacks]]\nname = \"Watched\"\nname_pattern = \"Bench-{stack}-{environment}\"\n";

#[tokio::main]
async fn main() {
    let endpoint = std::env::args().nth(1).unwrap_or_else(|| "http://127.0.0.1:4566".to_owned());
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    // An account nobody has used: keys of twelve digits are accounts there.
    let account = format!("{:012}", std::process::id());
    let world = World::Endpoint { url: endpoint, access_key_id: account, secret: Secret::new("test") };
    let mut options = AwsOptions::new(world, clock.clone());
    options.calls_per_second = NonZeroU32::new(100_000).unwrap();
    options.burst = NonZeroU32::new(100_000).unwrap();
    let aws = Aws::new(options);
    let blueprint = blueprint();
    let target = Target::of(&blueprint, "staging").unwrap();
    deploy(&aws, &target).await;
    let engine = CheckEngine {
        stacks: Arc::new(aws.clone()),
        inspection: Arc::new(aws.clone()),
        probe: HttpProbe::new(ProbeOptions::default()),
        clock,
    };
    let ids: Vec<String> = blueprint.checks.iter().map(|check| check.id.clone()).collect();
    // Connections, caches and the emulator's own first steps.
    engine.run(&blueprint, "staging", &ids).await;
    bare(&aws, &target).await;
    aws.meter().drain();
    println!("round  {} checks  calls  bare calls  ratio  resident", ids.len());
    for round in 1..=ROUNDS {
        let began = Instant::now();
        let results = engine.run(&blueprint, "staging", &ids).await;
        let checks = began.elapsed();
        let calls: u64 = aws.meter().drain().iter().map(|count| count.calls).sum();
        let wrong = results.iter().find(|result| result.outcome.verdict != Verdict::Pass);
        assert!(wrong.is_none(), "{wrong:?}");
        let began = Instant::now();
        bare(&aws, &target).await;
        let bare = began.elapsed();
        let bare_calls: u64 = aws.meter().drain().iter().map(|count| count.calls).sum();
        println!(
            "{round:>5}  {checks:>10.0?}  {calls:>5}  {bare:>6.0?} ({bare_calls})  {:>5.2}  {} MiB",
            checks.as_secs_f64() / bare.as_secs_f64(),
            resident_mib()
        );
    }
}

fn names() -> impl Iterator<Item = (usize, String)> {
    (0..EACH).map(|n| (n, format!("n{n}")))
}

/// The calls the checks come down to, without the engine: a list of the stack's resources, then each thing.
async fn bare(aws: &Aws, target: &Target) {
    let resources = aws.stack_resources(target, STACK).await.unwrap().unwrap();
    let calls = resources.into_iter().map(|resource| {
        let id = resource.physical_id.unwrap();
        async move {
            match resource.resource_type.as_str() {
                "AWS::SecretsManager::Secret" => {
                    let questions = SecretQuestions::default();
                    aws.secret(target, &id, Some(&questions)).await.map(|seen| seen.value.is_some())
                }
                "AWS::CloudWatch::Alarm" => aws.alarm(target, &id).await.map(|seen| seen.value.is_some()),
                "AWS::CloudWatch::Dashboard" => aws.dashboard(target, &id).await.map(|seen| seen.value.is_some()),
                "AWS::SNS::Topic" => aws.subscriptions(target, &id).await.map(|seen| seen.value.is_some()),
                _ => aws.log_group(target, &id).await.map(|seen| seen.value.is_some()),
            }
        }
    });
    let answers: Vec<_> = stream::iter(calls).buffer_unordered(CONCURRENCY).collect().await;
    assert!(answers.iter().all(|answer| *answer == Ok(true)));
}

fn blueprint() -> Blueprint {
    let mut blueprint = server::blueprint::parse("bench.toml", BLUEPRINT).unwrap();
    let select = |logical_id: String| Selection {
        stack: "Watched".to_owned(),
        logical_id: Some(logical_id),
        ..Selection::default()
    };
    for (n, _) in names() {
        let kinds = [
            CheckKind::Secret(SecretCheck {
                select: select(format!("Secret{n}")),
                fields: vec!["password".to_owned()],
                ..SecretCheck::default()
            }),
            CheckKind::Alarm(AlarmCheck { select: select(format!("Alarm{n}")), ..AlarmCheck::default() }),
            CheckKind::Dashboard(DashboardCheck { select: select(format!("Board{n}")), ..DashboardCheck::default() }),
            CheckKind::Topic(TopicCheck { select: select(format!("Topic{n}")), ..TopicCheck::default() }),
            CheckKind::LogRetention(LogRetentionCheck {
                select: select(format!("Group{n}")),
                min_days: Some(7),
                max_days: None,
            }),
        ];
        blueprint.checks.extend(kinds.into_iter().map(|kind| CheckDefinition {
            id: format!("{}.{n}", kind.name()),
            title: String::new(),
            severity: Severity::Error,
            environments: None,
            retries: 0,
            retry_delay_secs: 0,
            kind,
        }));
    }
    blueprint
}

fn template() -> Value {
    let body = json!({"widgets": []}).to_string();
    let mut resources = Map::new();
    for (n, name) in names() {
        let mut add = |kind: &str, of: &str, properties: Value| {
            resources.insert(format!("{kind}{n}"), json!({"Type": of, "Properties": properties}));
        };
        add(
            "Secret",
            "AWS::SecretsManager::Secret",
            json!({"Name": format!("bench/{name}"),
            "GenerateSecretString": {"SecretStringTemplate": "{}", "GenerateStringKey": "password"}}),
        );
        add(
            "Alarm",
            "AWS::CloudWatch::Alarm",
            json!({"AlarmName": format!("bench-{name}"), "Namespace": "Bench",
            "MetricName": "M", "Statistic": "Sum", "Period": 60, "EvaluationPeriods": 1, "Threshold": 1,
            "ComparisonOperator": "GreaterThanThreshold"}),
        );
        add(
            "Board",
            "AWS::CloudWatch::Dashboard",
            json!({"DashboardName": format!("bench-{name}"), "DashboardBody": body}),
        );
        add("Topic", "AWS::SNS::Topic", json!({"TopicName": format!("bench-{name}")}));
        add("Group", "AWS::Logs::LogGroup", json!({"LogGroupName": format!("/bench/{name}"), "RetentionInDays": 7}));
    }
    json!({ "Resources": resources })
}

async fn deploy(aws: &Aws, target: &Target) {
    let request = ChangeSetRequest {
        stack_name: STACK.to_owned(),
        name: "bench".to_owned(),
        client_token: "bench".to_owned(),
        is_new: true,
        template: TemplateSource::Inline(template().to_string()),
        parameters: std::collections::BTreeMap::new(),
        tags: std::collections::BTreeMap::new(),
        capabilities: Vec::new(),
    };
    let handle = aws.create_change_set(target, &request).await.unwrap();
    while aws.describe_change_set(target, &handle.id).await.unwrap() == Some(ChangeSetStatus::Creating) {
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    aws.execute_change_set(target, &handle.id, "bench").await.unwrap();
    loop {
        let stack = aws.describe_stack(target, STACK).await.unwrap().unwrap();
        if !stack.status.is_in_progress() {
            assert!(stack.status.is_success(), "{:?}", stack.status_reason);
            return;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// What the kernel holds in memory for this process.
fn resident_mib() -> u64 {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    pages.split_whitespace().nth(1).and_then(|pages| pages.parse::<u64>().ok()).unwrap_or(0) * 4096 / (1 << 20)
}
