//! What can happen to a deployment, and why an event may be refused.

use serde::{Deserialize, Serialize};

use crate::{
    check::Verdict,
    checklist::{MarkKind, Person},
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
        item: String,
        kind: MarkKind,
        by: Person,
        note: String,
    },
    ItemReopened {
        item: String,
        by: Person,
    },
    SignedOff {
        role: String,
        by: Person,
        comment: String,
    },
    CancelRequested {
        by: Person,
        reason: String,
    },
    Superseded {
        by_deployment: String,
    },
    /// Somebody ends a deployment whose stacks can no longer be followed: its role is gone, or its environment. What AWS
    /// does with them is then unknown.
    Abandoned {
        by: Person,
        reason: String,
    },
    /// Somebody ends a deployment whose checklist will not be met.
    MarkedFailed {
        by: Person,
        reason: String,
    },
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
    #[error("an automatic item is closed by its checks, or waived")]
    ItemIsAutomatic,
    #[error("this item needs evidence")]
    EvidenceRequired,
    #[error("a reason is required")]
    ReasonRequired,
    #[error("the result belongs to an older run")]
    OldResult,
}
