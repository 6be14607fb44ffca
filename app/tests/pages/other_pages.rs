//! Every other page: its status, its sentence, what it offers.

use app::{error::ApiError, form::FormState};
use domain::permission::Role;

use super::{
    Browser,
    fake::{caller, world::HOSTILE},
};

fn lead() -> Browser {
    Browser::of(caller("Mia Lund", Role::Lead))
}

#[tokio::test]
async fn the_overview_says_how_things_are_and_never_calls_the_unseen_healthy() {
    let answer = lead().open("/").await;
    let text = answer.text();
    assert!(
        text.contains(
            "1 environment needs attention; 1 is not known right now; 2 deployments are under way; 1 waits for you."
        ),
        "{text}"
    );
    assert!(text.contains("Look at 1.5.0 for Production"), "{text}");
    assert!(text.contains("did you mean `depends_on`?"), "a blueprint that cannot be loaded is said: {text}");
    let staging = answer.html.split("<article").skip(1).find(|card| card.contains("Staging")).expect("the card");
    assert!(staging.contains("badge-unknown") && staging.contains("Stale"), "{staging}");
    assert!(!staging.contains("badge-good"), "{staging}");
}

#[tokio::test]
async fn an_empty_product_says_what_to_do_first() {
    for (path, expected) in [
        ("/", "lockkeeper init --assembly cdk.out"),
        ("/releases", "lockkeeper release create"),
        ("/approvals", "Nothing waits for you."),
    ] {
        let answer = lead().in_an_empty_world().open(path).await;
        assert_eq!(answer.status, 200);
        assert!(answer.text().contains(expected), "{path}: {}", answer.text());
    }
}

#[tokio::test]
async fn an_environment_shows_missing_outputs_and_stacks_nobody_has_seen() {
    let answer = lead().open("/applications/shop/environments/production").await;
    let stacks = answer.part("stacks");
    let row = |name: &str| {
        stacks.split("<tr").find(|row| row.contains(&format!("<strong>{name}</strong>"))).unwrap_or_default().to_owned()
    };
    assert!(row("Api").contains("missing: ApiEndpoint") && row("Api").contains("badge-attention"), "{}", row("Api"));
    assert!(row("Web").contains("Stuck: the rollback of an update failed") && row("Web").contains("badge-bad"));
    assert!(row("Monitoring").contains("Not seen") && row("Monitoring").contains("badge-unknown"));
    assert!(answer.html.contains("band-protected"), "the band is there");
    assert!(answer.part("request").contains("action=\"/api/request_deployment\""));
}

#[tokio::test]
async fn an_obstacle_is_said_instead_of_a_form() {
    let answer = lead().open("/releases/00000000-0000-0000-0000-000000000001").await;
    let production = answer.part("environment-production");
    assert!(production.contains("Another deployment holds this environment."), "{production}");
    assert!(!production.contains("method=\"post\""), "{production}");
    assert!(answer.part("environment-staging").contains("method=\"post\""));
}

#[tokio::test]
async fn filters_and_pages_live_in_the_address() {
    let answer = lead().open("/releases?application=shop&page=2").await;
    assert!(answer.html.contains("href=\"/releases?application=shop&amp;page=1\""), "{}", answer.html);
    assert!(answer.html.contains("href=\"/releases?application=shop&amp;page=3\""));
    assert!(answer.text().contains("26–50 of 52"));
    let failed = lead().open("/deployments?state=failed").await;
    assert!(failed.text().contains("1 deployment matches these filters"), "{}", failed.text());
}

#[tokio::test]
async fn a_head_sorts_and_keeps_the_filters() {
    let path = "/deployments?state=failed&sort=-took&page=3";
    let html = lead().open(path).await.html;
    assert!(html.contains("aria-sort=\"descending\""), "{html}");
    assert!(html.contains("href=\"/deployments?state=failed&amp;sort=took\""), "a second click turns it: {html}");
    assert!(html.contains("href=\"/deployments?state=failed&amp;sort=release\""), "{html}");
    assert!(!html.contains("sort=changes"), "what the database cannot sort by is no link");
    let form = html.split("<form").find(|form| form.contains("aria-label=\"Filter deployments\"")).unwrap();
    assert!(form.contains("type=\"hidden\" name=\"sort\" value=\"-took\""), "{form}");
    assert!(!form.contains("name=\"page\""), "another filter begins at its first page: {form}");
    assert!(html.contains("href=\"/deployments.csv?state=failed&amp;sort=-took\""), "the file is of the same rows");
}

#[tokio::test]
async fn columns_are_chosen_by_the_address_and_remembered_by_the_browser() {
    let heads = |html: &str| {
        let head = html.split("<thead>").nth(1).unwrap_or_default().split("</thead>").next().unwrap_or_default();
        super::words(head)
    };
    let chosen = lead().open("/deployments?columns=release&columns=id").await.html;
    assert_eq!(heads(&chosen), "Release Id");
    assert!(chosen.contains("data-remember=\"columns.deployments=release.id\""), "{chosen}");
    let mut browser = lead();
    browser.headers.push(("cookie", "columns.deployments=state.nonsense".to_owned()));
    assert_eq!(heads(&browser.open("/deployments").await.html), "Release State");
    let usual = browser.open("/deployments?columns=default").await.html;
    assert_eq!(heads(&usual), "Release State Where Changes Requested Took");
    assert!(usual.contains("data-remember=\"columns.deployments=\""), "the memory is cleared: {usual}");
}

