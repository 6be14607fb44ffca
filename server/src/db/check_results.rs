//! Results of checks with their evidence, one row per run.

use domain::check::CheckOutcome;
use jiff::Timestamp;
use sqlx::{Row as _, any::AnyRow};
use uuid::Uuid;

use super::{Connection, DbError, from_json, from_millis, to_json, to_millis};

#[derive(Clone, Debug)]
pub struct CheckResult {
    pub check: String,
    pub run: u32,
    pub outcome: CheckOutcome,
    pub finished_at: Timestamp,
    pub took_ms: u64,
    pub attempts: u32,
}

pub async fn insert(connection: &mut Connection, deployment: Uuid, result: &CheckResult) -> Result<(), DbError> {
    sqlx::query(
        "INSERT INTO check_results (deployment_id, check_id, run, outcome, finished_at, took_ms, attempts) \
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (deployment_id, check_id, run) DO NOTHING",
    )
    .bind(deployment.to_string())
    .bind(result.check.clone())
    .bind(i64::from(result.run))
    .bind(to_json(&result.outcome)?)
    .bind(to_millis(result.finished_at))
    .bind(i64::try_from(result.took_ms).unwrap_or(i64::MAX))
    .bind(i64::from(result.attempts))
    .execute(connection)
    .await?;
    Ok(())
}

/// Every result of a deployment, oldest run first.
pub async fn list(connection: &mut Connection, deployment: Uuid) -> Result<Vec<CheckResult>, DbError> {
    let rows = sqlx::query("SELECT * FROM check_results WHERE deployment_id = $1 ORDER BY check_id, run")
        .bind(deployment.to_string())
        .fetch_all(connection)
        .await?;
    rows.iter().map(read).collect()
}

/// The results of some checks of a deployment, oldest run first.
pub async fn list_of(
    connection: &mut Connection,
    deployment: Uuid,
    checks: &[String],
) -> Result<Vec<CheckResult>, DbError> {
    let places: Vec<String> = (2..checks.len() + 2).map(|n| format!("${n}")).collect();
    let sql = format!(
        "SELECT * FROM check_results WHERE deployment_id = $1 AND check_id IN ({}) ORDER BY check_id, run",
        places.join(", ")
    );
    let mut query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(deployment.to_string());
    for check in checks {
        query = query.bind(check.clone());
    }
    query.fetch_all(connection).await?.iter().map(read).collect()
}

fn read(row: &AnyRow) -> Result<CheckResult, DbError> {
    let number = |column: &str| -> Result<i64, DbError> { Ok(row.try_get(column)?) };
    Ok(CheckResult {
        check: row.try_get("check_id")?,
        run: u32::try_from(number("run")?).unwrap_or(0),
        outcome: from_json(&row.try_get::<String, _>("outcome")?)?,
        finished_at: from_millis(number("finished_at")?)?,
        took_ms: u64::try_from(number("took_ms")?).unwrap_or(0),
        attempts: u32::try_from(number("attempts")?).unwrap_or(0),
    })
}
