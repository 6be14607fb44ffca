//! How long a session lasts, and what its cookie is like.

use axum::{body::Body, http::Request};
use domain::permission::Role;

use super::{
    provider::Provider,
    world::{Browser, World},
};

async fn world() -> World {
    World::with(&[("SESSION__IDLE_TIMEOUT_SECS", "600"), ("SESSION__ABSOLUTE_TIMEOUT_SECS", "1800")]).await
}

async fn is_in(browser: &mut Browser) -> bool {
    browser.get("/account").await.status == 200
}

#[tokio::test]
async fn an_idle_session_ends() {
    let world = world().await;
    let mut browser = world.logged_in(Role::Lead).await;
    world.clock.advance_secs(599);
    assert!(is_in(&mut browser).await);
    world.clock.advance_secs(601);
    assert!(!is_in(&mut browser).await);
}

#[tokio::test]
async fn a_session_in_use_goes_on_until_its_absolute_end() {
    let world = world().await;
    let mut browser = world.logged_in(Role::Lead).await;
    for _ in 0..3 {
        world.clock.advance_secs(500);
        assert!(is_in(&mut browser).await);
    }
    world.clock.advance_secs(301);
    assert!(!is_in(&mut browser).await, "1801 seconds after login");
}

#[tokio::test]
async fn a_page_that_refreshes_itself_keeps_nobody_logged_in() {
    let world = world().await;
    let mut browser = world.logged_in(Role::Lead).await;
    world.clock.advance_secs(400);
    let request = Request::get("/account").header("lockkeeper-refresh", "1");
    assert_eq!(browser.send(request.body(Body::empty()).unwrap()).await.status, 200);
    assert_eq!(browser.fetch("/account").await.status, 200);
    world.clock.advance_secs(201);
    assert!(!is_in(&mut browser).await);
}

#[tokio::test]
async fn ended_sessions_are_deleted() {
    let world = world().await;
    world.logged_in(Role::Lead).await;
    world.clock.advance_secs(300);
    let mut stays = world.logged_in(Role::Engineer).await;
    world.clock.advance_secs(301);
    assert_eq!(world.state.sessions.delete_expired().await.unwrap(), 1);
    assert!(is_in(&mut stays).await);
}

#[tokio::test]
async fn on_https_the_cookie_is_bound_to_the_host() {
    let provider = Provider::start().await;
    let world =
        World::with(&[("OIDC__ISSUER", &provider.issuer), ("SERVER__PUBLIC_URL", "https://lockkeeper.example.org")])
            .await;
    let answer = world.browser().get("/login").await;
    let cookie = answer.header("set-cookie");
    assert!(cookie.starts_with("__Host-lockkeeper="), "{cookie}");
    for part in ["HttpOnly", "Secure", "SameSite=Lax", "Path=/"] {
        assert!(cookie.contains(part), "{part}: {cookie}");
    }
    assert!(!cookie.contains("Domain"), "{cookie}");
}
