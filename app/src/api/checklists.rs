//! Acts on a deployment's checklist: tick, waive, reopen, sign.

use domain::checklist::MarkKind;
use leptos::prelude::*;

use super::answer::{Typed, answer, asked, parse_id};
use crate::error::ApiError;

/// `kind` is `done` or `waived`.
#[server(endpoint = "mark_item", prefix = "/api")]
pub async fn mark_item(
    #[server(default)] form_id: String,
    #[server(default)] deployment: String,
    #[server(default)] item: String,
    #[server(default)] kind: String,
    #[server(default)] note: String,
) -> Result<(), ApiError> {
    let typed = Typed::new(form_id, &[("note", &note)]);
    let outcome = async {
        let (ports, caller) = asked()?;
        let kind = match kind.as_str() {
            "done" => MarkKind::Done,
            "waived" => MarkKind::Waived,
            _ => return Err(ApiError::rejected_field("kind", "Say whether the item is done or waived.")),
        };
        ports.acts.mark_item(&caller, parse_id("deployment", &deployment)?, &item, kind, &note).await
    };
    answer(outcome.await, typed, "The checklist is updated.").await
}

#[server(endpoint = "reopen_item", prefix = "/api")]
pub async fn reopen_item(
    #[server(default)] form_id: String,
    #[server(default)] deployment: String,
    #[server(default)] item: String,
) -> Result<(), ApiError> {
    let outcome = async {
        let (ports, caller) = asked()?;
        ports.acts.reopen_item(&caller, parse_id("deployment", &deployment)?, &item).await
    };
    answer(outcome.await, Typed::new(form_id, &[]), "The item is open again; signatures given so far are taken back.")
        .await
}

#[server(endpoint = "sign_off", prefix = "/api")]
pub async fn sign_off(
    #[server(default)] form_id: String,
    #[server(default)] deployment: String,
    #[server(default)] role: String,
    #[server(default)] comment: String,
) -> Result<(), ApiError> {
    let typed = Typed::new(form_id, &[("comment", &comment)]);
    let outcome = async {
        let (ports, caller) = asked()?;
        ports.acts.sign_off(&caller, parse_id("deployment", &deployment)?, &role, &comment).await
    };
    answer(outcome.await, typed, "Your signature is recorded.").await
}
