//! The last seen state of every stack of an environment.

use domain::stack::StackStatus;
use jiff::Timestamp;
use sqlx::Row as _;

use crate::ports::StackSnapshot;

use super::{Connection, DbError, from_json, to_json, to_millis};

/// Replaces what was known about an environment by what was seen now. Answers whether anything is different.
pub async fn replace(
    connection: &mut Connection,
    application: &str,
    environment: &str,
    snapshots: &[StackSnapshot],
    now: Timestamp,
) -> Result<bool, DbError> {
    let before: Vec<StackSnapshot> = list(connection, application, environment).await?;
    let mut after = snapshots.to_vec();
    after.sort_by(|a, b| a.stack_name.cmp(&b.stack_name));
    if before == after {
        sqlx::query("UPDATE stack_snapshots SET observed_at = $1 WHERE application = $2 AND environment = $3")
            .bind(to_millis(now))
            .bind(application)
            .bind(environment)
            .execute(connection)
            .await?;
        return Ok(false);
    }
    sqlx::query("DELETE FROM stack_snapshots WHERE application = $1 AND environment = $2")
        .bind(application)
        .bind(environment)
        .execute(&mut *connection)
        .await?;
    for snapshot in &after {
        sqlx::query(
            "INSERT INTO stack_snapshots (application, environment, stack_name, status, content, observed_at) \
             VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(application)
        .bind(environment)
        .bind(snapshot.stack_name.clone())
        .bind(snapshot.status.as_str().to_owned())
        .bind(to_json(snapshot)?)
        .bind(to_millis(now))
        .execute(&mut *connection)
        .await?;
    }
    Ok(true)
}

/// By name.
pub async fn list(
    connection: &mut Connection,
    application: &str,
    environment: &str,
) -> Result<Vec<StackSnapshot>, DbError> {
    let rows = sqlx::query(
        "SELECT content FROM stack_snapshots WHERE application = $1 AND environment = $2 ORDER BY stack_name",
    )
    .bind(application)
    .bind(environment)
    .fetch_all(connection)
    .await?;
    rows.iter().map(|row| from_json(&row.try_get::<String, _>("content")?)).collect()
}

/// What the overview needs of a stack.
#[derive(Clone, Debug)]
pub struct Brief {
    pub application: String,
    pub environment: String,
    pub stack_name: String,
    pub status: StackStatus,
}

/// Every stack of every environment, in one light statement.
pub async fn list_all(connection: &mut Connection) -> Result<Vec<Brief>, DbError> {
    let rows = sqlx::query("SELECT application, environment, stack_name, status FROM stack_snapshots")
        .fetch_all(connection)
        .await?;
    rows.iter()
        .map(|row| {
            Ok(Brief {
                application: row.try_get("application")?,
                environment: row.try_get("environment")?,
                stack_name: row.try_get("stack_name")?,
                status: StackStatus(row.try_get("status")?),
            })
        })
        .collect()
}
