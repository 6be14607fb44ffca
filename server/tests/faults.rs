//! What breaks around a running server: a message that says what happened, nothing lost, nothing done twice, and it goes
//! on by itself when the fault is over.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test says what went wrong by panicking"
)]

#[path = "running/cluster.rs"]
mod cluster;
#[path = "running/site.rs"]
mod site;
mod support;

use std::time::Duration;

use app::ports::Acts as _;
use domain::{audit::ChainVerifier, deployment::State, permission::Role};
use reqwest::{Client, redirect::Policy};
use server::{
    db::{self, Db, Engine},
    sandbox::Fault,
};
use site::{Ground, Site, person};
use support::TestDb;
use uuid::Uuid;

/// Somebody with a browser and a session.
struct Visitor {
    http: Client,
    cookie: String,
}

impl Visitor {
    async fn new(ground: &Ground) -> Self {
        let http = Client::builder().redirect(Policy::none()).build().unwrap();
        Self { http, cookie: ground.log_in(Role::Lead).await }
    }

    async fn get(&self, site: &Site, path: &str) -> (u16, String) {
        let request = self.http.get(format!("{}{path}", site.url)).header("cookie", &self.cookie);
        let answer = request.header("accept", "text/html").send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    /// Sends the form that requests a deployment, as a program would, and answers with status and error.
    async fn request(&self, site: &Site, release: Uuid, reason: &str) -> (u16, String) {
        let body = form_urlencoded::Serializer::new(String::new())
            .append_pair("release", &release.to_string())
            .append_pair("environment", "staging")
            .append_pair("reason", reason)
            .finish();
        let request = self.http.post(format!("{}/api/request_deployment", site.url)).header("cookie", &self.cookie);
        let request = request.header("sec-fetch-site", "same-origin").header("accept", "application/json");
        let request = request.header("content-type", "application/x-www-form-urlencoded").body(body);
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }
}

async fn readiness(site: &Site) -> (u16, String) {
    let answer = reqwest::get(format!("{}/readyz", site.url)).await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

async fn becomes_ready(site: &Site) {
    for _ in 0..400 {
        if readiness(site).await.0 == 200 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("not ready again: {:?}", readiness(site).await);
}

/// The log is whole, and nothing of it was written twice or in half.
async fn log_is_whole(db: &Db) -> Vec<String> {
    let mut connection = db.read().await.unwrap();
    let mut verifier = ChainVerifier::default();
    let events = db::audit::list_after(&mut connection, 0, 1000).await.unwrap();
    for (event, hash) in &events {
        verifier.accept(event, hash).unwrap();
    }
    events.into_iter().map(|(event, _)| event.action).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_somebody_else_holds_refuses_the_act_and_takes_it_later() {
    let database = TestDb::empty().await;
    let ground = Ground::on(&database.url);
    let site = ground.start().await.expect("started");
    let release = site.release("1.0.0").await;
    let visitor = Visitor::new(&ground).await;

    let mut other = database.db.pool().acquire().await.unwrap();
    let lock = match database.db.engine() {
        Engine::Sqlite => "BEGIN IMMEDIATE",
        Engine::Postgres => "BEGIN; LOCK TABLE audit_head IN ACCESS EXCLUSIVE MODE",
    };
    sqlx::raw_sql(lock).execute(&mut *other).await.unwrap();
    let (status, text) = visitor.request(&site, release, "because").await;
    assert_eq!(status, 503, "{text}");
    assert!(text.contains("The database is busy. Nothing was changed."), "{text}");
    assert_eq!(visitor.get(&site, "/releases").await.0, 200, "reading goes on");
    sqlx::raw_sql("ROLLBACK").execute(&mut *other).await.unwrap();
    drop(other);

    let (status, text) = visitor.request(&site, release, "because").await;
    assert_eq!(status, 200, "{text}");
    let acts = log_is_whole(&database.db).await;
    assert_eq!(acts.iter().filter(|act| *act == "request_deployment").count(), 1, "{acts:?}");
    site.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_refuses_the_act_keeps_what_is_there_and_is_over_when_there_is_room() {
    let database = TestDb::empty().await;
    if database.db.engine() != Engine::Sqlite {
        return;
    }
    let ground = Ground::on(&database.url);
    let site = ground.start_polling_every(Duration::from_hours(1)).await.expect("started");
    let release = site.release("1.0.0").await;
    let visitor = Visitor::new(&ground).await;
    let db = &site.running.services.db;

    // SQLite itself runs out of pages, as it would on a disk without room.
    let limit = async |pages: &str| {
        let mut all = Vec::new();
        while let Some(connection) = db.pool().try_acquire() {
            all.push(connection);
        }
        while all.len() < 8 {
            all.push(db.pool().acquire().await.unwrap());
        }
        for connection in &mut all {
            sqlx::raw_sql(sqlx::AssertSqlSafe(format!("PRAGMA max_page_count = {pages}")))
                .execute(&mut **connection)
                .await
                .unwrap();
        }
    };
    limit("1").await;
    let reason = "typed with care ".repeat(200);
    let mut refused = None;
    for _ in 0..40 {
        let (status, text) = visitor.request(&site, release, &reason).await;
        if status == 503 {
            refused = Some(text);
            break;
        }
    }
    let text = refused.expect("forty long reasons fit on a full disk");
    assert!(text.contains("The disk of the database is full. Nothing was changed."), "{text}");
    assert_eq!(visitor.get(&site, "/deployments").await.0, 200, "what is there can be read");
    let before = log_is_whole(&database.db).await;

    limit("1073741823").await;
    let (status, text) = visitor.request(&site, release, &reason).await;
    assert_eq!(status, 200, "{text}");
    let after = log_is_whole(&database.db).await;
    assert!(after.len() > before.len());
    site.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_stopped_and_started_again_interrupts_and_loses_nothing() {
    if std::env::var_os("LOCKKEEPER_TEST_POSTGRES").is_none() {
        return;
    }
    let mut cluster = cluster::Cluster::start().await;
    let ground = Ground::on(&cluster.url());
    let site = ground.start().await.expect("started");
    let release = site.release("1.0.0").await;
    let visitor = Visitor::new(&ground).await;
    assert_eq!(readiness(&site).await.0, 200);
    // In the middle of a deployment: its stack takes a while.
    ground.world.inject(Fault::Throttle, "DescribeChangeSet", 6);
    let id = site.request(release).await;
    tokio::time::sleep(Duration::from_millis(200)).await;

    cluster.stop();
    let (status, text) = readiness(&site).await;
    assert_eq!(status, 503, "{text}");
    let (status, page) = visitor.get(&site, "/deployments").await;
    assert_eq!(status, 503);
    assert!(page.contains("The database cannot be reached"), "{page}");
    let (status, text) = visitor.request(&site, release, "because").await;
    assert_eq!(status, 503, "{text}");

    cluster.resume().await;
    becomes_ready(&site).await;
    assert_eq!(visitor.get(&site, "/deployments").await.0, 200, "nobody was logged out");
    site.until(id, State::Planned, Duration::from_secs(30)).await;
    let plan = app::ports::Reads::deployment(&site.running.services, &person(Role::Admin), id).await.unwrap();
    let digest = plan.deployment.plan_digest.expect("a plan");
    let eli = person(Role::Engineer);
    site.running.services.start_deployment(&eli, id, digest.as_str()).await.expect("started");

    // Once more, while the stack is being changed.
    cluster.stop();
    tokio::time::sleep(Duration::from_millis(300)).await;
    cluster.resume().await;
    site.until(id, State::Succeeded, Duration::from_mins(1)).await;
    let db = Db::connect(&cluster.url()).await.unwrap();
    let acts = log_is_whole(&db).await;
    assert_eq!(acts.iter().filter(|act| *act == "request_deployment").count(), 1, "{acts:?}");
    assert_eq!(ground.executions("Shop-Api-staging").await, 1);
    db.close().await;
    site.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_aws_that_is_gone_in_the_middle_is_waited_for_and_nothing_is_done_twice() {
    let database = TestDb::empty().await;
    let ground = Ground::on(&database.url);
    let site = ground.start().await.expect("started");
    let release = site.release("1.0.0").await;
    let id = site.request(release).await;
    site.until(id, State::Planned, Duration::from_secs(20)).await;
    let ada = person(Role::Admin);
    let view = app::ports::Reads::deployment(&site.running.services, &ada, id).await.unwrap();
    let digest = view.deployment.plan_digest.expect("a plan");

    ground.world.inject(Fault::AnswerLost, "ExecuteChangeSet", 3);
    ground.world.inject(Fault::ServerError, "*", 25);
    site.running.services.start_deployment(&ada, id, digest.as_str()).await.expect("started");
    let mut said = Vec::new();
    for _ in 0..200 {
        let view = app::ports::Reads::deployment(&site.running.services, &ada, id).await.unwrap();
        said = view.problems.iter().map(|p| (p.what.clone(), p.message.clone())).collect();
        if !said.is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(said.iter().any(|(what, _)| what == "Executing Api"), "the page says what is waited for: {said:?}");
    site.until(id, State::Succeeded, Duration::from_mins(1)).await;
    assert_eq!(ground.executions("Shop-Api-staging").await, 1);
    log_is_whole(&database.db).await;
    site.stop().await;
}

/// Carries bytes to a server until it is cut, as a network does.
struct Relay {
    address: std::net::SocketAddr,
    is_open: tokio::sync::watch::Sender<bool>,
}

impl Relay {
    async fn to(target: String) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (is_open, seen) = tokio::sync::watch::channel(true);
        tokio::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                let (target, mut seen) = (target.clone(), seen.clone());
                tokio::spawn(async move {
                    if !*seen.borrow() {
                        return;
                    }
                    let Ok(mut far) = tokio::net::TcpStream::connect(target).await else { return };
                    tokio::select! {
                        _ = tokio::io::copy_bidirectional(&mut near, &mut far) => {}
                        _ = seen.wait_for(|is_open| !is_open) => {}
                    }
                });
            }
        });
        Self { address, is_open }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_emulator_that_goes_away_while_a_stack_is_changed_is_waited_for() {
    let Some(emulator) = std::env::var_os("LOCKKEEPER_TEST_EMULATOR") else { return };
    let emulator = url::Url::parse(&emulator.into_string().unwrap()).unwrap();
    let relay = Relay::to(format!("127.0.0.1:{}", emulator.port().unwrap())).await;
    let database = TestDb::empty().await;
    let mut ground = Ground::on(&database.url);
    ground.endpoint = Some(format!("http://{}", relay.address));
    let site = ground.start().await.expect("started");
    let release = site.release("1.0.0").await;
    let id = site.request(release).await;
    site.until(id, State::Planned, Duration::from_mins(1)).await;
    let ada = person(Role::Admin);
    let view = app::ports::Reads::deployment(&site.running.services, &ada, id).await.unwrap();
    let digest = view.deployment.plan_digest.expect("a plan");

    relay.is_open.send(false).unwrap();
    site.running.services.start_deployment(&ada, id, digest.as_str()).await.expect("started");
    let mut said = Vec::new();
    for _ in 0..600 {
        let view = app::ports::Reads::deployment(&site.running.services, &ada, id).await.unwrap();
        said = view.problems.iter().map(|p| p.what.clone()).collect();
        if !said.is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(said, ["Executing Api"], "the page says what is waited for");
    assert_eq!(site.state(id).await, State::Executing);
    relay.is_open.send(true).unwrap();
    site.until(id, State::Succeeded, Duration::from_mins(2)).await;
    assert_eq!(ground.executions("Shop-Api-staging").await, 1);
    log_is_whole(&database.db).await;
    site.stop().await;
}
