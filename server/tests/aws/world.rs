//! What the sandbox does that an emulator does not: it takes time, fails on request, and survives its process.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use serde_json::json;
use server::{
    ports::{ChangeSetStatus, StackPort},
    sandbox::{SandboxOptions, World},
};

use crate::{
    ACCOUNT, Noon, aws,
    conversation::{Partner, REGION, importer, request, template},
    empty_world, partner_in,
};

async fn statuses(partner: &Partner, stack: &str) -> Vec<String> {
    let events = partner.aws.stack_events(&partner.target(), stack, None, 100).await.unwrap();
    events.iter().rev().map(|event| format!("{} {}", event.logical_id, event.status)).collect()
}

async fn begin(partner: &Partner, request: &server::ports::ChangeSetRequest) {
    let (handle, _) = partner.changes(request).await;
    partner.aws.execute_change_set(&partner.target(), &handle.id, "token").await.unwrap();
}

#[tokio::test]
async fn a_stack_takes_its_time_resource_by_resource() {
    let world = empty_world();
    let partner = partner_in(&world);
    begin(&partner, &request("Shop", "one", true, &template("orders", 30))).await;
    let status = async || partner.aws.describe_stack(&partner.target(), "Shop").await.unwrap().unwrap();
    assert_eq!(status().await.status.as_str(), "CREATE_IN_PROGRESS");
    assert!(status().await.outputs.is_empty());
    assert_eq!(statuses(&partner, "Shop").await.last().unwrap(), "Shop CREATE_IN_PROGRESS");
    world.advance(Duration::from_millis(1600));
    let seen = statuses(&partner, "Shop").await;
    assert!(seen.contains(&"Topic CREATE_COMPLETE".to_owned()), "{seen:?}");
    assert!(seen.contains(&"Queue CREATE_IN_PROGRESS".to_owned()), "{seen:?}");
    assert!(!seen.contains(&"Queue CREATE_COMPLETE".to_owned()), "{seen:?}");
    world.advance(Duration::from_secs(2));
    assert_eq!(status().await.status.as_str(), "CREATE_COMPLETE");
    assert_eq!(status().await.outputs.len(), 2);
}

#[tokio::test]
async fn speed_shortens_everything_alike() {
    let options = SandboxOptions { speed: 100.0, ..SandboxOptions::new(ACCOUNT) };
    let world = World::new(options, Arc::new(Noon));
    let partner = partner_in(&world);
    begin(&partner, &request("Shop", "one", true, &template("orders", 30))).await;
    world.advance(Duration::from_millis(50));
    let stack = partner.aws.describe_stack(&partner.target(), "Shop").await.unwrap().unwrap();
    assert_eq!(stack.status.as_str(), "CREATE_COMPLETE");
}

#[tokio::test]
async fn a_creation_that_fails_is_rolled_back_with_its_reason() {
    let world = empty_world();
    let partner = partner_in(&world);
    world.fail_resource("Shop", "Queue", "Rate limit exceeded for queues");
    let create = request("Shop", "one", true, &template("orders", 30));
    let stack = partner.deploy(&create).await;
    assert_eq!(stack.status.as_str(), "ROLLBACK_COMPLETE");
    assert!(stack.outputs.is_empty());
    let events = partner.aws.stack_events(&partner.target(), "Shop", None, 100).await.unwrap();
    let failed = events.iter().find(|event| event.status == "CREATE_FAILED").unwrap();
    assert_eq!(failed.logical_id, "Queue");
    assert_eq!(failed.reason.as_deref(), Some("Rate limit exceeded for queues"));
    let rollback = events.iter().find(|event| event.status == "ROLLBACK_IN_PROGRESS").unwrap();
    let words = "The following resource(s) failed to create: [Queue]. Rollback requested by user.";
    assert_eq!(rollback.reason.as_deref(), Some(words));
    let seen = statuses(&partner, "Shop").await;
    assert!(seen.contains(&"Topic DELETE_COMPLETE".to_owned()), "{seen:?}");
    assert!(partner.aws.exports(&partner.target()).await.unwrap().is_empty());
    let again =
        partner.aws.create_change_set(&partner.target(), &request("Shop", "two", false, &template("o", 1))).await;
    assert!(again.unwrap_err().message.contains("ROLLBACK_COMPLETE state and can not be updated"));
}

