//! Backup and restore: every row of every table as one line of JSON, the same for both engines.
//!
//! The file begins with a header and ends with the number of rows and a digest over everything before, so that a
//! truncated or changed file is refused. Restoring needs an empty database and happens in one transaction. A backup
//! taken from SQLite can be restored into PostgreSQL and the other way round.

use std::io::{BufRead, Write};

use domain::digest::Digest;
use futures::TryStreamExt as _;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use sqlx::{
    Column as _, Row as _, ValueRef as _,
    any::{AnyRow, AnyTypeInfoKind},
};

use super::{Connection, Db, DbError};

/// Every table, parents before children.
pub const TABLES: &[&str] = &[
    "blueprints",
    "blobs",
    "releases",
    "release_environments",
    "deployments",
    "environment_locks",
    "environment_releases",
    "asset_keys",
    "deployment_events",
    "stack_plans",
    "effects",
    "check_results",
    "stack_snapshots",
    "stack_events",
    "polls",
    "leases",
    "aws_calls",
    "audit_head",
    "audit_events",
    "sessions",
    "drafts",
    "api_tokens",
    "processes",
    "logout_tokens",
    "evidence_keys",
    "watches",
    "watch_results",
];

const FORMAT: &str = "lockkeeper-backup-1";

#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    #[error(transparent)]
    Db(#[from] DbError),
    #[error("the file could not be read or written: {0}")]
    Io(#[from] std::io::Error),
    #[error("this is not a backup of this version: {0}")]
    Format(String),
    #[error("the backup is damaged: {0}")]
    Damaged(String),
    #[error("the database is not empty (table {0} has rows); restore into a new one")]
    NotEmpty(&'static str),
}

impl From<sqlx::Error> for BackupError {
    fn from(error: sqlx::Error) -> Self {
        Self::Db(error.into())
    }
}

/// Writes everything as it was at one moment; answers with the number of rows.
///
/// # Errors
/// When the database cannot be read or the file cannot be written.
pub async fn write(db: &Db, out: &mut (dyn Write + Send)) -> Result<u64, BackupError> {
    let mut tx = db.snapshot().await?;
    let mut lines = Lines { out, hasher: Sha256::new() };
    lines.put(&json!({ "format": FORMAT, "tables": TABLES }))?;
    let mut count = 0;
    for table in TABLES {
        let mut rows = sqlx::query(sqlx::AssertSqlSafe(format!("SELECT * FROM {table}"))).fetch(&mut *tx);
        while let Some(row) = rows.try_next().await? {
            lines.put(&json!({ "table": table, "row": values(&row)? }))?;
            count += 1;
        }
    }
    let digest = Digest::of_bytes(&lines.hasher.clone().finalize());
    lines.put(&json!({ "rows": count, "digest": digest }))?;
    lines.out.flush()?;
    Ok(count)
}

struct Lines<'a> {
    out: &'a mut (dyn Write + Send),
    hasher: Sha256,
}

impl Lines<'_> {
    fn put(&mut self, value: &Value) -> Result<(), std::io::Error> {
        let line = format!("{value}\n");
        self.hasher.update(line.as_bytes());
        self.out.write_all(line.as_bytes())
    }
}

fn values(row: &AnyRow) -> Result<Map<String, Value>, sqlx::Error> {
    let mut map = Map::new();
    for column in row.columns() {
        let raw = row.try_get_raw(column.ordinal())?;
        let value = if raw.is_null() {
            Value::Null
        } else if raw.type_info().kind() == AnyTypeInfoKind::Text {
            Value::String(row.try_get(column.ordinal())?)
        } else {
            Value::from(row.try_get::<i64, _>(column.ordinal())?)
        };
        map.insert(column.name().to_owned(), value);
    }
    Ok(map)
}

/// Restores a backup into an empty, migrated database; answers with the number of rows.
///
/// # Errors
/// When the file is damaged or not a backup, or the database has rows. Nothing is changed then.
pub async fn read(db: &Db, input: &mut (dyn BufRead + Send)) -> Result<u64, BackupError> {
    let mut tx = db.write().await?;
    for table in TABLES.iter().copied() {
        let count: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(format!("SELECT COUNT(*) FROM {table}")))
            .fetch_one(&mut *tx)
            .await?;
        if count > 0 {
            return Err(BackupError::NotEmpty(table));
        }
    }
    let mut hasher = Sha256::new();
    let mut line = String::new();
    let mut count = 0u64;
    let mut is_first = true;
    loop {
        line.clear();
        if input.read_line(&mut line)? == 0 {
            return Err(BackupError::Damaged("its end is missing".to_owned()));
        }
        let value: Value = serde_json::from_str(&line).map_err(|e| BackupError::Damaged(e.to_string()))?;
        if is_first {
            let format = value.get("format").and_then(Value::as_str).unwrap_or("no format");
            if format != FORMAT {
                return Err(BackupError::Format(format.to_owned()));
            }
            is_first = false;
        } else if let Some(digest) = value.get("digest").and_then(Value::as_str) {
            let expected = Digest::of_bytes(&hasher.finalize());
            if digest != expected.as_str() || value.get("rows").and_then(Value::as_u64) != Some(count) {
                return Err(BackupError::Damaged("its digest does not match".to_owned()));
            }
            tx.commit().await?;
            return Ok(count);
        } else {
            insert(&mut tx, &value).await?;
            count += 1;
        }
        hasher.update(line.as_bytes());
    }
}

async fn insert(connection: &mut Connection, value: &Value) -> Result<(), BackupError> {
    let damaged = |what: &str| BackupError::Damaged(what.to_owned());
    let name = value.get("table").and_then(Value::as_str).ok_or_else(|| damaged("a line names no table"))?;
    let table = TABLES.iter().copied().find(|t| *t == name).ok_or_else(|| damaged("a line names an unknown table"))?;
    let row = value.get("row").and_then(Value::as_object).ok_or_else(|| damaged("a line has no row"))?;
    // Column names come from a file: only what a column of ours can look like goes into the statement.
    if row.keys().any(|key| key.is_empty() || !key.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')) {
        return Err(damaged("a column has an impossible name"));
    }
    // A column that is left out is null, whatever its type: a bound null would need to know it.
    let row: Vec<(&str, &Value)> = row.iter().filter(|(_, v)| !v.is_null()).map(|(k, v)| (k.as_str(), v)).collect();
    let columns: Vec<&str> = row.iter().map(|(key, _)| *key).collect();
    let places: Vec<String> = (1..=columns.len()).map(|n| format!("${n}")).collect();
    let sql = format!("INSERT INTO {table} ({}) VALUES ({})", columns.join(", "), places.join(", "));
    let mut query = sqlx::query(sqlx::AssertSqlSafe(sql));
    for (_, value) in row {
        query = match value {
            Value::String(text) => query.bind(text.clone()),
            other => query.bind(other.as_i64().ok_or_else(|| damaged("a number is out of range"))?),
        };
    }
    query.execute(connection).await?;
    Ok(())
}
