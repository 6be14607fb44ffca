//! The first thing that happens to a request: an id, the caller's address, a log span, a measurement.

use std::net::{IpAddr, SocketAddr};

use axum::{
    extract::{ConnectInfo, MatchedPath, Request, State},
    http::{HeaderMap, HeaderValue, Method},
    middleware::Next,
    response::Response,
};
use tracing::Instrument as _;

use super::AppState;
use crate::{clock::new_id, config::Network};

const HEADER: &str = "x-request-id";

/// Names a request in the log, in audit rows and on error pages.
#[derive(Clone, Debug, Default)]
pub struct RequestId(pub String);

/// Where a request came from, as far as it can be believed.
#[derive(Clone, Copy, Debug, Default)]
pub struct ClientAddress(pub Option<IpAddr>);

/// An id from outside is kept only when it cannot confuse a log.
fn sane(id: &str) -> bool {
    (8..=64).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}

/// The nearest address that is not one of our proxies. Everything left of it could have been written by anybody.
fn client_address(peer: Option<IpAddr>, headers: &HeaderMap, proxies: &[Network]) -> Option<IpAddr> {
    let peer = peer?.to_canonical();
    let is_proxy = |address: IpAddr| proxies.iter().any(|network| network.contains(address));
    if !is_proxy(peer) {
        return Some(peer);
    }
    let forwarded: Vec<&str> = headers
        .get_all("x-forwarded-for")
        .iter()
        .flat_map(|value| value.to_str().unwrap_or_default().split(','))
        .collect();
    let mut nearest = peer;
    for part in forwarded.iter().rev() {
        // What is no address was not written by a proxy of ours; the hop before it is the last to be believed.
        let Ok(address) = part.trim().parse::<IpAddr>() else { break };
        nearest = address.to_canonical();
        if !is_proxy(nearest) {
            break;
        }
    }
    Some(nearest)
}

/// A method as a label. Anybody may invent methods, and every label is kept in memory.
fn method_label(method: &Method) -> &'static str {
    match method.as_str() {
        "CONNECT" => "CONNECT",
        "DELETE" => "DELETE",
        "GET" => "GET",
        "HEAD" => "HEAD",
        "OPTIONS" => "OPTIONS",
        "PATCH" => "PATCH",
        "POST" => "POST",
        "PUT" => "PUT",
        "TRACE" => "TRACE",
        _ => "other",
    }
}

pub(super) async fn enter(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let id = request
        .headers()
        .get(HEADER)
        .and_then(|value| value.to_str().ok())
        .filter(|id| sane(id))
        .map_or_else(|| new_id(state.parts.clock.now()).to_string(), str::to_owned);
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(address)| address.ip());
    let address = client_address(peer, request.headers(), &state.config().server.trusted_proxies);
    request.extensions_mut().insert(RequestId(id.clone()));
    request.extensions_mut().insert(ClientAddress(address));

    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let span = tracing::info_span!("request", request.id = %id, http.method = %method, http.path = %path);
    let route = request.extensions().get::<MatchedPath>().map_or("other", MatchedPath::as_str).to_owned();
    let started = std::time::Instant::now();
    let mut response = async move {
        let response = next.run(request).await;
        let status = response.status().as_u16();
        let took_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        if status >= 500 {
            tracing::warn!(http.status = status, took_ms, "request failed");
        } else {
            tracing::debug!(http.status = status, took_ms, "request answered");
        }
        response
    }
    .instrument(span)
    .await;

    let labels = [
        ("method", method_label(&method).to_owned()),
        ("route", route),
        ("status", response.status().as_u16().to_string()),
    ];
    metrics::counter!("http_requests_total", &labels).increment(1);
    metrics::histogram!("http_request_duration_seconds", &labels[..2]).record(started.elapsed().as_secs_f64());
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(HEADER, value);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forwarded_addresses_are_believed_only_from_our_proxies_and_only_the_nearest() {
        let proxies = [Network::parse("10.0.0.0/8").unwrap()];
        let table = [
            ("203.0.113.9", "198.51.100.1", "203.0.113.9"),
            ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
            ("10.0.0.1", "1.2.3.4, 198.51.100.1, 10.0.0.7", "198.51.100.1"),
            ("10.0.0.1", "", "10.0.0.1"),
            ("10.0.0.1", "9.9.9.9, x, 198.51.100.1", "198.51.100.1"),
            ("10.0.0.1", "9.9.9.9, x", "10.0.0.1"),
            ("10.0.0.1", "9.9.9.9, x, 10.0.0.7", "10.0.0.7"),
            ("10.0.0.1", "x", "10.0.0.1"),
            ("::ffff:10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ];
        for (peer, forwarded, expected) in table {
            let mut headers = HeaderMap::new();
            headers.insert("x-forwarded-for", HeaderValue::from_static(forwarded));
            let found = client_address(Some(peer.parse().unwrap()), &headers, &proxies);
            assert_eq!(found, Some(expected.parse().unwrap()), "{peer} {forwarded}");
        }
    }

    #[test]
    fn invented_methods_share_one_label() {
        assert_eq!(method_label(&Method::PATCH), "PATCH");
        for invented in ["BREW", "get", "X1"] {
            assert_eq!(method_label(&Method::from_bytes(invented.as_bytes()).unwrap()), "other", "{invented}");
        }
    }

    #[test]
    fn ids_from_outside_are_kept_only_when_sane() {
        for id in ["0198c0de-0000-7000-8000-000000000001", "trace_1.23-456"] {
            assert!(sane(id), "{id}");
        }
        for id in ["", "short", "has space in it", "line\nbreak", "<script>alert(1)</script>", &"x".repeat(65)] {
            assert!(!sane(id), "{id}");
        }
    }
}
