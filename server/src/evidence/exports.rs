//! Hands bundles out: who may have them, and which digest went to whom.

use std::{collections::VecDeque, pin::Pin, sync::Arc};

use app::{error::ApiError, ports::Caller, views::EvidenceFilter};
use async_trait::async_trait;
use futures::{Stream, TryStreamExt as _, stream::try_unfold};
use uuid::Uuid;

use crate::{
    db::{DbError, deployments::Summary},
    http::{EvidenceDownload, EvidenceStream},
    services::{ServiceError, Services},
};

use super::{
    Bundle, Cover, InstanceKey,
    container::Packer,
    contents::{Contents, ContentsError},
    seal,
    verify::INDEX,
};

/// Exports evidence. Cheap to clone.
#[derive(Clone)]
pub struct Exports {
    services: Services,
    key: Arc<InstanceKey>,
    /// Public address of this installation.
    instance: String,
}

#[async_trait]
impl EvidenceDownload for Exports {
    async fn bundle(&self, caller: &Caller, id: Uuid) -> Result<Bundle, ApiError> {
        self.services.may_export(caller, id).await?;
        Ok(self.make(caller, id).await?)
    }

    async fn range(&self, caller: &Caller, filter: &EvidenceFilter) -> Result<EvidenceStream, ApiError> {
        let wanted = self.services.exportable(caller, filter).await?;
        let state = Range {
            exports: self.clone(),
            caller: caller.clone(),
            waiting: wanted.into(),
            packer: Some(Packer::default()),
            index: INDEX_HEAD.to_owned(),
        };
        Ok(state.stream())
    }
}

impl Exports {
    pub fn new(services: Services, key: InstanceKey, instance: String) -> Self {
        Self { services, key: Arc::new(key), instance }
    }

    /// Makes a bundle and records it; without the record there is no bundle.
    async fn make(&self, caller: &Caller, id: Uuid) -> Result<Bundle, ServiceError> {
        let contents = self.load(id).await?;
        let cover = Cover {
            instance: self.instance.clone(),
            exported_by: crate::services::person(caller),
            exported_at: self.services.clock.now(),
        };
        let key = self.key.clone();
        // Hashing megabytes must not hold up the requests of others.
        let sealed = tokio::task::spawn_blocking(move || seal(&contents, &cover, &key)).await;
        let bundle = sealed
            .map_err(|error| ServiceError::Internal(error.to_string()))?
            .map_err(|error| ServiceError::Internal(error.to_string()))?;
        self.services.record_export(caller, &bundle).await?;
        Ok(bundle)
    }

    async fn load(&self, id: Uuid) -> Result<Contents, ServiceError> {
        let mut tx = self.services.db.snapshot().await?;
        let place = crate::db::deployments::find(&mut tx, id).await?;
        let blueprint = place.and_then(|stored| self.services.blueprints.get(&stored.deployment.application));
        let contents = Contents::load(&mut tx, id, blueprint).await;
        tx.rollback().await.map_err(DbError::from)?;
        match contents {
            Ok(Some(contents)) => Ok(contents),
            Ok(None) => Err(ServiceError::NotFound("This deployment".to_owned())),
            Err(ContentsError::Db(error)) => Err(error.into()),
            Err(ContentsError::Broken(error)) => {
                tracing::error!(%error, "the audit log is broken: no evidence can be made");
                Err(ServiceError::Conflict(format!(
                    "No bundle was made, because the audit log would not support it: {error}. Run “lockkeeper audit \
                     verify” and compare with a backup."
                )))
            }
        }
    }
}

const INDEX_HEAD: &str =
    "deployment,application,environment,release,state,requested_by,requested_at,finished_at,file,sha256,size\n";

/// An export on its way: one bundle is in memory at a time.
struct Range {
    exports: Exports,
    caller: Caller,
    waiting: VecDeque<Summary>,
    /// `None` when everything is sent.
    packer: Option<Packer>,
    index: String,
}

impl Range {
    fn stream(self) -> EvidenceStream {
        let chunks = try_unfold(self, |mut range| async move {
            match range.next().await {
                Ok(Some(bytes)) => Ok(Some((bytes, range))),
                Ok(None) => Ok(None),
                Err(error) => {
                    tracing::error!(%error, "an export broke off");
                    Err(std::io::Error::other(error.to_string()))
                }
            }
        });
        let chunks: Pin<Box<dyn Stream<Item = _> + Send>> = Box::pin(chunks.map_ok(axum::body::Bytes::from));
        chunks
    }

    async fn next(&mut self) -> Result<Option<Vec<u8>>, ServiceError> {
        let full = |error: super::container::DoesNotFit| ServiceError::Internal(error.to_string());
        let Some(mut packer) = self.packer.take() else { return Ok(None) };
        let Some(summary) = self.waiting.pop_front() else {
            let mut bytes = packer.file(INDEX, self.index.as_bytes()).map_err(full)?;
            bytes.extend(packer.finish().map_err(full)?);
            return Ok(Some(bytes));
        };
        let bundle = self.exports.make(&self.caller, summary.id).await?;
        let bytes = packer.file(&bundle.file_name, &bundle.bytes).map_err(full)?;
        self.index.push_str(&line(&summary, &bundle));
        self.packer = Some(packer);
        Ok(Some(bytes))
    }
}

fn line(summary: &Summary, bundle: &Bundle) -> String {
    let cells = [
        summary.id.to_string(),
        summary.application.clone(),
        summary.environment.clone(),
        summary.release_version.clone(),
        summary.state.name().to_owned(),
        summary.requested_by_name.clone(),
        summary.requested_at.to_string(),
        summary.finished_at.map(|at| at.to_string()).unwrap_or_default(),
        bundle.file_name.clone(),
        bundle.digest.to_string(),
        bundle.bytes.len().to_string(),
    ];
    format!("{}\n", cells.map(|text| cell(&text)).join(","))
}

/// Quoted where needed; what a spreadsheet would take for a formula is made text.
fn cell(text: &str) -> String {
    let text = text.replace(['\r', '\n'], " ");
    let text = if text.starts_with(['=', '+', '-', '@', '\t']) { format!("'{text}") } else { text };
    if text.contains([',', '"']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

#[cfg(test)]
mod tests {
    use super::cell;

    #[test]
    fn no_cell_is_a_formula_or_ends_its_row() {
        assert_eq!(cell("=cmd()"), "'=cmd()");
        assert_eq!(cell("Lea, \"the\" lead\nnow"), "\"Lea, \"\"the\"\" lead now\"");
        assert_eq!(cell("1.5.0"), "1.5.0");
    }
}
