//! Assemblies that are broken, hostile or meant for somewhere else: refused with file, key and a way on.
#![expect(clippy::unwrap_used, reason = "what helps a test fails like one")]

use std::{
    collections::BTreeMap,
    fs,
    io::{Cursor, Write as _},
    path::Path,
};

use domain::blueprint::Blueprint;
use serde_json::{Value, json};
use server::{
    assembly::{
        Assembly, AssemblyError, Limits, content, read, release_from_archive, release_from_folders, unpack_zip,
    },
    blueprint,
};
use tempfile::TempDir;
use zip::{ZipWriter, write::SimpleFileOptions};

/// A cloud assembly with two stacks; `Api` has a zip asset and waits for `Data`.
fn good() -> BTreeMap<String, Value> {
    let stack = |name: &str, dependencies: Value| {
        json!({
            "type": "aws:cloudformation:stack",
            "environment": "aws://123456789012/eu-west-1",
            "properties": {"templateFile": format!("{name}.template.json"), "stackName": format!("Shop-{name}-staging")},
            "dependencies": dependencies,
        })
    };
    let template = json!({"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}});
    let manifest = json!({
        "version": "55.0.0",
        "artifacts": {
            "Api": stack("Api", json!(["Api.assets"])),
            "Api.assets": {
                "type": "cdk:asset-manifest",
                "properties": {"file": "Api.assets.json"},
                "dependencies": ["Data"],
            },
            "Data": stack("Data", json!([])),
            "Tree": {"type": "cdk:tree", "properties": {"file": "tree.json"}},
        },
    });
    let assets = json!({
        "version": "55.0.0",
        "files": {"abc": {
            "source": {"path": "asset.abc", "packaging": "zip"},
            "destinations": {"here": {"bucketName": "cdk-hnb659fds-assets-${AWS::AccountId}-${AWS::Region}", "objectKey": "abc.zip"}},
        }},
        "dockerImages": {},
    });
    [
        ("manifest.json", manifest),
        ("Api.template.json", template.clone()),
        ("Data.template.json", template),
        ("Api.assets.json", assets),
        ("asset.abc/index.js", json!("code")),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into()
}

fn written(files: &BTreeMap<String, Value>) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, value) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, value.to_string()).unwrap();
    }
    folder
}

fn shop(extra: &str) -> Blueprint {
    let text = format!(
        "[application]\nname = \"shop\"\n[[environments]]\nname = \"staging\"\nregion = \"eu-west-1\"\n{extra}\n\
         [[stacks]]\nname = \"Data\"\nname_pattern = \"Shop-{{stack}}-{{environment}}\"\n\
         [[stacks]]\nname = \"Api\"\nname_pattern = \"Shop-{{stack}}-{{environment}}\"\n"
    );
    blueprint::parse("shop.toml", &text).unwrap()
}

fn change(pointer: &str, value: Value) -> Result<Assembly, AssemblyError> {
    let (file, inner) = pointer.split_once('#').unwrap();
    read(change_folder(file, inner, value).path(), Limits::default())
}

fn change_folder(file: &str, inner: &str, value: Value) -> TempDir {
    let mut files = good();
    let document = files.get_mut(file).unwrap();
    if inner.is_empty() {
        *document = value;
    } else {
        let (parent, key) = inner.rsplit_once('/').unwrap();
        document.pointer_mut(parent).unwrap()[key] = value;
    }
    written(&files)
}

