//! Forms waiting to be shown again to the browser that sent them.

use jiff::Timestamp;
use sqlx::Row as _;

use super::{Connection, DbError, to_millis};

/// One kept form. The newest of a form on a page replaces the one before.
#[derive(Clone, Debug)]
pub struct DraftRow {
    pub id: String,
    /// Hash of the browser's form cookie.
    pub owner: String,
    pub form: String,
    /// The whole state, as JSON.
    pub state: String,
    /// Path of the page, without query.
    pub return_to: String,
    pub created_at: Timestamp,
}

/// How many forms one browser may have waiting.
const PER_OWNER: i64 = 20;

/// Keeps a form; answers `false` when this browser has too many waiting already.
pub async fn put(connection: &mut Connection, row: DraftRow) -> Result<bool, DbError> {
    sqlx::query("DELETE FROM drafts WHERE owner = $1 AND return_to = $2 AND form = $3")
        .bind(row.owner.clone())
        .bind(row.return_to.clone())
        .bind(row.form.clone())
        .execute(&mut *connection)
        .await?;
    let waiting: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM drafts WHERE owner = $1")
        .bind(row.owner.clone())
        .fetch_one(&mut *connection)
        .await?;
    if waiting >= PER_OWNER {
        return Ok(false);
    }
    sqlx::query("INSERT INTO drafts (id, owner, form, fields, return_to, created_at) VALUES ($1, $2, $3, $4, $5, $6)")
        .bind(row.id)
        .bind(row.owner)
        .bind(row.form)
        .bind(row.state)
        .bind(row.return_to)
        .bind(to_millis(row.created_at))
        .execute(connection)
        .await?;
    Ok(true)
}

/// The states kept for a page and not older than `since`.
pub async fn list(
    connection: &mut Connection,
    owner: &str,
    return_to: &str,
    since: Timestamp,
) -> Result<Vec<String>, DbError> {
    let rows = sqlx::query("SELECT fields FROM drafts WHERE owner = $1 AND return_to = $2 AND created_at >= $3")
        .bind(owner)
        .bind(return_to)
        .bind(to_millis(since))
        .fetch_all(connection)
        .await?;
    rows.iter().map(|row| Ok(row.try_get("fields")?)).collect()
}

/// Forgets what was kept for a page.
pub async fn delete_for_page(connection: &mut Connection, owner: &str, return_to: &str) -> Result<(), DbError> {
    sqlx::query("DELETE FROM drafts WHERE owner = $1 AND return_to = $2")
        .bind(owner)
        .bind(return_to)
        .execute(connection)
        .await?;
    Ok(())
}

/// Forgets everything a browser left behind.
pub async fn delete_for_owner(connection: &mut Connection, owner: &str) -> Result<(), DbError> {
    sqlx::query("DELETE FROM drafts WHERE owner = $1").bind(owner).execute(connection).await?;
    Ok(())
}

pub async fn delete_older(connection: &mut Connection, before: Timestamp) -> Result<u64, DbError> {
    let result =
        sqlx::query("DELETE FROM drafts WHERE created_at < $1").bind(to_millis(before)).execute(connection).await?;
    Ok(result.rows_affected())
}
