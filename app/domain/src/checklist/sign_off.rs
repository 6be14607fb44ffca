//! Signatures: what they bind, when they no longer hold, and what was agreed with them.

use std::collections::BTreeMap;

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{ItemState, MarkKind, Person};
use crate::{check::Verdict, digest::Digest};

/// What the signer says about the deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Passed,
    PassedWithConditions,
    Failed,
}

impl Outcome {
    pub const ALL: [Self; 3] = [Self::Passed, Self::PassedWithConditions, Self::Failed];

    pub fn name(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::PassedWithConditions => "passed_with_conditions",
            Self::Failed => "failed",
        }
    }

    pub fn words(self) -> &'static str {
        match self {
            Self::Passed => "Passed",
            Self::PassedWithConditions => "Passed with conditions",
            Self::Failed => "Failed",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.name() == name)
    }
}

/// A person's signature for one role, with everything it stands on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignOff {
    /// `SignOffRole::id`.
    pub role: String,
    pub by: Person,
    pub at: Timestamp,
    pub comment: String,
    pub outcome: Outcome,
    pub bound: Bound,
}

/// What was signed. When one of the digests is no longer that of the deployment, the signature is stale.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bound {
    pub deployment: Uuid,
    pub release: Digest,
    pub plan: Option<Digest>,
    pub blueprint: Digest,
    /// State of every required item, with who closed it.
    pub checklist: Digest,
    /// Verdict of every check.
    pub checks: Digest,
    /// The sentence the signer read above the button.
    pub statement: String,
    /// How long ago the signer had proved who they are.
    pub login_age_secs: u64,
    /// Required items that were waived then; all others were done or did not apply.
    pub waived: Vec<String>,
    /// Verdicts that were not a pass; a check without one is there with `None`.
    pub verdicts: BTreeMap<String, Option<Verdict>>,
}

/// One difference between what was signed and what is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    Item {
        id: String,
        title: String,
        was: ItemState,
        is: ItemState,
        /// Whose act made the difference, where it was one.
        act: Option<(MarkKind, Person, Timestamp)>,
    },
    Check {
        id: String,
        title: String,
        was: Option<Verdict>,
        is: Option<Verdict>,
    },
}

impl Change {
    /// A sentence without its end: "Item pdc-2.1 “…” was reopened by Eli".
    pub fn words(&self) -> String {
        let verdict = |verdict: &Option<Verdict>| match verdict {
            None => "has not answered",
            Some(Verdict::Pass) => "passed",
            Some(Verdict::Warn) => "warned",
            Some(Verdict::Fail) => "failed",
            Some(Verdict::Inconclusive) => "could not be asked",
        };
        let now = |verdict: &Option<Verdict>| match verdict {
            None => "is being asked again",
            Some(Verdict::Pass) => "now passes",
            Some(Verdict::Warn) => "now warns",
            Some(Verdict::Fail) => "now fails",
            Some(Verdict::Inconclusive) => "can no longer be asked",
        };
        match self {
            Self::Item { id, title, was, is, act } => {
                let did = match act {
                    Some((MarkKind::Done, by, _)) => format!("was ticked again by {}", by.name),
                    Some((MarkKind::Waived, by, _)) if *is == ItemState::Waived => format!("was waived by {}", by.name),
                    Some((MarkKind::Reopened, by, _)) => format!("was reopened by {}", by.name),
                    _ if *was == ItemState::Waived => {
                        format!("was waived, and the waiver has expired: {}", is.words().to_lowercase())
                    }
                    _ => format!("was {} and is now {}", was.words().to_lowercase(), is.words().to_lowercase()),
                };
                format!("Item {id} “{title}” {did}")
            }
            Self::Check { title, was, is, .. } => format!("Check “{title}” {} and {}", verdict(was), now(is)),
        }
    }
}

/// Something a deployment passed under the condition of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgreedCondition {
    /// 1, 2, 3, … within the deployment.
    pub id: u32,
    /// The sign-off role whose signature carries it.
    pub role: String,
    pub text: String,
    /// A name or an e-mail address.
    pub owner: String,
    pub due: Date,
    pub agreed_by: Person,
    pub agreed_at: Timestamp,
    pub closed: Option<Closing>,
}

impl AgreedCondition {
    pub fn belongs_to(&self, name: &str, email: Option<&str>) -> bool {
        let is = |other: &str| self.owner.trim().eq_ignore_ascii_case(other.trim());
        is(name) || email.is_some_and(is)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closing {
    pub by: Person,
    pub at: Timestamp,
    pub note: String,
}

/// A condition as the signer writes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewCondition {
    pub text: String,
    pub owner: String,
    pub due: Date,
}
