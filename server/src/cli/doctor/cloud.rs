//! AWS, environment by environment: whose credentials these are, and whether they may look at stacks.

use std::{collections::BTreeSet, sync::Arc};

use domain::blueprint::{Blueprint, Environment};
use futures::future::join_all;

use crate::{
    aws::{Aws, AwsOptions},
    clock::SystemClock,
    config::Config,
    ports::{AwsError, AwsErrorKind, IdentityPort as _, StackPort as _, Target},
    startup::StartOptions,
};

use super::{Finding, time};

pub(super) async fn environments(config: &Config, blueprints: &[Arc<Blueprint>]) -> Vec<Finding> {
    let aws = Aws::new(AwsOptions::new(StartOptions::from_config(config).world, Arc::new(SystemClock)));
    let places = blueprints.iter().flat_map(|b| b.environments.iter().map(move |e| (b.as_ref(), e)));
    let looks = places.map(|(blueprint, environment)| environment_findings(&aws, blueprint, environment));
    let mut findings: Vec<Finding> = join_all(looks).await.into_iter().flatten().collect();
    let regions: BTreeSet<&str> = blueprints.iter().flat_map(|b| &b.environments).map(|e| e.region.as_str()).collect();
    if let Some(region) = regions.first() {
        let address = match &config.aws.endpoint_url {
            Some(url) => url.to_string(),
            None if region.starts_with("cn-") => format!("https://sts.{region}.amazonaws.com.cn/"),
            None => format!("https://sts.{region}.amazonaws.com/"),
        };
        findings.extend(time::against("clock of AWS", &address).await);
    }
    findings
}

async fn environment_findings(aws: &Aws, blueprint: &Blueprint, environment: &Environment) -> Vec<Finding> {
    let target = Target::of(blueprint, environment);
    let subject = format!("AWS for {} of {}", environment.name, blueprint.application.name);
    let account = match aws.account(&target).await {
        Ok(account) => account,
        Err(error) => return vec![failed(subject, &error, &target)],
    };
    let whose = target.role_arn.as_deref().unwrap_or("the process's own credentials");
    if target.account.as_ref().is_some_and(|expected| *expected != account) {
        return vec![Finding::fail(
            subject,
            format!("{whose} are in account {account}, and the blueprint says {}", target.account.unwrap_or_default()),
            "Correct the account or the role of the environment; until then nothing is called there.",
        )];
    }
    let mut findings = vec![Finding::ok(&subject, format!("account {account}, region {}", target.region))];
    if let Some(stack) = blueprint.stacks.first() {
        let name = stack.stack_name(&environment.name);
        findings.push(match aws.describe_stack(&target, &name).await {
            Ok(Some(found)) => Finding::ok(subject, format!("{name} is {}", found.status.as_str())),
            Ok(None) => Finding::ok(subject, format!("stacks can be looked at; {name} does not exist yet")),
            Err(error) => failed(subject, &error, &target),
        });
    }
    findings
}

fn failed(subject: String, error: &AwsError, target: &Target) -> Finding {
    let advice = match &error.kind {
        AwsErrorKind::Denied { action } => {
            let whom = target.role_arn.as_deref().unwrap_or("the credentials of this process");
            format!("Allow {whom} the action {action}; server/docs/aws.md has the whole policy.")
        }
        AwsErrorKind::Unreachable | AwsErrorKind::Timeout => {
            "Look whether this machine reaches AWS: network, proxy, DNS, or `aws.endpoint_url`.".to_owned()
        }
        AwsErrorKind::WrongAccount => "Correct the account or the role of the environment.".to_owned(),
        _ => "server/docs/aws.md says what is needed.".to_owned(),
    };
    Finding::fail(subject, error.to_string(), advice)
}
