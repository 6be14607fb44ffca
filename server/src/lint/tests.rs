use std::{collections::BTreeMap, path::Path};

use jiff::civil::date;
use serde_json::{Value, json};

use crate::{assembly, blueprint::parse_located, templates::Stack};

use super::*;

mod reports;
mod table;

const BLUEPRINT: &str = r#"
[application]
name = "shop"

[[environments]]
name = "staging"
region = "eu-west-1"
account = "123456789012"

[[environments]]
name = "production"
region = "eu-west-1"
account = "123456789012"
[environments.protection]
phrase = "SHIP IT"

[[stacks]]
name = "Api"
name_pattern = "Shop-{stack}-{environment}"
outputs = ["Endpoint"]

[[checks]]
id = "health"
title = "Healthy"
kind = "http"
url = "{output:Api.Endpoint}/health"
"#;

/// Findings of a blueprint and of templates by stack name.
fn findings(blueprint: &str, stacks: &[(&str, Value)]) -> Vec<Finding> {
    let located = parse_located("shop.toml", blueprint).unwrap_or_else(|errors| panic!("{errors:#?}"));
    let stacks = stacks.iter().map(|(name, template)| {
        let body = serde_json::to_string_pretty(template).unwrap();
        Stack::of_account(name, format!("cdk.out/{name}.template.json"), &body, BTreeMap::new()).unwrap()
    });
    let source = Source { environment: None, origin: Origin::Assembly, stacks: stacks.collect() };
    let model = Model::new("shop.toml", &located, vec![source], date(2026, 11, 25)).unwrap();
    run(&model)
}

/// Findings of resources in production's only stack; the other environment is not read.
fn of_resources(resources: &Value) -> Vec<Finding> {
    findings(BLUEPRINT, &[("Shop-Api-production", with_endpoint(resources))])
}

