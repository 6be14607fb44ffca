//! Executes a stack's change set once, and follows the stack to its end.

use domain::deployment::{Event, StackRunState, State};
use serde_json::json;

use crate::{
    db,
    ports::{AwsErrorKind, ChangeSetStatus},
    services::{ServiceError, engine::Along},
};

use super::{
    Workers, assets,
    effects::{Happened, Job, Outcome},
};

pub(super) async fn run(workers: &Workers, job: &Job, stack: &str) -> Result<Outcome, ServiceError> {
    let Some(run) = job.deployment.stack(stack) else { return Ok(Outcome::Nothing) };
    if job.deployment.state != State::Executing || run.state != StackRunState::Executing {
        return Ok(Outcome::Nothing);
    }
    let Some(change_set) = &run.change_set else {
        return Ok(failed(stack, "it has no change set".to_owned()));
    };
    if run.started_at.is_none() {
        return start(workers, job, stack, &change_set.id).await;
    }
    // By id: a stack that was deleted and made anew under the same name is not the one that was begun.
    let snapshot = match workers.stacks.describe_stack(&job.target, &change_set.stack_id).await {
        Ok(Some(snapshot)) => snapshot,
        Ok(None) => return Ok(failed(stack, "the stack is gone: somebody deleted it".to_owned())),
        // A stack that runs is never given up: it will end, and how it ended must be known.
        Err(error) => return Ok(Outcome::Problem(error.to_string())),
    };
    if snapshot.status.is_in_progress() {
        return Ok(Outcome::Wait(workers.rhythm.follow));
    }
    // The stack's state alone does not say what became of our change set: somebody may have changed the stack since.
    match workers.stacks.describe_change_set(&job.target, &change_set.id).await {
        Ok(Some(ChangeSetStatus::Executing)) => Ok(Outcome::Wait(workers.rhythm.follow)),
        // A change set that is gone leaves only the stack to ask.
        Ok(Some(ChangeSetStatus::Executed) | None) if snapshot.status.is_success() => {
            let detail = json!({ "stack": stack, "what": "finished", "status": snapshot.status });
            Ok(said(Event::StackSucceeded { stack: stack.to_owned() }, detail))
        }
        Ok(Some(ChangeSetStatus::ExecutionFailed | ChangeSetStatus::Executed) | None) => {
            let reason = first_failure(workers, job, &run.stack_name).await?;
            let reason = reason.or(snapshot.status_reason).unwrap_or_else(|| snapshot.status.words().to_owned());
            Ok(failed(stack, format!("{reason} ({})", snapshot.status.as_str())))
        }
        Ok(Some(other)) => Ok(Outcome::Problem(format!("its change set is in an unexpected state: {other:?}"))),
        Err(error) => Ok(Outcome::Problem(error.to_string())),
    }
}

/// Executes the change set unless that has been done: the answer may have been lost, or the process killed.
async fn start(workers: &Workers, job: &Job, stack: &str, change_set: &str) -> Result<Outcome, ServiceError> {
    let status = match workers.stacks.describe_change_set(&job.target, change_set).await {
        Ok(status) => status,
        // Nothing is known, so nothing may be concluded: it may be running already.
        Err(error) => return Ok(Outcome::Problem(error.to_string())),
    };
    match status {
        Some(ChangeSetStatus::Ready { .. }) if job.deployment.is_stopping() => {
            let detail = json!({ "stack": stack, "what": "left alone, because the deployment stops," });
            Ok(said(Event::StackNotStarted { stack: stack.to_owned() }, detail))
        }
        Some(ChangeSetStatus::Ready { .. }) => execute(workers, job, stack, change_set).await,
        Some(ChangeSetStatus::Executing | ChangeSetStatus::Executed | ChangeSetStatus::ExecutionFailed) => {
            Ok(started(stack))
        }
        Some(ChangeSetStatus::Creating) => Ok(Outcome::Wait(workers.rhythm.follow)),
        Some(ChangeSetStatus::Empty) | None => {
            Ok(failed(stack, "its change set is gone: the stack was changed since the plan was made".to_owned()))
        }
        Some(ChangeSetStatus::Failed { reason }) => Ok(failed(stack, reason)),
    }
}

async fn execute(workers: &Workers, job: &Job, stack: &str, change_set: &str) -> Result<Outcome, ServiceError> {
    // Hours may lie between the plan and its approval: what the stack will read is looked at once more.
    if let Some(outcome) = assets::publish(workers, job, stack).await? {
        return Ok(outcome);
    }
    let token = format!("lockkeeper-{}", job.deployment.id);
    let Err(error) = workers.stacks.execute_change_set(&job.target, change_set, &token).await else {
        return Ok(started(stack));
    };
    if error.is_retryable() || error.kind == AwsErrorKind::Conflict {
        return Ok(Outcome::Problem(error.to_string()));
    }
    // Refused for good; but an earlier attempt of the same call may have got through before its answer was lost.
    match workers.stacks.describe_change_set(&job.target, change_set).await {
        Ok(Some(ChangeSetStatus::Executing | ChangeSetStatus::Executed | ChangeSetStatus::ExecutionFailed)) => {
            Ok(started(stack))
        }
        Ok(_) => Ok(failed(stack, error.to_string())),
        Err(_) => Ok(Outcome::Problem(error.to_string())),
    }
}

fn started(stack: &str) -> Outcome {
    said(Event::StackStarted { stack: stack.to_owned() }, json!({ "stack": stack, "what": "started" }))
}

fn failed(stack: &str, reason: String) -> Outcome {
    let detail = json!({ "stack": stack, "what": "failed", "reason": reason });
    said(Event::StackFailed { stack: stack.to_owned(), reason }, detail)
}

fn said(event: Event, detail: serde_json::Value) -> Outcome {
    Happened::outcome(event, Along::default(), "stack", detail)
}

/// The first resource that failed says why; the rest only says that something else did.
async fn first_failure(workers: &Workers, job: &Job, stack_name: &str) -> Result<Option<String>, ServiceError> {
    let Ok(events) = workers.stacks.stack_events(&job.target, stack_name, None, 1000).await else {
        return Ok(None);
    };
    let mut connection = workers.services.db.read().await?;
    let deployment = &job.deployment;
    db::stack_events::append(&mut connection, &deployment.application, &deployment.environment, &events).await?;
    let since = deployment.started_at;
    let failures = || {
        let new = events.iter().rev().filter(|e| since.is_none_or(|since| e.at >= since));
        new.filter(|e| e.status.ends_with("_FAILED")).filter_map(|e| Some((e, e.reason.as_deref()?)))
    };
    // What CloudFormation stopped because of the failure carries the same time, and is not its cause.
    let is_cause = |reason: &str| !(reason.starts_with("Resource ") && reason.ends_with(" cancelled"));
    let first = failures().find(|(_, reason)| is_cause(reason)).or_else(|| failures().next());
    Ok(first.map(|(event, reason)| format!("{}: {reason}", event.logical_id)))
}
