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
fn every_check_of_the_shipped_example_closes_an_item() {
    let blueprint = shipped();
    let used: Vec<&String> = blueprint
        .checklists
        .iter()
        .flat_map(|list| &list.sections)
        .flat_map(|section| &section.items)
        .filter_map(|item| match &item.kind {
            ItemKind::Automatic { checks } => Some(checks),
            ItemKind::Manual { .. } => None,
        })
        .flatten()
        .collect();
    for check in &blueprint.checks {
        assert!(used.contains(&&check.id), "{} closes no item", check.id);
    }
}

/// The original lists, box by box: SEED-FACTS 9.1, 9.2 and 9.4.
#[test]
fn the_shipped_checklists_have_every_box_of_the_original() {
    const PRODUCTION: [usize; 52] = [
        6, 7, 6, 10, 6, 4, 5, 9, 7, 7, 6, 5, 5, 5, 5, 7, 10, 5, 8, 8, 8, 7, 8, 6, 7, 8, 7, 6, 5, 6, 6, 5, 5, 5, 9, 7,
        6, 6, 8, 6, 9, 8, 10, 5, 8, 5, 5, 4, 3, 7, 0, 18,
    ];
    const STAGING: [usize; 24] = [8, 9, 7, 7, 4, 8, 7, 9, 13, 7, 6, 7, 5, 6, 6, 5, 5, 10, 7, 8, 7, 7, 7, 12];
    const VALIDATION: [usize; 18] = [6, 6, 8, 8, 8, 8, 10, 7, 6, 7, 6, 6, 5, 6, 8, 10, 3, 0];
    let blueprint = shipped();
    let boxes = |id: &str| -> Vec<usize> {
        let list = blueprint.checklists.iter().find(|list| list.id == id).unwrap();
        list.sections.iter().map(|section| section.items.len()).collect()
    };
    assert_eq!(boxes("production"), PRODUCTION);
    assert_eq!(boxes("staging"), STAGING);
    assert_eq!(boxes("validation"), VALIDATION);
    // 326 boxes and 18 success criteria; 165 boxes and 12 criteria; 118 boxes.
    let sum = |counts: &[usize]| counts.iter().sum::<usize>();
    assert_eq!((sum(&PRODUCTION), sum(&STAGING), sum(&VALIDATION)), (326 + 18, 165 + 12, 118));
    for (list, prefix) in [("production", "pdc"), ("staging", "sdc"), ("validation", "val")] {
        let list = blueprint.checklists.iter().find(|one| one.id == list).unwrap();
        for (number, section) in (1..).zip(&list.sections) {
            assert_eq!(section.id, format!("{prefix}-{number}"));
            for (place, item) in (1..).zip(&section.items) {
                assert_eq!(item.id, format!("{prefix}-{number}.{place}"));
            }
        }
    }
}

#[test]
fn a_production_deployment_gets_its_list_and_what_does_not_apply_says_why() {
    let blueprint = shipped();
    let production = blueprint.checklist_for(blueprint.environment("production").unwrap());
    assert_eq!(production.lists.iter().map(|l| l.id.as_str()).collect::<Vec<_>>(), ["production", "validation"]);
    assert_eq!(production.sign_off_roles.len(), 4);
    let why = |id: &str| production.item(id).unwrap().not_applicable.clone();
    assert_eq!(why("pdc-18.1").as_deref(), Some("Production has no variable custom_domain"));
    assert_eq!(why("pdc-4.9").as_deref(), Some("Production has no variable custom_domain"));
    assert_eq!(why("pdc-25.1"), None, "forging is on");
    assert!(!production.section_of("pdc-43.1").unwrap().is_required, "nobody waits a week to sign");
    let staging = blueprint.checklist_for(blueprint.environment("staging").unwrap());
    assert!(staging.sign_off_roles.is_empty() && staging.lists.len() == 1);
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
                                    !["application", "environments", "stacks", "checks", "checklists"]
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
