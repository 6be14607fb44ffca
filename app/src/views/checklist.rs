//! The checklist page and what hangs on it.

use std::collections::BTreeMap;

use domain::{deployment::Deployment, permission::Role};
use jiff::civil::Date;
use uuid::Uuid;

use super::{CheckRow, EnvironmentBand, Offer};

/// Which items are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ListShow {
    #[default]
    All,
    Open,
    Failing,
    Mine,
    Waived,
    Manual,
    Automatic,
}

impl ListShow {
    pub const ALL: [Self; 7] =
        [Self::All, Self::Open, Self::Failing, Self::Mine, Self::Waived, Self::Manual, Self::Automatic];

    /// As the address says it.
    pub fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Open => "open",
            Self::Failing => "failing",
            Self::Mine => "mine",
            Self::Waived => "waived",
            Self::Manual => "manual",
            Self::Automatic => "automatic",
        }
    }

    pub fn words(self) -> &'static str {
        match self {
            Self::All => "All",
            Self::Open => "Open",
            Self::Failing => "Failing",
            Self::Mine => "Mine",
            Self::Waived => "Waived",
            Self::Manual => "By people",
            Self::Automatic => "By checks",
        }
    }

    pub fn parse(name: &str) -> Self {
        Self::ALL.into_iter().find(|show| show.name() == name).unwrap_or_default()
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChecklistView {
    /// The whole aggregate: its own functions say what stands where.
    pub deployment: Deployment,
    pub band: EnvironmentBand,
    pub offers: ListOffers,
    /// The checks of the item that lies open, with their evidence.
    pub checks: Vec<CheckRow>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListOffers {
    /// Items that name no role.
    pub tick: Offer,
    /// Items that name one.
    pub tick_as: BTreeMap<Role, Offer>,
    pub waive: Offer,
    pub run_checks: Offer,
    /// Per sign-off role id.
    pub sign_off: BTreeMap<String, Offer>,
    pub close_condition: Offer,
}

impl ListOffers {
    pub fn tick_for(&self, role: Option<Role>) -> &Offer {
        role.and_then(|role| self.tick_as.get(&role)).unwrap_or(&self.tick)
    }
}

/// A condition of some deployment's sign-off that is still open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConditionRow {
    pub deployment: Uuid,
    pub band: EnvironmentBand,
    pub version: String,
    pub text: String,
    pub owner: String,
    pub due: Date,
    pub is_overdue: bool,
    /// The caller is the owner.
    pub is_mine: bool,
}
