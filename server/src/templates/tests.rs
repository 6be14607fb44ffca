use serde_json::json;

use super::*;

/// Stacks of one environment, by name and template.
pub(crate) fn templates(stacks: &[(&str, Value)]) -> Templates {
    let made = stacks.iter().map(|(name, template)| {
        let body = serde_json::to_string_pretty(template).unwrap();
        let mut stack = Stack::of_account(name, format!("{name}.template.json"), &body, BTreeMap::new()).unwrap();
        stack.account = Some("123456789012".to_owned());
        stack.region = Some("eu-west-1".to_owned());
        stack
    });
    Templates { stacks: made.collect() }
}

#[test]
fn functions_are_carried_out_as_far_as_the_templates_decide_them() {
    let two = templates(&[
        (
            "Base-staging",
            json!({
                "Resources": {"Jobs": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "jobs-staging"}}},
                "Outputs": {"Url": {"Value": {"Ref": "Jobs"}, "Export": {"Name": {"Fn::Sub": "${AWS::StackName}-Url"}}}}
            }),
        ),
        (
            "App-staging",
            json!({
                "Parameters": {
                    "Size": {"Type": "Number", "Default": 2},
                    "Image": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/image"}
                },
                "Mappings": {"Sizes": {"small": {"memory": 128}}},
                "Resources": {"Run": {"Type": "AWS::Lambda::Function", "Properties": {"FunctionName": "run-staging"}}}
            }),
        ),
    ]);
    let known = |value: Value| two.literal(1, &value);
    assert_eq!(known(json!({"Fn::Join": ["-", ["a", {"Ref": "Size"}, true]]})), Some("a-2-true".into()));
    assert_eq!(
        known(json!({"Fn::Sub": "${AWS::Region}/${!Literal}/${X}"})),
        None,
        "a name nothing declares stays unknown"
    );
    assert_eq!(
        known(json!({"Fn::Sub": ["${AWS::Region}/${!Literal}/${X}", {"X": "y"}]})),
        Some("eu-west-1/${Literal}/y".into())
    );
    assert_eq!(known(json!({"Ref": "Image"})), None, "Systems Manager decides that, not the template");
    assert_eq!(known(json!({"Fn::FindInMap": ["Sizes", "small", "memory"]})), Some("128".into()));
    assert_eq!(known(json!({"Fn::Select": [1, ["a", "b"]]})), Some("b".into()));
    assert_eq!(known(json!({"Ref": "Run"})), None, "what Ref answers is the account's to say");
    let log_group = two.text(1, &json!({"Fn::Sub": "/aws/lambda/${Run}"}));
    assert_eq!(two.spelled(&log_group), Some("/aws/lambda/run-staging".into()));

    let import = json!({"Fn::ImportValue": "Base-staging-Url"});
    let queue = two.find(0, "Jobs").unwrap();
    assert_eq!(two.text(1, &import).resources().collect::<Vec<_>>(), [queue]);
    assert_eq!(two.references(1, &json!({"A": [{"B": import}]})), BTreeSet::from([queue]));
}

#[test]
fn exports_that_lead_in_a_circle_end_as_unknown() {
    let circle = templates(&[(
        "A",
        json!({
            "Resources": {"T": {"Type": "AWS::SNS::Topic"}},
            "Outputs": {"X": {"Value": {"Fn::ImportValue": "x"}, "Export": {"Name": "x"}}}
        }),
    )]);
    assert_eq!(circle.literal(0, &json!({"Fn::ImportValue": "x"})), None);
    assert!(circle.references(0, &json!({"Fn::ImportValue": "x"})).is_empty());
}

#[test]
fn keys_are_found_in_pretty_and_in_packed_texts() {
    let template = json!({"Resources": {"A": {"Type": "X::Y::Z", "Properties": {"Q": "{\"Resources\"}"}}, "B": {}}});
    let pretty = places::positions(&serde_json::to_string_pretty(&template).unwrap());
    let key = |name: &str| ("Resources".to_owned(), name.to_owned());
    assert_eq!(pretty[&key("A")], Position { line: 3, column: 5 });
    let packed = places::positions(&template.to_string());
    assert_eq!(packed[&key("A")], Position { line: 1, column: 15 });
    assert_eq!(packed.len(), 2, "{packed:?}");
}
