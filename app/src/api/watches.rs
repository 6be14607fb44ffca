//! Acts on a watch: record a look, report a rollback trigger, sign, end early.

use domain::watch::Finding;
use leptos::prelude::*;

use super::answer::{Typed, answer, asked, parse_id};
use crate::error::ApiError;

/// `finding` is `nothing` or `problem`.
#[server(endpoint = "record_look", prefix = "/api")]
pub async fn record_look(
    #[server(default)] form_id: String,
    #[server(default)] deployment: String,
    #[server(default)] round: String,
    #[server(default)] finding: String,
    #[server(default)] note: String,
) -> Result<(), ApiError> {
    let typed = Typed::new(form_id, &[("finding", &finding), ("note", &note)]);
    let outcome = async {
        let (ports, caller) = asked()?;
        let number = round.trim().parse().map_err(|_| ApiError::NotFound { what: "This round".to_owned() })?;
        let finding = Finding::parse(&finding)
            .ok_or_else(|| ApiError::rejected_field("finding", "Say whether you found a problem."))?;
        ports.acts.record_look(&caller, parse_id("watch", &deployment)?, number, finding, &note).await
    };
    answer(outcome.await, typed, "Recorded that you looked.").await
}

#[server(endpoint = "report_trigger", prefix = "/api")]
pub async fn report_trigger(
    #[server(default)] form_id: String,
    #[server(default)] deployment: String,
    #[server(default)] trigger: String,
    #[server(default)] note: String,
) -> Result<(), ApiError> {
    let typed = Typed::new(form_id, &[("trigger", &trigger), ("note", &note)]);
    let outcome = async {
        let (ports, caller) = asked()?;
        ports.acts.report_trigger(&caller, parse_id("watch", &deployment)?, &trigger, &note).await
    };
    answer(outcome.await, typed, "The rollback trigger is raised.").await
}

#[server(endpoint = "sign_off_watch", prefix = "/api")]
pub async fn sign_off_watch(
    #[server(default)] form_id: String,
    #[server(default)] deployment: String,
    #[server(default)] comment: String,
) -> Result<(), ApiError> {
    let typed = Typed::new(form_id, &[("comment", &comment)]);
    let outcome = async {
        let (ports, caller) = asked()?;
        ports.acts.sign_off_watch(&caller, parse_id("watch", &deployment)?, &comment).await
    };
    answer(outcome.await, typed, "The watch is signed off.").await
}

#[server(endpoint = "end_watch", prefix = "/api")]
pub async fn end_watch(
    #[server(default)] form_id: String,
    #[server(default)] deployment: String,
    #[server(default)] reason: String,
) -> Result<(), ApiError> {
    let typed = Typed::new(form_id, &[("reason", &reason)]);
    let outcome = async {
        let (ports, caller) = asked()?;
        ports.acts.end_watch(&caller, parse_id("watch", &deployment)?, &reason).await
    };
    answer(outcome.await, typed, "The watch is ended.").await
}
