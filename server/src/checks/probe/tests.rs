//! An endpoint that does not mean well.

use std::sync::Arc;

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse as _, Redirect, Response},
    routing::{any, get},
};
use tokio::net::TcpListener;

use super::*;

/// Where the endpoint of one test listens.
async fn endpoint() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new()
        .route("/hop", get(|| async { Redirect::temporary("/there") }))
        .route("/there", get(|| async { "here" }))
        .route("/loop", get(|| async { Redirect::temporary("/loop") }))
        .route("/metadata", get(|| async { Redirect::temporary("http://169.254.169.254/latest/meta-data/") }))
        .route("/file", get(|| async { (StatusCode::FOUND, [(header::LOCATION, "file:///etc/passwd")]) }))
        .route("/huge", get(huge))
        .route("/silent", get(std::future::pending::<()>))
        .route("/packed", get(|| async { ([(header::CONTENT_ENCODING, "gzip")], vec![0x1f_u8, 0x8b]) }))
        .route("/cors", any(cors));
    let server = async move { axum::serve(listener, router).await.unwrap() };
    tokio_util::task::TaskTracker::new().spawn(server);
    base
}

/// Fifty megabytes, piece by piece.
async fn huge() -> Response {
    let piece = Arc::new(vec![b'a'; 1 << 20]);
    let pieces = futures::stream::iter((0..50).map(move |_| Ok::<_, std::io::Error>(piece.as_ref().clone())));
    Body::from_stream(pieces).into_response()
}

async fn cors(headers: HeaderMap) -> Response {
    let origin = headers.get(header::ORIGIN).cloned().unwrap();
    let methods = headers.get(header::ACCESS_CONTROL_REQUEST_METHOD).cloned().unwrap();
    let allowed = [(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin), (header::ACCESS_CONTROL_ALLOW_METHODS, methods)];
    (StatusCode::NO_CONTENT, allowed).into_response()
}

fn at(url: String) -> HttpCheck {
    HttpCheck { url, method: "GET".into(), status: vec![200], timeout_secs: 5, ..HttpCheck::default() }
}

fn probe() -> HttpProbe {
    HttpProbe::new(ProbeOptions::at_home())
}

#[test]
fn addresses_of_the_own_network_are_asked_only_where_that_is_allowed() {
    let strict = HttpProbe::new(ProbeOptions::default());
    let lenient = HttpProbe::new(ProbeOptions { allowed: vec![Network::parse("10.0.0.0/8").unwrap()] });
    for text in ["127.0.0.1", "10.1.2.3", "192.168.0.1", "100.64.0.1", "::1", "fd00::1", "::ffff:10.0.0.1"] {
        assert!(!strict.may_ask(text.parse().unwrap()), "{text}");
    }
    for text in ["8.8.8.8", "2606:4700::1111", "100.63.0.1"] {
        assert!(strict.may_ask(text.parse().unwrap()), "{text}");
    }
    assert!(lenient.may_ask("10.1.2.3".parse().unwrap()));
    assert!(!lenient.may_ask("192.168.0.1".parse().unwrap()));
}

#[test]
fn metadata_services_are_never_asked() {
    let everything = ["0.0.0.0/0", "::/0"].iter().filter_map(|text| Network::parse(text)).collect();
    let probe = HttpProbe::new(ProbeOptions { allowed: everything });
    for text in ["169.254.169.254", "fe80::1", "fd00:ec2::254", "::ffff:169.254.169.254", "0.0.0.0", "224.0.0.1"] {
        assert!(!probe.may_ask(text.parse().unwrap()), "{text}");
    }
}

#[tokio::test]
async fn a_check_may_not_ask_the_own_network() {
    let answer = HttpProbe::new(ProbeOptions::default()).ask(&at("http://127.0.0.1:1/".into())).await;
    assert!(answer.as_ref().is_err_and(|why| why.contains("may not ask")), "{answer:?}");
}

#[tokio::test]
async fn redirects_are_the_answer_unless_they_are_to_be_followed() {
    let base = endpoint().await;
    let check = at(format!("{base}/hop"));
    assert_eq!(probe().ask(&check).await.unwrap().status, 307);
    let answer = probe().ask(&HttpCheck { follows_redirects: true, ..check }).await.unwrap();
    assert_eq!((answer.status, answer.body.as_str()), (200, "here"));
    assert_eq!(answer.url, format!("{base}/there"));
}

#[tokio::test]
async fn redirects_lead_neither_in_circles_nor_into_the_own_network() {
    let base = endpoint().await;
    for (path, words) in [("loop", "more than 5 times"), ("metadata", "may not ask"), ("file", "not a scheme")] {
        let check = HttpCheck { follows_redirects: true, ..at(format!("{base}/{path}")) };
        let answer = probe().ask(&check).await;
        assert!(answer.as_ref().is_err_and(|why| why.contains(words)), "{path}: {answer:?}");
    }
}

#[tokio::test]
async fn of_an_endless_body_only_the_beginning_is_read() {
    let answer = probe().ask(&at(format!("{}/huge", endpoint().await))).await.unwrap();
    assert_eq!(answer.body.len(), MAX_BODY);
}

#[tokio::test]
async fn an_endpoint_that_never_answers_is_given_up() {
    let check = HttpCheck { timeout_secs: 1, ..at(format!("{}/silent", endpoint().await)) };
    let began = Instant::now();
    let answer = probe().ask(&check).await;
    assert!(answer.as_ref().is_err_and(|why| why.contains("no answer")), "{answer:?}");
    assert!(began.elapsed() < Duration::from_secs(4));
}

#[tokio::test]
async fn compression_is_seen_and_not_unpacked() {
    let check = HttpCheck { is_compressed: true, ..at(format!("{}/packed", endpoint().await)) };
    let answer = probe().ask(&check).await.unwrap();
    assert!(answer.headers.contains(&("content-encoding".to_owned(), "gzip".to_owned())), "{answer:?}");
}

#[tokio::test]
async fn a_preflight_is_sent_as_browsers_send_it() {
    let preflight = domain::blueprint::checks::Preflight {
        origin: "https://site.test/".into(),
        method: "PUT".into(),
        headers: Vec::new(),
    };
    let check = HttpCheck { preflight: Some(preflight), ..at(format!("{}/cors", endpoint().await)) };
    let answer = probe().ask(&check).await.unwrap();
    assert_eq!(answer.method, "OPTIONS");
    assert!(answer.headers.contains(&("access-control-allow-origin".to_owned(), "https://site.test".to_owned())));
}
