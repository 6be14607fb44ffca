//! The shipped blueprint, the reference document and the library of a directory.
#![expect(clippy::unwrap_used, clippy::panic, reason = "what helps a test fails like one")]

use std::{fs, path::Path};

use domain::{blueprint::Blueprint, checklist::ItemKind};
use server::blueprint::{Library, parse, schema};

fn shipped() -> Blueprint {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("blueprints/trivianft.toml")).unwrap();
    parse("trivianft.toml", &text).unwrap_or_else(|errors| panic!("{errors:#?}"))
}

#[test]
fn the_shipped_example_is_valid_and_protects_production() {
    let blueprint = shipped();
    assert_eq!(blueprint.stacks.len(), 7);
    assert!(!blueprint.environment("staging").unwrap().is_protected());
    let protection = blueprint.environment("production").unwrap().protection.clone().unwrap();
    assert_eq!(protection.phrase, "DEPLOY TO PRODUCTION");
}

#[test]
fn every_probe_of_the_original_scripts_is_cited_in_the_shipped_example() {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("blueprints/trivianft.toml")).unwrap();
    let numbered = |family: &str, numbers: std::ops::RangeInclusive<u32>| {
        numbers.map(|number| format!("{family}-{number}")).collect::<Vec<_>>()
    };
    let sections = [("PV-1", 8), ("PV-2", 4), ("PV-3", 3), ("PV-4", 5)];
    let parts = sections.iter().flat_map(|(section, count)| (1..=*count).map(move |n| format!("{section}.{n}")));
    let families = [
        numbered("VP", 1..=28),
        numbered("VD", 1..=18),
        numbered("SM", 0..=13),
        numbered("VM", 1..=11),
        vec!["PV-0".to_owned(), "PV-5".to_owned()],
        parts.collect(),
        numbered("PWA", 1..=10),
        numbered("WS", 1..=9),
        numbered("HRD", 1..=12),
    ];
    for id in families.iter().flatten() {
        assert!(is_cited(&text, id), "{id} is cited nowhere");
    }
}

/// By itself, or within "VP-1 … VP-7".
fn is_cited(text: &str, id: &str) -> bool {
    let number = |id: &str| -> Option<(String, f64)> {
        let (family, rest) = id.split_once('-')?;
        Some((family.to_owned(), rest.parse().ok()?))
    };
    let Some((family, wanted)) = number(id) else { return false };
    let comments = text.lines().filter(|line| line.contains('#'));
    comments.flat_map(|line| line.split(['[', ']', ','])).any(|part| match part.split_once('…') {
        Some((first, last)) => match (number(first.trim()), number(last.trim())) {
            (Some((a, from)), Some((b, until))) => a == family && b == family && (from..=until).contains(&wanted),
            _ => false,
        },
        None => part.trim() == id,
    })
}

#[test]
fn the_suites_of_the_original_are_there() {
    let blueprint = shipped();
    let ids: Vec<&str> = blueprint.suites.iter().map(|s| s.id.as_str()).collect();
    for id in ["verify", "smoke", "monitoring", "validation", "pwa", "web-stack", "hardening"] {
        assert!(ids.contains(&id), "{id} is missing in {ids:?}");
    }
    let kinds: std::collections::BTreeSet<&str> = blueprint.checks.iter().map(|c| c.kind.name()).collect();
    assert_eq!(kinds.len(), 24, "{kinds:?}");
}

#[test]
fn every_check_of_the_shipped_example_is_run_by_somebody() {
    let blueprint = shipped();
    let in_suites: Vec<&String> = blueprint.suites.iter().flat_map(|s| &s.checks).collect();
    let used: Vec<&String> = blueprint
        .checklist
        .items()
        .filter_map(|item| match &item.kind {
            ItemKind::Automatic { checks } => Some(checks),
            ItemKind::Manual { .. } => None,
        })
        .flatten()
        .collect();
    for check in &blueprint.checks {
        let is_used = used.contains(&&check.id) || in_suites.contains(&&check.id);
        assert!(is_used, "{} closes no item and is in no suite", check.id);
    }
}

