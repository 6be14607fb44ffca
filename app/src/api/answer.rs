//! What every server function does around its one call: find out who asks, and answer a form or a program.
//!
//! A form gets a redirect in every case: to its page when the act was done, to itself with everything typed when it was
//! not. A program gets JSON and the true status.

use std::collections::BTreeMap;

use http::{StatusCode, header::ACCEPT, request::Parts};
use leptos::prelude::use_context;
use leptos_axum::ResponseOptions;
use uuid::Uuid;

use crate::{
    components::DONE,
    error::ApiError,
    form::{FormState, FormStore},
    ports::{Caller, Ports},
};

/// Where a person logs in again; the page to return to travels in `return_to`.
const LOGIN_PATH: &str = "/login";

pub(super) fn asked() -> Result<(Ports, Caller), ApiError> {
    let missing = || ApiError::Unavailable {
        message: "You are not logged in. Nothing was changed. Log in and send it again.".to_owned(),
    };
    Ok((use_context::<Ports>().ok_or_else(missing)?, use_context::<Caller>().ok_or_else(missing)?))
}

pub(super) fn parse_id(what: &str, text: &str) -> Result<Uuid, ApiError> {
    Uuid::parse_str(text.trim()).map_err(|_| ApiError::NotFound { what: format!("The {what}") })
}

/// A day as date fields send it; nothing typed is no day.
pub(super) fn parse_day(field: &str, text: &str) -> Result<Option<jiff::civil::Date>, ApiError> {
    match text.trim() {
        "" => Ok(None),
        day => day
            .parse()
            .map(Some)
            .map_err(|_| ApiError::rejected_field(field, "Write the day as year-month-day, for example 2026-12-31.")),
    }
}

/// What was typed, to give back when the act is refused.
pub(super) struct Typed(FormState);

impl Typed {
    pub(super) fn new(form: String, fields: &[(&str, &str)]) -> Self {
        let fields: BTreeMap<String, String> =
            fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Self(FormState { form, fields, ..FormState::default() })
    }
}

/// Answers an act that stays on its page. `said` is what the page then says.
pub(super) async fn answer(outcome: Result<(), ApiError>, typed: Typed, said: &str) -> Result<(), ApiError> {
    match outcome {
        Ok(()) => {
            if let Some(store) = use_context::<std::sync::Arc<dyn FormStore>>() {
                keep_done(store.as_ref(), said).await;
                leptos_axum::redirect(&store.page());
            }
            Ok(())
        }
        Err(error) => refuse(error, typed).await,
    }
}

async fn keep_done(store: &dyn FormStore, said: &str) {
    let done = FormState { form: DONE.to_owned(), notice: Some(said.to_owned()), ..FormState::default() };
    // The act is done; failing to say so must not look like a failure of the act.
    let _ = store.keep(done).await;
}

/// Answers an act on one row of a long list: the page is shown at that row again, and the row itself says what is new.
/// `said` is for forms with something typed: it ends the browser's draft.
pub(super) async fn answer_at_item(
    outcome: Result<(), ApiError>,
    typed: Typed,
    item: &str,
    said: Option<&str>,
) -> Result<(), ApiError> {
    match outcome {
        Ok(()) => {
            if let Some(store) = use_context::<std::sync::Arc<dyn FormStore>>() {
                if let Some(said) = said {
                    keep_done(store.as_ref(), said).await;
                }
                leptos_axum::redirect(&format!("{}#item-{item}", store.page()));
            }
            Ok(())
        }
        Err(error) => refuse(error, typed).await,
    }
}

/// Answers an act that leads to another page.
pub(super) async fn answer_at(outcome: Result<String, ApiError>, typed: Typed) -> Result<(), ApiError> {
    match outcome {
        Ok(path) => {
            leptos_axum::redirect(&path);
            Ok(())
        }
        Err(error) => refuse(error, typed).await,
    }
}

async fn refuse(error: ApiError, Typed(mut state): Typed) -> Result<(), ApiError> {
    let store = use_context::<std::sync::Arc<dyn FormStore>>().filter(|_| wants_html());
    let Some(store) = store else {
        if let (Some(options), Ok(status)) = (use_context::<ResponseOptions>(), StatusCode::from_u16(error.status())) {
            options.set_status(status);
        }
        return Err(error);
    };
    let page = store.page();
    let target = if let ApiError::NeedsRecentLogin { max_age_secs } = &error {
        state.notice =
            Some("You have logged in again. Nothing was changed yet: check the form and send it.".to_owned());
        let query = [("return_to", page.as_str()), ("max_age", &max_age_secs.to_string())]
            .map(|(name, value)| format!("{name}={}", escape(value)));
        format!("{LOGIN_PATH}?{}", query.join("&"))
    } else {
        let at_form = format!("{page}#{}", state.form);
        state.error = Some(error);
        at_form
    };
    store.keep(state).await?;
    leptos_axum::redirect(&target);
    Ok(())
}

fn wants_html() -> bool {
    use_context::<Parts>().is_some_and(|parts| {
        parts.headers.get(ACCEPT).and_then(|value| value.to_str().ok()).is_some_and(|value| value.contains("text/html"))
    })
}

/// Percent-encodes a query value.
pub(crate) fn escape(value: &str) -> String {
    value
        .bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => char::from(byte).to_string(),
            byte => format!("%{byte:02X}"),
        })
        .collect()
}
