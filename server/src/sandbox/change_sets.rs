//! Creating, describing, executing and deleting change sets.

use std::collections::BTreeMap;

use super::{
    diff, execution, naming,
    request::{Refusal, Request, object_of_url},
    resolver::Scope,
    session::{Answer, Session},
    stacks::{importers, stack_event, tags},
    state::{Action, Change, ChangeSet, Definition, Detail, Execution, Place, Recreation, Stack},
    template, timing,
    xml::Xml,
};

const CHANGES_PER_PAGE: usize = 100;
const INLINE_LIMIT: usize = 51_200;
const URL_LIMIT: usize = 1_000_000;
const NO_CHANGES: &str =
    "The submitted information didn't contain changes. Submit different information to create a change set.";

pub(super) fn create(session: &mut Session<'_>) -> Result<Answer, Refusal> {
    let request = session.request;
    let stack_name = request.required("StackName")?;
    let name = request.required("ChangeSetName")?;
    let token = request.argument("ClientToken").unwrap_or_default();
    let is_create = request.argument("ChangeSetType") == Some("CREATE");
    if let Some(known) = session.place().change_sets.iter().find(|set| set.stack_name == stack_name && set.name == name)
    {
        if !token.is_empty() && known.client_token == token {
            return Ok(created(&known.id, &known.stack_id));
        }
        let message = format!("ChangeSet {name} cannot be created due to a mismatch with existing attribute Name");
        return Err(Refusal::new(400, "AlreadyExistsException", message));
    }
    check_name("changeSetName", name)?;
    check_name("stackName", stack_name)?;
    let body = template_body(session)?;
    let template = template::parse(&body)?;
    template::check_capabilities(&template, &request.strings("Capabilities"))?;
    let parameters = template::parameters(&template, &request.pairs("Parameters", "ParameterKey", "ParameterValue"))?;
    let stack = stack_for(session, stack_name, name, is_create)?;
    let wanted_tags = request.pairs("Tags", "Key", "Value");
    let exports = session.export_values();
    let here = session.here();
    let of_stack = (stack.name.as_str(), stack.id.as_str());

    let old_template = if stack.definition.template.is_null() { &template } else { &stack.definition.template };
    let old = Scope::new(here, of_stack, old_template, &stack.definition.parameters, &stack.resources, &exports);
    let new = Scope::new(here, of_stack, &template, &parameters, &stack.resources, &exports);
    let retagged = !is_create && stack.definition.tags != wanted_tags;
    let changes = diff::changes(&old, &new, retagged)?;
    // Outputs are looked at for their imports and for changes of their own.
    let (old_outputs, new_outputs) = (old.template.get("Outputs"), new.template.get("Outputs"));
    let active: Vec<String> = new.active().into_iter().collect();
    for logical_id in &active {
        if let Some(properties) = template.pointer(&format!("/Resources/{logical_id}/Properties")) {
            new.resolve(properties);
        }
    }
    if let Some(outputs) = new_outputs {
        new.resolve(outputs);
    }
    let failure = match new.missing().first() {
        Some(export) => Some(format!("No export named {export} found. Rollback requested by user.")),
        None if changes.is_empty() && old_outputs == new_outputs => Some(NO_CHANGES.to_owned()),
        None => None,
    };
    let imports = new.imports();
    let serial = session.next().to_string();
    let (account, region) = here;
    let id = naming::uuid(&[account, region, stack_name, name, &serial]);
    let set = ChangeSet {
        id: format!("arn:aws:cloudformation:{region}:{account}:changeSet/{name}/{id}"),
        name: name.to_owned(),
        stack_id: stack.id.clone(),
        stack_name: stack_name.to_owned(),
        is_create,
        client_token: token.to_owned(),
        execution_token: None,
        created_at: session.now,
        ready_at: session.now + timing::CHANGE_SET.div_f64(session.options.speed()),
        changes: if failure.is_some() { Vec::new() } else { changes },
        failure,
        execution: Execution::NotYet,
        definition: Definition { template, parameters, tags: wanted_tags, outputs: Vec::new(), imports },
    };
    let answer = created(&set.id, &set.stack_id);
    let place = session.place();
    if place.stack(&stack.id).is_none() {
        place.stacks.push(stack);
    }
    place.change_sets.push(set);
    Ok(answer)
}

