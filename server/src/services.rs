//! Services: the unit of authorisation, transaction and audit.
//!
//! Each act authorises first, loads, lets `domain` decide, and stores state, effects and audit row in one
//! transaction. A service never sees a request, a cookie or an SDK type.

mod account;
mod acts;
mod approvals;
mod audit;
mod authorise;
mod deployments;
pub(crate) mod engine;
mod environments;
mod error;
mod evidence;
mod live;
mod overview;
mod place;
mod releases;
mod rows;
mod search;

use std::sync::Arc;

use app::{
    error::ApiError,
    ports::{Acts, Caller, Clock, Reads},
    views::{
        AccountView, ApprovalsView, AuditFilter, AuditView, DeploymentFilter, DeploymentView, DeploymentsView,
        EnvironmentTables, EnvironmentView, OverviewView, ReleaseFilter, ReleaseView, ReleasesView, SearchView,
    },
};
use async_trait::async_trait;
use domain::checklist::MarkKind;
use tokio::sync::Notify;
use uuid::Uuid;

pub(crate) use acts::person;
pub use error::ServiceError;
pub use releases::NewBlob;

use crate::{db::Db, live::LiveHub, ports::BlueprintPort};

/// Everything the services stand on. Cheap to clone.
#[derive(Clone)]
pub struct Services {
    pub db: Db,
    pub blueprints: Arc<dyn BlueprintPort>,
    pub clock: Arc<dyn Clock>,
    pub live: LiveHub,
    /// Rung after a commit that queued effects, so that workers need not wait for their next look.
    pub work: Arc<Notify>,
    /// After how many seconds without a successful look a snapshot counts as stale.
    pub stale_after_secs: i64,
}

#[async_trait]
impl Reads for Services {
    async fn overview(&self, caller: &Caller) -> Result<OverviewView, ApiError> {
        Ok(self.overview_view(caller).await?)
    }

    async fn environment(
        &self,
        caller: &Caller,
        application: &str,
        environment: &str,
        tables: &EnvironmentTables,
    ) -> Result<EnvironmentView, ApiError> {
        Ok(self.environment_view(caller, application, environment, tables).await?)
    }

    async fn releases(&self, caller: &Caller, filter: &ReleaseFilter) -> Result<ReleasesView, ApiError> {
        Ok(self.releases_view(caller, filter).await?)
    }

    async fn release(&self, caller: &Caller, id: Uuid) -> Result<ReleaseView, ApiError> {
        Ok(self.release_view(caller, id).await?)
    }

    async fn deployments(&self, caller: &Caller, filter: &DeploymentFilter) -> Result<DeploymentsView, ApiError> {
        Ok(self.deployments_view(caller, filter).await?)
    }

    async fn deployment(&self, caller: &Caller, id: Uuid) -> Result<DeploymentView, ApiError> {
        Ok(self.deployment_view(caller, id).await?)
    }

    async fn approvals(&self, caller: &Caller) -> Result<ApprovalsView, ApiError> {
        Ok(self.approvals_view(caller).await?)
    }

    async fn audit(&self, caller: &Caller, filter: &AuditFilter) -> Result<AuditView, ApiError> {
        Ok(self.audit_view(caller, filter).await?)
    }

    async fn account(&self, caller: &Caller) -> Result<AccountView, ApiError> {
        Ok(self.account_view(caller))
    }

    async fn search(&self, caller: &Caller, text: &str) -> Result<SearchView, ApiError> {
        Ok(self.search_view(caller, text).await?)
    }
}

#[async_trait]
impl Acts for Services {
    async fn request_deployment(
        &self,
        caller: &Caller,
        release: Uuid,
        environment: &str,
        reason: &str,
    ) -> Result<Uuid, ApiError> {
        Ok(self.request(caller, release, environment, reason).await?)
    }

    async fn start_deployment(&self, caller: &Caller, id: Uuid, plan_digest: &str) -> Result<(), ApiError> {
        Ok(self.start(caller, id, plan_digest).await?)
    }

    async fn approve_plan(
        &self,
        caller: &Caller,
        id: Uuid,
        plan_digest: &str,
        phrase: &str,
        comment: &str,
    ) -> Result<(), ApiError> {
        Ok(self.approve(caller, id, plan_digest, phrase, comment).await?)
    }

    async fn reject_plan(&self, caller: &Caller, id: Uuid, plan_digest: &str, comment: &str) -> Result<(), ApiError> {
        Ok(self.reject(caller, id, plan_digest, comment).await?)
    }

    async fn cancel_deployment(&self, caller: &Caller, id: Uuid, reason: &str) -> Result<(), ApiError> {
        Ok(self.cancel(caller, id, reason).await?)
    }

    async fn run_checks(&self, caller: &Caller, id: Uuid, checks: &[String]) -> Result<(), ApiError> {
        Ok(self.rerun_checks(caller, id, checks).await?)
    }

    async fn mark_item(
        &self,
        caller: &Caller,
        id: Uuid,
        item: &str,
        kind: MarkKind,
        note: &str,
    ) -> Result<(), ApiError> {
        Ok(self.mark(caller, id, item, kind, note).await?)
    }

    async fn reopen_item(&self, caller: &Caller, id: Uuid, item: &str) -> Result<(), ApiError> {
        Ok(self.reopen(caller, id, item).await?)
    }

    async fn sign_off(&self, caller: &Caller, id: Uuid, role: &str, comment: &str) -> Result<(), ApiError> {
        Ok(self.sign(caller, id, role, comment).await?)
    }

    async fn mark_failed(&self, caller: &Caller, id: Uuid, reason: &str) -> Result<(), ApiError> {
        Ok(self.end_as_failed(caller, id, reason).await?)
    }
}
