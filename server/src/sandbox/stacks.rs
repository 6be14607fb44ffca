//! Describing and deleting stacks.

use std::collections::BTreeMap;

use super::{
    naming::uuid,
    request::Refusal,
    session::{Answer, Session},
    state::{Effect, Event, Operation, STACK_TYPE, Stack, Step},
    template::hidden_parameters,
    timing,
    xml::Xml,
};

const STACKS_PER_PAGE: usize = 50;
const PER_PAGE: usize = 100;

pub(super) fn describe(session: &mut Session<'_>) -> Result<Answer, Refusal> {
    let stacks: Vec<Stack> = match session.request.argument("StackName") {
        Some(name) => {
            let missing = || Refusal::validation(format!("Stack with id {name} does not exist"));
            vec![session.place().stack(name).cloned().ok_or_else(missing)?]
        }
        None => session.place().stacks.iter().filter(|stack| !stack.is_deleted()).cloned().collect(),
    };
    let (page, token) = session.page(stacks, STACKS_PER_PAGE)?;
    let members = page.iter().map(|stack| member(stack, session.options.site_url.as_deref()));
    Ok(Answer::Result(Xml::new().list("Stacks", members).maybe("NextToken", token)))
}

fn member(stack: &Stack, site: Option<&str>) -> Xml {
    let hidden = hidden_parameters(&stack.definition.template);
    let parameters = stack.definition.parameters.iter().map(|(key, value)| {
        let value = if hidden.contains(key.as_str()) { "****" } else { value.as_str() };
        Xml::new().text("ParameterKey", key).text("ParameterValue", value)
    });
    let outputs = stack.definition.outputs.iter().map(|output| {
        Xml::new()
            .text("OutputKey", &output.key)
            .text("OutputValue", at_site(&output.value, site, &stack.name))
            .maybe("Description", output.description.as_ref())
            .maybe("ExportName", output.export_name.as_ref())
    });
    Xml::new()
        .text("StackId", &stack.id)
        .text("StackName", &stack.name)
        .time("CreationTime", stack.created_at)
        .maybe("LastUpdatedTime", stack.updated_at.map(|at| at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ")))
        .text("StackStatus", &stack.status)
        .maybe("StackStatusReason", stack.reason.as_ref())
        .text("DisableRollback", false)
        .text("EnableTerminationProtection", false)
        .list("Parameters", parameters)
        .list("Outputs", outputs)
        .list("Tags", tags(&stack.definition.tags))
}

pub(super) fn tags(tags: &BTreeMap<String, String>) -> impl Iterator<Item = Xml> {
    tags.iter().map(|(key, value)| Xml::new().text("Key", key).text("Value", value))
}

/// The world behind the outputs does not exist; where a site stands in for it, addresses of APIs and distributions lead
/// there, each stack to a path of its own. Decided when shown, so that the port may change between two runs.
fn at_site(value: &str, site: Option<&str>, stack_name: &str) -> String {
    let Some(site) = site else { return value.to_owned() };
    let address = value.strip_prefix("https://").unwrap_or(value);
    let (host, path) = address.split_once('/').map_or((address, ""), |(host, path)| (host, path));
    let is_ours = host.ends_with(".cloudfront.net") || (host.contains(".execute-api.") && host.contains(".amazonaws."));
    let is_host = !host.contains([' ', ':']);
    if !(is_ours && is_host) {
        return value.to_owned();
    }
    let slash = if path.is_empty() && !address.ends_with('/') { "" } else { "/" };
    format!("{}/{stack_name}{slash}{path}", site.trim_end_matches('/'))
}

pub(super) fn events(session: &mut Session<'_>) -> Result<Answer, Refusal> {
    let name = session.request.required("StackName")?;
    let missing = || Refusal::validation(format!("Stack [{name}] does not exist"));
    let stack = session.place().stack(name).cloned().ok_or_else(missing)?;
    let events: Vec<&Event> = stack.events.iter().rev().collect();
    let (page, token) = session.page(events, PER_PAGE)?;
    let members = page.into_iter().map(|event| {
        Xml::new()
            .text("StackId", &stack.id)
            .text("EventId", &event.id)
            .text("StackName", &stack.name)
            .text("LogicalResourceId", &event.logical_id)
            .text("PhysicalResourceId", event.physical_id.as_deref().unwrap_or_default())
            .text("ResourceType", &event.resource_type)
            .time("Timestamp", event.at)
            .text("ResourceStatus", &event.status)
            .maybe("ResourceStatusReason", event.reason.as_ref())
    });
    Ok(Answer::Result(Xml::new().list("StackEvents", members).maybe("NextToken", token)))
}

pub(super) fn template(session: &mut Session<'_>) -> Result<Answer, Refusal> {
    let name = session.request.required("StackName")?;
    let missing = || Refusal::validation(format!("Stack with id {name} does not exist"));
    let stack = session.place().stack(name).cloned().ok_or_else(missing)?;
    Ok(Answer::Result(Xml::new().text("TemplateBody", &stack.definition.template)))
}

pub(super) fn exports(session: &mut Session<'_>) -> Result<Answer, Refusal> {
    let listed: Vec<Xml> = session
        .place()
        .exports()
        .map(|(name, value, stack)| {
            Xml::new().text("ExportingStackId", &stack.id).text("Name", name).text("Value", value)
        })
        .collect();
    let (page, token) = session.page(listed, PER_PAGE)?;
    Ok(Answer::Result(Xml::new().list("Exports", page).maybe("NextToken", token)))
}

/// Deleting what is gone already succeeds, as on AWS.
pub(super) fn delete(session: &mut Session<'_>) -> Result<Answer, Refusal> {
    let name = session.request.required("StackName")?;
    let (now, serial, speed) = (session.now, session.next(), session.options.speed());
    let place = session.place();
    let done = Ok(Answer::Result(Xml::new()));
    let Some(stack) = place.stack(name).filter(|stack| !stack.is_deleted()) else { return done };
    if stack.operation.is_some() {
        return Err(Refusal::validation(format!(
            "Stack [{}] cannot be deleted while in status {}",
            stack.id, stack.status
        )));
    }
    let in_use = importers(place, &stack.id);
    let place = session.place();
    let Some(stack) = place.stack_mut(name) else { return done };
    let steps = match in_use.first_key_value() {
        Some((export, importer)) => {
            let reason = format!("Export {export} cannot be deleted as it is in use by {importer}");
            vec![
                stack_step(stack, serial, now, "DELETE_IN_PROGRESS", Some("User Initiated")),
                stack_step(stack, serial, now + timing::CLOSING.div_f64(speed), "DELETE_FAILED", Some(&reason)),
            ]
        }
        None => removal(stack, serial, now, speed),
    };
    let id = stack.id.clone();
    stack.operation = Some(Operation { change_set_id: None, steps });
    place.change_sets.retain(|set| set.stack_id != id);
    place.settle(now);
    done
}

fn removal(stack: &Stack, serial: u64, now: jiff::Timestamp, speed: f64) -> Vec<Step> {
    let mut steps = vec![stack_step(stack, serial, now, "DELETE_IN_PROGRESS", Some("User Initiated"))];
    let mut ended = now;
    for (nth, (logical_id, resource)) in stack.resources.iter().rev().enumerate() {
        let until = now + timing::remove(&resource.resource_type).div_f64(speed);
        for (at, status, effect) in
            [(now, "DELETE_IN_PROGRESS", Effect::Nothing), (until, "DELETE_COMPLETE", Effect::Forget)]
        {
            let id = uuid(&[&stack.id, &serial.to_string(), &nth.to_string(), status]);
            let event = Event {
                id: format!("{logical_id}-{status}-{id}"),
                at,
                logical_id: logical_id.clone(),
                physical_id: Some(resource.physical_id.clone()),
                resource_type: resource.resource_type.clone(),
                status: status.to_owned(),
                reason: None,
            };
            steps.push(Step { event, effect });
        }
        ended = ended.max(until);
    }
    steps.push(stack_step(stack, serial, ended, "DELETE_COMPLETE", None));
    steps.sort_by_key(|step| step.event.at);
    steps
}

/// Exports of a stack that others read, each with one reader.
pub(super) fn importers(place: &super::state::Place, stack_id: &str) -> BTreeMap<String, String> {
    let mut in_use = BTreeMap::new();
    let own: Vec<&str> =
        place.exports().filter(|(_, _, stack)| stack.id == stack_id).map(|(name, _, _)| name).collect();
    for other in place.stacks.iter().filter(|other| other.id != stack_id && !other.is_deleted()) {
        for import in other.definition.imports.iter().filter(|import| own.contains(&import.as_str())) {
            in_use.insert(import.clone(), other.name.clone());
        }
    }
    in_use
}

fn stack_step(stack: &Stack, serial: u64, at: jiff::Timestamp, status: &str, reason: Option<&str>) -> Step {
    Step { event: stack_event(stack, serial, at, status, reason), effect: Effect::Status }
}

/// An event of the stack itself.
pub(super) fn stack_event(
    stack: &Stack,
    serial: u64,
    at: jiff::Timestamp,
    status: &str,
    reason: Option<&str>,
) -> Event {
    Event {
        id: uuid(&[&stack.id, &serial.to_string(), status]),
        at,
        logical_id: stack.name.clone(),
        physical_id: Some(stack.id.clone()),
        resource_type: STACK_TYPE.to_owned(),
        status: status.to_owned(),
        reason: reason.map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_the_application_lead_to_the_site_and_nothing_else_does() {
        let site = Some("http://127.0.0.1:4000/");
        let shown = |value: &str| at_site(value, site, "Web");
        assert_eq!(shown("d1.cloudfront.net"), "http://127.0.0.1:4000/Web");
        assert_eq!(shown("https://d1.cloudfront.net/app/"), "http://127.0.0.1:4000/Web/app/");
        assert_eq!(shown("https://x.execute-api.us-east-1.amazonaws.com/"), "http://127.0.0.1:4000/Web/");
        for other in
            ["arn:aws:s3:::b", "x.cluster-1.us-east-1.rds.amazonaws.com", "vpc-1", "see https://d.cloudfront.net"]
        {
            assert_eq!(shown(other), other);
        }
        assert_eq!(at_site("d1.cloudfront.net", None, "Web"), "d1.cloudfront.net");
    }
}
