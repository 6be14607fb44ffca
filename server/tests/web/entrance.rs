//! Before a page sees a request: who gets in, which headers go out, what is refused.

use axum::{
    body::Body,
    http::{Request, header},
};
use domain::permission::{Grant, Role};
use futures::StreamExt as _;
use leptos::server_fn::axum::server_fn_paths;
use server::http::metrics_router;
use tower::ServiceExt as _;

use super::{support::TestDb, world::World};

const PAGES: [&str; 9] = [
    "/",
    "/applications/shop/environments/production",
    "/releases",
    "/deployments",
    "/approvals",
    "/account",
    "/audit",
    "/search?q=shop",
    "/does-not-exist",
];

#[tokio::test]
async fn every_page_sends_strangers_to_the_login() {
    let world = World::new().await;
    for page in PAGES {
        let answer = world.browser().get(page).await;
        assert_eq!(answer.status, 303, "{page}");
        assert!(answer.location().starts_with("/login?return_to="), "{page}: {}", answer.location());
        assert_eq!(answer.text, "", "{page}");
        let answer = world.browser().fetch(page).await;
        assert_eq!(answer.status, 401, "{page} for a script");
    }
}

#[tokio::test]
async fn every_server_function_refuses_strangers_and_other_sites() {
    let world = World::new().await;
    let mut seen = 0;
    for (path, method) in server_fn_paths() {
        seen += 1;
        assert_eq!(method, "POST", "{path}: changes are POST only");
        let send = |site: &'static str, accept: &'static str| {
            Request::post(path)
                .header("sec-fetch-site", site)
                .header(header::ACCEPT, accept)
                .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
                .body(Body::from("comment=x"))
                .unwrap()
        };
        let answer = world.browser().send(send("same-origin", "application/json")).await;
        assert_eq!(answer.status, 401, "{path}");
        let answer = world.browser().send(send("same-origin", "text/html")).await;
        assert!(answer.location().starts_with("/login"), "{path}: {}", answer.status);
        let mut admin = world.logged_in(Role::Admin).await;
        for site in ["cross-site", "same-site", "none"] {
            assert_eq!(admin.send(send(site, "text/html")).await.status, 403, "{path} from {site}");
        }
    }
    assert!(seen >= 10, "only {seen} server functions are registered");
}

#[tokio::test]
async fn strangers_get_no_live_events_and_no_logout() {
    let world = World::new().await;
    assert_eq!(world.browser().fetch("/live?topic=overview").await.status, 401);
    let answer = world.browser().post("/", "/logout", &[]).await;
    assert_eq!(answer.location(), "/logged-out");
    let mut lead = world.logged_in(Role::Lead).await;
    let foreign = Request::post("/logout").header("sec-fetch-site", "cross-site").body(Body::empty());
    assert_eq!(lead.send(foreign.unwrap()).await.status, 403);
    assert_eq!(lead.get("/account").await.status, 200);
}

#[tokio::test]
async fn people_of_every_role_see_their_account() {
    let world = World::new().await;
    for role in Role::ALL {
        let answer = world.logged_in(role).await.get("/account").await;
        assert_eq!(answer.status, 200, "{}", role.name());
        assert!(answer.text.contains(&format!("Some {}", role.name())), "{}", role.name());
    }
}

#[tokio::test]
async fn an_unknown_address_says_so() {
    let world = World::new().await;
    let answer = world.logged_in(Role::Viewer).await.get("/does-not-exist").await;
    assert_eq!(answer.status, 404);
    assert!(answer.text.contains("<html"), "{}", answer.text);
}

