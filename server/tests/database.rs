//! The statements, on whichever engine is under test: the same suite runs on SQLite and on PostgreSQL.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test says what went wrong by panicking"
)]

#[path = "database/lists.rs"]
mod lists;
mod support;

use std::{collections::BTreeMap, io::BufReader};

use app::ports::Clock as _;
use domain::{
    audit::{AuditOutcome, ChainError, ChainVerifier},
    checklist::{Checklist, Person},
    deployment::{Deployment, Effect, Event, State},
    digest::Digest,
    release::{EnvironmentContent, ReleaseContent},
};
use jiff::Timestamp;
use serde_json::json;
use server::{
    clock::new_id,
    db::{self, Db, DbError, audit::NewAuditEvent, backup, deployments::Stored, releases::Release},
};
use support::{FixedClock, TestDb};
use uuid::Uuid;

fn audit_event(action: &str) -> NewAuditEvent {
    NewAuditEvent {
        actor_id: "a".into(),
        actor_name: "Lea Lead".into(),
        action: action.into(),
        outcome: AuditOutcome::Done,
        application: Some("shop".into()),
        environment: None,
        subject_kind: "deployment",
        subject_id: "d1".into(),
        detail: json!({"comment": "100 % fine — “really”", "n": 1}),
        address: None,
    }
}

async fn append(db: &Db, action: &str, now: Timestamp) -> i64 {
    let mut tx = db.write().await.expect("a transaction");
    let sequence = db::audit::append(&mut tx, audit_event(action), now).await.expect("appended");
    tx.commit().await.expect("committed");
    sequence
}

async fn verify(db: &Db) -> Result<i64, ChainError> {
    let mut connection = db.read().await.expect("a connection");
    let mut verifier = ChainVerifier::default();
    for (event, hash) in db::audit::list_after(&mut connection, 0, 1000).await.expect("events") {
        verifier.accept(&event, &hash)?;
    }
    Ok(verifier.head().0)
}

async fn release(db: &Db, now: Timestamp) -> Uuid {
    let content = ReleaseContent {
        application: "shop".into(),
        version: "1.0.0".into(),
        source_revision: None,
        environments: BTreeMap::from([("production".into(), EnvironmentContent { stacks: Vec::new() })]),
    };
    let release = Release {
        id: new_id(now),
        digest: content.digest().expect("a digest"),
        content,
        created_by: "eli".into(),
        created_by_name: "Eli".into(),
        created_at: now,
    };
    let mut tx = db.write().await.expect("a transaction");
    db::releases::insert(&mut tx, &release).await.expect("inserted");
    tx.commit().await.expect("committed");
    release.id
}

fn deployment(release: Uuid, now: Timestamp) -> Deployment {
    Deployment {
        id: new_id(now),
        application: "shop".into(),
        environment: "production".into(),
        release_id: release,
        release_version: "1.0.0".into(),
        release_digest: Digest::of_bytes(b"r"),
        blueprint_digest: Digest::of_bytes(b"b"),
        requested_by: Person { id: "eli".into(), name: "Eli".into() },
        requested_at: now,
        reason: "first".into(),
        protection: None,
        checklist: Checklist::default(),
        state: State::Planned,
        stacks: Vec::new(),
        plan_digest: None,
        approvals: Vec::new(),
        checks: Vec::new(),
        marks: Vec::new(),
        sign_offs: Vec::new(),
        cancellation: None,
        failure: None,
        started_at: None,
        finished_at: None,
    }
}

async fn insert(db: &Db, deployment: &Deployment) -> Result<(), DbError> {
    let mut tx = db.write().await?;
    db::deployments::insert(&mut tx, deployment).await?;
    tx.commit().await?;
    Ok(())
}

async fn find(db: &Db, id: Uuid) -> Stored {
    let mut connection = db.read().await.expect("a connection");
    db::deployments::find(&mut connection, id).await.expect("found").expect("is there")
}

fn cancelled() -> Event {
    Event::CancelRequested { by: Person { id: "eli".into(), name: "Eli".into() }, reason: "no".into() }
}

#[tokio::test]
async fn migrations_apply_twice_without_harm_and_are_noticed() {
    let test_db = TestDb::fresh().await;
    test_db.db.migrate().await.expect("a second time");
    assert!(test_db.db.is_migrated().await.expect("asked"));
}

#[tokio::test]
async fn the_audit_chain_verifies_after_a_round_trip() {
    let test_db = TestDb::fresh().await;
    let clock = FixedClock::new();
    for n in 1..=5 {
        assert_eq!(append(&test_db.db, "approve_plan", clock.now()).await, n);
        clock.advance_secs(1);
    }
    assert_eq!(verify(&test_db.db).await, Ok(5));
}

