//! What pages render. Plain data, already authorised, with its age.

mod evidence;
mod watches;

pub use evidence::{EvidenceFilter, EvidenceKeyRow, EvidenceView};
pub use watches::{RoundView, WatchBrief, WatchCheckRow, WatchOffers, WatchRow, WatchView, WatchesView};

use std::collections::BTreeMap;

use domain::{
    blueprint::EnvironmentColour,
    check::{CheckOutcome, Severity, Verdict},
    deployment::{Deployment, State},
    digest::Digest,
    permission::{Action, Decision, Grant, Role},
    plan::{ChangeCounts, StackPlan},
    release::StackContent,
    stack::{Condition, StackStatus},
};
use jiff::Timestamp;
use uuid::Uuid;

mod checks;

pub use checks::{ChecksFilter, ChecksView, SuiteCard, SuiteResultRow, SuiteRunRow, SuiteRunView};

/// How old a snapshot is, and why it is not newer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Freshness {
    /// `None`: never observed.
    pub observed_at: Option<Timestamp>,
    /// Older than it should be.
    pub is_stale: bool,
    /// What the last attempt to look said, when it failed.
    pub problem: Option<String>,
}

/// Whether a control is shown, and what stands beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    pub decision: Decision,
    /// Why it cannot be used although the permission is there, for example "you requested this deployment".
    pub obstacle: Option<String>,
}

impl Offer {
    pub fn is_shown(&self) -> bool {
        self.decision.may_be_offered()
    }

    pub fn is_usable(&self) -> bool {
        self.is_shown() && self.obstacle.is_none()
    }
}

