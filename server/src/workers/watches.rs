//! Looks after watches: measures baselines, runs the rounds that are due, and lets time pass.
//!
//! A reconciler: it looks at what each watch needs now and does that, whoever began it and however long nobody did. A
//! lease per watch keeps replicas from asking the same checks twice; should it happen all the same, the machine takes
//! only the first answer.

use std::{sync::Arc, time::Duration};

use domain::watch::{Baseline, Event, Measured, RoundResult, State, Watch};
use jiff::SignedDuration;
use serde_json::json;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    db::{self, DbError, check_results::CheckResult, watches::BASELINE},
    ports::CheckPort,
    services::{ServiceError, Services, Tended},
};

use super::pause;

const EVERY: Duration = Duration::from_secs(2);
const LEASE: SignedDuration = SignedDuration::from_mins(1);
const RENEW_EVERY: Duration = Duration::from_secs(20);
/// Watches one process looks after at the same time.
const CONCURRENCY: usize = 4;

/// Looks after watches. Cheap to clone.
#[derive(Clone)]
pub struct Watcher {
    pub services: Services,
    pub checks: Arc<dyn CheckPort>,
    /// Names this process in leases.
    pub owner: String,
}

impl Watcher {
    /// Runs until `shutdown`. What is being asked then is dropped: the next start asks it again.
    pub async fn run(self, shutdown: CancellationToken) {
        while pause(EVERY, &shutdown).await {
            tokio::select! {
                outcome = self.run_once() => {
                    if let Err(error) = outcome {
                        tracing::warn!(error = &error as &dyn std::error::Error, "watches could not be looked after");
                    }
                }
                () = shutdown.cancelled() => {}
            }
        }
        if let Ok(mut connection) = self.services.db.read().await
            && let Err(error) = db::leases::release_all(&mut connection, &self.owner).await
        {
            tracing::warn!(error = &error as &dyn std::error::Error, "leases were not given back; they will run out");
        }
    }

    /// Does whatever every watch needs now; answers how many needed something.
    pub async fn run_once(&self) -> Result<usize, ServiceError> {
        let mut connection = self.services.db.read().await?;
        let due = db::watches::list_due(&mut connection, self.services.clock.now()).await?;
        drop(connection);
        let count = due.len();
        let permits = tokio::sync::Semaphore::new(CONCURRENCY);
        let looks = due.into_iter().map(|id| {
            let permits = &permits;
            async move {
                let _permit = permits.acquire().await;
                // One watch that cannot be looked after must not keep the others waiting.
                if let Err(error) = self.look_after(id).await {
                    let error = &error as &dyn std::error::Error;
                    tracing::warn!(error, deployment.id = %id, "a watch could not be looked after");
                }
            }
        });
        futures::future::join_all(looks).await;
        Ok(count)
    }

    async fn look_after(&self, id: Uuid) -> Result<(), ServiceError> {
        let lease = format!("watch/{id}");
        if !self.hold(&lease).await? {
            return Ok(());
        }
        let renewing = async {
            loop {
                tokio::time::sleep(RENEW_EVERY).await;
                if !self.hold(&lease).await.unwrap_or(true) {
                    return;
                }
            }
        };
        tokio::select! {
            outcome = self.tend(id) => outcome,
            () = renewing => {
                tracing::warn!(deployment.id = %id, "the lease of a watch was lost");
                Ok(())
            }
        }
    }

    async fn hold(&self, lease: &str) -> Result<bool, DbError> {
        let now = self.services.clock.now();
        let mut tx = self.services.db.write().await?;
        let held = db::leases::take(&mut tx, lease, &self.owner, now, now + LEASE).await?;
        tx.commit().await?;
        Ok(held)
    }

    async fn tend(&self, id: Uuid) -> Result<(), ServiceError> {
        let passed = Tended { event: Event::TimePassed, results: None, row: None };
        self.services.tend_watch(id, &passed).await?;
        let mut connection = self.services.db.read().await?;
        let Some(stored) = db::watches::find(&mut connection, id).await? else { return Ok(()) };
        let deployment = db::deployments::find(&mut connection, id).await?;
        drop(connection);
        let watch = stored.watch;
        if let (State::Pending, Baseline::Wanted { checks }) = (watch.state, &watch.baseline) {
            let may_measure = deployment.is_some_and(|d| d.deployment.state.is_before_execution());
            return self.measure(&watch, checks, may_measure).await;
        }
        match watch.round_to_run(self.services.clock.now()) {
            Some(round) => self.run_round(&watch, round.number, &round.checks).await,
            None => Ok(()),
        }
    }

    async fn measure(&self, watch: &Watch, checks: &[String], may_measure: bool) -> Result<(), ServiceError> {
        let missing = |why: &str| Tended {
            event: Event::BaselineMissing { why: why.to_owned() },
            results: None,
            row: Some(("miss_watch_baseline", json!({ "why": why }))),
        };
        let tended = if may_measure {
            match self.ask(watch, checks).await {
                Some(results) => Tended {
                    event: Event::BaselineMeasured { values: results.iter().map(measured).collect() },
                    row: Some(("measure_watch_baseline", json!({ "checks": results.len() }))),
                    results: Some((BASELINE, results)),
                },
                None => missing("the blueprint no longer describes the environment"),
            }
        } else {
            missing("the deployment was over before it could be measured")
        };
        self.services.tend_watch(watch.deployment, &tended).await
    }

    async fn run_round(&self, watch: &Watch, round: u32, checks: &[String]) -> Result<(), ServiceError> {
        let Some(results) = self.ask(watch, checks).await else {
            // Put back in time, the round still runs; otherwise it is missed, and says that nothing ran.
            tracing::warn!(deployment.id = %watch.deployment, "the blueprint no longer describes a watched environment");
            return Ok(());
        };
        let verdicts: Vec<_> = results.iter().map(|r| (r.check.as_str(), r.outcome.verdict.name())).collect();
        let row = json!({ "round": round, "verdicts": verdicts });
        let event = Event::RoundRan { round, results: results.iter().map(result).collect() };
        let tended = Tended { event, results: Some((round, results)), row: Some(("run_watch_round", row)) };
        self.services.tend_watch(watch.deployment, &tended).await
    }

    async fn ask(&self, watch: &Watch, checks: &[String]) -> Option<Vec<CheckResult>> {
        let blueprint = self.services.blueprints.get(&watch.application)?;
        blueprint.environment(&watch.environment)?;
        Some(self.checks.run(&blueprint, &watch.environment, checks).await)
    }
}

fn measured(result: &CheckResult) -> Measured {
    Measured { check: result.check.clone(), value: result.outcome.measured.clone() }
}

fn result(result: &CheckResult) -> RoundResult {
    RoundResult { check: result.check.clone(), verdict: result.outcome.verdict, value: result.outcome.measured.clone() }
}