#[tokio::test]
async fn two_tables_of_one_page_do_not_share_their_sorting() {
    let path = "/applications/shop/environments/production";
    let html = lead().open(&format!("{path}?events-sort=status&events-page=2")).await.html;
    assert!(html.contains(&format!("href=\"{path}?events-sort=-status#events\"")), "{html}");
    assert!(
        html.contains(&format!("href=\"{path}?events-sort=status&amp;events-page=2&amp;stacks-sort=stack#stacks\""))
    );
    assert!(html.contains(&format!("href=\"{path}?events-sort=status&amp;events-page=3#events\"")));
    assert!(html.contains("51–100 of 120"));
}

#[tokio::test]
async fn search_finds_pages_things_and_acts_and_says_when_there_is_nothing() {
    let found = lead().open("/search?q=deployment").await;
    let text = found.text();
    assert!(text.contains("Plan a deployment to Staging act, Shop"), "{text}");
    assert!(text.contains("Deployments page"), "{text}");
    let nothing = lead().open("/search?q=%22%3E%3Cscript%3Ezebra").await;
    assert!(nothing.text().contains("Nothing you may see has all of"), "{}", nothing.text());
    assert!(!nothing.html.contains("<script>zebra"));
}

#[tokio::test]
async fn approvals_are_mine_first_then_signatures_then_others() {
    let text = lead().open("/approvals").await.text();
    let order = ["Plans for you to approve", "Checklists for you to sign", "Waiting for others"]
        .map(|part| text.find(part).unwrap());
    assert!(order.is_sorted(), "{text}");
}

#[tokio::test]
async fn the_account_page_tells_what_may_be_done_where() {
    let text = lead().open("/account").await.text();
    assert!(text.contains("You are Mia Lund, as lead."), "{text}");
    assert!(text.contains("approve or reject plans yes after a fresh login"), "{text}");
    assert!(text.contains("manage tokens no no"), "{text}");
}

#[tokio::test]
async fn a_refused_page_has_the_true_status_and_a_way_on() {
    let audit = lead().open("/audit").await;
    assert_eq!(audit.status, 403);
    assert!(audit.text().contains("You may not see the audit log here."), "{}", audit.text());
    let allowed = Browser::of(caller("Ada Reyes", Role::Admin)).open("/audit").await;
    assert_eq!(allowed.status, 200);
    assert!(allowed.text().contains("Head of the chain: event 43"));
    for path in [
        "/deployments/nonsense",
        "/deployments/00000000-0000-0000-0000-0000000000ff",
        "/nowhere",
        "/applications/x/environments/y",
    ] {
        let answer = lead().open(path).await;
        assert_eq!(answer.status, 404, "{path}");
        assert!(answer.text().contains("Go to the overview"), "{path}");
    }
}

#[tokio::test]
async fn the_stored_colour_scheme_is_in_the_first_paint() {
    let mut browser = lead();
    assert!(!browser.open("/").await.html.contains("data-theme"));
    browser.headers.push(("cookie", "a=b; theme=dark".to_owned()));
    assert!(browser.open("/").await.html.contains("<html lang=\"en\" data-theme=\"dark\">"));
    browser.headers[0].1 = "theme=\"><script>".to_owned();
    assert!(!browser.open("/").await.html.contains("data-theme"));
}

#[tokio::test]
async fn no_page_needs_inline_styles_or_handlers_which_the_policy_forbids() {
    let admin = Browser::of(caller("Ada Reyes", Role::Admin));
    for path in [
        "/",
        "/design",
        "/search?q=a",
        "/approvals",
        "/audit",
        "/account",
        "/releases",
        "/releases/00000000-0000-0000-0000-000000000001",
        "/deployments",
        "/deployments/00000000-0000-0000-0000-00000000000a",
        "/deployments/00000000-0000-0000-0000-00000000000c",
        "/deployments/00000000-0000-0000-0000-00000000000d",
        "/applications/shop/environments/production",
    ] {
        let html = admin.open(path).await.html;
        assert!(!html.contains(" style="), "{path}");
        assert!(!html.contains(" onclick=") && !html.contains(" onchange="), "{path}");
        let ids: Vec<&str> = html.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        let mut unique = ids.clone();
        unique.sort_unstable();
        unique.dedup();
        assert_eq!(ids.len(), unique.len(), "{path} uses an id twice: {ids:?}");
        assert_eq!(html.matches("<h1").count(), 1, "{path}");
    }
}

#[tokio::test]
async fn nothing_that_somebody_typed_becomes_markup() {
    let fields = ["phrase", "comment", "reason", "note"].map(|name| (name.to_owned(), HOSTILE.to_owned()));
    let returned = |form: &str| FormState {
        form: form.to_owned(),
        fields: fields.clone().into(),
        error: Some(ApiError::rejected(HOSTILE)),
        notice: Some(HOSTILE.to_owned()),
    };
    let mut browser = lead().in_a_hostile_world();
    for form in ["decide", "cancel", "request-production", "tick-backup", "waive-backup", "end", "done", "filter"] {
        browser.forms.push(returned(form));
    }
    for path in [
        "/",
        "/approvals",
        "/deployments",
        "/deployments/00000000-0000-0000-0000-00000000000a",
        "/deployments/00000000-0000-0000-0000-00000000000c",
        "/deployments/00000000-0000-0000-0000-00000000000d",
        "/deployments/00000000-0000-0000-0000-00000000000f",
        "/releases/00000000-0000-0000-0000-000000000001",
        "/applications/shop/environments/production",
    ] {
        let html = browser.open(path).await.html;
        assert!(html.contains("steal()"), "{path} shows what was typed");
        assert!(!html.contains("<script>steal"), "{path} runs what was typed");
        assert!(!html.contains("=\"</textarea>"), "{path} lets an attribute end");
    }
}