fn with_endpoint(resources: &Value) -> Value {
    let mut all = json!({"Param": {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": "x"}}});
    if let (Some(all), Some(more)) = (all.as_object_mut(), resources.as_object()) {
        all.extend(more.clone());
    }
    json!({"Resources": all, "Outputs": {"Endpoint": {"Value": "https://shop.example"}}})
}

fn ids(findings: &[Finding]) -> Vec<&'static str> {
    findings.iter().map(|f| f.rule.id).collect()
}

#[test]
fn templates_that_do_what_the_blueprint_says_are_clean() {
    assert_eq!(ids(&of_resources(&json!({}))), [""; 0]);
}

#[test]
fn the_place_in_the_blueprint_and_in_the_template_are_named() {
    let template = json!({
        "Resources": {"Run": {"Type": "AWS::SNS::Topic"}},
        "Outputs": {"Url": {"Value": "x"}}
    });
    let found = findings(BLUEPRINT, &[("Shop-Api-staging", template.clone()), ("Shop-Api-production", template)]);
    let missing = found.iter().find(|f| f.rule.id == "LK003-output-missing").unwrap();
    assert_eq!((missing.place.position.line, missing.place.position.column), (20, 12));
    assert_eq!(missing.environments, ["staging", "production"], "one finding of both");
    let unlisted = found.iter().find(|f| f.rule.id == "LK004-output-unlisted").unwrap();
    assert_eq!(unlisted.related[0].logical.as_deref(), Some("Shop-Api-staging/Url"));
    assert_eq!(unlisted.related[0].position.line, 8);
    assert_eq!(unlisted.subject, "Api/Url");
}

#[test]
fn stacks_are_missed_on_both_sides() {
    let found = findings(BLUEPRINT, &[("Shop-Web-staging", with_endpoint(&json!({})))]);
    assert_eq!(ids(&found), ["LK002-stack-unknown", "LK001-stack-missing"], "{found:#?}");
    assert_eq!(found[0].environments, ["staging"], "its name says where it belongs");
}

#[test]
fn an_environment_named_by_the_caller_owns_every_stack() {
    let located = parse_located("shop.toml", BLUEPRINT).unwrap();
    let body = with_endpoint(&json!({})).to_string();
    let mut stack = Stack::of_account("Api", "t/Api.json".into(), &body, BTreeMap::new()).unwrap();
    stack.is_plain = true;
    let source = |name: &str| Source {
        environment: Some(name.to_owned()),
        origin: Origin::Assembly,
        stacks: vec![stack.clone()],
    };
    let model = Model::new("shop.toml", &located, vec![source("production")], date(2026, 1, 1)).unwrap();
    assert_eq!(ids(&run(&model)), [""; 0]);
    let unknown = Model::new("shop.toml", &located, vec![source("live")], date(2026, 1, 1));
    assert_eq!(unknown.err().unwrap(), "the blueprint has no environment live; it has staging, production");
}

#[test]
fn ignored_findings_are_silent_and_idle_ignores_are_not() {
    let ignores = r#"
[[lint.ignore]]
rule = "LK050"
subject = "Api/*"
reason = "attached by the platform team"

[[lint.ignore]]
rule = "LK091-tls-minimum-ineffective"
subject = "Web/Edge"
reason = "gone"
"#;
    let policy = json!({"Rights": {"Type": "AWS::IAM::ManagedPolicy", "Properties": {}}});
    let blueprint = format!("{BLUEPRINT}{ignores}");
    let found = findings(&blueprint, &[("Shop-Api-production", with_endpoint(&policy))]);
    assert_eq!(ids(&found), ["LK120-ignore-unused"]);
    assert_eq!(found[0].place.position.line, 33, "{found:#?}");
    let unknown = blueprint.replace("LK050", "LK950");
    let errors = parse_located("shop.toml", &unknown).err().unwrap();
    assert!(errors[0].message.contains("there is no rule"), "{errors:?}");
}

#[test]
fn a_finding_moves_with_its_environment_only_where_it_differs() {
    let function = |name: &str| {
        with_endpoint(&json!({"Run": {"Type": "AWS::Lambda::Function", "Properties": {
            "FunctionName": format!("run-{name}"), "Runtime": "nodejs20.x"}}}))
    };
    let found = findings(
        BLUEPRINT,
        &[("Shop-Api-staging", function("staging")), ("Shop-Api-production", function("production"))],
    );
    let old: Vec<&Finding> = found.iter().filter(|f| f.rule.id == "LK070-runtime-deprecated").collect();
    assert_eq!(old.len(), 1);
    assert_eq!(old[0].environments, ["staging", "production"]);
    assert_eq!(old[0].related.len(), 2);
}

#[test]
fn the_order_of_findings_is_the_order_of_the_file() {
    let found = of_resources(&json!({
        "Run": {"Type": "AWS::Lambda::Function", "Properties": {"Runtime": "nodejs16.x"}},
        "Rights": {"Type": "AWS::IAM::ManagedPolicy", "Properties": {}}
    }));
    let mut sorted = found.clone();
    sorted.sort_by(|a, b| a.place.cmp(&b.place));
    assert_eq!(ids(&found), ids(&sorted));
}

/// The example's assemblies, read as a user would.
pub fn of_example(version: &str) -> Vec<Finding> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(root.join("blueprints/trivianft.toml")).unwrap();
    let located = parse_located("trivianft.toml", &text).unwrap_or_else(|errors| panic!("{errors:#?}"));
    let sources = ["staging", "production"].map(|environment| {
        let folder = root.join("../end2end/assemblies").join(version).join(environment);
        let found = assembly::read(&folder, assembly::Limits::default()).unwrap();
        Source { environment: None, origin: Origin::Assembly, stacks: Stack::all(&found, Path::new(environment)) }
    });
    let model = Model::new("trivianft.toml", &located, sources.to_vec(), date(2026, 11, 25)).unwrap();
    run(&model)
}

#[test]
fn the_example_is_read_whole_and_its_defects_are_found() {
    let found = of_example("1.4.0");
    let has = |rule: &str, subject: &str| found.iter().any(|f| f.rule.id == rule && f.subject == subject);
    // The blueprint's stacks and outputs are those of the templates.
    assert!(found.iter().all(|f| !f.rule.id.starts_with("LK001") && !f.rule.id.starts_with("LK003")), "{found:#?}");
    assert!(has("LK100-topic-without-alarm", "Observability/AlarmTopic"), "{found:#?}");
    assert!(has("LK050-policy-unattached", "Security/SecretsAccess"));
    assert!(has("LK090-cors-any-origin", "Api/HttpApi"));
    assert!(has("LK091-tls-minimum-ineffective", "Web/Distribution"));
    assert!(has("LK110-route-absent", "http.health"));
}
