//! One conversation with AWS, held with the emulator and with the sandbox alike: what one of them says otherwise is a
//! failed test, or a difference that is named here.

use std::{collections::BTreeMap, time::Duration};

use domain::plan::{ChangeAction, Replacement, ResourceChange};
use serde_json::{Value, json};
use server::{
    aws::Aws,
    ports::{
        AssetPort, AwsErrorKind, ChangeSetHandle, ChangeSetRequest, ChangeSetStatus, IdentityPort, StackPort,
        StackSnapshot, Target, TemplatePort, TemplateSource,
    },
};

pub const REGION: &str = "eu-west-1";

/// Somebody to talk to, in an account of its own.
pub struct Partner {
    pub aws: Aws,
    pub account: String,
    pub bucket: String,
    /// Lets a moment pass.
    pub pause: Box<dyn Fn() -> Duration + Send + Sync>,
    /// Known to be short of AWS, whose behaviour the sandbox has: no before and after values in change sets, and a
    /// missing export is noticed only while executing.
    pub is_emulator: bool,
}

/// The whole conversation with a partner: a test for every sentence of it.
#[macro_export]
macro_rules! converse {
    ($partner:expr) => {
        $crate::sentences! { $partner;
            what_is_not_there_is_said_so,
            a_stack_is_created_by_a_change_set,
            events_come_newest_first_up_to_the_known_one,
            a_repeated_request_finds_the_change_set_it_made,
            an_update_names_what_changes_and_what_is_replaced,
            a_changed_parameter_changes_what_it_stands_in,
            nothing_to_change_is_an_answer_of_its_own,
            exports_reach_the_stacks_that_import_them,
            a_missing_export_stops_the_stack_that_imports_it,
            what_was_prepared_in_vain_can_be_removed,
            a_stack_that_exists_is_not_deleted_as_an_empty_one,
            a_stack_cannot_be_created_twice,
            large_templates_go_through_s3,
            a_bucket_that_is_not_there_is_said_so,
            in_a_wrong_account_nothing_is_called,
            the_account_of_the_credentials_is_known,
            a_role_is_assumed_where_the_target_names_one,
            calls_are_counted_with_their_price,
        }
    };
}

#[macro_export]
macro_rules! sentences {
    ($partner:expr; $($sentence:ident),+ $(,)?) => {
        $(#[tokio::test]
        async fn $sentence() {
            let partner = $partner;
            $crate::conversation::$sentence(&partner).await;
        })+
    };
}

impl Partner {
    pub fn target(&self) -> Target {
        Target {
            application: "shop".to_owned(),
            environment: "staging".to_owned(),
            account: Some(self.account.clone()),
            region: REGION.to_owned(),
            role_arn: None,
            external_id: None,
        }
    }

    async fn moment(&self) {
        tokio::time::sleep((self.pause)()).await;
    }

    pub async fn change_set(&self, request: &ChangeSetRequest) -> (ChangeSetHandle, ChangeSetStatus) {
        let handle = self.aws.create_change_set(&self.target(), request).await.unwrap();
        for _ in 0..200 {
            match self.aws.describe_change_set(&self.target(), &handle.id).await.unwrap().unwrap() {
                ChangeSetStatus::Creating => self.moment().await,
                status => return (handle, status),
            }
        }
        panic!("{} is never ready", request.name);
    }

    pub async fn changes(&self, request: &ChangeSetRequest) -> (ChangeSetHandle, Vec<ResourceChange>) {
        match self.change_set(request).await {
            (handle, ChangeSetStatus::Ready { changes }) => (handle, changes),
            (_, other) => panic!("{} is not ready: {other:?}", request.name),
        }
    }

    pub async fn settled(&self, stack_name: &str) -> StackSnapshot {
        for _ in 0..400 {
            let stack = self.aws.describe_stack(&self.target(), stack_name).await.unwrap().unwrap();
            if !stack.status.is_in_progress() {
                return stack;
            }
            self.moment().await;
        }
        panic!("{stack_name} never comes to rest");
    }

