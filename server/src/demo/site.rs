//! The application the demo deploys: what the addresses in its stacks' outputs lead to, so that checks ask something
//! real over HTTP. It is healthy by default; what the original does not have [API-10], it does not have either.

use std::sync::LazyLock;

use axum::{
    Json, Router,
    extract::Request,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::json;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tower_http::compression::CompressionLayer;

const PAGE: &str = "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
                    content=\"width=device-width, initial-scale=1\"><link rel=\"manifest\" href=\"manifest.json\">\
                    <title>Trivia</title></head><body><div id=\"root\">Trivia: ten questions, ten seconds each. Sign in \
                    with a wallet to earn what you win.</div></body></html>";
/// One transparent pixel.
const PIXEL: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==";
static ICON: LazyLock<Vec<u8>> = LazyLock::new(|| STANDARD.decode(PIXEL).unwrap_or_default());

pub(super) async fn run(listener: TcpListener, shutdown: CancellationToken) -> std::io::Result<()> {
    let router = Router::new().fallback(answer).layer(CompressionLayer::new());
    axum::serve(listener, router).with_graceful_shutdown(shutdown.cancelled_owned()).await
}

/// Addresses begin with a stack's name, which says whether the API or the front end is meant.
async fn answer(request: Request) -> Response {
    let path = request.uri().path().trim_start_matches('/').to_owned();
    let (stack, path) = path.split_once('/').unwrap_or((&path, ""));
    let is_api = stack.split('-').any(|part| part == "Api");
    let mut response = match request.method() {
        &Method::OPTIONS => StatusCode::NO_CONTENT.into_response(),
        method if is_api => api(method, path),
        _ => front_end(path),
    };
    decorate(response.headers_mut(), is_api);
    response
}

/// [API-6] Public routes answer, the others ask for a token.
fn api(method: &Method, path: &str) -> Response {
    let not_found = || (StatusCode::NOT_FOUND, Json(json!({ "message": "Not Found" }))).into_response();
    match (method.as_str(), path) {
        ("GET" | "HEAD", "health") => Json(json!({ "status": "ok" })).into_response(),
        ("GET" | "HEAD", "leaderboard/global") => {
            Json(json!({ "entries": [{ "rank": 1, "player": "ada", "points": 4120 }] })).into_response()
        }
        ("GET" | "HEAD", "seasons/current") => {
            Json(json!({ "id": "season-1", "name": "Winter", "isActive": true })).into_response()
        }
        ("GET" | "HEAD", path) if path.starts_with("leaderboard/") => Json(json!({ "entries": [] })).into_response(),
        ("GET" | "HEAD", "auth/me" | "sessions/history" | "eligibilities" | "forge/progress")
        | ("POST", "sessions/start" | "questions/flag") => {
            (StatusCode::UNAUTHORIZED, Json(json!({ "message": "Unauthorized" }))).into_response()
        }
        _ => not_found(),
    }
}

/// What is no file is the application, which finds its way itself.
fn front_end(path: &str) -> Response {
    match path {
        "manifest.json" => Json(json!({
            "name": "Trivia", "short_name": "Trivia", "start_url": "/", "display": "standalone",
            "icons": [{ "src": "/icon.png", "sizes": "512x512" }],
        }))
        .into_response(),
        "service-worker.js" => {
            let script = "self.addEventListener('fetch', () => {});";
            ([(header::CONTENT_TYPE, "text/javascript; charset=utf-8")], script).into_response()
        }
        "icon.png" | "favicon.ico" => ([(header::CONTENT_TYPE, "image/png")], ICON.clone()).into_response(),
        _ => Html(PAGE).into_response(),
    }
}

/// The headers a well-kept site sends, and those of the API.
fn decorate(headers: &mut HeaderMap, is_api: bool) {
    let of_api = [
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (header::ACCESS_CONTROL_ALLOW_METHODS, "GET,POST,PUT,DELETE,OPTIONS"),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, "content-type,authorization"),
        (header::ACCESS_CONTROL_MAX_AGE, "300"),
    ];
    let of_site = [
        (header::CACHE_CONTROL, "public, max-age=0, must-revalidate"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'self'; frame-ancestors 'none'"),
        (header::STRICT_TRANSPORT_SECURITY, "max-age=31536000; includeSubDomains; preload"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "strict-origin-when-cross-origin"),
    ];
    let values = if is_api { &of_api[..] } else { &of_site[..] };
    for (name, value) in values {
        headers.insert(name, HeaderValue::from_static(value));
    }
}
