//! Limits: how long a request may take, how much it may send, and what happens when code breaks.

use std::{panic::AssertUnwindSafe, time::Duration};

use axum::{
    body::Body,
    extract::{Request, State},
    http::{StatusCode, header},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use futures::FutureExt as _;
use http_body_util::Limited;

use super::{AppState, Problem, attachments, releases};

/// Turns a panic into a page with a reference, and gives up on what takes too long.
pub(super) async fn contain(State(state): State<AppState>, request: Request, next: Next) -> Response {
    // An upload may be long; its size limits it.
    let secs = state.config().server.request_timeout_secs * if releases::is_upload(&request) { 20 } else { 1 };
    let run = AssertUnwindSafe(next.run(request)).catch_unwind();
    match tokio::time::timeout(Duration::from_secs(secs), run).await {
        Ok(Ok(response)) => response,
        Ok(Err(panic)) => {
            let message = panic
                .downcast_ref::<&str>()
                .map(|text| (*text).to_owned())
                .or_else(|| panic.downcast_ref::<String>().cloned())
                .unwrap_or_default();
            tracing::error!(panic = %message, "a request broke");
            Problem::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "Something went wrong on our side",
                "What you sent may not have been done; look before you try again. If it happens again, tell whoever \
                 runs Lockkeeper the reference below.",
            )
            .way_out("Go to the overview", "/")
            .into_response()
        }
        Err(_) => {
            tracing::error!(timeout_secs = secs, "a request took too long");
            Problem::new(
                StatusCode::GATEWAY_TIMEOUT,
                "This took too long",
                format!("There was no answer within {secs} seconds. Look whether it was done before you try again."),
            )
            .into_response()
        }
    }
}

/// Refuses bodies that say they are too large, and cuts off those that do not say.
pub(super) async fn limit_body(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let server = &state.config().server;
    let limit = if releases::is_upload(&request) {
        server.upload_limit_bytes
    } else {
        attachments::body_limit(&request).unwrap_or(server.body_limit_bytes)
    };
    let announced = request
        .headers()
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse::<u64>().ok())
        .and_then(|length| usize::try_from(length).ok())
        .unwrap_or(0);
    if announced > limit {
        return Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "That is too large",
            format!("At most {limit} bytes can be sent here. Nothing was changed."),
        )
        .into_response();
    }
    next.run(request.map(|body| Body::new(Limited::new(body, limit)))).await
}
