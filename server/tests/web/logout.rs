//! Logging out: here, everywhere, at the provider, and by the provider.

use app::ports::Clock as _;
use domain::permission::Role;
use serde_json::{Value, json};
use server::clock::SystemClock;

use super::{
    provider::{Provider, Visit},
    world::{Browser, PUBLIC_URL, World},
};

async fn logged_in(world: &World, provider: &Provider) -> (Browser, Visit) {
    let (mut browser, mut visit) = (world.browser(), Visit::new(provider));
    let begun = browser.get("/login").await;
    let callback = visit.log_in(begun.location(), "lea").await;
    assert_eq!(browser.get(&callback).await.status, 303);
    (browser, visit)
}

#[tokio::test]
async fn a_logout_ends_the_session_and_goes_on_to_the_provider() {
    let provider = Provider::start().await;
    let world = provider.world().await;
    let (mut browser, _) = logged_in(&world, &provider).await;
    let mut copy = browser.clone();
    let answer = browser.post("/", "/logout", &[]).await;
    assert_eq!(answer.status, 303);
    let url = answer.location();
    assert!(url.starts_with(&format!("{}/session/end?", provider.issuer)), "{url}");
    assert!(url.contains("id_token_hint=ey") && url.contains("post_logout_redirect_uri="), "{url}");
    assert_eq!(copy.get("/account").await.status, 303, "a copy of the cookie opens nothing");
    let page = browser.get("/logged-out").await;
    assert_eq!(page.status, 200);
    assert!(page.text.contains("You are logged out"));
    assert_eq!(world.audit().await.last().unwrap().0, "logout");
}

#[tokio::test]
async fn a_logout_everywhere_ends_every_session_of_the_person_and_of_nobody_else() {
    let world = World::new().await;
    let mut here = world.logged_in(Role::Lead).await;
    let mut phone = world.logged_in(Role::Lead).await;
    let mut somebody_else = world.logged_in(Role::Engineer).await;
    let answer = here.post("/account", "/logout", &[("everywhere", "1")]).await;
    assert_eq!((answer.status.as_u16(), answer.location()), (303, "/logged-out"));
    assert_eq!(phone.get("/account").await.status, 303);
    assert_eq!(somebody_else.get("/account").await.status, 200);
}

/// Makes the database refuse to end sessions, or lets it again. SQLite only.
async fn refuse_ends(world: &World, is_refused: bool) -> bool {
    if std::env::var_os("LOCKKEEPER_TEST_POSTGRES").is_some() {
        return false;
    }
    let statement = if is_refused {
        "CREATE TRIGGER refuse BEFORE DELETE ON sessions BEGIN SELECT RAISE(ABORT, 'refused'); END"
    } else {
        "DROP TRIGGER refuse"
    };
    sqlx::query(statement).execute(world.db().pool()).await.unwrap();
    true
}

#[tokio::test]
async fn a_logout_everywhere_that_did_not_happen_says_so() {
    let world = World::new().await;
    let mut here = world.logged_in(Role::Lead).await;
    if !refuse_ends(&world, true).await {
        return;
    }
    let answer = here.post("/account", "/logout", &[("everywhere", "1")]).await;
    assert_eq!(answer.status, 503);
    assert!(answer.text.contains("You are still logged in"), "{}", answer.text);
    assert_eq!(here.get("/account").await.status, 200);
    refuse_ends(&world, false).await;
    assert_eq!(here.post("/account", "/logout", &[("everywhere", "1")]).await.status, 303);
    assert_eq!(here.get("/account").await.status, 303);
}

