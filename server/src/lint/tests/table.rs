//! Every rule with a template that has the defect and one that has not, and the defects of the example by rule.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::*;

struct Case {
    rule: &'static str,
    /// Which contradiction of the original system it stands for.
    defects: &'static [&'static str],
    bad: Value,
    good: Value,
}

fn role(actions: &[&str]) -> Value {
    json!({"Type": "AWS::IAM::Role", "Properties": {"Policies": [{"PolicyDocument": {"Statement": [
        {"Effect": "Allow", "Action": actions, "Resource": "*"}]}}]}})
}

fn function(properties: &Value) -> Value {
    json!({"Type": "AWS::Lambda::Function", "Properties": properties})
}

fn alarm(properties: Value) -> Value {
    let mut properties = properties;
    properties["AlarmActions"] = json!([{"Ref": "Pager"}]);
    json!({"Type": "AWS::CloudWatch::Alarm", "Properties": properties})
}

fn on(namespace: &str, metric: &str, dimensions: &[(&str, Value)]) -> Value {
    let dimensions: Vec<Value> = dimensions.iter().map(|(name, value)| json!({"Name": name, "Value": value})).collect();
    alarm(json!({"Namespace": namespace, "MetricName": metric, "Dimensions": dimensions}))
}

fn dashboard(widgets: &Value) -> Value {
    json!({"Type": "AWS::CloudWatch::Dashboard", "Properties": {"DashboardBody": json!({"widgets": widgets}).to_string()}})
}

fn pager() -> Value {
    json!({"Type": "AWS::SNS::Topic", "Properties": {}})
}

fn http_api() -> Value {
    json!({"Type": "AWS::ApiGatewayV2::Api", "Properties": {"ProtocolType": "HTTP"}})
}

fn secret(name: &str, template: &str) -> Value {
    json!({"Type": "AWS::SecretsManager::Secret", "Properties": {"Name": name, "GenerateSecretString": {
        "SecretStringTemplate": template, "GenerateStringKey": "value"}}})
}

