//! What only the sandbox has: traffic, people, costs and controls handed in from outside, changes by hand, and stacks
//! that decide what there is.

use std::{collections::BTreeMap, sync::Arc};

use serde_json::{Value, json};
use server::sandbox::{
    BudgetSeed, CostSeed, DetectorSeed, Fault, LogSeed, MetricSeed, SecretSeed, Seeds, Series, SubscriptionSeed,
    TrailSeed, World,
};

use crate::{
    ACCOUNT, caller_in,
    conversation::{REGION, request},
    empty_world, partner_in,
    wire::{Caller, Reply},
};

const CLOUDFORMATION: &str = "2010-05-15";
const CLOUDWATCH: &str = "2010-08-01";

fn seeded(world: &World, template: &Value) {
    let none = BTreeMap::new();
    world.seed_stack(ACCOUNT, REGION, "Shop", &template.to_string(), &none, &none).unwrap();
}

fn world_with(template: &Value) -> (Arc<World>, Caller) {
    let world = empty_world();
    seeded(&world, template);
    let caller = caller_in(&world, REGION);
    (world, caller)
}

fn function(name: &str, memory: u32) -> Value {
    json!({"Type": "AWS::Lambda::Function", "Properties": {"FunctionName": name, "MemorySize": memory, "Runtime": "nodejs22.x"}})
}

/// An hour of a metric in one number; nothing where there is no data. `dimension` is `Name=value`.
async fn hour(caller: &Caller, (namespace, name): (&str, &str), dimension: &str, statistic: &str) -> Option<f64> {
    let (dimension, value) = dimension.split_once('=').unwrap();
    let path = |rest: &str| format!("MetricDataQueries.member.1.MetricStat.{rest}");
    let paths =
        ["Metric.Namespace", "Metric.MetricName", "Metric.Dimensions.member.1.Name", "Period", "Stat"].map(path);
    let value_path = path("Metric.Dimensions.member.1.Value");
    let arguments = [
        ("StartTime", "2026-03-01T11:00:00Z"),
        ("EndTime", "2026-03-01T12:00:00Z"),
        ("MetricDataQueries.member.1.Id", "m"),
        (paths[0].as_str(), namespace),
        (paths[1].as_str(), name),
        (paths[2].as_str(), dimension),
        (value_path.as_str(), value),
        (paths[3].as_str(), "3600"),
        (paths[4].as_str(), statistic),
    ];
    let answer = caller.query("monitoring", CLOUDWATCH, "GetMetricData", &arguments).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let values = answer.text("Values").unwrap();
    values.strip_prefix("<member>")?.strip_suffix("</member>")?.parse().ok()
}

#[tokio::test]
async fn services_publish_for_what_the_stacks_have_and_for_nothing_else() {
    let (world, caller) = world_with(&json!({"Resources": {
        "Worker": function("worker", 128),
        "Cache": {"Type": "AWS::ElastiCache::ReplicationGroup", "Properties": {
            "ReplicationGroupId": "cache", "NumNodeGroups": 2, "ReplicasPerNodeGroup": 1}}}}));
    let invocations = ("AWS/Lambda", "Invocations");
    let sum = hour(&caller, invocations, "FunctionName=worker", "Sum").await;
    assert!(sum.is_some_and(|sum| sum > 100.0), "{sum:?}");
    assert_eq!(sum, hour(&caller, invocations, "FunctionName=worker", "Sum").await, "the same hour is the same");
    assert_eq!(hour(&caller, invocations, "FunctionName=other", "Sum").await, None);
    let evictions = ("AWS/ElastiCache", "Evictions");
    assert_eq!(hour(&caller, evictions, "CacheClusterId=cache-0002-001", "Sum").await, Some(0.0));
    assert_eq!(hour(&caller, evictions, "ReplicationGroupId=cache", "Sum").await, None, "published per node only");
    let (median, slow) = (
        hour(&caller, ("AWS/Lambda", "Duration"), "FunctionName=worker", "p50").await.unwrap(),
        hour(&caller, ("AWS/Lambda", "Duration"), "FunctionName=worker", "p99").await.unwrap(),
    );
    assert!(slow > median, "{slow} {median}");

    world.seed_metric(
        ACCOUNT,
        REGION,
        MetricSeed {
            namespace: "AWS/Lambda".to_owned(),
            name: "Errors".to_owned(),
            dimensions: BTreeMap::from([("FunctionName".to_owned(), "work*".to_owned())]),
            series: Series::steady(2.0),
        },
    );
    assert_eq!(hour(&caller, ("AWS/Lambda", "Errors"), "FunctionName=worker", "Sum").await, Some(120.0));
    assert_eq!(hour(&caller, ("Shop", "Orders"), "Stage=test", "Sum").await, None, "nobody emits it");
    world.seed_metric(
        ACCOUNT,
        REGION,
        MetricSeed {
            namespace: "Shop".to_owned(),
            name: "Orders".to_owned(),
            dimensions: BTreeMap::from([("Stage".to_owned(), "test".to_owned())]),
            series: Series::steady(1.0),
        },
    );
    assert_eq!(hour(&caller, ("Shop", "Orders"), "Stage=test", "Sum").await, Some(60.0));
}

