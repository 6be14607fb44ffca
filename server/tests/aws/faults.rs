//! What goes wrong between us and AWS, injected below the SDK.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use server::{
    aws::{Aws, AwsOptions, World},
    config::Secret,
    ports::{AssetPort, AwsErrorKind, ChangeSetStatus, StackPort},
    sandbox::Fault,
};

use crate::{
    ACCOUNT, Noon,
    conversation::{REGION, request, template},
    empty_world, partner_in,
};

#[tokio::test]
async fn throttling_is_waited_out_by_the_sdk_and_counted() {
    let world = empty_world();
    let partner = partner_in(&world);
    world.inject(Fault::Throttle, "DescribeStacks", 2);
    assert!(partner.aws.list_stacks(&partner.target()).await.unwrap().is_empty());
    let counts = partner.aws.meter().drain();
    let described = counts.iter().find(|count| count.operation == "cloudformation:DescribeStacks").unwrap();
    assert_eq!((described.calls, described.errors), (3, 2));
}

#[tokio::test]
async fn what_does_not_pass_in_three_attempts_is_reported_by_its_kind() {
    let cases = [
        (Fault::Throttle, AwsErrorKind::Throttled),
        (Fault::ServerError, AwsErrorKind::Service),
        (Fault::Timeout, AwsErrorKind::Timeout),
        (Fault::AnswerLost, AwsErrorKind::Unreachable),
    ];
    for (fault, kind) in cases {
        let world = empty_world();
        let partner = partner_in(&world);
        world.inject(fault.clone(), "DescribeStacks", 3);
        let error = partner.aws.list_stacks(&partner.target()).await.unwrap_err();
        assert_eq!(error.kind, kind, "{fault:?}: {error}");
        assert!(error.is_retryable());
        assert_eq!(error.operation, "cloudformation:DescribeStacks");
        assert!(partner.aws.list_stacks(&partner.target()).await.is_ok(), "{fault:?} is over");
    }
}

#[tokio::test]
async fn a_refusal_names_the_missing_action_and_is_not_repeated() {
    let world = empty_world();
    let partner = partner_in(&world);
    let action = "cloudformation:CreateChangeSet".to_owned();
    world.inject(Fault::AccessDenied { action: action.clone() }, "CreateChangeSet", 1);
    let request = request("Shop", "one", true, &template("orders", 30));
    let error = partner.aws.create_change_set(&partner.target(), &request).await.unwrap_err();
    assert_eq!(error.kind, AwsErrorKind::Denied { action });
    assert!(error.request_id.is_some() && !error.is_retryable());
    assert!(partner.aws.create_change_set(&partner.target(), &request).await.is_ok());
}

#[tokio::test]
async fn a_role_that_may_not_be_assumed_is_named_as_such() {
    let world = empty_world();
    let partner = partner_in(&world);
    let mut target = partner.target();
    target.role_arn = Some("arn:aws:iam::210987654321:role/deploy".to_owned());
    target.account = Some("210987654321".to_owned());
    world.inject(Fault::AccessDenied { action: "sts:AssumeRole".to_owned() }, "AssumeRole", 1);
    let error = partner.aws.list_stacks(&target).await.unwrap_err();
    assert_eq!(error.kind, AwsErrorKind::Denied { action: "sts:AssumeRole".to_owned() }, "{error}");
    assert!(error.message.contains("role could not be assumed"), "{error}");
    assert!(partner.aws.list_stacks(&target).await.unwrap().is_empty(), "and works once it may");
}

