//! Every blueprint text a deployment was ever requested under, so that its digest can be resolved later.

use domain::digest::Digest;
use jiff::Timestamp;

use super::{Connection, DbError, to_millis};

/// The text of a digest, if a deployment was ever requested under it.
pub async fn find(connection: &mut Connection, digest: &Digest) -> Result<Option<String>, DbError> {
    let text = sqlx::query_scalar("SELECT content FROM blueprints WHERE digest = $1")
        .bind(digest.as_str().to_owned())
        .fetch_optional(connection)
        .await?;
    Ok(text)
}

pub async fn keep(
    connection: &mut Connection,
    digest: &Digest,
    application: &str,
    content: &str,
    now: Timestamp,
) -> Result<(), DbError> {
    sqlx::query(
        "INSERT INTO blueprints (digest, application, content, loaded_at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (digest) DO NOTHING",
    )
    .bind(digest.as_str().to_owned())
    .bind(application)
    .bind(content)
    .bind(to_millis(now))
    .execute(connection)
    .await?;
    Ok(())
}

/// The text a digest stands for.
pub async fn find_text(connection: &mut Connection, digest: &Digest) -> Result<Option<String>, DbError> {
    let text = sqlx::query_scalar("SELECT content FROM blueprints WHERE digest = $1")
        .bind(digest.as_str().to_owned())
        .fetch_optional(connection)
        .await?;
    Ok(text)
}
