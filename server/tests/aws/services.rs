//! One conversation with the services beside `CloudFormation`, held with the emulator and with the sandbox alike: the
//! same stack, the same requests, the same answers in the parts that matter.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::{
    conversation::{Partner, REGION, request},
    wire::{Caller, Reply, nothing},
};

const CLOUDFORMATION: &str = "2010-05-15";
const CLOUDWATCH: &str = "2010-08-01";

/// A little of everything both know.
fn shop() -> Value {
    let widgets = json!({"widgets": [{"type": "text", "width": 6, "height": 2, "properties": {"markdown": "# Shop"}}]});
    json!({"Resources": {
        "Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "alarms", "DisplayName": "Shop alarms"}},
        "Mail": {"Type": "AWS::SNS::Subscription", "Properties": {
            "TopicArn": {"Ref": "Topic"}, "Protocol": "sqs", "Endpoint": {"Fn::GetAtt": ["Queue", "Arn"]}}},
        "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "jobs"}},
        "Logs": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "/shop/orders", "RetentionInDays": 30}},
        "Secret": {"Type": "AWS::SecretsManager::Secret", "Properties": {
            "Name": "shop/database", "GenerateSecretString": {
                "SecretStringTemplate": "{\"username\":\"shop\"}", "GenerateStringKey": "password",
                "PasswordLength": 40, "ExcludePunctuation": true}}},
        "Alarm": {"Type": "AWS::CloudWatch::Alarm", "Properties": {
            "AlarmName": "shop-errors", "Namespace": "Shop", "MetricName": "Errors", "Statistic": "Sum", "Period": 300,
            "EvaluationPeriods": 2, "Threshold": 5, "ComparisonOperator": "GreaterThanThreshold",
            "TreatMissingData": "notBreaching", "AlarmActions": [{"Ref": "Topic"}],
            "Dimensions": [{"Name": "Stage", "Value": "test"}]}},
        "Dashboard": {"Type": "AWS::CloudWatch::Dashboard", "Properties": {
            "DashboardName": "shop", "DashboardBody": widgets.to_string()}},
        "Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {"Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
                           "Principal": {"Service": "lambda.amazonaws.com"}}]}}},
        "Worker": {"Type": "AWS::Lambda::Function", "Properties": {
            "FunctionName": "shop-worker", "Runtime": "nodejs22.x", "Handler": "index.handler", "MemorySize": 256,
            "Timeout": 20, "Role": {"Fn::GetAtt": ["Role", "Arn"]}, "TracingConfig": {"Mode": "Active"},
            "Code": {"ZipFile": "exports.handler = async () => 1;"}}},
        "Cluster": {"Type": "AWS::RDS::DBCluster", "Properties": {
            "DBClusterIdentifier": "shop", "Engine": "aurora-postgresql", "MasterUsername": "shop",
            "MasterUserPassword": "not-a-secret-1", "BackupRetentionPeriod": 14, "StorageEncrypted": true,
            "DeletionProtection": false}},
        "Firewall": {"Type": "AWS::WAFv2::WebACL", "Properties": {
            "Name": "shop", "Scope": "REGIONAL", "DefaultAction": {"Allow": {}},
            "VisibilityConfig": {"CloudWatchMetricsEnabled": true, "MetricName": "shop", "SampledRequestsEnabled": true},
            "Rules": [{"Name": "Limit", "Priority": 1, "Action": {"Block": {}},
                "Statement": {"RateBasedStatement": {"Limit": 100, "AggregateKeyType": "IP"}},
                "VisibilityConfig": {"CloudWatchMetricsEnabled": true, "MetricName": "limit",
                                     "SampledRequestsEnabled": true}}]}}
    }})
}

/// The shop deployed, and the physical ids of its resources.
async fn opened(partner: &Partner) -> BTreeMap<String, String> {
    let mut create = request("Shop", "one", true, &shop());
    create.capabilities.push("CAPABILITY_IAM".to_owned());
    let stack = partner.deploy(&create).await;
    assert_eq!(stack.status.as_str(), "CREATE_COMPLETE");
    let listed = cloud_formation(&partner.caller, "ListStackResources", &[("StackName", "Shop")]).await;
    let (logical, physical) = (listed.texts("LogicalResourceId"), listed.texts("PhysicalResourceId"));
    logical.into_iter().map(str::to_owned).zip(physical.into_iter().map(str::to_owned)).collect()
}

async fn cloud_formation(caller: &Caller, action: &str, arguments: &[(&str, &str)]) -> Reply {
    caller.query("cloudformation", CLOUDFORMATION, action, arguments).await
}

