//! Conditions of sign-offs that are still open, of all deployments.

use domain::deployment::{Deployment, State};
use jiff::civil::Date;
use sqlx::Row as _;
use uuid::Uuid;

use super::{Connection, DbError, releases::uuid};

#[derive(Clone, Debug)]
pub struct OpenCondition {
    pub deployment: Uuid,
    pub application: String,
    pub environment: String,
    pub release_version: String,
    pub words: String,
    pub owner: String,
    pub due: Date,
}

/// Makes the rows of a deployment what its aggregate says.
pub async fn replace(connection: &mut Connection, deployment: &Deployment) -> Result<(), DbError> {
    sqlx::query("DELETE FROM open_conditions WHERE deployment_id = $1")
        .bind(deployment.id.to_string())
        .execute(&mut *connection)
        .await?;
    // Of a deployment that failed after all, nothing is owed any more.
    if !matches!(deployment.state, State::AwaitingSignOff | State::Succeeded) {
        return Ok(());
    }
    for condition in deployment.open_conditions() {
        sqlx::query(
            "INSERT INTO open_conditions (deployment_id, number, application, environment, release_version, words, \
             owner, due) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(deployment.id.to_string())
        .bind(i64::from(condition.id))
        .bind(deployment.application.clone())
        .bind(deployment.environment.clone())
        .bind(deployment.release_version.clone())
        .bind(condition.text.clone())
        .bind(condition.owner.clone())
        .bind(condition.due.to_string())
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

/// What is due first comes first.
pub async fn list(connection: &mut Connection) -> Result<Vec<OpenCondition>, DbError> {
    let rows = sqlx::query("SELECT * FROM open_conditions ORDER BY due, deployment_id, number LIMIT 200")
        .fetch_all(connection)
        .await?;
    rows.iter()
        .map(|row| {
            let due: String = row.try_get("due")?;
            Ok(OpenCondition {
                deployment: uuid(&row.try_get::<String, _>("deployment_id")?)?,
                application: row.try_get("application")?,
                environment: row.try_get("environment")?,
                release_version: row.try_get("release_version")?,
                words: row.try_get("words")?,
                owner: row.try_get("owner")?,
                due: due.parse().map_err(|_| DbError::Corrupt(format!("{due} is not a day")))?,
            })
        })
        .collect()
}
