//! Content-addressed blobs: templates as their text, file assets in base64.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use domain::digest::Digest;
use jiff::Timestamp;
use sqlx::Row as _;

use super::{Connection, DbError, to_millis};

/// Keeps the bytes under their digest; a second time does nothing.
pub async fn keep(connection: &mut Connection, bytes: &[u8], now: Timestamp) -> Result<Digest, DbError> {
    let digest = Digest::of_bytes(bytes);
    // PostgreSQL's TEXT cannot hold a zero byte, which a text file never has and a binary one usually does.
    let (encoding, content) = match std::str::from_utf8(bytes) {
        Ok(text) if !text.contains('\0') => ("text", text.to_owned()),
        _ => ("base64", BASE64_STANDARD.encode(bytes)),
    };
    sqlx::query(
        "INSERT INTO blobs (digest, size, encoding, content, created_at) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (digest) DO NOTHING",
    )
    .bind(digest.as_str().to_owned())
    .bind(i64::try_from(bytes.len()).unwrap_or(i64::MAX))
    .bind(encoding)
    .bind(content)
    .bind(to_millis(now))
    .execute(connection)
    .await?;
    Ok(digest)
}

/// The bytes under a digest, verified against it.
pub async fn find(connection: &mut Connection, digest: &Digest) -> Result<Option<Vec<u8>>, DbError> {
    let row = sqlx::query("SELECT encoding, content FROM blobs WHERE digest = $1")
        .bind(digest.as_str().to_owned())
        .fetch_optional(connection)
        .await?;
    let Some(row) = row else { return Ok(None) };
    let content: String = row.try_get("content")?;
    let bytes = match row.try_get::<String, _>("encoding")?.as_str() {
        "base64" => BASE64_STANDARD.decode(content).map_err(|e| DbError::Corrupt(e.to_string()))?,
        _ => content.into_bytes(),
    };
    if Digest::of_bytes(&bytes) == *digest {
        Ok(Some(bytes))
    } else {
        Err(DbError::Corrupt(format!("blob {} does not match its digest", digest.short())))
    }
}
