//! Which environments there are, and what each stack is called in all of them.

use std::collections::{BTreeMap, BTreeSet};

use domain::blueprint::StackDefinition;

use crate::{
    blueprint::{is_logical_name, is_stack_name, problem_of_region},
    templates::{Stack, Templates},
};

/// One folder that was read.
#[derive(Clone, Debug)]
pub struct Input {
    /// Whose stacks they are, where the caller says so.
    pub environment: Option<String>,
    /// As the caller named it; its last part may name the environment.
    pub folder: String,
    pub stacks: Vec<Stack>,
}

pub struct Layout {
    /// In the order of promotion.
    pub environments: Vec<EnvironmentLayout>,
    pub definitions: Vec<Definition>,
    /// Their indices, in the order of execution.
    pub order: Vec<usize>,
    /// What a blueprint cannot hold, and why.
    pub left_out: Vec<(String, String)>,
}

pub struct EnvironmentLayout {
    pub name: String,
    /// How its name was found.
    pub reason: String,
    pub account: Option<String>,
    pub region: Option<String>,
    /// Tags that all its stacks carry.
    pub tags: BTreeMap<String, String>,
    pub templates: Templates,
    /// The definition of each stack.
    pub definition: Vec<usize>,
}

impl EnvironmentLayout {
    pub fn is_production(&self) -> bool {
        matches!(self.name.as_str(), "production" | "prod" | "prd" | "live")
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Definition {
    pub name: String,
    pub pattern: String,
    /// The name is the file's: what CloudFormation will call the stack is not known.
    pub is_guess: bool,
    pub depends_on: Vec<String>,
}

/// Words that name environments, in the order of promotion.
const KNOWN: [&str; 20] = [
    "sandbox",
    "local",
    "dev",
    "development",
    "ci",
    "test",
    "testing",
    "int",
    "integration",
    "qa",
    "demo",
    "uat",
    "stg",
    "stage",
    "staging",
    "preprod",
    "prd",
    "prod",
    "production",
    "live",
];

/// A name the blueprint takes: lower-case letters, digits and dashes, beginning with a letter, at most 40.
pub fn slug(text: &str) -> Option<String> {
    let mut slug = String::new();
    let mut is_after_lower = false;
    for character in text.chars() {
        if character.is_ascii_uppercase() && is_after_lower {
            slug.push('-');
        }
        is_after_lower = character.is_ascii_lowercase() || character.is_ascii_digit();
        if character.is_ascii_alphanumeric() {
            slug.push(character.to_ascii_lowercase());
        } else if !slug.ends_with('-') {
            slug.push('-');
        }
    }
    let slug = slug.trim_start_matches(|c: char| !c.is_ascii_lowercase());
    let slug: String = slug.chars().take(40).collect();
    let slug = slug.trim_end_matches('-');
    (!slug.is_empty()).then(|| slug.to_owned())
}

/// As a lower-case word without dashes between its humps: environments are one word.
fn environment_slug(text: &str) -> Option<String> {
    slug(&text.to_lowercase())
}

impl Layout {
    pub fn of(inputs: Vec<Input>) -> Self {
        let mut groups: BTreeMap<String, (String, Vec<Stack>)> = BTreeMap::new();
        for input in inputs {
            for (name, reason, stack) in sorted_out(input) {
                groups.entry(name).or_insert((reason, Vec::new())).1.push(stack);
            }
        }
        let rank = |name: &str| KNOWN.iter().position(|known| *known == name).unwrap_or(KNOWN.len() / 2);
        let mut groups: Vec<(String, (String, Vec<Stack>))> = groups.into_iter().collect();
        groups.sort_by(|a, b| (rank(&a.0), &a.0).cmp(&(rank(&b.0), &b.0)));
        let mut left_out = Vec::new();
        let mut environments: Vec<EnvironmentLayout> = groups
            .into_iter()
            .map(|(name, (reason, stacks))| environment(name, reason, stacks, &mut left_out))
            .collect();
        let mut definitions = definitions(&mut environments, &mut left_out);
        let order = depend(&environments, &mut definitions);
        // An environment whose stacks were all left out would be one without anything in it.
        environments.retain(|e| !e.templates.stacks.is_empty());
        Self { environments, definitions, order, left_out }
    }
}

/// Each stack with its environment and how that was found out.
fn sorted_out(input: Input) -> Vec<(String, String, Stack)> {
    let folder = input.folder.trim_end_matches('/');
    let last = folder.rsplit('/').next().unwrap_or(folder);
    let of_folder = words(last).into_iter().find(|word| KNOWN.contains(&word.as_str()));
    let explicit = input.environment.as_deref().and_then(environment_slug);
    let found: Vec<Option<(String, String)>> = input
        .stacks
        .iter()
        .map(|stack| match &explicit {
            Some(name) => Some((name.clone(), "as given on the command line".to_owned())),
            None => of_stack(stack),
        })
        .collect();
    let among: BTreeSet<&String> = found.iter().flatten().map(|(name, _)| name).collect();
    // Stacks that say nothing go where the others of their folder go, if that is one place.
    let common = match among.into_iter().collect::<Vec<_>>().as_slice() {
        [only] => Some(((*only).clone(), "like the other stacks of its folder".to_owned())),
        _ => None,
    };
    let fallback = of_folder
        .map(|word| (word, format!("after the folder {last}")))
        .or(common)
        .unwrap_or_else(|| ("default".to_owned(), "because nothing in the templates names an environment".to_owned()));
    input
        .stacks
        .into_iter()
        .zip(found)
        .map(|(stack, found)| {
            let (name, reason) = found.unwrap_or_else(|| fallback.clone());
            (name, reason, stack)
        })
        .collect()
}

/// Lower-case words of a name.
fn words(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_ascii_alphanumeric()).map(str::to_lowercase).collect()
}

fn of_stack(stack: &Stack) -> Option<(String, String)> {
    let in_name = words(&stack.name);
    let tagged = ["Environment", "environment", "Env", "env", "Stage", "stage"]
        .iter()
        .find_map(|key| stack.tags.get(*key).map(|value| (*key, value)))
        .and_then(|(key, value)| Some((key, environment_slug(value)?)));
    if let Some((key, name)) = tagged.as_ref().filter(|(_, name)| in_name.contains(name)) {
        return Some((name.clone(), format!("after the tag {key} and the stacks' names")));
    }
    if let Some(word) = in_name.iter().rev().find(|word| KNOWN.contains(&word.as_str())) {
        return Some((word.clone(), "after the stacks' names".to_owned()));
    }
    if let Some((key, name)) = tagged {
        return Some((name, format!("after the tag {key}")));
    }
    let stage = stack.id.split_once('/').map(|(stage, _)| stage)?;
    environment_slug(stage).map(|name| (name, format!("after the stage {stage}")))
}

/// The most frequent; of equals the smallest, so that the answer does not depend on the order.
fn most<'a>(values: impl Iterator<Item = &'a String>) -> Option<String> {
    let mut counts: BTreeMap<&String, usize> = BTreeMap::new();
    values.for_each(|value| *counts.entry(value).or_default() += 1);
    let most = counts.values().copied().max()?;
    counts.into_iter().find(|(_, count)| *count == most).map(|(value, _)| value.clone())
}