    /// Change set, execution, rest.
    pub async fn deploy(&self, request: &ChangeSetRequest) -> StackSnapshot {
        let (handle, _) = self.changes(request).await;
        self.aws.execute_change_set(&self.target(), &handle.id, &request.client_token).await.unwrap();
        self.settled(&request.stack_name).await
    }
}

pub fn request(stack_name: &str, name: &str, is_new: bool, template: &Value) -> ChangeSetRequest {
    ChangeSetRequest {
        stack_name: stack_name.to_owned(),
        name: name.to_owned(),
        client_token: format!("{stack_name}-{name}"),
        is_new,
        template: TemplateSource::Inline(template.to_string()),
        parameters: BTreeMap::new(),
        tags: BTreeMap::from([("Project".to_owned(), "Shop".to_owned())]),
        capabilities: Vec::new(),
    }
}

/// A topic and a queue that needs it.
pub fn template(topic_name: &str, timeout: u32) -> Value {
    json!({
        "Parameters": {"Stage": {"Type": "String", "Default": "staging"}},
        "Resources": {
            "Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": topic_name}},
            "Queue": {"Type": "AWS::SQS::Queue", "DependsOn": "Topic", "Properties": {
                "QueueName": {"Fn::Sub": "jobs-${Stage}"}, "VisibilityTimeout": timeout}}
        },
        "Outputs": {
            "TopicArn": {"Value": {"Ref": "Topic"}, "Description": "Where orders go", "Export": {
                "Name": {"Fn::Sub": "${AWS::StackName}-TopicArn"}}},
            "QueueArn": {"Value": {"Fn::GetAtt": ["Queue", "Arn"]}}
        }
    })
}

/// A parameter that holds what another stack exports.
pub fn importer(export: &str) -> Value {
    json!({"Resources": {"Copy": {"Type": "AWS::SSM::Parameter", "Properties": {
        "Name": "/shop/topic", "Type": "String", "Value": {"Fn::ImportValue": export}}}}})
}

pub async fn what_is_not_there_is_said_so(partner: &Partner) {
    let (aws, target) = (&partner.aws, partner.target());
    assert_eq!(aws.describe_stack(&target, "Ghost").await.unwrap(), None);
    assert_eq!(aws.template(&target, "Ghost").await.unwrap(), None);
    assert!(aws.list_stacks(&target).await.unwrap().is_empty());
    assert!(aws.exports(&target).await.unwrap().is_empty());
    let events = aws.stack_events(&target, "Ghost", None, 10).await.unwrap_err();
    assert_eq!(events.kind, AwsErrorKind::NotFound, "{events}");
    let id = format!("arn:aws:cloudformation:{REGION}:{}:changeSet/ghost/0", partner.account);
    assert_eq!(aws.describe_change_set(&target, &id).await.unwrap(), None);
    aws.delete_change_set(&target, &id).await.unwrap();
    aws.delete_empty_stack(&target, "Ghost").await.unwrap();
    let update = aws.create_change_set(&target, &request("Ghost", "one", false, &template("orders", 30))).await;
    assert_eq!(update.unwrap_err().kind, AwsErrorKind::NotFound);
    let execute = aws.execute_change_set(&target, &id, "token").await.unwrap_err();
    assert_eq!(execute.kind, AwsErrorKind::NotFound);
    assert!(execute.request_id.is_some(), "{execute:?}");
}

