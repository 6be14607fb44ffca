//! Watches: one in full, and lists of them.

use std::collections::BTreeMap;

use domain::{
    check::CheckOutcome,
    stack::Condition,
    watch::{Round, RoundState, State, Watch},
};
use jiff::Timestamp;
use uuid::Uuid;

use super::{EnvironmentBand, Offer, Paging};

/// A watch in one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WatchBrief {
    pub deployment: Uuid,
    pub version: String,
    pub state: State,
    pub condition: Condition,
    pub opened_at: Option<Timestamp>,
    pub total: usize,
    /// Rounds that were looked at or missed.
    pub over: usize,
    pub missed: usize,
    /// The next round that is not over: when it is due or, while it waits for a look, when it counts as missed.
    pub next: Option<(u32, RoundState, Timestamp)>,
    /// Titles of the rollback triggers that hold now.
    pub holding: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WatchView {
    /// The whole aggregate: its own functions say what is missing.
    pub watch: Watch,
    pub band: EnvironmentBand,
    pub brief: WatchBrief,
    pub rounds: Vec<RoundView>,
    /// What was measured before the deployment.
    pub baseline: Vec<WatchCheckRow>,
    /// Titles of the checks that are compared.
    pub titles: BTreeMap<String, String>,
    pub offers: WatchOffers,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoundView {
    pub round: Round,
    pub state: RoundState,
    pub due_at: Option<Timestamp>,
    pub missed_from: Option<Timestamp>,
    pub checks: Vec<WatchCheckRow>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WatchCheckRow {
    pub title: String,
    pub outcome: CheckOutcome,
    pub finished_at: Timestamp,
    pub took_ms: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WatchOffers {
    pub look: Offer,
    pub report: Offer,
    pub sign_off: Offer,
    pub end: Offer,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WatchRow {
    pub band: EnvironmentBand,
    pub brief: WatchBrief,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WatchesView {
    pub open: Vec<WatchRow>,
    /// Newest first.
    pub over: Vec<WatchRow>,
    /// Of those that are over.
    pub paging: Paging,
}
