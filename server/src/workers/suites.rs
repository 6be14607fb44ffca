//! Runs suites people asked for. Results are stored as they come, so that a run that was cut off goes on where it was.

use std::time::Duration;

use domain::audit::AuditOutcome;
use futures::StreamExt as _;
use jiff::SignedDuration;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::{
    db::{self, DbError, audit::NewAuditEvent, suite_runs::SuiteRun},
    services::Services,
};

use super::{Workers, pause};

const LEASE: SignedDuration = SignedDuration::from_mins(1);
const RENEW_EVERY: Duration = Duration::from_secs(20);
const LOOK_EVERY: Duration = Duration::from_secs(2);

pub(super) async fn drive(workers: Workers, shutdown: CancellationToken) {
    while !shutdown.is_cancelled() {
        match claim(&workers).await {
            Ok(Some(run)) => {
                if let Err(error) = carry_out(&workers, &run, &shutdown).await {
                    tracing::warn!(error = &error as &dyn std::error::Error, suite.run = %run.id, "a suite was cut off");
                    pause(LOOK_EVERY, &shutdown).await;
                }
            }
            Ok(None) => {
                tokio::select! {
                    () = workers.services.suite_work.notified() => {}
                    () = tokio::time::sleep(LOOK_EVERY) => {}
                    () = shutdown.cancelled() => {}
                }
            }
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "no suite could be looked for");
                pause(LOOK_EVERY, &shutdown).await;
            }
        }
    }
}

async fn claim(workers: &Workers) -> Result<Option<SuiteRun>, DbError> {
    let now = workers.services.clock.now();
    let mut tx = workers.services.db.write().await?;
    let run = db::suite_runs::claim(&mut tx, &workers.owner, now, now + LEASE).await?;
    tx.commit().await?;
    Ok(run)
}

async fn carry_out(workers: &Workers, run: &SuiteRun, shutdown: &CancellationToken) -> Result<(), DbError> {
    let services = &workers.services;
    let known = {
        let mut connection = services.db.read().await?;
        db::suite_runs::results(&mut connection, run.id).await?
    };
    let is_open = |id: &String| !known.iter().any(|result| result.check == *id);
    let open: Vec<String> = run.checks.iter().map(|check| check.id.clone()).filter(is_open).collect();
    if let Some(blueprint) = services.blueprints.get(&run.application) {
        let mut results = std::pin::pin!(workers.checks.results(&blueprint, &run.environment, &open));
        let mut renewal = tokio::time::interval(RENEW_EVERY);
        loop {
            tokio::select! {
                result = results.next() => match result {
                    Some((_, result)) => {
                        let mut tx = services.db.write().await?;
                        db::suite_runs::add_result(&mut tx, run.id, &result).await?;
                        tx.commit().await?;
                        announce(services, run);
                    }
                    None => break,
                },
                _ = renewal.tick() => {
                    let until = services.clock.now() + LEASE;
                    let mut tx = services.db.write().await?;
                    let is_ours = db::suite_runs::renew(&mut tx, run.id, &workers.owner, until).await?;
                    tx.commit().await?;
                    if !is_ours {
                        return Ok(());
                    }
                }
                () = shutdown.cancelled() => {
                    let mut tx = services.db.write().await?;
                    db::suite_runs::release(&mut tx, run.id, &workers.owner).await?;
                    return tx.commit().await.map_err(DbError::from);
                }
            }
        }
    }
    finish(workers, run).await?;
    announce(services, run);
    Ok(())
}

/// The end and what came of it, in one transaction with its audit row.
async fn finish(workers: &Workers, run: &SuiteRun) -> Result<(), DbError> {
    let now = workers.services.clock.now();
    let mut tx = workers.services.db.write().await?;
    db::suite_runs::finish(&mut tx, run.id, &workers.owner, now).await?;
    let verdicts = db::suite_runs::verdicts(&mut tx, run.id).await?;
    let actor = domain::permission::Actor::system();
    let event = NewAuditEvent {
        actor_id: actor.id,
        actor_name: actor.name,
        action: "finish_suite".to_owned(),
        outcome: AuditOutcome::Done,
        application: Some(run.application.clone()),
        environment: Some(run.environment.clone()),
        subject_kind: "suite_run",
        subject_id: run.id.to_string(),
        detail: json!({
            "suite": run.suite,
            "verdicts": verdicts.into_iter().collect::<std::collections::BTreeMap<_, _>>(),
        }),
        address: None,
    };
    db::audit::append(&mut tx, event, now).await?;
    tx.commit().await.map_err(DbError::from)
}

fn announce(services: &Services, run: &SuiteRun) {
    services.live.publish(&format!("environment:{}/{}", run.application, run.environment));
}