fn failed(reply: &Reply, status: u16, code: &str) {
    assert_eq!((reply.status, reply.code().as_str()), (status, code), "{}", reply.body);
}

pub async fn resources_of_a_stack_are_listed_with_their_types(partner: &Partner) {
    let ids = opened(partner).await;
    assert_eq!(ids.len(), 11, "{ids:?}");
    let described = cloud_formation(&partner.caller, "DescribeStackResources", &[("StackName", "Shop")]).await;
    assert_eq!(described.texts("ResourceType").len(), 11);
    let arguments = [("StackName", "Shop"), ("LogicalResourceId", "Topic")];
    let one = cloud_formation(&partner.caller, "DescribeStackResource", &arguments).await;
    assert_eq!(one.text("PhysicalResourceId"), Some(ids["Topic"].as_str()), "{}", one.body);
    assert_eq!(one.text("ResourceStatus"), Some("CREATE_COMPLETE"));
    let ghost = cloud_formation(&partner.caller, "ListStackResources", &[("StackName", "Ghost")]).await;
    failed(&ghost, 400, "ValidationError");
}

pub async fn a_stack_nobody_touched_has_not_drifted(partner: &Partner) {
    opened(partner).await;
    let begun = cloud_formation(&partner.caller, "DetectStackDrift", &[("StackName", "Shop")]).await;
    let id = begun.text("StackDriftDetectionId").unwrap().to_owned();
    for _ in 0..100 {
        let arguments = [("StackDriftDetectionId", id.as_str())];
        let status = cloud_formation(&partner.caller, "DescribeStackDriftDetectionStatus", &arguments).await;
        if status.text("DetectionStatus") == Some("DETECTION_COMPLETE") {
            assert_eq!(status.text("StackDriftStatus"), Some("IN_SYNC"), "{}", status.body);
            let drifts =
                cloud_formation(&partner.caller, "DescribeStackResourceDrifts", &[("StackName", "Shop")]).await;
            assert!(drifts.texts("StackResourceDriftStatus").contains(&"IN_SYNC"), "{}", drifts.body);
            return;
        }
        tokio::time::sleep((partner.pause)()).await;
    }
    panic!("drift detection never ends");
}

pub async fn a_generated_secret_has_the_fields_of_its_template(partner: &Partner) {
    let ids = opened(partner).await;
    let ask = async |operation: &str, id: &str| {
        partner.caller.json("secretsmanager", &format!("secretsmanager.{operation}"), json!({"SecretId": id})).await
    };
    let described = ask("DescribeSecret", "shop/database").await.json();
    // The emulator's `Ref` of a secret is its name.
    let known = if partner.is_emulator { "Name" } else { "ARN" };
    assert_eq!(described[known].as_str(), Some(ids["Secret"].as_str()));
    assert_eq!(described["Name"], "shop/database");
    assert_ne!(described["RotationEnabled"], true);
    assert!(described["CreatedDate"].is_number() && described["LastChangedDate"].is_number(), "{described}");
    let value = ask("GetSecretValue", &ids["Secret"]).await.json();
    assert_eq!(value["VersionStages"], json!(["AWSCURRENT"]));
    let fields: Value = serde_json::from_str(value["SecretString"].as_str().unwrap()).unwrap();
    assert_eq!(fields["username"], "shop");
    let password = fields["password"].as_str().unwrap();
    assert_eq!(password.len(), 40);
    // The emulator puts punctuation in all the same.
    assert!(partner.is_emulator || password.chars().all(|c| c.is_ascii_alphanumeric()), "{password}");
    failed(&ask("DescribeSecret", "shop/ghost").await, 400, "ResourceNotFoundException");
}

pub async fn an_alarm_is_described_as_the_template_has_it(partner: &Partner) {
    let ids = opened(partner).await;
    let ask = async |arguments: &[(&str, &str)]| {
        partner.caller.query("monitoring", CLOUDWATCH, "DescribeAlarms", arguments).await
    };
    let found = ask(&[("AlarmNames.member.1", "shop-errors")]).await;
    assert_eq!(found.texts("AlarmName"), ["shop-errors"], "{}", found.body);
    assert_eq!((found.text("Namespace"), found.text("MetricName")), (Some("Shop"), Some("Errors")));
    assert_eq!(found.text("Threshold").unwrap().parse::<f64>().ok(), Some(5.0));
    // The emulator leaves these out.
    if !partner.is_emulator {
        assert_eq!(found.text("ActionsEnabled"), Some("true"));
        assert!(found.text("AlarmActions").unwrap().contains(&ids["Topic"]), "{}", found.body);
        assert!(["OK", "INSUFFICIENT_DATA"].contains(&found.text("StateValue").unwrap()));
    }
    assert_eq!(ask(&[("AlarmNamePrefix", "shop-")]).await.texts("AlarmName"), ["shop-errors"]);
    assert!(ask(&[("AlarmNamePrefix", "other-")]).await.texts("AlarmName").is_empty());
}

