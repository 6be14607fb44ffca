//! Which bytes belong under a key of an asset bucket. The first release that names a key decides.

use domain::digest::Digest;
use sqlx::Row as _;

use super::{Connection, DbError};

/// Claims a key for a content; answers whether the key stands for exactly this content.
pub async fn claim(connection: &mut Connection, bucket: &str, key: &str, digest: &Digest) -> Result<bool, DbError> {
    sqlx::query(
        "INSERT INTO asset_keys (bucket, asset_key, digest) VALUES ($1, $2, $3) \
         ON CONFLICT (bucket, asset_key) DO NOTHING",
    )
    .bind(bucket)
    .bind(key)
    .bind(digest.as_str().to_owned())
    .execute(&mut *connection)
    .await?;
    let row = sqlx::query("SELECT digest FROM asset_keys WHERE bucket = $1 AND asset_key = $2")
        .bind(bucket)
        .bind(key)
        .fetch_one(connection)
        .await?;
    Ok(row.try_get::<String, _>("digest")? == digest.as_str())
}
