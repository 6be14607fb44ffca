use std::collections::BTreeMap;

use domain::blueprint::Blueprint;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::blueprint as loader;

use super::{InitError, Input, Stack, blueprint};

fn stack(name: &str, template: &Value) -> Stack {
    Stack::of_account(name, format!("{name}.template.json"), &template.to_string(), BTreeMap::new()).unwrap()
}

fn queue() -> Value {
    json!({"Resources": {"Jobs": {"Type": "AWS::SQS::Queue"}}})
}

fn folder(name: &str, stacks: Vec<Stack>) -> Input {
    Input { environment: None, folder: name.to_owned(), stacks }
}

fn made(inputs: Vec<Input>) -> (Blueprint, String) {
    let text = blueprint(inputs, None).unwrap_or_else(|error| panic!("{error}"));
    let parsed = loader::parse("b.toml", &text).unwrap_or_else(|errors| panic!("{errors:#?}\n{text}"));
    (parsed, text)
}

#[test]
fn environments_and_patterns_come_from_the_names() {
    let names = ["Shop-Data-staging", "Shop-Api-staging", "Shop-Data-production", "Shop-Api-production"];
    let stacks = names.iter().map(|name| stack(name, &queue())).collect();
    let (found, text) = made(vec![folder("cdk.out", stacks)]);
    let environments: Vec<&str> = found.environments.iter().map(|e| e.name.as_str()).collect();
    assert_eq!(environments, ["staging", "production"], "{text}");
    assert!(found.environments[1].is_protected() && !found.environments[0].is_protected());
    assert_eq!(found.application.name, "shop");
    for definition in &found.stacks {
        assert_eq!(definition.name_pattern, "Shop-{stack}-{environment}");
        assert!(definition.is_stateful, "a queue holds data");
    }
    assert!(found.check("stack.data").is_some() && found.check("stack.api").is_some());
}

#[test]
fn stages_of_the_cdk_begin_with_the_environment() {
    let mut stacks = vec![stack("Prod-Api", &queue()), stack("Prod-Data", &queue()), stack("Test-Api", &queue())];
    for stack in &mut stacks {
        stack.id = stack.name.replacen('-', "/", 1);
    }
    let (found, text) = made(vec![folder("cdk.out", stacks)]);
    let environments: Vec<&str> = found.environments.iter().map(|e| e.name.as_str()).collect();
    assert_eq!(environments, ["test", "prod"], "{text}");
    assert_eq!(found.stack("Api").unwrap().stack_name("prod"), "Prod-Api");
    assert!(text.contains("Not in the templates of test"), "{text}");
}

#[test]
fn what_templates_do_not_say_is_left_for_a_person() {
    let mut only = stack("Api", &queue());
    only.is_plain = true;
    let (found, text) = made(vec![folder("templates", vec![only])]);
    assert_eq!(found.environments[0].name, "default");
    assert_eq!(found.environments[0].account, None);
    assert!(text.contains("put yours"), "{text}");
    assert!(text.contains("correct the pattern"), "{text}");
}

#[test]
fn a_stack_two_environments_would_share_is_named_and_left_out() {
    let with = |name: &str| vec![stack(&format!("Shop-Api-{name}"), &queue()), stack("Shop-Shared", &queue())];
    let inputs = ["staging", "production"].map(|name| Input {
        environment: Some(name.to_owned()),
        folder: name.to_owned(),
        stacks: with(name),
    });
    let (found, text) = made(inputs.to_vec());
    assert_eq!(found.stacks.len(), 1, "{text}");
    assert!(text.contains("Shop-Shared: it has no environment in its name"), "{text}");
}

#[test]
fn dependencies_decide_the_order_and_a_circle_is_opened() {
    let importing = |own: &str, other: &str| {
        json!({
            "Resources": {"Q": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"Fn::ImportValue": other}}}},
            "Outputs": {"Name": {"Value": {"Ref": "Q"}, "Export": {"Name": own}}}
        })
    };
    let stacks = vec![
        stack("Shop-Web-test", &importing("web", "api")),
        stack("Shop-Api-test", &importing("api", "none")),
        stack("Shop-A-test", &importing("a", "b")),
        stack("Shop-B-test", &importing("b", "a")),
    ];
    let (found, text) = made(vec![folder("x", stacks)]);
    assert_eq!(found.stack("Web").unwrap().depends_on, ["Api"]);
    let order: Vec<&str> = found.stacks.iter().map(|s| s.name.as_str()).collect();
    assert!(order.iter().position(|n| *n == "Api") < order.iter().position(|n| *n == "Web"), "{text}");
}

