//! Templates as something to ask: which resources there are, what they are called, and what refers to what.
//!
//! Everything here is pure and knows one environment at a time. Values that only CloudFormation can know stay unknown;
//! nothing is guessed. [`crate::lint`] and [`crate::init`] stand on it.

mod names;
mod places;
mod text;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use serde_json::{Map, Value};

use crate::assembly::{Assembly, AssemblyStack};

pub use names::{NameScope, name_property};
pub use places::Position;
pub use text::{Piece, Text};

/// Exports that lead to exports are followed this far.
pub(crate) const DEEPEST: usize = 16;

/// The stacks of one environment.
#[derive(Clone, Debug, Default)]
pub struct Templates {
    /// In the order of the assembly.
    pub stacks: Vec<Stack>,
}

#[derive(Clone, Debug)]
pub struct Stack {
    /// Unique within its assembly.
    pub id: String,
    /// CloudFormation's name.
    pub name: String,
    /// A plain template's file may be called after the logical name instead.
    pub is_plain: bool,
    /// Where the template stands, for messages.
    pub file: String,
    pub account: Option<String>,
    pub region: Option<String>,
    pub parameters: BTreeMap<String, String>,
    pub tags: BTreeMap<String, String>,
    /// Ids of stacks of the same assembly.
    pub depends_on: Vec<String>,
    pub template: Value,
    pub resources: Vec<Resource>,
    positions: BTreeMap<(String, String), Position>,
}

#[derive(Clone, Debug)]
pub struct Resource {
    pub id: String,
    /// For example `AWS::Lambda::Function`.
    pub kind: String,
    pub properties: Value,
}

/// A resource of [`Templates`]; only valid for those it came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResourceRef {
    pub stack: usize,
    pub resource: usize,
}

impl Stack {
    /// `folder`: what messages put before the template's path.
    pub fn of_assembly(stack: &AssemblyStack, folder: &Path) -> Self {
        let text = String::from_utf8_lossy(&stack.template);
        let template: Value = serde_json::from_str(&text).unwrap_or_default();
        Self {
            id: stack.id.clone(),
            name: stack.stack_name.clone(),
            is_plain: stack.is_plain,
            file: folder.join(&stack.template_file).display().to_string(),
            account: stack.account.clone(),
            region: stack.region.clone(),
            parameters: stack.parameters.clone(),
            tags: stack.tags.clone(),
            depends_on: stack.depends_on.clone(),
            resources: resources(&template),
            positions: places::positions(&text),
            template,
        }
    }

    /// A template as CloudFormation holds it; `None` when it is not JSON.
    pub fn of_account(name: &str, file: String, body: &str, parameters: BTreeMap<String, String>) -> Option<Self> {
        let template: Value = serde_json::from_str(body).ok()?;
        Some(Self {
            id: name.to_owned(),
            name: name.to_owned(),
            is_plain: false,
            file,
            account: None,
            region: None,
            parameters,
            tags: BTreeMap::new(),
            depends_on: Vec::new(),
            resources: resources(&template),
            positions: places::positions(body),
            template,
        })
    }

    /// All of an assembly, in its order.
    pub fn all(assembly: &Assembly, folder: &Path) -> Vec<Self> {
        assembly.stacks.iter().map(|stack| Self::of_assembly(stack, folder)).collect()
    }

    pub fn resource(&self, id: &str) -> Option<&Resource> {
        self.resources.iter().find(|r| r.id == id)
    }

    pub fn outputs(&self) -> impl Iterator<Item = (&String, &Value)> {
        self.template.get("Outputs").and_then(Value::as_object).into_iter().flat_map(Map::iter)
    }

    pub fn output(&self, key: &str) -> Option<&Value> {
        self.template.get("Outputs")?.get(key)
    }

    /// Outputs people gave it: not those the CDK adds for references between stacks.
    pub fn own_outputs(&self) -> impl Iterator<Item = (&String, &Value)> {
        self.outputs().filter(|(key, _)| !key.starts_with("ExportsOutput"))
    }

    /// Where a resource or an output is written; `section` is `Resources` or `Outputs`.
    pub fn position(&self, section: &str, key: &str) -> Position {
        self.positions.get(&(section.to_owned(), key.to_owned())).copied().unwrap_or_default()
    }
}

