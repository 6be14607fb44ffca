//! Stacks and change sets.

use std::collections::BTreeMap;

use async_trait::async_trait;
use aws_sdk_cloudformation::types::{
    Capability, ChangeSetStatus as SdkStatus, ChangeSetType, ExecutionStatus, Parameter, Stack, StackEvent as SdkEvent,
    Tag,
};
use aws_smithy_types::DateTime;
use domain::stack::StackStatus;
use jiff::Timestamp;

use crate::ports::{
    AwsError, AwsErrorKind, ChangeSetHandle, ChangeSetRequest, ChangeSetStatus, OutputSnapshot, StackEvent, StackPort,
    StackSnapshot, Target, TemplateSource,
};

use super::{Aws, answer, changes::resource_changes};

const DESCRIBE_STACKS: &str = "cloudformation:DescribeStacks";
const DESCRIBE_EVENTS: &str = "cloudformation:DescribeStackEvents";
const LIST_EXPORTS: &str = "cloudformation:ListExports";
const CREATE_CHANGE_SET: &str = "cloudformation:CreateChangeSet";
const DESCRIBE_CHANGE_SET: &str = "cloudformation:DescribeChangeSet";
const EXECUTE_CHANGE_SET: &str = "cloudformation:ExecuteChangeSet";
const DELETE_CHANGE_SET: &str = "cloudformation:DeleteChangeSet";
const DELETE_STACK: &str = "cloudformation:DeleteStack";

/// `None` in place of "not found", which for these calls is an answer and no failure.
pub(super) fn found<T>(result: Result<T, AwsError>) -> Result<Option<T>, AwsError> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind == AwsErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// An empty token would start again at the first page.
fn next(token: Option<&str>) -> Option<String> {
    token.filter(|token| !token.is_empty()).map(str::to_owned)
}

#[async_trait]
impl StackPort for Aws {
    async fn describe_stack(&self, target: &Target, stack_name: &str) -> Result<Option<StackSnapshot>, AwsError> {
        let connection = self.turn(target, DESCRIBE_STACKS).await?;
        let sent = connection.stacks.describe_stacks().stack_name(stack_name).send().await;
        let described = found(answer(DESCRIBE_STACKS, sent))?;
        Ok(described.and_then(|output| output.stacks().first().map(snapshot)))
    }

    async fn list_stacks(&self, target: &Target) -> Result<Vec<StackSnapshot>, AwsError> {
        let mut stacks = Vec::new();
        let mut token = None;
        loop {
            let connection = self.turn(target, DESCRIBE_STACKS).await?;
            let sent = connection.stacks.describe_stacks().set_next_token(token).send().await;
            let page = answer(DESCRIBE_STACKS, sent)?;
            stacks.extend(page.stacks().iter().map(snapshot));
            token = next(page.next_token());
            if token.is_none() {
                return Ok(stacks);
            }
        }
    }

    async fn stack_events(
        &self,
        target: &Target,
        stack_name: &str,
        known: Option<&str>,
        limit: usize,
    ) -> Result<Vec<StackEvent>, AwsError> {
        let mut events = Vec::new();
        let mut token = None;
        loop {
            let connection = self.turn(target, DESCRIBE_EVENTS).await?;
            let request = connection.stacks.describe_stack_events().stack_name(stack_name).set_next_token(token);
            let page = answer(DESCRIBE_EVENTS, request.send().await)?;
            for event in page.stack_events() {
                let is_known = known.is_some() && event.event_id() == known;
                if is_known || events.len() >= limit {
                    return Ok(events);
                }
                events.extend(stack_event(event));
            }
            token = next(page.next_token());
            if token.is_none() {
                return Ok(events);
            }
        }
    }

    async fn exports(&self, target: &Target) -> Result<Vec<String>, AwsError> {
        let mut names = Vec::new();
        let mut token = None;
        loop {
            let connection = self.turn(target, LIST_EXPORTS).await?;
            let sent = connection.stacks.list_exports().set_next_token(token).send().await;
            let page = answer(LIST_EXPORTS, sent)?;
            names.extend(page.exports().iter().filter_map(|export| export.name().map(str::to_owned)));
            token = next(page.next_token());
            if token.is_none() {
                return Ok(names);
            }
        }
    }

