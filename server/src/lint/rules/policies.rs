//! Rights nobody has, and rights a function lacks for what it was handed.

use serde_json::Value;

use crate::{
    lint::{
        EnvironmentModel, Model, Rule, Severity,
        finding::{At, Findings, Remark},
        roles::{self, Allowed},
    },
    templates::{ResourceRef, Templates},
};

pub const UNATTACHED: Rule = Rule {
    id: "LK050-policy-unattached",
    severity: Severity::Warning,
    summary: "Every managed policy is attached to something.",
    why: "It grants nothing to anybody, and reads as if it did.",
    advice: "Attach it to the roles it is meant for, or take it out.",
    source: "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-managedpolicy.html",
};

pub const NOT_ALLOWED: Rule = Rule {
    id: "LK051-function-not-allowed",
    severity: Severity::Warning,
    summary: "A function may use what its variables hand to it.",
    why: "The first call is refused, and code that falls back to defaults never says so.",
    advice: "Grant its role the actions, or do not hand it over.",
    source: "https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html",
};

/// Types that are of no use to a function that may not call their service.
const SERVICES: [(&str, &str); 6] = [
    ("AWS::AppConfig::", "appconfig"),
    ("AWS::SecretsManager::Secret", "secretsmanager"),
    ("AWS::DynamoDB::Table", "dynamodb"),
    ("AWS::SQS::Queue", "sqs"),
    ("AWS::SNS::Topic", "sns"),
    ("AWS::StepFunctions::StateMachine", "states"),
];

pub fn check(model: &Model<'_>, findings: &mut Findings<'_>) {
    for environment in &model.environments {
        let templates = &environment.templates;
        for (at, policy) in templates.of_kind("AWS::IAM::ManagedPolicy") {
            if !is_attached(templates, at) {
                let what = format!("Managed policy {} is attached to nothing.", policy.id);
                findings.add(Remark::of_resource(&UNATTACHED, environment, at, what));
            }
        }
        for (at, _) in templates.of_kind("AWS::Lambda::Function") {
            permissions(environment, at, findings);
        }
    }
}

/// Whether a managed policy reaches a role, a user, a group, or a boundary.
pub fn is_attached(templates: &Templates, policy: ResourceRef) -> bool {
    let own = ["Roles", "Users", "Groups"];
    let names_somebody = own.iter().any(|key| {
        let list = templates.get(policy).properties.get(*key).and_then(Value::as_array);
        list.is_some_and(|list| !list.is_empty())
    });
    let is_holder = |at: ResourceRef| {
        let kind = templates.get(at).kind.as_str();
        // Permission sets, stack sets and custom resources may attach it; policies that merely name it do not.
        !matches!(kind, "AWS::IAM::ManagedPolicy" | "AWS::IAM::Policy" | "AWS::SSM::Parameter")
    };
    names_somebody || templates.users(policy).into_iter().any(is_holder)
}

fn permissions(environment: &EnvironmentModel, function: ResourceRef, findings: &mut Findings<'_>) {
    let templates = &environment.templates;
    let Some(variables) = templates.property(function, "/Environment/Variables").and_then(Value::as_object) else {
        return;
    };
    for (service, name) in SERVICES.iter().map(|(prefix, service)| (*prefix, *service)) {
        let handed = variables.iter().find_map(|(key, value)| {
            let target = templates.references(function.stack, value);
            let target = target.into_iter().find(|at| templates.get(*at).kind.starts_with(service))?;
            Some((key, target))
        });
        let Some((key, target)) = handed else { continue };
        if roles::function_may(templates, function, name) == Allowed::No {
            let what = format!(
                "Function {} gets {} in {key}, but its role allows no {name} action.",
                templates.get(function).id,
                environment.subject(target)
            );
            findings.add(Remark::of_resource(&NOT_ALLOWED, environment, function, what).at(At::Resource(target)));
        }
    }
}