pub async fn a_dashboard_is_read_back(partner: &Partner) {
    opened(partner).await;
    let ask = async |name: &str| {
        partner.caller.query("monitoring", CLOUDWATCH, "GetDashboard", &[("DashboardName", name)]).await
    };
    let found = ask("shop").await;
    assert!(found.text("DashboardBody").unwrap().contains("# Shop"), "{}", found.body);
    assert_eq!(ask("ghost").await.status, 404);
}

pub async fn a_metric_nobody_publishes_has_no_data(partner: &Partner) {
    let now = (partner.now)();
    let (from, to) = ((now - jiff::SignedDuration::from_hours(1)).to_string(), now.to_string());
    let arguments = [
        ("StartTime", from.as_str()),
        ("EndTime", to.as_str()),
        ("MetricDataQueries.member.1.Id", "m1"),
        ("MetricDataQueries.member.1.MetricStat.Metric.Namespace", "Shop"),
        ("MetricDataQueries.member.1.MetricStat.Metric.MetricName", "Ghosts"),
        ("MetricDataQueries.member.1.MetricStat.Period", "300"),
        ("MetricDataQueries.member.1.MetricStat.Stat", "Sum"),
    ];
    let answer = partner.caller.query("monitoring", CLOUDWATCH, "GetMetricData", &arguments).await;
    assert_eq!((answer.status, answer.text("Id"), answer.text("StatusCode")), (200, Some("m1"), Some("Complete")));
    assert!(answer.texts("Timestamps").iter().all(|inner| inner.is_empty()), "{}", answer.body);
    let listed = partner.caller.query("monitoring", CLOUDWATCH, "ListMetrics", &[("Namespace", "Shop")]).await;
    assert_eq!((listed.status, listed.texts("MetricName").len()), (200, 0), "{}", listed.body);
}

pub async fn a_topic_tells_who_listens(partner: &Partner) {
    let ids = opened(partner).await;
    let ask =
        async |action: &str, arn: &str| partner.caller.query("sns", "2010-03-31", action, &[("TopicArn", arn)]).await;
    let attributes = ask("GetTopicAttributes", &ids["Topic"]).await;
    let values: BTreeMap<&str, &str> = attributes.texts("key").into_iter().zip(attributes.texts("value")).collect();
    assert_eq!((values["DisplayName"], values["SubscriptionsConfirmed"]), ("Shop alarms", "1"), "{values:?}");
    let listeners = ask("ListSubscriptionsByTopic", &ids["Topic"]).await;
    assert_eq!(listeners.texts("Protocol"), ["sqs"]);
    assert!(listeners.text("SubscriptionArn").unwrap().starts_with(&ids["Topic"]), "{}", listeners.body);
    let ghost = format!("arn:aws:sns:{REGION}:{}:ghost", partner.account);
    failed(&ask("GetTopicAttributes", &ghost).await, 404, "NotFound");
}

pub async fn log_groups_say_how_long_they_keep(partner: &Partner) {
    opened(partner).await;
    let ask = async |operation: &str, input: Value| {
        partner.caller.json("logs", &format!("Logs_20140328.{operation}"), input).await
    };
    let groups = ask("DescribeLogGroups", json!({"logGroupNamePrefix": "/shop/"})).await.json();
    assert_eq!(groups["logGroups"].as_array().map(Vec::len), Some(1), "{groups}");
    assert_eq!(groups["logGroups"][0]["retentionInDays"], 30);
    let events = ask("FilterLogEvents", json!({"logGroupName": "/shop/orders", "filterPattern": "ERROR"})).await.json();
    assert_eq!(events["events"], json!([]));
    let ghost = ask("FilterLogEvents", json!({"logGroupName": "/shop/ghost"})).await;
    failed(&ghost, 400, "ResourceNotFoundException");
    // The emulator has no saved queries.
    if !partner.is_emulator {
        let saved = ask("DescribeQueryDefinitions", nothing()).await.json();
        assert_eq!(saved["queryDefinitions"], json!([]));
    }
}

