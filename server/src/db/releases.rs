//! Releases: immutable once inserted.

use domain::{digest::Digest, release::ReleaseContent};
use jiff::Timestamp;
use sqlx::{Row as _, any::AnyRow};
use uuid::Uuid;

use super::{Connection, DbError, Page, from_json, from_millis, to_count, to_json, to_millis};

#[derive(Clone, Debug)]
pub struct Release {
    pub id: Uuid,
    pub digest: Digest,
    pub content: ReleaseContent,
    pub created_by: String,
    pub created_by_name: String,
    pub created_at: Timestamp,
}

/// # Errors
/// [`DbError::Duplicate`] when the application has a release of this version.
pub async fn insert(connection: &mut Connection, release: &Release) -> Result<(), DbError> {
    sqlx::query(
        "INSERT INTO releases (id, application, version, digest, source_revision, content, created_by, \
         created_by_name, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(release.id.to_string())
    .bind(release.content.application.clone())
    .bind(release.content.version.clone())
    .bind(release.digest.as_str().to_owned())
    .bind(release.content.source_revision.clone())
    .bind(to_json(&release.content)?)
    .bind(release.created_by.clone())
    .bind(release.created_by_name.clone())
    .bind(to_millis(release.created_at))
    .execute(&mut *connection)
    .await?;
    for environment in release.content.environments.keys() {
        sqlx::query("INSERT INTO release_environments (release_id, environment) VALUES ($1, $2)")
            .bind(release.id.to_string())
            .bind(environment.clone())
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

pub async fn find(connection: &mut Connection, id: Uuid) -> Result<Option<Release>, DbError> {
    let row =
        sqlx::query("SELECT * FROM releases WHERE id = $1").bind(id.to_string()).fetch_optional(connection).await?;
    row.as_ref().map(read).transpose()
}

pub async fn find_version(
    connection: &mut Connection,
    application: &str,
    version: &str,
) -> Result<Option<Release>, DbError> {
    let row = sqlx::query("SELECT * FROM releases WHERE application = $1 AND version = $2")
        .bind(application)
        .bind(version)
        .fetch_optional(connection)
        .await?;
    row.as_ref().map(read).transpose()
}

/// Newest first; an empty application means all.
pub async fn list(connection: &mut Connection, application: &str, page: Page) -> Result<Vec<Release>, DbError> {
    let rows = sqlx::query(
        "SELECT * FROM releases WHERE ($1 = '' OR application = $1) ORDER BY created_at DESC, id DESC \
         LIMIT $2 OFFSET $3",
    )
    .bind(application)
    .bind(page.limit)
    .bind(page.offset)
    .fetch_all(connection)
    .await?;
    rows.iter().map(read).collect()
}

pub async fn count(connection: &mut Connection, application: &str) -> Result<u64, DbError> {
    let count: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM releases WHERE ($1 = '' OR application = $1)")
        .bind(application)
        .fetch_one(connection)
        .await?;
    Ok(to_count(count))
}

/// A release in a list of choices.
#[derive(Clone, Debug)]
pub struct Choice {
    pub id: Uuid,
    pub version: String,
    pub created_at: Timestamp,
}

/// Releases with content for an environment, newest first, without their content.
pub async fn list_for_environment(
    connection: &mut Connection,
    application: &str,
    environment: &str,
    limit: i64,
) -> Result<Vec<Choice>, DbError> {
    let rows = sqlx::query(
        "SELECT r.id, r.version, r.created_at FROM releases r \
         JOIN release_environments e ON e.release_id = r.id AND e.environment = $2 \
         WHERE r.application = $1 ORDER BY r.created_at DESC, r.id DESC LIMIT $3",
    )
    .bind(application)
    .bind(environment)
    .bind(limit)
    .fetch_all(connection)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(Choice {
                id: uuid(&row.try_get::<String, _>("id")?)?,
                version: row.try_get("version")?,
                created_at: from_millis(row.try_get("created_at")?)?,
            })
        })
        .collect()
}

fn read(row: &AnyRow) -> Result<Release, DbError> {
    let digest: String = row.try_get("digest")?;
    Ok(Release {
        id: uuid(&row.try_get::<String, _>("id")?)?,
        digest: Digest::parse(&digest).ok_or_else(|| DbError::Corrupt(format!("{digest} is not a digest")))?,
        content: from_json(&row.try_get::<String, _>("content")?)?,
        created_by: row.try_get("created_by")?,
        created_by_name: row.try_get("created_by_name")?,
        created_at: from_millis(row.try_get("created_at")?)?,
    })
}

pub(super) fn uuid(text: &str) -> Result<Uuid, DbError> {
    text.parse().map_err(|_| DbError::Corrupt(format!("{text} is not an id")))
}