#[tokio::test]
async fn a_logout_token_counts_again_after_the_database_refused() {
    let provider = Provider::start().await;
    let world = provider.world().await;
    let (mut browser, _) = logged_in(&world, &provider).await;
    let mut machine = world.browser();
    let now = SystemClock.now().as_second();
    let claims = json!({
        "iss": provider.issuer, "aud": "lockkeeper", "sub": "lea", "iat": now, "exp": now + 120, "jti": "again",
        "events": { "http://schemas.openid.net/event/backchannel-logout": {} },
    });
    let token = provider.sign(&claims, false, "logout+jwt").await;
    if !refuse_ends(&world, true).await {
        return;
    }
    assert_eq!(send(&mut machine, &token).await, 503);
    refuse_ends(&world, false).await;
    assert_eq!(send(&mut machine, &token).await, 200);
    assert_eq!(browser.get("/account").await.status, 303);
}

#[tokio::test]
async fn the_provider_ends_sessions_by_itself_through_the_back_channel() {
    let provider = Provider::start().await;
    let world = provider.world().await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let router = world.router.clone();
    let server = spawn(async move { axum::serve(listener, router).await });
    provider.register(PUBLIC_URL, &address).await;
    let (mut browser, mut visit) = logged_in(&world, &provider).await;
    assert_eq!(browser.get("/account").await.status, 200);

    let end = format!("{}/session/end?client_id=lockkeeper", provider.issuer);
    let status = visit.log_out(&end).await;
    assert!(status == 303 || status == 200, "{status}");
    assert_eq!(browser.get("/account").await.status, 303, "the provider's own message ended the session");
    assert_eq!(world.audit().await.last().unwrap().0, "logout");
    server.abort();
}

async fn send(browser: &mut Browser, token: &str) -> u16 {
    browser.post("/", "/logout/backchannel", &[("logout_token", token)]).await.status.as_u16()
}

#[tokio::test]
async fn only_a_logout_token_of_the_provider_for_us_from_just_now_counts() {
    let provider = Provider::start().await;
    let world = provider.world().await;
    let (mut browser, _) = logged_in(&world, &provider).await;
    let mut machine = world.browser();
    let now = SystemClock.now().as_second();
    let good = json!({
        "iss": provider.issuer, "aud": "lockkeeper", "sub": "lea", "iat": now, "exp": now + 120, "jti": "one",
        "events": { "http://schemas.openid.net/event/backchannel-logout": {} },
    });
    let with = |name: &str, value: Value| {
        let mut claims = good.clone();
        claims[name] = value;
        claims
    };
    let bad = [
        ("issuer", with("iss", json!("https://evil.example"))),
        ("audience", with("aud", json!("another"))),
        ("old", with("iat", json!(now - 3600))),
        ("future", with("iat", json!(now + 3600))),
        ("nonce", with("nonce", json!("x"))),
        ("events", with("events", json!({}))),
        ("nobody", with("sub", Value::Null)),
        ("id", with("jti", Value::Null)),
    ];
    for (what, claims) in bad {
        let token = provider.sign(&claims, false, "logout+jwt").await;
        assert_eq!(send(&mut machine, &token).await, 400, "{what}");
    }
    let foreign = provider.sign(&good, true, "logout+jwt").await;
    assert_eq!(send(&mut machine, &foreign).await, 400, "signed with another key");
    let other_type = provider.sign(&good, false, "at+jwt").await;
    assert_eq!(send(&mut machine, &other_type).await, 400, "another type of token");
    assert_eq!(send(&mut machine, "a.b.c").await, 400, "no token");
    assert_eq!(browser.get("/account").await.status, 200, "nothing of that ended a session");

    let token = provider.sign(&good, false, "logout+jwt").await;
    assert_eq!(send(&mut machine, &token).await, 200);
    assert_eq!(browser.get("/account").await.status, 303);
    assert_eq!(send(&mut machine, &token).await, 400, "a second time it is a replay");
}

#[expect(clippy::disallowed_methods, reason = "ended by the test itself")]
fn spawn(
    server: impl Future<Output = std::io::Result<()>> + Send + 'static,
) -> tokio::task::JoinHandle<std::io::Result<()>> {
    tokio::spawn(server)
}
