//! Releases: created once, never changed.

use app::{
    ports::Caller,
    views::{Offer, ReleaseEnvironmentView, ReleaseFilter, ReleaseRow, ReleaseView, ReleasesView},
};
use domain::{
    blueprint::Environment,
    permission::{Action, Decision, Scope, decide},
    release::ReleaseContent,
};
use serde_json::json;
use uuid::Uuid;

use crate::{
    clock::new_id,
    db::{self, DbError, Page, deployments::Filter, releases::Release},
};

use super::{
    ServiceError, Services,
    authorise::{Subject, audit_event},
    rows::{band, rows_of},
};

const PER_PAGE: u32 = 25;
const DEPLOYMENTS: u32 = 20;

/// Bytes a release refers to by digest.
#[derive(Clone, Debug)]
pub struct NewBlob {
    pub bytes: Vec<u8>,
}

impl Services {
    /// Whether an upload for an application is read at all: the caller must create releases somewhere in it.
    pub fn may_upload(&self, caller: &Caller, application: &str) -> Result<(), ServiceError> {
        let missing = || ServiceError::NotFound(format!("Application {application}"));
        let blueprint =
            self.blueprints.get(application).filter(|b| self.may_view(caller, b, None)).ok_or_else(missing)?;
        let may = blueprint.environments.iter().any(|environment| {
            let scope = Scope {
                application: Some(application),
                environment: Some(&environment.name),
                max_login_age_secs: None,
            };
            decide(&caller.actor, Action::CreateRelease, scope, self.clock.now()).is_allowed()
        });
        if may { Ok(()) } else { Err(ServiceError::Denied(Action::CreateRelease)) }
    }

    /// A release needs the permission in every environment it has content for.
    async fn may_create(&self, caller: &Caller, application: &str, environments: &[&str]) -> Result<(), ServiceError> {
        self.may_upload(caller, application)?;
        for name in environments {
            let (_, environment) = self.place(application, name)?;
            // Making a release changes nothing in the environment, so it asks for no fresh login.
            let environment = Environment { protection: None, ..environment };
            let subject = Subject {
                application: Some(application),
                environment: Some(&environment),
                kind: "application",
                id: application,
            };
            self.authorise(caller, Action::CreateRelease, subject).await?;
        }
        Ok(())
    }

    /// Stores a release with everything it refers to. Repeating the same content under the same version answers with
    /// the release that is there; other content under a taken version is refused.
    pub async fn create_release(
        &self,
        caller: &Caller,
        content: ReleaseContent,
        blobs: Vec<NewBlob>,
    ) -> Result<Uuid, ServiceError> {
        let environments: Vec<&str> = content.environments.keys().map(String::as_str).collect();
        self.may_create(caller, &content.application, &environments).await?;
        let digest = content.digest().map_err(|e| ServiceError::Internal(e.to_string()))?;
        let now = self.clock.now();
        let mut tx = self.db.write().await?;
        if let Some(existing) = db::releases::find_version(&mut tx, &content.application, &content.version).await? {
            if existing.digest == digest {
                return Ok(existing.id);
            }
            return Err(ServiceError::Conflict(format!(
                "Release {} of {} exists already with other content (digest {}). Releases never change: choose \
                 another version.",
                content.version,
                content.application,
                existing.digest.short()
            )));
        }
        for blob in blobs {
            db::blobs::keep(&mut tx, &blob.bytes, now).await?;
        }
        let assets = content.environments.values().flat_map(|e| &e.stacks).flat_map(|s| &s.assets);
        for asset in assets {
            // Two releases that put different bytes under one key could run each other's code.
            if !db::asset_keys::claim(&mut tx, &asset.bucket, &asset.key, &asset.blob).await? {
                return Err(ServiceError::rejected(
                    "archive",
                    format!(
                        "Another release has put other bytes under the key of asset {} ({}/{}). Nothing was stored. \
                         The key has to change with the content: synthesise again, without changing files by hand.",
                        asset.id, asset.bucket, asset.key
                    ),
                ));
            }
        }
        let release = Release {
            id: new_id(now),
            digest,
            content,
            created_by: caller.actor.id.clone(),
            created_by_name: caller.actor.name.clone(),
            created_at: now,
        };
        db::releases::insert(&mut tx, &release).await?;
        let id = release.id.to_string();
        let application = Some(release.content.application.as_str());
        let subject = Subject { application, environment: None, kind: "release", id: &id };
        let detail = json!({
            "version": release.content.version,
            "digest": release.digest,
            "source_revision": release.content.source_revision,
            "environments": release.content.environments.keys().collect::<Vec<_>>(),
        });
        let event = audit_event(caller, Action::CreateRelease.name(), subject, detail);
        db::audit::append(&mut tx, event, now).await?;
        tx.commit().await.map_err(DbError::from)?;
        self.live.publish("releases");
        Ok(release.id)
    }

