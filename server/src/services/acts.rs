//! The acts of people on deployments.

use app::ports::Caller;
use domain::{
    blueprint::{Blueprint, Environment},
    checklist::{Checklist, MarkKind, Person},
    deployment::{CheckRun, Deployment, Effect, Event, Refusal, StackRun, State},
    digest::Digest,
    permission::Action,
    release::EnvironmentContent,
};
use serde_json::{Value, json};
use std::sync::Arc;
use uuid::Uuid;

use crate::{
    clock::new_id,
    db::{self, DbError, deployments::Stored, effects::QueuedEffect, releases::Release},
};

use super::{
    ServiceError, Services,
    authorise::{Subject, audit_event},
    engine::{Along, enqueue, store},
    place::{FORGOTTEN, Place},
};

/// Longest comment, reason or note that is kept, in characters.
const MAX_TEXT: usize = 4000;

impl Services {
    pub(super) async fn request(
        &self,
        caller: &Caller,
        release_id: Uuid,
        environment_name: &str,
        reason: &str,
    ) -> Result<Uuid, ServiceError> {
        let mut connection = self.db.read().await?;
        let release = db::releases::find(&mut connection, release_id).await?;
        drop(connection);
        let release = release.ok_or_else(|| ServiceError::NotFound("This release".to_owned()))?;
        let (blueprint, environment) = self.place(&release.content.application, environment_name)?;
        let id = release.id.to_string();
        let subject = Subject {
            application: Some(&blueprint.application.name),
            environment: Some(&environment),
            kind: "release",
            id: &id,
        };
        self.authorise(caller, Action::RequestDeployment, subject).await?;
        let content = release.content.environments.get(environment_name).ok_or_else(|| {
            ServiceError::rejected(
                "environment",
                format!("Release {} has nothing for {}.", release.content.version, environment.title),
            )
        })?;
        let reason = text("reason", reason)?;
        if reason.is_empty() {
            return Err(ServiceError::rejected("reason", "Say why: whoever approves reads it first."));
        }
        for attempt in 1..=3 {
            let asked = Asked { caller, blueprint: &blueprint, environment: &environment, reason: &reason };
            match self.try_request(&asked, &release, content).await {
                Err(ServiceError::Db(DbError::Stale | DbError::Duplicate(_))) if attempt < 3 => {}
                outcome => return outcome,
            }
        }
        Err(ServiceError::Conflict("Somebody else is requesting a deployment here at the same moment.".to_owned()))
    }

    async fn try_request(
        &self,
        asked: &Asked<'_>,
        release: &Release,
        content: &EnvironmentContent,
    ) -> Result<Uuid, ServiceError> {
        let Asked { caller, blueprint, environment, reason } = *asked;
        let application = &blueprint.application.name;
        let now = self.clock.now();
        let id = new_id(now);
        let mut tx = self.db.write().await?;
        if let Some(active) = db::deployments::find_active(&mut tx, application, &environment.name).await? {
            let stored = db::deployments::find(&mut tx, active)
                .await?
                .ok_or_else(|| ServiceError::Internal(format!("lock held by unknown deployment {active}")))?;
            self.supersede(&mut tx, caller, &stored, environment, id).await?;
        }
        let deployment = new_deployment(asked, release, content, id, now);
        db::deployments::insert(&mut tx, &deployment).await?;
        if let Some(source) = self.blueprints.text(application) {
            db::blueprints::keep(&mut tx, &blueprint.digest, application, &source, now).await?;
        }
        enqueue(&mut tx, id, &deployment.begin(), now).await?;
        let detail = json!({
            "release": release.content.version,
            "release_digest": release.digest,
            "blueprint_digest": blueprint.digest,
            "reason": reason,
        });
        let text_id = id.to_string();
        let subject = Subject {
            application: Some(application),
            environment: Some(environment),
            kind: "deployment",
            id: &text_id,
        };
        let event = audit_event(caller, Action::RequestDeployment.name(), subject, detail);
        db::audit::append(&mut tx, event, now).await?;
        tx.commit().await.map_err(DbError::from)?;
        self.announce(&deployment);
        Ok(id)
    }

