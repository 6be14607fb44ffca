//! Downloads of evidence, for people with a session and for machines with a token.

use std::pin::Pin;

use app::{error::ApiError, ports::Caller, views::EvidenceFilter};
use async_trait::async_trait;
use axum::{
    Extension,
    body::{Body, Bytes},
    extract::{Path, Request, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse as _, Redirect, Response},
};
use futures::Stream;
use uuid::Uuid;

use super::{
    AppState, Problem,
    caller::{Visitor, is_navigation, login_address},
    releases::caller,
};
use crate::evidence::Bundle;

pub type EvidenceStream = Pin<Box<dyn Stream<Item = Result<Bytes, std::io::Error>> + Send>>;

/// Makes evidence. Authorises first, and records what went to whom.
#[async_trait]
pub trait EvidenceDownload: Send + Sync {
    async fn bundle(&self, caller: &Caller, id: Uuid) -> Result<Bundle, ApiError>;
    /// A container with the bundles of every deployment the filter finds.
    async fn range(&self, caller: &Caller, filter: &EvidenceFilter) -> Result<EvidenceStream, ApiError>;
}

/// Somebody who only has to log in is sent there.
async fn known(state: &AppState, request: Request, visitor: &Visitor) -> Result<Caller, Response> {
    let here = request.uri().path_and_query().map_or("/", |here| here.as_str()).to_owned();
    let (parts, _) = request.into_parts();
    let wants_page = |headers: &HeaderMap| !here.starts_with("/api/") && is_navigation(headers);
    if visitor.caller().is_none() && !parts.headers.contains_key(header::AUTHORIZATION) && wants_page(&parts.headers) {
        return Err(Redirect::to(&login_address(&here)).into_response());
    }
    caller(state, &parts, visitor).await.map_err(axum::response::IntoResponse::into_response)
}

pub(super) async fn bundle(
    State(state): State<AppState>,
    Extension(visitor): Extension<Visitor>,
    Path(id): Path<String>,
    request: Request,
) -> Response {
    let caller = match known(&state, request, &visitor).await {
        Ok(caller) => caller,
        Err(response) => return response,
    };
    let Ok(id) = Uuid::parse_str(&id) else {
        return Problem::from(ApiError::NotFound { what: "This deployment".to_owned() }).into_response();
    };
    match state.parts.evidence.bundle(&caller, id).await {
        Ok(bundle) => file(&bundle.file_name, Body::from(bundle.bytes)),
        Err(error) => Problem::from(error).into_response(),
    }
}

pub(super) async fn range(
    State(state): State<AppState>,
    Extension(visitor): Extension<Visitor>,
    request: Request,
) -> Response {
    let query: Vec<(String, String)> =
        form_urlencoded::parse(request.uri().query().unwrap_or_default().as_bytes()).into_owned().collect();
    let caller = match known(&state, request, &visitor).await {
        Ok(caller) => caller,
        Err(response) => return response,
    };
    let value = |name: &str| query.iter().find(|(n, v)| n == name && !v.is_empty()).map(|(_, v)| v.clone());
    let filter = EvidenceFilter {
        application: value("application"),
        environment: value("environment"),
        from: value("from"),
        until: value("until"),
    };
    match state.parts.evidence.range(&caller, &filter).await {
        Ok(stream) => file("evidence.zip", Body::from_stream(stream)),
        Err(error) => Problem::from(error).into_response(),
    }
}

/// Names are made of plain characters only.
fn file(name: &str, body: Body) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "application/zip".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    (StatusCode::OK, headers, body).into_response()
}
