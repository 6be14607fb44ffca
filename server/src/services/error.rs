//! What a service can answer instead of a result, and how that is told to a user.

use app::error::ApiError;
use domain::{deployment::Refusal, permission::Action};

use crate::db::DbError;

#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    #[error("{0} does not exist, or may not be seen")]
    NotFound(String),
    #[error("not allowed to {}", .0.words())]
    Denied(Action),
    #[error("a login not older than {0} s is needed")]
    NeedsRecentLogin(u64),
    #[error("{message}")]
    Rejected { message: String, field: Option<String> },
    #[error("{0}")]
    Conflict(String),
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error(transparent)]
    Watch(domain::watch::Refusal),
    #[error("database")]
    Db(#[from] DbError),
    #[error("internal: {0}")]
    Internal(String),
}

impl ServiceError {
    pub fn rejected(field: &str, message: impl Into<String>) -> Self {
        Self::Rejected { message: message.into(), field: Some(field.to_owned()) }
    }
}

impl From<ServiceError> for ApiError {
    fn from(error: ServiceError) -> Self {
        match error {
            ServiceError::NotFound(what) => Self::NotFound { what },
            ServiceError::Denied(action) => Self::Denied { action: action.words().to_owned() },
            ServiceError::NeedsRecentLogin(max_age_secs) => Self::NeedsRecentLogin { max_age_secs },
            ServiceError::Rejected { message, field } => Self::Rejected { message, field },
            ServiceError::Conflict(message) => Self::Conflict { message },
            ServiceError::Refused(refusal) => refused(&refusal),
            ServiceError::Watch(refusal) => super::watches::refused(&refusal),
            ServiceError::Db(DbError::Stale) => Self::Conflict {
                message: "Somebody else changed this at the same moment. Nothing of yours was stored. Look at the \
                          page again, then decide."
                    .to_owned(),
            },
            ServiceError::Db(error @ (DbError::Busy(_) | DbError::Unreachable(_) | DbError::Full(_))) => {
                tracing::error!(error = &error as &dyn std::error::Error, "database unavailable");
                let why = match error {
                    DbError::Full(_) => "The disk of the database is full",
                    DbError::Busy(_) => "The database is busy",
                    _ => "The database cannot be reached",
                };
                Self::Unavailable { message: format!("{why}. Nothing was changed. Try again in a moment.") }
            }
            other => {
                let reference = crate::clock::new_id(jiff::Timestamp::UNIX_EPOCH).simple().to_string();
                tracing::error!(error = &other as &dyn std::error::Error, error.reference = %reference, "internal");
                Self::Internal { reference }
            }
        }
    }
}

/// Refusals of the machine, in words: what happened, what was kept, what to do next.
fn refused(refusal: &Refusal) -> ApiError {
    let rejected =
        |field: Option<&str>, message: String| ApiError::Rejected { message, field: field.map(str::to_owned) };
    match refusal {
        Refusal::WrongState(state) => ApiError::Conflict {
            message: format!(
                "The deployment is “{}” by now, so this is no longer possible. Nothing was changed.",
                state.words().to_lowercase()
            ),
        },
        Refusal::PlanChanged => ApiError::Conflict {
            message: "The plan is no longer the one you looked at. Nothing was approved. Read the plan again, then \
                      decide."
                .to_owned(),
        },
        Refusal::WrongPhrase => rejected(
            Some("phrase"),
            "The phrase is not the one this environment asks for. Type it exactly, capitals included. Your comment \
             was kept."
                .to_owned(),
        ),
        Refusal::SelfApproval => rejected(
            None,
            "You requested this deployment, so somebody else has to approve it. Nothing was changed.".to_owned(),
        ),
        Refusal::AlreadyApproved => {
            rejected(None, "You have approved this plan already. It waits for somebody else now.".to_owned())
        }
        Refusal::NeedsApproval => {
            rejected(None, "This environment is protected: its plan must be approved first.".to_owned())
        }
        Refusal::ItemsOpen(items) => rejected(
            None,
            format!(
                "{} checklist {} still open. Close or waive {}, then sign. Your comment was kept.",
                items.len(),
                if items.len() == 1 { "item is" } else { "items are" },
                if items.len() == 1 { "it" } else { "them" },
            ),
        ),
        Refusal::AlreadySigned => rejected(None, "Somebody has signed for this role already.".to_owned()),
        Refusal::SamePersonSigned => rejected(
            None,
            "You have signed for another role already. A second person has to sign for this one.".to_owned(),
        ),
        Refusal::ItemIsAutomatic => {
            rejected(None, "This item is closed by its checks. Run them again, or waive it with a reason.".to_owned())
        }
        Refusal::EvidenceRequired => {
            rejected(Some("note"), "This item needs evidence: say what you saw, or where it is recorded.".to_owned())
        }
        Refusal::ReasonRequired => rejected(Some("reason"), "Give a reason; it goes into the record.".to_owned()),
        Refusal::UnknownStack(name) => ApiError::NotFound { what: format!("Stack {name}") },
        Refusal::UnknownCheck(id) => ApiError::NotFound { what: format!("Check {id}") },
        Refusal::UnknownItem(id) => ApiError::NotFound { what: format!("Checklist item {id}") },
        Refusal::UnknownSignOffRole(id) => ApiError::NotFound { what: format!("Sign-off role {id}") },
        Refusal::OldResult => ApiError::Conflict { message: "A newer run of this check has begun.".to_owned() },
    }
}