/// The band every page of an environment carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnvironmentBand {
    pub application: String,
    pub application_title: String,
    pub environment: String,
    pub title: String,
    pub colour: EnvironmentColour,
    pub is_protected: bool,
    pub account: Option<String>,
    pub region: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReleaseRef {
    pub id: Uuid,
    pub version: String,
    /// When it arrived in the environment, or was created, as the place says.
    pub at: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OverviewView {
    pub applications: Vec<ApplicationCard>,
    /// Deployments that wait for this caller.
    pub waiting: Vec<DeploymentRow>,
    /// Blueprints that could not be loaded, each with file and place.
    pub blueprint_problems: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApplicationCard {
    pub name: String,
    pub title: String,
    pub description: String,
    pub environments: Vec<EnvironmentSummary>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnvironmentSummary {
    pub band: EnvironmentBand,
    pub condition: Condition,
    /// One sentence of state in words.
    pub sentence: String,
    /// The release of the last deployment that executed to its end.
    pub release: Option<ReleaseRef>,
    pub stacks_total: u32,
    pub stacks_good: u32,
    pub active_deployment: Option<DeploymentRow>,
    /// The open watch of the release that runs here.
    pub watch: Option<WatchBrief>,
    pub freshness: Freshness,
}

/// How the two tables of an environment's page are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EnvironmentTables {
    pub stacks_sort: Option<Sort>,
    pub events_sort: Option<Sort>,
    /// Every event, for a file, instead of one page.
    pub is_export: bool,
    /// From 1; 0 means the first.
    pub events_page: u32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnvironmentView {
    pub summary: EnvironmentSummary,
    pub stacks: Vec<StackRow>,
    pub events: Vec<StackEventRow>,
    pub events_paging: Paging,
    /// Newest first.
    pub deployments: Vec<DeploymentRow>,
    /// Releases with content for this environment, newest first.
    pub releases: Vec<ReleaseRef>,
    pub request: Offer,
    pub tags: BTreeMap<String, String>,
    pub variables: BTreeMap<String, String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StackRow {
    pub logical_name: String,
    pub stack_name: String,
    /// `None`: AWS has no such stack; see the page's freshness for whether it was asked.
    pub status: Option<StackStatus>,
    pub status_reason: Option<String>,
    pub last_changed_at: Option<Timestamp>,
    pub is_stateful: bool,
    pub depends_on: Vec<String>,
    /// Outputs the blueprint expects and the stack does not have.
    pub missing_outputs: Vec<String>,
    pub outputs: Vec<StackOutput>,
}

impl StackRow {
    pub fn condition(&self) -> Condition {
        match &self.status {
            None => Condition::Unknown,
            Some(status) if status.is_success() && !self.missing_outputs.is_empty() => Condition::Attention,
            Some(status) => status.condition(),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StackOutput {
    pub key: String,
    pub value: String,
    pub export_name: Option<String>,
    pub description: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StackEventRow {
    pub id: String,
    pub at: Timestamp,
    pub stack_name: String,
    pub logical_id: String,
    pub resource_type: String,
    pub status: String,
    pub reason: Option<String>,
    pub condition: Condition,
}

/// What a list is sorted by; the order of the list itself where nothing else is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sort {
    /// Id of a column; see [`crate::tables`].
    pub column: String,
    pub is_descending: bool,
}

/// One page of a longer list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paging {
    /// From 1.
    pub page: u32,
    pub per_page: u32,
    pub total: u64,
}

impl Paging {
    pub fn last_page(self) -> u32 {
        let pages = self.total.div_ceil(u64::from(self.per_page.max(1))).max(1);
        u32::try_from(pages).unwrap_or(u32::MAX)
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReleaseFilter {
    pub application: Option<String>,
    pub sort: Option<Sort>,
    /// Every row, for a file, instead of one page.
    pub is_export: bool,
    /// From 1; 0 means the first.
    pub page: u32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReleasesView {
    pub applications: Vec<(String, String)>,
    pub filter: ReleaseFilter,
    pub rows: Vec<ReleaseRow>,
    pub paging: Paging,
    pub create: Offer,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReleaseRow {
    pub id: Uuid,
    pub application: String,
    pub application_title: String,
    pub version: String,
    pub digest: Digest,
    pub source_revision: Option<String>,
    pub created_by: String,
    pub created_at: Timestamp,
    pub environments: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReleaseView {
    pub row: ReleaseRow,
    pub environments: Vec<ReleaseEnvironmentView>,
    /// Newest first.
    pub deployments: Vec<DeploymentRow>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReleaseEnvironmentView {
    pub band: EnvironmentBand,
    pub stacks: Vec<StackContent>,
    pub request: Offer,
    pub active_deployment: Option<DeploymentRow>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeploymentFilter {
    pub application: Option<String>,
    pub environment: Option<String>,
    pub state: Option<State>,
    pub sort: Option<Sort>,
    /// Every row, for a file, instead of one page.
    pub is_export: bool,
    /// From 1; 0 means the first.
    pub page: u32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeploymentsView {
    pub applications: Vec<(String, String)>,
    pub environments: Vec<String>,
    pub filter: DeploymentFilter,
    pub rows: Vec<DeploymentRow>,
    pub paging: Paging,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeploymentRow {
    pub id: Uuid,
    pub band: EnvironmentBand,
    pub version: String,
    pub state: State,
    pub requested_by: String,
    pub requested_at: Timestamp,
    pub finished_at: Option<Timestamp>,
    pub counts: ChangeCounts,
    pub reason: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeploymentView {
    /// The whole aggregate: its own functions say what is open, missing, waiting.
    pub deployment: Deployment,
    pub band: EnvironmentBand,
    /// In the order of execution; stacks that are still being planned are absent.
    pub plan: Vec<StackPlan>,
    /// Oldest first, of the stacks of this deployment since it began.
    pub events: Vec<StackEventRow>,
    pub checks: Vec<CheckRow>,
    /// Oldest first.
    pub audit: Vec<AuditRow>,
    /// Work that was tried, failed and will be tried again.
    pub problems: Vec<WorkProblem>,
    pub offers: DeploymentOffers,
    pub freshness: Freshness,
    /// The deployment that made this one obsolete, or failed before it: where to go next.
    pub newer: Option<Uuid>,
    /// Its watch, once it has one that was opened.
    pub watch: Option<WatchBrief>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeploymentOffers {
    pub start: Offer,
    pub approve: Offer,
    pub cancel: Offer,
    pub run_checks: Offer,
    pub tick: Offer,
    pub waive: Offer,
    /// Per sign-off role id.
    pub sign_off: BTreeMap<String, Offer>,
    pub mark_failed: Offer,
    pub export: Offer,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckRow {
    pub id: String,
    pub title: String,
    pub severity: Severity,
    pub verdict: Option<Verdict>,
    pub run: u32,
    pub outcome: Option<CheckOutcome>,
    pub finished_at: Option<Timestamp>,
    pub took_ms: Option<u64>,
    pub attempts: Option<u32>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkProblem {
    pub what: String,
    pub message: String,
    pub attempts: u32,
    pub next_attempt_at: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApprovalsView {
    /// Plans this caller may approve.
    pub mine: Vec<DeploymentRow>,
    /// Deployments whose checklist waits for this caller's signature.
    pub sign_offs: Vec<DeploymentRow>,
    /// Waiting for somebody else, with what is missing in words.
    pub others: Vec<(DeploymentRow, String)>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditFilter {
    pub application: Option<String>,
    pub environment: Option<String>,
    pub action: Option<String>,
    pub actor: Option<String>,
    pub sort: Option<Sort>,
    /// Every row, for a file, instead of one page.
    pub is_export: bool,
    /// From 1; 0 means the first.
    pub page: u32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditView {
    pub filter: AuditFilter,
    pub rows: Vec<AuditRow>,
    pub paging: Paging,
    /// Sequence and hash of the newest event: what to compare with a kept copy.
    pub head: Option<(i64, Digest)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRow {
    pub sequence: i64,
    pub at: Timestamp,
    pub actor: String,
    pub action: String,
    pub was_denied: bool,
    pub application: Option<String>,
    pub environment: Option<String>,
    pub subject_kind: String,
    pub subject_id: String,
    /// One line a person understands.
    pub summary: String,
    pub address: Option<String>,
    pub hash: Digest,
}

/// What a search found, best first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SearchView {
    pub hits: Vec<Hit>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    pub kind: HitKind,
    pub title: String,
    /// Beside the title: what distinguishes it from others of its kind.
    pub note: String,
    pub href: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HitKind {
    /// Something the caller may do.
    Act,
    Page,
    Environment,
    Deployment,
    Release,
    Stack,
}

impl HitKind {
    pub fn words(self) -> &'static str {
        match self {
            Self::Act => "act",
            Self::Page => "page",
            Self::Environment => "environment",
            Self::Deployment => "deployment",
            Self::Release => "release",
            Self::Stack => "stack",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountView {
    pub name: String,
    pub email: Option<String>,
    pub id: String,
    pub authenticated_at: Timestamp,
    pub groups: Vec<String>,
    pub grants: Vec<Grant>,
    /// Per environment (application, environment): what this caller may do there.
    pub permissions: Vec<(EnvironmentBand, Vec<(Action, Decision)>)>,
    pub roles: Vec<Role>,
}
