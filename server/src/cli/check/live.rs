//! The deployed stacks of one environment.

use std::path::Path;

use domain::blueprint::{Blueprint, Environment};

use crate::{
    aws::World,
    blueprint::Located,
    cli::{Failure, load},
    lint::{Origin, Source},
    ports::{StackSnapshot, Target},
    startup::{StartOptions, readers},
    templates::Stack,
};

/// Reads the environment's stacks and their templates; changes nothing.
pub(super) async fn source(config: Option<&Path>, located: &Located, name: &str) -> Result<Source, Failure> {
    let blueprint = &located.blueprint;
    let Some(environment) = blueprint.environment(name) else {
        let known: Vec<&str> = blueprint.environments.iter().map(|e| e.name.as_str()).collect();
        let message = format!("the blueprint has no environment {name}; it has {}", known.join(", "));
        return Err(Failure::new(message));
    };
    let (stack_port, template_port) = readers(world(config)?);
    let target = Target {
        application: blueprint.application.name.clone(),
        environment: name.to_owned(),
        account: environment.account.clone(),
        region: environment.region.clone(),
        role_arn: environment.role_arn.clone(),
        external_id: environment.external_id.clone(),
    };
    let mut stacks = Vec::new();
    for snapshot in stack_port.list_stacks(&target).await? {
        if !is_of_environment(blueprint, environment, &snapshot) {
            continue;
        }
        let Some(body) = template_port.template(&target, &snapshot.stack_name).await? else { continue };
        let account = environment.account.as_deref().unwrap_or("account");
        let file = format!("cloudformation://{account}/{}/{}", environment.region, snapshot.stack_name);
        let parameters = snapshot.parameters.clone();
        let stack = Stack::of_account(&snapshot.stack_name, file, &body, parameters).ok_or_else(|| {
            Failure::new(format!(
                "the template of {} is not JSON; only JSON templates can be looked into, so nothing was checked",
                snapshot.stack_name
            ))
        })?;
        stacks.push(stack);
    }
    Ok(Source { environment: Some(name.to_owned()), origin: Origin::Account, stacks })
}

/// Without a configuration, the credentials of the shell.
fn world(config: Option<&Path>) -> Result<World, Failure> {
    if config.is_none() && !Path::new("lockkeeper.toml").exists() {
        return Ok(World::Default);
    }
    Ok(StartOptions::from_config(&load(config)?).world)
}

/// The blueprint's stacks, and those that are called like them: what comes before and after `{stack}` is the same.
fn is_of_environment(blueprint: &Blueprint, environment: &Environment, snapshot: &StackSnapshot) -> bool {
    // A shell that a change set left behind holds nothing yet.
    if snapshot.status.is_review() {
        return false;
    }
    blueprint.stacks.iter().any(|definition| {
        let pattern = definition.name_pattern.replace("{environment}", &environment.name);
        let is_like = pattern.split_once("{stack}").is_some_and(|(before, after)| {
            // A pattern of nothing but the stack would claim the whole account.
            !(before.is_empty() && after.is_empty())
                && snapshot.stack_name.len() > before.len() + after.len()
                && snapshot.stack_name.starts_with(before)
                && snapshot.stack_name.ends_with(after)
        });
        definition.stack_name(&environment.name) == snapshot.stack_name || is_like
    })
}