pub async fn a_stack_is_created_by_a_change_set(partner: &Partner) {
    let (aws, target) = (&partner.aws, partner.target());
    let request = request("Shop", "one", true, &template("orders", 30));
    let (handle, mut changes) = partner.changes(&request).await;
    changes.sort_by(|a, b| a.logical_id.cmp(&b.logical_id));
    let summary: Vec<_> = changes.iter().map(|c| (c.logical_id.as_str(), c.resource_type.as_str(), c.action)).collect();
    assert_eq!(
        summary,
        [("Queue", "AWS::SQS::Queue", ChangeAction::Add), ("Topic", "AWS::SNS::Topic", ChangeAction::Add)]
    );
    let shell = aws.describe_stack(&target, "Shop").await.unwrap().unwrap();
    assert!(shell.status.is_review(), "{shell:?}");
    assert_eq!(shell.stack_id, handle.stack_id);

    aws.execute_change_set(&target, &handle.id, "token").await.unwrap();
    let stack = partner.settled("Shop").await;
    assert_eq!(stack.status.as_str(), "CREATE_COMPLETE");
    assert_eq!(stack.stack_id, handle.stack_id);
    assert_eq!(stack.parameters.get("Stage").map(String::as_str), Some("staging"));
    assert_eq!(stack.tags.get("Project").map(String::as_str), Some("Shop"));
    assert!(stack.created_at.is_some());
    let output = |key: &str| stack.outputs.iter().find(|output| output.key == key).unwrap();
    let topic = format!("arn:aws:sns:{REGION}:{}:orders", partner.account);
    assert_eq!(output("TopicArn").value, topic);
    assert_eq!(output("TopicArn").export_name.as_deref(), Some("Shop-TopicArn"));
    assert_eq!(output("TopicArn").description.as_deref(), Some("Where orders go"));
    assert_eq!(output("QueueArn").value, format!("arn:aws:sqs:{REGION}:{}:jobs-staging", partner.account));
    assert_eq!(aws.list_stacks(&target).await.unwrap(), [stack]);
    let deployed = aws.template(&target, "Shop").await.unwrap().unwrap();
    assert_eq!(serde_json::from_str::<Value>(&deployed).unwrap(), template("orders", 30));

    assert_eq!(aws.describe_change_set(&target, &handle.id).await.unwrap(), Some(ChangeSetStatus::Executed));
    // The answer to the first call might have been lost.
    aws.execute_change_set(&target, &handle.id, "token").await.unwrap();
}

pub async fn events_come_newest_first_up_to_the_known_one(partner: &Partner) {
    let (aws, target) = (&partner.aws, partner.target());
    let stack = partner.deploy(&request("Shop", "one", true, &template("orders", 30))).await;
    let events = aws.stack_events(&target, "Shop", None, 100).await.unwrap();
    assert!(events.is_sorted_by(|a, b| a.at >= b.at), "{events:#?}");
    let newest = &events[0];
    assert_eq!((newest.logical_id.as_str(), newest.status.as_str()), ("Shop", "CREATE_COMPLETE"));
    assert_eq!(newest.physical_id.as_ref(), Some(&stack.stack_id));
    assert_eq!(newest.resource_type, "AWS::CloudFormation::Stack");
    assert_eq!(events.last().unwrap().status, "REVIEW_IN_PROGRESS");
    let oldest_first = |status: &str, logical_id: &str| {
        events.iter().rev().position(|event| event.status == status && event.logical_id == logical_id).unwrap()
    };
    assert!(oldest_first("CREATE_IN_PROGRESS", "Topic") < oldest_first("CREATE_COMPLETE", "Topic"));
    assert!(oldest_first("CREATE_COMPLETE", "Topic") <= oldest_first("CREATE_IN_PROGRESS", "Queue"));
    let ids: std::collections::BTreeSet<_> = events.iter().map(|event| &event.event_id).collect();
    assert_eq!(ids.len(), events.len(), "every event has an id of its own");

    let known = &events[2].event_id;
    let fresh = aws.stack_events(&target, "Shop", Some(known), 100).await.unwrap();
    assert_eq!(fresh, events[..2]);
    assert_eq!(aws.stack_events(&target, "Shop", None, 3).await.unwrap(), events[..3]);
}

