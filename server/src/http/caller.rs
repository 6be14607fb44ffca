//! Who asks: the session's login as a [`Caller`], and what happens when there is none.

use std::sync::Arc;

use app::ports::Caller;
use axum::{
    Extension,
    extract::{Request, State},
    http::{HeaderMap, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse as _, Redirect, Response},
};
use tower_sessions::Session;

use super::{
    AppState, Problem, forms,
    request::{ClientAddress, RequestId},
};
use crate::auth::session::{self, Login};

/// For browsers that do not say `Sec-Fetch-Mode` (plain http): a page asking for fresh data by itself may say so here. It
/// must not keep a session alive.
const REFRESH: &str = "lockkeeper-refresh";

/// Somebody or nobody; in the extensions of every request behind the session layer.
#[derive(Clone, Default)]
pub struct Visitor(Option<Arc<(Caller, Login)>>);

impl Visitor {
    pub fn caller(&self) -> Option<&Caller> {
        self.0.as_ref().map(|known| &known.0)
    }

    pub(super) fn login(&self) -> Option<&Login> {
        self.0.as_ref().map(|known| &known.1)
    }
}

/// Whether a person is looking, as opposed to a page refreshing itself.
pub(super) fn is_navigation(headers: &HeaderMap) -> bool {
    let mode = headers.get("sec-fetch-mode").and_then(|value| value.to_str().ok());
    mode.is_none_or(|mode| mode == "navigate") && !headers.contains_key(REFRESH)
}

/// Finds out who asks. A database that does not answer must not make somebody look logged out.
pub(super) async fn identify(
    State(state): State<AppState>,
    session: Session,
    mut request: Request,
    next: Next,
) -> Response {
    let login = match session::login(&session).await {
        Ok(login) => login,
        Err(error) => {
            tracing::error!(%error, "the session cannot be read");
            return Problem::database().into_response();
        }
    };
    let extensions = request.extensions();
    let address = extensions.get::<ClientAddress>().and_then(|address| address.0).map(|address| address.to_string());
    let request_id = extensions.get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default();
    // Scripts read by themselves (live events, fresh data); a person navigates or sends something.
    let is_person = request.method() != Method::GET || is_navigation(request.headers());
    if let Some(login) = &login
        && is_person
        && request.uri().path() != "/live"
        && let Err(error) = state.sessions.touch(&session, login).await
    {
        // The session ends a little earlier than it should; the request need not fail for it.
        tracing::warn!(%error, "the session's end could not be moved");
    }
    let visitor =
        Visitor(login.map(|login| Arc::new((Caller { actor: login.actor.clone(), address, request_id }, login))));
    request.extensions_mut().insert(visitor);
    next.run(request).await
}

/// Only people with a login get to pages and server functions. Nobody else learns whether an address exists.
pub(super) async fn guard(
    State(state): State<AppState>,
    Extension(visitor): Extension<Visitor>,
    request: Request,
    next: Next,
) -> Response {
    if visitor.caller().is_some() {
        return next.run(request).await;
    }
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    if !is_read {
        return forms::keep_for_login(&state, request).await;
    }
    if is_navigation(request.headers()) {
        let here = request.uri().path_and_query().map_or("/", |here| here.as_str());
        return Redirect::to(&login_address(here)).into_response();
    }
    not_logged_in().into_response()
}

pub(super) fn not_logged_in() -> Problem {
    Problem::new(
        StatusCode::UNAUTHORIZED,
        "You are not logged in",
        "Your session has ended. Nothing was changed. Log in and try again.",
    )
    .way_out("Log in", "/login")
}

/// Where somebody logs in and comes back from.
pub(super) fn login_address(return_to: &str) -> String {
    let query = form_urlencoded::Serializer::new(String::new()).append_pair("return_to", return_to).finish();
    format!("/login?{query}")
}

/// An address of ours, as path and query, or the overview. Never another site, never the login itself.
pub(super) fn local_path(wanted: Option<&str>) -> String {
    const ELSEWHERE: [&str; 3] = ["/login", "/logout", "/logged-out"];
    let is_local = |path: &&str| {
        path.starts_with('/')
            && !path.starts_with("//")
            && path.len() <= 2000
            && !path.contains('\\')
            && path.bytes().all(|byte| byte.is_ascii_graphic())
            && !ELSEWHERE.iter().any(|prefix| path.starts_with(prefix))
            && !path.starts_with("/api/")
    };
    wanted.filter(is_local).unwrap_or("/").to_owned()
}

/// Path and query of the page a form was sent from.
pub(super) fn referring_page(headers: &HeaderMap) -> String {
    let referer = headers.get(header::REFERER).and_then(|value| value.to_str().ok());
    let url = referer.and_then(|referer| url::Url::parse(referer).ok());
    let path = url.map(|url| match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    });
    local_path(path.as_deref())
}

#[cfg(test)]
mod tests {
    use super::local_path;

    #[test]
    fn only_our_own_pages_are_returned_to() {
        for path in ["/", "/deployments/1?tab=plan&page=2", "/releases#list"] {
            assert_eq!(local_path(Some(path)), path);
        }
        let evil = [
            "https://evil.example/",
            "//evil.example/",
            "/\\evil.example",
            "\\\\evil.example",
            "evil",
            "",
            "/a\r\nset-cookie: x=1",
            "/a b",
            "/login?return_to=/login",
            "/logout",
            "/api/approve_plan",
            "javascript:alert(1)",
        ];
        for path in evil {
            assert_eq!(local_path(Some(path)), "/", "{path}");
        }
        assert_eq!(local_path(None), "/");
        assert_eq!(local_path(Some(&format!("/{}", "x".repeat(3000)))), "/");
    }
}
