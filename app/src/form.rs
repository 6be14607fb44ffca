//! Forms that come back: what somebody typed survives a refused post, an expired session and a fresh login.
//!
//! A form is named by its hidden field [`FORM_FIELD`]; without one, by the last part of its server function's path.
//! Pages read [`use_form_state`] and fill their fields from it. Server functions that refuse a form hand the typed
//! fields to the [`FormStore`] in their context and send the browser back to the page.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use leptos::prelude::use_context;
use serde::{Deserialize, Serialize};

use crate::error::ApiError;

/// Hidden input that names a form, needed where a page has several of one kind (`mark_item:backup-tested`).
pub const FORM_FIELD: &str = "form_id";

/// What was typed into one form, and why it came back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormState {
    pub form: String,
    pub fields: BTreeMap<String, String>,
    pub error: Option<ApiError>,
    /// Why the form is filled although nothing is wrong with it, for example after a login.
    pub notice: Option<String>,
}

impl FormState {
    /// What was typed into `field`; empty for a fresh form.
    pub fn value(&self, field: &str) -> String {
        self.fields.get(field).cloned().unwrap_or_default()
    }

    /// The error that names `field`, as a sentence.
    pub fn field_error(&self, field: &str) -> Option<String> {
        match &self.error {
            Some(ApiError::Rejected { message, field: Some(name) }) if name == field => Some(message.clone()),
            _ => None,
        }
    }

    /// The error of the form as a whole.
    pub fn form_error(&self) -> Option<String> {
        match &self.error {
            None | Some(ApiError::Rejected { field: Some(_), .. }) => None,
            Some(error) => Some(error.to_string()),
        }
    }

    pub fn is_fresh(&self) -> bool {
        self.fields.is_empty() && self.error.is_none() && self.notice.is_none()
    }
}

/// The forms kept for the page that is being rendered, provided through the context.
#[derive(Clone, Debug, Default)]
pub struct FormStates(pub Arc<Vec<FormState>>);

/// The forms this page has: each that asks for its state is noted here.
#[derive(Clone, Debug, Default)]
pub struct FormsOfThePage(Arc<Mutex<BTreeSet<String>>>);

/// What was refused in forms the page no longer has, for example because somebody else decided first. To be asked after
/// the page's own parts are rendered.
pub fn refused_elsewhere() -> Vec<FormState> {
    let (Some(states), Some(page)) = (use_context::<FormStates>(), use_context::<FormsOfThePage>()) else {
        return Vec::new();
    };
    let shown = page.0.lock().unwrap_or_else(PoisonError::into_inner);
    states.0.iter().filter(|state| state.error.is_some() && !shown.contains(&state.form)).cloned().collect()
}

/// The state of one form of this page; a fresh one when nothing was kept.
pub fn use_form_state(form: &str) -> FormState {
    if let Some(page) = use_context::<FormsOfThePage>() {
        page.0.lock().unwrap_or_else(PoisonError::into_inner).insert(form.to_owned());
    }
    use_context::<FormStates>()
        .and_then(|states| states.0.iter().find(|state| state.form == form).cloned())
        .unwrap_or_else(|| FormState { form: form.to_owned(), ..FormState::default() })
}

/// Keeps a form for the next rendering of the page it was sent from; in the context of server functions as
/// `Arc<dyn FormStore>`.
#[async_trait]
pub trait FormStore: Send + Sync {
    /// Keeps the form until its page is rendered again, an hour at most. Fields named like secrets are left out.
    async fn keep(&self, state: FormState) -> Result<(), ApiError>;
    /// Path and query of the page the form was sent from: where a redirect goes.
    fn page(&self) -> String;
}

/// Whether a field of this name may hold a secret and is therefore never stored.
pub fn is_secret_field(name: &str) -> bool {
    const MARKS: [&str; 7] = ["password", "passwd", "secret", "token", "credential", "private_key", "api_key"];
    let name = name.to_ascii_lowercase().replace('-', "_");
    MARKS.iter().any(|mark| name.contains(mark))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_shows_at_its_field_or_at_the_form_never_twice() {
        let mut state =
            FormState { error: Some(ApiError::rejected_field("phrase", "Type it exactly")), ..FormState::default() };
        assert_eq!(state.field_error("phrase").as_deref(), Some("Type it exactly"));
        assert_eq!(state.field_error("comment"), None);
        assert_eq!(state.form_error(), None);
        state.error = Some(ApiError::rejected("The plan changed"));
        assert_eq!(state.field_error("phrase"), None);
        assert_eq!(state.form_error().as_deref(), Some("The plan changed"));
    }

    #[test]
    fn secrets_are_recognised_by_their_names() {
        for name in ["password", "client_secret", "apiToken", "Private-Key", "db_password"] {
            assert!(is_secret_field(name), "{name}");
        }
        for name in ["comment", "phrase", "reason", "plan_digest"] {
            assert!(!is_secret_field(name), "{name}");
        }
    }
}
