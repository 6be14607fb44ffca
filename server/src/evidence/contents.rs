//! What goes into a bundle, read at one moment.

use std::sync::Arc;

use domain::{
    audit::{AuditSlice, ChainError},
    blueprint::Blueprint,
    deployment::{Deployment, Event},
    watch::Watch,
};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::db::{
    self, Connection, DbError, check_results::CheckResult, stack_events::KnownEvent, stack_plans::StoredPlan,
};

/// Audit events read at a time.
const AT_A_TIME: i64 = 1000;
/// Stack events that are kept with a deployment; the same limit as on its page.
const STACK_EVENTS: i64 = 5000;

/// Everything about one deployment.
pub struct Contents {
    pub deployment: Deployment,
    /// The blueprint of today, for titles; what counted is in `blueprint_text`.
    pub blueprint: Option<Arc<Blueprint>>,
    /// The blueprint the deployment was requested under.
    pub blueprint_text: Option<String>,
    pub plans: Vec<StoredPlan>,
    pub checks: Vec<CheckResult>,
    pub events: Vec<(Timestamp, Event)>,
    pub stack_events: Vec<KnownEvent>,
    pub audit: AuditSlice,
    pub watch: Option<Watch>,
    /// `run` is the round; 0 is the baseline.
    pub watch_results: Vec<CheckResult>,
}

