//! The application the demo deploys: what the addresses in its stacks' outputs lead to, so that checks ask something
//! real over HTTP. It is healthy by default.

use axum::{
    Json, Router,
    extract::Request,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use serde_json::json;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

pub(super) async fn run(listener: TcpListener, shutdown: CancellationToken) -> std::io::Result<()> {
    let router = Router::new().fallback(answer);
    axum::serve(listener, router).with_graceful_shutdown(shutdown.cancelled_owned()).await
}

/// Addresses begin with a stack's name, which does not matter here.
async fn answer(request: Request) -> Response {
    let path = request.uri().path().to_owned();
    let mut response = match (request.method(), path.as_str()) {
        (&Method::OPTIONS, _) => StatusCode::NO_CONTENT.into_response(),
        (_, p) if p.ends_with("/health") => Json(json!({ "status": "ok" })).into_response(),
        (_, p) if p.ends_with("/leaderboard/global") => {
            Json(json!({ "entries": [{ "rank": 1, "player": "ada", "points": 4120 }] })).into_response()
        }
        (_, p) if p.ends_with("/seasons/current") => {
            Json(json!({ "id": "season-1", "name": "Winter", "isActive": true })).into_response()
        }
        (_, p) if p.ends_with("/sessions/start") => StatusCode::UNAUTHORIZED.into_response(),
        (_, p) if p.ends_with("/manifest.json") => Json(json!({
            "name": "Trivia", "short_name": "Trivia", "start_url": "/", "display": "standalone",
            "icons": [{ "src": "/icon.png", "sizes": "512x512" }],
        }))
        .into_response(),
        _ => Html("<!doctype html><html lang=\"en\"><title>Trivia</title><div id=\"root\">Trivia</div></html>")
            .into_response(),
    };
    decorate(response.headers_mut());
    response
}

/// The headers a well-kept site sends.
fn decorate(headers: &mut HeaderMap) {
    let values = [
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (header::ACCESS_CONTROL_ALLOW_METHODS, "GET,POST,PUT,DELETE,OPTIONS"),
        (header::CACHE_CONTROL, "public, max-age=0, must-revalidate"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'self'; frame-ancestors 'none'"),
        (header::STRICT_TRANSPORT_SECURITY, "max-age=31536000; includeSubDomains; preload"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "strict-origin-when-cross-origin"),
    ];
    for (name, value) in values {
        headers.insert(name, HeaderValue::from_static(value));
    }
}