fn cases() -> Vec<Case> {
    let reader = |variables: Value| function(&json!({"Environment": {"Variables": variables}}));
    let aurora = json!({"Type": "AWS::RDS::DBCluster", "Properties": {"Engine": "aurora-postgresql"}});
    let redis = json!({"Type": "AWS::ElastiCache::ReplicationGroup", "Properties": {}});
    let group = json!({"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "/aws/lambda/shop"}});
    let query = |group: &str, text: &str| {
        json!({"Type": "AWS::Logs::QueryDefinition", "Properties": {
            "Name": "q", "LogGroupNames": [{"Ref": group}], "QueryString": text}})
    };
    let access_log = |format: &str| {
        json!({
            "Log": {"Type": "AWS::Logs::LogGroup", "Properties": {}},
            "Stage": {"Type": "AWS::ApiGatewayV2::Stage", "Properties": {
                "AccessLogSettings": {"DestinationArn": {"Fn::GetAtt": ["Log", "Arn"]}, "Format": format}}},
            "Q": query("Log", "filter statusCode >= 400 | stats count(*) as hits by statusCode")
        })
    };
    let edge = |certificate: Value| {
        json!({"Edge": {"Type": "AWS::CloudFront::Distribution", "Properties": {
            "DistributionConfig": {"ViewerCertificate": certificate}}}})
    };
    let cors = |origin: &str| {
        json!({"Http": {"Type": "AWS::ApiGatewayV2::Api", "Properties": {
            "ProtocolType": "HTTP", "CorsConfiguration": {"AllowOrigins": [origin]}}}})
    };
    vec![
        Case {
            rule: "LK006-import-missing",
            defects: &[],
            bad: json!({"Q": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"Fn::ImportValue": "nobodys"}}}}),
            good: json!({"Q": {"Type": "AWS::SQS::Queue", "Properties": {}}}),
        },
        Case {
            rule: "LK010-secret-two-names",
            defects: &["DEF-1"],
            bad: json!({
                "Jwt": secret("production/trivia-nft/jwt-secret", "{}"),
                "Run": reader(json!({"JWT_SECRET": "trivianft/production/jwt-secret"}))
            }),
            good: json!({
                "Jwt": secret("production/trivia-nft/jwt-secret", "{}"),
                "Run": reader(json!({"JWT_SECRET": "production/trivia-nft/jwt-secret"}))
            }),
        },
        Case {
            rule: "LK011-secret-unread",
            defects: &[],
            bad: json!({"Key": secret("production/shop/key", "{}")}),
            good: json!({"Key": secret("production/shop/key", "{}"), "Run": reader(json!({"KEY_ARN": {"Ref": "Key"}}))}),
        },
        Case {
            rule: "LK012-secret-unknown",
            defects: &["DEF-1"],
            bad: json!({"Db": {"Type": "AWS::RDS::DBInstance", "Properties": {
                "MasterUserPassword": "{{resolve:secretsmanager:production/shop/ghost:SecretString:password}}"}}}),
            good: json!({
                "Key": secret("production/shop/db", "{}"),
                "Db": {"Type": "AWS::RDS::DBInstance", "Properties": {
                    "MasterUserPassword": "{{resolve:secretsmanager:production/shop/db:SecretString:password}}"}}
            }),
        },
        Case {
            rule: "LK014-secret-placeholder",
            defects: &["DEF-2"],
            bad: json!({"Key": secret("production/shop/key", "{\"projectId\":\"REPLACE_ME\"}")}),
            good: json!({"Key": secret("production/shop/key", "{\"algorithm\":\"HS256\"}")}),
        },
        Case {
            rule: "LK020-alarm-without-action",
            defects: &["DEF-9"],
            bad: json!({"Slow": {"Type": "AWS::CloudWatch::Alarm", "Properties": {"AlarmActions": []}}}),
            good: json!({"Pager": pager(), "Slow": alarm(json!({}))}),
        },
        Case {
            rule: "LK021-alarm-actions-disabled",
            defects: &[],
            bad: json!({"Pager": pager(), "Slow": alarm(json!({"ActionsEnabled": false}))}),
            good: json!({"Pager": pager(), "Slow": alarm(json!({"ActionsEnabled": true}))}),
        },
        Case {
            rule: "LK022-metric-not-published",
            defects: &["DEF-10"],
            bad: json!({"Pager": pager(), "Http": http_api(),
                "Errors": on("AWS/ApiGateway", "5XXError", &[("ApiId", json!({"Ref": "Http"}))])}),
            good: json!({"Pager": pager(), "Http": http_api(),
                "Errors": on("AWS/ApiGateway", "5xx", &[("ApiId", json!({"Ref": "Http"}))])}),
        },
        Case {
            rule: "LK022-metric-not-published",
            defects: &["DEF-10"],
            bad: json!({"Pager": pager(), "Aurora": aurora, "Failed": on(
                "AWS/RDS", "FailedSQLServerAgentJobsCount", &[("DBClusterIdentifier", json!({"Ref": "Aurora"}))])}),
            good: json!({"Pager": pager(), "Aurora": aurora, "Busy": on(
                "AWS/RDS", "CPUUtilization", &[("DBClusterIdentifier", json!({"Ref": "Aurora"}))])}),
        },
        Case {
            rule: "LK023-dimension-not-published",
            defects: &["DEF-10"],
            bad: json!({"Pager": pager(), "Redis": redis, "Full": on("AWS/ElastiCache",
                "DatabaseMemoryUsagePercentage", &[("ReplicationGroupId", json!({"Ref": "Redis"}))])}),
            good: json!({"Pager": pager(), "Redis": redis, "Full": on("AWS/ElastiCache",
                "DatabaseMemoryUsagePercentage", &[("CacheClusterId", json!("shop-0001-001"))])}),
        },
        Case {
            rule: "LK024-custom-metric-not-emitted",
            defects: &["DEF-10", "DEF-13"],
            bad: json!({"Pager": pager(), "Rate": on("Shop", "FailureRate", &[])}),
            good: json!({
                "Pager": pager(),
                "Rate": on("Shop", "FailureRate", &[]),
                "Role": role(&["cloudwatch:PutMetricData"]),
                "Run": function(&json!({"Role": {"Fn::GetAtt": ["Role", "Arn"]}}))
            }),
        },
        Case {
            rule: "LK025-dimension-value-unknown",
            defects: &["DEF-10"],
            bad: json!({"Pager": pager(), "Run": function(&json!({"FunctionName": "shop-run"})),
                "Errors": on("AWS/Lambda", "Errors", &[("FunctionName", json!("shop-walk"))])}),
            good: json!({"Pager": pager(), "Run": function(&json!({"FunctionName": "shop-run"})),
                "Errors": on("AWS/Lambda", "Errors", &[("FunctionName", json!({"Ref": "Run"}))])}),
        },
        Case {
            rule: "LK026-no-alarms",
            defects: &["DEF-9"],
            bad: json!({"Run": function(&json!({}))}),
            good: json!({"Pager": pager(), "Run": function(&json!({})), "Slow": alarm(json!({}))}),
        },
        Case {
            rule: "LK030-dashboard-placeholder",
            defects: &["DEF-9"],
            bad: json!({"Board": dashboard(&json!([{"type": "metric", "properties": {"metrics": [
                ["AWS/ApiGateway", "Count", "ApiId", "API_NOT_DEPLOYED"]]}}]))}),
            good: json!({"Board": dashboard(&json!([{"type": "metric", "properties": {"metrics": [
                ["AWS/Lambda", "Errors"]]}}]))}),
        },
        Case {
            rule: "LK031-dashboard-unreadable",
            defects: &[],
            bad: json!({"Board": {"Type": "AWS::CloudWatch::Dashboard", "Properties": {"DashboardBody": "{"}}}),
            good: json!({"Board": dashboard(&json!([]))}),
        },
        Case {
            rule: "LK040-query-log-group-unwritten",
            defects: &["DEF-12"],
            bad: json!({"Log": group, "Run": function(&json!({"FunctionName": "shop-run"})),
                "Q": query("Log", "fields @message")}),
            good: json!({"Log": group, "Run": function(&json!({"FunctionName": "shop"})),
                "Q": query("Log", "fields @message")}),
        },
        Case {
            rule: "LK041-query-field-absent",
            defects: &["DEF-12"],
            bad: access_log("{\"status\":\"$context.status\"}"),
            good: access_log("{\"statusCode\":\"$context.status\"}"),
        },
        Case {
            rule: "LK050-policy-unattached",
            defects: &["DEF-32"],
            bad: json!({"Rights": {"Type": "AWS::IAM::ManagedPolicy", "Properties": {}}}),
            good: json!({
                "Rights": {"Type": "AWS::IAM::ManagedPolicy", "Properties": {}},
                "Role": {"Type": "AWS::IAM::Role", "Properties": {"ManagedPolicyArns": [{"Ref": "Rights"}]}}
            }),
        },
        Case {
            rule: "LK051-function-not-allowed",
            defects: &["DEF-31"],
            bad: json!({
                "Settings": {"Type": "AWS::AppConfig::Application", "Properties": {"Name": "s"}},
                "Role": role(&["secretsmanager:GetSecretValue"]),
                "Run": function(&json!({"Role": {"Fn::GetAtt": ["Role", "Arn"]},
                    "Environment": {"Variables": {"APPCONFIG_ID": {"Ref": "Settings"}}}}))
            }),
            good: json!({
                "Settings": {"Type": "AWS::AppConfig::Application", "Properties": {"Name": "s"}},
                "Role": role(&["appconfig:GetLatestConfiguration"]),
                "Run": function(&json!({"Role": {"Fn::GetAtt": ["Role", "Arn"]},
                    "Environment": {"Variables": {"APPCONFIG_ID": {"Ref": "Settings"}}}}))
            }),
        },
        Case {
            rule: "LK060-name-without-environment",
            defects: &["DEF-7"],
            bad: json!({"Machine": {"Type": "AWS::StepFunctions::StateMachine", "Properties": {
                "StateMachineName": "trivia-nft-mint-workflow"}}}),
            good: json!({"Machine": {"Type": "AWS::StepFunctions::StateMachine", "Properties": {
                "StateMachineName": "trivia-nft-mint-workflow-production"}}}),
        },
        Case {
            rule: "LK070-runtime-deprecated",
            defects: &["DEF-34"],
            bad: json!({"Run": function(&json!({"Runtime": "nodejs20.x"}))}),
            good: json!({"Run": function(&json!({"Runtime": "nodejs22.x"}))}),
        },
        Case {
            rule: "LK080-variable-empty",
            defects: &["DEF-8"],
            bad: json!({"Run": reader(json!({"MINT_STATE_MACHINE_ARN": ""}))}),
            good: json!({"Run": reader(json!({"PREFIX": "", "MINT_STATE_MACHINE_ARN": "arn:aws:states:x"}))}),
        },
        Case {
            rule: "LK081-sdk-not-in-runtime",
            defects: &["DEF-15"],
            bad: json!({"Turn": function(&json!({"Runtime": "nodejs20.x",
                "Code": {"ZipFile": "const AWS = require('aws-sdk');"}}))}),
            good: json!({"Turn": function(&json!({"Runtime": "nodejs20.x",
                "Code": {"ZipFile": "const { SecretsManagerClient } = require('@aws-sdk/client-secrets-manager');"}}))}),
        },
        Case {
            rule: "LK082-signing-key-rotated",
            defects: &["DEF-16"],
            bad: json!({
                "Key": secret("production/shop/policy-signing-key", "{}"),
                "Turn": {"Type": "AWS::SecretsManager::RotationSchedule", "Properties": {"SecretId": {"Ref": "Key"}}}
            }),
            good: json!({
                "Key": secret("production/shop/jwt", "{}"),
                "Turn": {"Type": "AWS::SecretsManager::RotationSchedule", "Properties": {"SecretId": {"Ref": "Key"}}}
            }),
        },
        Case {
            rule: "LK090-cors-any-origin",
            defects: &["DEF-33"],
            bad: cors("*"),
            good: cors("https://shop.example"),
        },
        Case {
            rule: "LK091-tls-minimum-ineffective",
            defects: &["DEF-28"],
            bad: edge(json!({"MinimumProtocolVersion": "TLSv1.2_2021", "CloudFrontDefaultCertificate": true})),
            good: edge(json!({"MinimumProtocolVersion": "TLSv1.2_2021", "AcmCertificateArn": "arn:aws:acm:x"})),
        },
        Case {
            rule: "LK100-topic-without-alarm",
            defects: &["DEF-11"],
            bad: json!({"AlarmTopic": {"Type": "AWS::SNS::Topic", "Properties": {}}}),
            good: json!({"Pager": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": "Alarms"}},
                "Slow": alarm(json!({}))}),
        },
    ]
}

