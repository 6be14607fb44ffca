//! Signatures and the conditions agreed with them.

use app::{
    ports::{Caller, NewSignature},
    views::ConditionRow,
};
use domain::{
    checklist::NewCondition,
    deployment::{Deployment, Event, Refusal, Signing},
    digest::Digest,
    permission::{Action, ActorKind, Role},
};
use jiff::tz::TimeZone;
use serde_json::json;
use uuid::Uuid;

use crate::db::conditions::OpenCondition;

use super::{
    ServiceError, Services,
    acts::{person, subject, text},
    authorise::audit_event,
    engine::Along,
};

impl Services {
    pub(super) async fn sign(&self, caller: &Caller, id: Uuid, signature: NewSignature) -> Result<(), ServiceError> {
        let NewSignature { role, comment, outcome, conditions, seen } = signature;
        let comment = text("comment", &comment)?;
        let conditions = conditions
            .into_iter()
            .map(|c| {
                Ok(NewCondition { text: text("condition_1", &c.text)?, owner: text("owner_1", &c.owner)?, due: c.due })
            })
            .collect::<Result<Vec<_>, ServiceError>>()?;
        let deployment = self.load(id).await?;
        let (_, environment) = self.place(&deployment.application, &deployment.environment)?;
        let wanted = deployment.checklist.sign_off_roles.iter().find(|r| r.id == role);
        let wanted = wanted.ok_or_else(|| ServiceError::NotFound(format!("Sign-off role {role}")))?;
        let text_id = id.to_string();
        let subject = subject(&deployment, &environment, &text_id);
        let decision = self.sign_off_decision(caller, wanted.role, subject);
        self.enforce(decision, caller, Action::SignOff, subject).await?;
        let now = self.clock.now();
        let login_age_secs = now.as_second().saturating_sub(caller.actor.authenticated_at.as_second());
        let event = Event::SignedOff(Signing {
            role: role.clone(),
            by: person(caller),
            comment: comment.clone(),
            outcome,
            conditions: conditions.clone(),
            seen: Digest::parse(&seen).ok_or(ServiceError::Refused(Refusal::ListChanged))?,
            login_age_secs: u64::try_from(login_age_secs).unwrap_or(0),
        });
        let audit = |after: &Deployment| {
            let bound = after.sign_off_of(&role).map(|s| &s.bound);
            let detail = json!({
                "role": role,
                "outcome": outcome.name(),
                "comment": comment,
                "conditions": conditions,
                "bound": bound,
                "state": after.state.name(),
            });
            audit_event(caller, "sign_off", subject, detail)
        };
        let outcome = self.apply(id, &event, &Along::default(), audit).await;
        self.told(caller, "sign_off", subject, outcome).await
    }

    /// Conditions are closed by whoever they belong to; an admin can close what belongs to nobody who is still there.
    pub(super) async fn close(
        &self,
        caller: &Caller,
        id: Uuid,
        condition: u32,
        note: &str,
    ) -> Result<(), ServiceError> {
        let note = text("note", note)?;
        let deployment = self.load(id).await?;
        let (_, environment) = self.place(&deployment.application, &deployment.environment)?;
        let text_id = id.to_string();
        let subject = subject(&deployment, &environment, &text_id);
        self.authorise(caller, Action::CloseCondition, subject).await?;
        let found = deployment.conditions.iter().find(|c| c.id == condition);
        let found = found.ok_or(ServiceError::Refused(Refusal::UnknownCondition(condition)))?;
        if !may_close(caller, &found.owner) {
            let refused = Err(ServiceError::Refused(Refusal::NotTheOwner(found.owner.clone())));
            return self.told(caller, "close_condition", subject, refused).await;
        }
        let event = Event::ConditionClosed { condition, by: person(caller), note: note.clone() };
        let words = found.text.clone();
        let audit = |after: &Deployment| {
            let detail = json!({ "condition": words, "number": condition, "note": note, "state": after.state.name() });
            audit_event(caller, "close_condition", subject, detail)
        };
        let outcome = self.apply(id, &event, &Along::default(), audit).await;
        self.told(caller, "close_condition", subject, outcome).await
    }

    pub(super) fn condition_rows(&self, caller: &Caller, open: &[OpenCondition]) -> Vec<ConditionRow> {
        let today = self.clock.now().to_zoned(TimeZone::UTC).date();
        let may_see = |application: &str, environment: &str| {
            self.blueprints
                .get(application)
                .is_some_and(|b| b.environment(environment).is_some_and(|e| self.may_view(caller, &b, Some(e))))
        };
        open.iter()
            .filter(|c| may_see(&c.application, &c.environment))
            .map(|c| ConditionRow {
                deployment: c.deployment,
                band: self.band_of(&c.application, &c.environment),
                version: c.release_version.clone(),
                text: c.words.clone(),
                owner: c.owner.clone(),
                due: c.due,
                is_overdue: c.due < today,
                is_mine: is_owner(caller, &c.owner),
            })
            .collect()
    }
}

fn may_close(caller: &Caller, owner: &str) -> bool {
    let is_admin = caller.actor.grants.iter().any(|g| g.role == Role::Admin && g.environments.is_none());
    is_admin || is_owner(caller, owner)
}

fn is_owner(caller: &Caller, owner: &str) -> bool {
    let is = |other: &str| owner.trim().eq_ignore_ascii_case(other.trim());
    caller.actor.kind == ActorKind::Person && (is(&caller.actor.name) || caller.actor.email.as_deref().is_some_and(is))
}
