//! Carries effects out: claims one by lease, does it, stores the outcome together with the end of the effect.
//!
//! An effect may be done more than once (a crash, a lost lease), so each one looks at the world first and only does
//! what is not done yet. Its names and tokens are derived from the deployment, never made up on the spot.

use std::time::Duration;

use domain::{
    audit::AuditOutcome,
    deployment::{Deployment, Effect, Event},
};
use jiff::SignedDuration;
use serde_json::Value;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    db::{self, DbError, audit::NewAuditEvent, effects::QueuedEffect},
    ports::Target,
    services::{ServiceError, engine::Along},
};

use super::{Step, Workers, checks, discard, execute, pause, prepare};

const LEASE: SignedDuration = SignedDuration::from_mins(1);
const RENEW_EVERY: Duration = Duration::from_secs(20);
/// Effects one process works on at the same time.
const CONCURRENCY: usize = 8;
const IDLE: Duration = Duration::from_secs(5);

/// How an effect ended, this time.
pub(super) enum Outcome {
    /// Nothing to report: somebody else has done it, or it is no longer wanted.
    Nothing,
    Happened(Box<Happened>),
    /// Goes on, and has to be looked at again.
    Wait(Duration),
    /// Did not work; worth trying again.
    Problem(String),
}

/// A fact about the deployment, with what is stored along and what the audit log says.
pub(super) struct Happened {
    pub event: Event,
    pub along: Along,
    pub action: &'static str,
    pub detail: Value,
}

impl Happened {
    pub(super) fn outcome(event: Event, along: Along, action: &'static str, detail: Value) -> Outcome {
        Outcome::Happened(Box::new(Self { event, along, action, detail }))
    }
}

/// What an effect is carried out with.
pub(super) struct Job {
    pub deployment: Deployment,
    pub target: Target,
    pub attempts: u32,
}

pub(super) async fn drive(workers: Workers, tracker: TaskTracker, shutdown: CancellationToken) {
    let permits = std::sync::Arc::new(tokio::sync::Semaphore::new(CONCURRENCY));
    while !shutdown.is_cancelled() {
        let Ok(permit) = permits.clone().acquire_owned().await else { return };
        match claim(&workers).await {
            Ok(Some(effect)) => {
                let workers = workers.clone();
                let shutdown = shutdown.clone();
                tracker.spawn(async move {
                    run(&workers, effect, &shutdown).await;
                    drop(permit);
                    workers.services.work.notify_one();
                });
            }
            Ok(None) => {
                drop(permit);
                let wait = until_next(&workers).await;
                tokio::select! {
                    () = workers.services.work.notified() => {}
                    () = tokio::time::sleep(wait) => {}
                    () = shutdown.cancelled() => {}
                }
            }
            Err(error) => {
                drop(permit);
                tracing::error!(error = &error as &dyn std::error::Error, "no effect could be claimed");
                pause(IDLE, &shutdown).await;
            }
        }
    }
}

/// One effect that is due, in the caller's own time; see [`Workers::step`].
pub(super) async fn step(workers: &Workers) -> Result<Step, DbError> {
    if let Some(effect) = claim(workers).await? {
        run(workers, effect, &CancellationToken::new()).await;
        return Ok(Step::Done);
    }
    let mut connection = workers.services.db.read().await?;
    Ok(db::effects::next_due(&mut connection).await?.map_or(Step::Rest, Step::Due))
}

async fn claim(workers: &Workers) -> Result<Option<QueuedEffect>, DbError> {
    let now = workers.services.clock.now();
    let mut tx = workers.services.db.write().await?;
    let effect = db::effects::claim(&mut tx, &workers.owner, now, now + LEASE).await?;
    tx.commit().await?;
    Ok(effect)
}

async fn until_next(workers: &Workers) -> Duration {
    let due = async {
        let mut connection = workers.services.db.read().await?;
        db::effects::next_due(&mut connection).await
    };
    match due.await {
        Ok(Some(at)) => {
            let wait = at.duration_since(workers.services.clock.now());
            Duration::try_from(wait).unwrap_or(Duration::ZERO).clamp(Duration::from_millis(20), IDLE)
        }
        Ok(None) | Err(_) => IDLE,
    }
}

/// One effect, with its lease kept alive meanwhile.
async fn run(workers: &Workers, effect: QueuedEffect, shutdown: &CancellationToken) {
    let id = effect.id;
    let attempts = effect.attempts;
    let key = effect.effect.key();
    let renewing = async {
        loop {
            tokio::time::sleep(RENEW_EVERY).await;
            if !renew(workers, id).await {
                return;
            }
        }
    };
    let outcome = tokio::select! {
        outcome = carry_out(workers, &effect) => outcome,
        // The lease is gone: somebody else has the effect now, and this attempt must not store anything.
        () = renewing => {
            tracing::warn!(effect.key = %key, "the lease of an effect was lost");
            return;
        }
        () = shutdown.cancelled() => Ok(Outcome::Wait(Duration::ZERO)),
    };
    let stored = match outcome {
        Ok(outcome) => conclude(workers, &effect, outcome).await,
        Err(error) => {
            tracing::warn!(error = &error as &dyn std::error::Error, effect.key = %key, "an effect did not work");
            postpone(workers, id, backoff(attempts), Some("The database could not be used; it is tried again.")).await
        }
    };
    if let Err(error) = stored {
        tracing::error!(error = &error as &dyn std::error::Error, effect.key = %key, "an outcome was not stored");
        hand_back(workers, id, shutdown).await;
    }
}