    async fn create_change_set(
        &self,
        target: &Target,
        request: &ChangeSetRequest,
    ) -> Result<ChangeSetHandle, AwsError> {
        let connection = self.turn(target, CREATE_CHANGE_SET).await?;
        let parameters = request.parameters.iter().map(|(key, value)| parameter(key, value)).collect();
        let tags = request.tags.iter().map(|(key, value)| tag(key, value)).collect();
        let capabilities = request.capabilities.iter().map(|name| Capability::from(name.as_str())).collect();
        let kind = if request.is_new { ChangeSetType::Create } else { ChangeSetType::Update };
        let call = connection
            .stacks
            .create_change_set()
            .stack_name(&request.stack_name)
            .change_set_name(&request.name)
            .client_token(&request.client_token)
            .change_set_type(kind)
            .include_nested_stacks(false)
            .set_parameters(Some(parameters))
            .set_tags(Some(tags))
            .set_capabilities(Some(capabilities));
        let call = match &request.template {
            TemplateSource::Inline(body) => call.template_body(body),
            TemplateSource::Url(url) => call.template_url(url),
        };
        match answer(CREATE_CHANGE_SET, call.send().await) {
            Ok(created) => Ok(ChangeSetHandle {
                id: created.id().unwrap_or_default().to_owned(),
                stack_id: created.stack_id().unwrap_or_default().to_owned(),
            }),
            // Ours from an earlier call whose answer was lost, if it has our name; else the conflict stands.
            Err(error) if error.kind == AwsErrorKind::Conflict => {
                self.find_change_set(target, &request.stack_name, &request.name).await?.ok_or(error)
            }
            Err(error) => Err(error),
        }
    }

    async fn find_change_set(
        &self,
        target: &Target,
        stack_name: &str,
        name: &str,
    ) -> Result<Option<ChangeSetHandle>, AwsError> {
        let connection = self.turn(target, DESCRIBE_CHANGE_SET).await?;
        let sent = connection.stacks.describe_change_set().stack_name(stack_name).change_set_name(name).send().await;
        let described = found(answer(DESCRIBE_CHANGE_SET, sent))?;
        Ok(described.and_then(|set| {
            Some(ChangeSetHandle { id: set.change_set_id()?.to_owned(), stack_id: set.stack_id()?.to_owned() })
        }))
    }

    async fn describe_change_set(
        &self,
        target: &Target,
        change_set_id: &str,
    ) -> Result<Option<ChangeSetStatus>, AwsError> {
        let mut changes = Vec::new();
        let mut token = None;
        loop {
            let connection = self.turn(target, DESCRIBE_CHANGE_SET).await?;
            let call = connection
                .stacks
                .describe_change_set()
                .change_set_name(change_set_id)
                .include_property_values(true)
                .set_next_token(token);
            let Some(page) = found(answer(DESCRIBE_CHANGE_SET, call.send().await))? else { return Ok(None) };
            let reason = page.status_reason().unwrap_or_default();
            match seen(page.status(), page.execution_status(), reason) {
                Seen::Open => changes.extend(resource_changes(page.changes())),
                Seen::Gone => return Ok(None),
                Seen::Settled(status) => return Ok(Some(status)),
            }
            token = next(page.next_token());
            if token.is_none() {
                return Ok(Some(ChangeSetStatus::Ready { changes }));
            }
        }
    }

    /// Executing what is executed already succeeds: the answer to an earlier call may have been lost.
    async fn execute_change_set(
        &self,
        target: &Target,
        change_set_id: &str,
        client_token: &str,
    ) -> Result<(), AwsError> {
        let connection = self.turn(target, EXECUTE_CHANGE_SET).await?;
        let call =
            connection.stacks.execute_change_set().change_set_name(change_set_id).client_request_token(client_token);
        match answer(EXECUTE_CHANGE_SET, call.send().await) {
            Ok(_) => Ok(()),
            Err(error) if error.kind == AwsErrorKind::Conflict => {
                match self.describe_change_set(target, change_set_id).await? {
                    Some(ChangeSetStatus::Executing | ChangeSetStatus::Executed) => Ok(()),
                    _ => Err(error),
                }
            }
            Err(error) => Err(error),
        }
    }

    async fn delete_change_set(&self, target: &Target, change_set_id: &str) -> Result<(), AwsError> {
        let connection = self.turn(target, DELETE_CHANGE_SET).await?;
        let sent = connection.stacks.delete_change_set().change_set_name(change_set_id).send().await;
        found(answer(DELETE_CHANGE_SET, sent)).map(|_| ())
    }

    async fn delete_empty_stack(&self, target: &Target, stack_name: &str) -> Result<(), AwsError> {
        let Some(stack) = self.describe_stack(target, stack_name).await? else { return Ok(()) };
        if !stack.status.is_review() {
            return Err(AwsError {
                operation: DELETE_STACK.to_owned(),
                kind: AwsErrorKind::Conflict,
                message: format!(
                    "{stack_name} is {}; only a stack that was never created (REVIEW_IN_PROGRESS) is deleted here, it \
                     was left as it is",
                    stack.status.as_str()
                ),
                request_id: None,
            });
        }
        let connection = self.turn(target, DELETE_STACK).await?;
        // By id: if the name were taken again meanwhile, the new stack would not be hit.
        let sent = connection.stacks.delete_stack().stack_name(stack.stack_id).send().await;
        found(answer(DELETE_STACK, sent)).map(|_| ())
    }
}

