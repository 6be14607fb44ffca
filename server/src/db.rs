//! The database: SQLite or PostgreSQL behind one set of statements.
//!
//! SQL lives here and nowhere else, one file per aggregate. Functions take a connection, so that the caller owns the
//! transaction. Lookups answer with `Option`. Decision record 0002 says why `sqlx::Any`.

pub mod api_tokens;
pub mod asset_keys;
pub mod audit;
pub mod aws_calls;
pub mod backup;
pub mod blobs;
pub mod blueprints;
pub mod check_results;
pub mod deployments;
pub mod drafts;
pub mod effects;
pub mod evidence_keys;
pub mod leases;
pub mod order;
pub mod polls;
pub mod releases;
pub mod sessions;
pub mod stack_events;
pub mod stack_plans;
pub mod stack_snapshots;
pub mod suite_runs;
pub mod watches;
pub mod words;

use std::time::Duration;

use jiff::Timestamp;
use sqlx::{
    Any, AnyConnection, AnyPool, Executor as _, Transaction,
    any::{AnyConnectOptions, AnyPoolOptions},
    migrate::Migrator,
    pool::PoolConnection,
};

static MIGRATIONS: Migrator = sqlx::migrate!("../migrations");

/// How long a statement waits for a lock or a connection before the caller is told that the database is busy.
const PATIENCE: Duration = Duration::from_secs(5);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

/// Why the database could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    #[error("the database is busy")]
    Busy(#[source] sqlx::Error),
    #[error("the database cannot be reached")]
    Unreachable(#[source] sqlx::Error),
    #[error("the disk of the database is full")]
    Full(#[source] sqlx::Error),
    /// A unique key exists already.
    #[error("the row exists already")]
    Duplicate(#[source] sqlx::Error),
    /// Somebody else changed the row since it was read.
    #[error("the row was changed by somebody else")]
    Stale,
    #[error("a stored value cannot be read: {0}")]
    Corrupt(String),
    #[error("the database refused a statement")]
    Other(#[source] sqlx::Error),
}

impl From<sqlx::Error> for DbError {
    fn from(error: sqlx::Error) -> Self {
        if let sqlx::Error::Database(database) = &error {
            if database.is_unique_violation() {
                return Self::Duplicate(error);
            }
            let message = database.message();
            if message.contains("database is locked") || message.contains("deadlock detected") {
                return Self::Busy(error);
            }
            if message.contains("disk is full") || message.contains("No space left") {
                return Self::Full(error);
            }
        }
        match error {
            sqlx::Error::PoolTimedOut => Self::Busy(error),
            sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => {
                Self::Unreachable(error)
            }
            _ => Self::Other(error),
        }
    }
}

/// A pool of connections and the engine behind it.
#[derive(Clone, Debug)]
pub struct Db {
    pool: AnyPool,
    engine: Engine,
}

impl Db {
    /// Opens `sqlite:…` or `postgres:…`; a missing SQLite file is created.
    ///
    /// # Errors
    /// When the address is of neither kind, or nothing answers there.
    pub async fn connect(url: &str) -> Result<Self, DbError> {
        sqlx::any::install_default_drivers();
        let engine = if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            Engine::Postgres
        } else {
            Engine::Sqlite
        };
        let url = match engine {
            Engine::Sqlite if !url.contains('?') => format!("{url}?mode=rwc"),
            _ => url.to_owned(),
        };
        let options: AnyConnectOptions = url.parse()?;
        let pool = AnyPoolOptions::new()
            .max_connections(8)
            .acquire_timeout(PATIENCE)
            .after_connect(move |connection, _| {
                Box::pin(async move {
                    if engine == Engine::Sqlite {
                        connection
                            .execute(
                                "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
                                 PRAGMA foreign_keys = ON;",
                            )
                            .await?;
                    }
                    Ok(())
                })
            })
            .connect_with(options)
            .await?;
        Ok(Self { pool, engine })
    }

    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// Applies the migrations that are missing.
    ///
    /// # Errors
    /// When one fails, or the database was written by a newer version.
    pub async fn migrate(&self) -> Result<(), sqlx::migrate::MigrateError> {
        MIGRATIONS.run(&self.pool).await
    }

    /// Whether every migration of this version has been applied.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn is_migrated(&self) -> Result<bool, DbError> {
        let applied: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM _sqlx_migrations WHERE success = $1")
            .bind(true)
            .fetch_one(&self.pool)
            .await?;
        Ok(usize::try_from(applied).is_ok_and(|n| n >= MIGRATIONS.iter().count()))
    }

    /// A connection for reading.
    ///
    /// # Errors
    /// When none is free in time.
    pub async fn read(&self) -> Result<PoolConnection<Any>, DbError> {
        Ok(self.pool.acquire().await?)
    }

    /// A transaction that writes. On SQLite it takes the write lock at once: taking it in the middle would fail where
    /// waiting works.
    ///
    /// # Errors
    /// When the lock is not free in time.
    pub async fn write(&self) -> Result<Transaction<'static, Any>, DbError> {
        let begin = match self.engine {
            Engine::Sqlite => "BEGIN IMMEDIATE",
            Engine::Postgres => "BEGIN",
        };
        Ok(self.pool.begin_with(begin).await?)
    }

    /// A transaction that reads everything as it is at one moment.
    ///
    /// # Errors
    /// When no connection is free in time.
    pub async fn snapshot(&self) -> Result<Transaction<'static, Any>, DbError> {
        // On SQLite a read transaction sees one moment by itself.
        let begin = match self.engine {
            Engine::Sqlite => "BEGIN",
            Engine::Postgres => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        };
        Ok(self.pool.begin_with(begin).await?)
    }

    pub fn pool(&self) -> &AnyPool {
        &self.pool
    }

    /// Waits for every connection to be given back, then closes them.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

/// Milliseconds since 1970, as every time is stored.
pub(crate) fn to_millis(at: Timestamp) -> i64 {
    at.as_millisecond()
}

pub(crate) fn from_millis(millis: i64) -> Result<Timestamp, DbError> {
    Timestamp::from_millisecond(millis).map_err(|e| DbError::Corrupt(e.to_string()))
}

pub(crate) fn to_json<T: serde::Serialize>(value: &T) -> Result<String, DbError> {
    serde_json::to_string(value).map_err(|e| DbError::Corrupt(e.to_string()))
}

pub(crate) fn from_json<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, DbError> {
    serde_json::from_str(text).map_err(|e| DbError::Corrupt(e.to_string()))
}

pub(crate) fn to_count(n: i64) -> u64 {
    u64::try_from(n).unwrap_or(0)
}

/// One page of a list: limit and offset as the statements take them.
#[derive(Clone, Copy, Debug)]
pub struct Page {
    pub limit: i64,
    pub offset: i64,
}

impl Page {
    /// `page` counts from 1; 0 means the first.
    pub fn of(page: u32, per_page: u32) -> Self {
        Self { limit: i64::from(per_page), offset: i64::from(page.max(1) - 1) * i64::from(per_page) }
    }
}

/// What every function of this module is given.
pub type Connection = AnyConnection;