#[tokio::test]
async fn a_lost_answer_to_creating_a_change_set_leaves_one_change_set() {
    let world = empty_world();
    let partner = partner_in(&world);
    let request = request("Shop", "one", true, &template("orders", 30));
    world.inject(Fault::AnswerLost, "CreateChangeSet", 3);
    let lost = partner.aws.create_change_set(&partner.target(), &request).await.unwrap_err();
    assert_eq!(lost.kind, AwsErrorKind::Unreachable);
    let (handle, status) = partner.change_set(&request).await;
    assert!(matches!(status, ChangeSetStatus::Ready { .. }));
    assert_eq!(world.to_json().unwrap().matches(&format!("\"id\":\"{}\"", handle.id)).count(), 1);
    assert_eq!(partner.aws.list_stacks(&partner.target()).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_lost_answer_to_executing_does_not_execute_twice() {
    let world = empty_world();
    let partner = partner_in(&world);
    let (handle, _) = partner.changes(&request("Shop", "one", true, &template("orders", 30))).await;
    world.inject(Fault::AnswerLost, "ExecuteChangeSet", 3);
    let lost = partner.aws.execute_change_set(&partner.target(), &handle.id, "token").await.unwrap_err();
    assert_eq!(lost.kind, AwsErrorKind::Unreachable);
    partner.aws.execute_change_set(&partner.target(), &handle.id, "token").await.unwrap();
    // Another token, as after a crash that forgot it.
    partner.aws.execute_change_set(&partner.target(), &handle.id, "other").await.unwrap();
    partner.settled("Shop").await;
    let events = partner.aws.stack_events(&partner.target(), "Shop", None, 100).await.unwrap();
    let begun = events.iter().filter(|e| e.logical_id == "Shop" && e.status == "CREATE_IN_PROGRESS").count();
    assert_eq!(begun, 1);
}

#[tokio::test]
async fn nobody_listening_is_unreachable() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let world = World::Endpoint { url, access_key_id: ACCOUNT.to_owned(), secret: Secret::new("hidden-value") };
    assert!(!format!("{world:?}").contains("hidden-value"));
    let mut options = AwsOptions::new(world, Arc::new(Noon));
    options.initial_backoff = Duration::from_millis(1);
    let error = Aws::new(options).list_stacks(&partner_in(&empty_world()).target()).await.unwrap_err();
    assert_eq!(error.kind, AwsErrorKind::Unreachable, "{error}");
    assert_eq!(error.operation, "sts:GetCallerIdentity");
}

#[tokio::test]
async fn a_server_that_says_nothing_is_a_timeout() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let world = World::Endpoint { url, access_key_id: ACCOUNT.to_owned(), secret: Secret::new("x") };
    let mut options = AwsOptions::new(world, Arc::new(Noon));
    options.initial_backoff = Duration::from_millis(1);
    options.attempt_timeout = Duration::from_millis(50);
    let error = Aws::new(options).list_stacks(&partner_in(&empty_world()).target()).await.unwrap_err();
    assert_eq!(error.kind, AwsErrorKind::Timeout, "{error}");
}

#[tokio::test]
async fn long_lists_are_read_to_the_end() {
    let world = empty_world();
    let partner = partner_in(&world);
    let (none, target) = (BTreeMap::new(), partner.target());
    for i in 0..120 {
        let one = template(&format!("orders-{i}"), 30).to_string();
        world.seed_stack(ACCOUNT, REGION, &format!("Stack{i}"), &one, &none, &none).unwrap();
    }
    assert_eq!(partner.aws.list_stacks(&target).await.unwrap().len(), 120);
    let mut exports = partner.aws.exports(&target).await.unwrap();
    exports.dedup();
    assert_eq!(exports.len(), 120);

    let mut wide = template("wide", 30);
    for i in 0..150 {
        wide["Resources"][format!("Topic{i:03}")] = serde_json::json!({"Type": "AWS::SNS::Topic"});
    }
    let mut request = request("Wide", "one", true, &wide);
    let (handle, changes) = partner.changes(&request).await;
    assert_eq!(changes.len(), 152);
    "token".clone_into(&mut request.client_token);
    partner.aws.execute_change_set(&target, &handle.id, "token").await.unwrap();
    partner.settled("Wide").await;
    let events = partner.aws.stack_events(&target, "Wide", None, 10_000).await.unwrap();
    // Three of each resource; review, begin and end of the stack.
    assert_eq!(events.len(), 3 * 152 + 3);
}

/// Answers 404 to a HEAD at once and 200 to a PUT after a while.
async fn slow_store(listener: tokio::net::TcpListener, delay: Duration) {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    while let Ok((mut stream, _)) = listener.accept().await {
        let mut start = [0_u8; 4];
        stream.read_exact(&mut start).await.unwrap();
        let status = if &start == b"HEAD" { "404 Not Found" } else { "200 OK" };
        if status == "200 OK" {
            tokio::time::sleep(delay).await;
        }
        let answer = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        stream.write_all(answer.as_bytes()).await.unwrap();
        // What is left of the request is read, so that closing does not reset the connection.
        let mut rest = Vec::new();
        let _ = tokio::time::timeout(Duration::from_millis(20), stream.read_to_end(&mut rest)).await;
    }
}

#[tokio::test]
async fn an_upload_may_take_longer_than_other_calls() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let world = World::Endpoint { url, access_key_id: ACCOUNT.to_owned(), secret: Secret::new("x") };
    let mut options = AwsOptions::new(world, Arc::new(Noon));
    options.read_timeout = Duration::from_millis(250);
    options.attempt_timeout = Duration::from_millis(250);
    options.call_timeout = Duration::from_millis(250);
    let mut target = partner_in(&empty_world()).target();
    target.account = None;
    let aws = Aws::new(options);
    let upload = aws.ensure_object(&target, "bucket", "key", b"{}".to_vec());
    tokio::select! {
        () = slow_store(listener, Duration::from_millis(400)) => panic!("the store ended"),
        uploaded = upload => assert!(uploaded.unwrap()),
    }
}
