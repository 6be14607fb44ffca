//! Runs of suites and what their checks said.

use domain::{check::Severity, digest::Digest};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sqlx::{Row as _, any::AnyRow};
use uuid::Uuid;

use super::{Connection, DbError, check_results::CheckResult, from_json, from_millis, to_json, to_millis};

/// A check as it was when the run was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskedCheck {
    pub id: String,
    pub title: String,
    pub severity: Severity,
}

#[derive(Clone, Debug)]
pub struct SuiteRun {
    pub id: Uuid,
    pub application: String,
    pub environment: String,
    pub suite: String,
    pub title: String,
    pub blueprint_digest: Digest,
    pub checks: Vec<AskedCheck>,
    pub requested_by: String,
    pub requested_at: Timestamp,
    pub finished_at: Option<Timestamp>,
}

pub async fn insert(connection: &mut Connection, run: &SuiteRun) -> Result<(), DbError> {
    sqlx::query(
        "INSERT INTO suite_runs (id, application, environment, suite, title, blueprint_digest, checks, requested_by, \
         requested_at, lease_until) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0)",
    )
    .bind(run.id.to_string())
    .bind(run.application.clone())
    .bind(run.environment.clone())
    .bind(run.suite.clone())
    .bind(run.title.clone())
    .bind(run.blueprint_digest.as_str().to_owned())
    .bind(to_json(&run.checks)?)
    .bind(run.requested_by.clone())
    .bind(to_millis(run.requested_at))
    .execute(connection)
    .await?;
    Ok(())
}

fn read(row: &AnyRow) -> Result<SuiteRun, DbError> {
    let id: String = row.try_get("id")?;
    let finished_at: Option<i64> = row.try_get("finished_at")?;
    Ok(SuiteRun {
        id: Uuid::parse_str(&id).map_err(|e| DbError::Corrupt(e.to_string()))?,
        application: row.try_get("application")?,
        environment: row.try_get("environment")?,
        suite: row.try_get("suite")?,
        title: row.try_get("title")?,
        blueprint_digest: Digest::parse(&row.try_get::<String, _>("blueprint_digest")?)
            .ok_or_else(|| DbError::Corrupt("a digest is none".to_owned()))?,
        checks: from_json(&row.try_get::<String, _>("checks")?)?,
        requested_by: row.try_get("requested_by")?,
        requested_at: from_millis(row.try_get("requested_at")?)?,
        finished_at: finished_at.map(from_millis).transpose()?,
    })
}

/// The newest runs of an environment, newest first.
pub async fn list(
    connection: &mut Connection,
    application: &str,
    environment: &str,
    limit: i64,
) -> Result<Vec<SuiteRun>, DbError> {
    let rows = sqlx::query(
        "SELECT * FROM suite_runs WHERE application = $1 AND environment = $2 \
         ORDER BY requested_at DESC, id DESC LIMIT $3",
    )
    .bind(application)
    .bind(environment)
    .bind(limit)
    .fetch_all(connection)
    .await?;
    rows.iter().map(read).collect()
}

/// Whether a run of this suite has not ended yet.
pub async fn is_running(
    connection: &mut Connection,
    application: &str,
    environment: &str,
    suite: &str,
) -> Result<bool, DbError> {
    let count: i64 = sqlx::query_scalar(
        "SELECT COUNT(*) FROM suite_runs WHERE application = $1 AND environment = $2 AND suite = $3 \
         AND finished_at IS NULL",
    )
    .bind(application)
    .bind(environment)
    .bind(suite)
    .fetch_one(connection)
    .await?;
    Ok(count > 0)
}

/// How many results a run has of each verdict.
pub async fn verdicts(connection: &mut Connection, run: Uuid) -> Result<Vec<(String, u32)>, DbError> {
    let rows = sqlx::query("SELECT verdict, COUNT(*) AS count FROM suite_results WHERE run_id = $1 GROUP BY verdict")
        .bind(run.to_string())
        .fetch_all(connection)
        .await?;
    rows.iter()
        .map(|row| {
            let count: i64 = row.try_get("count")?;
            Ok((row.try_get("verdict")?, u32::try_from(count).unwrap_or(u32::MAX)))
        })
        .collect()
}

