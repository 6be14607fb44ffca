//! Resources of stacks, as `CloudFormation` lists them.

use std::collections::BTreeMap;

use super::{
    drift::verdicts,
    request::Refusal,
    session::{Answer, Session},
    state::{Resource, Stack},
    xml::Xml,
};

const PER_PAGE: usize = 100;

fn stack<'s>(session: &'s mut Session<'_>) -> Result<&'s Stack, Refusal> {
    let name = session.request.required("StackName")?;
    let missing = || Refusal::validation(format!("Stack with id {name} does not exist"));
    session.place().stack(name).ok_or_else(missing)
}

/// What the newest event of a resource says. Those of a stack that was seeded have none.
fn status<'s>(stack: &'s Stack, logical_id: &str) -> (jiff::Timestamp, &'s str, Option<&'s str>) {
    let newest = stack.events.iter().rev().find(|event| event.logical_id == logical_id);
    newest.map_or((stack.created_at, "CREATE_COMPLETE", None), |event| {
        (event.at, event.status.as_str(), event.reason.as_deref())
    })
}

type Verdicts = BTreeMap<String, &'static str>;

fn drift(verdicts: &Verdicts, logical_id: &str) -> Xml {
    Xml::new().text("StackResourceDriftStatus", verdicts.get(logical_id).copied().unwrap_or("NOT_CHECKED"))
}

pub(super) fn list(session: &mut Session<'_>) -> Result<Answer, Refusal> {
    let found = stack(session)?.clone();
    let verdicts = verdicts(session, &found.id, &found.name);
    let all: Vec<(&String, &Resource)> = found.resources.iter().collect();
    let (page, token) = session.page(all, PER_PAGE)?;
    let members = page.into_iter().map(|(logical_id, resource)| {
        let (at, status, reason) = status(&found, logical_id);
        Xml::new()
            .text("LogicalResourceId", logical_id)
            .text("PhysicalResourceId", &resource.physical_id)
            .text("ResourceType", &resource.resource_type)
            .time("LastUpdatedTimestamp", at)
            .text("ResourceStatus", status)
            .maybe("ResourceStatusReason", reason)
            .group("DriftInformation", &drift(&verdicts, logical_id))
    });
    Ok(Answer::Result(Xml::new().list("StackResourceSummaries", members).maybe("NextToken", token)))
}

/// One element as the two describing operations have it; they differ in the name of the time.
fn described(stack: &Stack, verdicts: &Verdicts, logical_id: &str, resource: &Resource, time: &str) -> Xml {
    let (at, status, reason) = status(stack, logical_id);
    Xml::new()
        .text("StackName", &stack.name)
        .text("StackId", &stack.id)
        .text("LogicalResourceId", logical_id)
        .text("PhysicalResourceId", &resource.physical_id)
        .text("ResourceType", &resource.resource_type)
        .time(time, at)
        .text("ResourceStatus", status)
        .maybe("ResourceStatusReason", reason)
        .group("DriftInformation", &drift(verdicts, logical_id))
}

/// At most a hundred, of one stack or of the stack that has a physical id; there are no further pages.
pub(super) fn describe_all(session: &mut Session<'_>) -> Result<Answer, Refusal> {
    let request = session.request;
    let found = match (request.argument("StackName"), request.argument("PhysicalResourceId")) {
        (None, Some(id)) => {
            let has_it = |stack: &&Stack| stack.resources.values().any(|resource| resource.physical_id == id);
            let missing = || Refusal::validation(format!("Stack for {id} does not exist"));
            session
                .place()
                .stacks
                .iter()
                .filter(|stack| !stack.is_deleted())
                .find(has_it)
                .cloned()
                .ok_or_else(missing)?
        }
        _ => stack(session)?.clone(),
    };
    let verdicts = verdicts(session, &found.id, &found.name);
    let wanted = request.argument("LogicalResourceId");
    let members = found
        .resources
        .iter()
        .filter(|(logical_id, _)| wanted.is_none_or(|wanted| wanted == *logical_id))
        .take(PER_PAGE)
        .map(|(logical_id, resource)| described(&found, &verdicts, logical_id, resource, "Timestamp"));
    Ok(Answer::Result(Xml::new().list("StackResources", members)))
}

pub(super) fn describe(session: &mut Session<'_>) -> Result<Answer, Refusal> {
    let logical_id = session.request.required("LogicalResourceId")?;
    let found = stack(session)?.clone();
    let missing = || Refusal::validation(format!("Resource {logical_id} does not exist for stack {}", found.name));
    let resource = found.resources.get(logical_id).ok_or_else(missing)?;
    let verdicts = verdicts(session, &found.id, &found.name);
    let detail = described(&found, &verdicts, logical_id, resource, "LastUpdatedTimestamp");
    Ok(Answer::Result(Xml::new().group("StackResourceDetail", &detail)))
}