    pub(super) async fn releases_view(
        &self,
        caller: &Caller,
        filter: &ReleaseFilter,
    ) -> Result<ReleasesView, ServiceError> {
        let visible: Vec<_> = self.blueprints.all().into_iter().filter(|b| self.may_view(caller, b, None)).collect();
        let wanted: Vec<String> = visible
            .iter()
            .map(|b| b.application.name.clone())
            .filter(|name| filter.application.as_ref().is_none_or(|wanted| wanted == name))
            .collect();
        let mut connection = self.db.read().await?;
        let total = db::releases::count(&mut connection, &wanted).await?;
        let (page, paging) = rows_of(filter.page, PER_PAGE, filter.is_export, total);
        let found = db::releases::list(&mut connection, &wanted, filter.sort.as_ref(), page).await?;
        let rows = found.into_iter().map(|r| self.release_row(&r)).collect();
        let may = visible.iter().any(|b| self.may_upload(caller, &b.application.name).is_ok());
        let decision = if may { Decision::Allowed } else { Decision::Denied };
        Ok(ReleasesView {
            applications: visible.iter().map(|b| (b.application.name.clone(), b.application.title.clone())).collect(),
            filter: filter.clone(),
            rows,
            paging,
            create: Offer { decision, obstacle: None },
        })
    }

    pub(super) async fn release_view(&self, caller: &Caller, id: Uuid) -> Result<ReleaseView, ServiceError> {
        let mut connection = self.db.read().await?;
        let release = db::releases::find(&mut connection, id).await?;
        let missing = || ServiceError::NotFound("This release".to_owned());
        let release = release.ok_or_else(missing)?;
        let blueprint = self.blueprints.get(&release.content.application).ok_or_else(missing)?;
        if !self.may_view(caller, &blueprint, None) {
            return Err(missing());
        }
        let places = self.visible_places(caller, &mut connection).await?;
        let filter = Filter { release: Some(id), places, ..Filter::default() };
        let deployments = db::deployments::list(&mut connection, &filter, None, Page::of(1, DEPLOYMENTS)).await?;
        let active = db::deployments::list_active(&mut connection).await?;
        let mut environments = Vec::new();
        for environment in &blueprint.environments {
            let Some(content) = release.content.environments.get(&environment.name) else { continue };
            if !self.may_view(caller, &blueprint, Some(environment)) {
                continue;
            }
            let subject = Subject {
                application: Some(&blueprint.application.name),
                environment: Some(environment),
                kind: "environment",
                id: &environment.name,
            };
            let here = active
                .iter()
                .find(|d| d.application == blueprint.application.name && d.environment == environment.name);
            environments.push(ReleaseEnvironmentView {
                band: band(&blueprint, environment),
                stacks: content.stacks.clone(),
                request: self.offer(caller, Action::RequestDeployment, subject, None),
                active_deployment: here.cloned().map(|d| self.deployment_row(d)),
            });
        }
        Ok(ReleaseView {
            row: self.release_row(&release),
            environments,
            deployments: deployments.into_iter().map(|d| self.deployment_row(d)).collect(),
        })
    }

    fn release_row(&self, release: &Release) -> ReleaseRow {
        let application = &release.content.application;
        ReleaseRow {
            id: release.id,
            application: application.clone(),
            application_title: self
                .blueprints
                .get(application)
                .map_or_else(|| application.clone(), |b| b.application.title.clone()),
            version: release.content.version.clone(),
            digest: release.digest.clone(),
            source_revision: release.content.source_revision.clone(),
            created_by: release.created_by_name.clone(),
            created_at: release.created_at,
            environments: release.content.environments.keys().cloned().collect(),
        }
    }
}
