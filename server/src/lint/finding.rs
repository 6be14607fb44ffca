//! What a rule found, and where.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{
    blueprint::KeyPath,
    templates::{Position, ResourceRef, Stack},
};

use super::model::{EnvironmentModel, Model};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    Error,
    Warning,
    Note,
}

impl Severity {
    pub fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

/// One thing that is looked for.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// Stable: `LK003-output-missing`.
    pub id: &'static str,
    pub severity: Severity,
    /// What is looked for, in one sentence.
    pub summary: &'static str,
    /// Why it matters, in one sentence.
    pub why: &'static str,
    /// What to do, in one sentence.
    pub advice: &'static str,
    /// Where the fact behind the rule comes from.
    pub source: &'static str,
}

/// A place in a file. `logical` names the stack and the logical id where the file is a template.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Location {
    pub file: String,
    pub position: Position,
    pub logical: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub rule: &'static Rule,
    pub severity: Severity,
    /// What it is about, the same in every environment: what `[[lint.ignore]]` names.
    pub subject: String,
    /// What was found; the reasons are the rule's.
    pub what: String,
    /// In the order of the blueprint; empty where it concerns the file alone.
    pub environments: Vec<String>,
    /// In the blueprint.
    pub place: Location,
    /// In the templates.
    pub related: Vec<Location>,
}

impl Finding {
    /// What, why and what to do.
    pub fn message(&self) -> String {
        format!("{} {} {}", self.what, self.rule.why, self.rule.advice)
    }
}

/// Findings as rules make them. The same finding in a second environment is one finding of two environments.
pub struct Findings<'m> {
    model: &'m Model<'m>,
    found: Vec<Finding>,
    seen: BTreeMap<(&'static str, String, String), usize>,
}

/// What a rule says about one thing.
pub struct Remark<'a> {
    pub rule: &'static Rule,
    pub severity: Severity,
    pub subject: String,
    pub what: String,
    pub environment: Option<&'a EnvironmentModel>,
    /// In the blueprint; without it, the entry of the stack concerned, or of the environment.
    pub path: Option<KeyPath>,
    pub at: Vec<At>,
}

/// A place in the templates of a remark's environment.
#[derive(Clone, Debug)]
pub enum At {
    Resource(ResourceRef),
    Output { stack: usize, key: String },
    Stack(usize),
}

impl<'a> Remark<'a> {
    pub fn new(rule: &'static Rule, subject: impl Into<String>, what: impl Into<String>) -> Self {
        Self {
            rule,
            severity: rule.severity,
            subject: subject.into(),
            what: what.into(),
            environment: None,
            path: None,
            at: Vec::new(),
        }
    }

    /// About a resource, named `Stack/LogicalId`.
    pub fn of_resource(
        rule: &'static Rule,
        environment: &'a EnvironmentModel,
        at: ResourceRef,
        what: impl Into<String>,
    ) -> Self {
        Self::new(rule, environment.subject(at), what).within(environment).at(At::Resource(at))
    }

    #[must_use]
    pub fn within(mut self, environment: &'a EnvironmentModel) -> Self {
        self.environment = Some(environment);
        self
    }

    #[must_use]
    pub fn path(mut self, path: KeyPath) -> Self {
        self.path = Some(path);
        self
    }

    #[must_use]
    pub fn at(mut self, at: At) -> Self {
        self.at.push(at);
        self
    }

    #[must_use]
    pub fn severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }
}

impl<'m> Findings<'m> {
    pub fn new(model: &'m Model<'m>) -> Self {
        Self { model, found: Vec::new(), seen: BTreeMap::new() }
    }

    pub fn add(&mut self, remark: Remark<'_>) {
        let related: Vec<Location> = match remark.environment {
            Some(environment) => remark.at.iter().map(|at| template_location(environment, at)).collect(),
            None => Vec::new(),
        };
        let key = (remark.rule.id, remark.subject.clone(), remark.what.clone());
        if let Some(earlier) = self.seen.get(&key).and_then(|index| self.found.get_mut(*index)) {
            if let Some(environment) = remark.environment
                && !earlier.environments.contains(&environment.name)
            {
                earlier.environments.push(environment.name.clone());
            }
            for place in related {
                if !earlier.related.contains(&place) {
                    earlier.related.push(place);
                }
            }
            return;
        }
        self.seen.insert(key, self.found.len());
        let path = remark.path.unwrap_or_else(|| self.entry_of(remark.environment, remark.at.first()));
        self.found.push(Finding {
            rule: remark.rule,
            severity: remark.severity,
            subject: remark.subject,
            what: remark.what,
            environments: remark.environment.map(|e| e.name.clone()).into_iter().collect(),
            place: self.model.blueprint_location(&path),
            related,
        });
    }

    /// The blueprint's entry of the stack something is in, else of the environment.
    fn entry_of(&self, environment: Option<&EnvironmentModel>, at: Option<&At>) -> KeyPath {
        let Some(environment) = environment else { return KeyPath::default() };
        let stack = at.map(|at| match at {
            At::Resource(at) => at.stack,
            At::Output { stack, .. } | At::Stack(stack) => *stack,
        });
        let logical = stack.and_then(|stack| environment.logical(stack));
        let blueprint = self.model.blueprint;
        if let Some(index) = logical.and_then(|name| blueprint.stacks.iter().position(|s| s.name == name)) {
            return KeyPath::of("stacks").at(index).key("name");
        }
        match blueprint.environments.iter().position(|e| e.name == environment.name) {
            Some(index) => KeyPath::of("environments").at(index).key("name"),
            None => KeyPath::default(),
        }
    }

    pub fn finish(self) -> Vec<Finding> {
        self.found
    }
}

fn template_location(environment: &EnvironmentModel, at: &At) -> Location {
    let make = |stack: &Stack, position: Position, id: Option<&str>| Location {
        file: stack.file.clone(),
        position,
        logical: Some(id.map_or_else(|| stack.name.clone(), |id| format!("{}/{id}", stack.name))),
    };
    let templates = &environment.templates;
    match at {
        At::Resource(at) => {
            let (stack, resource) = (templates.stack(*at), templates.get(*at));
            make(stack, stack.position("Resources", &resource.id), Some(&resource.id))
        }
        At::Output { stack, key } => {
            let stack = &templates.stacks[*stack];
            make(stack, stack.position("Outputs", key), Some(key))
        }
        At::Stack(stack) => make(&templates.stacks[*stack], Position::default(), None),
    }
}

/// A list of words as a sentence has it.
pub fn listed<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    let words: Vec<&str> = words.into_iter().collect();
    match words.split_last() {
        None => String::new(),
        Some((only, [])) => (*only).to_owned(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
    }
}

/// The texts inside a value, keys left out.
pub fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(items) => items.iter().flat_map(texts).collect(),
        Value::Object(map) => map.values().flat_map(texts).collect(),
        _ => Vec::new(),
    }
}
