//! What the user interface needs from the server, injected as `Arc<dyn …>` into the Leptos context.
//!
//! Reads answer from the database only: a page never waits for AWS. Acts are authorised, stored and audited by the
//! service behind them; the interface only passes on what a person typed.

use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    checklist::{EvidenceFile, MarkKind, NewCondition, Outcome},
    permission::Actor,
};
use jiff::{Timestamp, civil::Date};
use uuid::Uuid;

use crate::{
    error::ApiError,
    views::{
        AccountView, ApprovalsView, AuditFilter, AuditView, ChecklistView, DeploymentFilter, DeploymentView,
        DeploymentsView, EnvironmentTables, EnvironmentView, OverviewView, ReleaseFilter, ReleaseView, ReleasesView,
        SearchView,
    },
};

mod evidence;

pub use evidence::EvidenceReads;

/// Who asks, and from where: everything an audit row needs to know about a request.
#[derive(Clone, Debug)]
pub struct Caller {
    pub actor: Actor,
    pub address: Option<String>,
    pub request_id: String,
}

#[async_trait]
pub trait Reads: EvidenceReads + Send + Sync {
    async fn overview(&self, caller: &Caller) -> Result<OverviewView, ApiError>;
    async fn environment(
        &self,
        caller: &Caller,
        application: &str,
        environment: &str,
        tables: &EnvironmentTables,
    ) -> Result<EnvironmentView, ApiError>;
    async fn releases(&self, caller: &Caller, filter: &ReleaseFilter) -> Result<ReleasesView, ApiError>;
    async fn release(&self, caller: &Caller, id: Uuid) -> Result<ReleaseView, ApiError>;
    async fn deployments(&self, caller: &Caller, filter: &DeploymentFilter) -> Result<DeploymentsView, ApiError>;
    async fn deployment(&self, caller: &Caller, id: Uuid) -> Result<DeploymentView, ApiError>;
    /// The checklist page; `item` is the one that lies open.
    async fn checklist(&self, caller: &Caller, id: Uuid, item: Option<&str>) -> Result<ChecklistView, ApiError>;
    /// A file somebody attached to an item, with its bytes.
    async fn evidence_file(&self, caller: &Caller, id: Uuid, digest: &str)
    -> Result<(EvidenceFile, Vec<u8>), ApiError>;
    async fn approvals(&self, caller: &Caller) -> Result<ApprovalsView, ApiError>;
    async fn audit(&self, caller: &Caller, filter: &AuditFilter) -> Result<AuditView, ApiError>;
    async fn account(&self, caller: &Caller) -> Result<AccountView, ApiError>;
    /// What there is with all of these words in its name, and what the caller may do there. No words: what is near.
    async fn search(&self, caller: &Caller, text: &str) -> Result<SearchView, ApiError>;
}

#[async_trait]
pub trait Acts: Send + Sync {
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
    async fn mark_item(&self, caller: &Caller, id: Uuid, item: &str, mark: NewMark) -> Result<(), ApiError>;
    async fn sign_off(&self, caller: &Caller, id: Uuid, signature: NewSignature) -> Result<(), ApiError>;
    async fn close_condition(&self, caller: &Caller, id: Uuid, condition: u32, note: &str) -> Result<(), ApiError>;
    /// Ends a deployment whose checklist will not be met.
    async fn mark_failed(&self, caller: &Caller, id: Uuid, reason: &str) -> Result<(), ApiError>;
}

/// What somebody does to an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewMark {
    pub kind: MarkKind,
    pub note: String,
    pub link: String,
    /// Waivers: the last day they hold.
    pub expires_on: Option<Date>,
    /// Reopening: when the mark was made that is taken back.
    pub seen: Option<Timestamp>,
    pub file: Option<NewFile>,
}

#[derive(Clone, PartialEq, Eq)]
pub struct NewFile {
    pub name: String,
    pub bytes: Vec<u8>,
}

impl std::fmt::Debug for NewFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({} bytes)", self.name, self.bytes.len())
    }
}

/// What somebody signs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewSignature {
    pub role: String,
    pub comment: String,
    pub outcome: Outcome,
    pub conditions: Vec<NewCondition>,
    /// Digest of the list the signer looked at.
    pub seen: String,
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
