//! Several processes and one database: who may work, who takes over, and what one hears of the other.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test says what went wrong by panicking"
)]

#[path = "running/site.rs"]
mod site;
mod support;

use std::{sync::Arc, time::Duration};

use domain::{deployment::State, permission::Role};
use jiff::SignedDuration;
use server::{
    blueprint::Library,
    clock::SystemClock,
    db::{self, Db, Engine},
    live::LiveHub,
    services::Services,
    startup::StartError,
    workers::Heartbeat,
};
use site::Ground;
use support::TestDb;

use app::ports::Clock as _;

/// Waits for a line of a stream of events.
async fn hears(mut events: reqwest::Response, wanted: &str, patience: Duration) -> bool {
    let mut text = String::new();
    let heard = async {
        while let Ok(Some(chunk)) = events.chunk().await {
            text.push_str(&String::from_utf8_lossy(&chunk));
            if text.contains(wanted) {
                return true;
            }
        }
        false
    };
    tokio::time::timeout(patience, heard).await.unwrap_or(false)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_process_on_one_sqlite_file_is_refused_and_the_first_goes_on() {
    let database = TestDb::empty().await;
    if database.db.engine() != Engine::Sqlite {
        return;
    }
    let ground = Ground::on(&database.url);
    let first = ground.start().await.expect("started");
    let refused = ground.start().await;
    assert!(matches!(refused, Err(StartError::Locked(_))));
    let release = first.release("1.0.0").await;
    let id = first.request(release).await;
    first.until(id, State::Planned, Duration::from_secs(10)).await;
    first.stop().await;
    ground.start().await.expect("free again").stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_killed_process_held_is_taken_over_at_once_where_only_one_can_live() {
    let database = TestDb::empty().await;
    if database.db.engine() != Engine::Sqlite {
        return;
    }
    let ground = Ground::on(&database.url);
    let site = ground.start().await.expect("started");
    let release = site.release("1.0.0").await;
    site.stop().await;

    // A process that was killed in the middle of an effect, with its leases as they were.
    let services = services(&database.db, &ground);
    let eli = support::caller("Eli", Role::Engineer, SystemClock.now());
    let id = app::ports::Acts::request_deployment(&services, &eli, release, "staging", "because").await.unwrap();
    let now = SystemClock.now();
    let mut tx = database.db.write().await.unwrap();
    let claimed = db::effects::claim(&mut tx, "killed", now, now + SignedDuration::from_mins(1)).await.unwrap();
    assert!(claimed.is_some());
    tx.commit().await.unwrap();

    let site = ground.start().await.expect("started again");
    site.until(id, State::Planned, Duration::from_secs(10)).await;
    site.stop().await;
}

fn services(db: &Db, ground: &Ground) -> Services {
    Services {
        db: db.clone(),
        blueprints: Arc::new(Library::open(ground.folder.path().join("blueprints"))),
        clock: Arc::new(SystemClock),
        live: LiveHub::new(),
        work: Arc::default(),
        stale_after_secs: 60,
    }
}

#[tokio::test]
async fn a_process_whose_beat_stands_still_loses_its_leases_and_a_living_one_does_not() {
    let database = TestDb::fresh().await;
    let services = services(&database.db, &Ground::on(&database.url));
    let (mut living, mut dying, mut watching) =
        (Heartbeat::new("living"), Heartbeat::new("dying"), Heartbeat::new("watching"));
    let now = SystemClock.now();
    let until = now + SignedDuration::from_hours(1);
    let take = async |name: &str, owner: &str| {
        let mut connection = database.db.read().await.unwrap();
        db::leases::take(&mut connection, name, owner, now, until).await.unwrap()
    };
    assert!(take("a", "living").await && take("b", "dying").await);
    dying.round(&services).await.unwrap();
    let mut dead = Vec::new();
    for _ in 0..6 {
        dead.extend(living.round(&services).await.unwrap());
        dead.extend(watching.round(&services).await.unwrap());
    }
    assert_eq!(dead, ["dying"]);
    assert!(take("b", "watching").await, "a dead process's lease is free");
    assert!(!take("a", "watching").await, "a living one keeps its own");
    // Only asleep, after all: it is a process like any other again.
    assert!(dying.round(&services).await.unwrap().is_empty());
    let mut connection = database.db.read().await.unwrap();
    assert_eq!(db::processes::list(&mut connection).await.unwrap().len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_not_looked_at_again_because_another_process_asks() {
    let database = TestDb::empty().await;
    let ground = Ground::on(&database.url);
    let hour = Duration::from_hours(1);
    let first = ground.start_polling_every(hour).await.expect("started");
    let services = first.running.services.clone();
    let looked_at = async || {
        let mut connection = services.db.read().await.unwrap();
        db::polls::find(&mut connection, "shop", "staging").await.unwrap().map(|poll| poll.attempted_at)
    };
    let mut first_look = None;
    for _ in 0..200 {
        first_look = looked_at().await;
        if first_look.is_some() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    assert!(first_look.is_some(), "nobody looked");
    first.stop().await;

    let second = ground.start_polling_every(hour).await.expect("started");
    tokio::time::sleep(Duration::from_millis(1500)).await;
    let mut connection = second.running.services.db.read().await.unwrap();
    let poll = db::polls::find(&mut connection, "shop", "staging").await.unwrap().unwrap();
    assert_eq!(Some(poll.attempted_at), first_look, "the look of the first process counts for the second");
    drop(connection);
    second.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_through_one_server_reaches_the_browsers_of_another_within_two_seconds() {
    let database = TestDb::empty().await;
    if database.db.engine() != Engine::Postgres {
        return;
    }
    let ground = Ground::on(&database.url);
    let (a, b) = (ground.start().await.expect("started"), ground.start().await.expect("started"));
    let cookie = ground.log_in(Role::Lead).await;
    let client = reqwest::Client::new();
    let listen = async |topic: &str| {
        let request = client.get(format!("{}/live?topic={topic}", b.url)).header("cookie", &cookie);
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 200);
        answer
    };
    // B has begun to listen when it hears what A says.
    let mut is_connected = false;
    for n in 0..20 {
        let events = listen("releases").await;
        a.release(&format!("0.{n}.0")).await;
        if hears(events, "data: releases", Duration::from_secs(2)).await {
            is_connected = true;
            break;
        }
    }
    assert!(is_connected, "no word of A reached B");
    let release = a.release("1.0.0").await;
    let events = listen("environment:shop/staging").await;
    a.request(release).await;
    assert!(hears(events, "data: environment:shop/staging", Duration::from_secs(2)).await);
    a.stop().await;
    b.stop().await;
}
