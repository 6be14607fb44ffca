//! The observation period after a deployment to a protected environment: rounds at set times, each with checks, a
//! comparison with how it was before, and somebody who looked.
//!
//! A watch is made with the request of its deployment, so that it has the rules of that moment and time to measure a
//! baseline. It opens when the deployment is verified, and is no part of the environment's lock: the next deployment need
//! not wait for it, and ends it.
//!
//! ```text
//! pending ─(verified)→ watching ─(every round looked at or missed)→ awaiting sign-off ─→ signed off
//!                         └──────── superseded, ended early ────────────┘
//! ```

mod judgement;
mod machine;
mod rules;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use judgement::{Change, Compared};
pub use machine::{Event, Fact, Refusal};
pub use rules::{
    Comparison, RollbackTrigger, RoundRule, RoundTimes, TriggerKind, WatchRules, duration_words, parse_duration,
};

use crate::{
    check::{Measurement, Verdict},
    checklist::Person,
    permission::Role,
    stack::Condition,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Its deployment is not verified yet.
    Pending,
    Watching,
    /// Every round is over.
    AwaitingSignOff,
    SignedOff,
    /// Ended early, with a reason.
    EndedEarly,
    /// A newer deployment changed the environment.
    Superseded,
}

impl State {
    pub const ALL: [Self; 6] =
        [Self::Pending, Self::Watching, Self::AwaitingSignOff, Self::SignedOff, Self::EndedEarly, Self::Superseded];

    /// As stored and as the API says it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Watching => "watching",
            Self::AwaitingSignOff => "awaiting_sign_off",
            Self::SignedOff => "signed_off",
            Self::EndedEarly => "ended_early",
            Self::Superseded => "superseded",
        }
    }

    pub fn words(self) -> &'static str {
        match self {
            Self::Pending => "Not open yet",
            Self::Watching => "Watching",
            Self::AwaitingSignOff => "Awaiting sign-off",
            Self::SignedOff => "Signed off",
            Self::EndedEarly => "Ended early",
            Self::Superseded => "Superseded",
        }
    }

    pub fn condition(self) -> Condition {
        match self {
            Self::Pending | Self::Superseded => Condition::NotApplicable,
            Self::Watching => Condition::Running,
            Self::AwaitingSignOff => Condition::Waiting,
            Self::SignedOff => Condition::Good,
            Self::EndedEarly => Condition::Attention,
        }
    }

    /// Something is still to be done.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Watching | Self::AwaitingSignOff)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watch {
    pub deployment: Uuid,
    pub application: String,
    pub environment: String,
    pub release_version: String,
    pub state: State,
    pub opened_at: Option<Timestamp>,
    pub rounds: Vec<Round>,
    pub comparisons: Vec<Comparison>,
    pub triggers: Vec<Trigger>,
    /// The role that signs at the end.
    pub sign_off_role: Role,
    pub baseline: Baseline,
    /// Oldest first; one that no longer holds stays, with its end.
    pub raised: Vec<Raised>,
    pub ending: Option<Ending>,
}

/// How it was before anything was changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Baseline {
    /// Nothing is compared.
    NotNeeded,
    /// To be measured before the deployment is executed.
    Wanted {
        checks: Vec<String>,
    },
    Measured {
        at: Timestamp,
        values: Vec<Measured>,
    },
    /// Comparisons are inconclusive.
    Missing {
        why: String,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measured {
    pub check: String,
    /// `None`: the check ran and measured nothing.
    pub value: Option<Measurement>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Round {
    /// From 1.
    pub number: u32,
    /// Counted from the opening.
    pub after_secs: u64,
    /// How long after it is due a round may be looked at before it counts as missed.
    pub grace_secs: u64,
    /// Ids, without repetition.
    pub checks: Vec<String>,
    pub run: Option<Run>,
    pub looks: Vec<Look>,
    pub missed_at: Option<Timestamp>,
}

/// The checks of a round, as they said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    pub at: Timestamp,
    /// More than a moment after the round was due: the server was not running, or busy.
    pub late_by_secs: Option<u64>,
    pub results: Vec<RoundResult>,
    pub compared: Vec<Compared>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoundResult {
    pub check: String,
    pub verdict: Verdict,
    pub value: Option<Measurement>,
}

/// Somebody looked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Look {
    pub by: Person,
    pub at: Timestamp,
    pub finding: Finding,
    pub note: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Finding {
    Nothing,
    Problem,
}

impl Finding {
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "nothing" => Some(Self::Nothing),
            "problem" => Some(Self::Problem),
            _ => None,
        }
    }

    pub fn words(self) -> &'static str {
        match self {
            Self::Nothing => "nothing unusual",
            Self::Problem => "a problem",
        }
    }
}

/// A rollback trigger with its checks found out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trigger {
    pub id: String,
    pub title: String,
    #[serde(flatten)]
    pub kind: TriggerKind,
    /// The checks of the suite it names.
    pub suite_checks: Vec<String>,
}

