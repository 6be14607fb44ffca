//! Acts on a deployment: request, start, approve, reject, cancel, check, end.

use leptos::prelude::*;

use super::answer::{Typed, answer, answer_at, asked, parse_id};
use crate::error::ApiError;

#[server(endpoint = "request_deployment", prefix = "/api")]
pub async fn request_deployment(
    #[server(default)] form_id: String,
    #[server(default)] release: String,
    #[server(default)] environment: String,
    #[server(default)] reason: String,
) -> Result<(), ApiError> {
    let typed = Typed::new(form_id, &[("release", &release), ("reason", &reason)]);
    let outcome = async {
        let (ports, caller) = asked()?;
        let release = parse_id("release", &release)?;
        let id = ports.acts.request_deployment(&caller, release, &environment, &reason).await?;
        Ok(format!("/deployments/{id}"))
    };
    answer_at(outcome.await, typed).await
}

#[server(endpoint = "start_deployment", prefix = "/api")]
pub async fn start_deployment(
    #[server(default)] form_id: String,
    #[server(default)] deployment: String,
    #[server(default)] plan_digest: String,
) -> Result<(), ApiError> {
    let outcome = async {
        let (ports, caller) = asked()?;
        ports.acts.start_deployment(&caller, parse_id("deployment", &deployment)?, &plan_digest).await
    };
    answer(outcome.await, Typed::new(form_id, &[]), "The deployment has started.").await
}

#[server(endpoint = "approve_plan", prefix = "/api")]
pub async fn approve_plan(
    #[server(default)] form_id: String,
    #[server(default)] deployment: String,
    #[server(default)] plan_digest: String,
    #[server(default)] phrase: String,
    #[server(default)] comment: String,
) -> Result<(), ApiError> {
    let typed = Typed::new(form_id, &[("phrase", &phrase), ("comment", &comment)]);
    let outcome = async {
        let (ports, caller) = asked()?;
        let id = parse_id("deployment", &deployment)?;
        ports.acts.approve_plan(&caller, id, &plan_digest, &phrase, &comment).await
    };
    answer(outcome.await, typed, "Your approval of this plan is recorded.").await
}

#[server(endpoint = "reject_plan", prefix = "/api")]
pub async fn reject_plan(
    #[server(default)] form_id: String,
    #[server(default)] deployment: String,
    #[server(default)] plan_digest: String,
    #[server(default)] comment: String,
) -> Result<(), ApiError> {
    let typed = Typed::new(form_id, &[("comment", &comment)]);
    let outcome = async {
        let (ports, caller) = asked()?;
        ports.acts.reject_plan(&caller, parse_id("deployment", &deployment)?, &plan_digest, &comment).await
    };
    answer(outcome.await, typed, "The plan is rejected. Nothing was changed in the environment.").await
}

#[server(endpoint = "cancel_deployment", prefix = "/api")]
pub async fn cancel_deployment(
    #[server(default)] form_id: String,
    #[server(default)] deployment: String,
    #[server(default)] reason: String,
) -> Result<(), ApiError> {
    let typed = Typed::new(form_id, &[("reason", &reason)]);
    let outcome = async {
        let (ports, caller) = asked()?;
        ports.acts.cancel_deployment(&caller, parse_id("deployment", &deployment)?, &reason).await
    };
    answer(outcome.await, typed, "The deployment is asked to stop.").await
}

/// `checks` are ids separated by commas; none means all.
#[server(endpoint = "run_checks", prefix = "/api")]
pub async fn run_checks(
    #[server(default)] form_id: String,
    #[server(default)] deployment: String,
    #[server(default)] checks: String,
) -> Result<(), ApiError> {
    let outcome = async {
        let (ports, caller) = asked()?;
        let ids: Vec<String> =
            checks.split(',').map(str::trim).filter(|id| !id.is_empty()).map(str::to_owned).collect();
        ports.acts.run_checks(&caller, parse_id("deployment", &deployment)?, &ids).await
    };
    answer(outcome.await, Typed::new(form_id, &[]), "The checks run again.").await
}

#[server(endpoint = "mark_failed", prefix = "/api")]
pub async fn mark_failed(
    #[server(default)] form_id: String,
    #[server(default)] deployment: String,
    #[server(default)] reason: String,
) -> Result<(), ApiError> {
    let typed = Typed::new(form_id, &[("reason", &reason)]);
    let outcome = async {
        let (ports, caller) = asked()?;
        ports.acts.mark_failed(&caller, parse_id("deployment", &deployment)?, &reason).await
    };
    answer(outcome.await, typed, "The deployment is ended as failed.").await
}
