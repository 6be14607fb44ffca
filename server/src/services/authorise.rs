//! The first statement of every service. A refused act is recorded before it is refused.

use app::{ports::Caller, views::Offer};
use domain::{
    audit::AuditOutcome,
    blueprint::{Blueprint, Environment},
    permission::{Action, Decision, Role, Scope, decide, decide_sign_off},
};
use serde_json::{Value, json};

use crate::db::{self, audit::NewAuditEvent};

use super::{ServiceError, Services};

/// What an act is about, for the audit log.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    pub application: Option<&'a str>,
    pub environment: Option<&'a Environment>,
    pub kind: &'static str,
    pub id: &'a str,
}

impl Subject<'_> {
    fn scope(&self) -> Scope<'_> {
        Scope {
            application: self.application,
            environment: self.environment.map(|e| e.name.as_str()),
            max_login_age_secs: self.environment.and_then(Environment::max_login_age_secs),
        }
    }
}

impl Services {
    pub(super) fn decision(&self, caller: &Caller, action: Action, subject: Subject<'_>) -> Decision {
        decide(&caller.actor, action, subject.scope(), self.clock.now())
    }

    /// Allows the act or refuses it; a refusal is recorded.
    pub(super) async fn authorise(
        &self,
        caller: &Caller,
        action: Action,
        subject: Subject<'_>,
    ) -> Result<(), ServiceError> {
        self.enforce(self.decision(caller, action, subject), caller, action, subject).await
    }

    /// Allows looking through what a filter narrows to a place: narrowed to an application, the grants for that
    /// application suffice.
    pub(super) async fn authorise_narrowed(
        &self,
        caller: &Caller,
        action: Action,
        kind: &'static str,
        application: Option<&str>,
        environment: Option<&str>,
    ) -> Result<(), ServiceError> {
        let environment = match (application, environment) {
            (Some(application), Some(environment)) => Some(self.place(application, environment)?.1),
            _ => None,
        };
        self.authorise(caller, action, Subject { application, environment: environment.as_ref(), kind, id: "" }).await
    }

    /// Whether the caller may sign for a sign-off role that asks for `role`.
    pub(super) fn sign_off_decision(&self, caller: &Caller, role: Role, subject: Subject<'_>) -> Decision {
        decide_sign_off(&caller.actor, role, subject.scope(), self.clock.now())
    }

    /// Turns a decision into permission to go on.
    pub(super) async fn enforce(
        &self,
        decision: Decision,
        caller: &Caller,
        action: Action,
        subject: Subject<'_>,
    ) -> Result<(), ServiceError> {
        match decision {
            Decision::Allowed => Ok(()),
            Decision::NeedsRecentLogin { max_age_secs } => Err(ServiceError::NeedsRecentLogin(max_age_secs)),
            Decision::Denied => {
                self.record_denied(audit_event(caller, action.name(), subject, json!({}))).await?;
                tracing::warn!(actor.id = %caller.actor.id, action = action.name(), "denied");
                Err(ServiceError::Denied(action))
            }
        }
    }

    /// Records an act that was refused, in a transaction of its own: the act's has been rolled back.
    pub(super) async fn record_denied(&self, event: NewAuditEvent) -> Result<(), ServiceError> {
        let event = NewAuditEvent { outcome: AuditOutcome::Denied, ..event };
        let mut tx = self.db.write().await?;
        db::audit::append(&mut tx, event, self.clock.now()).await?;
        tx.commit().await.map_err(db::DbError::from)?;
        Ok(())
    }

    /// Reading something that may not be seen is answered like something that does not exist.
    pub(super) fn may_view(&self, caller: &Caller, blueprint: &Blueprint, environment: Option<&Environment>) -> bool {
        let subject = Subject {
            application: Some(&blueprint.application.name),
            environment,
            kind: "application",
            id: &blueprint.application.name,
        };
        self.decision(caller, Action::View, subject).is_allowed()
    }

    pub(super) fn offer(
        &self,
        caller: &Caller,
        action: Action,
        subject: Subject<'_>,
        obstacle: Option<String>,
    ) -> Offer {
        Offer { decision: self.decision(caller, action, subject), obstacle }
    }
}

/// The audit row of an act that was done.
pub(super) fn audit_event(caller: &Caller, action: &str, subject: Subject<'_>, mut detail: Value) -> NewAuditEvent {
    if let Some(map) = detail.as_object_mut() {
        map.insert("request".to_owned(), Value::String(caller.request_id.clone()));
    }
    NewAuditEvent {
        actor_id: caller.actor.id.clone(),
        actor_name: caller.actor.name.clone(),
        action: action.to_owned(),
        outcome: AuditOutcome::Done,
        application: subject.application.map(str::to_owned),
        environment: subject.environment.map(|e| e.name.clone()),
        subject_kind: subject.kind,
        subject_id: subject.id.to_owned(),
        detail,
        address: caller.address.clone(),
    }
}