#[test]
fn a_template_many_stacks_name_is_held_once() {
    let mut files = good();
    let artifacts = files.get_mut("manifest.json").unwrap()["artifacts"].as_object_mut().unwrap();
    let pattern = artifacts["Data"].clone();
    for number in 0..1500 {
        let mut stack = pattern.clone();
        stack["properties"]["stackName"] = json!(format!("Shop-{number}"));
        artifacts.insert(format!("Data{number}"), stack);
    }
    // Close to the limit of one template: held for each stack, these would be more than a gigabyte.
    let description = "x".repeat(900_000);
    let template = json!({"Description": description, "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}});
    files.insert("Data.template.json".to_owned(), template);
    let assembly = read(written(&files).path(), Limits::default()).unwrap();
    let mut data = assembly.stacks.iter().filter(|s| s.id.starts_with("Data"));
    let first = data.next().unwrap();
    assert!(first.template.len() > 900_000);
    assert_eq!(data.filter(|s| std::sync::Arc::ptr_eq(&s.template, &first.template)).count(), 1500);
}

#[test]
fn the_good_assembly_is_read_with_dependencies_through_asset_manifests() {
    let folder = written(&good());
    let assembly = read(folder.path(), Limits::default()).unwrap();
    let api = assembly.stacks.iter().find(|s| s.id == "Api").unwrap();
    assert_eq!(api.depends_on, ["Data"]);
    let found = content(&assembly, &shop("account = \"123456789012\""), "staging", None).unwrap();
    let order: Vec<&str> = found.environment.stacks.iter().map(|s| s.logical_name.as_str()).collect();
    assert_eq!(order, ["Data", "Api"]);
    assert_eq!(found.environment.stacks[1].assets[0].bucket, "cdk-hnb659fds-assets-123456789012-eu-west-1");
}

#[test]
fn each_defect_is_named_with_its_file_and_key() {
    let api = "manifest.json#/artifacts/Api";
    let file = "Api.assets.json#/files/abc";
    let table: &[(&str, Value, &str)] = &[
        ("manifest.json#", json!("no manifest"), "manifest.json: cannot be understood"),
        (
            "manifest.json#/version",
            json!("56.0.0"),
            "manifest.json: version: version 56.0.0 of the cloud assembly schema is newer",
        ),
        (
            "manifest.json#/version",
            json!("35.0.0"),
            "manifest.json: version: version 35.0.0 of the cloud assembly schema is too old",
        ),
        ("manifest.json#/version", json!("latest"), "manifest.json: version: “latest” is not a version"),
        (
            "manifest.json#/missing",
            json!([{"key": "vpc-provider:x"}]),
            "manifest.json: missing: was synthesised without vpc-provider:x",
        ),
        ("manifest.json#/artifacts", json!({}), "manifest.json: holds no stack"),
        (api, json!({"properties": {}}), "manifest.json: artifacts.Api: missing field `type`"),
        (
            &format!("{api}/properties"),
            json!({}),
            "manifest.json: artifacts.Api.properties: missing field `templateFile`",
        ),
        (&format!("{api}/properties/templateFile"), json!("gone.json"), "gone.json: is not in the assembly"),
        (
            &format!("{api}/properties/templateFile"),
            json!("../../etc/passwd"),
            "manifest.json: artifacts.Api.properties.templateFile: “../../etc/passwd” leads out of the assembly",
        ),
        (&format!("{api}/properties/templateFile"), json!("/etc/passwd"), "“/etc/passwd” leads out of the assembly"),
        (
            &format!("{api}/properties/parameters"),
            json!({"Size": [1]}),
            "artifacts.Api.properties.parameters.Size: must be a text",
        ),
        (
            &format!("{api}/environment"),
            json!("123456789012/eu-west-1"),
            "artifacts.Api.environment: “123456789012/eu-west-1” is not of the form",
        ),
        (
            &format!("{api}/dependencies"),
            json!(["Nobody"]),
            "manifest.json: artifacts.Api.dependencies: there is no artifact Nobody",
        ),
        (
            "manifest.json#/artifacts/Data/dependencies",
            json!(["Api"]),
            "manifest.json: artifacts: these depend on each other in a circle: Api, Api.assets, Data",
        ),
        (
            &format!("{api}/metadata"),
            json!({"/Api": [{"type": "aws:cdk:asset"}]}),
            "manifest.json: artifacts.Api.metadata: uses assets of the CDK 1 kind",
        ),
        (
            "manifest.json#/artifacts/Api.assets/properties/file",
            json!("gone.json"),
            "gone.json: is not in the assembly",
        ),
        (
            "manifest.json#/artifacts/Tree",
            json!({"type": "cdk:cloud-assembly", "properties": {"directoryName": "stage"}}),
            "artifacts.Tree.properties.directoryName: stage holds no stage",
        ),
        (
            "manifest.json#/artifacts/Tree",
            json!({"type": "cdk:cloud-assembly", "properties": {"directoryName": "."}}),
            "artifacts.Tree.properties.directoryName: . holds no stage",
        ),
        ("Api.template.json#", json!("text"), "Api.template.json: Resources: is missing or empty"),
        ("Api.template.json#/Resources", json!({}), "Api.template.json: Resources: is missing or empty"),
        (
            &format!("{file}/source/path"),
            json!("asset.gone"),
            "Api.assets.json: files.abc.source.path: “asset.gone” is not in the assembly",
        ),
        (
            &format!("{file}/source/path"),
            json!("../outside"),
            "Api.assets.json: files.abc.source.path: “../outside” leads out",
        ),
        (
            &format!("{file}/source"),
            json!({"executable": ["make"]}),
            "Api.assets.json: files.abc.source: is made by a command",
        ),
        (
            &format!("{file}/source/packaging"),
            json!("tar"),
            "Api.assets.json: files.abc.source.packaging: “tar” is neither",
        ),
        (
            &format!("{file}/destinations/here"),
            json!({"objectKey": "k"}),
            "Api.assets.json: files.abc.destinations.here: missing field `bucketName`",
        ),
    ];
    for (pointer, value, expected) in table {
        let error = change(pointer, value.clone()).expect_err(pointer).to_string();
        assert!(error.contains(expected), "{pointer} = {value}\n  wanted {expected}\n  found  {error}");
    }
}

#[test]
fn a_template_that_is_not_json_is_named() {
    let folder = written(&good());
    fs::write(folder.path().join("Api.template.json"), "Resources:\n").unwrap();
    let error = read(folder.path(), Limits::default()).unwrap_err().to_string();
    assert!(error.starts_with("Api.template.json: is not a JSON template"), "{error}");
}

#[test]
fn sizes_are_bounded() {
    let folder = written(&good());
    let with = |limits: Limits| read(folder.path(), limits).unwrap_err().to_string();
    let base = Limits::default();
    assert!(with(Limits { template_bytes: 10, ..base }).contains("CloudFormation takes templates up to 10"));
    assert!(with(Limits { files: 3, ..base }).contains("more than 3 files"));
    assert!(with(Limits { total_bytes: 100, ..base }).contains("larger than"));
}

#[test]
fn large_manifests_are_refused_before_they_are_parsed() {
    let folder = written(&good());
    let file = fs::OpenOptions::new().write(true).open(folder.path().join("Api.assets.json")).unwrap();
    file.set_len((16 << 20) + 1).unwrap();
    let error = read(folder.path(), Limits::default()).unwrap_err().to_string();
    assert!(error.starts_with("Api.assets.json: is 16777217 bytes"), "{error}");

    let tree = json!({"type": "cdk:tree"});
    let many: serde_json::Map<String, Value> = (0..2001).map(|n| (format!("T{n}"), tree.clone())).collect();
    let error = change("manifest.json#/artifacts", many.into()).unwrap_err().to_string();
    assert!(error.contains("more than 2000 artifacts"), "{error}");

    let waits: Vec<&str> = vec!["Data"; 50_001];
    let error = change("manifest.json#/artifacts/Api/dependencies", json!(waits)).unwrap_err().to_string();
    assert!(error.contains("more than 50000 dependencies"), "{error}");
}

#[test]
fn the_folder_of_a_stage_is_read_once() {
    let stage = |folder: &str| json!({"type": "cdk:cloud-assembly", "properties": {"directoryName": folder}});
    let mut files = good();
    let artifacts = json!({"One": stage("inner"), "Two": stage("./inner")});
    let inner: Vec<(String, Value)> = good().into_iter().map(|(name, v)| (format!("inner/{name}"), v)).collect();
    files.extend(inner);
    files.insert("manifest.json".to_owned(), json!({"version": "55.0.0", "artifacts": artifacts}));
    let error = read(written(&files).path(), Limits::default()).unwrap_err().to_string();
    assert!(error.contains("artifacts.Two.properties.directoryName: ./inner is the folder of another"), "{error}");

    // Back to a stage that is being read.
    files.insert("manifest.json".to_owned(), json!({"version": "55.0.0", "artifacts": {"One": stage("inner")}}));
    files.insert("inner/manifest.json".to_owned(), json!({"version": "55.0.0", "artifacts": {"Back": stage("..")}}));
    let error = read(written(&files).path(), Limits::default()).unwrap_err().to_string();
    assert!(error.contains("inner/manifest.json: artifacts.Back.properties.directoryName"), "{error}");
}

#[cfg(unix)]
#[test]
fn links_may_stay_inside_and_may_not_lead_out() {
    let folder = written(&good());
    std::os::unix::fs::symlink("index.js", folder.path().join("asset.abc/same.js")).unwrap();
    assert!(read(folder.path(), Limits::default()).is_ok());
    std::os::unix::fs::symlink("/etc/hostname", folder.path().join("asset.abc/secret")).unwrap();
    let error = read(folder.path(), Limits::default()).unwrap_err().to_string();
    assert_eq!(error, "asset.abc/secret: is a link that leads out of the assembly");
}

#[cfg(unix)]
#[test]
fn a_link_to_its_own_parent_ends_the_reading() {
    let folder = written(&good());
    std::os::unix::fs::symlink(".", folder.path().join("asset.abc/again")).unwrap();
    assert!(read(folder.path(), Limits::default()).is_err());
}

#[test]
fn what_does_not_fit_the_blueprint_is_said_all_at_once() {
    let cases: &[(&str, Value, &str, &str)] = &[
        (
            "/artifacts/Api/environment",
            json!("aws://999999999999/eu-west-1"),
            "account = \"123456789012\"",
            "was synthesised for account 999999999999, but staging is account 123456789012",
        ),
        (
            "/artifacts/Api/environment",
            json!("aws://123456789012/us-east-1"),
            "account = \"123456789012\"",
            "was synthesised for region us-east-1, but staging is in eu-west-1",
        ),
        (
            "/artifacts/Api/properties/stackName",
            json!("Shop-Extra-staging"),
            "account = \"123456789012\"",
            "Shop-Extra-staging: is not in the blueprint",
        ),
        (
            "/artifacts/Api/properties/stackName",
            json!("Shop-Extra-staging"),
            "account = \"123456789012\"",
            "expects these stacks, and they are not here: Shop-Api-staging",
        ),
        (
            "/artifacts/Api/properties/stackName",
            json!("Shop-Data-staging"),
            "account = \"123456789012\"",
            "is there twice: both are stack Data",
        ),
        (
            "/artifacts/Api/environment",
            json!("aws://unknown-account/unknown-region"),
            "",
            "needs the account of staging",
        ),
    ];
    for (pointer, value, environment, expected) in cases {
        let mut files = good();
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        files.get_mut("manifest.json").unwrap().pointer_mut(parent).unwrap()[key] = value.clone();
        let folder = written(&files);
        let assembly = read(folder.path(), Limits::default()).unwrap();
        let errors = content(&assembly, &shop(environment), "staging", None).unwrap_err();
        let text: Vec<String> = errors.iter().map(ToString::to_string).collect();
        assert!(text.iter().any(|t| t.contains(expected)), "wanted {expected}\nfound {text:#?}");
    }
}

#[test]
fn assets_go_to_the_bootstrap_bucket_or_the_one_of_the_blueprint_and_nowhere_else() {
    let with = |bucket: &str, key: &str, environment: &str| {
        let destination = json!({"bucketName": bucket, "objectKey": key});
        let assembly = change_folder("Api.assets.json", "/files/abc/destinations/here", destination);
        let assembly = read(assembly.path(), Limits::default()).unwrap();
        content(&assembly, &shop(environment), "staging", None).map_err(|errors| errors[0].to_string())
    };
    let known = "account = \"123456789012\"";
    for (bucket, environment) in [
        ("cdk-hnb659fds-assets-123456789012-eu-west-1", known),
        ("cdk-mine2-assets-123456789012-eu-west-1", ""),
        ("our-templates", "account = \"123456789012\"\ntemplate_bucket = \"our-templates\""),
    ] {
        assert!(with(bucket, "abc.zip", environment).is_ok(), "{bucket}");
    }
    for bucket in [
        "somebody-elses",
        "cdk-hnb659fds-assets-999999999999-eu-west-1",
        "cdk-hnb659fds-assets-123456789012-us-east-1",
        "cdk-hnb659fds-assets-123456789012-eu-west-1-x",
        "cdk-Mine-assets-123456789012-eu-west-1",
        "cdk--assets-123456789012-eu-west-1",
    ] {
        for environment in [known, ""] {
            let error = with(bucket, "abc.zip", environment).unwrap_err();
            assert!(error.contains(&format!("files.abc: goes to bucket {bucket}")), "{error}");
            assert!(error.contains("name this one as template_bucket"), "{error}");
        }
    }
    let error = with("cdk-hnb659fds-assets-123456789012-eu-west-1", "lockkeeper/x.json", known).unwrap_err();
    assert!(error.contains("files.abc: goes to lockkeeper/x.json") && error.contains("bucketPrefix"), "{error}");
}

#[test]
fn an_unknown_environment_is_answered_with_the_known_ones() {
    let folder = written(&good());
    let assembly = read(folder.path(), Limits::default()).unwrap();
    let errors = content(&assembly, &shop(""), "prod", None).unwrap_err();
    assert_eq!(errors[0].to_string(), "the blueprint has no environment prod; it has staging");
}

#[test]
fn the_account_of_the_target_fills_the_placeholders_where_the_blueprint_names_none() {
    let mut files = good();
    for stack in ["Api", "Data"] {
        files.get_mut("manifest.json").unwrap()["artifacts"][stack]["environment"] =
            json!("aws://unknown-account/unknown-region");
    }
    let folder = written(&files);
    let assembly = read(folder.path(), Limits::default()).unwrap();
    let found = content(&assembly, &shop(""), "staging", Some("210987654321")).unwrap();
    assert_eq!(found.environment.stacks[1].account, None);
    assert_eq!(found.environment.stacks[1].assets[0].bucket, "cdk-hnb659fds-assets-210987654321-eu-west-1");
}

#[test]
fn tags_of_the_environment_are_given_to_every_stack_and_those_of_the_assembly_win() {
    let mut files = good();
    files.get_mut("manifest.json").unwrap()["artifacts"]["Api"]["properties"]["tags"] = json!({"Team": "api"});
    let folder = written(&files);
    let assembly = read(folder.path(), Limits::default()).unwrap();
    let blueprint = shop("account = \"123456789012\"\ntags = { Team = \"shop\", Cost = \"4711\" }");
    let found = content(&assembly, &blueprint, "staging", None).unwrap();
    let tags: Vec<String> =
        found.environment.stacks[1].tags.iter().map(|(key, value)| format!("{key}={value}")).collect();
    assert_eq!(tags, ["Cost=4711", "Team=api"]);
}

#[test]
fn an_asset_for_another_region_only_is_refused() {
    let mut files = good();
    files.get_mut("Api.assets.json").unwrap()["files"]["abc"]["destinations"]["here"]["region"] = json!("us-east-1");
    let folder = written(&files);
    let assembly = read(folder.path(), Limits::default()).unwrap();
    let errors = content(&assembly, &shop("account = \"123456789012\""), "staging", None).unwrap_err();
    assert_eq!(errors[0].to_string(), "Api.assets.json: files.abc: has no destination in eu-west-1");
}

#[test]
fn container_images_are_not_dropped_silently() {
    let mut files = good();
    files.get_mut("Api.assets.json").unwrap()["dockerImages"] =
        json!({"img": {"destinations": {"here": {"repositoryName": "shop", "imageTag": "img"}}}});
    let folder = written(&files);
    let folders = BTreeMap::from([("staging".to_owned(), folder.path().to_path_buf())]);
    let blueprint = shop("account = \"123456789012\"");
    let release = release_from_folders(&folders, &blueprint, "1", None, Limits::default()).unwrap();
    assert_eq!(release.notices.len(), 1);
    assert!(release.notices[0].contains("container image shop:img must be published before"), "{:?}", release.notices);
}

#[test]
fn stages_are_read_with_their_assets_beside_them_and_in_order() {
    let mut files = BTreeMap::new();
    let inner = |name: &str, mut from: BTreeMap<String, Value>| {
        let assets = from.get_mut("Api.assets.json").unwrap();
        assets["files"]["abc"]["source"]["path"] = json!("../asset.abc");
        let rename = |v: &mut Value, stack: &str| v["properties"]["stackName"] = json!(format!("{name}-{stack}"));
        let manifest = from.get_mut("manifest.json").unwrap();
        rename(&mut manifest["artifacts"]["Api"], "Api");
        rename(&mut manifest["artifacts"]["Data"], "Data");
        from.into_iter()
            .filter(|(path, _)| !path.starts_with("asset."))
            .map(|(path, value)| (format!("assembly-{name}/{path}"), value))
            .collect::<BTreeMap<_, _>>()
    };
    files.extend(inner("One", good()));
    files.extend(inner("Two", good()));
    files.insert("asset.abc/index.js".to_owned(), json!("code"));
    let stage = |name: &str, dependencies: Value| {
        json!({
            "type": "cdk:cloud-assembly",
            "properties": {"directoryName": format!("assembly-{name}")},
            "dependencies": dependencies,
        })
    };
    let artifacts = json!({"One": stage("One", json!(["Two"])), "Two": stage("Two", json!([]))});
    files.insert("manifest.json".to_owned(), json!({"version": "55.0.0", "artifacts": artifacts}));
    let folder = written(&files);
    let assembly = read(folder.path(), Limits::default()).unwrap();
    let ids: Vec<&str> = assembly.stacks.iter().map(|s| s.id.as_str()).collect();
    assert_eq!(ids, ["Two/Data", "Two/Api", "One/Data", "One/Api"]);
    let last = assembly.stacks.last().unwrap();
    assert_eq!(last.stack_name, "One-Api");
    assert_eq!(last.assets[0].path, "asset.abc");
    for waited_for in ["Two/Data", "Two/Api", "One/Data"] {
        assert!(last.depends_on.iter().any(|d| d == waited_for), "{waited_for}: {:?}", last.depends_on);
    }
}

#[test]
fn plain_templates_take_their_order_from_the_blueprint_and_parameters_from_a_file() {
    let template = json!({"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}});
    let mut files: BTreeMap<String, Value> = [
        ("Api.template.json", template.clone()),
        ("Shop-Data-staging.json", template),
        ("parameters.json", json!({"Api": {"Size": 2, "Name": "x", "On": true}})),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into();
    let folder = written(&files);
    let assembly = read(folder.path(), Limits::default()).unwrap();
    let found = content(&assembly, &shop(""), "staging", None).unwrap();
    let names: Vec<&str> = found.environment.stacks.iter().map(|s| s.stack_name.as_str()).collect();
    assert_eq!(names, ["Shop-Data-staging", "Shop-Api-staging"]);
    let parameters: Vec<String> =
        found.environment.stacks[1].parameters.iter().map(|(key, value)| format!("{key}={value}")).collect();
    assert_eq!(parameters, ["Name=x", "On=true", "Size=2"]);

    files.insert("parameters.json".to_owned(), json!({"Ap": {}}));
    let error = read(written(&files).path(), Limits::default()).unwrap_err().to_string();
    assert_eq!(error, "parameters.json: Ap: there is no template of this name");
}

#[test]
fn folders_that_hold_nothing_to_deploy_say_what_was_expected() {
    let folder = tempfile::tempdir().unwrap();
    let error = read(folder.path(), Limits::default()).unwrap_err().to_string();
    assert!(error.starts_with("not a cloud assembly: there is no manifest.json"), "{error}");
    fs::write(folder.path().join("Api.yaml"), "Resources: {}").unwrap();
    let error = read(folder.path(), Limits::default()).unwrap_err().to_string();
    assert!(error.starts_with("Api.yaml: is YAML"), "{error}");
    let error = read(&folder.path().join("nowhere"), Limits::default()).unwrap_err().to_string();
    assert!(error.contains("cannot be read"), "{error}");
}

// --- Uploads ---------------------------------------------------------------------------------------------------------

fn archive(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn unpack(bytes: &[u8], limits: Limits) -> (TempDir, Result<(), String>) {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("inner");
    fs::create_dir(&inner).unwrap();
    let result = unpack_zip(bytes, &inner, limits).map_err(|e| e.to_string());
    (folder, result)
}

#[test]
fn an_upload_cannot_write_outside_its_folder() {
    for name in ["../out", "a/../../out", "/out", "..\\out", "C:/out", "a/..", "a\u{7}b"] {
        let (folder, result) = unpack(&archive(&[(name, b"x")]), Limits::default());
        let error = result.expect_err(name);
        assert!(error.contains("leads out of the archive"), "{name}: {error}");
        assert!(!folder.path().join("out").exists() && !Path::new("/out").exists(), "{name}");
    }
}

#[test]
fn an_upload_with_a_link_is_refused() {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    writer.add_symlink("staging/link", "/etc/passwd", SimpleFileOptions::default()).unwrap();
    let bytes = writer.finish().unwrap().into_inner();
    assert!(unpack(&bytes, Limits::default()).1.unwrap_err().contains("is a symbolic link"));
}

#[test]
fn an_upload_that_grows_too_much_is_refused_before_it_is_kept() {
    let zeros = vec![0_u8; 4_000_000];
    let bomb = archive(&[("staging/a", &zeros)]);
    let (_, result) = unpack(&bomb, Limits { compression_ratio: 100, ..Limits::default() });
    assert!(result.unwrap_err().contains("100 times its packed size"));
    let (_, result) = unpack(&bomb, Limits { total_bytes: 1_000_000, ..Limits::default() });
    assert!(result.unwrap_err().contains("at most 1 MB"));
    let many = archive(&[("a", b""), ("b", b""), ("c", b"")]);
    let (_, result) = unpack(&many, Limits { files: 2, ..Limits::default() });
    assert!(result.unwrap_err().contains("more than 2 files"));
}

#[test]
fn an_upload_with_overlong_paths_is_refused() {
    let long = format!("staging/{}", "x".repeat(505));
    let deep = format!("{}x", "a/".repeat(32));
    for name in [long, deep] {
        let error = unpack(&archive(&[(&name, b"x")]), Limits::default()).1.unwrap_err();
        assert!(error.contains("more than 512 bytes or 32 folders"), "{error}");
    }
    let fits = format!("{}x", "a/".repeat(31));
    assert_eq!(unpack(&archive(&[(&fits, b"x")]), Limits::default()).1, Ok(()));
}

#[test]
fn one_path_spelled_twice_is_refused() {
    let (_, result) = unpack(&archive(&[("a/x", b"1"), ("./a/x", b"2")]), Limits::default());
    assert!(result.unwrap_err().contains("is in the archive twice"));
}

#[test]
fn an_upload_that_is_no_archive_or_no_release_says_so() {
    let blueprint = shop("");
    let from = |bytes: &[u8], version: &str| {
        release_from_archive(bytes, &blueprint, version, None, Limits::default()).unwrap_err().join("\n")
    };
    assert!(from(b"hello", "1").starts_with("the upload is not a zip archive"));
    assert!(from(&archive(&[("manifest.json", b"{}")]), "1").contains("one folder per environment"));
    assert!(from(&archive(&[]), "1").contains("at least one environment"));
    let both = from(&archive(&[("prod/manifest.json", b"{}"), ("staging/x.txt", b"")]), "not a version");
    assert!(both.contains("cannot be a version") && both.contains("prod: ") && both.contains("staging: "), "{both}");
}

#[cfg(unix)]
#[test]
fn an_executable_stays_executable_on_its_way_to_the_function() {
    use std::os::unix::fs::PermissionsExt;
    let folder = written(&good());
    let bootstrap = folder.path().join("asset.abc/bootstrap");
    fs::write(&bootstrap, "#!/bin/sh\n").unwrap();
    fs::set_permissions(&bootstrap, fs::Permissions::from_mode(0o775)).unwrap();
    let folders = BTreeMap::from([("staging".to_owned(), folder.path().to_path_buf())]);
    let upload = server::assembly::release_archive(&folders, Limits::default()).unwrap();
    let blueprint = shop("account = \"123456789012\"");
    let release = release_from_archive(&upload, &blueprint, "1", None, Limits::default()).unwrap();
    let asset = &release.content.environments["staging"].stacks[1].assets[0];
    let blob = release.blobs.iter().find(|b| b.digest == asset.blob).unwrap();
    let mut zip = zip::ZipArchive::new(Cursor::new(&blob.bytes)).unwrap();
    let modes: BTreeMap<String, u32> = (0..zip.len())
        .map(|i| {
            let entry = zip.by_index(i).unwrap();
            (entry.name().to_owned(), entry.unix_mode().unwrap() & 0o777)
        })
        .collect();
    assert_eq!(modes, BTreeMap::from([("bootstrap".to_owned(), 0o755), ("index.js".to_owned(), 0o644)]));
}
