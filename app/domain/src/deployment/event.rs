//! What can happen to a deployment, and why an event may be refused.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    check::Verdict,
    checklist::{ItemMark, NewCondition, Outcome, Person},
    digest::Digest,
    plan::{ChangeCounts, Deferral},
};

use super::{ChangeSetRef, State};

/// A fact. Facts about AWS come from workers, acts come from services that have authorised them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    ChangeSetPrepared {
        stack: String,
        change_set: ChangeSetRef,
        plan_digest: Digest,
        counts: ChangeCounts,
        is_new: bool,
        may_lose_data: bool,
    },
    /// The stack is already as the release wants it.
    ChangeSetEmpty {
        stack: String,
        plan_digest: Digest,
    },
    ChangeSetDeferred {
        stack: String,
        deferral: Deferral,
        plan_digest: Digest,
        is_new: bool,
    },
    ChangeSetFailed {
        stack: String,
        reason: String,
    },
    /// A change set prepared during execution would remove or replace something nobody approved.
    LateChangesRefused {
        stack: String,
        resources: Vec<String>,
    },
    Approved {
        by: Person,
        groups: Vec<String>,
        plan_digest: Digest,
        phrase: String,
        comment: String,
    },
    Rejected {
        by: Person,
        plan_digest: Digest,
        comment: String,
    },
    /// Unprotected environments: somebody starts the plan they see.
    Started {
        by: Person,
        plan_digest: Digest,
    },
    StackStarted {
        stack: String,
    },
    StackSucceeded {
        stack: String,
    },
    /// The deployment was stopped before this stack's change set was executed.
    StackNotStarted {
        stack: String,
    },
    StackFailed {
        stack: String,
        reason: String,
    },
    CheckFinished {
        check: String,
        run: u32,
        verdict: Verdict,
    },
    ChecksRequested {
        by: Person,
        checks: Vec<String>,
    },
    ItemMarked {
        mark: ItemMark,
        /// Reopening: when the mark was made that is taken back.
        seen: Option<Timestamp>,
    },
    SignedOff(Signing),
    ConditionClosed {
        condition: u32,
        by: Person,
        note: String,
    },
    CancelRequested {
        by: Person,
        reason: String,
    },
    Superseded {
        by_deployment: String,
    },
    /// Somebody ends a deployment whose checklist will not be met.
    MarkedFailed {
        by: Person,
        reason: String,
    },
}

/// Somebody signs for a role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signing {
    pub role: String,
    pub by: Person,
    pub comment: String,
    pub outcome: Outcome,
    pub conditions: Vec<NewCondition>,
    /// What the signer looked at: `ListDigests::seen`.
    pub seen: Digest,
    pub login_age_secs: u64,
}

/// Why an event cannot happen now. Facts, not prose: services turn them into messages.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("a deployment that is {state} does not accept this", state = .0.name())]
    WrongState(State),
    #[error("there is no stack {0} in this deployment")]
    UnknownStack(String),
    #[error("there is no check {0} in this deployment")]
    UnknownCheck(String),
    #[error("there is no checklist item {0}")]
    UnknownItem(String),
    #[error("there is no sign-off role {0}")]
    UnknownSignOffRole(String),
    #[error("the plan is not the one that was looked at")]
    PlanChanged,
    #[error("the phrase is not the one this environment asks for")]
    WrongPhrase,
    #[error("the requester cannot approve their own deployment")]
    SelfApproval,
    #[error("this person has already approved")]
    AlreadyApproved,
    #[error("this environment needs approvals; it cannot simply be started")]
    NeedsApproval,
    #[error("items of the checklist are still open: {0:?}")]
    ItemsOpen(Vec<String>),
    #[error("this role has already signed")]
    AlreadySigned,
    #[error("one person cannot sign for two roles")]
    SamePersonSigned,
    #[error("the list is not the one that was looked at")]
    ListChanged,
    #[error("an automatic item is closed by its checks, or waived")]
    ItemIsAutomatic,
    #[error("the item does not apply here")]
    ItemNotApplicable,
    #[error("{} {} first", .0.by.name, .0.kind.words())]
    Overtaken(Box<ItemMark>),
    #[error("nobody has closed this item")]
    NothingToReopen,
    #[error("the requester cannot waive items of their own deployment")]
    OwnWaiver,
    #[error("a waiver needs a reason")]
    WaiverReasonRequired,
    #[error("a waiver needs an end in the future")]
    ExpiryRequired,
    #[error("a note, a link or a file is required")]
    NoteRequired,
    #[error("a failed sign-off needs a reason")]
    FailureReasonRequired,
    #[error("passing with conditions needs a condition")]
    ConditionRequired,
    #[error("a condition needs a text, an owner and a due date from today on")]
    ConditionIncomplete,
    #[error("conditions are only agreed when passing with conditions")]
    ConditionUnexpected,
    #[error("there is no condition {0}")]
    UnknownCondition(u32),
    #[error("the condition was closed by {0}")]
    ConditionClosed(String),
    #[error("the condition belongs to {0}")]
    NotTheOwner(String),
    #[error("this item needs evidence")]
    EvidenceRequired,
    #[error("a reason is required")]
    ReasonRequired,
    #[error("the result belongs to an older run")]
    OldResult,
}
