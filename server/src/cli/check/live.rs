//! The deployed stacks of one environment.

use std::path::Path;

use domain::blueprint::{Blueprint, Environment, StackDefinition};

use crate::{
    aws::World,
    blueprint::Located,
    cli::{Failure, load},
    lint::{Origin, Source},
    ports::{StackPort, StackSnapshot, Target, TemplatePort},
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
    let stacks = stacks(&*stack_port, &*template_port, blueprint, environment).await?;
    Ok(Source { environment: Some(name.to_owned()), origin: Origin::Account, stacks })
}

async fn stacks(
    stack_port: &dyn StackPort,
    template_port: &dyn TemplatePort,
    blueprint: &Blueprint,
    environment: &Environment,
) -> Result<Vec<Stack>, Failure> {
    let target = Target::of(blueprint, environment);
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
    Ok(stacks)
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
        let pattern =
            StackDefinition { name: "{stack}".to_owned(), ..definition.clone() }.stack_name(&environment.name);
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;

    use crate::{
        blueprint,
        clock::SystemClock,
        sandbox::{self, SandboxOptions},
    };

    use super::*;

    #[tokio::test]
    async fn the_environments_stacks_and_those_called_like_them_are_read() {
        let world = sandbox::World::new(SandboxOptions::new("123456789012"), Arc::new(SystemClock));
        for name in ["Shop-Api-Prod", "Shop-Old-Prod", "Shop-Api-Test", "Other"] {
            let template = json!({"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}});
            world.seed_stack("123456789012", "eu-west-1", name, &template.to_string(), &[].into(), &[].into()).unwrap();
        }
        let text = r#"
            application = { name = "shop" }
            environments = [{ name = "prod", account = "123456789012", region = "eu-west-1" }]
            stacks = [{ name = "Api", name_pattern = "Shop-{stack}-{Environment}" }]
        "#;
        let blueprint = blueprint::parse("shop.toml", text).unwrap();
        let (stack_port, template_port) = readers(World::Sandbox(world));
        let found = stacks(&*stack_port, &*template_port, &blueprint, &blueprint.environments[0]).await.unwrap();
        let mut names: Vec<&str> = found.iter().map(|stack| stack.name.as_str()).collect();
        names.sort_unstable();
        assert_eq!(names, ["Shop-Api-Prod", "Shop-Old-Prod"]);
        assert_eq!(found[0].resources[0].kind, "AWS::SNS::Topic");
        assert!(found[0].file.starts_with("cloudformation://123456789012/eu-west-1/Shop-"));
    }
}