    /// A newer request takes the place of one that still waits; one that changes the environment is left alone.
    async fn supersede(
        &self,
        connection: &mut db::Connection,
        caller: &Caller,
        stored: &Stored,
        environment: &Environment,
        by: Uuid,
    ) -> Result<(), ServiceError> {
        let older = &stored.deployment;
        if !matches!(older.state, State::Planning | State::Planned | State::AwaitingApproval) {
            return Err(ServiceError::Conflict(format!(
                "{} is busy: the deployment of {} is “{}”. Your reason was kept; request again when it is over, or \
                 cancel it first.",
                environment.title,
                older.release_version,
                older.state.words().to_lowercase()
            )));
        }
        let now = self.clock.now();
        let event = Event::Superseded { by_deployment: by.to_string() };
        store(connection, stored, &event, now).await?;
        let id = older.id.to_string();
        let subject = Subject {
            application: Some(&older.application),
            environment: Some(environment),
            kind: "deployment",
            id: &id,
        };
        let event = audit_event(caller, "supersede", subject, json!({ "by_deployment": by.to_string() }));
        db::audit::append(connection, event, now).await?;
        Ok(())
    }

    pub(super) async fn start(&self, caller: &Caller, id: Uuid, plan_digest: &str) -> Result<(), ServiceError> {
        let plan_digest = digest(plan_digest)?;
        let event = Event::Started { by: person(caller), plan_digest: plan_digest.clone() };
        self.act(caller, id, Action::StartDeployment, "start_deployment", &event, json!({ "plan_digest": plan_digest }))
            .await
    }

    pub(super) async fn approve(
        &self,
        caller: &Caller,
        id: Uuid,
        plan_digest: &str,
        phrase: &str,
        comment: &str,
    ) -> Result<(), ServiceError> {
        let plan_digest = digest(plan_digest)?;
        let comment = text("comment", comment)?;
        let event = Event::Approved {
            by: person(caller),
            groups: caller.actor.groups.clone(),
            plan_digest: plan_digest.clone(),
            phrase: phrase.to_owned(),
            comment: comment.clone(),
        };
        let detail = json!({ "plan_digest": plan_digest, "comment": comment });
        self.act(caller, id, Action::ApprovePlan, "approve_plan", &event, detail).await
    }

    pub(super) async fn reject(
        &self,
        caller: &Caller,
        id: Uuid,
        plan_digest: &str,
        comment: &str,
    ) -> Result<(), ServiceError> {
        let plan_digest = digest(plan_digest)?;
        let comment = text("comment", comment)?;
        if comment.is_empty() {
            return Err(ServiceError::rejected("comment", "Say why the plan is rejected; the requester reads it."));
        }
        let event = Event::Rejected { by: person(caller), plan_digest: plan_digest.clone(), comment: comment.clone() };
        let detail = json!({ "plan_digest": plan_digest, "comment": comment });
        self.act(caller, id, Action::ApprovePlan, "reject_plan", &event, detail).await
    }

    pub(super) async fn cancel(&self, caller: &Caller, id: Uuid, reason: &str) -> Result<(), ServiceError> {
        let reason = text("reason", reason)?;
        let event = Event::CancelRequested { by: person(caller), reason: reason.clone() };
        self.act(caller, id, Action::CancelDeployment, "cancel_deployment", &event, json!({ "reason": reason })).await
    }

    pub(super) async fn rerun_checks(&self, caller: &Caller, id: Uuid, checks: &[String]) -> Result<(), ServiceError> {
        let checks = if checks.is_empty() {
            let mut connection = self.db.read().await?;
            let stored = db::deployments::find(&mut connection, id).await?;
            let all = stored.map(|s| s.deployment.checks.into_iter().map(|c| c.id).collect::<Vec<_>>());
            all.ok_or_else(|| ServiceError::NotFound("This deployment".to_owned()))?
        } else {
            checks.to_vec()
        };
        let event = Event::ChecksRequested { by: person(caller), checks: checks.clone() };
        self.act(caller, id, Action::RunChecks, "run_checks", &event, json!({ "checks": checks })).await
    }

    pub(super) async fn mark(
        &self,
        caller: &Caller,
        id: Uuid,
        item: &str,
        kind: MarkKind,
        note: &str,
    ) -> Result<(), ServiceError> {
        let note = text("note", note)?;
        let (action, name) = match kind {
            MarkKind::Done => (Action::TickItem, "tick_item"),
            MarkKind::Waived => (Action::WaiveItem, "waive_item"),
        };
        let event = Event::ItemMarked { item: item.to_owned(), kind, by: person(caller), note: note.clone() };
        self.act(caller, id, action, name, &event, json!({ "item": item, "note": note })).await
    }

