//! What the user interface needs from the server, injected as `Arc<dyn …>` into the Leptos context.
//!
//! Reads answer from the database only: a page never waits for AWS. Acts are authorised, stored and audited by the
//! service behind them; the interface only passes on what a person typed.

use std::sync::Arc;

use async_trait::async_trait;
use domain::{checklist::MarkKind, permission::Actor};
use jiff::Timestamp;
use uuid::Uuid;

use crate::{
    error::ApiError,
    views::{
        AccountView, ApprovalsView, AuditFilter, AuditView, ChecksFilter, ChecksView, DeploymentFilter, DeploymentView,
        DeploymentsView, EnvironmentTables, EnvironmentView, OverviewView, ReleaseFilter, ReleaseView, ReleasesView,
        SearchView,
    },
};

mod evidence;
mod watches;

pub use evidence::EvidenceReads;
pub use watches::{WatchActs, WatchReads};

/// Who asks, and from where: everything an audit row needs to know about a request.
#[derive(Clone, Debug)]
pub struct Caller {
    pub actor: Actor,
    pub address: Option<String>,
    pub request_id: String,
}

#[async_trait]
pub trait Reads: EvidenceReads + WatchReads + Send + Sync {
    async fn overview(&self, caller: &Caller) -> Result<OverviewView, ApiError>;
    async fn environment(
        &self,
        caller: &Caller,
        application: &str,
        environment: &str,
        tables: &EnvironmentTables,
    ) -> Result<EnvironmentView, ApiError>;
    /// Suites of an environment, with the run the filter names or the newest one.
    async fn checks(
        &self,
        caller: &Caller,
        application: &str,
        environment: &str,
        filter: &ChecksFilter,
    ) -> Result<ChecksView, ApiError>;
    async fn releases(&self, caller: &Caller, filter: &ReleaseFilter) -> Result<ReleasesView, ApiError>;
    async fn release(&self, caller: &Caller, id: Uuid) -> Result<ReleaseView, ApiError>;
    async fn deployments(&self, caller: &Caller, filter: &DeploymentFilter) -> Result<DeploymentsView, ApiError>;
    async fn deployment(&self, caller: &Caller, id: Uuid) -> Result<DeploymentView, ApiError>;
    async fn approvals(&self, caller: &Caller) -> Result<ApprovalsView, ApiError>;
    async fn audit(&self, caller: &Caller, filter: &AuditFilter) -> Result<AuditView, ApiError>;
    async fn account(&self, caller: &Caller) -> Result<AccountView, ApiError>;
    /// What there is with all of these words in its name, and what the caller may do there. No words: what is near.
    async fn search(&self, caller: &Caller, text: &str) -> Result<SearchView, ApiError>;
}

#[async_trait]
pub trait Acts: WatchActs + Send + Sync {
    /// Answers with the new deployment's id.
    async fn request_deployment(
        &self,
        caller: &Caller,
        release: Uuid,
        environment: &str,
        reason: &str,
    ) -> Result<Uuid, ApiError>;
    async fn start_deployment(&self, caller: &Caller, id: Uuid, plan_digest: &str) -> Result<(), ApiError>;
    async fn approve_plan(
        &self,
        caller: &Caller,
        id: Uuid,
        plan_digest: &str,
        phrase: &str,
        comment: &str,
    ) -> Result<(), ApiError>;
    async fn reject_plan(&self, caller: &Caller, id: Uuid, plan_digest: &str, comment: &str) -> Result<(), ApiError>;
    async fn cancel_deployment(&self, caller: &Caller, id: Uuid, reason: &str) -> Result<(), ApiError>;
    /// An empty list runs every check again.
    async fn run_checks(&self, caller: &Caller, id: Uuid, checks: &[String]) -> Result<(), ApiError>;
    /// Answers with the id of the run, which begins at once.
    async fn run_suite(
        &self,
        caller: &Caller,
        application: &str,
        environment: &str,
        suite: &str,
    ) -> Result<Uuid, ApiError>;
    async fn mark_item(
        &self,
        caller: &Caller,
        id: Uuid,
        item: &str,
        kind: MarkKind,
        note: &str,
    ) -> Result<(), ApiError>;
    async fn reopen_item(&self, caller: &Caller, id: Uuid, item: &str) -> Result<(), ApiError>;
    async fn sign_off(&self, caller: &Caller, id: Uuid, role: &str, comment: &str) -> Result<(), ApiError>;
    /// Ends a deployment whose checklist will not be met.
    async fn mark_failed(&self, caller: &Caller, id: Uuid, reason: &str) -> Result<(), ApiError>;
}

/// The time, as an argument.
pub trait Clock: Send + Sync {
    fn now(&self) -> Timestamp;
}

/// Everything a page may ask.
#[derive(Clone)]
pub struct Ports {
    pub reads: Arc<dyn Reads>,
    pub acts: Arc<dyn Acts>,
    pub clock: Arc<dyn Clock>,
}
