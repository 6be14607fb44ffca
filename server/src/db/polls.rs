//! When each environment was last looked at, and what went wrong if it could not be.

use jiff::Timestamp;
use sqlx::{Row as _, any::AnyRow};

use super::{Connection, DbError, from_millis, to_millis};

#[derive(Clone, Debug)]
pub struct Poll {
    pub application: String,
    pub environment: String,
    pub observed_at: Option<Timestamp>,
    pub attempted_at: Timestamp,
    pub problem: Option<String>,
    /// Something moved at the last look, so that the next one is due soon.
    pub is_moving: bool,
}

pub async fn record(
    connection: &mut Connection,
    application: &str,
    environment: &str,
    now: Timestamp,
    problem: Option<&str>,
    is_moving: bool,
) -> Result<(), DbError> {
    // A failed attempt leaves the time of the last good look alone.
    sqlx::query(
        "INSERT INTO polls (application, environment, observed_at, attempted_at, problem, is_moving) \
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (application, environment) DO UPDATE SET \
         observed_at = COALESCE(excluded.observed_at, polls.observed_at), attempted_at = excluded.attempted_at, \
         problem = excluded.problem, is_moving = excluded.is_moving",
    )
    .bind(application)
    .bind(environment)
    .bind(problem.is_none().then(|| to_millis(now)))
    .bind(to_millis(now))
    .bind(problem.map(str::to_owned))
    .bind(i64::from(is_moving))
    .execute(connection)
    .await?;
    Ok(())
}

pub async fn find(connection: &mut Connection, application: &str, environment: &str) -> Result<Option<Poll>, DbError> {
    let row = sqlx::query("SELECT * FROM polls WHERE application = $1 AND environment = $2")
        .bind(application)
        .bind(environment)
        .fetch_optional(connection)
        .await?;
    row.as_ref().map(read).transpose()
}

pub async fn list(connection: &mut Connection) -> Result<Vec<Poll>, DbError> {
    let rows = sqlx::query("SELECT * FROM polls").fetch_all(connection).await?;
    rows.iter().map(read).collect()
}

fn read(row: &AnyRow) -> Result<Poll, DbError> {
    let observed_at: Option<i64> = row.try_get("observed_at")?;
    Ok(Poll {
        application: row.try_get("application")?,
        environment: row.try_get("environment")?,
        observed_at: observed_at.map(from_millis).transpose()?,
        attempted_at: from_millis(row.try_get("attempted_at")?)?,
        problem: row.try_get("problem")?,
        is_moving: row.try_get::<i64, _>("is_moving")? == 1,
    })
}