pub async fn a_repeated_request_finds_the_change_set_it_made(partner: &Partner) {
    let (aws, target) = (&partner.aws, partner.target());
    let mut request = request("Shop", "one", true, &template("orders", 30));
    assert_eq!(aws.find_change_set(&target, "Shop", "one").await.unwrap(), None);
    let (handle, _) = partner.changes(&request).await;
    assert_eq!(aws.find_change_set(&target, "Shop", "one").await.unwrap().as_ref(), Some(&handle));
    assert_eq!(aws.find_change_set(&target, "Shop", "two").await.unwrap(), None);
    assert_eq!(aws.create_change_set(&target, &request).await.unwrap(), handle);
    "another".clone_into(&mut request.client_token);
    assert_eq!(aws.create_change_set(&target, &request).await.unwrap(), handle);
}

pub async fn an_update_names_what_changes_and_what_is_replaced(partner: &Partner) {
    partner.deploy(&request("Shop", "one", true, &template("orders", 30))).await;
    let mut changed = template("invoices", 60);
    changed["Resources"]["Extra"] = json!({"Type": "AWS::SNS::Topic"});
    let (handle, mut found) = partner.changes(&request("Shop", "two", false, &changed)).await;
    found.sort_by(|a, b| a.logical_id.cmp(&b.logical_id));
    let summary: Vec<_> = found.iter().map(|c| (c.logical_id.as_str(), c.action, c.replacement)).collect();
    assert_eq!(
        summary,
        [
            ("Extra", ChangeAction::Add, Replacement::Never),
            ("Queue", ChangeAction::Modify, Replacement::Never),
            ("Topic", ChangeAction::Modify, Replacement::Always),
        ]
    );
    let property = &found[1].properties[0];
    assert_eq!(property.path, "Properties.VisibilityTimeout");
    assert_eq!(property.replacement, Replacement::Never);
    let values = (property.before.as_deref(), property.after.as_deref());
    let known = if partner.is_emulator { (None, None) } else { (Some("30"), Some("60")) };
    assert_eq!(values, known);
    assert_eq!(found[2].properties[0].path, "Properties.TopicName");
    assert_eq!(found[2].properties[0].replacement, Replacement::Always);
    let topic = found[2].physical_id.as_deref().unwrap();
    assert!(topic.ends_with(":orders"), "{topic}");

    partner.aws.execute_change_set(&partner.target(), &handle.id, "token").await.unwrap();
    let stack = partner.settled("Shop").await;
    assert_eq!(stack.status.as_str(), "UPDATE_COMPLETE");
    assert!(stack.updated_at.is_some());
    let topic = &stack.outputs.iter().find(|output| output.key == "TopicArn").unwrap().value;
    assert!(topic.ends_with(":invoices"), "{topic}");

    let (_, back) = partner.changes(&request("Shop", "three", false, &template("invoices", 60))).await;
    assert_eq!(back.len(), 1, "{back:?}");
    assert_eq!((back[0].logical_id.as_str(), back[0].action), ("Extra", ChangeAction::Remove));
}

pub async fn a_changed_parameter_changes_what_it_stands_in(partner: &Partner) {
    partner.deploy(&request("Shop", "one", true, &template("orders", 30))).await;
    let mut update = request("Shop", "two", false, &template("orders", 30));
    update.parameters.insert("Stage".to_owned(), "production".to_owned());
    let (_, changes) = partner.changes(&update).await;
    assert_eq!(changes.len(), 1, "{changes:?}");
    assert_eq!((changes[0].logical_id.as_str(), changes[0].replacement), ("Queue", Replacement::Always));
    assert_eq!(changes[0].properties[0].path, "Properties.QueueName");
}

pub async fn nothing_to_change_is_an_answer_of_its_own(partner: &Partner) {
    partner.deploy(&request("Shop", "one", true, &template("orders", 30))).await;
    let (_, status) = partner.change_set(&request("Shop", "two", false, &template("orders", 30))).await;
    assert_eq!(status, ChangeSetStatus::Empty);
}

