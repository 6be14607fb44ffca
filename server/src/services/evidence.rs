//! Who may export evidence, of what, and the record of it.

use app::{
    error::ApiError,
    ports::{Caller, EvidenceReads},
    views::{EvidenceFilter, EvidenceKeyRow, EvidenceView},
};
use async_trait::async_trait;
use domain::permission::Action;
use jiff::{Timestamp, ToSpan as _, civil::Date, tz::TimeZone};
use serde_json::json;
use uuid::Uuid;

use crate::{
    db::{self, DbError, deployments::Summary},
    evidence::Bundle,
};

use super::{
    ServiceError, Services,
    authorise::{Subject, audit_event},
};

/// Bundles in one export.
const MOST: u32 = 500;
/// Rows the page shows.
const SHOWN: usize = 50;

#[async_trait]
impl EvidenceReads for Services {
    async fn evidence(&self, caller: &Caller, filter: &EvidenceFilter) -> Result<EvidenceView, ApiError> {
        Ok(self.evidence_view(caller, filter).await?)
    }
}

impl Services {
    async fn evidence_view(&self, caller: &Caller, filter: &EvidenceFilter) -> Result<EvidenceView, ServiceError> {
        let (found, problem) = match self.exportable(caller, filter).await {
            Ok(found) => (found, None),
            Err(ServiceError::Rejected { message, .. }) => (Vec::new(), Some(message)),
            Err(error) => return Err(error),
        };
        let visible: Vec<_> = self.blueprints.all().into_iter().filter(|b| self.may_view(caller, b, None)).collect();
        let mut environments: Vec<String> =
            visible.iter().flat_map(|b| &b.environments).map(|e| e.name.clone()).collect();
        environments.sort();
        environments.dedup();
        let mut connection = self.db.read().await?;
        let keys = db::evidence_keys::list(&mut connection).await?;
        Ok(EvidenceView {
            applications: visible.iter().map(|b| (b.application.name.clone(), b.application.title.clone())).collect(),
            environments,
            filter: filter.clone(),
            total: u32::try_from(found.len()).unwrap_or(u32::MAX),
            rows: found.into_iter().take(SHOWN).map(|summary| self.deployment_row(summary)).collect(),
            problem,
            keys: keys
                .into_iter()
                .map(|key| EvidenceKeyRow {
                    fingerprint: key.fingerprint,
                    public_key: key.public_key,
                    first_seen_at: key.first_seen_at,
                    last_seen_at: key.last_seen_at,
                })
                .collect(),
        })
    }

    /// Allows the export of one deployment, or refuses and records it.
    pub(crate) async fn may_export(&self, caller: &Caller, id: Uuid) -> Result<(), ServiceError> {
        let deployment = self.load(id).await?;
        let blueprint = self.blueprints.get(&deployment.application);
        let environment = blueprint.as_ref().and_then(|b| b.environment(&deployment.environment));
        if let Some(blueprint) = &blueprint
            && !self.may_view(caller, blueprint, environment)
        {
            return Err(ServiceError::NotFound("This deployment".to_owned()));
        }
        let id = id.to_string();
        let subject = Subject { application: Some(&deployment.application), environment, kind: "deployment", id: &id };
        self.authorise(caller, Action::ExportEvidence, subject).await
    }

    /// The deployments of an export, oldest first: those the filter finds and the caller may have.
    pub(crate) async fn exportable(
        &self,
        caller: &Caller,
        filter: &EvidenceFilter,
    ) -> Result<Vec<Summary>, ServiceError> {
        let (application, environment) = (filter.application.as_deref(), filter.environment.as_deref());
        self.authorise_narrowed(caller, Action::ExportEvidence, "evidence", application, environment).await?;
        let from = filter.from.as_deref().map(|text| date("from", text)).transpose()?;
        let until = filter.until.as_deref().map(|text| date("until", text)).transpose()?;
        if let (Some(from), Some(until)) = (from, until)
            && from > until
        {
            return Err(ServiceError::rejected("until", "The last day is before the first one."));
        }
        let from = from.map(start_of).transpose()?;
        // The last day belongs to the range.
        let until = until.map(|day| start_of(day.checked_add(1.day()).map_err(|_| too_far("until"))?)).transpose()?;
        let wanted = db::deployments::Filter {
            application: filter.application.clone(),
            environment: filter.environment.clone(),
            ..db::deployments::Filter::default()
        };
        let mut connection = self.db.read().await?;
        let mut found =
            db::deployments::list_between(&mut connection, &wanted, from, until, i64::from(MOST) + 1).await?;
        if found.len() > MOST as usize {
            return Err(ServiceError::rejected(
                "from",
                format!("More than {MOST} deployments are in this range. Choose a shorter one, and export in parts."),
            ));
        }
        found.retain(|d| {
            let blueprint = self.blueprints.get(&d.application);
            let environment = blueprint.as_ref().and_then(|b| b.environment(&d.environment));
            let subject = Subject { application: Some(&d.application), environment, kind: "evidence", id: "" };
            self.decision(caller, Action::ExportEvidence, subject).is_allowed()
        });
        Ok(found)
    }

    /// Records which bundle goes to whom. Without this row, it does not go.
    pub(crate) async fn record_export(&self, caller: &Caller, bundle: &Bundle) -> Result<(), ServiceError> {
        let manifest = &bundle.manifest;
        let blueprint = self.blueprints.get(&manifest.application);
        let environment = blueprint.as_ref().and_then(|b| b.environment(&manifest.environment));
        let id = manifest.deployment.to_string();
        let subject = Subject { application: Some(&manifest.application), environment, kind: "deployment", id: &id };
        let detail = json!({
            "bundle": bundle.digest, "contents": manifest.content_digest, "size": bundle.bytes.len(),
            "key": manifest.key_fingerprint,
        });
        let mut tx = self.db.write().await?;
        let event = audit_event(caller, Action::ExportEvidence.name(), subject, detail);
        db::audit::append(&mut tx, event, self.clock.now()).await?;
        tx.commit().await.map_err(DbError::from)?;
        Ok(())
    }
}

fn date(field: &str, text: &str) -> Result<Date, ServiceError> {
    text.trim().parse().map_err(|_| ServiceError::rejected(field, format!("“{text}” is not a day such as 2026-11-25.")))
}

fn too_far(field: &str) -> ServiceError {
    ServiceError::rejected(field, "This day is too far away.")
}

/// Days are those of UTC, like every time in the record.
fn start_of(day: Date) -> Result<Timestamp, ServiceError> {
    day.to_zoned(TimeZone::UTC).map(|zoned| zoned.timestamp()).map_err(|_| too_far("from"))
}