/// What the head of a change set says, before its changes are read.
enum Seen {
    Open,
    Gone,
    Settled(ChangeSetStatus),
}

fn seen(status: Option<&SdkStatus>, execution: Option<&ExecutionStatus>, reason: &str) -> Seen {
    use ExecutionStatus as E;
    let failed = |reason: &str| Seen::Settled(ChangeSetStatus::Failed { reason: reason.to_owned() });
    match status {
        Some(SdkStatus::CreatePending | SdkStatus::CreateInProgress) => Seen::Settled(ChangeSetStatus::Creating),
        Some(SdkStatus::CreateComplete) => match execution {
            Some(E::ExecuteInProgress) => Seen::Settled(ChangeSetStatus::Executing),
            Some(E::ExecuteComplete) => Seen::Settled(ChangeSetStatus::Executed),
            Some(E::ExecuteFailed) => Seen::Settled(ChangeSetStatus::ExecutionFailed),
            Some(E::Obsolete) => failed("the stack was changed after this change set was made; it is of no use now"),
            Some(E::Unavailable) => failed(reason),
            _ => Seen::Open,
        },
        Some(SdkStatus::Failed) if is_empty(reason) => Seen::Settled(ChangeSetStatus::Empty),
        Some(SdkStatus::DeletePending | SdkStatus::DeleteInProgress | SdkStatus::DeleteComplete) => Seen::Gone,
        Some(other) if reason.is_empty() => {
            failed(&format!("CloudFormation says {} and gives no reason", other.as_str()))
        }
        _ => failed(reason),
    }
}

fn is_empty(reason: &str) -> bool {
    ["didn't contain changes", "No updates are to be performed"].iter().any(|words| reason.contains(words))
}

fn parameter(key: &str, value: &str) -> Parameter {
    Parameter::builder().parameter_key(key).parameter_value(value).build()
}

fn tag(key: &str, value: &str) -> Tag {
    Tag::builder().key(key).value(value).build()
}

fn snapshot(stack: &Stack) -> StackSnapshot {
    let text = |value: Option<&str>| value.filter(|text| !text.is_empty()).map(str::to_owned);
    let outputs = stack.outputs().iter().map(|output| OutputSnapshot {
        key: output.output_key().unwrap_or_default().to_owned(),
        value: output.output_value().unwrap_or_default().to_owned(),
        export_name: text(output.export_name()),
        description: text(output.description()),
    });
    let parameters: BTreeMap<String, String> = stack
        .parameters()
        .iter()
        .filter_map(|p| Some((p.parameter_key()?.to_owned(), p.parameter_value().unwrap_or_default().to_owned())))
        .collect();
    let tags = stack
        .tags()
        .iter()
        .filter_map(|t| Some((t.key()?.to_owned(), t.value().unwrap_or_default().to_owned())))
        .collect();
    StackSnapshot {
        stack_id: stack.stack_id().unwrap_or_default().to_owned(),
        stack_name: stack.stack_name().unwrap_or_default().to_owned(),
        status: StackStatus(stack.stack_status().map_or("UNKNOWN", |status| status.as_str()).to_owned()),
        status_reason: text(stack.stack_status_reason()),
        created_at: stack.creation_time().and_then(timestamp),
        updated_at: stack.last_updated_time().and_then(timestamp),
        outputs: outputs.collect(),
        parameters,
        tags,
        termination_protection: stack.enable_termination_protection(),
    }
}

/// `None` for an event without id or time, which could be neither ordered nor recognised.
fn stack_event(event: &SdkEvent) -> Option<StackEvent> {
    let text = |value: Option<&str>| value.filter(|text| !text.is_empty()).map(str::to_owned);
    Some(StackEvent {
        event_id: event.event_id()?.to_owned(),
        stack_id: event.stack_id().unwrap_or_default().to_owned(),
        stack_name: event.stack_name().unwrap_or_default().to_owned(),
        at: event.timestamp().and_then(timestamp)?,
        logical_id: event.logical_resource_id().unwrap_or_default().to_owned(),
        physical_id: text(event.physical_resource_id()),
        resource_type: event.resource_type().unwrap_or_default().to_owned(),
        status: event.resource_status().map_or("UNKNOWN", |status| status.as_str()).to_owned(),
        reason: text(event.resource_status_reason()),
    })
}

fn timestamp(time: &DateTime) -> Option<Timestamp> {
    Timestamp::new(time.secs(), i32::try_from(time.subsec_nanos()).ok()?).ok()
}
