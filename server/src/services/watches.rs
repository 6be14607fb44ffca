//! Watches: how they follow their deployments, what people do with them, and how pages see them.
//!
//! Here: opening and ending together with the deployment, and storing an event with its audit rows. Below: the acts of
//! people and the views.

mod acts;
mod error;
mod views;

use domain::{
    audit::AuditOutcome,
    deployment::{Deployment, State as DeploymentState},
    watch::{Event, Fact, Watch},
};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::db::{self, Connection, DbError, audit::NewAuditEvent, check_results::CheckResult, watches::Stored};

use super::{ServiceError, Services};

pub(super) use error::refused;
pub(super) use views::brief;

/// How often an event is applied again when somebody else changed the watch between reading and writing it.
const ATTEMPTS: u32 = 5;

/// Stored together with the deployment's own event: a verified deployment opens its watch, and one that begins to change
/// the environment ends the watch of the one before.
pub(super) async fn follow(
    connection: &mut Connection,
    before: &Deployment,
    after: &Deployment,
    now: Timestamp,
) -> Result<(), ServiceError> {
    let is_verified = |d: &Deployment| matches!(d.state, DeploymentState::AwaitingSignOff | DeploymentState::Succeeded);
    if before.started_at.is_none() && after.started_at.is_some() {
        let older = db::watches::list_open_in(connection, &after.application, &after.environment).await?;
        for stored in older.into_iter().filter(|s| s.watch.deployment != after.id) {
            let event = Event::Superseded { by_version: after.release_version.clone() };
            let detail = json!({ "by_deployment": after.id });
            let row = system_row(&stored.watch, "supersede_watch", detail);
            store(connection, &stored, &event, row, now).await?;
        }
    }
    if !is_verified(before)
        && is_verified(after)
        && let Some(stored) = db::watches::find(connection, after.id).await?
    {
        let row = system_row(&stored.watch, "open_watch", json!({ "rounds": stored.watch.rounds.len() }));
        store(connection, &stored, &Event::Opened, row, now).await?;
    }
    Ok(())
}

/// Applies one event and stores what came of it, with `row` and a row per fact in the audit log.
async fn store(
    connection: &mut Connection,
    stored: &Stored,
    event: &Event,
    row: NewAuditEvent,
    now: Timestamp,
) -> Result<Watch, ServiceError> {
    let (after, facts) = stored.watch.apply(event, now)?;
    db::watches::update(connection, stored, &after).await?;
    db::audit::append(connection, row, now).await?;
    record(connection, &after, &facts, now).await?;
    Ok(after)
}

async fn record(connection: &mut Connection, watch: &Watch, facts: &[Fact], now: Timestamp) -> Result<(), DbError> {
    for fact in facts {
        let (action, detail) = match fact {
            Fact::RoundMissed { round, ran } => ("miss_watch_round", json!({ "round": round, "checks_ran": ran })),
            Fact::TriggerRaised { trigger, title, why } => {
                ("raise_rollback_trigger", json!({ "trigger": trigger, "title": title, "why": why }))
            }
            Fact::TriggerOver { trigger, title } => {
                ("end_rollback_trigger", json!({ "trigger": trigger, "title": title }))
            }
            Fact::Complete => ("complete_watch", json!({ "missed": watch.missed() })),
        };
        db::audit::append(connection, system_row(watch, action, detail), now).await?;
    }
    Ok(())
}

fn system_row(watch: &Watch, action: &str, detail: Value) -> NewAuditEvent {
    let actor = domain::permission::Actor::system();
    NewAuditEvent {
        actor_id: actor.id,
        actor_name: actor.name,
        action: action.to_owned(),
        outcome: AuditOutcome::Done,
        application: Some(watch.application.clone()),
        environment: Some(watch.environment.clone()),
        subject_kind: "deployment",
        subject_id: watch.deployment.to_string(),
        detail,
        address: None,
    }
}

/// What the system does with a watch by itself.
pub(crate) struct Tended {
    pub event: Event,
    /// The round they belong to, and what its checks said.
    pub results: Option<(u32, Vec<CheckResult>)>,
    /// `None` where only its facts are worth a row.
    pub row: Option<(&'static str, Value)>,
}

impl Services {
    /// Applies what the reconciler found out. A watch that has moved on without it is left alone.
    pub(crate) async fn tend_watch(&self, id: uuid::Uuid, tended: &Tended) -> Result<(), ServiceError> {
        for attempt in 1..=ATTEMPTS {
            match self.try_tend(id, tended).await {
                Err(ServiceError::Db(DbError::Stale)) if attempt < ATTEMPTS => {}
                Err(ServiceError::Watch(refusal)) => {
                    tracing::info!(%refusal, deployment.id = %id, "an outcome of a watch is no longer wanted");
                    return Ok(());
                }
                outcome => return outcome,
            }
        }
        Err(ServiceError::Db(DbError::Stale))
    }

    async fn try_tend(&self, id: uuid::Uuid, tended: &Tended) -> Result<(), ServiceError> {
        let now = self.clock.now();
        let mut tx = self.db.write().await?;
        let Some(stored) = db::watches::find(&mut tx, id).await? else { return Ok(()) };
        let mut event = tended.event.clone();
        if matches!(event, Event::BaselineMeasured { .. }) {
            // Measured while the first stack began to change: that is no baseline.
            let deployment = db::deployments::find(&mut tx, id).await?;
            if deployment.is_none_or(|d| !d.deployment.state.is_before_execution()) {
                event = Event::BaselineMissing { why: "the deployment began before it was measured".to_owned() };
            }
        }
        let (after, facts) = stored.watch.apply(&event, now)?;
        if after == stored.watch {
            return Ok(());
        }
        db::watches::update(&mut tx, &stored, &after).await?;
        if let Some((round, results)) = &tended.results {
            for result in results {
                db::watches::keep_result(&mut tx, id, *round, result).await?;
            }
        }
        if let Some((action, detail)) = &tended.row {
            db::audit::append(&mut tx, system_row(&after, action, detail.clone()), now).await?;
        }
        record(&mut tx, &after, &facts, now).await?;
        tx.commit().await.map_err(DbError::from)?;
        self.announce_watch(&after);
        Ok(())
    }

    /// Tells browsers that a watch changed. Only ever called after the commit.
    fn announce_watch(&self, watch: &Watch) {
        self.live.publish(&app::topics::deployment(watch.deployment));
        self.live.publish(&app::topics::environment(&watch.application, &watch.environment));
        self.live.publish(app::topics::OVERVIEW);
    }
}
