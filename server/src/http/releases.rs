//! Uploading a release: who sends it is found out here, what it contains behind [`ReleaseUpload`].

use super::{
    AppState, Problem,
    api::ReleaseCreated,
    caller::Visitor,
    request::{ClientAddress, RequestId},
};
use crate::auth::token;
use app::{error::ApiError, ports::Caller};
use async_trait::async_trait;
use axum::{
    Extension, Json,
    body::Body,
    extract::{DefaultBodyLimit, FromRequest as _, Multipart, Path, Request, State},
    http::{Method, StatusCode, header, request::Parts},
    response::{IntoResponse as _, Response},
};

/// The sent body, not yet read. Its length is limited: reading more than allowed fails.
pub struct Upload {
    pub content_type: String,
    /// Names and values of the query, in their order.
    pub query: Vec<(String, String)>,
    pub body: Body,
}

impl Upload {
    /// The body as `multipart/form-data`.
    ///
    /// # Errors
    /// When it is something else.
    pub async fn into_multipart(self) -> Result<Multipart, ApiError> {
        let refused = || ApiError::rejected("Send the release as multipart/form-data");
        let mut request = Request::builder()
            .method(Method::POST)
            .header(header::CONTENT_TYPE, &self.content_type)
            .body(self.body)
            .map_err(|_| refused())?;
        // The body is limited already; axum's own limit of two megabytes would come on top.
        DefaultBodyLimit::disable().apply(&mut request);
        Multipart::from_request(request, &()).await.map_err(|_| refused())
    }
}

/// Makes a release of what was uploaded.
#[async_trait]
pub trait ReleaseUpload: Send + Sync {
    /// Answers with what the client is told. Authorises first.
    async fn upload(&self, caller: &Caller, application: &str, upload: Upload) -> Result<ReleaseCreated, ApiError>;
}

/// Whether this is the one route that takes large bodies and tokens.
pub(super) fn is_upload(request: &Request) -> bool {
    let mut parts = request.uri().path().split('/').skip(1);
    request.method() == Method::POST
        && parts.next() == Some("api")
        && parts.next() == Some("applications")
        && parts.next().is_some()
        && parts.next() == Some("releases")
        && parts.next().is_none()
}

/// The machine of the token or, without one, the person of the session.
pub(super) async fn caller(state: &AppState, parts: &Parts, visitor: &Visitor) -> Result<Caller, Problem> {
    let unauthorized = || Problem::from(token::refusal()).status(StatusCode::UNAUTHORIZED);
    let Some(header) = parts.headers.get(header::AUTHORIZATION) else {
        return visitor.caller().cloned().ok_or_else(unauthorized);
    };
    let secret = header
        .to_str()
        .ok()
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, secret)| secret.trim())
        .ok_or_else(unauthorized)?;
    let actor = token::authenticate(&state.parts.db, state.parts.clock.as_ref(), secret)
        .await
        .map_err(|error| {
            tracing::error!(%error, "tokens cannot be read");
            Problem::database()
        })?
        .ok_or_else(unauthorized)?;
    let extensions = &parts.extensions;
    Ok(Caller {
        actor,
        address: extensions.get::<ClientAddress>().and_then(|address| address.0).map(|address| address.to_string()),
        request_id: extensions.get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default(),
    })
}

pub(super) async fn upload(
    State(state): State<AppState>,
    Extension(visitor): Extension<Visitor>,
    Path(application): Path<String>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let caller = match caller(&state, &parts, &visitor).await {
        Ok(caller) => caller,
        Err(problem) => return problem.into_response(),
    };
    let query = form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes()).into_owned().collect();
    let content_type =
        parts.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let upload = Upload { content_type, query, body };
    match state.parts.uploads.upload(&caller, &application, upload).await {
        Ok(answer) => (StatusCode::CREATED, Json(answer)).into_response(),
        Err(error) => Problem::from(error).into_response(),
    }
}