#[tokio::test]
async fn every_response_carries_the_security_headers() {
    let world = World::new().await;
    let mut lead = world.logged_in(Role::Lead).await;
    for path in ["/account", "/does-not-exist", "/healthz", "/assets/nothing.css", "/login/callback", "/logged-out"] {
        let answer = lead.get(path).await;
        let policy = answer.header("content-security-policy");
        for part in [
            "default-src 'none'",
            "script-src 'nonce-",
            "'strict-dynamic'",
            "form-action 'self' http://127.0.0.1:9",
            "base-uri 'none'",
            "frame-ancestors 'none'",
            "connect-src 'self'",
        ] {
            assert!(policy.contains(part), "{path} lacks {part}: {policy}");
        }
        assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"), "{policy}");
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "same-origin"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
            ("cache-control", "no-store"),
        ] {
            assert_eq!(answer.header(name), value, "{path} {name}");
        }
        assert!(answer.header("permissions-policy").contains("camera=()"), "{path}");
        assert_eq!(answer.header("strict-transport-security"), "", "not on http");
        assert!(!answer.header("x-request-id").is_empty());
    }
    let https = World::with(&[("SERVER__PUBLIC_URL", "https://lockkeeper.example.org")]).await;
    let answer = https.browser().get("/healthz").await;
    assert_eq!(answer.header("strict-transport-security"), "max-age=63072000");
}