    pub(super) async fn reopen(&self, caller: &Caller, id: Uuid, item: &str) -> Result<(), ServiceError> {
        let event = Event::ItemReopened { item: item.to_owned(), by: person(caller) };
        self.act(caller, id, Action::TickItem, "reopen_item", &event, json!({ "item": item })).await
    }

    pub(super) async fn sign(&self, caller: &Caller, id: Uuid, role: &str, comment: &str) -> Result<(), ServiceError> {
        let comment = text("comment", comment)?;
        let deployment = self.load(id).await?;
        let Place { environment, is_in_force, .. } = self.place_of(&deployment).await?;
        let wanted = deployment.checklist.sign_off_roles.iter().find(|r| r.id == role);
        let wanted = wanted.ok_or_else(|| ServiceError::NotFound(format!("Sign-off role {role}")))?;
        let text_id = id.to_string();
        let subject = subject(&deployment, &environment, &text_id);
        let decision = self.sign_off_decision(caller, wanted.role, subject);
        self.enforce(decision, caller, Action::SignOff, subject).await?;
        if !is_in_force {
            return Err(ServiceError::Conflict(format!("{FORGOTTEN} Nothing was signed.")));
        }
        let event = Event::SignedOff { role: role.to_owned(), by: person(caller), comment: comment.clone() };
        let audit = |after: &Deployment| {
            let detail = json!({ "role": role, "comment": comment, "state": after.state.name() });
            audit_event(caller, "sign_off", subject, detail)
        };
        self.apply(id, &event, &Along::default(), audit).await?;
        Ok(())
    }

    pub(super) async fn end_as_failed(&self, caller: &Caller, id: Uuid, reason: &str) -> Result<(), ServiceError> {
        let reason = text("reason", reason)?;
        let detail = json!({ "reason": reason });
        if self.load(id).await?.state == State::Executing {
            let event = Event::Abandoned { by: person(caller), reason };
            return self.act(caller, id, Action::AbandonDeployment, "abandon_deployment", &event, detail).await;
        }
        let event = Event::MarkedFailed { by: person(caller), reason };
        self.act(caller, id, Action::SignOff, "mark_failed", &event, detail).await
    }

    /// Authorises and applies one act on a deployment, with its audit row.
    async fn act(
        &self,
        caller: &Caller,
        id: Uuid,
        action: Action,
        name: &'static str,
        event: &Event,
        detail: Value,
    ) -> Result<(), ServiceError> {
        let deployment = self.load(id).await?;
        if !self.may_see(caller, &deployment.application, &deployment.environment) {
            return Err(ServiceError::NotFound("This deployment".to_owned()));
        }
        let Place { environment, is_in_force, .. } = self.place_of(&deployment).await?;
        let text_id = id.to_string();
        self.authorise(caller, action, subject(&deployment, &environment, &text_id)).await?;
        let ends =
            matches!(event, Event::CancelRequested { .. } | Event::MarkedFailed { .. } | Event::Abandoned { .. });
        if !is_in_force && !ends {
            return Err(ServiceError::Conflict(format!("{FORGOTTEN} Nothing was changed.")));
        }
        if action == Action::AbandonDeployment {
            let mut connection = self.db.read().await?;
            let waiting = db::effects::list_waiting(&mut connection, id).await?;
            if !cannot_be_followed(&waiting) {
                return Err(ServiceError::Conflict(
                    "Lockkeeper can follow the stacks that are being executed, so the deployment is not ended blindly. \
                     Nothing was changed. Stop it instead: what runs is followed to its end, and nothing more is started."
                        .to_owned(),
                ));
            }
        }
        let audit = |after: &Deployment| {
            let mut detail = detail.clone();
            if let Some(map) = detail.as_object_mut() {
                map.insert("state".to_owned(), Value::String(after.state.name().to_owned()));
            }
            audit_event(caller, name, subject(&deployment, &environment, &text_id), detail)
        };
        match self.apply(id, event, &Along::default(), audit).await {
            Ok(_) => Ok(()),
            Err(ServiceError::Refused(refusal)) => {
                if is_trespass(&refusal) {
                    let detail = json!({ "why": refusal.to_string() });
                    let event = audit_event(caller, name, subject(&deployment, &environment, &text_id), detail);
                    self.record_denied(event).await?;
                }
                Err(ServiceError::Refused(refusal))
            }
            Err(error) => Err(error),
        }
    }

    pub(super) async fn load(&self, id: Uuid) -> Result<Deployment, ServiceError> {
        let mut connection = self.db.read().await?;
        let stored = db::deployments::find(&mut connection, id).await?;
        stored.map(|s| s.deployment).ok_or_else(|| ServiceError::NotFound("This deployment".to_owned()))
    }