#[tokio::test]
async fn an_update_that_fails_leaves_the_stack_as_it_was() {
    let world = empty_world();
    let partner = partner_in(&world);
    let before = partner.deploy(&request("Shop", "one", true, &template("orders", 30))).await;
    world.fail_resource("Shop", "Queue", "no");
    let update = request("Shop", "two", false, &template("invoices", 60));
    let after = partner.deploy(&update).await;
    assert_eq!(after.status.as_str(), "UPDATE_ROLLBACK_COMPLETE");
    assert_eq!(after.outputs, before.outputs);
    let seen = statuses(&partner, "Shop").await;
    for expected in [
        "Queue UPDATE_FAILED",
        "Shop UPDATE_ROLLBACK_IN_PROGRESS",
        "Topic UPDATE_COMPLETE",
        "Shop UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
        "Topic DELETE_COMPLETE",
        "Shop UPDATE_ROLLBACK_COMPLETE",
    ] {
        assert!(seen.contains(&expected.to_owned()), "{expected} in {seen:#?}");
    }
    let (handle, _) = partner.changes(&request("Shop", "three", false, &template("invoices", 60))).await;
    partner.aws.execute_change_set(&partner.target(), &handle.id, "third").await.unwrap();
    assert_eq!(partner.settled("Shop").await.status.as_str(), "UPDATE_COMPLETE", "it fails once");
}

#[tokio::test]
async fn an_update_removes_what_is_replaced_after_what_is_new() {
    let world = empty_world();
    let partner = partner_in(&world);
    partner.deploy(&request("Shop", "one", true, &template("orders", 30))).await;
    let mut changed = template("invoices", 30);
    changed["Resources"].as_object_mut().unwrap().remove("Queue");
    changed["Outputs"].as_object_mut().unwrap().remove("QueueArn");
    partner.deploy(&request("Shop", "two", false, &changed)).await;
    let seen = statuses(&partner, "Shop").await;
    let at = |status: &str| seen.iter().rposition(|one| one == status).unwrap();
    assert!(at("Topic UPDATE_COMPLETE") < at("Shop UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"));
    assert!(at("Shop UPDATE_COMPLETE_CLEANUP_IN_PROGRESS") < at("Topic DELETE_COMPLETE"));
    assert!(at("Queue DELETE_COMPLETE") < at("Shop UPDATE_COMPLETE"));
}

#[tokio::test]
async fn an_export_name_belongs_to_one_stack() {
    let world = empty_world();
    let partner = partner_in(&world);
    let export = |queue: &str| {
        json!({"Resources": {"Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": queue}}},
               "Outputs": {"Arn": {"Value": {"Ref": "Queue"}, "Export": {"Name": "the-queue"}}}})
    };
    let first = partner.deploy(&request("First", "one", true, &export("a"))).await;
    let second = partner.deploy(&request("Second", "one", true, &export("b"))).await;
    assert_eq!(second.status.as_str(), "ROLLBACK_COMPLETE");
    let events = partner.aws.stack_events(&partner.target(), "Second", None, 100).await.unwrap();
    let reason = events.iter().find(|event| event.status == "ROLLBACK_IN_PROGRESS").unwrap().reason.clone().unwrap();
    assert!(reason.contains(&format!("the-queue is already exported by stack {}", first.stack_id)), "{reason}");
}

#[tokio::test]
async fn an_export_in_use_cannot_go() {
    let world = empty_world();
    let partner = partner_in(&world);
    partner.deploy(&request("Shop", "one", true, &template("orders", 30))).await;
    partner.deploy(&request("Reader", "one", true, &importer("Shop-TopicArn"))).await;
    let mut without = template("orders", 60);
    without["Outputs"].as_object_mut().unwrap().remove("TopicArn");
    let stack = partner.deploy(&request("Shop", "two", false, &without)).await;
    assert_eq!(stack.status.as_str(), "UPDATE_ROLLBACK_COMPLETE");
    assert_eq!(partner.aws.exports(&partner.target()).await.unwrap(), ["Shop-TopicArn"]);
}

#[tokio::test]
async fn only_outputs_changing_is_a_change_without_resources() {
    let world = empty_world();
    let partner = partner_in(&world);
    partner.deploy(&request("Shop", "one", true, &template("orders", 30))).await;
    let mut changed = template("orders", 30);
    changed["Outputs"]["Stage"] = json!({"Value": {"Ref": "Stage"}});
    let (_, status) = partner.change_set(&request("Shop", "two", false, &changed)).await;
    assert_eq!(status, ChangeSetStatus::Ready { changes: Vec::new() });
}

#[tokio::test]
async fn named_roles_are_refused_without_the_capability() {
    let partner = partner_in(&empty_world());
    let role = json!({"Resources": {"Role": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "deploy"}}}});
    let mut create = request("Shop", "one", true, &role);
    let refused = partner.aws.create_change_set(&partner.target(), &create).await.unwrap_err();
    assert!(refused.message.contains("CAPABILITY_NAMED_IAM"), "{refused}");
    assert_eq!(partner.aws.describe_stack(&partner.target(), "Shop").await.unwrap(), None, "no shell is left");
    create.capabilities.push("CAPABILITY_NAMED_IAM".to_owned());
    assert_eq!(partner.deploy(&create).await.status.as_str(), "CREATE_COMPLETE");
}

