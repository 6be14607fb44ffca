//! The plan: first the numbers, then what may lose data, in words; then every stack, resource by resource.

use domain::{
    deployment::State,
    plan::{ChangeAction, Deferral, Replacement, ResourceChange, StackPlan},
    stack::Condition,
    template,
};
use leptos::prelude::*;

use crate::{
    components::{
        ChangeFigures, Diff, DigestCode, Empty, Icon, IconName, Notice, Section, Skeleton, StateBadge, counts_in_words,
    },
    views::DeploymentView,
};

#[component]
pub fn PlanPart(view: DeploymentView) -> impl IntoView {
    let deployment = view.deployment;
    let plan: Vec<StackPlan> = view.plan.into_iter().map(StackPlan::sorted).collect();
    let counts = deployment.counts();
    // While somebody decides, everything that changes lies open.
    let is_open = matches!(deployment.state, State::Planned | State::AwaitingApproval);
    let losses: Vec<(String, ResourceChange)> = plan
        .iter()
        .flat_map(|stack| stack.changes.iter().map(move |change| (stack, change)))
        .filter(|(_, change)| change.may_lose_data())
        .map(|(stack, change)| (stack.logical_name.clone(), change.clone()))
        .collect();
    let permissions =
        plan.iter().flat_map(|s| &s.changes).filter(|c| template::is_permission(&c.resource_type)).count();
    let deferred: Vec<(String, Deferral)> =
        plan.iter().filter_map(|s| Some((s.logical_name.clone(), s.deferral.clone()?))).collect();
    let digest = deployment.plan_digest.clone().map(|digest| {
        view! { <p class="plan-digest">"Plan digest " <DigestCode digest=digest /> <span class="muted">" An approval is bound to exactly this plan."</span></p> }
    });
    let pending = deployment.stacks.len().saturating_sub(plan.len());
    let is_planning = deployment.state == State::Planning;
    let pending = (is_planning && pending > 0).then(|| {
        let words = format!(
            "{pending} more {} being compared with what runs.",
            if pending == 1 { "stack is" } else { "stacks are" }
        );
        view! {
            <div class="stacked">
                <p><StateBadge condition=Condition::Running words="Preparing" /></p>
                <Skeleton label=words lines=pending />
            </div>
        }
    });
    let nothing = (!is_planning && !plan.is_empty() && deployment.is_without_changes()).then(|| {
        view! { <Empty title="Nothing to change"><p>"The environment is already as this release wants it; only the checks run."</p></Empty> }
    });
    let stacks = plan.into_iter().map(|stack| stack_plan(stack, is_open)).collect_view();
    view! {
        <Section id="plan" title="Plan">
            <ChangeFigures counts=counts />
            {digest}
            {pending}
            {(!losses.is_empty()).then(|| view! { <Losses losses=losses /> })}
            {deferred.into_iter().map(|(stack, deferral)| deferred_words(&stack, &deferral)).collect_view()}
            {(permissions > 0).then(|| view! {
                <Notice condition=Condition::Attention>
                    <p>{format!("{permissions} {} who may do what. Read {} before you decide.",
                        if permissions == 1 { "change touches" } else { "changes touch" },
                        if permissions == 1 { "it" } else { "them" })}</p>
                </Notice>
            })}
            {nothing}
            <div class="stack-plans">{stacks}</div>
        </Section>
    }
}

/// What may be gone afterwards, before anything else is read.
#[component]
fn Losses(losses: Vec<(String, ResourceChange)>) -> impl IntoView {
    let count = losses.len();
    let items = losses
        .into_iter()
        .map(|(stack, change)| {
            view! {
                <li>
                    <strong>{format!("{} in {stack}", change.logical_id)}</strong>
                    <span class="mono">{format!(" {}", change.resource_type)}</span>
                    <p>{loss_words(&change)}</p>
                </li>
            }
        })
        .collect_view();
    view! {
        <div class="losses" role="note">
            <p class="losses-title">
                <Icon name=IconName::Warning />
                {if count == 1 { "1 resource that holds data may lose it".to_owned() } else { format!("{count} resources that hold data may lose it") }}
            </p>
            <ul>{items}</ul>
        </div>
    }
}

