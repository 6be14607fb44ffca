//! Tokens of machines. Only the hash of a secret is stored.

use domain::permission::Grant;
use jiff::Timestamp;
use sqlx::{Row as _, any::AnyRow};
use uuid::Uuid;

use super::{Connection, DbError, from_json, from_millis, to_json, to_millis};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenRow {
    pub id: Uuid,
    pub name: String,
    pub grants: Vec<Grant>,
    pub created_by: String,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
    pub revoked_at: Option<Timestamp>,
}

pub async fn insert(connection: &mut Connection, row: &TokenRow, secret_hash: &str) -> Result<(), DbError> {
    sqlx::query(
        "INSERT INTO api_tokens (id, name, secret_hash, grants, created_by, created_at, expires_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(row.id.to_string())
    .bind(row.name.clone())
    .bind(secret_hash)
    .bind(to_json(&row.grants)?)
    .bind(row.created_by.clone())
    .bind(to_millis(row.created_at))
    .bind(to_millis(row.expires_at))
    .execute(connection)
    .await?;
    Ok(())
}

/// The token of a secret, whatever its state: the caller decides whether it still counts.
pub async fn find_by_hash(connection: &mut Connection, secret_hash: &str) -> Result<Option<TokenRow>, DbError> {
    let row = sqlx::query("SELECT * FROM api_tokens WHERE secret_hash = $1")
        .bind(secret_hash)
        .fetch_optional(connection)
        .await?;
    row.as_ref().map(read).transpose()
}

/// Newest first, revoked and expired ones too.
pub async fn list(connection: &mut Connection) -> Result<Vec<TokenRow>, DbError> {
    let rows = sqlx::query("SELECT * FROM api_tokens ORDER BY created_at DESC").fetch_all(connection).await?;
    rows.iter().map(read).collect()
}

/// Answers whether there was such a token that was not revoked before.
pub async fn revoke(connection: &mut Connection, id: Uuid, now: Timestamp) -> Result<bool, DbError> {
    let changed = sqlx::query("UPDATE api_tokens SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL")
        .bind(id.to_string())
        .bind(to_millis(now))
        .execute(connection)
        .await?
        .rows_affected();
    Ok(changed == 1)
}

fn read(row: &AnyRow) -> Result<TokenRow, DbError> {
    let id: String = row.try_get("id")?;
    let revoked_at: Option<i64> = row.try_get("revoked_at")?;
    Ok(TokenRow {
        id: id.parse().map_err(|_| DbError::Corrupt(format!("{id} is not an id")))?,
        name: row.try_get("name")?,
        grants: from_json(&row.try_get::<String, _>("grants")?)?,
        created_by: row.try_get("created_by")?,
        created_at: from_millis(row.try_get("created_at")?)?,
        expires_at: from_millis(row.try_get("expires_at")?)?,
        revoked_at: revoked_at.map(from_millis).transpose()?,
    })
}
