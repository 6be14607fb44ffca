//! One run of a release in an environment, as a state machine.
//!
//! [`Deployment::apply`] takes an event and answers with the effects that must follow. Nothing here knows how an
//! effect is carried out or how often it was tried: the caller stores the new state, the event and the effects in one
//! transaction, and carries the effects out afterwards, each under its idempotency key.
//!
//! ```text
//! planning ─→ planned ──────────────(start)──────────────┐
//!    │   └──→ awaiting approval ─(quorum)─→ approved ────┴→ executing ─→ verifying ─→ awaiting sign-off ─→ succeeded
//!    └─ failed         └─ rejected, cancelled, superseded      └─ failed, cancelled        └─ failed
//! ```

mod effect;
mod event;
mod machine;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use effect::Effect;
pub use event::{Event, Refusal};

use crate::{
    blueprint::Protection,
    check::{Severity, Verdict},
    checklist::{self, Checklist, ItemMark, ItemState, Person, SignOff},
    digest::Digest,
    plan::{ChangeCounts, Deferral},
    stack::Condition,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    Planning,
    /// Unprotected environment: the plan is ready and waits for somebody to start it.
    Planned,
    AwaitingApproval,
    Approved,
    Executing,
    Verifying,
    AwaitingSignOff,
    Succeeded,
    Failed,
    Cancelled,
    Rejected,
    Superseded,
}

impl State {
    pub const ALL: [Self; 12] = [
        Self::Planning,
        Self::Planned,
        Self::AwaitingApproval,
        Self::Approved,
        Self::Executing,
        Self::Verifying,
        Self::AwaitingSignOff,
        Self::Succeeded,
        Self::Failed,
        Self::Cancelled,
        Self::Rejected,
        Self::Superseded,
    ];