/// The same for the runs of an environment since a time: run, verdict, count.
pub async fn verdicts_since(
    connection: &mut Connection,
    application: &str,
    environment: &str,
    since: Timestamp,
) -> Result<Vec<(Uuid, String, u32)>, DbError> {
    let rows = sqlx::query(
        "SELECT suite_results.run_id AS run_id, suite_results.verdict AS verdict, COUNT(*) AS count FROM suite_results \
         JOIN suite_runs ON suite_runs.id = suite_results.run_id \
         WHERE suite_runs.application = $1 AND suite_runs.environment = $2 AND suite_runs.requested_at >= $3 \
         GROUP BY suite_results.run_id, suite_results.verdict",
    )
    .bind(application)
    .bind(environment)
    .bind(to_millis(since))
    .fetch_all(connection)
    .await?;
    rows.iter()
        .map(|row| {
            let id: String = row.try_get("run_id")?;
            let count: i64 = row.try_get("count")?;
            let id = Uuid::parse_str(&id).map_err(|e| DbError::Corrupt(e.to_string()))?;
            Ok((id, row.try_get("verdict")?, u32::try_from(count).unwrap_or(u32::MAX)))
        })
        .collect()
}

pub async fn results(connection: &mut Connection, run: Uuid) -> Result<Vec<CheckResult>, DbError> {
    let rows = sqlx::query("SELECT * FROM suite_results WHERE run_id = $1 ORDER BY check_id")
        .bind(run.to_string())
        .fetch_all(connection)
        .await?;
    rows.iter()
        .map(|row| {
            let number = |column: &str| -> Result<i64, DbError> { Ok(row.try_get(column)?) };
            Ok(CheckResult {
                check: row.try_get("check_id")?,
                run: 0,
                outcome: from_json(&row.try_get::<String, _>("outcome")?)?,
                finished_at: from_millis(number("finished_at")?)?,
                took_ms: u64::try_from(number("took_ms")?).unwrap_or(0),
                attempts: u32::try_from(number("attempts")?).unwrap_or(0),
            })
        })
        .collect()
}

/// Takes the oldest run that nobody holds. One statement, so that two replicas never take the same.
pub async fn claim(
    connection: &mut Connection,
    owner: &str,
    now: Timestamp,
    lease_until: Timestamp,
) -> Result<Option<SuiteRun>, DbError> {
    let row = sqlx::query(
        "UPDATE suite_runs SET lease_owner = $1, lease_until = $2 WHERE id = (\
         SELECT id FROM suite_runs WHERE finished_at IS NULL AND lease_until < $3 \
         ORDER BY requested_at, id LIMIT 1) AND finished_at IS NULL AND lease_until < $3 RETURNING *",
    )
    .bind(owner)
    .bind(to_millis(lease_until))
    .bind(to_millis(now))
    .fetch_optional(connection)
    .await?;
    row.as_ref().map(read).transpose()
}

/// Whether the lease is still ours; with a later end where it is.
pub async fn renew(connection: &mut Connection, run: Uuid, owner: &str, until: Timestamp) -> Result<bool, DbError> {
    let changed = sqlx::query(
        "UPDATE suite_runs SET lease_until = $1 WHERE id = $2 AND lease_owner = $3 AND finished_at IS NULL",
    )
    .bind(to_millis(until))
    .bind(run.to_string())
    .bind(owner)
    .execute(connection)
    .await?
    .rows_affected();
    Ok(changed == 1)
}

/// One result; a repeated one changes nothing.
pub async fn add_result(connection: &mut Connection, run: Uuid, result: &CheckResult) -> Result<(), DbError> {
    sqlx::query(
        "INSERT INTO suite_results (run_id, check_id, verdict, outcome, finished_at, took_ms, attempts) \
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (run_id, check_id) DO NOTHING",
    )
    .bind(run.to_string())
    .bind(result.check.clone())
    .bind(result.outcome.verdict.name())
    .bind(to_json(&result.outcome)?)
    .bind(to_millis(result.finished_at))
    .bind(i64::try_from(result.took_ms).unwrap_or(i64::MAX))
    .bind(i64::from(result.attempts))
    .execute(connection)
    .await?;
    Ok(())
}

/// Ends a run whose lease is ours.
pub async fn finish(connection: &mut Connection, run: Uuid, owner: &str, now: Timestamp) -> Result<(), DbError> {
    sqlx::query("UPDATE suite_runs SET finished_at = $1, lease_until = 0 WHERE id = $2 AND lease_owner = $3")
        .bind(to_millis(now))
        .bind(run.to_string())
        .bind(owner)
        .execute(connection)
        .await?;
    Ok(())
}

/// Gives a run back: whoever takes it next goes on where it was.
pub async fn release(connection: &mut Connection, run: Uuid, owner: &str) -> Result<(), DbError> {
    sqlx::query("UPDATE suite_runs SET lease_until = 0 WHERE id = $1 AND lease_owner = $2")
        .bind(run.to_string())
        .bind(owner)
        .execute(connection)
        .await?;
    Ok(())
}