fn environment(
    name: String,
    reason: String,
    stacks: Vec<Stack>,
    left_out: &mut Vec<(String, String)>,
) -> EnvironmentLayout {
    let account = most(stacks.iter().filter_map(|s| s.account.as_ref()).filter(|a| is_account(a)));
    let region = most(stacks.iter().filter_map(|s| s.region.as_ref()).filter(|r| is_region(r)));
    let (kept, strange): (Vec<Stack>, Vec<Stack>) = stacks.into_iter().partition(|stack| {
        // What is no account or region says nothing.
        let of_account = stack.account.as_ref().filter(|own| is_account(own));
        let of_region = stack.region.as_ref().filter(|own| is_region(own));
        of_account.is_none_or(|own| Some(own) == account.as_ref())
            && of_region.is_none_or(|own| Some(own) == region.as_ref())
    });
    for stack in strange {
        let place = [stack.account.as_deref(), stack.region.as_deref()].into_iter().flatten().collect::<Vec<_>>();
        let why = format!("is for {}; an environment of a blueprint is one account and region", place.join(" "));
        left_out.push((stack.name, why));
    }
    let mut tags: Option<BTreeMap<String, String>> = None;
    for stack in &kept {
        match &mut tags {
            None => tags = Some(stack.tags.clone()),
            Some(common) => common.retain(|key, value| stack.tags.get(key) == Some(value)),
        }
    }
    EnvironmentLayout {
        name,
        reason,
        account,
        region,
        tags: tags.unwrap_or_default(),
        templates: Templates { stacks: kept },
        definition: Vec::new(),
    }
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}

