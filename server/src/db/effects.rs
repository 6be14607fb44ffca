//! The queue of effects: written in the transaction of the event that asked for them, claimed by lease.

use domain::deployment::Effect;
use jiff::Timestamp;
use sqlx::{Row as _, any::AnyRow};
use uuid::Uuid;

use super::{Connection, DbError, from_json, from_millis, releases::uuid, to_json, to_millis};

#[derive(Clone, Debug)]
pub struct QueuedEffect {
    pub id: Uuid,
    pub deployment: Uuid,
    pub effect: Effect,
    /// Tries before this one.
    pub attempts: u32,
    pub run_after: Timestamp,
    pub problem: Option<String>,
}

/// A second effect with the same key is the same effect: it is not queued again.
pub async fn enqueue(
    connection: &mut Connection,
    id: Uuid,
    deployment: Uuid,
    effect: &Effect,
    run_after: Timestamp,
) -> Result<(), DbError> {
    sqlx::query(
        "INSERT INTO effects (id, deployment_id, effect_key, effect, run_after, attempts, lease_until) \
         VALUES ($1, $2, $3, $4, $5, 0, 0) ON CONFLICT (deployment_id, effect_key) DO NOTHING",
    )
    .bind(id.to_string())
    .bind(deployment.to_string())
    .bind(effect.key())
    .bind(to_json(effect)?)
    .bind(to_millis(run_after))
    .execute(connection)
    .await?;
    Ok(())
}

/// Takes the oldest effect that is due and that nobody holds. One statement, so that two replicas never take the same.
pub async fn claim(
    connection: &mut Connection,
    owner: &str,
    now: Timestamp,
    lease_until: Timestamp,
) -> Result<Option<QueuedEffect>, DbError> {
    let row = sqlx::query(
        "UPDATE effects SET lease_owner = $1, lease_until = $2 WHERE id = (\
         SELECT id FROM effects WHERE finished_at IS NULL AND run_after <= $3 AND lease_until < $3 \
         ORDER BY run_after, id LIMIT 1) AND finished_at IS NULL AND lease_until < $3 RETURNING *",
    )
    .bind(owner)
    .bind(to_millis(lease_until))
    .bind(to_millis(now))
    .fetch_optional(&mut *connection)
    .await?;
    let Some(row) = row else { return Ok(None) };
    match read(&row) {
        Ok(effect) => Ok(Some(effect)),
        // Written by another version. It waits for that one, and does not keep the others from being done.
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "an effect cannot be read");
            sqlx::query("UPDATE effects SET run_after = $1, problem = $2, lease_until = 0 WHERE id = $3")
                .bind(to_millis(lease_until))
                .bind("This version of Lockkeeper does not know this step; it waits for one that does.")
                .bind(row.try_get::<String, _>("id")?)
                .execute(connection)
                .await?;
            Ok(None)
        }
    }
}

/// Ends an effect.
///
/// # Errors
/// [`DbError::Stale`] when the lease has gone to somebody else meanwhile: they will repeat the effect.
pub async fn finish(connection: &mut Connection, id: Uuid, owner: &str, now: Timestamp) -> Result<(), DbError> {
    let changed = sqlx::query(
        "UPDATE effects SET finished_at = $1, problem = NULL, lease_until = 0 \
         WHERE id = $2 AND lease_owner = $3 AND finished_at IS NULL",
    )
    .bind(to_millis(now))
    .bind(id.to_string())
    .bind(owner)
    .execute(connection)
    .await?
    .rows_affected();
    if changed == 1 { Ok(()) } else { Err(DbError::Stale) }
}

/// Gives an effect back, to be tried again later. Without a problem it merely has to wait, and that is no attempt.
pub async fn postpone(
    connection: &mut Connection,
    id: Uuid,
    owner: &str,
    run_after: Timestamp,
    problem: Option<&str>,
) -> Result<(), DbError> {
    sqlx::query(
        "UPDATE effects SET run_after = $1, problem = $2, lease_until = 0, attempts = attempts + $3 \
         WHERE id = $4 AND lease_owner = $5",
    )
    .bind(to_millis(run_after))
    .bind(problem.map(str::to_owned))
    .bind(i64::from(problem.is_some()))
    .bind(id.to_string())
    .bind(owner)
    .execute(connection)
    .await?;
    Ok(())
}

/// Keeps a lease alive while a long effect goes on.
pub async fn renew(
    connection: &mut Connection,
    id: Uuid,
    owner: &str,
    lease_until: Timestamp,
) -> Result<bool, DbError> {
    let changed =
        sqlx::query("UPDATE effects SET lease_until = $1 WHERE id = $2 AND lease_owner = $3 AND finished_at IS NULL")
            .bind(to_millis(lease_until))
            .bind(id.to_string())
            .bind(owner)
            .execute(connection)
            .await?
            .rows_affected();
    Ok(changed == 1)
}

/// Effects of one deployment that are not finished, oldest first.
pub async fn list_waiting(connection: &mut Connection, deployment: Uuid) -> Result<Vec<QueuedEffect>, DbError> {
    let rows =
        sqlx::query("SELECT * FROM effects WHERE deployment_id = $1 AND finished_at IS NULL ORDER BY run_after, id")
            .bind(deployment.to_string())
            .fetch_all(connection)
            .await?;
    rows.iter().map(read).collect()
}

/// When the next effect is due, if any waits. Effects that are held count when their lease ends.
pub async fn next_due(connection: &mut Connection) -> Result<Option<Timestamp>, DbError> {
    let due: Option<i64> = sqlx::query_scalar(
        "SELECT MIN(CASE WHEN lease_until > run_after THEN lease_until ELSE run_after END) FROM effects \
         WHERE finished_at IS NULL",
    )
    .fetch_one(connection)
    .await?;
    due.map(from_millis).transpose()
}

fn read(row: &AnyRow) -> Result<QueuedEffect, DbError> {
    let attempts: i64 = row.try_get("attempts")?;
    Ok(QueuedEffect {
        id: uuid(&row.try_get::<String, _>("id")?)?,
        deployment: uuid(&row.try_get::<String, _>("deployment_id")?)?,
        effect: from_json(&row.try_get::<String, _>("effect")?)?,
        attempts: u32::try_from(attempts).unwrap_or(u32::MAX),
        run_after: from_millis(row.try_get("run_after")?)?,
        problem: row.try_get("problem")?,
    })
}
