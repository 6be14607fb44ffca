//! Logins and logouts in the audit log. Without the row there is no login.

use std::sync::Arc;

use app::ports::Clock;
use async_trait::async_trait;
use domain::{audit::AuditOutcome, permission::Actor};
use serde_json::json;

use crate::db::{self, Db, DbError};

/// What happened to a login.
#[derive(Clone, Debug)]
pub enum AuthEvent {
    LoggedIn {
        actor: Actor,
        is_step_up: bool,
    },
    /// `id` and `name` as far as the provider said them.
    LoginDenied {
        id: String,
        name: String,
        reason: String,
    },
    LoggedOut {
        actor: Actor,
        sessions: u64,
    },
    /// The provider told us that a person logged out there.
    ProviderLoggedOut {
        subject: String,
        sessions: u64,
    },
}

/// Records what happens to logins.
#[async_trait]
pub trait AuthAudit: Send + Sync {
    async fn record(&self, event: AuthEvent, address: Option<String>) -> Result<(), DbError>;
}

/// The product's own: rows in the hash chain.
#[derive(Clone)]
pub struct DatabaseAuthAudit {
    pub db: Db,
    pub clock: Arc<dyn Clock>,
}

#[async_trait]
impl AuthAudit for DatabaseAuthAudit {
    async fn record(&self, event: AuthEvent, address: Option<String>) -> Result<(), DbError> {
        let (actor_id, actor_name, action, outcome, detail) = match event {
            AuthEvent::LoggedIn { actor, is_step_up } => {
                let detail = json!({ "groups": actor.groups, "grants": actor.grants, "step_up": is_step_up });
                (actor.id, actor.name, "login", AuditOutcome::Done, detail)
            }
            AuthEvent::LoginDenied { id, name, reason } => {
                (id, name, "login", AuditOutcome::Denied, json!({ "reason": reason }))
            }
            AuthEvent::LoggedOut { actor, sessions } => {
                (actor.id, actor.name, "logout", AuditOutcome::Done, json!({ "sessions": sessions }))
            }
            AuthEvent::ProviderLoggedOut { subject, sessions } => {
                let detail = json!({ "sessions": sessions, "by": "provider" });
                (subject.clone(), subject, "logout", AuditOutcome::Done, detail)
            }
        };
        let event = db::audit::NewAuditEvent {
            subject_id: actor_id.clone(),
            actor_id,
            actor_name,
            action: action.to_owned(),
            outcome,
            application: None,
            environment: None,
            subject_kind: "session",
            detail,
            address,
        };
        let mut transaction = self.db.write().await?;
        db::audit::append(&mut transaction, event, self.clock.now()).await?;
        transaction.commit().await?;
        Ok(())
    }
}