fn created(id: &str, stack_id: &str) -> Answer {
    Answer::Result(Xml::new().text("Id", id).text("StackId", stack_id))
}

/// The stack a change set is for; for a new one a shell in review, not yet kept.
fn stack_for(session: &mut Session<'_>, name: &str, set: &str, is_create: bool) -> Result<Stack, Refusal> {
    let known = session.place().stack(name).cloned();
    match known {
        Some(stack) if is_create && stack.status != "REVIEW_IN_PROGRESS" => Err(Refusal::validation(format!(
            "Stack [{name}] already exists and cannot be created again with the changeSet [{set}]."
        ))),
        Some(stack) if !is_create && !accepts_updates(&stack.status) => {
            Err(Refusal::validation(format!("Stack:{} is in {} state and can not be updated.", stack.id, stack.status)))
        }
        Some(stack) => Ok(stack),
        None if is_create => Ok(new_stack(session, name)),
        None => Err(Refusal::validation(format!("Stack [{name}] does not exist"))),
    }
}

fn accepts_updates(status: &str) -> bool {
    matches!(status, "CREATE_COMPLETE" | "UPDATE_COMPLETE" | "UPDATE_ROLLBACK_COMPLETE" | "IMPORT_COMPLETE")
}

/// A shell that waits for its first change set to be executed.
pub(super) fn new_stack(session: &mut Session<'_>, name: &str) -> Stack {
    let serial = session.next();
    let (account, region) = session.here();
    let id = naming::uuid(&[account, region, name, &serial.to_string()]);
    let mut stack = Stack {
        id: format!("arn:aws:cloudformation:{region}:{account}:stack/{name}/{id}"),
        name: name.to_owned(),
        status: "REVIEW_IN_PROGRESS".to_owned(),
        reason: Some("User Initiated".to_owned()),
        created_at: session.now,
        updated_at: None,
        definition: Definition::default(),
        resources: BTreeMap::new(),
        events: Vec::new(),
        operation: None,
    };
    let event = stack_event(&stack, serial, session.now, "REVIEW_IN_PROGRESS", Some("User Initiated"));
    stack.events.push(event);
    stack
}

fn check_name(field: &str, name: &str) -> Result<(), Refusal> {
    let rest_is_fine = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if name.len() <= 128 && rest_is_fine && name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return Ok(());
    }
    Err(Refusal::validation(format!(
        "1 validation error detected: Value '{name}' at '{field}' failed to satisfy constraint: Member must satisfy \
         regular expression pattern: [a-zA-Z][-a-zA-Z0-9]* and have length less than or equal to 128"
    )))
}

fn template_body(session: &mut Session<'_>) -> Result<String, Refusal> {
    let request = session.request;
    if let Some(body) = request.argument("TemplateBody") {
        if body.len() <= INLINE_LIMIT {
            return Ok(body.to_owned());
        }
        return Err(Refusal::validation(format!(
            "1 validation error detected: Value at 'templateBody' failed to satisfy constraint: Member must have length \
             less than or equal to {INLINE_LIMIT}"
        )));
    }
    let Some(url) = request.argument("TemplateURL") else {
        return Err(Refusal::validation("Either Template URL or Template Body must be specified."));
    };
    let Some((bucket, key)) = object_of_url(url) else {
        return Err(Refusal::validation("TemplateURL must be a supported URL."));
    };
    let missing = || Refusal::validation("S3 error: The specified key does not exist.");
    let bucket = session.state.buckets.get(&bucket);
    let bucket = bucket.ok_or_else(|| Refusal::validation("S3 error: The specified bucket does not exist"))?;
    if bucket.account != request.account {
        return Err(Refusal::validation("S3 error: Access Denied"));
    }
    let object = bucket.objects.get(&key).ok_or_else(missing)?;
    if object.size > URL_LIMIT {
        return Err(Refusal::validation("Template may not exceed 1000000 bytes in size."));
    }
    object.text.clone().ok_or_else(|| Refusal::validation("Template format error: unsupported structure."))
}

