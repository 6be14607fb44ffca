//! What rules look at: a blueprint with places, and the templates of its environments.

use std::collections::BTreeMap;

use domain::blueprint::{Blueprint, StackDefinition};
use jiff::civil::Date;
use serde_json::Value;

use crate::{
    blueprint::{KeyPath, Located},
    templates::{ResourceRef, Stack, Templates},
};

use super::finding::Location;

/// Where templates were read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    Assembly,
    /// Templates as CloudFormation has them deployed.
    Account,
}

/// The stacks of one folder, or of one environment in an account.
#[derive(Clone, Debug)]
pub struct Source {
    /// Whose stacks they are; `None`: their names say it.
    pub environment: Option<String>,
    pub origin: Origin,
    pub stacks: Vec<Stack>,
}

pub struct Model<'a> {
    /// The blueprint's file, as messages name it.
    pub file: &'a str,
    pub located: &'a Located,
    pub blueprint: &'a Blueprint,
    /// In the order of the blueprint; only those with templates.
    pub environments: Vec<EnvironmentModel>,
    pub today: Date,
}

pub struct EnvironmentModel {
    pub name: String,
    pub is_protected: bool,
    pub account: Option<String>,
    pub region: String,
    pub origin: Origin,
    pub templates: Templates,
    /// The blueprint's name of each stack, where it has one.
    logical: Vec<Option<String>>,
}

impl EnvironmentModel {
    /// The blueprint's name of a stack.
    pub fn logical(&self, stack: usize) -> Option<&str> {
        self.logical.get(stack)?.as_deref()
    }

    /// What people call a stack: the blueprint's name, else CloudFormation's.
    pub fn stack_name(&self, stack: usize) -> &str {
        self.logical(stack).unwrap_or_else(|| self.templates.stacks.get(stack).map_or("", |s| s.name.as_str()))
    }

    /// `Stack/LogicalId`, the same in every environment.
    pub fn subject(&self, at: ResourceRef) -> String {
        format!("{}/{}", self.stack_name(at.stack), self.templates.get(at).id)
    }

    pub fn stack(&self, logical: &str) -> Option<(usize, &Stack)> {
        let index = self.logical.iter().position(|name| name.as_deref() == Some(logical))?;
        Some((index, self.templates.stacks.get(index)?))
    }
}

impl<'a> Model<'a> {
    /// Lays templates beside the blueprint.
    ///
    /// # Errors
    /// When nothing says which environment a folder belongs to.
    pub fn new(file: &'a str, located: &'a Located, sources: Vec<Source>, today: Date) -> Result<Self, String> {
        let blueprint = &located.blueprint;
        let mut by_environment: BTreeMap<usize, (Origin, Vec<Stack>)> = BTreeMap::new();
        for source in sources {
            for (index, stacks) in assigned(blueprint, source.environment.as_deref(), source.stacks)? {
                by_environment.entry(index).or_insert((source.origin, Vec::new())).1.extend(stacks);
            }
        }
        let environments = by_environment
            .into_iter()
            .filter_map(|(index, (origin, mut stacks))| {
                let environment = blueprint.environments.get(index)?;
                for stack in &mut stacks {
                    stack.account = stack.account.take().or_else(|| environment.account.clone());
                    stack.region = stack.region.take().or_else(|| Some(environment.region.clone()));
                }
                let logical = stacks
                    .iter()
                    .map(|stack| definition(blueprint, &environment.name, stack).map(|d| d.name.clone()))
                    .collect();
                Some(EnvironmentModel {
                    name: environment.name.clone(),
                    is_protected: environment.is_protected(),
                    account: environment.account.clone(),
                    region: environment.region.clone(),
                    origin,
                    templates: Templates { stacks },
                    logical,
                })
            })
            .collect();
        Ok(Self { file, located, blueprint, environments, today })
    }

    pub fn environment(&self, name: &str) -> Option<&EnvironmentModel> {
        self.environments.iter().find(|e| e.name == name)
    }

    /// The blueprint as it is written: tables and lists, without defaults.
    pub fn document(&self) -> &Value {
        &self.located.document
    }

    pub fn blueprint_location(&self, path: &KeyPath) -> Location {
        Location { file: self.file.to_owned(), position: self.located.position(path), logical: None }
    }
}

/// The blueprint's stack a template is.
fn definition<'b>(blueprint: &'b Blueprint, environment: &str, stack: &Stack) -> Option<&'b StackDefinition> {
    let is_it =
        |d: &&StackDefinition| d.stack_name(environment) == stack.name || (stack.is_plain && d.name == stack.name);
    blueprint.stacks.iter().find(is_it)
}

/// Stacks by the index of their environment. Names decide; a stack no environment claims goes where the others of its
/// folder go, or where its name says.
fn assigned(
    blueprint: &Blueprint,
    environment: Option<&str>,
    stacks: Vec<Stack>,
) -> Result<BTreeMap<usize, Vec<Stack>>, String> {
    let known: Vec<&str> = blueprint.environments.iter().map(|e| e.name.as_str()).collect();
    if let Some(name) = environment {
        let index = known
            .iter()
            .position(|n| *n == name)
            .ok_or_else(|| format!("the blueprint has no environment {name}; it has {}", known.join(", ")))?;
        return Ok(BTreeMap::from([(index, stacks)]));
    }
    let is_named = |index: usize, stack: &Stack| {
        let name = known.get(index).copied().unwrap_or_default();
        blueprint.stacks.iter().any(|d| d.stack_name(name) == stack.name)
    };
    let owners = |stack: &Stack| (0..known.len()).filter(|index| is_named(*index, stack)).collect::<Vec<_>>();
    let mut result: BTreeMap<usize, Vec<Stack>> = BTreeMap::new();
    let mut rest = Vec::new();
    for stack in stacks {
        // Environments in different accounts may share a name: then the account decides.
        let mut owners = owners(&stack);
        if owners.len() > 1 && stack.account.is_some() {
            let of_account = |index: &usize| {
                blueprint.environments.get(*index).is_some_and(|e| e.account.is_none() || e.account == stack.account)
            };
            owners.retain(of_account);
        }
        match owners.as_slice() {
            [] => rest.push(stack),
            owners => owners.iter().for_each(|index| result.entry(*index).or_default().push(stack.clone())),
        }
    }
    for stack in rest {
        let said =
            known.iter().position(|name| stack.name.split(['-', '/']).any(|word| word.eq_ignore_ascii_case(name)));
        // Plain templates under logical names are the same everywhere.
        let is_shared = stack.is_plain && blueprint.stacks.iter().any(|d| d.name == stack.name);
        let owners: Vec<usize> = match said {
            Some(index) => vec![index],
            None if is_shared || result.is_empty() => (0..known.len()).collect(),
            None => result.keys().copied().collect(),
        };
        for index in owners {
            result.entry(index).or_default().push(stack.clone());
        }
    }
    Ok(result)
}