pub async fn exports_reach_the_stacks_that_import_them(partner: &Partner) {
    let (aws, target) = (&partner.aws, partner.target());
    partner.deploy(&request("Shop", "one", true, &template("orders", 30))).await;
    assert_eq!(aws.exports(&target).await.unwrap(), ["Shop-TopicArn"]);
    let stack = partner.deploy(&request("Reader", "one", true, &importer("Shop-TopicArn"))).await;
    assert_eq!(stack.status.as_str(), "CREATE_COMPLETE");
}

/// AWS fails the change set; the emulator lets it pass and fails the execution. Neither lets the stack come to be.
pub async fn a_missing_export_stops_the_stack_that_imports_it(partner: &Partner) {
    let import = request("Reader", "one", true, &importer("Ghost-TopicArn"));
    match partner.change_set(&import).await {
        (_, ChangeSetStatus::Failed { reason }) if !partner.is_emulator => {
            assert!(reason.contains("No export named Ghost-TopicArn found"), "{reason}");
        }
        (handle, ChangeSetStatus::Ready { .. }) if partner.is_emulator => {
            partner.aws.execute_change_set(&partner.target(), &handle.id, "token").await.unwrap();
            let stack = partner.settled("Reader").await;
            assert_eq!(stack.status.as_str(), "ROLLBACK_COMPLETE");
        }
        (_, other) => panic!("{other:?}"),
    }
}

pub async fn what_was_prepared_in_vain_can_be_removed(partner: &Partner) {
    let (aws, target) = (&partner.aws, partner.target());
    let (handle, _) = partner.changes(&request("Shop", "one", true, &template("orders", 30))).await;
    aws.delete_change_set(&target, &handle.id).await.unwrap();
    assert_eq!(aws.describe_change_set(&target, &handle.id).await.unwrap(), None);
    aws.delete_change_set(&target, &handle.id).await.unwrap();
    assert!(aws.describe_stack(&target, "Shop").await.unwrap().unwrap().status.is_review());
    aws.delete_empty_stack(&target, "Shop").await.unwrap();
    for _ in 0..100 {
        if aws.describe_stack(&target, "Shop").await.unwrap().is_none() {
            return;
        }
        partner.moment().await;
    }
    panic!("the empty stack stays");
}

pub async fn a_stack_that_exists_is_not_deleted_as_an_empty_one(partner: &Partner) {
    let (aws, target) = (&partner.aws, partner.target());
    partner.deploy(&request("Shop", "one", true, &template("orders", 30))).await;
    let refused = aws.delete_empty_stack(&target, "Shop").await.unwrap_err();
    assert_eq!(refused.kind, AwsErrorKind::Conflict);
    assert!(refused.message.contains("CREATE_COMPLETE"), "{refused}");
    partner.moment().await;
    assert_eq!(partner.settled("Shop").await.status.as_str(), "CREATE_COMPLETE");
}

pub async fn a_stack_cannot_be_created_twice(partner: &Partner) {
    partner.deploy(&request("Shop", "one", true, &template("orders", 30))).await;
    let again = request("Shop", "two", true, &template("orders", 30));
    let refused = partner.aws.create_change_set(&partner.target(), &again).await.unwrap_err();
    assert_eq!(refused.kind, AwsErrorKind::Conflict, "{refused}");
    assert!(refused.message.contains("already exists"), "{refused}");
}

