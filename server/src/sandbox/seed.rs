//! Putting stacks into the world that were there before anybody looked.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    change_sets::new_stack,
    execution,
    naming::{Birthplace, physical_id},
    request::Refusal,
    resolver::Scope,
    session::Session,
    stacks::stack_event,
    state::{Definition, Resource},
    template,
};

/// A stack that was created some time ago.
pub(super) fn stack(
    session: &mut Session<'_>,
    name: &str,
    body: &str,
    given: &BTreeMap<String, String>,
    tags: &BTreeMap<String, String>,
) -> Result<(), Refusal> {
    let template = template::parse(body)?;
    let parameters = template::parameters(&template, given)?;
    if session.place().stack(name).is_some() {
        return Err(Refusal::validation(format!("Stack [{name}] already exists")));
    }
    let mut stack = new_stack(session, name);
    let exports = session.export_values();
    let here = session.here();
    let serial = session.next().to_string();
    let at = Birthplace { account: here.0, region: here.1, stack_name: name, serial: &serial };
    let active = {
        let none = BTreeMap::new();
        Scope::new(here, (name, &stack.id), &template, &parameters, &none, &exports).active()
    };
    for logical_id in template::order(&template, &active)? {
        let Some(resource) = template.get("Resources").and_then(|all| all.get(&logical_id)) else { continue };
        let scope = Scope::new(here, (name, &stack.id), &template, &parameters, &stack.resources, &exports);
        let properties = scope.resolve(resource.get("Properties").unwrap_or(&Value::Null));
        let kind = template::resource_type(resource).to_owned();
        let physical_id = physical_id(&kind, &logical_id, &properties, &at);
        stack.resources.insert(logical_id, Resource { physical_id, resource_type: kind });
    }
    let scope = Scope::new(here, (name, &stack.id), &template, &parameters, &stack.resources, &exports);
    for (_, resource) in template::resources(&template) {
        scope.resolve(resource);
    }
    let outputs = execution::outputs(&scope);
    if let Some(export) = scope.missing().first() {
        return Err(Refusal::validation(format!("No export named {export} found")));
    }
    let imports = scope.imports();
    "CREATE_COMPLETE".clone_into(&mut stack.status);
    stack.reason = None;
    stack.events = vec![stack_event(&stack, session.next(), session.now, "CREATE_COMPLETE", None)];
    stack.definition = Definition { template, parameters, tags: tags.clone(), outputs, imports };
    session.place().stacks.push(stack);
    Ok(())
}
