//! The audit log as a page shows it.

use app::{
    ports::Caller,
    views::{AuditFilter, AuditRow, AuditView},
};
use domain::{
    audit::{AuditEvent, AuditOutcome},
    digest::Digest,
    permission::Action,
};
use serde_json::Value;

use crate::db::{self, audit::Filter};

use super::{ServiceError, Services, rows::rows_of};

const PER_PAGE: u32 = 50;

impl Services {
    pub(super) async fn audit_view(&self, caller: &Caller, filter: &AuditFilter) -> Result<AuditView, ServiceError> {
        let (application, environment) = (filter.application.as_deref(), filter.environment.as_deref());
        self.authorise_narrowed(caller, Action::ViewAudit, "audit", application, environment).await?;
        let wanted = Filter {
            application: filter.application.clone(),
            environment: filter.environment.clone(),
            action: filter.action.clone(),
            actor: filter.actor.clone(),
        };
        let mut connection = self.db.read().await?;
        let total = db::audit::count(&mut connection, &wanted).await?;
        let (page, paging) = rows_of(filter.page, PER_PAGE, filter.is_export, total);
        let rows = db::audit::list(&mut connection, &wanted, filter.sort.as_ref(), page).await?;
        Ok(AuditView {
            filter: filter.clone(),
            rows: rows.into_iter().map(|(event, hash)| audit_row(event, hash)).collect(),
            paging,
            head: db::audit::head(&mut connection).await?,
        })
    }
}

pub(super) fn audit_row(event: AuditEvent, hash: Digest) -> AuditRow {
    AuditRow {
        summary: summary(&event),
        sequence: event.sequence,
        at: event.at,
        actor: event.actor_name,
        action: event.action,
        was_denied: event.outcome == AuditOutcome::Denied,
        application: event.application,
        environment: event.environment,
        subject_kind: event.subject_kind,
        subject_id: event.subject_id,
        address: event.address,
        hash,
    }
}

/// One line a person understands, from the details a service recorded.
fn summary(event: &AuditEvent) -> String {
    let text = |key: &str| event.detail.get(key).and_then(Value::as_str).unwrap_or_default();
    let quoted = |key: &str| match text(key) {
        "" => String::new(),
        words => format!(": “{words}”"),
    };
    if event.outcome == AuditOutcome::Denied {
        return format!("was refused: {}", event.action.replace('_', " "));
    }
    match event.action.as_str() {
        "login" if event.detail.get("step_up").and_then(Value::as_bool) == Some(true) => "logged in again".to_owned(),
        "login" => "logged in".to_owned(),
        "logout" if text("by") == "provider" => "was logged out by the login service".to_owned(),
        "logout" => "logged out".to_owned(),
        "create_release" => format!("created release {}", text("version")),
        "request_deployment" => format!("requested the deployment of {}{}", text("release"), quoted("reason")),
        "start_deployment" => "started the plan".to_owned(),
        "approve_plan" => format!("approved the plan{}", quoted("comment")),
        "reject_plan" => format!("rejected the plan{}", quoted("comment")),
        "cancel_deployment" => format!("asked to cancel{}", quoted("reason")),
        "supersede" => "replaced this request by a newer one".to_owned(),
        "run_checks" => "ran checks again".to_owned(),
        "tick_item" => format!("closed checklist item {}{}", text("item"), quoted("note")),
        "waive_item" => format!("waived checklist item {}{}", text("item"), quoted("note")),
        "reopen_item" => format!("reopened checklist item {}", text("item")),
        "sign_off" => format!("signed as {}{}", text("role"), quoted("comment")),
        "mark_failed" => format!("ended the deployment as failed{}", quoted("reason")),
        "export_evidence" => format!("exported the evidence (SHA-256 {})", text("bundle")),
        "change_set" => format!("{} {}", text("what"), text("stack")),
        "stack" => format!("{} {}{}", text("what"), text("stack"), quoted("reason")),
        "check" => format!("check {}: {}", text("check"), text("verdict")),
        other => other.replace('_', " "),
    }
}
