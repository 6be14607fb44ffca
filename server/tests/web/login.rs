//! Login at the certified provider, and every way it must fail.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use axum::{Json, Router, http::StatusCode, routing::get};
use serde_json::json;

use super::{
    provider::{Provider, Visit},
    world::{Browser, World},
};

/// Begins a login and goes through the provider; answers with the callback's path.
async fn to_callback(browser: &mut Browser, visit: &mut Visit, login: &str, person: &str) -> String {
    let begun = browser.get(login).await;
    assert_eq!(begun.status, 303, "{}", begun.text);
    visit.log_in(begun.location(), person).await
}

async fn logged_in(world: &World, provider: &Provider, person: &str) -> (Browser, Visit) {
    let (mut browser, mut visit) = (world.browser(), Visit::new(provider));
    let callback = to_callback(&mut browser, &mut visit, "/login", person).await;
    let answer = browser.get(&callback).await;
    assert_eq!((answer.status.as_u16(), answer.location()), (303, "/"), "{}", answer.text);
    (browser, visit)
}

async fn is_logged_in(browser: &mut Browser) -> bool {
    browser.get("/account").await.status == 200
}

#[tokio::test]
async fn groups_become_roles_and_the_person_comes_back_to_the_page() {
    let provider = Provider::start().await;
    let world = provider.world().await;
    let (mut browser, mut visit) = (world.browser(), Visit::new(&provider));
    let sent_away = browser.get("/releases?page=2").await;
    assert_eq!(sent_away.location(), "/login?return_to=%2Freleases%3Fpage%3D2");
    let login = sent_away.location().to_owned();
    let callback = to_callback(&mut browser, &mut visit, &login, "lea").await;
    let answer = browser.get(&callback).await;
    assert_eq!((answer.status.as_u16(), answer.location()), (303, "/releases?page=2"), "{}", answer.text);
    let account = browser.get("/account").await;
    assert_eq!(account.status, 200);
    for shown in ["Lea Lead", "lea@example.org", "engineers", "leads"] {
        assert!(account.text.contains(shown), "{shown}");
    }
    assert_eq!(world.audit().await, [("login".to_owned(), "Done".to_owned(), "Lea Lead".to_owned())]);
}

#[tokio::test]
async fn a_single_group_as_text_counts() {
    let provider = Provider::start().await;
    let world = provider.world().await;
    let (mut browser, _) = logged_in(&world, &provider, "solo").await;
    assert!(browser.get("/account").await.text.contains("leads"));
}

#[tokio::test]
async fn groups_that_only_the_user_info_endpoint_knows_count() {
    let provider = Provider::start().await;
    let world = provider.world().await;
    provider.tamper("no_groups").await;
    let (mut browser, _) = logged_in(&world, &provider, "lea").await;
    assert!(browser.get("/account").await.text.contains("leads"));
}

#[tokio::test]
async fn groups_are_found_at_a_dotted_path() {
    let provider = Provider::start().await;
    let world = World::with(&[("OIDC__ISSUER", &provider.issuer), ("OIDC__GROUPS_CLAIM", "realm_access.roles")]).await;
    provider.tamper("groups_elsewhere").await;
    let (mut browser, _) = logged_in(&world, &provider, "lea").await;
    assert!(is_logged_in(&mut browser).await);
}

#[tokio::test]
async fn somebody_without_a_role_is_told_so_and_recorded() {
    let provider = Provider::start().await;
    let world = provider.world().await;
    let (mut browser, mut visit) = (world.browser(), Visit::new(&provider));
    let callback = to_callback(&mut browser, &mut visit, "/login", "nobody").await;
    let answer = browser.get(&callback).await;
    assert_eq!(answer.status, 403);
    assert!(answer.text.contains("strangers"), "{}", answer.text);
    assert!(!is_logged_in(&mut browser).await);
    assert_eq!(world.audit().await, [("login".to_owned(), "Denied".to_owned(), "No Body".to_owned())]);
}