/// A rollback trigger that held, or that somebody reported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Raised {
    /// `Trigger::id`.
    pub trigger: String,
    pub title: String,
    pub at: Timestamp,
    /// `None` when a person raised it.
    pub round: Option<u32>,
    pub by: Option<Person>,
    pub why: String,
    /// Since then it no longer holds.
    pub until: Option<Timestamp>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ending {
    pub at: Timestamp,
    /// `None` when a newer deployment ended it.
    pub by: Option<Person>,
    /// The statement of the signature, or the reason.
    pub comment: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoundState {
    /// Its time has not come.
    Planned,
    /// Due, and its checks have not answered.
    Due,
    /// Waits for somebody to look.
    Waiting,
    Looked,
    Missed,
}

impl RoundState {
    pub fn words(self) -> &'static str {
        match self {
            Self::Planned => "Planned",
            Self::Due => "Due",
            Self::Waiting => "Waits for a look",
            Self::Looked => "Looked at",
            Self::Missed => "Missed",
        }
    }

    pub fn condition(self) -> Condition {
        match self {
            Self::Planned => Condition::NotApplicable,
            Self::Due => Condition::Running,
            Self::Waiting => Condition::Waiting,
            Self::Looked => Condition::Good,
            Self::Missed => Condition::Bad,
        }
    }
}

impl Round {
    /// Looked at, or missed.
    pub fn is_over(&self) -> bool {
        !self.looks.is_empty() || self.missed_at.is_some()
    }

    fn needs_run(&self) -> bool {
        self.run.is_none() && !self.checks.is_empty()
    }
}

impl Watch {
    pub fn round(&self, number: u32) -> Option<&Round> {
        self.rounds.iter().find(|r| r.number == number)
    }

    /// `None` before the watch is open.
    pub fn due_at(&self, round: &Round) -> Option<Timestamp> {
        self.opened_at.map(|opened| later(opened, round.after_secs))
    }

    /// Until then, a look is in time.
    pub fn missed_from(&self, round: &Round) -> Option<Timestamp> {
        self.due_at(round).map(|due| later(due, round.grace_secs))
    }

    pub fn round_state(&self, round: &Round, now: Timestamp) -> RoundState {
        if round.missed_at.is_some() {
            return RoundState::Missed;
        }
        if !round.looks.is_empty() {
            return RoundState::Looked;
        }
        match self.due_at(round) {
            Some(due) if due <= now && round.needs_run() => RoundState::Due,
            Some(due) if due <= now => RoundState::Waiting,
            _ => RoundState::Planned,
        }
    }

    /// The round whose checks must run now. One whose grace is over is not run any more: it is missed.
    pub fn round_to_run(&self, now: Timestamp) -> Option<&Round> {
        let is_due = |r: &&Round| {
            r.needs_run()
                && r.missed_at.is_none()
                && self.due_at(r).is_some_and(|due| due <= now)
                && self.missed_from(r).is_some_and(|end| now < end)
        };
        self.rounds.iter().filter(|_| self.state == State::Watching).find(is_due)
    }

    /// When time alone changes something next: a round comes due, or is missed.
    pub fn next_change_at(&self) -> Option<Timestamp> {
        if self.state != State::Watching {
            return None;
        }
        let of = |round: &Round| {
            if round.missed_at.is_some() {
                None
            } else if round.needs_run() {
                self.due_at(round)
            } else if round.looks.is_empty() {
                self.missed_from(round)
            } else {
                None
            }
        };
        self.rounds.iter().filter_map(of).min()
    }

    /// The first round that is not over.
    pub fn next_round(&self) -> Option<&Round> {
        self.rounds.iter().find(|r| !r.is_over())
    }

    pub fn missed(&self) -> usize {
        self.rounds.iter().filter(|r| r.missed_at.is_some()).count()
    }

    /// Triggers that hold now.
    pub fn holding(&self) -> impl Iterator<Item = &Raised> {
        self.raised.iter().filter(|r| r.until.is_none())
    }

    /// Whether whoever signs has something to explain.
    pub fn has_blemishes(&self) -> bool {
        let problem = |r: &Round| r.looks.iter().any(|l| l.finding == Finding::Problem);
        self.missed() > 0 || !self.raised.is_empty() || self.rounds.iter().any(problem)
    }

    /// "Watch: round 3 of 22 due in 12 min" without the time, which its reader's clock adds.
    pub fn condition(&self, now: Timestamp) -> Condition {
        if self.holding().next().is_some() && self.state.is_open() {
            return Condition::Bad;
        }
        let waits = self.rounds.iter().any(|r| self.round_state(r, now) == RoundState::Waiting);
        match self.state {
            State::Watching if waits => Condition::Waiting,
            State::Watching if self.missed() > 0 => Condition::Attention,
            state => state.condition(),
        }
    }
}

fn later(at: Timestamp, secs: u64) -> Timestamp {
    let secs = i64::try_from(secs).unwrap_or(i64::MAX);
    at.checked_add(SignedDuration::from_secs(secs)).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests;
