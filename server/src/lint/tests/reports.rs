//! What the three formats say, and the reference.

use serde_json::{Value, json};

use super::{ALL, Finding, of_resources, report};

fn some() -> Vec<Finding> {
    of_resources(&json!({
        "Run": {"Type": "AWS::Lambda::Function", "Properties": {"Runtime": "nodejs16.x"}},
        "Rights": {"Type": "AWS::IAM::ManagedPolicy", "Properties": {}}
    }))
}

#[test]
fn text_begins_with_the_place_and_ends_with_the_sum() {
    let text = report::text(&some());
    let first = text.lines().next().unwrap();
    assert!(first.starts_with("shop.toml:11:8: warning: "), "{text}");
    assert!(text.contains("at cdk.out/Shop-Api-production.template.json:"), "{text}");
    assert!(text.contains("Shop-Api-production/Run"), "{text}");
    assert!(text.trim_end().ends_with("0 errors, 3 warnings, 0 notes"), "{text}");
}

#[test]
fn json_holds_everything_a_program_needs() {
    let found = report::json(&some());
    let entries = found["findings"].as_array().unwrap();
    assert_eq!(entries.len(), 3);
    let runtime = entries.iter().find(|e| e["rule"] == "LK070-runtime-deprecated").unwrap();
    assert_eq!(runtime["subject"], "Api/Run");
    assert_eq!(runtime["environments"], json!(["production"]));
    assert_eq!(runtime["related"][0]["logical_id"], "Shop-Api-production/Run");
    assert!(runtime["message"].as_str().unwrap().contains("nodejs16.x"));
    assert_eq!(found["summary"], json!({"errors": 0, "warnings": 3, "notes": 0}));
}

/// The members SARIF 2.1.0 requires, and the limits of its schema that a report could break.
#[test]
fn sarif_has_what_its_schema_requires() {
    let log = report::sarif(&some());
    assert_eq!(log["version"], "2.1.0");
    let run = &log["runs"][0];
    let driver = &run["tool"]["driver"];
    assert_eq!(driver["name"], "lockkeeper");
    let rules = driver["rules"].as_array().unwrap();
    assert_eq!(rules.len(), ALL.len());
    for rule in rules {
        assert!(rule["id"].is_string() && rule["shortDescription"]["text"].is_string(), "{rule}");
        assert!(
            ["error", "warning", "note", "none"].contains(&rule["defaultConfiguration"]["level"].as_str().unwrap())
        );
        if let Some(help) = rule.get("helpUri") {
            assert!(help.as_str().is_some_and(|uri| url::Url::parse(uri).is_ok()), "{rule}");
        }
    }
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), 3);
    for result in results {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
        assert!(result["message"]["text"].as_str().is_some_and(|text| !text.is_empty()));
        for location in
            result["locations"].as_array().unwrap().iter().chain(result["relatedLocations"].as_array().unwrap())
        {
            let physical = &location["physicalLocation"];
            let uri = physical["artifactLocation"]["uri"].as_str().unwrap();
            assert!(!uri.contains(' '), "{uri}");
            assert!(physical["region"]["startLine"].as_u64().is_some_and(|line| line >= 1));
            assert!(physical["region"]["startColumn"].as_u64().is_some_and(|column| column >= 1));
        }
    }
    let runtime = results.iter().find(|r| r["ruleId"] == "LK070-runtime-deprecated").unwrap();
    let ids: Vec<&Value> = runtime["relatedLocations"].as_array().unwrap().iter().map(|l| &l["id"]).collect();
    assert_eq!(ids, [&json!(0)]);
    assert_eq!(runtime["locations"][0]["logicalLocations"][0]["fullyQualifiedName"], "Shop-Api-production/Run");
}

#[test]
fn the_reference_is_that_of_the_rules() {
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/check.md");
    let text = std::fs::read_to_string(&file).unwrap();
    let (before, _) = text.split_once("## Rules\n").expect("docs/check.md has a section “Rules”");
    let wanted = format!("{before}## Rules\n\n{}", report::reference());
    if std::env::var_os("LOCKKEEPER_WRITE_REFERENCE").is_some() {
        std::fs::write(&file, &wanted).unwrap();
    }
    assert_eq!(text, wanted, "run the test once with LOCKKEEPER_WRITE_REFERENCE=1");
}