/// What will happen to the data of one resource.
pub fn loss_words(change: &ResourceChange) -> String {
    let causes: Vec<&str> =
        change.properties.iter().filter(|p| p.replacement != Replacement::Never).map(|p| p.path.as_str()).collect();
    let because = if causes.is_empty() { String::new() } else { format!(" because {} changes", causes.join(" and ")) };
    let physical = change.physical_id.as_deref().map(|id| format!(" ({id})")).unwrap_or_default();
    match (change.action, change.replacement) {
        (ChangeAction::Remove, _) => {
            format!("Will be deleted{physical}. Its data is gone unless the template retains it or takes a snapshot.")
        }
        (_, Replacement::Always) => format!(
            "Will be REPLACED{because}: a new, empty one is created, and the one that exists{physical} is deleted with \
             its data unless the template retains it or takes a snapshot."
        ),
        _ => format!(
            "May be REPLACED{because}: CloudFormation decides while executing. If it does, the one that exists{physical} \
             is deleted with its data unless the template retains it or takes a snapshot."
        ),
    }
}

fn deferred_words(stack: &str, deferral: &Deferral) -> impl IntoView + use<> {
    let after = deferral.waits_for.as_ref().map_or_else(
        || "another stack has been executed".to_owned(),
        |waits_for| format!("{waits_for} has been executed"),
    );
    let exports = if deferral.missing_exports.is_empty() {
        String::new()
    } else {
        format!(" It needs {}, which does not exist yet.", deferral.missing_exports.join(", "))
    };
    let stack = stack.to_owned();
    view! {
        <Notice condition=Condition::Waiting>
            <p>
                <strong>{stack}</strong>
                {format!(
                    " cannot be compared yet: its change set is prepared after {after}.{exports} If it would then remove or \
                     replace anything, the deployment stops there and asks again."
                )}
            </p>
        </Notice>
    }
}

fn stack_plan(stack: StackPlan, is_open: bool) -> impl IntoView {
    let counts = stack.counts();
    let summary = if stack.deferral.is_some() {
        "compared later".to_owned()
    } else if stack.is_new {
        format!("new stack, {}", counts_in_words(counts))
    } else {
        counts_in_words(counts)
    };
    let is_open = is_open && !stack.changes.is_empty();
    let rows = stack.changes.into_iter().map(resource).collect_view();
    let parameters = stack
        .parameters
        .into_iter()
        .map(|(name, value)| view! { <li><code>{name}</code> " = " <code>{value}</code></li> })
        .collect_view();
    view! {
        <details class="stack-plan" id=format!("plan-{}", stack.logical_name) open=is_open>
            <summary>
                <strong>{stack.logical_name.clone()}</strong>
                <span class="muted">{stack.stack_name}</span>
                <span class="stack-plan-counts">{summary}</span>
            </summary>
            <ul class="resources">{rows}</ul>
            <details class="fold" id=format!("parameters-{}", stack.template_digest.short())>
                <summary>"Template and parameters"</summary>
                <p>"Template digest " <DigestCode digest=stack.template_digest.clone() /></p>
                <ul class="plain-list">{parameters}</ul>
            </details>
        </details>
    }
}

/// The verb a resource's row begins with, and the class that colours it.
fn verb(change: &ResourceChange) -> (&'static str, &'static str) {
    match (change.action, change.replacement) {
        (ChangeAction::Remove, _) => ("Remove", "removed"),
        (ChangeAction::Modify | ChangeAction::Dynamic, Replacement::Always) => ("REPLACE", "replaced"),
        (ChangeAction::Modify | ChangeAction::Dynamic, Replacement::Conditional) => ("May REPLACE", "replaced"),
        (ChangeAction::Modify, Replacement::Never) => ("Modify", "modified"),
        (ChangeAction::Dynamic, Replacement::Never) => ("Decide while executing", "modified"),
        (ChangeAction::Add, _) => ("Add", "added"),
        (ChangeAction::Import, _) => ("Import", "added"),
    }
}

fn resource(change: ResourceChange) -> impl IntoView {
    let (verb, class) = verb(&change);
    let is_permission = template::is_permission(&change.resource_type);
    let loses = change.may_lose_data();
    let class = format!("resource resource-{class}");
    view! {
        <li class=class>
            <div class="resource-head">
                <span class="resource-verb">{verb}</span>
                <strong>{change.logical_id}</strong>
                <span class="mono muted">{change.resource_type}</span>
                {loses.then(|| view! { <span class="tag tag-bad">"may lose data"</span> })}
                {is_permission.then(|| view! { <span class="tag tag-attention">"permissions"</span> })}
            </div>
            {(!change.properties.is_empty()).then(|| view! { <Diff properties=change.properties /> })}
        </li>
    }
}
