//! What a user may know about a failure. The only error type pages and server functions see.

use serde::{Deserialize, Serialize};

/// Every message says what happened, what was kept and what to do next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(tag = "error", rename_all = "snake_case")]
pub enum ApiError {
    #[error("{what} does not exist, or you may not see it")]
    NotFound { what: String },
    #[error("You may not {action} here")]
    Denied { action: String },
    /// Allowed after logging in again.
    #[error("This needs a fresh login: yours is older than {max_age_secs} seconds")]
    NeedsRecentLogin { max_age_secs: u64 },
    /// The input or the moment is wrong; `field` names the form field, where one is to blame.
    #[error("{message}")]
    Rejected { message: String, field: Option<String> },
    /// Somebody else was faster.
    #[error("{message}")]
    Conflict { message: String },
    #[error("{message}")]
    Unavailable { message: String },
    #[error("Something went wrong on our side. Nothing was changed. Reference: {reference}")]
    Internal { reference: String },
}

impl ApiError {
    pub fn rejected(message: impl Into<String>) -> Self {
        Self::Rejected { message: message.into(), field: None }
    }

    pub fn rejected_field(field: &str, message: impl Into<String>) -> Self {
        Self::Rejected { message: message.into(), field: Some(field.to_owned()) }
    }

    /// Every status an error can have.
    pub const STATUSES: [u16; 7] = [401, 403, 404, 409, 422, 500, 503];

    /// The HTTP status that says the same.
    pub fn status(&self) -> u16 {
        match self {
            Self::NotFound { .. } => 404,
            Self::Denied { .. } => 403,
            Self::NeedsRecentLogin { .. } => 401,
            Self::Rejected { .. } => 422,
            Self::Conflict { .. } => 409,
            Self::Unavailable { .. } => 503,
            Self::Internal { .. } => 500,
        }
    }
}
