//! The demo's own provider, reached through the same code as every other.

use domain::permission::Role;
use reqwest::{Client, redirect::Policy};
use server::{
    auth::demo_provider::{DemoClient, DemoProvider, PERSONAS},
    clock::SystemClock,
    config::Secret,
};
use tokio_util::sync::CancellationToken;

use super::world::{PUBLIC_URL, World};

async fn start(shutdown: &CancellationToken) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = DemoClient {
        client_id: "lockkeeper".to_owned(),
        client_secret: Secret::new(super::provider::CLIENT_SECRET),
        redirect_uri: format!("{PUBLIC_URL}/login/callback"),
        post_logout_redirect_uri: format!("{PUBLIC_URL}/logged-out"),
    };
    let provider = DemoProvider::new(listener, client, std::sync::Arc::new(SystemClock)).unwrap();
    let issuer = provider.issuer().to_owned();
    spawn(provider.run(shutdown.clone()));
    issuer
}

#[expect(clippy::disallowed_methods, reason = "ended by the test's token")]
fn spawn(provider: impl Future<Output = std::io::Result<()>> + Send + 'static) {
    tokio::spawn(provider);
}

fn http() -> Client {
    Client::builder().redirect(Policy::none()).no_proxy().build().unwrap()
}

/// The address behind a person's card.
fn card(page: &str, id: &str) -> String {
    let start = page.find(&format!("/authorize/as/{id}?")).expect("the card");
    page[start..].split('"').next().unwrap().replace("&amp;", "&")
}

#[tokio::test]
async fn one_click_makes_anybody_of_the_five() {
    let shutdown = CancellationToken::new();
    let issuer = start(&shutdown).await;
    let world = World::with(&[("OIDC__ISSUER", &issuer)]).await;
    let roles = [Role::Engineer, Role::Lead, Role::OnCall, Role::Finance, Role::Admin];
    for (persona, role) in PERSONAS.into_iter().zip(roles) {
        let mut browser = world.browser();
        let begun = browser.get("/login?return_to=/account").await;
        assert_eq!(begun.status, 303, "{}", begun.text);
        let page = http().get(begun.location()).send().await.unwrap().text().await.unwrap();
        let chosen = http().get(format!("{issuer}{}", card(&page, persona.id))).send().await.unwrap();
        let callback = chosen.headers()["location"].to_str().unwrap().to_owned();
        let path = callback.strip_prefix(PUBLIC_URL).unwrap();
        let answer = browser.get(path).await;
        assert_eq!((answer.status.as_u16(), answer.location()), (303, "/account"), "{}", answer.text);
        let account = browser.get("/account").await.text;
        assert!(account.contains(persona.name) && account.to_lowercase().contains(role.name()), "{}", persona.name);
        assert_eq!(browser.get(path).await.status, 400, "the callback works once");
    }
    shutdown.cancel();
}

#[tokio::test]
async fn a_step_up_works_in_the_demo_too() {
    let shutdown = CancellationToken::new();
    let issuer = start(&shutdown).await;
    let world = World::with(&[("OIDC__ISSUER", &issuer)]).await;
    let mut browser = world.logged_in(Role::Lead).await;
    let begun = browser.get("/login?step_up=1&return_to=/approvals").await;
    let page = http().get(begun.location()).send().await.unwrap().text().await.unwrap();
    assert!(page.contains("Confirm who you are"));
    let chosen = http().get(format!("{issuer}{}", card(&page, "lea"))).send().await.unwrap();
    let callback = chosen.headers()["location"].to_str().unwrap().to_owned();
    let answer = browser.get(callback.strip_prefix(PUBLIC_URL).unwrap()).await;
    assert_eq!((answer.status.as_u16(), answer.location()), (303, "/approvals"));
    shutdown.cancel();
}

#[tokio::test]
async fn the_demo_refuses_what_a_provider_must_refuse() {
    let shutdown = CancellationToken::new();
    let issuer = start(&shutdown).await;
    let world = World::with(&[("OIDC__ISSUER", &issuer)]).await;
    let good = world.browser().get("/login").await.location().to_owned();
    for (from, to) in [
        ("client_id=lockkeeper", "client_id=other"),
        ("lockkeeper.localhost", "evil.example"),
        ("code_challenge_method=S256", "code_challenge_method=plain"),
        ("response_type=code", "response_type=token"),
    ] {
        assert!(good.contains(from), "{good}");
        let response = http().get(good.replace(from, to)).send().await.unwrap();
        assert_eq!(response.status(), 400, "{to}");
    }
    let silent = http().get(format!("{good}&prompt=none")).send().await.unwrap();
    assert!(silent.headers()["location"].to_str().unwrap().contains("error=login_required"));
    let body = "grant_type=authorization_code&code=x&code_verifier=y";
    let token = http().post(format!("{issuer}/token")).header("content-type", "application/x-www-form-urlencoded");
    assert_eq!(token.body(body).send().await.unwrap().status(), 401, "without the client's secret");
    shutdown.cancel();
}

#[tokio::test]
async fn the_demo_provider_listens_on_this_machine_only() {
    let listener = tokio::net::TcpListener::bind("0.0.0.0:0").await.unwrap();
    let client = DemoClient {
        client_id: String::new(),
        client_secret: Secret::new("x"),
        redirect_uri: String::new(),
        post_logout_redirect_uri: String::new(),
    };
    assert!(DemoProvider::new(listener, client, std::sync::Arc::new(SystemClock)).is_err());
}
