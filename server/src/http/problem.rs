//! Failures on the way in, as a page for people and as JSON for machines.
//!
//! A handler answers with a [`Problem`]; [`render`] knows the request and gives it its form.

use app::error::ApiError;
use axum::{
    Json,
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header},
    middleware::Next,
    response::{Html, IntoResponse, Response},
};

use super::{AppState, request::RequestId};

/// What happened, what was kept and what to do next.
#[derive(Clone, Debug)]
pub struct Problem {
    status: StatusCode,
    title: String,
    message: String,
    /// Label and address of the way out.
    way_out: Option<(String, String)>,
    retry_after_secs: Option<u64>,
    error: Option<ApiError>,
}

impl Problem {
    pub fn new(status: StatusCode, title: &str, message: impl Into<String>) -> Self {
        Self {
            status,
            title: title.to_owned(),
            message: message.into(),
            way_out: None,
            retry_after_secs: None,
            error: None,
        }
    }

    #[must_use]
    pub fn way_out(mut self, label: &str, address: impl Into<String>) -> Self {
        self.way_out = Some((label.to_owned(), address.into()));
        self
    }

    #[must_use]
    pub fn retry_after(mut self, secs: u64) -> Self {
        self.retry_after_secs = Some(secs);
        self
    }

    #[must_use]
    pub fn message(mut self, message: impl Into<String>) -> Self {
        self.message = message.into();
        self
    }

    /// The same problem under another status.
    #[must_use]
    pub fn status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// The database does not answer.
    pub fn database() -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "The database cannot be reached",
            "Nothing was changed. Try again in a moment; if it stays like this, tell whoever runs Lockkeeper.",
        )
        .retry_after(5)
    }

    fn api_error(&self, reference: &str) -> ApiError {
        if let Some(error) = &self.error {
            return error.clone();
        }
        match self.status {
            StatusCode::NOT_FOUND => ApiError::NotFound { what: self.title.clone() },
            StatusCode::FORBIDDEN => ApiError::Denied { action: self.title.clone() },
            StatusCode::INTERNAL_SERVER_ERROR => ApiError::Internal { reference: reference.to_owned() },
            status if status.is_server_error() => ApiError::Unavailable { message: self.message.clone() },
            _ => ApiError::rejected(self.message.clone()),
        }
    }
}

impl From<ApiError> for Problem {
    fn from(error: ApiError) -> Self {
        let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let title = status.canonical_reason().unwrap_or("That did not work");
        Self { error: Some(error.clone()), ..Self::new(status, title, error.to_string()) }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// Whether whoever asks reads pages.
pub(super) fn wants_page(request: &Request) -> bool {
    let accepts = request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accepts.contains("text/html")
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// A page of its own: it must work when everything else does not.
pub(super) fn page(
    state: &AppState,
    title: &str,
    message: &str,
    way_out: Option<&(String, String)>,
    note: &str,
) -> String {
    let css = escape(&state.site.files().css);
    let link = way_out.map_or_else(String::new, |(label, address)| {
        format!("<p><a class=\"button\" href=\"{}\">{}</a></p>", escape(address), escape(label))
    });
    let note = if note.is_empty() { String::new() } else { format!("<p class=\"muted\">{}</p>", escape(note)) };
    format!(
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\"><title>{title} · Lockkeeper</title>\
         <link rel=\"stylesheet\" href=\"{css}\"></head><body class=\"problem-page\"><main class=\"problem\">\
         <h1>{title}</h1><p>{message}</p>{link}{note}</main></body></html>",
        title = escape(title),
        message = escape(message),
    )
}

/// Gives problems their form.
pub(super) async fn render(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let as_page = wants_page(&request);
    let RequestId(reference) = request.extensions().get::<RequestId>().cloned().unwrap_or_default();
    let mut response = next.run(request).await;
    let Some(problem) = response.extensions_mut().remove::<Problem>() else { return response };
    let (mut parts, _) = response.into_parts();
    let body = if as_page {
        let note = format!("Reference: {reference}");
        Html(page(&state, &problem.title, &problem.message, problem.way_out.as_ref(), &note)).into_response()
    } else {
        Json(problem.api_error(&reference)).into_response()
    };
    let (body_parts, body) = body.into_parts();
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.headers.extend(body_parts.headers);
    if let Some(secs) = problem.retry_after_secs {
        parts.headers.insert(header::RETRY_AFTER, HeaderValue::from(secs));
    }
    Response::from_parts(parts, body)
}