#[test]
fn each_rule_finds_its_defect_and_nothing_where_there_is_none() {
    for case in cases() {
        let bad = of_resources(&case.bad);
        assert!(ids(&bad).contains(&case.rule), "{} does not find its defect: {bad:#?}", case.rule);
        let good = of_resources(&case.good);
        assert!(!ids(&good).contains(&case.rule), "{} finds what is not there: {good:#?}", case.rule);
    }
}

/// Rules about the blueprint, tried in tests of their own.
const ELSEWHERE: [&str; 9] = [
    "LK000-blueprint-invalid",
    "LK001-stack-missing",
    "LK002-stack-unknown",
    "LK003-output-missing",
    "LK004-output-unlisted",
    "LK005-check-resource-missing",
    "LK013-secret-field-missing",
    "LK110-route-absent",
    "LK120-ignore-unused",
];

#[test]
fn no_rule_is_without_a_case() {
    let mut tried: BTreeSet<&str> = cases().iter().map(|case| case.rule).collect();
    tried.extend(ELSEWHERE);
    tried.insert("LK061-export-without-environment");
    let all: BTreeSet<&str> = ALL.iter().map(|rule| rule.id).collect();
    assert_eq!(all, tried);
    assert!(ALL.is_sorted_by_key(|rule| rule.id) || ALL.len() == all.len(), "a rule is listed twice");
}

