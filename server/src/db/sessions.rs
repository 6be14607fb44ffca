//! Browser sessions. Rows are found by the hash of the cookie's value: who reads the table cannot take a session over.

use jiff::Timestamp;
use sqlx::Row as _;

use super::{Connection, DbError, from_millis, to_millis};

/// One session as it is stored.
#[derive(Clone, Debug)]
pub struct SessionRow {
    pub id: String,
    pub data: String,
    /// The actor's id, once somebody is logged in.
    pub subject: Option<String>,
    /// The provider's own name for the session (`sid`).
    pub provider_session: Option<String>,
    pub expires_at: Timestamp,
}

pub async fn insert(connection: &mut Connection, row: SessionRow) -> Result<(), DbError> {
    sqlx::query("INSERT INTO sessions (id, data, subject, provider_session, expires_at) VALUES ($1, $2, $3, $4, $5)")
        .bind(row.id)
        .bind(row.data)
        .bind(row.subject)
        .bind(row.provider_session)
        .bind(to_millis(row.expires_at))
        .execute(connection)
        .await?;
    Ok(())
}

/// Changes a session that is still there. A session that was ended meanwhile stays ended.
pub async fn update(connection: &mut Connection, row: SessionRow) -> Result<bool, DbError> {
    let changed = sqlx::query(
        "UPDATE sessions SET data = $2, subject = $3, provider_session = $4, expires_at = $5 WHERE id = $1",
    )
    .bind(row.id)
    .bind(row.data)
    .bind(row.subject)
    .bind(row.provider_session)
    .bind(to_millis(row.expires_at))
    .execute(connection)
    .await?
    .rows_affected();
    Ok(changed == 1)
}

/// Data and end of a session that has not expired.
pub async fn find(
    connection: &mut Connection,
    id: &str,
    now: Timestamp,
) -> Result<Option<(String, Timestamp)>, DbError> {
    let row = sqlx::query("SELECT data, expires_at FROM sessions WHERE id = $1 AND expires_at > $2")
        .bind(id)
        .bind(to_millis(now))
        .fetch_optional(connection)
        .await?;
    row.map(|row| Ok((row.try_get("data")?, from_millis(row.try_get("expires_at")?)?))).transpose()
}

/// Moves the end of a session without touching its data: two requests at once lose nothing.
pub async fn touch(connection: &mut Connection, id: &str, expires_at: Timestamp) -> Result<(), DbError> {
    sqlx::query("UPDATE sessions SET expires_at = $2 WHERE id = $1")
        .bind(id)
        .bind(to_millis(expires_at))
        .execute(connection)
        .await?;
    Ok(())
}

pub async fn delete(connection: &mut Connection, id: &str) -> Result<(), DbError> {
    sqlx::query("DELETE FROM sessions WHERE id = $1").bind(id).execute(connection).await?;
    Ok(())
}

/// Ends every session of a person; answers how many there were.
pub async fn delete_for_subject(connection: &mut Connection, subject: &str) -> Result<u64, DbError> {
    let result = sqlx::query("DELETE FROM sessions WHERE subject = $1").bind(subject).execute(connection).await?;
    Ok(result.rows_affected())
}

/// Ends the sessions that belong to one session at the provider; answers how many there were.
pub async fn delete_for_provider_session(connection: &mut Connection, provider_session: &str) -> Result<u64, DbError> {
    let result = sqlx::query("DELETE FROM sessions WHERE provider_session = $1")
        .bind(provider_session)
        .execute(connection)
        .await?;
    Ok(result.rows_affected())
}

pub async fn delete_expired(connection: &mut Connection, now: Timestamp) -> Result<u64, DbError> {
    let result =
        sqlx::query("DELETE FROM sessions WHERE expires_at <= $1").bind(to_millis(now)).execute(connection).await?;
    Ok(result.rows_affected())
}
