//! What the test suites share: a fresh database on the engine under test, a clock that is set by hand, ready actors.

#![allow(dead_code, reason = "each suite uses its own part of this")]

use std::sync::{
    Arc,
    atomic::{AtomicI64, AtomicU32, Ordering},
};

use app::ports::{Caller, Clock};
use domain::permission::{Actor, ActorKind, Grant, Role};
use jiff::Timestamp;
use server::db::Db;
use tempfile::TempDir;

/// A database of its own for one test: PostgreSQL where `LOCKKEEPER_TEST_POSTGRES` names a server, SQLite otherwise.
/// The whole suite is run once with and once without it.
pub struct TestDb {
    pub db: Db,
    /// Where it is, for whoever opens it a second time.
    pub url: String,
    _folder: Option<TempDir>,
}

static COUNTER: AtomicU32 = AtomicU32::new(0);

impl TestDb {
    pub async fn fresh() -> Self {
        let test_db = Self::empty().await;
        test_db.db.migrate().await.expect("migrations apply");
        test_db
    }

    pub async fn empty() -> Self {
        if let Some(server) = std::env::var_os("LOCKKEEPER_TEST_POSTGRES") {
            let server = server.into_string().expect("an address");
            let number = COUNTER.fetch_add(1, Ordering::SeqCst);
            let name = format!("lk_{}_{number}", std::process::id());
            let admin = Db::connect(&server).await.expect("the PostgreSQL server answers");
            sqlx::query(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}")))
                .execute(admin.pool())
                .await
                .expect("a database can be created");
            admin.close().await;
            let base = server.rsplit_once('/').expect("an address with a database").0;
            let url = format!("{base}/{name}");
            let db = Db::connect(&url).await.expect("the new database answers");
            return Self { db, url, _folder: None };
        }
        let folder = tempfile::tempdir().expect("a folder");
        let url = format!("sqlite://{}", folder.path().join("test.db").display());
        Self { db: Db::connect(&url).await.expect("SQLite opens"), url, _folder: Some(folder) }
    }
}

/// A clock that moves only when told to.
pub struct FixedClock(AtomicI64);

impl FixedClock {
    pub fn new() -> Arc<Self> {
        Arc::new(Self(AtomicI64::new(1_763_900_000_000)))
    }

    pub fn advance_secs(&self, secs: i64) {
        self.0.fetch_add(secs * 1000, Ordering::SeqCst);
    }
}

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(self.0.load(Ordering::SeqCst)).expect("a time")
    }
}

/// A person with one role everywhere, who has just logged in.
pub fn caller(name: &str, role: Role, now: Timestamp) -> Caller {
    Caller {
        actor: Actor {
            id: format!("test:{}", name.to_lowercase()),
            name: name.to_owned(),
            email: None,
            kind: ActorKind::Person,
            groups: vec![format!("{}s", role.name())],
            grants: vec![Grant { role, applications: None, environments: None }],
            authenticated_at: now,
        },
        address: Some("192.0.2.7".to_owned()),
        request_id: "test-request".to_owned(),
    }
}