#[tokio::test]
async fn a_parameter_not_to_be_echoed_is_not() {
    let world = empty_world();
    let partner = partner_in(&world);
    let mut hidden = template("orders", 30);
    hidden["Parameters"]["Stage"]["NoEcho"] = json!(true);
    let stack = partner.deploy(&request("Shop", "one", true, &hidden)).await;
    assert_eq!(stack.parameters.get("Stage").map(String::as_str), Some("****"));
}

#[tokio::test]
async fn accounts_and_regions_do_not_see_each_other() {
    let world = empty_world();
    let partner = partner_in(&world);
    partner.deploy(&request("Shop", "one", true, &template("orders", 30))).await;
    let mut elsewhere = partner.target();
    elsewhere.region = "us-east-1".to_owned();
    assert!(partner.aws.list_stacks(&elsewhere).await.unwrap().is_empty());
    let mut other = partner.target();
    other.account = Some("210987654321".to_owned());
    other.role_arn = Some("arn:aws:iam::210987654321:role/deploy".to_owned());
    assert!(partner.aws.list_stacks(&other).await.unwrap().is_empty());
    assert_eq!(partner.aws.list_stacks(&partner.target()).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_world_in_a_file_goes_on_where_it_was_killed() {
    let folder = tempfile::tempdir().unwrap();
    let options = SandboxOptions { file: Some(folder.path().join("world.json")), ..SandboxOptions::new(ACCOUNT) };
    let first = World::open(options.clone(), Arc::new(Noon)).unwrap();
    assert!(first.is_empty());
    let partner = partner_in(&first);
    begin(&partner, &request("Shop", "one", true, &template("orders", 30))).await;
    first.advance(Duration::from_millis(1600));
    let half = statuses(&partner, "Shop").await;
    drop((first, partner));

    let second = World::open(options, Arc::new(Noon)).unwrap();
    let partner = partner_in(&second);
    assert_eq!(statuses(&partner, "Shop").await, half);
    assert_eq!(partner.settled("Shop").await.status.as_str(), "CREATE_COMPLETE");
}

#[tokio::test]
async fn a_world_that_cannot_be_read_is_not_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("world.json");
    std::fs::write(&file, "not a world").unwrap();
    let options = SandboxOptions { file: Some(file.clone()), ..SandboxOptions::new(ACCOUNT) };
    let error = World::open(options, Arc::new(Noon)).unwrap_err().to_string();
    assert!(error.contains("world.json") && error.contains("move it away"), "{error}");
    assert_eq!(std::fs::read_to_string(file).unwrap(), "not a world");
}

#[tokio::test]
async fn seeded_stacks_lead_to_the_site() {
    let site_url = Some("http://127.0.0.1:4000".to_owned());
    let options = SandboxOptions { site_url, ..SandboxOptions::new(ACCOUNT) };
    let world = World::new(options, Arc::new(Noon));
    let web = json!({
        "Resources": {
            "Cdn": {"Type": "AWS::CloudFront::Distribution"},
            "Api": {"Type": "AWS::ApiGatewayV2::Api"}
        },
        "Outputs": {
            "Site": {"Value": {"Fn::Join": ["", ["https://", {"Fn::GetAtt": ["Cdn", "DomainName"]}, "/"]]}},
            "Endpoint": {"Value": {"Fn::GetAtt": ["Api", "ApiEndpoint"]}},
            "Id": {"Value": {"Ref": "Cdn"}}
        }
    });
    let none = BTreeMap::new();
    world.seed_stack(ACCOUNT, REGION, "Web", &web.to_string(), &none, &none).unwrap();
    let stack = aws(&world).describe_stack(&partner_in(&world).target(), "Web").await.unwrap().unwrap();
    let output = |key: &str| stack.outputs.iter().find(|output| output.key == key).unwrap().value.clone();
    assert_eq!(stack.status.as_str(), "CREATE_COMPLETE");
    assert_eq!(output("Site"), "http://127.0.0.1:4000/Web/");
    assert_eq!(output("Endpoint"), "http://127.0.0.1:4000/Web");
    assert!(output("Id").starts_with('E'));
}

#[tokio::test]
async fn an_operation_nobody_uses_is_refused_by_name() {
    use aws_sdk_cloudformation::{
        Client, Config,
        config::{BehaviorVersion, Credentials, Region},
        error::ProvideErrorMetadata as _,
    };
    let world = empty_world();
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(REGION))
        .credentials_provider(Credentials::new(world.access_key_id(), "x", None, None, "test"))
        .http_client(world.http_client())
        .build();
    let refused = Client::from_conf(config).list_stacks().send().await.unwrap_err();
    assert_eq!(refused.code(), Some("InvalidAction"));
    assert!(refused.message().unwrap().contains("cloudformation:ListStacks"), "{refused:?}");
}
