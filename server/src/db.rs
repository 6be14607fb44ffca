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
mod conditions;
pub mod deployments;
pub mod drafts;
pub mod effects;
pub mod evidence_keys;
pub mod leases;
pub mod lock;
pub mod logout_tokens;
pub mod notices;
pub mod order;
pub mod polls;
pub mod processes;
pub mod releases;
pub mod sessions;
pub mod stack_events;
pub mod stack_plans;
pub mod stack_snapshots;
pub mod words;

use std::time::Duration;

use jiff::Timestamp;
use sqlx::{
    Any, AnyConnection, AnyPool, Connection as _, Executor as _, Transaction,
    any::{AnyConnectOptions, AnyPoolOptions},
    error::DatabaseError,
    migrate::Migrator,
    pool::PoolConnection,
    sqlite::SqliteError,
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
            match cause(database.as_ref()) {
                Cause::Busy => return Self::Busy(error),
                Cause::Full => return Self::Full(error),
                Cause::Unreachable => return Self::Unreachable(error),
                Cause::Other => {}
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

enum Cause {
    Busy,
    Full,
    Unreachable,
    Other,
}

/// What a refusal of the database is about, by its code: `SQLSTATE` of PostgreSQL, extended result code of SQLite.
fn cause(error: &dyn DatabaseError) -> Cause {
    let code = error.code().unwrap_or_default();
    if error.try_downcast_ref::<SqliteError>().is_some() {
        // The lower byte is the kind, the rest its details.
        return match code.parse::<u32>().map(|code| code & 0xff) {
            // BUSY, LOCKED
            Ok(5 | 6) => Cause::Busy,
            // FULL
            Ok(13) => Cause::Full,
            // IOERR, CANTOPEN, NOTADB: the file is not there, or not itself any more
            Ok(10 | 14 | 26) => Cause::Unreachable,
            _ => Cause::Other,
        };
    }
    match code.as_ref() {
        // Deadlock, serialisation, a lock that was not free in time.
        "40001" | "40P01" | "55P03" => Cause::Busy,
        // Disk full, out of memory, limits.
        "53100" => Cause::Full,
        // Too many connections, shutting down, starting up, connection broken.
        "53300" | "57P01" | "57P02" | "57P03" => Cause::Unreachable,
        code if code.starts_with("08") => Cause::Unreachable,
        _ => Cause::Other,
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
            // A full disk makes SQLite end the transaction by itself; the driver goes on believing in it, and every
            // transaction after it would be refused. Such a connection is thrown away.
            .before_acquire(|connection, _| Box::pin(async move { Ok(!connection.is_in_transaction()) }))
            .after_connect(move |connection, _| {
                Box::pin(async move {
                    // As long as `PATIENCE`.
                    let settings = match engine {
                        Engine::Sqlite => {
                            "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
                             PRAGMA foreign_keys = ON;"
                        }
                        Engine::Postgres => "SET lock_timeout = '5s'",
                    };
                    connection.execute(settings).await?;
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
        self.pool.acquire().await.map_err(|error| self.no_connection(error))
    }

    /// On PostgreSQL no connection in time nearly always means that nobody answers there: the pool goes on trying until
    /// then. On SQLite there is nobody who could not answer.
    fn no_connection(&self, error: sqlx::Error) -> DbError {
        match error {
            sqlx::Error::PoolTimedOut if self.engine == Engine::Postgres => DbError::Unreachable(error),
            error => error.into(),
        }
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
        self.pool.begin_with(begin).await.map_err(|error| self.no_connection(error))
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
