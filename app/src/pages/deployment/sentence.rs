//! The state of a deployment in one sentence, and the one next action for the person who looks.

use domain::{
    checklist::SignOffRole,
    deployment::{Deployment, StackRunState, State},
};

use crate::{
    components::{counts_in_words, now},
    views::DeploymentView,
};

pub struct NextAction {
    pub words: String,
    pub href: String,
}

pub fn sentence(view: &DeploymentView) -> String {
    let deployment = &view.deployment;
    let counts = counts_in_words(deployment.counts());
    let settled = deployment.stacks.iter().filter(|s| s.state.is_settled()).count();
    let total = deployment.stacks.len();
    match deployment.state {
        State::Planning => {
            let ready = deployment.stacks.iter().filter(|s| s.state != StackRunState::Preparing).count();
            format!("The plan is being prepared: {ready} of {total} stacks are ready. Nothing has been changed yet.")
        }
        State::Planned => format!("The plan is ready ({counts}) and waits for somebody to start it."),
        State::AwaitingApproval => {
            format!("The plan is ready ({counts}) and waits for approval: {}.", missing_approvals(deployment))
        }
        State::Approved => format!("The plan is approved ({counts}) and execution begins."),
        State::Executing => {
            let now: Vec<&str> = deployment
                .stacks
                .iter()
                .filter(|s| s.state == StackRunState::Executing)
                .map(|s| s.logical_name.as_str())
                .collect();
            let now = if now.is_empty() { String::new() } else { format!("; now {}", now.join(", ")) };
            match &deployment.cancellation {
                Some(c) => format!(
                    "Stopping because {} asked for it: {settled} of {total} stacks are settled{now}. What runs now is \
                     followed to its end.",
                    c.by.name
                ),
                None => match &deployment.failure {
                    Some(failure) => format!(
                        "Stopping because {} failed{now}. What runs now is followed to its end.",
                        failure.stack.as_deref().unwrap_or("a stack")
                    ),
                    None => format!("Executing: {settled} of {total} stacks are done{now}."),
                },
            }
        }
        State::Verifying => {
            let answered = deployment.checks.iter().filter(|c| c.verdict.is_some()).count();
            format!("All stacks are done; {answered} of {} checks have answered.", deployment.checks.len())
        }
        State::AwaitingSignOff => format!("Deployed and checked; {}.", missing_signatures(deployment)),
        State::Succeeded => {
            let roles = deployment.checklist.sign_off_roles.iter();
            let signers: Vec<&str> =
                roles.filter_map(|r| deployment.sign_off_of(&r.id)).map(|s| s.by.name.as_str()).collect();
            let owed = match deployment.open_conditions().count() {
                0 => String::new(),
                1 => " 1 condition is still open.".to_owned(),
                open => format!(" {open} conditions are still open."),
            };
            if signers.is_empty() {
                format!("Deployed; {total} stacks and {} checks are as they should be.", deployment.checks.len())
            } else {
                format!("Deployed, checked and signed off by {}.{owed}", signers.join(" and "))
            }
        }
        State::Failed => match &deployment.failure {
            Some(failure) if failure.stack.is_some() => {
                format!("Failed at {}.", failure.stack.as_deref().unwrap_or_default())
            }
            _ => "Failed.".to_owned(),
        },
        State::Cancelled => match &deployment.cancellation {
            Some(c) if deployment.started_at.is_none() => {
                format!("Cancelled by {} before anything was changed: {}", c.by.name, c.reason)
            }
            Some(c) => format!("Cancelled by {} after {} stacks: {}", c.by.name, done(deployment), c.reason),
            None => "Cancelled.".to_owned(),
        },
        State::Rejected => "The plan was rejected. Nothing was changed.".to_owned(),
        State::Superseded => "A newer deployment took its place. Nothing was changed by this one.".to_owned(),
    }
}

fn done(deployment: &Deployment) -> usize {
    deployment.stacks.iter().filter(|s| s.state == StackRunState::Done).count()
}

/// For example "1 of 2 approvals is given, and one must come from leads".
pub fn missing_approvals(deployment: &Deployment) -> String {
    let (missing, groups) = deployment.missing_approvals();
    let quorum = deployment.protection.as_ref().map_or(0, |p| p.quorum.max(1));
    let given = quorum.saturating_sub(missing);
    let count = match (missing, given) {
        (0, _) => "enough approvals are given".to_owned(),
        (1, 0) => "one approval is missing".to_owned(),
        (missing, 0) => format!("{missing} approvals are missing"),
        (missing, given) => format!("{given} of {quorum} approvals given, {missing} missing"),
    };
    if groups.is_empty() { count } else { format!("{count}; one must come from {}", groups.join(" and one from ")) }
}

pub fn missing_signatures(deployment: &Deployment) -> String {
    let open = deployment.open_items(now()).len();
    let missing = deployment.missing_sign_offs(now());
    let (stale, missing): (Vec<_>, Vec<_>) = missing.into_iter().partition(|r| deployment.sign_off_of(&r.id).is_some());
    let titles = |roles: &[&SignOffRole]| roles.iter().map(|r| r.title.as_str()).collect::<Vec<_>>().join(", ");
    let items = match open {
        0 => "the checklist is complete".to_owned(),
        1 => "1 checklist item is open".to_owned(),
        open => format!("{open} checklist items are open"),
    };
    let mut words = items;
    if !missing.is_empty() {
        words.push_str(&format!(", and nobody has signed yet for: {}", titles(&missing)));
    }
    if !stale.is_empty() {
        words.push_str(&format!("; what was signed has changed for: {}", titles(&stale)));
    }
    words
}

/// `None` where this person has nothing to do but look.
pub fn next_action(view: &DeploymentView, me: &str) -> Option<NextAction> {
    let to = |words: &str, href: &str| Some(NextAction { words: words.to_owned(), href: href.to_owned() });
    let deployment = &view.deployment;
    let offers = &view.offers;
    match deployment.state {
        State::Planned if offers.start.is_usable() => to("Review the plan and start it", "#start"),
        State::AwaitingApproval if offers.approve.is_usable() && deployment.requested_by.id != me => {
            to("Review the plan and decide", "#plan")
        }
        State::AwaitingSignOff => {
            let open = deployment.open_items(now()).len();
            let list = format!("/deployments/{}/checklist", deployment.id);
            let may_close = offers.tick.is_usable() || offers.waive.is_usable();
            let may_sign = offers.sign_off.values().any(crate::views::Offer::is_usable);
            match open {
                0 if may_sign => to("Sign off", &format!("{list}#sign-off")),
                0 => None,
                1 if may_close => to("Close the open item", &format!("{list}?show=open")),
                open if may_close => to(&format!("Close {open} open items"), &format!("{list}?show=open")),
                _ => None,
            }
        }
        State::Executing | State::Verifying => to("Follow the run", "#run"),
        State::Failed => to("See what happened", "#run").filter(|_| deployment.started_at.is_some()),
        _ => None,
    }
}