#[tokio::test]
async fn a_callback_works_once_and_only_where_it_was_started() {
    let provider = Provider::start().await;
    let world = provider.world().await;
    let (mut browser, mut visit) = (world.browser(), Visit::new(&provider));
    let callback = to_callback(&mut browser, &mut visit, "/login", "lea").await;

    let mut other = world.browser();
    assert_eq!(other.get(&callback).await.status, 400, "in another browser");
    let forged = callback.replace("state=", "state=x");
    assert_eq!(browser.get(&forged).await.status, 400, "with another state");
    assert_eq!(browser.get("/login/callback?code=abc").await.status, 400, "without a state");
    let before = browser.clone();
    assert_eq!(browser.get(&callback).await.status, 303, "the real one");
    let mut replayed = before;
    assert_eq!(replayed.get(&callback).await.status, 400, "again, with the session of before");
    assert_eq!(browser.get(&callback).await.status, 400, "again, with the new session");
    assert!(is_logged_in(&mut browser).await, "the replay did not end the session");
}

#[tokio::test]
async fn a_code_of_somebody_else_is_refused() {
    let provider = Provider::start().await;
    let world = provider.world().await;
    let (mut attacker, mut visit) = (world.browser(), Visit::new(&provider));
    let stolen = to_callback(&mut attacker, &mut visit, "/login", "eli").await;
    let code = stolen.split("code=").nth(1).unwrap().split('&').next().unwrap();
    // The victim's login is under way; the attacker's code is slipped in with the victim's state.
    let (mut victim, mut visit) = (world.browser(), Visit::new(&provider));
    let own = to_callback(&mut victim, &mut visit, "/login", "lea").await;
    let own_code = own.split("code=").nth(1).unwrap().split('&').next().unwrap();
    let answer = victim.get(&own.replace(own_code, code)).await;
    assert_eq!(answer.status, 400, "PKCE binds the code to the browser that asked for it");
    assert!(!is_logged_in(&mut victim).await);
}

#[tokio::test]
async fn an_id_token_that_is_not_what_it_must_be_is_refused() {
    let provider = Provider::start().await;
    let world = provider.world().await;
    for how in ["nonce", "key", "unknown_key", "audience", "issuer", "expired"] {
        let (mut browser, mut visit) = (world.browser(), Visit::new(&provider));
        let callback = to_callback(&mut browser, &mut visit, "/login", "lea").await;
        provider.tamper(how).await;
        let answer = browser.get(&callback).await;
        assert_eq!(answer.status, 400, "{how}");
        assert!(answer.text.contains("could not be verified"), "{how}: {}", answer.text);
        assert!(!is_logged_in(&mut browser).await, "{how}");
    }
    assert_eq!(world.audit().await, []);
}

#[tokio::test]
async fn new_keys_of_the_provider_need_no_restart() {
    let provider = Provider::start().await;
    let world = provider.world().await;
    logged_in(&world, &provider, "lea").await;
    provider.rotate().await;
    let (mut browser, _) = logged_in(&world, &provider, "eli").await;
    assert!(is_logged_in(&mut browser).await);
}

#[tokio::test]
async fn without_the_provider_nobody_logs_in_and_everything_else_works() {
    let mut provider = Provider::start().await;
    let world = provider.world().await;
    let (mut inside, _) = logged_in(&world, &provider, "lea").await;
    let (mut under_way, mut visit) = (world.browser(), Visit::new(&provider));
    let callback = to_callback(&mut under_way, &mut visit, "/login", "lea").await;
    provider.stop().await;

    assert!(is_logged_in(&mut inside).await);
    let answer = under_way.get(&callback).await;
    assert_eq!(answer.status, 503);
    assert!(answer.text.contains("The login service does not answer"), "{}", answer.text);
    assert_eq!(answer.header("retry-after"), "60");
    let unknown = World::with(&[("OIDC__ISSUER", &provider.issuer)]).await;
    assert_eq!(unknown.browser().get("/login").await.status, 503);
    assert_eq!(unknown.browser().get("/readyz").await.status, 200);
}