/// By id, or by name and stack.
fn find<'p>(place: &'p mut Place, request: &Request) -> Result<&'p mut ChangeSet, Refusal> {
    let name = request.required("ChangeSetName")?;
    let stack = request.argument("StackName");
    if stack.is_none() && !name.starts_with("arn:") {
        return Err(Refusal::validation("StackName must be specified if ChangeSetName is not specified as an ARN."));
    }
    let found = place.change_sets.iter_mut().find(|set| {
        set.id == name || (set.name == name && stack.is_some_and(|of| of == set.stack_name || of == set.stack_id))
    });
    found.ok_or_else(|| Refusal::new(404, "ChangeSetNotFound", format!("ChangeSet [{name}] does not exist")))
}

pub(super) fn describe(session: &mut Session<'_>) -> Result<Answer, Refusal> {
    let (request, now) = (session.request, session.now);
    let set = find(session.place(), request)?.clone();
    let with_values = request.argument("IncludePropertyValues") == Some("true");
    let is_ready = set.ready_at <= now;
    let (status, execution) = match (&set.failure, set.execution) {
        _ if !is_ready => ("CREATE_IN_PROGRESS", "UNAVAILABLE"),
        (Some(_), _) => ("FAILED", "UNAVAILABLE"),
        (None, Execution::NotYet) => ("CREATE_COMPLETE", "AVAILABLE"),
        (None, Execution::InProgress) => ("CREATE_COMPLETE", "EXECUTE_IN_PROGRESS"),
        (None, Execution::Complete) => ("CREATE_COMPLETE", "EXECUTE_COMPLETE"),
        (None, Execution::Failed) => ("CREATE_COMPLETE", "EXECUTE_FAILED"),
    };
    let changes = if is_ready { set.changes.clone() } else { Vec::new() };
    let (page, token) = session.page(changes, CHANGES_PER_PAGE)?;
    let parameters = set.definition.parameters.iter();
    let parameters = parameters.map(|(key, value)| Xml::new().text("ParameterKey", key).text("ParameterValue", value));
    let xml = Xml::new()
        .text("ChangeSetName", &set.name)
        .text("ChangeSetId", &set.id)
        .text("StackId", &set.stack_id)
        .text("StackName", &set.stack_name)
        .time("CreationTime", set.created_at)
        .text("ExecutionStatus", execution)
        .text("Status", status)
        .maybe("StatusReason", set.failure.as_ref().filter(|_| is_ready))
        .list("Parameters", parameters)
        .list("Tags", tags(&set.definition.tags))
        .list("Changes", page.iter().map(|change| change_member(change, with_values)))
        .maybe("NextToken", token);
    Ok(Answer::Result(xml))
}

fn change_member(change: &Change, with_values: bool) -> Xml {
    let action = match change.action {
        Action::Add => "Add",
        Action::Modify => "Modify",
        Action::Remove => "Remove",
    };
    let replacement = (change.action == Action::Modify).then(|| match change.recreation() {
        Recreation::Never => "False",
        Recreation::Conditionally => "Conditional",
        Recreation::Always => "True",
    });
    let mut scope: Vec<&str> = change.details.iter().map(|detail| detail.attribute.as_str()).collect();
    scope.dedup();
    let resource = Xml::new()
        .text("Action", action)
        .text("LogicalResourceId", &change.logical_id)
        .maybe("PhysicalResourceId", change.physical_id.as_ref())
        .text("ResourceType", &change.resource_type)
        .maybe("Replacement", replacement)
        .list("Scope", scope.into_iter().map(Xml::from))
        .list("Details", change.details.iter().map(|detail| detail_member(detail, with_values)));
    Xml::new().text("Type", "Resource").group("ResourceChange", &resource)
}

fn detail_member(detail: &Detail, with_values: bool) -> Xml {
    let recreation = match detail.recreation {
        Recreation::Never => "Never",
        Recreation::Conditionally => "Conditionally",
        Recreation::Always => "Always",
    };
    let mut target = Xml::new()
        .text("Attribute", &detail.attribute)
        .maybe("Name", detail.name.as_ref())
        .text("RequiresRecreation", recreation);
    if with_values {
        target = target
            .text("Path", &detail.path)
            .maybe("BeforeValue", detail.before.as_ref())
            .maybe("AfterValue", detail.after.as_ref());
    }
    let source = match &detail.causing_entity {
        _ if detail.is_dynamic => "ResourceReference",
        Some(_) => "ParameterReference",
        None => "DirectModification",
    };
    Xml::new()
        .group("Target", &target)
        .text("Evaluation", if detail.is_dynamic { "Dynamic" } else { "Static" })
        .text("ChangeSource", source)
        .maybe("CausingEntity", detail.causing_entity.as_ref())
}

