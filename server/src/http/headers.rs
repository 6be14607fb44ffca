//! Security headers on every response.

use axum::{
    extract::{Request, State},
    http::{
        HeaderName, HeaderValue,
        header::{self, HeaderMap},
    },
    middleware::Next,
    response::Response,
};
use leptos::nonce::Nonce;

use super::AppState;

/// The nonce of this response: the policy names it, inline scripts and styles carry it.
#[derive(Clone)]
pub struct ResponseNonce(pub Nonce);

const PERMISSIONS: &str = "accelerometer=(), autoplay=(), camera=(), display-capture=(), encrypted-media=(), \
                           fullscreen=(), geolocation=(), gyroscope=(), hid=(), magnetometer=(), microphone=(), \
                           midi=(), payment=(), publickey-credentials-get=(), serial=(), usb=(), \
                           xr-spatial-tracking=()";

fn put(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    headers.insert(name, HeaderValue::from_static(value));
}

/// `'strict-dynamic'`: what a script with the nonce imports (the wasm loader) is trusted, an address alone is not.
fn policy(nonce: &Nonce, form_targets: &[String]) -> String {
    format!(
        "default-src 'none'; script-src 'nonce-{nonce}' 'strict-dynamic' 'wasm-unsafe-eval'; \
         style-src 'self' 'nonce-{nonce}'; img-src 'self' data:; font-src 'self'; connect-src 'self'; \
         manifest-src 'self'; form-action 'self' {}; base-uri 'none'; frame-ancestors 'none'; object-src 'none'",
        form_targets.join(" ")
    )
}

fn common(headers: &mut HeaderMap) {
    put(headers, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    put(headers, header::X_FRAME_OPTIONS, "DENY");
    // Our own pages need the path: a form without JavaScript goes back to where it came from.
    put(headers, header::REFERRER_POLICY, "same-origin");
    put(headers, HeaderName::from_static("permissions-policy"), PERMISSIONS);
    put(headers, HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    put(headers, HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
}

pub(super) async fn secure(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let nonce = Nonce::new();
    request.extensions_mut().insert(ResponseNonce(nonce.clone()));
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    common(headers);
    if let Ok(policy) = HeaderValue::from_str(&policy(&nonce, &state.oidc.redirect_origins())) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    if state.config().server.is_https() {
        put(headers, header::STRICT_TRANSPORT_SECURITY, "max-age=63072000");
    }
    response
}

/// For listeners that serve no pages.
pub(super) async fn plain(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    common(response.headers_mut());
    put(response.headers_mut(), header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'");
    response
}
