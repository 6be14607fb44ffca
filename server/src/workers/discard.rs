//! Takes away a change set nobody will execute, and the empty stack it may have made.

use crate::{db, ports::AwsError};

use super::{
    Workers,
    effects::{Job, Outcome, change_set_name},
};

/// Tries often enough to outlive a bad hour, then leaves the change set: it harms nobody.
const ATTEMPTS: u32 = 60;

pub(super) async fn run(workers: &Workers, job: &Job, stack: &str) -> Outcome {
    let Some(run) = job.deployment.stack(stack) else { return Outcome::Nothing };
    match discard(workers, job, &run.stack_name).await {
        Ok(()) => Outcome::Nothing,
        Err(error) if job.attempts < ATTEMPTS => Outcome::Problem(error.to_string()),
        Err(error) => {
            tracing::warn!(stack.name = %run.stack_name, %error, "an unused change set was left behind");
            Outcome::Nothing
        }
    }
}

async fn discard(workers: &Workers, job: &Job, stack_name: &str) -> Result<(), AwsError> {
    let target = &job.target;
    for late in [false, true] {
        let name = change_set_name(&job.deployment, late);
        if let Some(handle) = workers.stacks.find_change_set(target, stack_name, &name).await? {
            workers.stacks.delete_change_set(target, &handle.id).await?;
        }
    }
    // A newer deployment may have put its own change set on the same empty stack: then the stack is its to keep.
    let snapshot = workers.stacks.describe_stack(target, stack_name).await?;
    if snapshot.is_some_and(|s| s.status.is_review()) && !is_taken(workers, job).await {
        workers.stacks.delete_empty_stack(target, stack_name).await?;
    }
    Ok(())
}

/// Whether another deployment holds the environment now. In doubt it does: an empty stack left behind harms nobody.
async fn is_taken(workers: &Workers, job: &Job) -> bool {
    let active = async {
        let mut connection = workers.services.db.read().await?;
        let deployment = &job.deployment;
        db::deployments::find_active(&mut connection, &deployment.application, &deployment.environment).await
    };
    active.await.map_or(true, |active| active.is_some_and(|id| id != job.deployment.id))
}