#[tokio::test]
async fn an_alarm_rings_when_its_metric_says_so_and_never_on_one_that_is_not_published() {
    let alarm = |metric: &str| {
        json!({"Type": "AWS::CloudWatch::Alarm", "Properties": {
            "AlarmName": metric, "Namespace": "AWS/Lambda", "MetricName": metric, "Statistic": "Sum", "Period": 60,
            "EvaluationPeriods": 2, "Threshold": 1, "ComparisonOperator": "GreaterThanThreshold",
            "TreatMissingData": "notBreaching", "Dimensions": [{"Name": "FunctionName", "Value": {"Ref": "Worker"}}]}})
    };
    let rate = json!({"Type": "AWS::CloudWatch::Alarm", "Properties": {
        "AlarmName": "rate", "EvaluationPeriods": 1, "Threshold": 5, "ComparisonOperator": "GreaterThanThreshold",
        "Metrics": [
            {"Id": "rate", "Expression": "failures / calls * 100", "ReturnData": true},
            {"Id": "failures", "ReturnData": false, "MetricStat": {"Period": 300, "Stat": "Sum", "Metric": {
                "Namespace": "AWS/Lambda", "MetricName": "Errors",
                "Dimensions": [{"Name": "FunctionName", "Value": "worker"}]}}},
            {"Id": "calls", "ReturnData": false, "MetricStat": {"Period": 300, "Stat": "Sum", "Metric": {
                "Namespace": "AWS/Lambda", "MetricName": "Invocations",
                "Dimensions": [{"Name": "FunctionName", "Value": "worker"}]}}}]}});
    let (world, caller) = world_with(&json!({"Resources": {
        "Worker": function("worker", 128), "Errors": alarm("Errors"), "Ghosts": alarm("Ghosts"), "Rate": rate}}));
    let state = async |name: &str| {
        let answer = caller.query("monitoring", CLOUDWATCH, "DescribeAlarms", &[("AlarmNames.member.1", name)]).await;
        (answer.text("StateValue").unwrap().to_owned(), answer.text("StateReason").unwrap().to_owned())
    };
    world.seed_metric(
        ACCOUNT,
        REGION,
        MetricSeed {
            namespace: "AWS/Lambda".to_owned(),
            name: "Errors".to_owned(),
            dimensions: BTreeMap::new(),
            series: Series::steady(9.0),
        },
    );
    assert_eq!(state("Errors").await.0, "ALARM");
    assert_eq!(state("rate").await.0, "ALARM");
    let (value, reason) = state("Ghosts").await;
    assert_eq!(value, "OK");
    assert!(reason.contains("no datapoints were received"), "{reason}");
    world.seed_metric(
        ACCOUNT,
        REGION,
        MetricSeed {
            namespace: "AWS/Lambda".to_owned(),
            name: "Errors".to_owned(),
            dimensions: BTreeMap::new(),
            series: Series::steady(0.0),
        },
    );
    assert_eq!((state("Errors").await.0, state("rate").await.0), ("OK".to_owned(), "OK".to_owned()));
}

