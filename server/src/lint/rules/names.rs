//! Physical names and exports that two environments of one account would both want.

use std::collections::BTreeMap;

use domain::blueprint::Environment;

use crate::{
    lint::{
        EnvironmentModel, Model, Rule, Severity,
        finding::{At, Findings, Remark},
    },
    templates::{NameScope, ResourceRef, name_property},
};

pub const WITHOUT_ENVIRONMENT: Rule = Rule {
    id: "LK060-name-without-environment",
    severity: Severity::Error,
    summary: "Two environments that share an account give their resources different names.",
    why: "The second environment cannot be deployed, or takes over what belongs to the first.",
    advice: "Put the environment into the name, or leave the name to CloudFormation.",
    source: "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-name.html",
};

pub const EXPORT_WITHOUT_ENVIRONMENT: Rule = Rule {
    id: "LK061-export-without-environment",
    severity: Severity::Error,
    summary: "Two environments that share an account and region export under different names.",
    why: "CloudFormation refuses the second stack: a name is exported once per account and region.",
    advice: "Put the environment into the name of the export.",
    source: "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/outputs-section-structure.html",
};

pub fn check(model: &Model<'_>, findings: &mut Findings<'_>) {
    both(model, findings);
    for environment in &model.environments {
        alone(model, environment, findings);
    }
}

/// Whether two environments can meet, in the same account and, for names of a region, region.
fn meet(a: (&Option<String>, &str), b: (&Option<String>, &str), scope: NameScope) -> bool {
    match scope {
        NameScope::World => true,
        // Without an account the credentials decide, and may be the same.
        NameScope::Account => a.0 == b.0,
        NameScope::Region => a.0 == b.0 && a.1 == b.1,
    }
}

fn place(environment: &EnvironmentModel) -> (&Option<String>, &str) {
    (&environment.account, environment.region.as_str())
}

/// Index of the environment, and the resource.
type Named = (usize, ResourceRef, NameScope);
/// Index of the environment, index of the stack, and the key of the output.
type Exported = (usize, usize, String);

/// Where the templates of both were read, what is equal is equal.
fn both(model: &Model<'_>, findings: &mut Findings<'_>) {
    let mut seen: BTreeMap<(String, String), Vec<Named>> = BTreeMap::new();
    let mut exports: BTreeMap<String, Vec<Exported>> = BTreeMap::new();
    for (index, environment) in model.environments.iter().enumerate() {
        let templates = &environment.templates;
        for (at, resource) in templates.resources() {
            let Some((_, scope)) = name_property(&resource.kind) else { continue };
            if let Some(name) = templates.name(at) {
                seen.entry((resource.kind.clone(), name)).or_default().push((index, at, scope));
            }
        }
        for (stack, found) in templates.stacks.iter().enumerate() {
            for (key, output) in found.outputs() {
                let name = output.pointer("/Export/Name").and_then(|name| templates.literal(stack, name));
                exports.entry(name.unwrap_or_default()).or_default().push((index, stack, key.clone()));
            }
        }
    }
    for ((kind, name), owners) in seen {
        let Some(((first, _, scope), rest)) = owners.split_first() else { continue };
        let Some(one) = model.environments.get(*first) else { continue };
        let others = rest.iter().filter(|(index, ..)| index != first);
        let mut meeting = others.filter(|(index, ..)| {
            model.environments.get(*index).is_some_and(|other| meet(place(one), place(other), *scope))
        });
        if let Some((index, at, _)) = meeting.next()
            && let Some(other) = model.environments.get(*index)
        {
            let what = format!("{} and {} both name {} “{name}”.", one.name, other.name, words(&kind));
            for (environment, at) in owners.first().map(|(_, at, _)| (one, *at)).into_iter().chain([(other, *at)]) {
                findings.add(Remark::of_resource(&WITHOUT_ENVIRONMENT, environment, at, what.as_str()));
            }
        }
    }
    for (name, owners) in exports.into_iter().filter(|(name, _)| !name.is_empty()) {
        let Some(((first, stack, key), rest)) = owners.split_first() else { continue };
        let Some(one) = model.environments.get(*first) else { continue };
        let meeting = rest.iter().find_map(|(index, stack, key)| {
            let other = model.environments.get(*index).filter(|_| index != first)?;
            meet(place(one), place(other), NameScope::Region).then_some((other, *stack, key))
        });
        if let Some((other, other_stack, other_key)) = meeting {
            let what = format!("{} and {} both export “{name}”.", one.name, other.name);
            for (environment, stack, key) in [(one, *stack, key), (other, other_stack, other_key)] {
                let subject = format!("{}/{key}", environment.stack_name(stack));
                findings.add(
                    Remark::new(&EXPORT_WITHOUT_ENVIRONMENT, subject, what.as_str())
                        .within(environment)
                        .at(At::Output { stack, key: key.clone() }),
                );
            }
        }
    }
}

/// Where only one side was read, a name that does not hold the environment's will meet the other's.
fn alone(model: &Model<'_>, environment: &EnvironmentModel, findings: &mut Findings<'_>) {
    let unread = |e: &&Environment| model.environment(&e.name).is_none();
    let Some(own) = model.blueprint.environment(&environment.name) else { return };
    let others: Vec<&Environment> = model.blueprint.environments.iter().filter(unread).collect();
    let meeting = |scope: NameScope| {
        let mine = (&own.account, own.region.as_str());
        others.iter().find(|other| meet(mine, (&other.account, other.region.as_str()), scope))
    };
    let is_told_apart = |name: &str| name.to_lowercase().contains(&environment.name.to_lowercase());
    let templates = &environment.templates;
    for (at, resource) in templates.resources() {
        let Some((_, scope)) = name_property(&resource.kind) else { continue };
        let Some(name) = templates.name(at).filter(|name| !is_told_apart(name)) else { continue };
        // The account in a name tells environments apart where they have accounts of their own.
        if scope == NameScope::World && own.account.as_ref().is_some_and(|account| name.contains(account.as_str())) {
            let shares = |other: &&&Environment| other.account == own.account;
            if !others.iter().any(|other| shares(&other)) {
                continue;
            }
        }
        if let Some(other) = meeting(scope) {
            let what = format!(
                "{} is named “{name}” without the environment, and {} is in the same account.",
                words(&resource.kind),
                other.name
            );
            findings.add(
                Remark::of_resource(&WITHOUT_ENVIRONMENT, environment, at, capitalised(&what))
                    .severity(Severity::Warning),
            );
        }
    }
    for (stack, found) in templates.stacks.iter().enumerate() {
        for (key, output) in found.outputs() {
            let name = output.pointer("/Export/Name").and_then(|name| templates.literal(stack, name));
            let Some(name) = name.filter(|name| !is_told_apart(name)) else { continue };
            if let Some(other) = meeting(NameScope::Region) {
                let what = format!(
                    "Output {key} exports “{name}” without the environment, and {} is in the same account and region.",
                    other.name
                );
                let subject = format!("{}/{key}", environment.stack_name(stack));
                findings.add(
                    Remark::new(&EXPORT_WITHOUT_ENVIRONMENT, subject, what)
                        .within(environment)
                        .severity(Severity::Warning)
                        .at(At::Output { stack, key: key.clone() }),
                );
            }
        }
    }
}

/// `AWS::Lambda::Function` as people say it.
fn words(kind: &str) -> String {
    let mut parts = kind.split("::").skip(1);
    match (parts.next(), parts.next()) {
        (Some(service), Some(kind)) => format!("the {service} {kind}"),
        _ => kind.to_owned(),
    }
}

fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map(|first| first.to_uppercase().chain(characters).collect()).unwrap_or_default()
}
