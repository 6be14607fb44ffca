//! Nothing typed is lost.

use domain::permission::Role;

use super::{
    provider::{Provider, Visit},
    world::World,
};

const PAGE: &str = "/deployments/0198c0de-0000-7000-8000-000000000001";
const FIELDS: &[(&str, &str)] = &[
    ("form_id", "approve"),
    ("deployment", "0198c0de-0000-7000-8000-000000000001"),
    ("phrase", "DEPLOY TO PRODUCTION"),
    ("comment", "Looks <right> & \"proper\""),
    ("api_token", "lk_never_stored"),
];

/// What waits in the database, as text.
async fn stored(world: &World) -> Vec<String> {
    sqlx::query_scalar("SELECT fields FROM drafts").fetch_all(world.db().pool()).await.unwrap()
}

#[tokio::test]
async fn a_form_sent_after_the_session_ended_waits_for_its_page() {
    let world = World::new().await;
    let mut browser = world.logged_in(Role::Lead).await;
    world.clock.advance_secs(100_000);
    let answer = browser.post(PAGE, "/api/approve_plan", FIELDS).await;
    assert_eq!(answer.status, 303);
    assert_eq!(answer.location(), format!("/login?return_to={}", PAGE.replace('/', "%2F")));

    let kept = stored(&world).await;
    assert_eq!(kept.len(), 1);
    assert!(kept[0].contains("Looks <right>") && kept[0].contains("Your session had ended"), "{kept:?}");
    assert!(!kept[0].contains("DEPLOY TO PRODUCTION"), "the phrase is typed anew");
    assert!(!kept[0].contains("lk_never_stored"), "secrets are not kept");

    let mut stranger = world.logged_in(Role::Lead).await;
    stranger.get(PAGE).await;
    assert_eq!(stored(&world).await.len(), 1, "another browser does not get it");
    world.log_in(&mut browser, Role::Lead).await;
    browser.get("/releases").await;
    assert_eq!(stored(&world).await.len(), 1, "another page does not get it");
    browser.fetch(PAGE).await;
    assert_eq!(stored(&world).await.len(), 1, "a page refreshing itself does not get it");
    browser.get(PAGE).await;
    assert_eq!(stored(&world).await.len(), 0, "its page got it");
}

#[tokio::test]
async fn what_was_typed_is_on_the_page_again() {
    let world = World::new().await;
    let mut browser = world.logged_in(Role::Admin).await;
    world.clock.advance_secs(100_000);
    // Any page shows the notice of an act that was kept for it; this one needs no data.
    let fields = [("form_id", app::components::DONE), ("comment", "typed")];
    browser.post("/approvals", "/api/cancel_deployment", &fields).await;
    world.log_in(&mut browser, Role::Admin).await;
    let page = browser.get("/approvals").await;
    assert!(page.text.contains("Your session had ended"), "{}", page.text);
    let again = browser.get("/approvals").await;
    assert!(!again.text.contains("Your session had ended"));
}

#[tokio::test]
async fn a_refused_act_brings_its_form_back() {
    let world = World::new().await;
    let mut browser = world.logged_in(Role::Lead).await;
    let answer = browser.post(PAGE, "/api/approve_plan", FIELDS).await;
    assert_eq!(answer.status, 302, "{}", answer.text);
    assert!(answer.location().starts_with(PAGE), "{}", answer.location());
    let kept = stored(&world).await;
    assert!(kept.len() == 1 && kept[0].contains("Looks <right>"), "{kept:?}");
}

#[tokio::test]
async fn kept_forms_are_forgotten_after_an_hour_and_at_logout() {
    let world = World::new().await;
    let mut browser = world.browser();
    browser.post(PAGE, "/api/approve_plan", FIELDS).await;
    world.clock.advance_secs(3601);
    assert_eq!(world.state.sessions.delete_expired().await.unwrap(), 1);

    browser.post(PAGE, "/api/approve_plan", FIELDS).await;
    world.log_in(&mut browser, Role::Lead).await;
    browser.post("/", "/logout", &[]).await;
    assert_eq!(stored(&world).await.len(), 0);
}

#[tokio::test]
async fn what_one_person_typed_is_not_for_the_next_one_in_the_same_browser() {
    let provider = Provider::start().await;
    let world = provider.world().await;
    let mut browser = world.browser();
    for (person, left) in [("lea", 1), ("lea", 1), ("solo", 0)] {
        let begun = browser.get("/login").await;
        let callback = Visit::new(&provider).log_in(begun.location(), person).await;
        assert_eq!(browser.get(&callback).await.status, 303);
        if left == 1 {
            // As after its end: the cookie of the session opens nothing any more.
            browser.cookies.remove("lockkeeper");
            if stored(&world).await.is_empty() {
                browser.post(PAGE, "/api/approve_plan", FIELDS).await;
            }
        }
        assert_eq!(stored(&world).await.len(), left, "{person}");
    }
}

#[tokio::test]
async fn a_stranger_cannot_fill_the_database_with_forms() {
    let world = World::with(&[("SERVER__LOGIN_ATTEMPTS_PER_MINUTE", "30")]).await;
    let mut browser = world.browser();
    let mut last = 0;
    for n in 0..40 {
        let page = format!("/deployments/{n}");
        last = browser.post(&page, "/api/approve_plan", FIELDS).await.status.as_u16();
    }
    assert_eq!(last, 429);
    assert!(stored(&world).await.len() <= 20);
}
