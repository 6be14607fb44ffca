//! Executes a stack's change set once, and follows the stack to its end.

use domain::deployment::{Event, StackRunState, State};
use serde_json::json;

use crate::{
    db,
    ports::{AwsErrorKind, ChangeSetStatus},
    services::{ServiceError, engine::Along},
};

use super::{
    Workers,
    effects::{Happened, Job, Outcome, failed_call},
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
        return Ok(start(workers, job, stack, &change_set.id).await);
    }
    let snapshot = match workers.stacks.describe_stack(&job.target, &run.stack_name).await {
        Ok(Some(snapshot)) => snapshot,
        Ok(None) => return Ok(failed(stack, "the stack is gone: somebody deleted it".to_owned())),
        // A stack that runs is never given up: it will end, and how it ended must be known.
        Err(error) => return Ok(Outcome::Problem(error.to_string())),
    };
    if snapshot.status.is_in_progress() || snapshot.status.is_review() {
        return Ok(Outcome::Wait(workers.rhythm.follow));
    }
    if snapshot.status.is_success() {
        let detail = json!({ "stack": stack, "what": "finished", "status": snapshot.status });
        return Ok(said(Event::StackSucceeded { stack: stack.to_owned() }, detail));
    }
    let reason = first_failure(workers, job, &run.stack_name).await?;
    let reason = reason.or(snapshot.status_reason).unwrap_or_else(|| snapshot.status.words().to_owned());
    Ok(failed(stack, format!("{} ({})", reason, snapshot.status.as_str())))
}

/// Executes the change set unless that has been done: the answer may have been lost, or the process killed.
async fn start(workers: &Workers, job: &Job, stack: &str, change_set: &str) -> Outcome {
    match workers.stacks.describe_change_set(&job.target, change_set).await {
        Ok(Some(ChangeSetStatus::Ready { .. })) => {
            let token = format!("lockkeeper-{}", job.deployment.id);
            match workers.stacks.execute_change_set(&job.target, change_set, &token).await {
                Ok(()) => started(stack),
                // Being executed already: what was asked for has happened.
                Err(error) if error.kind == AwsErrorKind::Conflict => Outcome::Problem(error.to_string()),
                Err(error) => failed_call(&error, |reason| failed(stack, reason)),
            }
        }
        Ok(Some(ChangeSetStatus::Executed)) => started(stack),
        Ok(Some(ChangeSetStatus::Creating)) => Outcome::Wait(workers.rhythm.follow),
        Ok(Some(ChangeSetStatus::Empty) | None) => {
            failed(stack, "its change set is gone: the stack was changed since the plan was made".to_owned())
        }
        Ok(Some(ChangeSetStatus::Failed { reason })) => failed(stack, reason),
        Err(error) => failed_call(&error, |reason| failed(stack, reason)),
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
    let Ok(events) = workers.stacks.stack_events(&job.target, stack_name, None, 200).await else {
        return Ok(None);
    };
    let mut connection = workers.services.db.read().await?;
    let deployment = &job.deployment;
    db::stack_events::append(&mut connection, &deployment.application, &deployment.environment, &events).await?;
    let since = deployment.started_at;
    Ok(events
        .iter()
        .rev()
        .filter(|e| since.is_none_or(|since| e.at >= since))
        .find(|e| e.status.ends_with("_FAILED") && e.reason.is_some())
        .map(|e| format!("{}: {}", e.logical_id, e.reason.clone().unwrap_or_default())))
}
