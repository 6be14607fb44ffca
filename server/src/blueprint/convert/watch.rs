//! The watch and the rollback triggers.

use domain::watch::{Comparison, RollbackTrigger, RoundRule, RoundTimes, TriggerKind, WatchRules, parse_duration};

use super::{
    super::document::{RoundSection, TriggerKindSection, TriggerSection, WatchSection},
    role,
};
use crate::blueprint::rules::thousandths;

/// The rules have read every duration and number before.
pub(super) fn watch(section: WatchSection) -> WatchRules {
    WatchRules {
        rounds: section.rounds.into_iter().map(round).collect(),
        comparisons: section
            .compare
            .into_iter()
            .map(|c| Comparison { check: c.check, allowed_percent: c.allowed_percent })
            .collect(),
        sign_off_role: role(section.sign_off),
    }
}

fn round(section: RoundSection) -> RoundRule {
    let secs = |text: &str| parse_duration(text).unwrap_or_default();
    RoundRule {
        times: match section.at {
            Some(times) => RoundTimes::At(times.iter().map(|text| secs(text)).collect()),
            None => RoundTimes::Every {
                every_secs: secs(&section.every.unwrap_or_default()),
                until_secs: secs(&section.until.unwrap_or_default()),
            },
        },
        suites: section.suites,
        checks: section.checks,
        grace_secs: section.grace.as_deref().map(secs),
    }
}

pub(super) fn trigger(section: TriggerSection) -> RollbackTrigger {
    let number = |text: &str| thousandths(text).unwrap_or_default();
    RollbackTrigger {
        id: section.id,
        title: section.title,
        environments: section.environments,
        kind: match section.kind {
            TriggerKindSection::SuiteFailing { suite } => TriggerKind::SuiteFailing { suite },
            TriggerKindSection::Slower { check, percent } => TriggerKind::Slower { check, percent },
            TriggerKindSection::Above { check, limit } => {
                TriggerKind::Above { check, limit_thousandths: number(&limit) }
            }
            TriggerKindSection::Cost { check, maximum, percent } => {
                TriggerKind::Cost { check, maximum_thousandths: number(&maximum), percent }
            }
            TriggerKindSection::Reported {} => TriggerKind::Reported,
        },
    }
}