#[tokio::test]
async fn concurrent_acts_get_places_without_gaps() {
    let test_db = TestDb::fresh().await;
    let clock = FixedClock::new();
    let acts = (0..20).map(|_| append(&test_db.db, "tick_item", clock.now()));
    let mut sequences = futures::future::join_all(acts).await;
    sequences.sort_unstable();
    assert_eq!(sequences, (1..=20).collect::<Vec<i64>>());
    assert_eq!(verify(&test_db.db).await, Ok(20));
}

#[tokio::test]
async fn a_row_changed_behind_our_back_breaks_the_chain() {
    let test_db = TestDb::fresh().await;
    let clock = FixedClock::new();
    for _ in 0..3 {
        append(&test_db.db, "approve_plan", clock.now()).await;
    }
    sqlx::query("UPDATE audit_events SET actor_name = 'Mallory' WHERE sequence = 2")
        .execute(test_db.db.pool())
        .await
        .expect("changed");
    assert_eq!(verify(&test_db.db).await, Err(ChainError::Changed { sequence: 2 }));
}

#[tokio::test]
async fn a_rolled_back_act_leaves_no_audit_row_and_no_gap() {
    let test_db = TestDb::fresh().await;
    let clock = FixedClock::new();
    let mut tx = test_db.db.write().await.expect("a transaction");
    db::audit::append(&mut tx, audit_event("approve_plan"), clock.now()).await.expect("appended");
    drop(tx);
    assert_eq!(append(&test_db.db, "approve_plan", clock.now()).await, 1);
    assert_eq!(verify(&test_db.db).await, Ok(1));
}

#[tokio::test]
async fn an_environment_has_one_active_deployment() {
    let test_db = TestDb::fresh().await;
    let clock = FixedClock::new();
    let release = release(&test_db.db, clock.now()).await;
    let first = deployment(release, clock.now());
    insert(&test_db.db, &first).await.expect("the first");
    let second = deployment(release, clock.now());
    let refused = insert(&test_db.db, &second).await;
    assert!(matches!(refused, Err(DbError::Duplicate(_))), "{refused:?}");

    let stored = find(&test_db.db, first.id).await;
    let (after, _) = stored.deployment.apply(&cancelled(), clock.now()).expect("cancelled");
    let mut tx = test_db.db.write().await.expect("a transaction");
    db::deployments::update(&mut tx, &stored, &after, &cancelled(), clock.now()).await.expect("updated");
    tx.commit().await.expect("committed");
    insert(&test_db.db, &second).await.expect("the lock was given back");
}

#[tokio::test]
async fn the_second_of_two_writers_is_told_that_it_is_late() {
    let test_db = TestDb::fresh().await;
    let clock = FixedClock::new();
    let release = release(&test_db.db, clock.now()).await;
    let planned = deployment(release, clock.now());
    insert(&test_db.db, &planned).await.expect("inserted");
    let stored = find(&test_db.db, planned.id).await;
    let (after, _) = stored.deployment.apply(&cancelled(), clock.now()).expect("cancelled");
    for expected_late in [false, true] {
        let mut tx = test_db.db.write().await.expect("a transaction");
        let result = db::deployments::update(&mut tx, &stored, &after, &cancelled(), clock.now()).await;
        assert_eq!(matches!(result, Err(DbError::Stale)), expected_late, "{result:?}");
        tx.commit().await.expect("committed");
    }
}

#[tokio::test]
async fn an_effect_is_claimed_by_one_worker_only_and_again_after_its_lease() {
    let test_db = TestDb::fresh().await;
    let clock = FixedClock::new();
    let release = release(&test_db.db, clock.now()).await;
    let planned = deployment(release, clock.now());
    insert(&test_db.db, &planned).await.expect("inserted");
    let effect = Effect::ExecuteStack { stack: "Api".into() };
    let mut connection = test_db.db.read().await.expect("a connection");
    for _ in 0..2 {
        let now = clock.now();
        db::effects::enqueue(&mut connection, new_id(now), planned.id, &effect, now).await.expect("queued");
    }
    drop(connection);
    let claim = async |owner: &str| {
        let until = clock.now() + jiff::SignedDuration::from_secs(60);
        let mut tx = test_db.db.write().await.expect("a transaction");
        let claimed = db::effects::claim(&mut tx, owner, clock.now(), until).await.expect("claimed");
        tx.commit().await.expect("committed");
        claimed
    };
    let first = claim("one").await.expect("the same key twice is one effect");
    assert!(claim("two").await.is_none(), "it is held");
    clock.advance_secs(61);
    assert_eq!(claim("two").await.expect("the lease ran out").id, first.id);

    let mut connection = test_db.db.read().await.expect("a connection");
    let late = db::effects::finish(&mut connection, first.id, "one", clock.now()).await;
    assert!(matches!(late, Err(DbError::Stale)), "{late:?}");
    db::effects::finish(&mut connection, first.id, "two", clock.now()).await.expect("finished");
    assert!(db::effects::list_waiting(&mut connection, planned.id).await.expect("listed").is_empty());
}

