//! Watches: the aggregate of each, and what every check said in every round.

use domain::watch::{Baseline, State, Watch};
use jiff::Timestamp;
use sqlx::{Row as _, any::AnyRow};
use uuid::Uuid;

use super::{
    Connection, DbError, Page, check_results::CheckResult, from_json, from_millis, releases::uuid, to_count, to_json,
    to_millis,
};

/// The round under which the baseline's results are kept.
pub const BASELINE: u32 = 0;

/// A watch with the revision it was read at.
#[derive(Clone, Debug)]
pub struct Stored {
    pub watch: Watch,
    pub revision: i64,
}

/// When somebody has to look after the watch next: at once while its baseline is wanted.
fn next_at(watch: &Watch) -> Option<i64> {
    match (watch.state, &watch.baseline) {
        (State::Pending, Baseline::Wanted { .. }) => Some(0),
        _ => watch.next_change_at().map(to_millis),
    }
}

pub async fn insert(connection: &mut Connection, watch: &Watch) -> Result<(), DbError> {
    sqlx::query(
        "INSERT INTO watches (deployment_id, application, environment, state, next_at, aggregate, revision) \
         VALUES ($1, $2, $3, $4, $5, $6, 1)",
    )
    .bind(watch.deployment.to_string())
    .bind(watch.application.clone())
    .bind(watch.environment.clone())
    .bind(watch.state.name())
    .bind(next_at(watch))
    .bind(to_json(watch)?)
    .execute(connection)
    .await?;
    Ok(())
}

/// # Errors
/// [`DbError::Stale`] when somebody changed the watch since it was read.
pub async fn update(connection: &mut Connection, before: &Stored, after: &Watch) -> Result<(), DbError> {
    let changed = sqlx::query(
        "UPDATE watches SET state = $1, next_at = $2, aggregate = $3, revision = revision + 1 \
         WHERE deployment_id = $4 AND revision = $5",
    )
    .bind(after.state.name())
    .bind(next_at(after))
    .bind(to_json(after)?)
    .bind(after.deployment.to_string())
    .bind(before.revision)
    .execute(connection)
    .await?
    .rows_affected();
    if changed == 1 { Ok(()) } else { Err(DbError::Stale) }
}

pub async fn find(connection: &mut Connection, deployment: Uuid) -> Result<Option<Stored>, DbError> {
    let row = sqlx::query("SELECT * FROM watches WHERE deployment_id = $1")
        .bind(deployment.to_string())
        .fetch_optional(connection)
        .await?;
    row.as_ref().map(read).transpose()
}

/// Those that somebody has to look after now.
pub async fn list_due(connection: &mut Connection, now: Timestamp) -> Result<Vec<Uuid>, DbError> {
    let rows = sqlx::query("SELECT deployment_id FROM watches WHERE next_at <= $1 ORDER BY next_at")
        .bind(to_millis(now))
        .fetch_all(connection)
        .await?;
    rows.iter().map(|row| uuid(&row.try_get::<String, _>("deployment_id")?)).collect()
}

/// Every watch in which something is still to be done.
pub async fn list_open(connection: &mut Connection) -> Result<Vec<Watch>, DbError> {
    let rows = sqlx::query(
        "SELECT * FROM watches WHERE state IN ('watching', 'awaiting_sign_off') ORDER BY deployment_id DESC",
    )
    .fetch_all(connection)
    .await?;
    rows.iter().map(|row| read(row).map(|stored| stored.watch)).collect()
}

/// Open ones of one environment.
pub async fn list_open_in(
    connection: &mut Connection,
    application: &str,
    environment: &str,
) -> Result<Vec<Stored>, DbError> {
    let rows = sqlx::query(
        "SELECT * FROM watches WHERE application = $1 AND environment = $2 \
         AND state IN ('watching', 'awaiting_sign_off')",
    )
    .bind(application)
    .bind(environment)
    .fetch_all(connection)
    .await?;
    rows.iter().map(read).collect()
}

/// Those that are over, newest first.
pub async fn list_over(connection: &mut Connection, page: Page) -> Result<Vec<Watch>, DbError> {
    let rows = sqlx::query(
        "SELECT * FROM watches WHERE state IN ('signed_off', 'ended_early', 'superseded') \
         ORDER BY deployment_id DESC LIMIT $1 OFFSET $2",
    )
    .bind(page.limit)
    .bind(page.offset)
    .fetch_all(connection)
    .await?;
    rows.iter().map(|row| read(row).map(|stored| stored.watch)).collect()
}

pub async fn count_over(connection: &mut Connection) -> Result<u64, DbError> {
    let count: i64 =
        sqlx::query_scalar("SELECT COUNT(*) FROM watches WHERE state IN ('signed_off', 'ended_early', 'superseded')")
            .fetch_one(connection)
            .await?;
    Ok(to_count(count))
}

fn read(row: &AnyRow) -> Result<Stored, DbError> {
    Ok(Stored { watch: from_json(&row.try_get::<String, _>("aggregate")?)?, revision: row.try_get("revision")? })
}

/// Keeps what a check said in a round; the first answer counts.
pub async fn keep_result(
    connection: &mut Connection,
    deployment: Uuid,
    round: u32,
    result: &CheckResult,
) -> Result<(), DbError> {
    sqlx::query(
        "INSERT INTO watch_results (deployment_id, round, check_id, outcome, finished_at, took_ms, attempts) \
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (deployment_id, round, check_id) DO NOTHING",
    )
    .bind(deployment.to_string())
    .bind(i64::from(round))
    .bind(result.check.clone())
    .bind(to_json(&result.outcome)?)
    .bind(to_millis(result.finished_at))
    .bind(i64::try_from(result.took_ms).unwrap_or(i64::MAX))
    .bind(i64::from(result.attempts))
    .execute(connection)
    .await?;
    Ok(())
}

/// Every result of a watch, round by round; `run` is the round.
pub async fn list_results(connection: &mut Connection, deployment: Uuid) -> Result<Vec<CheckResult>, DbError> {
    let rows = sqlx::query("SELECT * FROM watch_results WHERE deployment_id = $1 ORDER BY round, check_id")
        .bind(deployment.to_string())
        .fetch_all(connection)
        .await?;
    rows.iter()
        .map(|row| {
            let number = |column: &str| -> Result<i64, DbError> { Ok(row.try_get(column)?) };
            Ok(CheckResult {
                check: row.try_get("check_id")?,
                run: u32::try_from(number("round")?).unwrap_or(0),
                outcome: from_json(&row.try_get::<String, _>("outcome")?)?,
                finished_at: from_millis(number("finished_at")?)?,
                took_ms: u64::try_from(number("took_ms")?).unwrap_or(0),
                attempts: u32::try_from(number("attempts")?).unwrap_or(0),
            })
        })
        .collect()
}