/// The contradictions of the original system that templates can show, and where each is found.
#[test]
fn the_defects_that_templates_show_have_their_rule() {
    let mut found: BTreeSet<&str> = cases().iter().flat_map(|case| case.defects.iter().copied()).collect();
    // Seen only beside a blueprint: names of outputs [DEF-4], stacks [DEF-6], routes [DEF-14].
    found.extend(["DEF-4", "DEF-6", "DEF-14"]);
    let wanted = [
        "DEF-1", "DEF-2", "DEF-4", "DEF-6", "DEF-7", "DEF-8", "DEF-9", "DEF-10", "DEF-11", "DEF-12", "DEF-13",
        "DEF-14", "DEF-15", "DEF-16", "DEF-28", "DEF-31", "DEF-32", "DEF-33", "DEF-34",
    ];
    assert_eq!(found, BTreeSet::from(wanted));
}

#[test]
fn names_and_exports_meet_where_both_environments_were_read() {
    let template = |name: &str, account_name: &str| {
        let mut made = with_endpoint(&json!({"Jobs": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": name}}}));
        made["Outputs"]["Endpoint"]["Export"] = json!({"Name": account_name});
        made
    };
    let same = findings(
        BLUEPRINT,
        &[("Shop-Api-staging", template("mint", "MintArn")), ("Shop-Api-production", template("mint", "MintArn"))],
    );
    assert_eq!(ids(&same), ["LK060-name-without-environment", "LK061-export-without-environment"], "{same:#?}");
    let apart = findings(
        BLUEPRINT,
        &[("Shop-Api-staging", template("mint-s", "S")), ("Shop-Api-production", template("mint-p", "P"))],
    );
    assert_eq!(ids(&apart), [""; 0]);
    let elsewhere = BLUEPRINT.replacen("123456789012", "210987654321", 1);
    let accounts = findings(
        &elsewhere,
        &[("Shop-Api-staging", template("mint", "MintArn")), ("Shop-Api-production", template("mint", "MintArn"))],
    );
    assert_eq!(ids(&accounts), [""; 0], "two accounts do not meet");
}

#[test]
fn routes_the_api_lacks_are_found_from_the_check() {
    let api = |key: &str| {
        json!({
            "Resources": {
                "Http": http_api(),
                "Route": {"Type": "AWS::ApiGatewayV2::Route", "Properties": {"ApiId": {"Ref": "Http"}, "RouteKey": key}}
            },
            "Outputs": {"Endpoint": {"Value": {"Fn::GetAtt": ["Http", "ApiEndpoint"]}}}
        })
    };
    let bad = findings(BLUEPRINT, &[("Shop-Api-staging", api("GET /leaderboard"))]);
    let found = bad.iter().find(|f| f.rule.id == "LK110-route-absent").unwrap();
    assert_eq!((found.place.position.line, found.subject.as_str()), (26, "health"));
    let good = findings(BLUEPRINT, &[("Shop-Api-staging", api("GET /health"))]);
    assert!(!ids(&good).contains(&"LK110-route-absent"));
}
