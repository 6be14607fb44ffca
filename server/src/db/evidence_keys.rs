//! The public keys this installation has signed evidence with.

use jiff::Timestamp;
use sqlx::Row as _;

use super::{Connection, DbError, from_millis, to_millis};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownKey {
    pub fingerprint: String,
    /// PEM.
    pub public_key: String,
    pub first_seen_at: Timestamp,
    pub last_seen_at: Timestamp,
}

/// Remembers that a server with this key runs.
pub async fn remember(
    connection: &mut Connection,
    fingerprint: &str,
    public_key: &str,
    now: Timestamp,
) -> Result<(), DbError> {
    sqlx::query(
        "INSERT INTO evidence_keys (fingerprint, public_key, first_seen_at, last_seen_at) VALUES ($1, $2, $3, $3) \
         ON CONFLICT (fingerprint) DO UPDATE SET last_seen_at = excluded.last_seen_at",
    )
    .bind(fingerprint)
    .bind(public_key)
    .bind(to_millis(now))
    .execute(connection)
    .await?;
    Ok(())
}

/// The one used last first.
pub async fn list(connection: &mut Connection) -> Result<Vec<KnownKey>, DbError> {
    let rows = sqlx::query("SELECT * FROM evidence_keys ORDER BY last_seen_at DESC, fingerprint")
        .fetch_all(connection)
        .await?;
    rows.iter()
        .map(|row| {
            Ok(KnownKey {
                fingerprint: row.try_get("fingerprint")?,
                public_key: row.try_get("public_key")?,
                first_seen_at: from_millis(row.try_get("first_seen_at")?)?,
                last_seen_at: from_millis(row.try_get("last_seen_at")?)?,
            })
        })
        .collect()
}