    /// As stored and as the API says it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Planning => "planning",
            Self::Planned => "planned",
            Self::AwaitingApproval => "awaiting_approval",
            Self::Approved => "approved",
            Self::Executing => "executing",
            Self::Verifying => "verifying",
            Self::AwaitingSignOff => "awaiting_sign_off",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Rejected => "rejected",
            Self::Superseded => "superseded",
        }
    }

    pub fn words(self) -> &'static str {
        match self {
            Self::Planning => "Planning",
            Self::Planned => "Planned",
            Self::AwaitingApproval => "Awaiting approval",
            Self::Approved => "Approved",
            Self::Executing => "Executing",
            Self::Verifying => "Verifying",
            Self::AwaitingSignOff => "Awaiting sign-off",
            Self::Succeeded => "Succeeded",
            Self::Failed => "Failed",
            Self::Cancelled => "Cancelled",
            Self::Rejected => "Rejected",
            Self::Superseded => "Superseded",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    /// Over: holds no lock and accepts nothing more.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::Cancelled | Self::Rejected | Self::Superseded)
    }

    /// Nothing has been changed in the environment yet.
    pub fn is_before_execution(self) -> bool {
        matches!(self, Self::Planning | Self::Planned | Self::AwaitingApproval | Self::Approved)
    }

    pub fn condition(self) -> Condition {
        match self {
            Self::Planning | Self::Approved | Self::Executing | Self::Verifying => Condition::Running,
            Self::Planned | Self::AwaitingApproval | Self::AwaitingSignOff => Condition::Waiting,
            Self::Succeeded => Condition::Good,
            Self::Failed => Condition::Bad,
            Self::Rejected => Condition::Attention,
            Self::Cancelled | Self::Superseded => Condition::NotApplicable,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deployment {
    pub id: Uuid,
    pub application: String,
    pub environment: String,
    pub release_id: Uuid,
    pub release_version: String,
    /// Digest of the release's content.
    pub release_digest: Digest,
    /// The blueprint this deployment was requested under.
    pub blueprint_digest: Digest,
    pub requested_by: Person,
    pub requested_at: Timestamp,
    pub reason: String,
    /// The rules as they were when it was requested: a later edit of the blueprint does not loosen them.
    pub protection: Option<Protection>,
    pub checklist: Checklist,
    pub state: State,
    /// In the order of execution.
    pub stacks: Vec<StackRun>,
    /// Set when planning is over; an approval names it.
    pub plan_digest: Option<Digest>,
    pub approvals: Vec<Approval>,
    pub checks: Vec<CheckRun>,
    pub marks: Vec<ItemMark>,
    pub sign_offs: Vec<SignOff>,
    /// Asked to stop after the stack that is being executed.
    pub cancellation: Option<Cancellation>,
    pub failure: Option<Failure>,
    pub started_at: Option<Timestamp>,
    pub finished_at: Option<Timestamp>,
}

/// One stack's way through a deployment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StackRun {
    pub logical_name: String,
    pub stack_name: String,
    /// Logical names, all of them in this deployment.
    pub depends_on: Vec<String>,
    pub state: StackRunState,
    pub change_set: Option<ChangeSetRef>,
    /// Digest of the stack's plan.
    pub plan_digest: Option<Digest>,
    pub counts: ChangeCounts,
    pub is_new: bool,
    /// Some change may destroy data.
    pub may_lose_data: bool,
    pub deferral: Option<Deferral>,
    pub started_at: Option<Timestamp>,
    pub finished_at: Option<Timestamp>,
    /// What CloudFormation said when it went wrong.
    pub message: Option<String>,
}

impl StackRun {
    /// A stack at the beginning of its deployment: nothing is known of it but what the release says.
    pub fn new(
        logical_name: impl Into<String>,
        stack_name: impl Into<String>,
        depends_on: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        Self {
            logical_name: logical_name.into(),
            stack_name: stack_name.into(),
            depends_on: depends_on.into_iter().map(Into::into).collect(),
            state: StackRunState::Preparing,
            change_set: None,
            plan_digest: None,
            counts: ChangeCounts::default(),
            is_new: false,
            may_lose_data: false,
            deferral: None,
            started_at: None,
            finished_at: None,
            message: None,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StackRunState {
    /// Its change set is being prepared.
    Preparing,
    /// Its change set can only be prepared after another stack was executed.
    Deferred,
    Prepared,
    /// Already as the release wants it; nothing will be executed.
    NoChanges,
    Executing,
    Done,
    Failed,
    /// Never executed, because the deployment stopped before it.
    Skipped,
}

impl StackRunState {
    pub fn words(self) -> &'static str {
        match self {
            Self::Preparing => "Preparing its change set",
            Self::Deferred => "Waits for another stack",
            Self::Prepared => "Ready",
            Self::NoChanges => "No changes",
            Self::Executing => "Executing",
            Self::Done => "Done",
            Self::Failed => "Failed",
            Self::Skipped => "Not executed",
        }
    }

    pub fn condition(self) -> Condition {
        match self {
            Self::Preparing | Self::Executing => Condition::Running,
            Self::Deferred | Self::Prepared => Condition::Waiting,
            Self::NoChanges | Self::Skipped => Condition::NotApplicable,
            Self::Done => Condition::Good,
            Self::Failed => Condition::Bad,
        }
    }

    /// Nothing more will happen to this stack in this deployment.
    pub fn is_settled(self) -> bool {
        matches!(self, Self::NoChanges | Self::Done | Self::Failed | Self::Skipped)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeSetRef {
    /// ARN of the change set.
    pub id: String,
    pub name: String,
    /// ARN of the stack.
    pub stack_id: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    pub by: Person,
    pub at: Timestamp,
    /// What was approved.
    pub plan_digest: Digest,
    /// Groups of the approver that the gate asks for.
    pub groups: Vec<String>,
    pub comment: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckRun {
    pub id: String,
    pub title: String,
    pub severity: Severity,
    /// `None` while it runs or waits to run.
    pub verdict: Option<Verdict>,
    /// Counts runs, from 1; results of an older run are ignored.
    pub run: u32,
    pub finished_at: Option<Timestamp>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cancellation {
    pub by: Person,
    pub at: Timestamp,
    pub reason: String,
}

/// Why a deployment failed, and what a person can do next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// Logical name of the stack, where one failed.
    pub stack: Option<String>,
    pub what: String,
    pub next: String,
}

impl Deployment {
    pub fn stack(&self, logical_name: &str) -> Option<&StackRun> {
        self.stacks.iter().find(|s| s.logical_name == logical_name)
    }

    pub fn counts(&self) -> ChangeCounts {
        self.stacks.iter().fold(ChangeCounts::default(), |sum, s| sum.plus(s.counts))
    }

    /// Nothing to change anywhere, and no stack whose changes are still unknown.
    pub fn is_without_changes(&self) -> bool {
        self.stacks.iter().all(|s| s.state == StackRunState::NoChanges)
    }

    /// Starts nothing more, and ends when the stacks that are being executed have settled.
    pub fn is_stopping(&self) -> bool {
        self.state == State::Executing && (self.failure.is_some() || self.cancellation.is_some())
    }

    pub fn verdict_of(&self, check: &str) -> Option<Verdict> {
        self.checks.iter().find(|c| c.id == check).and_then(|c| c.verdict)
    }

    pub fn item_state(&self, id: &str) -> Option<ItemState> {
        let item = self.checklist.item(id)?;
        Some(checklist::item_state(item, &self.marks, |check| self.verdict_of(check)))
    }

    /// Items that keep every signature from being given.
    pub fn open_items(&self) -> Vec<&checklist::Item> {
        let is_open = |item: &&checklist::Item| {
            !checklist::item_state(item, &self.marks, |check| self.verdict_of(check)).is_closed()
        };
        self.checklist.items().filter(is_open).collect()
    }

    /// Sign-off roles nobody has signed for yet.
    pub fn missing_sign_offs(&self) -> Vec<&checklist::SignOffRole> {
        self.checklist.sign_off_roles.iter().filter(|r| !self.sign_offs.iter().any(|s| s.role == r.id)).collect()
    }

    /// How many more approvals the gate wants, and which required groups are not represented.
    pub fn missing_approvals(&self) -> (u32, Vec<&str>) {
        let Some(protection) = &self.protection else {
            return (0, Vec::new());
        };
        let valid: Vec<&Approval> =
            self.approvals.iter().filter(|a| Some(&a.plan_digest) == self.plan_digest.as_ref()).collect();
        let given = u32::try_from(valid.len()).unwrap_or(u32::MAX);
        let represented = |group: &str| valid.iter().any(|a| a.groups.iter().any(|g| g == group));
        let groups = protection.required_groups.iter().map(String::as_str).filter(|g| !represented(g)).collect();
        (protection.quorum.max(1).saturating_sub(given), groups)
    }
}

#[cfg(test)]
mod tests;