#[tokio::test]
async fn a_deployment_changes_what_the_services_say() {
    let world = empty_world();
    let partner = partner_in(&world);
    let template = |memory| json!({"Resources": {"Worker": function("worker", memory)}});
    partner.deploy(&request("Shop", "one", true, &template(128))).await;
    let path = "/2015-03-31/functions/worker/configuration";
    assert_eq!(partner.caller.get("lambda", path).await.json()["MemorySize"], 128);
    let control = async || {
        let input = json!({"TypeName": "AWS::Lambda::Function", "Identifier": "worker"});
        let answer = partner.caller.json("cloudcontrolapi", "CloudApiService.GetResource", input).await.json();
        let properties = answer["ResourceDescription"]["Properties"].as_str().unwrap().to_owned();
        serde_json::from_str::<Value>(&properties).unwrap()
    };
    let before = control().await;
    assert_eq!((&before["MemorySize"], &before["TracingConfig"]["Mode"]), (&json!(128), &json!("PassThrough")));
    assert_eq!(before["Arn"], format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:worker"));
    let mut changed = template(512);
    changed["Resources"]["Extra"] = function("extra", 128);
    partner.deploy(&request("Shop", "two", false, &changed)).await;
    assert_eq!(partner.caller.get("lambda", path).await.json()["MemorySize"], 512);
    assert_eq!(control().await["MemorySize"], 512);
    let list = json!({"TypeName": "AWS::Lambda::Function"});
    let listed = partner.caller.json("cloudcontrolapi", "CloudApiService.ListResources", list).await.json();
    assert_eq!(listed["ResourceDescriptions"].as_array().map(Vec::len), Some(2), "{listed}");
}

#[tokio::test]
async fn cloud_control_refuses_types_it_does_not_serve() {
    let (_, caller) = world_with(&json!({"Resources": {"Cache": {"Type": "AWS::ElastiCache::ReplicationGroup"}}}));
    let code = async |kind: &str| {
        let input = json!({"TypeName": kind, "Identifier": "x"});
        caller.json("cloudcontrolapi", "CloudApiService.GetResource", input).await.code()
    };
    assert_eq!(code("AWS::ElastiCache::ReplicationGroup").await, "UnsupportedActionException");
    assert_eq!(code("nonsense").await, "TypeNotFoundException");
    assert_eq!(code("AWS::S3::Bucket").await, "ResourceNotFoundException");
}

#[tokio::test]
async fn a_password_is_written_and_never_read() {
    let (_, caller) = world_with(&json!({"Resources": {"Db": {"Type": "AWS::RDS::DBCluster", "Properties": {
        "DBClusterIdentifier": "db", "Engine": "aurora-postgresql", "MasterUserPassword": "hidden-value"}}}}));
    let input = json!({"TypeName": "AWS::RDS::DBCluster", "Identifier": "db"});
    let answer = caller.json("cloudcontrolapi", "CloudApiService.GetResource", input).await;
    assert_eq!(answer.status, 200);
    assert!(!answer.body.contains("hidden-value"), "{}", answer.body);
}

#[tokio::test]
async fn a_change_by_hand_is_drift_with_both_values_until_it_is_deployed_over() {
    let world = empty_world();
    let partner = partner_in(&world);
    let template = |memory| {
        json!({"Resources": {
            "Worker": function("worker", memory),
            "Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "orders"}},
            "Hidden": {"Type": "Custom::Hook"}}})
    };
    partner.deploy(&request("Shop", "one", true, &template(128))).await;
    world.change_by_hand(ACCOUNT, REGION, ("Shop", "Worker"), "/MemorySize", Some(json!(1024))).unwrap();
    world.delete_by_hand(ACCOUNT, REGION, ("Shop", "Topic")).unwrap();
    assert!(world.change_by_hand(ACCOUNT, REGION, ("Shop", "Ghost"), "/X", None).is_err());
    let ask = async |action: &str, arguments: &[(&str, &str)]| {
        partner.caller.query("cloudformation", CLOUDFORMATION, action, arguments).await
    };
    let detect = async || {
        let begun = ask("DetectStackDrift", &[("StackName", "Shop")]).await;
        let id = begun.text("StackDriftDetectionId").unwrap().to_owned();
        world.advance(std::time::Duration::from_secs(5));
        ask("DescribeStackDriftDetectionStatus", &[("StackDriftDetectionId", &id)]).await
    };
    let nobody_looked = ask("DescribeStackResourceDrifts", &[("StackName", "Shop")]).await;
    assert!(nobody_looked.texts("LogicalResourceId").is_empty());
    let status = detect().await;
    assert_eq!(status.text("StackDriftStatus"), Some("DRIFTED"), "{}", status.body);
    assert_eq!(status.text("DriftedStackResourceCount"), Some("2"));
    let drifts = ask("DescribeStackResourceDrifts", &[("StackName", "Shop")]).await;
    let found: BTreeMap<&str, &str> =
        drifts.texts("LogicalResourceId").into_iter().zip(drifts.texts("StackResourceDriftStatus")).collect();
    assert_eq!(found, BTreeMap::from([("Topic", "DELETED"), ("Worker", "MODIFIED")]), "the hook cannot be checked");
    assert_eq!(drifts.text("PropertyPath"), Some("/MemorySize"));
    assert_eq!((drifts.text("ExpectedValue"), drifts.text("ActualValue")), (Some("128"), Some("1024")));
    let listed = ask("ListStackResources", &[("StackName", "Shop")]).await;
    let verdicts: BTreeMap<&str, &str> =
        listed.texts("LogicalResourceId").into_iter().zip(listed.texts("StackResourceDriftStatus")).collect();
    assert_eq!(verdicts["Hidden"], "NOT_CHECKED", "{verdicts:?}");
    let path = "/2015-03-31/functions/worker/configuration";
    assert_eq!(partner.caller.get("lambda", path).await.json()["MemorySize"], 1024);

    partner.deploy(&request("Shop", "two", false, &template(256))).await;
    assert_eq!(partner.caller.get("lambda", path).await.json()["MemorySize"], 256);
}

#[tokio::test]
async fn people_confirm_subscriptions_or_do_not() {
    let (world, caller) = world_with(&json!({"Resources": {
        "Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "alarms"}},
        "Mail": {"Type": "AWS::SNS::Subscription", "Properties": {
            "TopicArn": {"Ref": "Topic"}, "Protocol": "email", "Endpoint": "a@example.org"}}}}));
    let arn = format!("arn:aws:sns:{REGION}:{ACCOUNT}:alarms");
    let listed = async || caller.query("sns", "2010-03-31", "ListSubscriptionsByTopic", &[("TopicArn", &arn)]).await;
    assert_eq!(listed().await.texts("SubscriptionArn"), ["PendingConfirmation"]);
    let seed = |endpoint: &str, is_confirmed| SubscriptionSeed {
        topic: "alarms".to_owned(),
        protocol: "email".to_owned(),
        endpoint: endpoint.to_owned(),
        is_confirmed,
    };
    world.seed_subscription(ACCOUNT, REGION, seed("a@example.org", true));
    world.seed_subscription(ACCOUNT, REGION, seed("b@example.org", false));
    let now = listed().await;
    assert_eq!(now.texts("Endpoint"), ["a@example.org", "b@example.org"]);
    assert!(now.texts("SubscriptionArn")[0].starts_with(&arn));
    assert_eq!(now.texts("SubscriptionArn")[1], "PendingConfirmation");
}

#[tokio::test]
async fn a_secret_has_the_dates_and_the_value_people_gave_it() {
    let (world, caller) = world_with(&json!({"Resources": {
        "Secret": {"Type": "AWS::SecretsManager::Secret", "Properties": {
            "Name": "shop/key", "GenerateSecretString": {"PasswordLength": 20}}},
        "Rotation": {"Type": "AWS::SecretsManager::RotationSchedule", "Properties": {
            "SecretId": {"Ref": "Secret"}, "RotationLambdaARN": "arn:aws:lambda:eu-west-1:1:function:rotate",
            "RotationRules": {"ScheduleExpression": "rate(90 days)"}}}}}));
    world.seed_secret(
        ACCOUNT,
        REGION,
        SecretSeed {
            name: "shop/key".to_owned(),
            value: Some("set by hand".to_owned()),
            created_days_ago: 200,
            changed_days_ago: None,
            rotated_days_ago: Some(85),
        },
    );
    let ask = async |operation: &str| {
        let input = json!({"SecretId": "shop/key"});
        caller.json("secretsmanager", &format!("secretsmanager.{operation}"), input).await.json()
    };
    let described = ask("DescribeSecret").await;
    let day = 86_400;
    let now = world.now().as_second();
    assert_eq!(described["RotationEnabled"], true);
    assert_eq!(described["CreatedDate"], now - 200 * day);
    assert_eq!(described["LastRotatedDate"], now - 85 * day);
    assert_eq!(described["LastChangedDate"], now - 85 * day);
    assert_eq!(described["NextRotationDate"], now + 5 * day);
    assert_eq!(ask("GetSecretValue").await["SecretString"], "set by hand");
}

#[tokio::test]
async fn a_database_secret_knows_its_cluster() {
    let (_, caller) = world_with(&json!({"Resources": {
        "Secret": {"Type": "AWS::SecretsManager::Secret", "Properties": {
            "Name": "shop/database", "GenerateSecretString": {
                "SecretStringTemplate": "{\"username\":\"shop\"}", "GenerateStringKey": "password"}}},
        "Db": {"Type": "AWS::RDS::DBCluster", "Properties": {
            "DBClusterIdentifier": "db", "Engine": "aurora-postgresql", "DatabaseName": "orders"}},
        "Attachment": {"Type": "AWS::SecretsManager::SecretTargetAttachment", "Properties": {
            "SecretId": {"Ref": "Secret"}, "TargetId": {"Ref": "Db"}, "TargetType": "AWS::RDS::DBCluster"}}}}));
    let input = json!({"SecretId": "shop/database"});
    let value = caller.json("secretsmanager", "secretsmanager.GetSecretValue", input).await.json();
    let fields: Value = serde_json::from_str(value["SecretString"].as_str().unwrap()).unwrap();
    assert_eq!((&fields["engine"], &fields["dbname"]), (&json!("postgres"), &json!("orders")));
    assert!(fields["host"].as_str().unwrap().starts_with("db.cluster-"), "{fields}");
}

#[tokio::test]
async fn lines_come_again_and_again_and_only_where_somebody_writes() {
    let (world, caller) = world_with(&json!({"Resources": {
        "Worker": function("worker", 128),
        "Kept": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "/shop/kept", "RetentionInDays": 30}}}}));
    world.seed_log(
        ACCOUNT,
        REGION,
        LogSeed {
            group: "/aws/lambda/worker".to_owned(),
            message: "ERROR order 17 was lost".to_owned(),
            every_minutes: 20,
        },
    );
    let hour_ago = world.now().as_millisecond() - 3_600_000;
    let count = async |group: &str, pattern: &str| {
        let input = json!({"logGroupName": group, "filterPattern": pattern, "startTime": hour_ago});
        let answer = caller.json("logs", "Logs_20140328.FilterLogEvents", input).await.json();
        answer["events"].as_array().map(Vec::len).unwrap()
    };
    assert_eq!(count("/aws/lambda/worker", "ERROR").await, 3);
    assert!(count("/aws/lambda/worker", "REPORT").await >= 59);
    assert_eq!(count("/shop/kept", "").await, 0);
    let groups = caller.json("logs", "Logs_20140328.DescribeLogGroups", json!({})).await.json();
    let kept =
        |i: usize| (groups["logGroups"][i]["logGroupName"].clone(), groups["logGroups"][i]["retentionInDays"].clone());
    assert_eq!(kept(0), (json!("/aws/lambda/worker"), Value::Null), "a function's own group keeps for ever");
    assert_eq!(kept(1), (json!("/shop/kept"), json!(30)));
}