pub async fn a_cluster_says_how_it_is_kept(partner: &Partner) {
    opened(partner).await;
    let ask = async |action: &str, id: &str| {
        partner.caller.query("rds", "2014-10-31", action, &[("DBClusterIdentifier", id)]).await
    };
    let found = ask("DescribeDBClusters", "shop").await;
    assert_eq!(found.text("DBClusterIdentifier"), Some("shop"), "{}", found.body);
    assert_eq!((found.text("Status"), found.text("BackupRetentionPeriod")), (Some("available"), Some("14")));
    assert_eq!(found.text("StorageEncrypted"), Some("true"));
    assert_eq!(found.text("DeletionProtection"), Some("false"));
    failed(&ask("DescribeDBClusters", "ghost").await, 404, "DBClusterNotFoundFault");
    assert_eq!(ask("DescribeDBClusterSnapshots", "shop").await.status, 200);
}

pub async fn a_replication_group_that_is_not_there_is_said_so(partner: &Partner) {
    let arguments = [("ReplicationGroupId", "ghost")];
    let ghost = partner.caller.query("elasticache", "2015-02-02", "DescribeReplicationGroups", &arguments).await;
    failed(&ghost, 404, "ReplicationGroupNotFoundFault");
}

pub async fn a_distribution_that_is_not_there_is_said_so(partner: &Partner) {
    let ghost = partner.caller.get("cloudfront", "/2020-05-31/distribution/EGHOST").await;
    failed(&ghost, 404, "NoSuchDistribution");
}

pub async fn a_firewall_is_read_with_its_rules(partner: &Partner) {
    let ids = opened(partner).await;
    let mut parts = ids["Firewall"].split('|');
    let input = json!({"Name": parts.next(), "Id": parts.next(), "Scope": parts.next()});
    let found = partner.caller.json("wafv2", "AWSWAF_20190729.GetWebACL", input).await.json();
    assert_eq!(found["WebACL"]["Name"], "shop");
    let limit = found.pointer("/WebACL/Rules/0/Statement/RateBasedStatement/Limit");
    assert_eq!(limit, Some(&json!(100)), "{found}");
    // The emulator knows nothing of its log.
    if !partner.is_emulator {
        let arn = json!({"ResourceArn": found["WebACL"]["ARN"]});
        let logging = partner.caller.json("wafv2", "AWSWAF_20190729.GetLoggingConfiguration", arn).await;
        failed(&logging, 400, "WAFNonexistentItemException");
    }
}

pub async fn a_function_is_read_as_it_is_configured(partner: &Partner) {
    opened(partner).await;
    let ask =
        async |name: &str| partner.caller.get("lambda", &format!("/2015-03-31/functions/{name}/configuration")).await;
    let found = ask("shop-worker").await.json();
    assert_eq!(
        (&found["MemorySize"], &found["Timeout"], &found["Runtime"]),
        (&json!(256), &json!(20), &json!("nodejs22.x"))
    );
    assert_eq!(found["TracingConfig"]["Mode"], "Active", "{found}");
    failed(&ask("ghost").await, 404, "ResourceNotFoundException");
}

pub async fn an_account_without_controls_has_none(partner: &Partner) {
    let caller = &partner.caller;
    let target = |operation: &str| format!("com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.{operation}");
    let trails = caller.json("cloudtrail", &target("DescribeTrails"), nothing()).await.json();
    assert_eq!(trails["trailList"], json!([]));
    // HTTP 400 in the API reference, 404 in the emulator.
    let ghost = caller.json("cloudtrail", &target("GetTrailStatus"), json!({"Name": "ghost"})).await;
    assert_eq!(ghost.code(), "TrailNotFoundException", "{}", ghost.body);
    let logs = caller.query("ec2", "2016-11-15", "DescribeFlowLogs", &[]).await;
    assert_eq!((logs.status, logs.texts("flowLogId").len()), (200, 0), "{}", logs.body);
    let input = json!({"AccountId": partner.account});
    let budgets = caller.json("budgets", "AWSBudgetServiceGateway.DescribeBudgets", input).await.json();
    assert!(budgets["Budgets"].as_array().is_none_or(Vec::is_empty), "{budgets}");
}

pub async fn cloud_control_does_not_find_what_is_not_there(partner: &Partner) {
    let input = json!({"TypeName": "AWS::SNS::Topic", "Identifier": "arn:aws:sns:eu-west-1:1:ghost"});
    let ghost = partner.caller.json("cloudcontrolapi", "CloudApiService.GetResource", input).await;
    failed(&ghost, 400, "ResourceNotFoundException");
}
