//! What each stack's change set would do, as it was approved; and as it was found when it could only be prepared late.

use domain::{digest::Digest, plan::StackPlan};
use sqlx::Row as _;
use uuid::Uuid;

use super::{Connection, DbError, from_json, to_json};

pub async fn keep(
    connection: &mut Connection,
    deployment: Uuid,
    plan: &StackPlan,
    digest: &Digest,
    is_late: bool,
) -> Result<(), DbError> {
    sqlx::query(
        "INSERT INTO stack_plans (deployment_id, stack, digest, content, is_late) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (deployment_id, stack, is_late) DO UPDATE SET digest = excluded.digest, \
         content = excluded.content",
    )
    .bind(deployment.to_string())
    .bind(plan.logical_name.clone())
    .bind(digest.as_str().to_owned())
    .bind(to_json(plan)?)
    .bind(i64::from(is_late))
    .execute(connection)
    .await?;
    Ok(())
}

/// The newest knowledge per stack: late plans replace those that only said "cannot be known yet".
pub async fn list(connection: &mut Connection, deployment: Uuid) -> Result<Vec<StackPlan>, DbError> {
    let rows = sqlx::query("SELECT content FROM stack_plans WHERE deployment_id = $1 ORDER BY is_late DESC, stack")
        .bind(deployment.to_string())
        .fetch_all(connection)
        .await?;
    let mut plans: Vec<StackPlan> = Vec::new();
    for row in rows {
        let plan: StackPlan = from_json(&row.try_get::<String, _>("content")?)?;
        if !plans.iter().any(|known| known.logical_name == plan.logical_name) {
            plans.push(plan);
        }
    }
    Ok(plans)
}

/// A plan as it was kept.
#[derive(Clone, Debug)]
pub struct StoredPlan {
    pub plan: StackPlan,
    pub digest: Digest,
    pub is_late: bool,
}

/// Every plan of a deployment, those that were approved before those that were made late.
pub async fn list_all(connection: &mut Connection, deployment: Uuid) -> Result<Vec<StoredPlan>, DbError> {
    let rows = sqlx::query("SELECT * FROM stack_plans WHERE deployment_id = $1 ORDER BY is_late, stack")
        .bind(deployment.to_string())
        .fetch_all(connection)
        .await?;
    rows.iter()
        .map(|row| {
            let digest: String = row.try_get("digest")?;
            Ok(StoredPlan {
                plan: from_json(&row.try_get::<String, _>("content")?)?,
                digest: Digest::parse(&digest).ok_or_else(|| DbError::Corrupt(format!("{digest} is not a digest")))?,
                is_late: row.try_get::<i64, _>("is_late")? == 1,
            })
        })
        .collect()
}