#[tokio::test]
async fn a_lease_goes_to_somebody_else_only_when_it_has_run_out() {
    let test_db = TestDb::fresh().await;
    let clock = FixedClock::new();
    let take = async |owner: &str| {
        let now = clock.now();
        let mut connection = test_db.db.read().await.expect("a connection");
        let until = now + jiff::SignedDuration::from_secs(30);
        db::leases::take(&mut connection, "poll", owner, now, until).await.expect("asked")
    };
    assert!(take("one").await);
    assert!(!take("two").await);
    assert!(take("one").await, "renewed");
    clock.advance_secs(31);
    assert!(take("two").await);
    assert!(!take("one").await);
}

#[tokio::test]
async fn blobs_come_back_as_they_were_and_damage_is_noticed() {
    let test_db = TestDb::fresh().await;
    let clock = FixedClock::new();
    let mut connection = test_db.db.read().await.expect("a connection");
    for bytes in [b"{\"Resources\":{}}".to_vec(), vec![0, 159, 146, 150], b"text\0with zero".to_vec()] {
        let digest = db::blobs::keep(&mut connection, &bytes, clock.now()).await.expect("kept");
        db::blobs::keep(&mut connection, &bytes, clock.now()).await.expect("kept twice");
        assert_eq!(db::blobs::find(&mut connection, &digest).await.expect("found"), Some(bytes));
    }
    sqlx::query("UPDATE blobs SET content = 'changed' WHERE encoding = 'text'")
        .execute(&mut *connection)
        .await
        .expect("changed");
    let digest = Digest::of_bytes(b"{\"Resources\":{}}");
    let found = db::blobs::find(&mut connection, &digest).await;
    assert!(matches!(found, Err(DbError::Corrupt(_))), "{found:?}");
}

#[tokio::test]
async fn a_backup_restores_into_a_new_database_and_only_there() {
    let test_db = TestDb::fresh().await;
    let clock = FixedClock::new();
    let release = release(&test_db.db, clock.now()).await;
    let planned = deployment(release, clock.now());
    insert(&test_db.db, &planned).await.expect("inserted");
    append(&test_db.db, "request_deployment", clock.now()).await;
    let mut file = Vec::new();
    let written = backup::write(&test_db.db, &mut file).await.expect("written");

    let other = TestDb::fresh().await;
    let restored = backup::read(&other.db, &mut BufReader::new(file.as_slice())).await.expect("restored");
    assert_eq!(restored, written);
    assert_eq!(find(&other.db, planned.id).await.deployment, planned);
    assert_eq!(verify(&other.db).await, Ok(1));

    let again = backup::read(&other.db, &mut BufReader::new(file.as_slice())).await;
    assert!(matches!(again, Err(backup::BackupError::NotEmpty(_))), "{again:?}");
}

#[tokio::test]
async fn a_damaged_backup_changes_nothing() {
    let test_db = TestDb::fresh().await;
    let clock = FixedClock::new();
    release(&test_db.db, clock.now()).await;
    let mut file = Vec::new();
    backup::write(&test_db.db, &mut file).await.expect("written");
    let text = String::from_utf8(file).expect("text");
    let truncated = text.lines().take(text.lines().count() - 1).collect::<Vec<_>>().join("\n") + "\n";
    let changed = text.replace("1.0.0", "6.6.6");
    for damaged in [truncated, changed, "{}\n".to_owned(), String::new()] {
        let other = TestDb::fresh().await;
        let result = backup::read(&other.db, &mut BufReader::new(damaged.as_bytes())).await;
        assert!(result.is_err(), "{damaged}");
        let mut connection = other.db.read().await.expect("a connection");
        assert_eq!(db::releases::count(&mut connection, &["shop".to_owned()]).await.expect("counted"), 0);
    }
}

#[tokio::test]
async fn a_backup_knows_every_table() {
    let test_db = TestDb::fresh().await;
    let sql = match test_db.db.engine() {
        db::Engine::Sqlite => {
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name NOT LIKE '_sqlx%'"
        }
        db::Engine::Postgres => {
            "SELECT CAST(table_name AS TEXT) FROM information_schema.tables WHERE table_schema = 'public' \
             AND table_name NOT LIKE '\\_sqlx%'"
        }
    };
    let mut present: Vec<String> = sqlx::query_scalar(sql).fetch_all(test_db.db.pool()).await.expect("asked");
    let mut known: Vec<String> = backup::TABLES.iter().map(|t| (*t).to_owned()).collect();
    present.sort();
    known.sort();
    assert_eq!(present, known);
}
