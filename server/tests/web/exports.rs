//! Tables as files: who gets them, and what a spreadsheet makes of them.

use domain::permission::Role;
use server::db;

use super::world::World;

const FILES: [&str; 5] = [
    "/deployments.csv",
    "/releases.csv",
    "/audit.csv",
    "/applications/shop/environments/production/stacks.csv",
    "/applications/shop/environments/production/events.csv",
];

#[tokio::test]
async fn a_file_wants_a_login_and_the_permission_of_its_page() {
    let world = World::new().await;
    for file in FILES {
        let answer = world.browser().get(file).await;
        assert_eq!(answer.status, 303, "{file}");
        assert_eq!(answer.text, "", "{file}");
    }
    let mut engineer = world.logged_in(Role::Engineer).await;
    let refused = engineer.get("/audit.csv").await;
    assert_eq!(refused.status, 403, "{}", refused.text);
    assert!(!refused.header("content-type").starts_with("text/csv"));
    // There is no blueprint here, so nobody may know whether the environment exists.
    assert_eq!(engineer.get(FILES[3]).await.status, 404);
    assert_eq!(engineer.get("/deployments.csv").await.status, 200);
}

#[tokio::test]
async fn a_file_holds_the_rows_of_the_page_and_no_formula() {
    let world = World::new().await;
    let mut admin = world.logged_in(Role::Admin).await;
    for (actor, action) in [("=HYPERLINK(\"http://x\")", "login"), ("Eli, Engineer", "login"), ("Lea", "approve_plan")]
    {
        let event = db::audit::NewAuditEvent {
            actor_id: "a".into(),
            actor_name: actor.into(),
            action: action.into(),
            outcome: domain::audit::AuditOutcome::Done,
            application: None,
            environment: None,
            subject_kind: "session",
            subject_id: "s".into(),
            detail: serde_json::json!({}),
            address: None,
        };
        let mut tx = world.db().write().await.unwrap();
        db::audit::append(&mut tx, event, jiff::Timestamp::UNIX_EPOCH).await.unwrap();
        tx.commit().await.unwrap();
    }
    let answer = admin.get("/audit.csv?action=login&sort=number&columns=who&columns=act").await;
    assert_eq!(
        answer.text,
        "No.,Who,Act\r\n1,\"'=HYPERLINK(\"\"http://x\"\")\",login\r\n2,\"Eli, Engineer\",login\r\n"
    );
    assert!(answer.header("content-type").starts_with("text/csv; charset=utf-8"));
    let name = answer.header("content-disposition");
    assert!(name.starts_with("attachment; filename=\"lockkeeper-audit-") && name.ends_with(".csv\""), "{name}");
    let all = admin.get("/audit.csv").await.text;
    assert!(
        all.starts_with("No.,Time,Who,What,Act,Outcome,Where,About,Address,Hash\r\n3,1970-01-01T00:00:00Z,Lea,"),
        "{all}"
    );
}