pub(super) fn execute(session: &mut Session<'_>) -> Result<Answer, Refusal> {
    let (request, now) = (session.request, session.now);
    let token = request.argument("ClientRequestToken").map(str::to_owned);
    let set = find(session.place(), request)?.clone();
    let done = Ok(Answer::Result(Xml::new()));
    if set.execution != Execution::NotYet && token.is_some() && set.execution_token == token {
        return done;
    }
    let status = match (&set.failure, set.execution) {
        _ if set.ready_at > now => Some("CREATE_IN_PROGRESS"),
        (Some(_), _) => Some("FAILED"),
        (None, Execution::NotYet) => None,
        (None, Execution::InProgress) => Some("EXECUTE_IN_PROGRESS"),
        (None, Execution::Complete | Execution::Failed) => Some("EXECUTE_COMPLETE"),
    };
    if let Some(status) = status {
        let message = format!("ChangeSet [{}] cannot be executed in its current status of [{status}]", set.id);
        return Err(Refusal::new(400, "InvalidChangeSetStatus", message));
    }
    let missing = || Refusal::validation(format!("Stack [{}] does not exist", set.stack_name));
    let stack = session.place().stack(&set.stack_id).cloned().ok_or_else(missing)?;
    if stack.operation.is_some() {
        return Err(Refusal::validation(format!(
            "Stack:{} is in {} state and can not be updated.",
            stack.id, stack.status
        )));
    }
    begin(session, &set, &stack, token);
    done
}

/// Starts the execution; time does the rest.
fn begin(session: &mut Session<'_>, set: &ChangeSet, stack: &Stack, token: Option<String>) {
    let (now, serial, speed) = (session.now, session.next(), session.options.speed());
    let (account, region) = session.here();
    let place = session.place();
    let others = place.exports().filter(|(_, _, owner)| owner.id != stack.id);
    let exports = others
        .map(|(name, value, owner)| (name.to_owned(), (value.to_owned(), owner.id.clone())))
        .collect::<BTreeMap<_, _>>();
    let exports_in_use = importers(place, &stack.id);
    let plan = execution::Plan {
        account,
        region,
        stack_name: &stack.name,
        stack_id: &stack.id,
        change_set_id: &set.id,
        is_create: set.is_create,
        changes: &set.changes,
        wanted: &set.definition,
        existing: &stack.resources,
        exports: &exports,
        exports_in_use: &exports_in_use,
        serial,
        now,
        speed,
    };
    let (operation, doom) = execution::schedule(&plan, &session.state.dooms);
    if let Some(doom) = doom {
        session.state.dooms.remove(doom);
    }
    let place = session.place();
    // The others were made for the stack as it was.
    place.change_sets.retain(|other| other.stack_id != stack.id || other.id == set.id);
    if let Some(set) = place.change_sets.iter_mut().find(|other| other.id == set.id) {
        set.execution = Execution::InProgress;
        set.execution_token = token;
    }
    if let Some(stack) = place.stack_mut(&stack.id) {
        stack.operation = Some(operation);
        stack.updated_at = Some(now);
        if set.is_create {
            stack.definition = set.definition.clone();
        }
    }
    place.settle(now);
}

pub(super) fn delete(session: &mut Session<'_>) -> Result<Answer, Refusal> {
    let request = session.request;
    let found = match find(session.place(), request) {
        Ok(set) => Some((set.id.clone(), set.execution)),
        Err(refusal) if refusal.code == "ChangeSetNotFound" => None,
        Err(refusal) => return Err(refusal),
    };
    if let Some((id, execution)) = found {
        if execution == Execution::InProgress {
            let message = format!("ChangeSet [{id}] cannot be deleted in its current status of [EXECUTE_IN_PROGRESS]");
            return Err(Refusal::new(400, "InvalidChangeSetStatus", message));
        }
        session.place().change_sets.retain(|set| set.id != id);
    }
    Ok(Answer::Result(Xml::new()))
}
