//! The binary itself, as an operator uses it: commands, signals, and faults of the machine under it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test says what went wrong by panicking"
)]

#[path = "running/binary.rs"]
mod binary;
mod support;

use std::{fs, time::Duration};

use binary::Installation;
use server::db::{self, Db, Engine};
use support::TestDb;

#[tokio::test]
async fn tokens_are_listed_and_revoked_and_both_are_recorded() {
    let database = TestDb::empty().await;
    let place = Installation::on(&database.url);
    let secret = place.run(&["token", "create", "--name", "pipeline", "--role", "engineer"]).success();
    assert!(secret.starts_with("lk_"), "{secret}");
    let list = place.run(&["token", "list"]).success();
    assert!(list.contains("pipeline") && list.contains("valid until") && !list.contains(secret.trim()), "{list}");
    let id = list.split_whitespace().next().unwrap().to_owned();
    place.run(&["token", "revoke", &id]).success();
    assert!(place.run(&["token", "list"]).success().contains("revoked"));
    let again = place.run(&["token", "revoke", &id]).failure();
    assert!(again.contains("Nothing was changed"), "{again}");
    let log = place.run(&["audit", "verify"]).success();
    assert!(log.starts_with("2 events, unbroken"), "{log}");
}

#[tokio::test]
async fn the_description_of_the_api_can_be_printed() {
    let database = TestDb::empty().await;
    let text = Installation::on(&database.url).run(&["openapi"]).success();
    let document: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert!(document["paths"]["/api/openapi.json"]["get"].is_object());
}

#[tokio::test]
async fn the_doctor_says_what_is_wrong_and_what_to_do() {
    let database = TestDb::fresh().await;
    let place = Installation::on(&database.url);
    let output = place.run(&["doctor"]);
    let said = output.printed();
    assert!(!output.is_success(), "nobody listens where the login service should be: {said}");
    for line in
        ["ok    configuration", "ok    data folder", "ok    database: is at this version", "ok    blueprint shop"]
    {
        assert!(said.contains(line), "{line} is missing in {said}");
    }
    let login = said.lines().find(|line| line.starts_with("FAIL  login service")).expect("the login service is wrong");
    let advice = said.lines().skip_while(|line| *line != login).nth(1).unwrap();
    assert!(advice.contains("→ Nobody can log in"), "{advice}");
    assert!(said.contains("FAIL  AWS for staging of shop"), "{said}");

    fs::write(place.blueprint(), "[application]\nnam = \"shop\"\n").unwrap();
    let said = place.run(&["doctor"]).printed();
    assert!(said.contains("FAIL  blueprints: shop.toml"), "{said}");

    let broken = place.run_with(&["doctor"], &[("LOCKKEEPER__SERVER__PUBLIC_URL", "nowhere")]);
    assert!(!broken.is_success() && broken.printed().contains("FAIL  configuration"), "{}", broken.printed());
}

#[tokio::test]
async fn the_doctor_notices_a_log_that_was_changed() {
    let database = TestDb::empty().await;
    let place = Installation::on(&database.url);
    place.run(&["token", "create", "--name", "a", "--role", "viewer"]).success();
    assert!(place.run(&["doctor"]).printed().contains("ok    audit log: 1 events"));
    sqlx::query("DELETE FROM audit_events").execute(database.db.pool()).await.unwrap();
    assert!(place.run(&["doctor"]).printed().contains("FAIL  audit log"));
}

#[tokio::test]
async fn a_hangup_reads_the_blueprints_at_once_and_keeps_the_good_one() {
    let database = TestDb::empty().await;
    let place = Installation::on(&database.url);
    let server = place.serve().await;
    let reloads = async |db: &Db| {
        let mut connection = db.read().await.unwrap();
        let rows = db::audit::list_after(&mut connection, 0, 100).await.unwrap();
        rows.into_iter().filter(|(e, _)| e.action == "reload_blueprints").map(|(e, _)| e.detail).collect::<Vec<_>>()
    };
    fs::write(place.blueprint(), "[application]\nnam = \"shop\"\n").unwrap();
    server.hang_up();
    let mut seen = Vec::new();
    for _ in 0..200 {
        seen = reloads(&database.db).await;
        if !seen.is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    let first = seen.first().expect("the reading is recorded");
    assert!(first["problems"].to_string().contains("stays in use"), "{first}");
    assert!(first["in_force"]["shop"].is_string(), "the good one stays in force: {first}");
    server.stop().await;
}

#[tokio::test]
async fn a_second_server_on_one_sqlite_file_says_who_is_first() {
    let database = TestDb::empty().await;
    if database.db.engine() != Engine::Sqlite {
        return;
    }
    let place = Installation::on(&database.url);
    let server = place.serve().await;
    let refused = place.run(&["serve"]).failure();
    assert!(refused.contains(&format!("pid {}", server.pid())), "{refused}");
    // Killed hard, it leaves nothing behind that would keep the next one away.
    server.kill();
    let next = place.serve().await;
    next.stop().await;
}
