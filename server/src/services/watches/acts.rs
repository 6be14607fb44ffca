//! The acts of people on a watch.

use app::{
    error::ApiError,
    ports::{Caller, WatchActs},
};
use async_trait::async_trait;
use domain::{
    blueprint::Environment,
    deployment::Deployment,
    permission::{Action, Decision},
    watch::{Event, Finding, Refusal},
};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::db::{self, DbError};

use super::super::{
    ServiceError, Services,
    acts::{person, text},
    authorise::{Subject, audit_event},
};
use super::{ATTEMPTS, store};

#[async_trait]
impl WatchActs for Services {
    async fn record_look(
        &self,
        caller: &Caller,
        deployment: Uuid,
        round: u32,
        finding: Finding,
        note: &str,
    ) -> Result<(), ApiError> {
        let note = text("note", note)?;
        let detail = json!({ "round": round, "finding": finding, "note": note });
        let event = Event::Looked { round, by: person(caller), finding, note };
        let act = Act { action: Action::RecordWatchRound, name: "record_watch_round", event, detail };
        Ok(self.act_on_watch(caller, deployment, act).await?)
    }

    async fn report_trigger(
        &self,
        caller: &Caller,
        deployment: Uuid,
        trigger: &str,
        note: &str,
    ) -> Result<(), ApiError> {
        let note = text("note", note)?;
        let detail = json!({ "trigger": trigger, "note": note });
        let event = Event::TriggerReported { trigger: trigger.to_owned(), by: person(caller), note };
        let act = Act { action: Action::RecordWatchRound, name: "report_rollback_trigger", event, detail };
        Ok(self.act_on_watch(caller, deployment, act).await?)
    }

    async fn sign_off_watch(&self, caller: &Caller, deployment: Uuid, comment: &str) -> Result<(), ApiError> {
        let comment = text("comment", comment)?;
        let detail = json!({ "comment": comment });
        let event = Event::SignedOff { by: person(caller), comment };
        let act = Act { action: Action::SignOff, name: "sign_off_watch", event, detail };
        Ok(self.act_on_watch(caller, deployment, act).await?)
    }

    async fn end_watch(&self, caller: &Caller, deployment: Uuid, reason: &str) -> Result<(), ApiError> {
        let reason = text("reason", reason)?;
        if reason.is_empty() {
            return Err(
                ServiceError::rejected("reason", "Say why the watch ends early; it goes into the record.").into()
            );
        }
        let detail = json!({ "reason": reason });
        let event = Event::EndedEarly { by: person(caller), reason };
        let act = Act { action: Action::SignOff, name: "end_watch", event, detail };
        Ok(self.act_on_watch(caller, deployment, act).await?)
    }
}

struct Act {
    action: Action,
    name: &'static str,
    event: Event,
    detail: Value,
}

impl Services {
    async fn act_on_watch(&self, caller: &Caller, id: Uuid, act: Act) -> Result<(), ServiceError> {
        let deployment = self.load(id).await?;
        let (blueprint, environment) = self.place(&deployment.application, &deployment.environment)?;
        if !self.may_view(caller, &blueprint, Some(&environment)) {
            return Err(ServiceError::NotFound("This watch".to_owned()));
        }
        let text_id = id.to_string();
        let subject = subject(&deployment, &environment, &text_id);
        let mut connection = self.db.read().await?;
        let stored = db::watches::find(&mut connection, id).await?;
        drop(connection);
        let watch = stored.ok_or_else(|| ServiceError::NotFound("This watch".to_owned()))?.watch;
        let decision = if matches!(act.event, Event::SignedOff { .. }) {
            self.sign_off_decision(caller, watch.sign_off_role, subject)
        } else {
            self.decision(caller, act.action, subject)
        };
        self.enforce(decision, caller, act.action, subject).await?;
        for attempt in 1..=ATTEMPTS {
            match self.try_act(caller, id, &act, subject).await {
                Err(ServiceError::Db(DbError::Stale)) if attempt < ATTEMPTS => {}
                outcome => return outcome,
            }
        }
        Err(ServiceError::Db(DbError::Stale))
    }

    async fn try_act(&self, caller: &Caller, id: Uuid, act: &Act, subject: Subject<'_>) -> Result<(), ServiceError> {
        let now = self.clock.now();
        let mut tx = self.db.write().await?;
        let stored = db::watches::find(&mut tx, id).await?;
        let stored = stored.ok_or_else(|| ServiceError::NotFound("This watch".to_owned()))?;
        let row = audit_event(caller, act.name, subject, act.detail.clone());
        let after = store(&mut tx, &stored, &act.event, row, now).await?;
        tx.commit().await.map_err(DbError::from)?;
        self.announce_watch(&after);
        Ok(())
    }

    /// Whether this caller may do each act, for the page.
    pub(super) fn watch_decisions(
        &self,
        caller: &Caller,
        deployment: &Deployment,
        environment: &Environment,
        role: domain::permission::Role,
    ) -> (Decision, Decision, Decision) {
        let id = deployment.id.to_string();
        let subject = subject(deployment, environment, &id);
        (
            self.decision(caller, Action::RecordWatchRound, subject),
            self.sign_off_decision(caller, role, subject),
            self.decision(caller, Action::SignOff, subject),
        )
    }
}

fn subject<'a>(deployment: &'a Deployment, environment: &'a Environment, id: &'a str) -> Subject<'a> {
    Subject { application: Some(&deployment.application), environment: Some(environment), kind: "deployment", id }
}

impl From<Refusal> for ServiceError {
    fn from(refusal: Refusal) -> Self {
        Self::Watch(refusal)
    }
}