/// What the loader accepts.
fn is_region(text: &str) -> bool {
    problem_of_region(text).is_none()
}

/// A name with the environment's taken out: parts between dashes.
fn generalised(stack: &str, environment: &str) -> Vec<String> {
    let capitalised = capitalised(environment);
    stack
        .split('-')
        .map(|part| match part {
            part if part == environment => "{environment}".to_owned(),
            part if part == capitalised => "{Environment}".to_owned(),
            part => part.to_owned(),
        })
        .collect()
}

fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map(|first| first.to_uppercase().chain(characters).collect()).unwrap_or_default()
}

fn is_placeholder(part: &str) -> bool {
    part.starts_with('{')
}

/// Finds the blueprint's stacks, and drops from the environments what none can describe.
fn definitions(environments: &mut [EnvironmentLayout], left_out: &mut Vec<(String, String)>) -> Vec<Definition> {
    let names: BTreeSet<Vec<String>> =
        environments.iter().flat_map(|e| e.templates.stacks.iter().map(|s| generalised(&s.name, &e.name))).collect();
    let frame = Frame::of(&names);
    let everywhere: Vec<String> = environments.iter().map(|e| e.name.clone()).collect();
    let mut definitions: Vec<Definition> = Vec::new();
    for environment in &mut *environments {
        let mut kept = Vec::new();
        for stack in std::mem::take(&mut environment.templates.stacks) {
            let parts = generalised(&stack.name, &environment.name);
            let mut found = frame.definition(&parts, &stack);
            // A logical name that is taken by another pattern.
            let mut number = 2;
            let name = found.name.clone();
            while definitions.iter().any(|d| d.name == found.name && d.pattern != found.pattern) {
                found.name = format!("{}-{number}", name.chars().take(60).collect::<String>());
                found.pattern = parts.join("-");
                number += 1;
            }
            let is_right = stack.is_plain || named(&found, &environment.name) == stack.name;
            // The loader wants a good name in every environment.
            let is_name =
                is_logical_name(&found.name) && everywhere.iter().all(|name| is_stack_name(&named(&found, name)));
            let index = definitions.iter().position(|d| d.name == found.name && d.pattern == found.pattern);
            let is_new = index.is_none_or(|index| !environment.definition.contains(&index));
            if !(is_right && is_name && is_new) {
                left_out.push((stack.name, "has a name that no pattern of the others describes".to_owned()));
                continue;
            }
            let index = index.unwrap_or(definitions.len());
            if index == definitions.len() {
                definitions.push(found);
            }
            environment.definition.push(index);
            kept.push(stack);
        }
        environment.templates.stacks = kept;
    }
    distinct(environments, &mut definitions, left_out);
    // Those whose last stack was left out describe nothing.
    let used: BTreeSet<usize> = environments.iter().flat_map(|e| e.definition.iter().copied()).collect();
    keep(environments, &mut definitions, |index| used.contains(&index));
    definitions
}

fn named(definition: &Definition, environment: &str) -> String {
    StackDefinition {
        name: definition.name.clone(),
        name_pattern: definition.pattern.clone(),
        depends_on: Vec::new(),
        is_stateful: false,
        outputs: Vec::new(),
    }
    .stack_name(environment)
}