#[derive(Debug, thiserror::Error)]
pub enum ContentsError {
    #[error(transparent)]
    Db(#[from] DbError),
    /// Evidence from a log that proves nothing would be worse than none.
    #[error("the audit log is broken: {0}")]
    Broken(#[from] ChainError),
}

impl Contents {
    /// Reads in the caller's transaction, so that all parts are of one moment.
    pub async fn load(
        connection: &mut Connection,
        id: Uuid,
        blueprint: Option<Arc<Blueprint>>,
    ) -> Result<Option<Self>, ContentsError> {
        let Some(stored) = db::deployments::find(connection, id).await? else { return Ok(None) };
        let deployment = stored.deployment;
        let stack_events = match deployment.started_at {
            None => Vec::new(),
            Some(from) => {
                let (application, environment) = (&deployment.application, &deployment.environment);
                let until = deployment.finished_at;
                let mut events =
                    db::stack_events::list_between(connection, application, environment, from, until, STACK_EVENTS)
                        .await?;
                events.retain(|e| deployment.stacks.iter().any(|s| s.stack_name == e.stack_name));
                events
            }
        };
        Ok(Some(Self {
            blueprint,
            blueprint_text: db::blueprints::find_text(connection, &deployment.blueprint_digest).await?,
            plans: db::stack_plans::list_all(connection, id).await?,
            checks: db::check_results::list(connection, id).await?,
            events: db::deployments::list_events(connection, id).await?,
            stack_events,
            audit: audit(connection, id).await?,
            watch: db::watches::find(connection, id).await?.map(|stored| stored.watch),
            watch_results: db::watches::list_results(connection, id).await?,
            deployment,
        }))
    }

    /// Name and content of every file but report, manifest and signature, in the order of the container.
    pub fn files(&self) -> Result<Vec<(&'static str, Vec<u8>)>, serde_json::Error> {
        let mut files = vec![
            ("deployment.json", json(&self.deployment)?),
            ("plan.json", json(&self.plan())?),
            ("approvals.json", json(&self.approvals())?),
            ("checks.json", json(&self.checks())?),
            ("checklist.json", json(&self.checklist())?),
            ("signatures.json", json(&self.signatures())?),
            ("watch.json", json(&self.watch())?),
            ("events.json", json(&self.events())?),
            ("audit.json", json(&self.audit)?),
        ];
        if let Some(text) = &self.blueprint_text {
            files.push(("blueprint.toml", text.clone().into_bytes()));
        }
        Ok(files)
    }

    fn plan(&self) -> Value {
        let stacks: Vec<Value> = self
            .plans
            .iter()
            .map(|stored| json!({ "digest": stored.digest, "is_late": stored.is_late, "plan": stored.plan }))
            .collect();
        json!({
            "release_digest": self.deployment.release_digest,
            "plan_digest": self.deployment.plan_digest,
            "order": self.deployment.stacks.iter().map(|s| &s.logical_name).collect::<Vec<_>>(),
            "stacks": stacks,
        })
    }

    fn approvals(&self) -> Value {
        json!({
            "rules": self.deployment.protection,
            "requested_by": self.deployment.requested_by,
            "approvals": self.deployment.approvals,
        })
    }

    fn checks(&self) -> Vec<Value> {
        let title = |id: &str| self.deployment.checks.iter().find(|c| c.id == id).map(|c| c.title.as_str());
        self.checks.iter().map(|result| check_value(result, title(&result.check))).collect()
    }

    fn checklist(&self) -> Value {
        let sections: Vec<Value> = self
            .deployment
            .checklist
            .sections
            .iter()
            .map(|section| {
                let items: Vec<Value> = section
                    .items
                    .iter()
                    .map(|item| {
                        let marks: Vec<_> = self.deployment.marks.iter().filter(|m| m.item == item.id).collect();
                        json!({ "item": item, "state": self.deployment.item_state(&item.id), "marks": marks })
                    })
                    .collect();
                json!({ "id": section.id, "title": section.title, "items": items })
            })
            .collect();
        json!({ "sections": sections })
    }

    fn signatures(&self) -> Value {
        json!({
            "roles": self.deployment.checklist.sign_off_roles,
            "signatures": self.deployment.sign_offs,
        })
    }

    fn watch(&self) -> Value {
        let results: Vec<Value> = self.watch_results.iter().map(|result| check_value(result, None)).collect();
        json!({ "watch": self.watch, "results": results })
    }

    fn events(&self) -> Value {
        let events: Vec<Value> = self.events.iter().map(|(at, event)| json!({ "at": at, "event": event })).collect();
        let stacks: Vec<Value> = self
            .stack_events
            .iter()
            .map(|event| {
                json!({
                    "id": event.event_id, "at": event.at, "stack": event.stack_name, "resource": event.logical_id,
                    "type": event.resource_type, "status": event.status, "reason": event.reason,
                })
            })
            .collect();
        json!({ "deployment": events, "stacks": stacks })
    }
}

pub(super) fn check_value(result: &CheckResult, title: Option<&str>) -> Value {
    json!({
        "check": result.check, "title": title, "run": result.run, "finished_at": result.finished_at,
        "took_ms": result.took_ms, "attempts": result.attempts, "outcome": result.outcome,
    })
}

/// For people too: one line per value, and a line break at the end.
pub(super) fn json<T: Serialize>(value: &T) -> Result<Vec<u8>, serde_json::Error> {
    let mut bytes = serde_json::to_vec_pretty(value)?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// The events of the deployment in full and those in between sealed, from the first one to the newest of the log.
async fn audit(connection: &mut Connection, id: Uuid) -> Result<AuditSlice, ContentsError> {
    let id = id.to_string();
    let own = db::audit::list_for_subject(connection, "deployment", &id).await?;
    let head = db::audit::head(connection).await?.map_or(0, |(sequence, _)| sequence);
    let first = own.first().map_or(head + 1, |(event, _)| event.sequence);
    let mut slice = AuditSlice::new(db::audit::place_before(connection, first).await?);
    drop(own);
    while slice.head.sequence < head {
        let events = db::audit::list_after(connection, slice.head.sequence, AT_A_TIME).await?;
        if events.is_empty() {
            let expected = slice.head.sequence + 1;
            return Err(ChainError::Gap { expected, found: head }.into());
        }
        for (event, hash) in events {
            let is_open = event.subject_kind == "deployment" && event.subject_id == id;
            slice.push(event, &hash, is_open)?;
        }
    }
    Ok(slice)
}