#[tokio::test]
async fn backups_are_as_young_as_the_cluster_makes_them() {
    let (_, caller) = world_with(&json!({"Resources": {"Db": {"Type": "AWS::RDS::DBCluster", "Properties": {
        "DBClusterIdentifier": "db", "BackupRetentionPeriod": 3, "PreferredBackupWindow": "03:00-04:00"}}}}));
    let ask = async |action: &str| caller.query("rds", "2014-10-31", action, &[("DBClusterIdentifier", "db")]).await;
    let snapshots = ask("DescribeDBClusterSnapshots").await;
    let days = ["2026-03-01T03:07:00.000Z", "2026-02-28T03:07:00.000Z", "2026-02-27T03:07:00.000Z"];
    assert_eq!(snapshots.texts("SnapshotCreateTime"), days);
    assert_eq!(ask("DescribeDBClusters").await.text("LatestRestorableTime"), Some("2026-03-01T11:55:00.000Z"));
}

#[tokio::test]
async fn controls_and_money_are_what_was_handed_in() {
    let (world, caller) = world_with(&json!({"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}));
    let tags = BTreeMap::from([("Environment".to_owned(), "production".to_owned())]);
    let cost = |service: &str, monthly, tags: &BTreeMap<String, String>| CostSeed {
        service: service.to_owned(),
        monthly,
        tags: tags.clone(),
    };
    world.seed(
        ACCOUNT,
        REGION,
        Seeds {
            trails: vec![TrailSeed {
                name: "account".to_owned(),
                bucket: "trail".to_owned(),
                is_multi_region: true,
                validates_files: true,
                is_logging: true,
            }],
            detectors: vec![DetectorSeed { id: "d1".to_owned(), is_enabled: true }],
            budgets: vec![BudgetSeed { name: "month".to_owned(), limit: 500.0, tag: None }],
            costs: vec![
                cost("AWS Lambda", 31.0, &tags),
                cost("Amazon RDS", 93.0, &tags),
                cost("AWS Lambda", 9.0, &BTreeMap::new()),
            ],
            ..Seeds::default()
        },
        world.now(),
    );
    let target = "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.GetTrailStatus";
    assert_eq!(caller.json("cloudtrail", target, json!({"Name": "account"})).await.json()["IsLogging"], true);
    assert_eq!(caller.get("guardduty", "/detector").await.json(), json!({"detectorIds": ["d1"]}));
    assert_eq!(caller.get("guardduty", "/detector/d1").await.json()["status"], "ENABLED");
    let ghost = caller.get("guardduty", "/detector/d2").await;
    assert_eq!((ghost.status, ghost.code().as_str()), (400, "BadRequestException"));

    let home = caller_in(&world, "us-east-1");
    let budgets =
        home.json("budgets", "AWSBudgetServiceGateway.DescribeBudgets", json!({"AccountId": ACCOUNT})).await.json();
    assert_eq!(budgets["Budgets"][0]["BudgetLimit"]["Amount"], "500.000", "{budgets}");
    let input = json!({
        "TimePeriod": {"Start": "2026-02-01", "End": "2026-03-01"}, "Granularity": "MONTHLY", "Metrics": ["UnblendedCost"],
        "GroupBy": [{"Type": "DIMENSION", "Key": "SERVICE"}],
        "Filter": {"Tags": {"Key": "Environment", "Values": ["production"]}}});
    let costs = home.json("ce", "AWSInsightsIndexService.GetCostAndUsage", input).await.json();
    let groups = costs["ResultsByTime"][0]["Groups"].as_array().unwrap();
    let amounts: Vec<(&str, f64)> = groups
        .iter()
        .map(|group| {
            let amount = group["Metrics"]["UnblendedCost"]["Amount"].as_str().unwrap();
            (group["Keys"][0].as_str().unwrap(), amount.parse().unwrap())
        })
        .collect();
    assert_eq!(amounts.iter().map(|(service, _)| *service).collect::<Vec<_>>(), ["AWS Lambda", "Amazon RDS"]);
    assert!((29.0..33.0).contains(&amounts[0].1) && (87.0..99.0).contains(&amounts[1].1), "{amounts:?}");
}

#[tokio::test]
async fn controls_that_stacks_make_are_there() {
    let (_, caller) = world_with(&json!({"Resources": {
        "Vpc": {"Type": "AWS::EC2::VPC"},
        "Flow": {"Type": "AWS::EC2::FlowLog", "Properties": {"ResourceId": {"Ref": "Vpc"}, "TrafficType": "REJECT"}},
        "Acl": {"Type": "AWS::WAFv2::WebACL", "Properties": {"Name": "acl", "Scope": "REGIONAL"}},
        "AclLog": {"Type": "AWS::WAFv2::LoggingConfiguration", "Properties": {
            "ResourceArn": {"Fn::GetAtt": ["Acl", "Arn"]}, "LogDestinationConfigs": ["arn:aws:s3:::aws-waf-logs-x"]}},
        "Saved": {"Type": "AWS::Logs::QueryDefinition", "Properties": {
            "Name": "shop-errors", "QueryString": "fields @message", "LogGroupNames": ["/shop"]}},
        "Cdn": {"Type": "AWS::CloudFront::Distribution", "Properties": {"DistributionConfig": {
            "Enabled": true, "WebACLId": "acl-arn", "Origins": [{"Id": "o", "DomainName": "b.s3.amazonaws.com",
                "OriginShield": {"Enabled": true, "OriginShieldRegion": "eu-west-1"}}],
            "DefaultCacheBehavior": {"TargetOriginId": "o", "ViewerProtocolPolicy": "redirect-to-https", "Compress": true},
            "ViewerCertificate": {"CloudFrontDefaultCertificate": true, "MinimumProtocolVersion": "TLSv1.2_2021"}}}}}}));
    let resource = async |logical_id: &str| -> Reply {
        let arguments = [("StackName", "Shop"), ("LogicalResourceId", logical_id)];
        caller.query("cloudformation", CLOUDFORMATION, "DescribeStackResource", &arguments).await
    };
    let id = async |logical_id: &str| resource(logical_id).await.text("PhysicalResourceId").unwrap().to_owned();
    let vpc = id("Vpc").await;
    let filter = [("Filter.1.Name", "resource-id"), ("Filter.1.Value.1", vpc.as_str())];
    let flows = caller.query("ec2", "2016-11-15", "DescribeFlowLogs", &filter).await;
    assert_eq!(flows.texts("trafficType"), ["REJECT"], "{}", flows.body);
    let acl = id("Acl").await;
    let mut parts = acl.split('|');
    let input = json!({"Name": parts.next(), "Id": parts.next(), "Scope": parts.next()});
    let arn = caller.json("wafv2", "AWSWAF_20190729.GetWebACL", input).await.json()["WebACL"]["ARN"].clone();
    let logging =
        caller.json("wafv2", "AWSWAF_20190729.GetLoggingConfiguration", json!({"ResourceArn": arn})).await.json();
    assert_eq!(logging["LoggingConfiguration"]["LogDestinationConfigs"], json!(["arn:aws:s3:::aws-waf-logs-x"]));
    let saved = caller.json("logs", "Logs_20140328.DescribeQueryDefinitions", json!({})).await.json();
    assert_eq!(saved["queryDefinitions"][0]["logGroupNames"], json!(["/shop"]));
    let cdn = caller.get("cloudfront", &format!("/2020-05-31/distribution/{}", id("Cdn").await)).await;
    assert_eq!((cdn.text("Status"), cdn.text("WebACLId")), (Some("Deployed"), Some("acl-arn")), "{}", cdn.body);
    assert_eq!(cdn.text("OriginShieldRegion"), Some("eu-west-1"));
    assert_eq!(cdn.text("MinimumProtocolVersion"), Some("TLSv1"), "the default certificate overrules the minimum");
}

#[tokio::test]
async fn every_protocol_has_its_own_way_to_fail() {
    let (world, caller) = world_with(&json!({"Resources": {"Worker": function("worker", 128)}}));
    let path = "/2015-03-31/functions/worker/configuration";
    world.inject(Fault::Throttle, "GetFunctionConfiguration", 1);
    let throttled = caller.get("lambda", path).await;
    assert_eq!((throttled.status, throttled.code().as_str()), (429, "TooManyRequestsException"));
    assert_eq!(caller.get("lambda", path).await.status, 200);
    let denied = |action: &str| Fault::AccessDenied { action: action.to_owned() };
    world.inject(denied("logs:DescribeLogGroups"), "logs:DescribeLogGroups", 1);
    let refused = caller.json("logs", "Logs_20140328.DescribeLogGroups", json!({})).await;
    assert_eq!((refused.status, refused.code().as_str()), (400, "AccessDeniedException"));
    assert!(refused.body.contains("not authorized to perform: logs:DescribeLogGroups"), "{}", refused.body);
    world.inject(denied("ec2:DescribeFlowLogs"), "DescribeFlowLogs", 1);
    let refused = caller.query("ec2", "2016-11-15", "DescribeFlowLogs", &[]).await;
    assert_eq!((refused.status, refused.code().as_str()), (403, "UnauthorizedOperation"));
    world.inject(Fault::ServerError, "*", 1);
    assert_eq!(caller.json("ce", "AWSInsightsIndexService.GetCostAndUsage", json!({})).await.status, 500);
    let unknown = caller.json("logs", "Logs_20140328.DeleteLogGroup", json!({})).await;
    assert!(unknown.body.contains("logs:DeleteLogGroup"), "{}", unknown.body);
}

#[tokio::test]
async fn what_was_handed_in_survives_the_process() {
    let (world, _) = world_with(&json!({"Resources": {"Worker": function("worker", 128)}}));
    world.seed_log(
        ACCOUNT,
        REGION,
        LogSeed { group: "/aws/lambda/worker".to_owned(), message: "ERROR".to_owned(), every_minutes: 10 },
    );
    let options = server::sandbox::SandboxOptions::new(ACCOUNT);
    let again = World::from_json(&world.to_json().unwrap(), options, Arc::new(crate::Noon)).unwrap();
    let input = json!({"logGroupName": "/aws/lambda/worker", "filterPattern": "ERROR"});
    let events = caller_in(&again, REGION).json("logs", "Logs_20140328.FilterLogEvents", input).await.json();
    assert!(!events["events"].as_array().unwrap().is_empty());
}
