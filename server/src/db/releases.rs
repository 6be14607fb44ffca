//! Releases: immutable once inserted.

use app::views::Sort;
use domain::{digest::Digest, release::ReleaseContent};
use jiff::Timestamp;
use sqlx::{Row as _, any::AnyRow};
use uuid::Uuid;

use super::{Connection, DbError, Page, from_json, from_millis, order, to_count, to_json, to_millis, words};

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

/// What the list can be sorted by.
pub const SORTABLE: [(&str, &str); 4] = [
    ("application", "application"),
    ("revision", "COALESCE(source_revision, '')"),
    ("created", "created_at"),
    ("by", "LOWER(created_by_name)"),
];

/// Newest first, unless sorted by something else; an empty application means all.
pub async fn list(
    connection: &mut Connection,
    application: &str,
    sort: Option<&Sort>,
    page: Page,
) -> Result<Vec<Release>, DbError> {
    let order = order::clause(&SORTABLE, sort, "created_at DESC, id DESC");
    let sql = format!("SELECT * FROM releases WHERE ($1 = '' OR application = $1) {order} LIMIT $2 OFFSET $3");
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(application.to_owned())
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

/// A release somebody searched for, without its content.
#[derive(Clone, Debug)]
pub struct Found {
    pub id: Uuid,
    pub application: String,
    pub version: String,
    pub created_by_name: String,
}

/// Those in whose application, version, revision and author every word occurs, newest first.
pub async fn search(connection: &mut Connection, text: &str, limit: i64) -> Result<Vec<Found>, DbError> {
    let sql = format!(
        "SELECT id, application, version, created_by_name FROM (SELECT releases.*, LOWER(application || ' ' || \
         version || ' ' || COALESCE(source_revision, '') || ' ' || created_by_name) AS words FROM releases) r \
         WHERE {} ORDER BY created_at DESC, id DESC LIMIT $6",
        words::EVERY_ONE
    );
    let query = words::patterns(text).into_iter().fold(sqlx::query(sqlx::AssertSqlSafe(sql)), sqlx::query::Query::bind);
    let rows = query.bind(limit).fetch_all(connection).await?;
    rows.iter()
        .map(|row| {
            Ok(Found {
                id: uuid(&row.try_get::<String, _>("id")?)?,
                application: row.try_get("application")?,
                version: row.try_get("version")?,
                created_by_name: row.try_get("created_by_name")?,
            })
        })
        .collect()
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