fn resources(template: &Value) -> Vec<Resource> {
    let found = template.get("Resources").and_then(Value::as_object);
    found
        .into_iter()
        .flat_map(Map::iter)
        .map(|(id, resource)| Resource {
            id: id.clone(),
            kind: resource.get("Type").and_then(Value::as_str).unwrap_or_default().to_owned(),
            properties: resource.get("Properties").cloned().unwrap_or_default(),
        })
        .collect()
}

impl Templates {
    pub fn resources(&self) -> impl Iterator<Item = (ResourceRef, &Resource)> {
        self.stacks.iter().enumerate().flat_map(|(i, stack)| {
            stack.resources.iter().enumerate().map(move |(j, found)| (ResourceRef { stack: i, resource: j }, found))
        })
    }

    pub fn of_kind<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = (ResourceRef, &'a Resource)> {
        self.resources().filter(move |(_, resource)| resource.kind == kind)
    }

    pub fn stack(&self, at: ResourceRef) -> &Stack {
        &self.stacks[at.stack]
    }

    pub fn get(&self, at: ResourceRef) -> &Resource {
        &self.stacks[at.stack].resources[at.resource]
    }

    pub fn find(&self, stack: usize, id: &str) -> Option<ResourceRef> {
        let resource = self.stacks.get(stack)?.resources.iter().position(|r| r.id == id)?;
        Some(ResourceRef { stack, resource })
    }

    /// A property, by JSON pointer from `Properties`.
    pub fn property(&self, at: ResourceRef, pointer: &str) -> Option<&Value> {
        self.get(at).properties.pointer(pointer)
    }

    /// A property's text, where the templates alone decide it.
    pub fn property_text(&self, at: ResourceRef, pointer: &str) -> Option<String> {
        self.literal(at.stack, self.property(at, pointer)?)
    }

    /// The physical name somebody gave the resource, where the templates alone decide it.
    pub fn name(&self, at: ResourceRef) -> Option<String> {
        let (property, _) = name_property(&self.get(at).kind)?;
        self.property_text(at, property)
    }

    /// The output that exports a name: its stack and what it exports.
    pub fn export(&self, name: &str) -> Option<(usize, &Value)> {
        self.stacks.iter().enumerate().find_map(|(i, stack)| {
            let is_it = |output: &&Value| {
                output.pointer("/Export/Name").and_then(|n| self.literal(i, n)).is_some_and(|found| found == name)
            };
            let output = stack.outputs().map(|(_, output)| output).find(is_it)?;
            Some((i, output.get("Value")?))
        })
    }

    /// Every resource a value refers to, also through exports.
    pub fn references(&self, stack: usize, value: &Value) -> BTreeSet<ResourceRef> {
        let mut found = BTreeSet::new();
        self.collect(stack, value, 0, &mut found);
        found
    }

    fn collect(&self, stack: usize, value: &Value, depth: usize, found: &mut BTreeSet<ResourceRef>) {
        if depth > DEEPEST {
            return;
        }
        match value {
            Value::Array(items) => items.iter().for_each(|item| self.collect(stack, item, depth, found)),
            Value::Object(map) => {
                for (key, inner) in map {
                    match (key.as_str(), inner) {
                        ("Ref", Value::String(id)) => found.extend(self.find(stack, id)),
                        ("Fn::GetAtt", _) => {
                            let id = text::attribute(inner).map(|(id, _)| id);
                            found.extend(id.and_then(|id| self.find(stack, &id)));
                        }
                        ("Fn::ImportValue", name) => {
                            let export = self.literal(stack, name).and_then(|name| self.export(&name));
                            if let Some((owner, exported)) = export {
                                self.collect(owner, exported, depth + 1, found);
                            }
                        }
                        ("Fn::Sub", _) => {
                            let (body, values) = text::substitution(inner);
                            for name in body.map(text::placeholders).into_iter().flatten() {
                                let id = name.split('.').next().unwrap_or(name);
                                found.extend(self.find(stack, id));
                            }
                            for inner in values {
                                self.collect(stack, inner, depth, found);
                            }
                        }
                        _ => self.collect(stack, inner, depth, found),
                    }
                }
            }
            _ => {}
        }
    }

    /// Every resource that refers to one, with itself left out.
    pub fn users(&self, of: ResourceRef) -> Vec<ResourceRef> {
        let is_user = |at: ResourceRef| self.references(at.stack, &self.get(at).properties).contains(&of);
        self.resources().map(|(at, _)| at).filter(|at| *at != of && is_user(*at)).collect()
    }
}

#[cfg(test)]
mod tests;
