//! Stacks: names `CloudFormation` accepts, each its own, and an order without a circle.

use std::collections::BTreeMap;

use domain::blueprint::StackDefinition;

use super::{
    super::{
        document::{Document, EnvironmentSection, StackSection},
        error::{Findings, Path, closest},
    },
    names::{is_logical_name, is_stack_name},
    reference, unique,
};

pub fn check(document: &Document, findings: &mut Findings) {
    let list = Path::of("stacks");
    let stacks = &document.stacks;
    if stacks.is_empty() {
        findings.report(&list, "at least one stack is needed", None);
    }
    unique(&list, "name", stacks.iter().map(|s| s.name.as_str()), findings);
    for (i, stack) in stacks.iter().enumerate() {
        let path = list.at(i);
        if !is_logical_name(&stack.name) {
            let message = "must be letters, digits and dashes, beginning with a letter, at most 64";
            findings.report(&path.key("name"), message, None);
        }
        unique(&path.key("outputs"), "", stack.outputs.iter().map(String::as_str), findings);
        for (j, output) in stack.outputs.iter().enumerate() {
            if output.is_empty() || !output.bytes().all(|b| b.is_ascii_alphanumeric()) {
                findings.report(&path.key("outputs").at(j), "an output key is letters and digits", None);
            }
        }
        unique(&path.key("depends_on"), "", stack.depends_on.iter().map(String::as_str), findings);
        for (j, name) in stack.depends_on.iter().enumerate() {
            let known = stacks.iter().map(|s| s.name.as_str());
            reference("stack", name, known, &path.key("depends_on").at(j), findings);
        }
        pattern(stack, &document.environments, &path.key("name_pattern"), findings);
    }
    physical_names(document, findings);
    if let Some(circle) = circle(stacks) {
        let first = stacks.iter().position(|s| Some(s.name.as_str()) == circle.first().copied()).unwrap_or(0);
        let message = format!("stacks depend on each other in a circle: {}", circle.join(" → "));
        findings.report(&list.at(first).key("depends_on"), message, None);
    }
}

/// Placeholders that exist, and names that `CloudFormation` takes.
fn pattern(stack: &StackSection, environments: &[EnvironmentSection], path: &Path, findings: &mut Findings) {
    let pattern = &stack.name_pattern;
    for piece in pattern.split('{').skip(1) {
        let word = piece.split('}').next().unwrap_or(piece);
        if !["stack", "environment", "Environment"].contains(&word) {
            let suggestion = closest(word, ["stack", "environment"])
                .or_else(|| word.starts_with("env").then(|| "environment".to_owned()));
            let message = format!("“{{{word}}}” is neither {{stack}} nor {{environment}}");
            return findings.report(path, message, suggestion.map(|word| format!("{{{word}}}")));
        }
    }
    for environment in environments.iter().filter(|e| !e.name.is_empty()) {
        let name = physical_name(stack, environment);
        if !stack.name.is_empty() && !is_stack_name(&name) {
            let message = format!(
                "gives “{name}”, which CloudFormation refuses: letters, digits and dashes, beginning with a letter, \
                 at most 128"
            );
            return findings.report(path, message, None);
        }
    }
}

fn physical_name(stack: &StackSection, environment: &EnvironmentSection) -> String {
    let definition = StackDefinition {
        name: stack.name.clone(),
        name_pattern: stack.name_pattern.clone(),
        depends_on: Vec::new(),
        is_stateful: false,
        outputs: Vec::new(),
    };
    definition.stack_name(&environment.name)
}

/// Two environments in one account and region must not mean the same stack.
fn physical_names(document: &Document, findings: &mut Findings) {
    let mut seen = BTreeMap::new();
    for environment in document.environments.iter().filter(|e| !e.name.is_empty()) {
        for (i, stack) in document.stacks.iter().enumerate().filter(|(_, s)| !s.name.is_empty()) {
            let name = physical_name(stack, environment);
            let place = (environment.account.as_deref(), environment.region.as_str(), name.clone());
            let owner = (environment.name.as_str(), stack.name.as_str());
            match seen.insert(place, owner) {
                Some(first) if first != owner => {
                    let message = format!(
                        "{} of {} and {} of {} would both be the stack “{name}” of the same account and region",
                        first.1, first.0, owner.1, owner.0
                    );
                    findings.report(&Path::of("stacks").at(i).key("name_pattern"), message, None);
                }
                _ => {}
            }
        }
    }
}

/// The names along one circle, the first repeated at its end.
fn circle(stacks: &[StackSection]) -> Option<Vec<&str>> {
    let mut finished: Vec<&str> = Vec::new();
    for stack in stacks {
        let mut trail = Vec::new();
        if let Some(found) = follow(&stack.name, stacks, &mut trail, &mut finished) {
            return Some(found);
        }
    }
    None
}

fn follow<'a>(
    name: &'a str,
    stacks: &'a [StackSection],
    trail: &mut Vec<&'a str>,
    finished: &mut Vec<&'a str>,
) -> Option<Vec<&'a str>> {
    if finished.contains(&name) {
        return None;
    }
    if let Some(start) = trail.iter().position(|n| *n == name) {
        let mut circle = trail[start..].to_vec();
        circle.push(name);
        return Some(circle);
    }
    trail.push(name);
    let stack = stacks.iter().find(|s| s.name == name);
    for next in stack.into_iter().flat_map(|s| &s.depends_on) {
        if let Some(found) = follow(next, stacks, trail, finished) {
            return Some(found);
        }
    }
    trail.pop();
    finished.push(name);
    None
}