pub async fn large_templates_go_through_s3(partner: &Partner) {
    let (aws, target) = (&partner.aws, partner.target());
    let mut large = template("orders", 30);
    large["Metadata"] = json!({"Padding": "x".repeat(60_000)});
    let mut request = request("Shop", "one", true, &large);
    let refused = aws.create_change_set(&target, &request).await.unwrap_err();
    assert_eq!(refused.kind, AwsErrorKind::Invalid, "{refused}");

    let key = "shop/templates/0f3a.json";
    let bytes = large.to_string().into_bytes();
    assert!(aws.ensure_object(&target, &partner.bucket, key, bytes.clone()).await.unwrap());
    assert!(!aws.ensure_object(&target, &partner.bucket, key, bytes).await.unwrap(), "it is there already");
    request.template = TemplateSource::Url(aws.template_url(&target, &partner.bucket, key));
    let stack = partner.deploy(&request).await;
    assert_eq!(stack.status.as_str(), "CREATE_COMPLETE");

    "two".clone_into(&mut request.name);
    "Other".clone_into(&mut request.stack_name);
    request.template = TemplateSource::Url(aws.template_url(&target, &partner.bucket, "nothing.json"));
    let refused = aws.create_change_set(&target, &request).await.unwrap_err();
    assert_eq!(refused.kind, AwsErrorKind::Invalid, "{refused}");
}

pub async fn a_bucket_that_is_not_there_is_said_so(partner: &Partner) {
    let bucket = format!("ghost-{}", partner.account);
    let sent = partner.aws.ensure_object(&partner.target(), &bucket, "key", b"{}".to_vec()).await;
    let refused = sent.unwrap_err();
    assert_eq!(refused.kind, AwsErrorKind::NotFound, "{refused}");
    assert_eq!(refused.operation, "s3:PutObject");
}

pub async fn in_a_wrong_account_nothing_is_called(partner: &Partner) {
    let mut target = partner.target();
    target.account = Some("999999999999".to_owned());
    partner.aws.meter().drain();
    for _ in 0..2 {
        let refused = partner.aws.list_stacks(&target).await.unwrap_err();
        assert_eq!(refused.kind, AwsErrorKind::WrongAccount);
        assert!(refused.message.contains("999999999999"), "{refused}");
        assert!(refused.message.contains(&partner.account), "{refused}");
    }
    let upload = partner.aws.ensure_object(&target, &partner.bucket, "key", b"{}".to_vec()).await.unwrap_err();
    assert_eq!(upload.kind, AwsErrorKind::WrongAccount);
    let called: Vec<String> = partner.aws.meter().drain().into_iter().map(|count| count.operation).collect();
    assert_eq!(called, ["sts:GetCallerIdentity"]);
}

pub async fn the_account_of_the_credentials_is_known(partner: &Partner) {
    assert_eq!(partner.aws.account(&partner.target()).await.unwrap(), partner.account);
}

pub async fn a_role_is_assumed_where_the_target_names_one(partner: &Partner) {
    let mut target = partner.target();
    target.role_arn = Some(format!("arn:aws:iam::{}:role/deploy", partner.account));
    target.external_id = Some("shop-1234".to_owned());
    assert_eq!(partner.aws.account(&target).await.unwrap(), partner.account);
    assert!(partner.aws.list_stacks(&target).await.unwrap().is_empty());
}

pub async fn calls_are_counted_with_their_price(partner: &Partner) {
    let (aws, target) = (&partner.aws, partner.target());
    aws.meter().drain();
    aws.describe_stack(&target, "Ghost").await.unwrap();
    aws.ensure_object(&target, &partner.bucket, "key", b"{}".to_vec()).await.unwrap();
    let mut counts: Vec<_> = aws
        .meter()
        .drain()
        .into_iter()
        .filter(|count| !count.operation.starts_with("sts:"))
        .map(|count| {
            assert_eq!((count.account.as_str(), count.region.as_str()), (partner.account.as_str(), REGION));
            (count.operation, count.calls, count.errors, count.micro_dollars)
        })
        .collect();
    counts.sort();
    let row = |operation: &str, errors, cost| (operation.to_owned(), 1, errors, cost);
    assert_eq!(
        counts,
        [row("cloudformation:DescribeStacks", 1, 0), row("s3:HeadObject", 1, 1), row("s3:PutObject", 0, 5)]
    );
}