#[tokio::test]
async fn each_page_has_its_own_nonce_and_uses_it() {
    let world = World::new().await;
    let mut lead = world.logged_in(Role::Lead).await;
    let mut nonces = Vec::new();
    for _ in 0..2 {
        let answer = lead.get("/account").await;
        let policy = answer.header("content-security-policy").to_owned();
        let nonce = policy.split("'nonce-").nth(1).unwrap().split('\'').next().unwrap().to_owned();
        let used: Vec<&str> =
            answer.text.split("nonce=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
        assert!(!used.is_empty(), "nothing on the page carries a nonce");
        assert!(used.iter().all(|used| *used == nonce), "{used:?} {nonce}");
        nonces.push(nonce);
    }
    assert_ne!(nonces[0], nonces[1]);
}

#[tokio::test]
async fn a_request_id_is_kept_when_sane_and_made_otherwise() {
    let world = World::new().await;
    let with = |id: &str| Request::get("/healthz").header("x-request-id", id).body(Body::empty()).unwrap();
    assert_eq!(world.browser().send(with("trace-12345678")).await.header("x-request-id"), "trace-12345678");
    let made = world.browser().send(with("<script>alert(1)</script>")).await;
    assert_eq!(made.header("x-request-id").len(), 36);
}

#[tokio::test]
async fn a_form_that_is_too_large_is_refused() {
    let world = World::with(&[("SERVER__BODY_LIMIT_BYTES", "2000")]).await;
    let mut lead = world.logged_in(Role::Lead).await;
    let large = "x".repeat(3000);
    let request = Request::post("/api/approve_plan")
        .header("sec-fetch-site", "same-origin")
        .header(header::ACCEPT, "text/html")
        .header(header::CONTENT_LENGTH, "3008")
        .body(Body::from(format!("comment={large}")));
    let answer = lead.send(request.unwrap()).await;
    assert_eq!(answer.status, 413);
    assert!(answer.text.contains("too large"));
}

#[tokio::test]
async fn too_many_logins_from_one_network_are_told_to_wait() {
    let world = World::with(&[("SERVER__LOGIN_ATTEMPTS_PER_MINUTE", "2")]).await;
    let mut statuses = Vec::new();
    for _ in 0..21 {
        statuses.push(world.browser().get("/login").await.status.as_u16());
    }
    assert_eq!(statuses.iter().filter(|status| **status == 503).count(), 20, "ten times what one browser may");
    assert_eq!(statuses.last(), Some(&429));
    let answer = world.browser().get("/login").await;
    assert!(answer.header("retry-after").parse::<u64>().unwrap() >= 1);
    assert!(answer.text.contains("Too many logins"), "{}", answer.text);
    assert_eq!(world.browser().get("/healthz").await.status, 200);
}

#[tokio::test]
async fn only_a_person_who_opens_the_login_begins_one() {
    let world = World::with(&[("SERVER__LOGIN_ATTEMPTS_PER_MINUTE", "2")]).await;
    for _ in 0..5 {
        assert_eq!(world.browser().fetch("/login").await.status, 403);
    }
    assert_eq!(world.browser().get("/login").await.status, 503, "the requests before were not counted");
    let mut callbacks = Vec::new();
    for _ in 0..20 {
        callbacks.push(world.browser().get("/login/callback?state=x&code=y").await.status.as_u16());
    }
    assert_eq!(callbacks[18..], [400, 429], "what never began is counted");
}

#[tokio::test]
async fn a_login_on_another_name_of_ours_moves_to_the_right_one() {
    let world = World::new().await;
    let request = Request::get("/login?return_to=/releases").header(header::HOST, "127.0.0.1:8080").body(Body::empty());
    let answer = world.browser().send(request.unwrap()).await;
    assert_eq!(answer.location(), "http://lockkeeper.localhost/login?return_to=/releases");
}

#[tokio::test]
async fn the_process_says_whether_it_is_alive_and_ready() {
    let world = World::new().await;
    assert_eq!(world.browser().get("/healthz").await.text, "ok\n");
    assert_eq!(world.browser().get("/readyz").await.json()["status"], "ready");
    assert_eq!(world.browser().get("/version").await.json()["name"], "lockkeeper");
    world.db().close().await;
    let answer = world.browser().get("/readyz").await;
    assert_eq!(answer.status, 503);
    assert_eq!(world.browser().get("/healthz").await.status, 200);

    let bare = World::on(TestDb::empty().await, &[]);
    assert_eq!(bare.browser().get("/readyz").await.status, 503);
}

#[tokio::test]
async fn a_database_that_is_gone_logs_nobody_out() {
    let world = World::new().await;
    let mut lead = world.logged_in(Role::Lead).await;
    world.db().close().await;
    let answer = lead.get("/account").await;
    assert_eq!(answer.status, 503);
    assert!(answer.text.contains("The database cannot be reached"), "{}", answer.text);
    assert!(lead.cookies.contains_key("lockkeeper"), "the cookie is kept");
}

#[tokio::test]
async fn live_events_name_what_changed() {
    let world = World::new().await;
    let lead = world.logged_in(Role::Lead).await;
    let request = Request::get("/live?topic=environment:shop/production")
        .header(header::COOKIE, format!("lockkeeper={}", lead.cookies["lockkeeper"]))
        .body(Body::empty());
    let response = world.router.clone().oneshot(request.unwrap()).await.unwrap();
    assert_eq!(response.headers()[header::CONTENT_TYPE], "text/event-stream");
    let mut stream = response.into_body().into_data_stream();
    let first = stream.next().await.unwrap().unwrap();
    assert!(first.starts_with(b"event: ready"), "{first:?}");
    world.live.publish("environment:shop/staging");
    world.live.publish("environment:shop/production");
    let second = stream.next().await.unwrap().unwrap();
    assert_eq!(&second[..], b"event: changed\ndata: environment:shop/production\n\n");
}

#[tokio::test]
async fn nobody_hears_of_environments_they_may_not_see() {
    let world = World::new().await;
    let mut tester = world.browser();
    let environments = Some(vec!["staging".to_owned()]);
    world.log_in_with(&mut tester, Grant { role: Role::Engineer, applications: None, environments }).await;
    let topics = "topic=environment:shop/production&topic=environment:shop/staging&topic=overview";
    let request = Request::get(format!("/live?{topics}"))
        .header(header::COOKIE, format!("lockkeeper={}", tester.cookies["lockkeeper"]))
        .body(Body::empty());
    let response = world.router.clone().oneshot(request.unwrap()).await.unwrap();
    assert_eq!(response.status(), 200, "what may not be heard is left out, not refused");
    let mut stream = response.into_body().into_data_stream();
    stream.next().await.unwrap().unwrap();
    for topic in ["environment:shop/production", "overview", "environment:shop/production", "environment:shop/staging"]
    {
        world.live.publish(topic);
    }
    for expected in ["overview", "environment:shop/staging"] {
        let event = stream.next().await.unwrap().unwrap();
        assert_eq!(String::from_utf8_lossy(&event), format!("event: changed\ndata: {expected}\n\n"));
    }
}

#[tokio::test]
async fn metrics_have_a_listener_of_their_own() {
    let world = World::new().await;
    assert_eq!(world.browser().get("/metrics").await.status, 303, "not among the pages");
    let recorder = metrics_exporter_prometheus::PrometheusBuilder::new().build_recorder();
    let router = metrics_router(recorder.handle());
    let request = Request::get("/metrics").body(Body::empty()).unwrap();
    let response = router.oneshot(request).await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["x-content-type-options"], "nosniff");
}
