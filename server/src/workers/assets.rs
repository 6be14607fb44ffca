//! Puts the file assets of a stack where its template expects them.

use domain::release::StackContent;

use crate::{db, services::ServiceError};

use super::{
    Workers,
    effects::{Job, Outcome},
};

/// What a release holds for one stack of the job's deployment.
pub(super) async fn content(workers: &Workers, job: &Job, stack: &str) -> Result<Option<StackContent>, ServiceError> {
    let mut connection = workers.services.db.read().await?;
    let release = db::releases::find(&mut connection, job.deployment.release_id).await?;
    let environment = release.and_then(|mut r| r.content.environments.remove(&job.deployment.environment));
    Ok(environment.and_then(|e| e.stacks.into_iter().find(|s| s.logical_name == stack)))
}

/// Uploads what is missing or different. Answers with an outcome when that did not work.
pub(super) async fn publish(workers: &Workers, job: &Job, stack: &str) -> Result<Option<Outcome>, ServiceError> {
    let Some(content) = content(workers, job, stack).await? else { return Ok(None) };
    for asset in &content.assets {
        let mut connection = workers.services.db.read().await?;
        let bytes = db::blobs::find(&mut connection, &asset.blob).await?;
        drop(connection);
        let Some(bytes) = bytes else {
            return Ok(Some(Outcome::Problem(format!("asset {} is missing from the database", asset.id))));
        };
        let sent = workers.assets.ensure_object(&job.target, &asset.bucket, &asset.key, bytes).await;
        if let Err(error) = sent {
            return Ok(Some(Outcome::Problem(format!("asset {}: {error}", asset.id))));
        }
    }
    Ok(None)
}