/// What all names begin and end with.
struct Frame {
    before: usize,
    after: usize,
}

impl Frame {
    fn of(names: &BTreeSet<Vec<String>>) -> Self {
        let all: Vec<&Vec<String>> = names.iter().collect();
        let Some(first) = all.first() else { return Self { before: 0, after: 0 } };
        let (mut before, mut after) = (0, 0);
        if all.len() == 1 {
            // One stack: its last word is what it is called.
            let last = first.iter().rposition(|part| !is_placeholder(part)).unwrap_or(0);
            return Self { before: last, after: first.len() - last - 1 };
        }
        while all.iter().all(|name| name.get(before).is_some_and(|part| Some(part) == first.get(before))) {
            before += 1;
        }
        let end = |name: &Vec<String>, n: usize| name.len().checked_sub(n + 1).and_then(|i| name.get(i)).cloned();
        while all.iter().all(|name| end(name, after).is_some_and(|part| Some(part) == end(first, after))) {
            after += 1;
        }
        let shortest = all.iter().map(|name| name.len()).min().unwrap_or(0);
        // Each needs a word of its own, that begins with a letter.
        while before > 0 && before + after >= shortest {
            before -= 1;
        }
        while after > 0 && before + after >= shortest {
            after -= 1;
        }
        let begins_well =
            |name: &&&Vec<String>| name.get(before).is_some_and(|p| p.starts_with(|c: char| c.is_ascii_alphabetic()));
        if before > 0 && all.iter().filter(begins_well).count() < all.len() {
            before -= 1;
        }
        Self { before, after }
    }

    fn definition(&self, parts: &[String], stack: &Stack) -> Definition {
        let says_environment = parts.iter().any(|part| is_placeholder(part));
        if stack.is_plain && !says_environment {
            let pattern = "{stack}-{environment}".to_owned();
            return Definition { name: stack.name.clone(), pattern, is_guess: true, depends_on: Vec::new() };
        }
        let end = parts.len().saturating_sub(self.after);
        let own = parts.get(self.before..end).unwrap_or_default();
        if is_logical_name(&own.join("-")) && !own.iter().any(|part| is_placeholder(part)) {
            let before = parts.get(..self.before).unwrap_or_default();
            let after = parts.get(end..).unwrap_or_default();
            let pattern: Vec<&str> =
                before.iter().map(String::as_str).chain(["{stack}"]).chain(after.iter().map(String::as_str)).collect();
            return Definition {
                name: own.join("-"),
                pattern: pattern.join("-"),
                is_guess: false,
                depends_on: Vec::new(),
            };
        }
        // A name of its own kind: everything but the environment is what it is called.
        let words: Vec<&str> = parts.iter().map(String::as_str).filter(|part| !is_placeholder(part)).collect();
        let name = match words.join("-") {
            joined if is_logical_name(&joined) => joined,
            joined => format!("Stack-{}", joined.chars().take(58).collect::<String>()).trim_end_matches('-').to_owned(),
        };
        Definition { name, pattern: parts.join("-"), is_guess: false, depends_on: Vec::new() }
    }
}

