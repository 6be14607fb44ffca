//! Which processes share the database, and which of them are alive.

use jiff::Timestamp;
use sqlx::Row as _;

use super::{Connection, DbError, to_millis};

/// Says that a process is alive. `beat` differs from the one before.
pub async fn beat(connection: &mut Connection, owner: &str, beat: i64, now: Timestamp) -> Result<(), DbError> {
    sqlx::query(
        "INSERT INTO processes (owner, beat, beat_at) VALUES ($1, $2, $3) ON CONFLICT (owner) DO UPDATE SET \
         beat = excluded.beat, beat_at = excluded.beat_at",
    )
    .bind(owner)
    .bind(beat)
    .bind(to_millis(now))
    .execute(connection)
    .await?;
    Ok(())
}

/// Every process with its last beat.
pub async fn list(connection: &mut Connection) -> Result<Vec<(String, i64)>, DbError> {
    let rows = sqlx::query("SELECT owner, beat FROM processes").fetch_all(connection).await?;
    rows.iter().map(|row| Ok((row.try_get("owner")?, row.try_get("beat")?))).collect()
}

/// A process that ends takes itself off the list.
pub async fn leave(connection: &mut Connection, owner: &str) -> Result<(), DbError> {
    sqlx::query("DELETE FROM processes WHERE owner = $1").bind(owner).execute(connection).await?;
    Ok(())
}

/// Forgets a process whose beat is still `beat`; answers whether it was so.
pub async fn forget(connection: &mut Connection, owner: &str, beat: i64) -> Result<bool, DbError> {
    let gone = sqlx::query("DELETE FROM processes WHERE owner = $1 AND beat = $2")
        .bind(owner)
        .bind(beat)
        .execute(connection)
        .await?
        .rows_affected();
    Ok(gone == 1)
}