#[tokio::test]
async fn a_step_up_asks_again_and_takes_only_a_login_from_just_now() {
    let provider = Provider::start().await;
    let world = provider.world().await;
    let (mut browser, mut visit) = logged_in(&world, &provider, "lea").await;
    assert_eq!(browser.get("/login?return_to=/releases").await.location(), "/releases", "nothing to do");
    let old_session = browser.cookies["lockkeeper"].clone();

    let begun = browser.get("/login?step_up=1&return_to=/releases").await;
    let url = begun.location().to_owned();
    assert!(url.contains("max_age=0") && url.contains("prompt=login"), "{url}");
    let callback = visit.log_in(&url, "lea").await;
    for how in ["old_auth_time", "no_auth_time"] {
        let (mut tried, mut elsewhere) = (browser.clone(), Visit::new(&provider));
        let callback = to_callback(&mut tried, &mut elsewhere, "/login?max_age=900", "lea").await;
        provider.tamper(how).await;
        let answer = tried.get(&callback).await;
        assert_eq!(answer.status, 403, "{how}: {}", answer.text);
        assert!(answer.text.contains("did not ask you again"), "{how}");
    }
    let answer = browser.get(&callback).await;
    assert_eq!((answer.status.as_u16(), answer.location()), (303, "/releases"), "{}", answer.text);
    assert_ne!(browser.cookies["lockkeeper"], old_session, "the session has a new name");
    let mut old = world.browser();
    old.cookies.insert("lockkeeper".to_owned(), old_session);
    assert!(!is_logged_in(&mut old).await, "the old name opens nothing");
}

#[tokio::test]
async fn a_session_planted_before_login_is_worth_nothing_after_it() {
    let provider = Provider::start().await;
    let world = provider.world().await;
    let (mut victim, mut visit) = (world.browser(), Visit::new(&provider));
    let callback = to_callback(&mut victim, &mut visit, "/login", "lea").await;
    let mut attacker = victim.clone();
    assert_eq!(victim.get(&callback).await.status, 303);
    assert!(is_logged_in(&mut victim).await);
    assert!(!is_logged_in(&mut attacker).await);
}

#[tokio::test]
async fn the_provider_saying_no_is_shown_and_recorded() {
    let provider = Provider::start().await;
    let world = provider.world().await;
    let mut browser = world.browser();
    let begun = browser.get("/login").await;
    let state = begun.location().split("state=").nth(1).unwrap().split('&').next().unwrap().to_owned();
    let answer = browser.get(&format!("/login/callback?error=access_denied&state={state}")).await;
    assert_eq!(answer.status, 403);
    assert_eq!(world.audit().await.len(), 1);
}

/// A provider that takes its time, and counts who asks.
async fn slow_provider(status: u16) -> (String, Arc<AtomicU32>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let issuer = format!("http://{}", listener.local_addr().unwrap());
    let asked = Arc::new(AtomicU32::new(0));
    let (base, count) = (issuer.clone(), asked.clone());
    let discovery = move || {
        count.fetch_add(1, Ordering::SeqCst);
        let document = json!({
            "issuer": base, "authorization_endpoint": format!("{base}/auth"), "token_endpoint": format!("{base}/token"),
            "jwks_uri": format!("{base}/jwks"), "response_types_supported": ["code"],
            "subject_types_supported": ["public"], "id_token_signing_alg_values_supported": ["RS256"],
        });
        async move {
            tokio::time::sleep(Duration::from_millis(400)).await;
            (StatusCode::from_u16(status).unwrap(), Json(document))
        }
    };
    let router = Router::new()
        .route("/.well-known/openid-configuration", get(discovery))
        .route("/jwks", get(|| async { Json(json!({ "keys": [] })) }));
    tokio::spawn(async move { axum::serve(listener, router).await });
    (issuer, asked)
}

#[tokio::test]
async fn many_logins_at_the_same_moment_ask_the_provider_once() {
    for (provider_says, expected) in [(200, 303), (500, 503)] {
        let (issuer, asked) = slow_provider(provider_says).await;
        let world = World::with(&[("OIDC__ISSUER", &issuer)]).await;
        let logins = (0..20).map(|_| {
            let mut browser = world.browser();
            async move { browser.get("/login").await.status.as_u16() }
        });
        let began = std::time::Instant::now();
        let statuses = futures::future::join_all(logins).await;
        assert_eq!(statuses, vec![expected; 20]);
        assert_eq!(asked.load(Ordering::SeqCst), 1, "when it says {provider_says}");
        assert!(began.elapsed() < Duration::from_secs(4), "nobody waits for more than one answer");
    }
}
