//! Checks of the blueprint that ask about something no template has.

use serde_json::Value;

use crate::{
    blueprint::KeyPath,
    lint::{
        EnvironmentModel, Model, Rule, Severity,
        finding::{At, Findings, Remark},
    },
    templates::Stack,
};

pub const RESOURCE_MISSING: Rule = Rule {
    id: "LK005-check-resource-missing",
    severity: Severity::Error,
    summary: "Every resource, type and output a check of the blueprint names is in the templates.",
    why: "The check can never pass.",
    advice: "Name what the template has, or take the check out.",
    source: "server/docs/blueprint.md",
};

pub fn check(model: &Model<'_>, findings: &mut Findings<'_>) {
    let checks = model.document().get("checks").and_then(Value::as_array);
    for (index, entry) in checks.into_iter().flatten().enumerate() {
        let path = KeyPath::of("checks").at(index);
        let id = entry.get("id").and_then(Value::as_str).unwrap_or_default();
        for environment in model.environments.iter().filter(|e| applies(entry, &e.name)) {
            let mut look = Look { environment, id, findings };
            look.table(entry, &path);
            look.placeholders(entry, &path);
        }
    }
}

/// Whether a check is for an environment.
pub fn applies(check: &Value, environment: &str) -> bool {
    let names = check.get("environments").and_then(Value::as_array);
    names.is_none_or(|names| names.iter().any(|name| name.as_str() == Some(environment)))
}

struct Look<'a, 'f, 'm> {
    environment: &'a EnvironmentModel,
    id: &'a str,
    findings: &'f mut Findings<'m>,
}

impl Look<'_, '_, '_> {
    /// `stack` beside `logical_id` or `resource_type`. Outputs are the stack's: [`super::stacks`] looks at those.
    fn table(&mut self, entry: &Value, path: &KeyPath) {
        let text = |key: &str| entry.get(key).and_then(Value::as_str);
        let Some((stack, found)) = text("stack").and_then(|name| self.environment.stack(name)) else { return };
        if let Some(id) = text("logical_id")
            && !has_id(found, id)
        {
            let suggestion = closest(found, id);
            let name = self.environment.stack_name(stack).to_owned();
            self.remark(&name, id, &format!("no resource {id}{suggestion}"), path.key("logical_id"), stack);
        }
        for key in ["resource_type", "type"] {
            if let Some(kind) = text(key).filter(|kind| kind.contains("::"))
                && !found.resources.iter().any(|r| r.kind == kind)
            {
                let name = self.environment.stack_name(stack).to_owned();
                self.remark(&name, kind, &format!("no resource of type {kind}"), path.key(key), stack);
            }
        }
    }

    /// `{resource:Stack.LogicalId}` and `{output:Stack.Key}` in any text of the check.
    fn placeholders(&mut self, value: &Value, path: &KeyPath) {
        match value {
            Value::String(text) => self.text(text, path),
            Value::Array(items) => {
                items.iter().enumerate().for_each(|(i, item)| self.placeholders(item, &path.at(i)));
            }
            Value::Object(map) => map.iter().for_each(|(key, inner)| self.placeholders(inner, &path.key(key))),
            _ => {}
        }
    }

    fn text(&mut self, text: &str, path: &KeyPath) {
        for piece in text.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(inside, _)| inside) {
            let Some((what, reference)) = piece.split_once(':') else { continue };
            let Some((stack, name)) = reference.split_once('.') else { continue };
            let Some((index, found)) = self.environment.stack(stack) else { continue };
            if what == "resource" && found.resource(name).is_none() {
                let suggestion = closest(found, name);
                self.remark(stack, name, &format!("no resource {name}{suggestion}"), path.clone(), index);
            }
        }
    }

    fn remark(&mut self, stack: &str, name: &str, lacks: &str, path: KeyPath, index: usize) {
        let what = format!("Check {} asks about stack {stack}, which has {lacks}.", self.id);
        self.findings.add(
            Remark::new(&RESOURCE_MISSING, format!("{} {stack}/{name}", self.id), what)
                .within(self.environment)
                .path(path)
                .at(At::Stack(index)),
        );
    }
}

fn has_id(stack: &Stack, wanted: &str) -> bool {
    match wanted.strip_suffix('*') {
        Some(prefix) => stack.resources.iter().any(|r| r.id.starts_with(prefix)),
        None => stack.resource(wanted).is_some(),
    }
}

fn closest(stack: &Stack, id: &str) -> String {
    crate::blueprint::closest(id, stack.resources.iter().map(|r| r.id.as_str()))
        .map(|word| format!(" (it has {word})"))
        .unwrap_or_default()
}