/// Ends a lease whose outcome could not be stored, as soon as the database can be used again: the effect is looked at
/// anew then, and not when the lease runs out.
async fn hand_back(workers: &Workers, id: uuid::Uuid, shutdown: &CancellationToken) {
    const AGAIN: Duration = Duration::from_secs(1);
    while pause(AGAIN, shutdown).await {
        if postpone(workers, id, Duration::ZERO, None).await.is_ok() {
            return;
        }
    }
}

async fn renew(workers: &Workers, id: uuid::Uuid) -> bool {
    let renewed = async {
        let until = workers.services.clock.now() + LEASE;
        let mut connection = workers.services.db.read().await?;
        db::effects::renew(&mut connection, id, &workers.owner, until).await
    };
    renewed.await.unwrap_or(true)
}

async fn carry_out(workers: &Workers, queued: &QueuedEffect) -> Result<Outcome, ServiceError> {
    let mut connection = workers.services.db.read().await?;
    let stored = db::deployments::find(&mut connection, queued.deployment).await?;
    drop(connection);
    let Some(deployment) = stored.map(|s| s.deployment) else { return Ok(Outcome::Nothing) };
    let Some(target) = workers.target(&deployment.application, &deployment.environment) else {
        if deployment.state.is_final() {
            // What it leaves behind harms nobody, and nobody says any more how to get there.
            tracing::warn!(effect.key = %queued.effect.key(), "left alone: the blueprint no longer describes the environment");
            return Ok(Outcome::Nothing);
        }
        return Ok(Outcome::Problem(format!(
            "The blueprint no longer describes {} of {}. Put it back, cancel the deployment, or end it as failed.",
            deployment.environment, deployment.application
        )));
    };
    let job = Job { deployment, target, attempts: queued.attempts };
    match &queued.effect {
        Effect::PrepareChangeSet { stack, late } => prepare::run(workers, &job, stack, *late).await,
        Effect::ExecuteStack { stack } => execute::run(workers, &job, stack).await,
        Effect::DiscardChangeSet { stack } => Ok(discard::run(workers, &job, stack).await),
        Effect::RunCheck { check, run } => Ok(checks::run(workers, &job, check, *run).await),
    }
}

async fn conclude(workers: &Workers, effect: &QueuedEffect, outcome: Outcome) -> Result<(), ServiceError> {
    match outcome {
        Outcome::Nothing => finish(workers, effect).await,
        Outcome::Wait(wait) => postpone(workers, effect.id, wait, None).await,
        Outcome::Problem(message) => {
            postpone(workers, effect.id, backoff(effect.attempts), Some(&message)).await?;
            workers.services.live.publish(&format!("deployment:{}", effect.deployment));
            Ok(())
        }
        Outcome::Happened(happened) => {
            let Happened { event, mut along, action, detail } = *happened;
            along.finishes = ends(&event).then(|| (effect.id, workers.owner.clone()));
            let audit = |after: &Deployment| system_event(after, action, detail.clone());
            match workers.services.apply(effect.deployment, &event, &along, audit).await {
                Ok(_) if along.finishes.is_some() => Ok(()),
                Ok(_) => postpone(workers, effect.id, workers.rhythm.follow, None).await,
                // The deployment has moved on without this: a repeated effect, or a result of an older run.
                Err(ServiceError::Refused(refusal)) => {
                    tracing::info!(%refusal, effect.key = %effect.effect.key(), "an outcome is no longer wanted");
                    match &effect.effect {
                        // What was prepared for nobody is taken away again.
                        Effect::PrepareChangeSet { .. } => postpone(workers, effect.id, Duration::ZERO, None).await,
                        _ => finish(workers, effect).await,
                    }
                }
                Err(error) => Err(error),
            }
        }
    }
}

/// `StackStarted` is news on the way; every other event is the end of its effect.
fn ends(event: &Event) -> bool {
    !matches!(event, Event::StackStarted { .. })
}

async fn finish(workers: &Workers, effect: &QueuedEffect) -> Result<(), ServiceError> {
    let mut tx = workers.services.db.write().await?;
    db::effects::finish(&mut tx, effect.id, &workers.owner, workers.services.clock.now()).await?;
    tx.commit().await.map_err(DbError::from)?;
    Ok(())
}

async fn postpone(
    workers: &Workers,
    id: uuid::Uuid,
    wait: Duration,
    problem: Option<&str>,
) -> Result<(), ServiceError> {
    let run_after = workers.services.clock.now() + SignedDuration::try_from(wait).unwrap_or_default();
    let mut tx = workers.services.db.write().await?;
    db::effects::postpone(&mut tx, id, &workers.owner, run_after, problem).await?;
    tx.commit().await.map_err(DbError::from)?;
    Ok(())
}

/// 1, 2, 4, … seconds, at most a minute.
fn backoff(attempts: u32) -> Duration {
    Duration::from_secs(1 << attempts.min(6)).min(Duration::from_mins(1))
}

fn system_event(deployment: &Deployment, action: &'static str, detail: Value) -> NewAuditEvent {
    let actor = domain::permission::Actor::system();
    NewAuditEvent {
        actor_id: actor.id,
        actor_name: actor.name,
        action: action.to_owned(),
        outcome: AuditOutcome::Done,
        application: Some(deployment.application.clone()),
        environment: Some(deployment.environment.clone()),
        subject_kind: "deployment",
        subject_id: deployment.id.to_string(),
        detail,
        address: None,
    }
}

/// The name of a stack's change set: the same after every crash, and no two deployments share one.
pub(super) fn change_set_name(deployment: &Deployment, late: bool) -> String {
    let suffix = if late { "-late" } else { "" };
    format!("lockkeeper-{}{suffix}", deployment.id)
}
