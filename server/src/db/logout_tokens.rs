//! Back-channel logout tokens that were used: one of them counts once, whichever process hears it.

use jiff::Timestamp;

use super::{Connection, DbError, to_millis};

/// Remembers a token; answers whether it is new.
pub async fn remember(
    connection: &mut Connection,
    id: &str,
    now: Timestamp,
    forget_at: Timestamp,
) -> Result<bool, DbError> {
    sqlx::query("DELETE FROM logout_tokens WHERE forget_at <= $1")
        .bind(to_millis(now))
        .execute(&mut *connection)
        .await?;
    let added = sqlx::query("INSERT INTO logout_tokens (id, forget_at) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING")
        .bind(id)
        .bind(to_millis(forget_at))
        .execute(connection)
        .await?
        .rows_affected();
    Ok(added == 1)
}

/// A token whose logout did not happen counts again.
pub async fn forget(connection: &mut Connection, id: &str) -> Result<(), DbError> {
    sqlx::query("DELETE FROM logout_tokens WHERE id = $1").bind(id).execute(connection).await?;
    Ok(())
}