#[test]
fn the_expected_outputs_are_those_of_the_real_templates() {
    let assemblies = Path::new(env!("CARGO_MANIFEST_DIR")).join("../end2end/assemblies");
    let blueprint = shipped();
    for environment in &blueprint.environments {
        for stack in &blueprint.stacks {
            let name = stack.stack_name(&environment.name);
            let file = assemblies.join("1.5.0").join(&environment.name).join(format!("{name}.template.json"));
            let template: serde_json::Value = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
            let mut found: Vec<&String> = template["Outputs"].as_object().unwrap().keys().collect();
            found.retain(|key| !key.starts_with("ExportsOutput"));
            found.sort();
            let mut expected: Vec<&String> = stack.outputs.iter().collect();
            expected.sort();
            assert_eq!(found, expected, "{name}");
        }
    }
}

#[test]
fn the_reference_names_every_key_and_every_word() {
    let reference = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/blueprint.md")).unwrap();
    let mut words = Vec::new();
    collect(&schema(), &mut words);
    assert!(words.len() > 40, "the schema was not walked: {words:?}");
    for word in words {
        assert!(reference.contains(&format!("`{word}`")), "docs/blueprint.md does not name `{word}`");
    }
}

/// Property names and the words of enumerations.
fn collect(schema: &serde_json::Value, words: &mut Vec<String>) {
    match schema {
        serde_json::Value::Object(map) => {
            for (key, inner) in map {
                match (key.as_str(), inner) {
                    ("properties", serde_json::Value::Object(properties)) => {
                        words.extend(
                            properties
                                .keys()
                                .filter(|k| {
                                    !["application", "environments", "stacks", "checks", "suites", "checklist"]
                                        .contains(&k.as_str())
                                })
                                .cloned(),
                        );
                    }
                    ("enum", serde_json::Value::Array(all)) => {
                        words.extend(all.iter().filter_map(|w| w.as_str().map(str::to_owned)));
                    }
                    ("const", serde_json::Value::String(word)) => words.push(word.clone()),
                    _ => {}
                }
                collect(inner, words);
            }
        }
        serde_json::Value::Array(all) => all.iter().for_each(|inner| collect(inner, words)),
        _ => {}
    }
}

const SMALL: &str = "[application]\nname = \"shop\"\n[[environments]]\nname = \"staging\"\nregion = \"eu-west-1\"\n[[stacks]]\nname = \"Api\"\n";

#[test]
fn the_example_of_the_reference_is_valid() {
    let reference = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/blueprint.md")).unwrap();
    let example = reference.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    parse("example.toml", example).unwrap_or_else(|errors| panic!("{errors:#?}"));
}

#[test]
fn a_broken_edit_keeps_the_last_good_version_and_is_reported() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("shop.toml");
    fs::write(&file, SMALL).unwrap();
    let library = Library::open(directory.path());
    let first = library.get("shop").unwrap();
    assert!(library.problems().is_empty());
    assert!(!library.reload_if_changed());

    fs::write(&file, SMALL.replace("eu-west-1", "eu-wset-1")).unwrap();
    assert!(library.reload());
    assert_eq!(library.get("shop").unwrap().digest, first.digest);
    let problems = library.problems();
    assert!(problems[0].starts_with("shop.toml:5:10: environments[0].region:"), "{problems:?}");
    assert!(problems[1].contains("stays in use"), "{problems:?}");

    fs::write(&file, SMALL.replace("\"Api\"", "\"Backend\"")).unwrap();
    assert!(library.reload_if_changed());
    assert!(library.problems().is_empty());
    assert!(library.get("shop").unwrap().stack("Backend").is_some());
    assert_eq!(library.source("shop").as_deref(), Some(SMALL.replace("\"Api\"", "\"Backend\"").as_str()));
}

#[test]
fn a_removed_file_takes_its_application_away_and_a_second_description_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("a.toml"), SMALL).unwrap();
    fs::write(directory.path().join("b.toml"), SMALL).unwrap();
    fs::write(directory.path().join("notes.txt"), "not a blueprint").unwrap();
    let library = Library::open(directory.path());
    assert_eq!(library.all().len(), 1);
    assert!(library.problems()[0].contains("described by another file"), "{:?}", library.problems());

    fs::remove_file(directory.path().join("a.toml")).unwrap();
    fs::remove_file(directory.path().join("b.toml")).unwrap();
    assert!(library.reload_if_changed());
    assert!(library.get("shop").is_none());
}

#[test]
fn a_missing_directory_is_a_problem_not_a_crash() {
    let directory = tempfile::tempdir().unwrap();
    let library = Library::open(directory.path().join("nowhere"));
    assert!(library.all().is_empty());
    assert!(library.problems()[0].contains("cannot be read"), "{:?}", library.problems());
}