#[test]
fn everything_found_is_in_the_file_with_its_origin() {
    let template = json!({
        "Resources": {
            "Key": {"Type": "AWS::SecretsManager::Secret", "Properties": {
                "Name": "staging/shop/api-key",
                "GenerateSecretString": {"SecretStringTemplate": "{\"url\":\"https://x\"}", "GenerateStringKey": "apiKey"}}},
            "Turn": {"Type": "AWS::SecretsManager::RotationSchedule", "Properties": {
                "SecretId": {"Ref": "Key"}, "RotationRules": {"ScheduleExpression": "rate(90 days)"}}},
            "Pager": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "shop-critical-staging"}},
            "Slow": {"Type": "AWS::CloudWatch::Alarm", "Properties": {"AlarmActions": [{"Ref": "Pager"}]}},
            "Board": {"Type": "AWS::CloudWatch::Dashboard", "Properties": {"DashboardName": "shop"}},
            "Migrate": {"Type": "AWS::Lambda::Function", "Properties": {}},
            "Site": {"Type": "AWS::S3::Bucket"},
            "Edge": {"Type": "AWS::CloudFront::Distribution", "Properties": {"DistributionConfig": {
                "Origins": [{"DomainName": {"Fn::GetAtt": ["Site", "DomainName"]}}]}}},
            "Http": {"Type": "AWS::ApiGatewayV2::Api", "Properties": {"ProtocolType": "HTTP"}},
            "Season": {"Type": "AWS::ApiGatewayV2::Route", "Properties": {
                "ApiId": {"Ref": "Http"}, "RouteKey": "GET /seasons/current"}},
            "Player": {"Type": "AWS::ApiGatewayV2::Route", "Properties": {
                "ApiId": {"Ref": "Http"}, "RouteKey": "GET /players/{id}"}}
        },
        "Outputs": {
            "Domain": {"Value": {"Fn::GetAtt": ["Edge", "DomainName"]}},
            "Endpoint": {"Value": {"Fn::GetAtt": ["Http", "ApiEndpoint"]}},
            "ExportsOutputRefPager": {"Value": {"Ref": "Pager"}}
        }
    });
    let (found, text) = made(vec![folder("x", vec![stack("Shop-All-staging", &template)])]);
    assert_eq!(found.stacks[0].outputs, ["Domain", "Endpoint"]);
    assert!(found.check("http.all.seasons-current").is_some(), "{text}");
    assert!(found.check("http.all.site").is_some());
    assert!(found.checks.iter().all(|c| !c.id.contains("players")), "a route with a parameter cannot be asked");
    for wanted in [
        "staging/shop/api-key (Shop-All-staging / Key): url, apiKey*; rotated every 90 days; a person must",
        "(Shop-All-staging / Slow): critical",
        "(Shop-All-staging / Board)",
        "(Shop-All-staging / Migrate)",
        "(Shop-All-staging / Site)",
        "(Shop-All-staging / Edge)",
        "Secret staging/shop/api-key holds its real value",
        "From Shop-All-staging / Domain.",
    ] {
        assert!(text.contains(wanted), "{wanted}\n{text}");
    }
}

#[test]
fn nothing_and_bad_names_are_refused() {
    assert_eq!(blueprint(vec![folder("x", Vec::new())], None), Err(InitError::NoStack));
    let named = blueprint(vec![folder("x", vec![stack("A", &queue())])], Some("My Shop"));
    assert!(matches!(named, Err(InitError::Name(_))), "{named:?}");
}

/// Names of stacks as people and tools make them, within what CloudFormation takes.
fn stack_name() -> impl Strategy<Value = String> {
    name().prop_map(|name| if name.starts_with(|c: char| c.is_ascii_digit()) { format!("S{name}") } else { name })
}