    /// The blueprint and environment something belongs to.
    pub(super) fn place(
        &self,
        application: &str,
        environment: &str,
    ) -> Result<(Arc<Blueprint>, Environment), ServiceError> {
        let blueprint = self
            .blueprints
            .get(application)
            .ok_or_else(|| ServiceError::NotFound(format!("Application {application}")))?;
        let environment = blueprint
            .environment(environment)
            .cloned()
            .ok_or_else(|| ServiceError::NotFound(format!("Environment {environment}")))?;
        Ok((blueprint, environment))
    }
}

struct Asked<'a> {
    caller: &'a Caller,
    blueprint: &'a Blueprint,
    environment: &'a Environment,
    reason: &'a str,
}

fn new_deployment(
    asked: &Asked<'_>,
    release: &Release,
    content: &EnvironmentContent,
    id: Uuid,
    now: jiff::Timestamp,
) -> Deployment {
    let stacks = content
        .stacks
        .iter()
        .map(|stack| StackRun::new(stack.logical_name.clone(), stack.stack_name.clone(), stack.depends_on.clone()));
    let checks = asked.blueprint.checks_for(&asked.environment.name).map(|check| CheckRun {
        id: check.id.clone(),
        title: check.title.clone(),
        severity: check.severity,
        verdict: None,
        run: 0,
        finished_at: None,
    });
    // An unprotected environment has nothing to sign: its checks decide.
    let checklist = if asked.environment.is_protected() {
        let checks: Vec<&str> = asked.blueprint.checks_for(&asked.environment.name).map(|c| c.id.as_str()).collect();
        asked.blueprint.checklist.narrowed_to(&checks)
    } else {
        Checklist::default()
    };
    Deployment {
        id,
        application: asked.blueprint.application.name.clone(),
        environment: asked.environment.name.clone(),
        release_id: release.id,
        release_version: release.content.version.clone(),
        release_digest: release.digest.clone(),
        blueprint_digest: asked.blueprint.digest.clone(),
        requested_by: person(asked.caller),
        requested_at: now,
        reason: asked.reason.to_owned(),
        protection: asked.environment.protection.clone(),
        checklist,
        state: State::Planning,
        stacks: stacks.collect(),
        plan_digest: None,
        approvals: Vec::new(),
        checks: checks.collect(),
        marks: Vec::new(),
        sign_offs: Vec::new(),
        cancellation: None,
        failure: None,
        started_at: None,
        finished_at: None,
    }
}

fn subject<'a>(deployment: &'a Deployment, environment: &'a Environment, id: &'a str) -> Subject<'a> {
    Subject { application: Some(&deployment.application), environment: Some(environment), kind: "deployment", id }
}

pub(crate) fn person(caller: &Caller) -> Person {
    Person { id: caller.actor.id.clone(), name: caller.actor.name.clone() }
}

/// Tries after which work on a stack counts as stuck; before, the next one may still get through.
const STUCK_ATTEMPTS: u32 = 3;

/// Whether the work on every stack of a deployment is stuck: nobody can say how its stacks end.
pub(super) fn cannot_be_followed(waiting: &[QueuedEffect]) -> bool {
    let mut stacks = waiting
        .iter()
        .filter(|e| matches!(e.effect, Effect::ExecuteStack { .. } | Effect::PrepareChangeSet { .. }))
        .peekable();
    stacks.peek().is_some() && stacks.all(|e| e.problem.is_some() && e.attempts >= STUCK_ATTEMPTS)
}

/// Refusals that say somebody tried what the rules of the gate forbid, rather than came late or mistyped.
fn is_trespass(refusal: &Refusal) -> bool {
    matches!(refusal, Refusal::SelfApproval | Refusal::WrongPhrase | Refusal::NeedsApproval | Refusal::SamePersonSigned)
}

fn digest(text: &str) -> Result<Digest, ServiceError> {
    Digest::parse(text).ok_or(ServiceError::Refused(Refusal::PlanChanged))
}

/// Trims, and refuses what no person typed by hand.
fn text(field: &str, value: &str) -> Result<String, ServiceError> {
    let value = value.trim();
    if value.chars().count() > MAX_TEXT {
        return Err(ServiceError::rejected(field, format!("At most {MAX_TEXT} characters, please.")));
    }
    Ok(value.to_owned())
}
