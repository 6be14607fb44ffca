//! How an event becomes stored: state, event log, effects and audit row in one transaction, then the bell.

use domain::deployment::{Deployment, Effect, Event};
use jiff::Timestamp;
use uuid::Uuid;

use crate::{
    clock::new_id,
    db::{self, Connection, DbError, audit::NewAuditEvent, deployments::Stored},
};

use super::{ServiceError, Services};

/// How often an act is repeated when somebody else changed the deployment between reading and writing it.
const ATTEMPTS: u32 = 5;

/// What else is stored together with an event.
pub enum Extra {
    None,
    StackPlan { plan: domain::plan::StackPlan, digest: domain::digest::Digest, is_late: bool },
    CheckResult(db::check_results::CheckResult),
}

impl Services {
    /// Applies one event to a deployment. `audit` is asked after the decision, so that it can say what came of it.
    pub(crate) async fn apply(
        &self,
        id: Uuid,
        event: &Event,
        extra: &Extra,
        audit: impl Fn(&Deployment) -> NewAuditEvent,
    ) -> Result<Deployment, ServiceError> {
        for attempt in 1..=ATTEMPTS {
            match self.try_apply(id, event, extra, &audit).await {
                Err(ServiceError::Db(DbError::Stale)) if attempt < ATTEMPTS => {}
                outcome => return outcome,
            }
        }
        Err(ServiceError::Db(DbError::Stale))
    }

    async fn try_apply(
        &self,
        id: Uuid,
        event: &Event,
        extra: &Extra,
        audit: &impl Fn(&Deployment) -> NewAuditEvent,
    ) -> Result<Deployment, ServiceError> {
        let now = self.clock.now();
        let mut tx = self.db.write().await?;
        let stored = db::deployments::find(&mut tx, id)
            .await?
            .ok_or_else(|| ServiceError::NotFound("This deployment".to_owned()))?;
        let after = store(&mut tx, &stored, event, now).await?;
        match extra {
            Extra::None => {}
            Extra::StackPlan { plan, digest, is_late } => {
                db::stack_plans::keep(&mut tx, id, plan, digest, *is_late).await?;
            }
            Extra::CheckResult(result) => db::check_results::insert(&mut tx, id, result).await?,
        }
        db::audit::append(&mut tx, audit(&after), now).await?;
        tx.commit().await.map_err(DbError::from)?;
        self.announce(&after);
        Ok(after)
    }

    /// Tells workers and browsers that a deployment changed. Only ever called after the commit.
    pub(crate) fn announce(&self, deployment: &Deployment) {
        self.work.notify_one();
        self.live.publish(&format!("deployment:{}", deployment.id));
        self.live.publish(&format!("environment:{}/{}", deployment.application, deployment.environment));
        self.live.publish("overview");
    }
}

/// Stores an event and the effects that follow from it, in the caller's transaction.
pub(super) async fn store(
    connection: &mut Connection,
    stored: &Stored,
    event: &Event,
    now: Timestamp,
) -> Result<Deployment, ServiceError> {
    let (after, effects) = stored.deployment.apply(event, now)?;
    db::deployments::update(connection, stored, &after, event, now).await?;
    enqueue(connection, after.id, &effects, now).await?;
    Ok(after)
}

pub(super) async fn enqueue(
    connection: &mut Connection,
    deployment: Uuid,
    effects: &[Effect],
    now: Timestamp,
) -> Result<(), DbError> {
    for effect in effects {
        db::effects::enqueue(connection, new_id(now), deployment, effect, now).await?;
    }
    Ok(())
}
