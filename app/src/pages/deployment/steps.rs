//! Plan → approval → execute → checks → checklist and sign-off, each with its state and time.

use domain::{
    check::Verdict,
    deployment::{StackRunState, State},
    stack::Condition,
};
use jiff::Timestamp;
use leptos::prelude::*;

use crate::{
    components::{Age, Step, Took, now},
    views::DeploymentView,
};

pub fn steps(view: &DeploymentView) -> Vec<Step> {
    let deployment = &view.deployment;
    let is_protected = deployment.protection.is_some();
    let mut steps = vec![plan(view)];
    steps.push(if is_protected { approval(view) } else { start(view) });
    steps.push(execution(view));
    if !deployment.checks.is_empty() {
        steps.push(checks(view));
    }
    if !deployment.checklist.sign_off_roles.is_empty() {
        steps.push(sign_off(view));
    }
    steps
}

fn step(title: &'static str, target: &'static str, condition: Condition, words: &str) -> Step {
    Step { title, condition, words: words.to_owned(), time: None, target, is_current: false }
}

fn age(at: Timestamp) -> AnyView {
    view! { <Age at=at /> }.into_any()
}

fn plan(view: &DeploymentView) -> Step {
    let deployment = &view.deployment;
    let is_planned = deployment.plan_digest.is_some();
    let (condition, words) = match deployment.state {
        State::Planning => (Condition::Running, "being prepared"),
        State::Failed if !is_planned => (Condition::Bad, "failed"),
        _ if is_planned => (Condition::Good, "ready"),
        _ => (Condition::NotApplicable, "not finished"),
    };
    let mut step = step("Plan", "plan", condition, words);
    step.is_current = deployment.state == State::Planning;
    step.time = Some(view! { "asked " <Age at=deployment.requested_at /> }.into_any());
    step
}

fn approval(view: &DeploymentView) -> Step {
    let deployment = &view.deployment;
    let last = deployment.approvals.iter().map(|a| a.at).max();
    let (missing, _) = deployment.missing_approvals();
    let (condition, words) = match deployment.state {
        State::AwaitingApproval => (Condition::Waiting, "waiting for a person"),
        State::Rejected => (Condition::Attention, "rejected"),
        _ if deployment.started_at.is_some() && deployment.is_without_changes() => {
            (Condition::NotApplicable, "nothing to approve")
        }
        _ if deployment.plan_digest.is_some() && missing == 0 && last.is_some() => (Condition::Good, "approved"),
        _ => (Condition::NotApplicable, "not yet"),
    };
    let mut step = step("Approval", "approval", condition, words);
    step.is_current = deployment.state == State::AwaitingApproval;
    step.time = last.map(age);
    step
}

fn start(view: &DeploymentView) -> Step {
    let deployment = &view.deployment;
    let (condition, words) = match (deployment.state, deployment.started_at) {
        (State::Planned, _) => (Condition::Waiting, "waiting for a person"),
        (_, Some(_)) => (Condition::Good, "started"),
        _ => (Condition::NotApplicable, "not yet"),
    };
    let mut step = step("Start", "start", condition, words);
    step.is_current = deployment.state == State::Planned;
    step.time = deployment.started_at.map(age);
    step
}

fn execution(view: &DeploymentView) -> Step {
    let deployment = &view.deployment;
    let stacks = &deployment.stacks;
    let settled = stacks.iter().filter(|s| s.state.is_settled()).count();
    let has_failed = stacks.iter().any(|s| s.state == StackRunState::Failed);
    let is_over =
        !stacks.is_empty() && stacks.iter().all(|s| matches!(s.state, StackRunState::Done | StackRunState::NoChanges));
    let (condition, words) = match deployment.started_at {
        None => (Condition::NotApplicable, "not yet".to_owned()),
        Some(_) if is_over => (Condition::Good, format!("{settled} of {} stacks", stacks.len())),
        Some(_) if has_failed => (Condition::Bad, "failed".to_owned()),
        Some(_) if deployment.state == State::Executing => {
            (Condition::Running, format!("{settled} of {} stacks", stacks.len()))
        }
        Some(_) => (Condition::Attention, "stopped".to_owned()),
    };
    let mut step = step("Execute", "run", condition, &words);
    step.is_current = matches!(deployment.state, State::Approved | State::Executing);
    step.time = deployment.started_at.map(|from| {
        let to = if deployment.state == State::Executing {
            None
        } else {
            stacks.iter().filter_map(|s| s.finished_at).max().or(Some(from))
        };
        view! { <Took from=from to=to /> }.into_any()
    });
    step
}

fn checks(view: &DeploymentView) -> Step {
    let deployment = &view.deployment;
    let total = deployment.checks.len();
    let count = |wanted: &[Verdict]| {
        deployment.checks.iter().filter(|c| c.verdict.is_some_and(|v| wanted.contains(&v))).count()
    };
    let refused = count(&[Verdict::Fail]);
    let unknown = count(&[Verdict::Inconclusive]);
    let passed = count(&[Verdict::Pass, Verdict::Warn]);
    let (condition, words) = if deployment.state.is_before_execution()
        || passed + refused + unknown == 0 && deployment.state != State::Verifying
    {
        (Condition::NotApplicable, "not yet".to_owned())
    } else if refused > 0 {
        (Condition::Bad, format!("{refused} of {total} failed"))
    } else if passed + unknown < total {
        (Condition::Running, format!("{passed} of {total} passed"))
    } else if unknown > 0 {
        (Condition::Unknown, format!("{unknown} of {total} could not be asked"))
    } else if count(&[Verdict::Warn]) > 0 {
        (Condition::Attention, format!("{total} passed, {} with a warning", count(&[Verdict::Warn])))
    } else {
        (Condition::Good, format!("{total} passed"))
    };
    let mut step = step("Checks", "checks", condition, &words);
    step.is_current = deployment.state == State::Verifying;
    step.time = deployment.checks.iter().filter_map(|c| c.finished_at).max().map(age);
    step
}

fn sign_off(view: &DeploymentView) -> Step {
    let deployment = &view.deployment;
    let open = deployment.open_items(now()).len();
    let (condition, words) = match deployment.state {
        State::AwaitingSignOff if open > 0 => (Condition::Waiting, format!("{open} open")),
        State::AwaitingSignOff => (Condition::Waiting, "ready to sign".to_owned()),
        State::Succeeded if deployment.open_conditions().next().is_some() => {
            (Condition::Attention, "signed with conditions".to_owned())
        }
        State::Succeeded => (Condition::Good, "signed".to_owned()),
        _ => (Condition::NotApplicable, "not yet".to_owned()),
    };
    let mut step = step("Checklist and sign-off", "checklist", condition, &words);
    step.is_current = deployment.state == State::AwaitingSignOff;
    step.time = deployment.sign_offs.iter().map(|s| s.at).max().map(age);
    step
}