/// Two environments of one account and region must not mean one stack: then it belongs to neither.
fn distinct(
    environments: &mut [EnvironmentLayout],
    definitions: &mut Vec<Definition>,
    left_out: &mut Vec<(String, String)>,
) {
    let places: Vec<(Option<String>, String, String)> = environments
        .iter()
        .map(|e| (e.account.clone(), e.region.clone().unwrap_or_else(|| REGION.to_owned()), e.name.clone()))
        .collect();
    let mut shared: BTreeSet<usize> = BTreeSet::new();
    let mut seen: BTreeMap<(Option<String>, String, String), (usize, usize)> = BTreeMap::new();
    for (e, (account, region, name)) in places.iter().enumerate() {
        for (d, definition) in definitions.iter().enumerate() {
            let key = (account.clone(), region.clone(), named(definition, name));
            match seen.get(&key) {
                Some(owner) if *owner != (e, d) => {
                    shared.insert(d);
                }
                _ => {
                    seen.insert(key, (e, d));
                }
            }
        }
    }
    if shared.is_empty() {
        return;
    }
    // With one definition left there would be nothing to describe: then only the first environment stays.
    if shared.len() == definitions.len() {
        for environment in environments.iter_mut().skip(1) {
            for stack in std::mem::take(&mut environment.templates.stacks) {
                let why = format!(
                    "would be the same stack as that of another environment; {} was left out",
                    environment.name
                );
                left_out.push((stack.name, why));
            }
            environment.definition.clear();
        }
        return;
    }
    for stack in keep(environments, definitions, |index| !shared.contains(&index)) {
        if !left_out.iter().any(|(name, _)| *name == stack) {
            let why = "has no environment in its name, and several environments share the account and region";
            left_out.push((stack, why.to_owned()));
        }
    }
}

/// Drops definitions, with their stacks; answers with the names of those.
fn keep(
    environments: &mut [EnvironmentLayout],
    definitions: &mut Vec<Definition>,
    is_kept: impl Fn(usize) -> bool,
) -> Vec<String> {
    let kept = (0..definitions.len()).filter(|index| is_kept(*index));
    let position: BTreeMap<usize, usize> = kept.enumerate().map(|(new, old)| (old, new)).collect();
    let mut dropped = Vec::new();
    for environment in environments.iter_mut() {
        let stacks = std::mem::take(&mut environment.templates.stacks);
        let owners = std::mem::take(&mut environment.definition);
        for (stack, owner) in stacks.into_iter().zip(owners) {
            if let Some(new) = position.get(&owner) {
                environment.templates.stacks.push(stack);
                environment.definition.push(*new);
            } else {
                dropped.push(stack.name);
            }
        }
    }
    let mut index = 0;
    definitions.retain(|_| {
        index += 1;
        is_kept(index - 1)
    });
    dropped
}

/// What is written where no template names a region.
pub const REGION: &str = "us-east-1";

/// Dependencies of all environments together, and the order that follows. Where they go in a circle, the one that closes
/// it is left out.
fn depend(environments: &[EnvironmentLayout], definitions: &mut [Definition]) -> Vec<usize> {
    let mut wanted: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); definitions.len()];
    for environment in environments {
        for (index, stack) in environment.templates.stacks.iter().enumerate() {
            let Some(owner) = environment.definition.get(index).copied() else { continue };
            let by_id = stack.depends_on.iter().filter_map(|id| {
                let found = environment.templates.stacks.iter().position(|s| s.id == *id)?;
                environment.definition.get(found).copied()
            });
            let by_import = environment.templates.references(index, &stack.template);
            let by_import = by_import.iter().filter_map(|at| environment.definition.get(at.stack).copied());
            if let Some(set) = wanted.get_mut(owner) {
                set.extend(by_id.chain(by_import).filter(|found| *found != owner));
            }
        }
    }
    let mut order: Vec<usize> = Vec::new();
    let mut kept: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); definitions.len()];
    while order.len() < definitions.len() {
        let open = || (0..definitions.len()).filter(|index| !order.contains(index));
        let is_ready = |index: &usize| wanted.get(*index).is_some_and(|set| set.iter().all(|d| order.contains(d)));
        // In a circle, the first of those that are left goes first, without what it waits for.
        let Some(next) = open().find(is_ready).or_else(|| open().next()) else { break };
        if let (Some(to), Some(from)) = (kept.get_mut(next), wanted.get(next)) {
            to.extend(from.iter().copied().filter(|d| order.contains(d)));
        }
        order.push(next);
    }
    let names: Vec<String> = definitions.iter().map(|d| d.name.clone()).collect();
    for (definition, needs) in definitions.iter_mut().zip(kept) {
        // In the order of execution.
        let needs = order.iter().filter(|index| needs.contains(index));
        definition.depends_on = needs.filter_map(|index| names.get(*index).cloned()).collect();
    }
    order
}