/// Words with dashes between them, some of which name environments.
fn name() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        Just("staging".to_owned()),
        Just("production".to_owned()),
        Just("Prod".to_owned()),
        Just("dev".to_owned()),
        "[A-Za-z][A-Za-z0-9]{0,8}",
        "[0-9]{1,3}",
    ];
    prop::collection::vec(word, 1..5).prop_map(|words| words.join("-"))
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        "[ -~\u{e9}\u{7}\n\"\\\\]{0,12}".prop_map(Value::from),
        "[A-C]".prop_map(|id| json!({"Ref": id})),
        "[A-C]".prop_map(|id| json!({"Fn::GetAtt": [id, "Arn"]})),
        "[a-c]".prop_map(|name| json!({"Fn::ImportValue": name})),
        "[ -~]{0,12}".prop_map(|text| json!({"Fn::Sub": text})),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::vec(inner.clone(), 0..3).prop_map(|items| json!({"Fn::Join": ["-", items]})),
            prop::collection::btree_map("[A-Za-z]{1,8}", inner, 0..3).prop_map(|map| json!(map)),
        ]
    })
}

fn template() -> impl Strategy<Value = Value> {
    let kind = prop_oneof![
        Just("AWS::SQS::Queue"),
        Just("AWS::SecretsManager::Secret"),
        Just("AWS::SNS::Topic"),
        Just("AWS::CloudWatch::Alarm"),
        Just("AWS::Lambda::Function"),
        Just("AWS::CloudFront::Distribution"),
        Just("AWS::ApiGatewayV2::Api"),
        Just("AWS::ApiGatewayV2::Route"),
        Just("AWS::S3::Bucket"),
        Just("Custom::Thing"),
    ];
    let properties = prop::collection::btree_map(
        prop_oneof![
            Just("Name".to_owned()),
            Just("FunctionName".to_owned()),
            Just("TopicName".to_owned()),
            Just("SecretString".to_owned()),
            Just("RouteKey".to_owned()),
            Just("ApiId".to_owned()),
            "[A-Za-z]{1,8}"
        ],
        value(),
        0..4,
    );
    let resource = (kind, properties).prop_map(|(kind, p)| json!({"Type": kind, "Properties": p}));
    let id = prop_oneof!["[A-C]", "[A-Za-z0-9]{1,70}", "[ -~\n]{1,9}"];
    let resources = prop::collection::btree_map(id, resource, 1..5);
    let output = (value(), "[a-c]").prop_map(|(value, name)| json!({"Value": value, "Export": {"Name": name}}));
    let outputs = prop::collection::btree_map(prop_oneof!["[A-Za-z0-9]{1,80}", "[ -~\n]{0,6}"], output, 0..4);
    (resources, outputs).prop_map(|(resources, outputs)| json!({"Resources": resources, "Outputs": outputs}))
}

fn inputs() -> impl Strategy<Value = Vec<Input>> {
    let tags = prop::collection::btree_map(
        prop_oneof![Just("Environment".to_owned()), "[ -~\n]{1,6}"],
        prop_oneof![Just("staging".to_owned()), "[ -~\n]{0,9}"],
        0..3,
    );
    let place = prop_oneof![
        Just((None, None)),
        Just((Some("123456789012".to_owned()), Some("eu-west-1".to_owned()))),
        Just((Some("210987654321".to_owned()), Some("us-east-1".to_owned()))),
        Just((Some("nonsense".to_owned()), Some("nowhere".to_owned()))),
    ];
    let one =
        (stack_name(), template(), tags, place, any::<bool>()).prop_map(|(name, template, tags, place, is_plain)| {
            let mut made = stack(&name, &template);
            (made.account, made.region) = place;
            (made.tags, made.is_plain) = (tags, is_plain);
            made
        });
    let environment = prop_oneof![Just(None), Just(Some("staging".to_owned())), "[ -~]{0,8}".prop_map(Some)];
    let input = (environment, name(), prop::collection::vec(one, 1..5))
        .prop_map(|(environment, folder, stacks)| Input { environment, folder, stacks });
    prop::collection::vec(input, 1..4)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever the templates are like: what is written loads, and is the same the next time.
    #[test]
    fn any_templates_give_a_blueprint_that_loads(inputs in inputs()) {
        let first = blueprint(inputs.clone(), None);
        prop_assert!(first.is_ok(), "{first:?}");
        prop_assert_eq!(first, blueprint(inputs, None));
    }
}
