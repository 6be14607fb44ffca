//! How an event becomes stored: state, event log, effects and audit row in one transaction, then the bell.

use domain::{
    deployment::{Deployment, Effect, Event},
    digest::Digest,
    plan::StackPlan,
};
use jiff::Timestamp;
use uuid::Uuid;

use crate::{
    clock::new_id,
    db::{self, Connection, DbError, audit::NewAuditEvent, check_results::CheckResult, deployments::Stored},
};

use super::{ServiceError, Services, watches};

/// How often an act is repeated when somebody else changed the deployment between reading and writing it.
const ATTEMPTS: u32 = 5;

/// What else is stored together with an event.
#[derive(Default)]
pub struct Along {
    pub stack_plan: Option<KeptPlan>,
    pub check_result: Option<CheckResult>,
    /// The effect this event is the outcome of, and who holds its lease.
    pub finishes: Option<(Uuid, String)>,
}

pub struct KeptPlan {
    pub plan: StackPlan,
    pub digest: Digest,
    pub is_late: bool,
}

impl Services {
    /// Applies one event to a deployment. `audit` is asked after the decision, so that it can say what came of it.
    pub(crate) async fn apply(
        &self,
        id: Uuid,
        event: &Event,
        along: &Along,
        audit: impl Fn(&Deployment) -> NewAuditEvent,
    ) -> Result<Deployment, ServiceError> {
        for attempt in 1..=ATTEMPTS {
            match self.try_apply(id, event, along, &audit).await {
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
        along: &Along,
        audit: &impl Fn(&Deployment) -> NewAuditEvent,
    ) -> Result<Deployment, ServiceError> {
        let now = self.clock.now();
        let mut tx = self.db.write().await?;
        let stored = db::deployments::find(&mut tx, id)
            .await?
            .ok_or_else(|| ServiceError::NotFound("This deployment".to_owned()))?;
        let after = store(&mut tx, &stored, event, now).await?;
        if let Some(kept) = &along.stack_plan {
            db::stack_plans::keep(&mut tx, id, &kept.plan, &kept.digest, kept.is_late).await?;
        }
        if let Some(result) = &along.check_result {
            db::check_results::insert(&mut tx, id, result).await?;
        }
        if let Some((effect, owner)) = &along.finishes {
            db::effects::finish(&mut tx, *effect, owner, now).await?;
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
    watches::follow(connection, &stored.deployment, &after, now).await?;
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
