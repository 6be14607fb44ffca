//! What machines ask: is the process alive, can it work, which version is it.

use std::time::Duration;

use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use serde_json::json;

use super::AppState;

const PATIENCE: Duration = Duration::from_secs(2);

pub(super) async fn healthz() -> &'static str {
    "ok\n"
}

/// Ready: the database answers and has the tables of this version. The login service is not asked: without it, those who
/// are logged in go on working.
pub(super) async fn readyz(State(state): State<AppState>) -> Response {
    let reason = match tokio::time::timeout(PATIENCE, state.parts.db.is_migrated()).await {
        Ok(Ok(true)) => return Json(json!({ "status": "ready" })).into_response(),
        Ok(Ok(false)) => "the database lacks migrations: run `lockkeeper migrate`".to_owned(),
        Ok(Err(error)) => error.to_string(),
        Err(_) => "the database does not answer in time".to_owned(),
    };
    (StatusCode::SERVICE_UNAVAILABLE, Json(json!({ "status": "not ready", "reason": reason }))).into_response()
}

pub(super) async fn version() -> Response {
    Json(json!({ "name": "lockkeeper", "version": env!("CARGO_PKG_VERSION") })).into_response()
}
