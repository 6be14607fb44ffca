//! The page of one deployment: plan review, approval, live run, checks, checklist, sign-off, evidence.
//!
//! What matters now is said in the head, with a link to its part; before execution the plan stands first, afterwards the
//! run. Parts without forms follow the deployment while the page is open,
//! parts with forms are replaced only when their `key` changes.

mod approval;
mod checklist;
mod checks;
mod plan;
mod run;
mod sentence;
mod side;
mod sign_off;
mod steps;

use domain::{deployment::State, stack::Condition};
use leptos::prelude::*;

use self::{
    approval::{ApprovalPart, StartPart},
    checklist::ChecklistPart,
    checks::ChecksPart,
    plan::PlanPart,
    run::RunPart,
    sentence::{next_action, sentence},
    side::Side,
    steps::steps,
};
use super::address::id_part;
use crate::{
    components::{Age, ErrorPanel, Icon, IconName, Notice, PageHead, StateBadge, StepList, WatchLine},
    layout::{Page, load_page},
    topics,
    views::{DeploymentView, WorkProblem},
};

#[component]
pub fn DeploymentPage() -> impl IntoView {
    let id = id_part("deployment");
    load_page(
        async move |ports, caller| ports.reads.deployment(&caller, id?).await,
        |view, _, caller| {
            let title = format!("{} to {}", view.deployment.release_version, view.band.title);
            let topic = topics::deployment(view.deployment.id);
            let band = view.band.clone();
            let place = format!("/applications/{}/environments/{}", band.application, band.environment);
            let digest = view.deployment.plan_digest.clone();
            let page = Page::new(title, body(view, &caller.actor.id))
                .crumb(format!("{} {}", band.application_title, band.title), place)
                .in_environment(band)
                .listens_to(topic);
            match digest {
                Some(digest) => page.printed_with("Plan digest", &digest),
                None => page,
            }
        },
    )
}

fn body(view: DeploymentView, me: &str) -> impl IntoView {
    let deployment = &view.deployment;
    let title = format!("{} to {} {}", deployment.release_version, view.band.application_title, view.band.title);
    let badge =
        view! { <StateBadge condition=deployment.state.condition() words=deployment.state.words() /> }.into_any();
    let sentence = sentence(&view);
    let action = next_action(&view, me).map(|action| {
        view! {
            <a class="button button-primary" href=action.href>{action.words} <Icon name=IconName::Arrow /></a>
        }
        .into_any()
    });
    let steps = steps(&view);
    let failure =
        deployment.failure.clone().map(|failure| view! { <ErrorPanel what=failure.what next=failure.next /> });
    let newer = view.newer.map(|id| {
        view! {
            <Notice condition=Condition::Attention>
                <p>"A newer deployment exists. " <a href=format!("/deployments/{id}")>"Go to it"</a></p>
            </Notice>
        }
    });
    let problems = view.problems.iter().cloned().map(problem).collect_view();
    let has_begun = deployment.started_at.is_some();
    let is_protected = deployment.protection.is_some();
    // Before that, every item would read as open and every check as running.
    let is_verified = deployment.checks.iter().any(|check| check.run > 0)
        || matches!(deployment.state, State::Verifying | State::AwaitingSignOff | State::Succeeded);
    let has_checks = is_verified && !view.checks.is_empty();
    let has_list =
        is_verified && (!deployment.checklist.sections.is_empty() || !deployment.checklist.sign_off_roles.is_empty());
    // Who decides reads the plan first; who follows a run rarely needs it.
    let is_plan_first = deployment.state.is_before_execution();
    let is_running_note = matches!(deployment.state, State::Planning | State::Executing | State::Verifying);
    view! {
        <div data-live="deployment-head">
            <PageHead title=title sentence=sentence lead=badge action=action />
            {failure}
            <StepList steps=steps />
            {newer} {problems}
            {view.watch.clone().map(|brief| view! { <WatchLine brief=brief /> })}
            {is_running_note.then(|| view! {
                <p class="muted">"The server carries on by itself: leaving this page stops nothing."</p>
            })}
        </div>
        <div class="two-columns">
            <div class="column-main" id="parts" data-parts="">
                {is_plan_first.then(|| view! { <PlanPart view=view.clone() /> })}
                {has_begun.then(|| view! { <RunPart view=view.clone() /> })}
                {has_list.then(|| view! { <ChecklistPart view=view.clone() /> })}
                {has_checks.then(|| view! { <ChecksPart view=view.clone() /> })}
                {is_protected.then(|| view! { <ApprovalPart view=view.clone() me=me.to_owned() /> })}
                {(!is_protected).then(|| view! { <StartPart view=view.clone() /> })}
                {(!is_plan_first).then(|| view! { <PlanPart view=view.clone() /> })}
            </div>
            <aside class="column-side" id="side" aria-label="Who and when" data-parts="">
                <Side view=view />
            </aside>
        </div>
    }
}

/// Work that failed and will be tried again is not a failure of the deployment, and is said so.
fn problem(problem: WorkProblem) -> impl IntoView {
    view! {
        <Notice condition=Condition::Attention>
            <p>
                <strong>{problem.what}</strong>
                {format!(" did not work ({} {} so far) and is tried again ", problem.attempts, if problem.attempts == 1 { "try" } else { "tries" })}
                <Age at=problem.next_attempt_at />
                ". Nothing is lost meanwhile."
            </p>
            <p class="mono">{problem.message}</p>
        </Notice>
    }
}
