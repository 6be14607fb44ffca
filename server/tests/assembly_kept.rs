//! The reader on real output of `cdk synth`: the kept assemblies of the example, in both versions.
#![expect(clippy::unwrap_used, reason = "what helps a test fails like one")]

use std::{
    collections::BTreeMap,
    fs,
    io::{Cursor, Read as _},
    path::{Path, PathBuf},
};

use domain::blueprint::Blueprint;
use server::{
    assembly::{BlobKind, Limits, Release, content, read, release_archive, release_from_archive, release_from_folders},
    blueprint,
};

fn folder(version: &str, environment: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../end2end/assemblies").join(version).join(environment)
}

fn folders(version: &str) -> BTreeMap<String, PathBuf> {
    ["staging", "production"].map(|name| (name.to_owned(), folder(version, name))).into()
}

fn trivianft() -> Blueprint {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("blueprints/trivianft.toml")).unwrap();
    blueprint::parse("trivianft.toml", &text).unwrap()
}

fn release(version: &str) -> Release {
    release_from_folders(&folders(version), &trivianft(), version, Some("4367f46"), Limits::default()).unwrap()
}

#[test]
fn all_seven_stacks_come_out_in_the_order_of_their_dependencies() {
    for version in ["1.4.0", "1.5.0"] {
        let release = release(version);
        for (name, environment) in &release.content.environments {
            let order: Vec<&str> = environment.stacks.iter().map(|s| s.logical_name.as_str()).collect();
            assert_eq!(order, ["Security", "Data", "AppConfig", "Api", "Workflow", "Observability", "Web"]);
            let api = &environment.stacks[3];
            assert_eq!(api.stack_name, format!("TriviaNFT-Api-{name}"));
            assert_eq!(api.depends_on, ["Security", "Data", "AppConfig"]);
            assert_eq!(api.account.as_deref(), Some("123456789012"));
            assert_eq!(api.region.as_deref(), Some("us-east-1"));
            assert_eq!(api.tags.get("Environment"), Some(name));
            assert_eq!(api.termination_protection, Some(name == "production"));
            assert_eq!(api.resource_count, if version == "1.4.0" { 112 } else { 118 });
        }
    }
}

#[test]
fn assets_are_uploaded_where_the_templates_look_for_them() {
    let release = release("1.4.0");
    for environment in release.content.environments.values() {
        for stack in &environment.stacks {
            let blob = release.blobs.iter().find(|b| b.digest == stack.template_digest).unwrap();
            assert_eq!(blob.kind, BlobKind::Template);
            assert_eq!(u64::try_from(blob.bytes.len()).unwrap(), stack.template_size);
            let template = String::from_utf8(blob.bytes.clone()).unwrap();
            for asset in &stack.assets {
                assert!(template.contains(&asset.bucket) && template.contains(&asset.key), "{}", stack.stack_name);
                let bytes = &release.blobs.iter().find(|b| b.digest == asset.blob).unwrap().bytes;
                assert_eq!(u64::try_from(bytes.len()).unwrap(), asset.size);
            }
        }
        let counts: Vec<usize> = environment.stacks.iter().map(|s| s.assets.len()).collect();
        assert_eq!(counts, [1, 1, 0, 3, 1, 0, 0], "the template itself is not an asset of its stack");
    }
}

#[test]
fn a_directory_asset_becomes_a_zip_that_lambda_can_read() {
    let release = release("1.5.0");
    let data = &release.content.environments["staging"].stacks[1];
    let blob = release.blobs.iter().find(|b| b.digest == data.assets[0].blob).unwrap();
    let mut archive = zip::ZipArchive::new(Cursor::new(&blob.bytes)).unwrap();
    let mut entry = archive.by_name("index.mjs").unwrap();
    assert_eq!(entry.unix_mode().map(|mode| mode & 0o777), Some(0o644));
    let mut text = String::new();
    entry.read_to_string(&mut text).unwrap();
    assert!(text.contains("applied: 13"));
}

#[test]
fn the_same_input_gives_the_same_digest_from_folders_and_from_an_upload() {
    let direct = release("1.4.0");
    let archive = release_archive(&folders("1.4.0"), Limits::default()).unwrap();
    let uploaded = release_from_archive(&archive, &trivianft(), "1.4.0", Some("4367f46"), Limits::default()).unwrap();
    assert_eq!(uploaded.content, direct.content);
    assert_eq!(uploaded.content.digest().unwrap(), release("1.4.0").content.digest().unwrap());
    assert_eq!(archive, release_archive(&folders("1.4.0"), Limits::default()).unwrap());
    let digests = |release: &Release| release.blobs.iter().map(|b| b.digest.clone()).collect::<Vec<_>>();
    assert_eq!(digests(&uploaded), digests(&direct));
}

#[test]
fn versions_differ_in_digest_and_share_the_assets_that_did_not_change() {
    let (old, new) = (release("1.4.0"), release("1.5.0"));
    assert_ne!(old.content.digest().unwrap(), new.content.digest().unwrap());
    let asset = |r: &Release| r.content.environments["production"].stacks[1].assets[0].blob.clone();
    assert_eq!(asset(&old), asset(&new));
    let template =
        |r: &Release, stack: usize| r.content.environments["production"].stacks[stack].template_digest.clone();
    assert_eq!(template(&old, 2), template(&new, 2), "AppConfig did not change");
    assert_ne!(template(&old, 3), template(&new, 3), "Api did");
}

#[test]
fn the_assembly_of_another_environment_is_recognised() {
    let assembly = read(&folder("1.4.0", "staging"), Limits::default()).unwrap();
    let errors = content(&assembly, &trivianft(), "production", None).unwrap_err();
    let text: Vec<String> = errors.iter().map(ToString::to_string).collect();
    assert!(
        text[0].ends_with("belongs to staging, not to production: was the assembly of production meant?"),
        "{text:#?}"
    );
    assert!(text.last().unwrap().contains("TriviaNFT-Security-production"), "{text:#?}");
}

#[test]
fn the_kept_assemblies_name_no_machine() {
    for version in ["1.4.0", "1.5.0"] {
        for environment in ["staging", "production"] {
            for entry in walkdir::WalkDir::new(folder(version, environment)) {
                let entry = entry.unwrap();
                if entry.file_type().is_file() {
                    let text = fs::read_to_string(entry.path()).unwrap();
                    assert!(!text.contains("node_modules") && !text.contains("file:///"), "{}", entry.path().display());
                }
            }
        }
    }
}
