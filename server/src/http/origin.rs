//! Changes come from our own pages: what a browser says about where a request began is checked on everything that is
//! not a plain read.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use url::Url;

use super::{AppState, Problem, releases};

/// `Sec-Fetch-Site` is the browser's own word and cannot be set by a page; where it is missing, `Origin` decides.
/// Nothing at all means that no browser of today sent it, and nobody else has a session.
fn is_own(headers: &HeaderMap, public_url: &Url) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    match (text("sec-fetch-site"), text("origin")) {
        (Some(site), _) => site == "same-origin",
        (None, Some(origin)) => origin == public_url.origin().ascii_serialization(),
        (None, None) => false,
    }
}

pub(super) async fn check(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    // Neither carries a cookie that counts: the provider proves itself by signature, a machine by its token.
    let is_exempt = request.uri().path() == "/logout/backchannel"
        || (releases::is_upload(&request) && request.headers().contains_key(header::AUTHORIZATION));
    if is_read || is_exempt || is_own(request.headers(), &state.config().server.public_url) {
        return next.run(request).await;
    }
    tracing::warn!(http.path = request.uri().path(), "a change from another site was refused");
    Problem::new(
        StatusCode::FORBIDDEN,
        "This did not come from a Lockkeeper page",
        "The request was sent by another site, so nothing was done. If you sent it yourself, go to the page and try \
         again there.",
    )
    .way_out("Go to the overview", "/")
    .into_response()
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    #[test]
    fn only_our_own_pages_may_change_something() {
        let table: &[(&[(&str, &str)], bool)] = &[
            (&[("sec-fetch-site", "same-origin")], true),
            (&[("sec-fetch-site", "same-origin"), ("origin", "https://l.example.org")], true),
            (&[("sec-fetch-site", "same-site"), ("origin", "https://l.example.org")], false),
            (&[("sec-fetch-site", "cross-site")], false),
            (&[("sec-fetch-site", "none")], false),
            (&[("origin", "https://l.example.org")], true),
            (&[("origin", "https://l.example.org:8443")], false),
            (&[("origin", "http://l.example.org")], false),
            (&[("origin", "null")], false),
            (&[("origin", "https://l.example.org.evil.example")], false),
            (&[], false),
        ];
        let public = Url::parse("https://l.example.org").unwrap();
        for (given, expected) in table {
            let headers: HeaderMap = given
                .iter()
                .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
                .collect();
            assert_eq!(is_own(&headers, &public), *expected, "{given:?}");
        }
    }
}
