//! What a round's measurements mean: compared with the baseline, and held against the rollback triggers.

use serde::{Deserialize, Serialize};

use crate::{
    check::{Measurement, Verdict, decimal},
    stack::Condition,
};

use super::{Baseline, RoundResult, Trigger, TriggerKind, Watch};

/// One comparison of one round.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Compared {
    pub check: String,
    pub allowed_percent: u32,
    pub before: Option<Measurement>,
    pub now: Option<Measurement>,
    pub change: Change,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Change {
    /// In percent of what it was; negative is less.
    Within {
        percent: i64,
    },
    Beyond {
        percent: i64,
    },
    /// It was nothing before, and is something now: more by any percentage.
    FromNothing,
    Inconclusive {
        why: String,
    },
}

impl Change {
    pub fn condition(&self) -> Condition {
        match self {
            Self::Within { .. } => Condition::Good,
            Self::Beyond { .. } | Self::FromNothing => Condition::Bad,
            Self::Inconclusive { .. } => Condition::Unknown,
        }
    }

    pub fn words(&self) -> String {
        match self {
            Self::Within { percent } | Self::Beyond { percent } => format!("{percent:+} %"),
            Self::FromNothing => "up from nothing".to_owned(),
            Self::Inconclusive { why } => why.clone(),
        }
    }
}

fn change(before: &Measurement, now: &Measurement, allowed_percent: u32) -> Change {
    if before.unit != now.unit {
        return Change::Inconclusive { why: format!("measured in {} before and in {} now", before.unit, now.unit) };
    }
    let (was, is) = (i128::from(before.thousandths), i128::from(now.thousandths));
    if was <= 0 {
        return if is <= was { Change::Within { percent: 0 } } else { Change::FromNothing };
    }
    let percent = i64::try_from((is - was) * 100 / was).unwrap_or(i64::MAX);
    // Exact: 50.4 % more is more than 50 %.
    if (is - was) * 100 > was * i128::from(allowed_percent) {
        Change::Beyond { percent }
    } else {
        Change::Within { percent }
    }
}

/// Whether a trigger holds.
pub(super) enum Holds {
    Yes(String),
    No,
    /// It could not be found out: what was raised stays raised, and nothing is raised anew.
    Unknown,
}

impl Watch {
    pub(super) fn compare(&self, results: &[RoundResult]) -> Vec<Compared> {
        self.comparisons
            .iter()
            .map(|c| {
                let (before, now) = (self.baseline_of(&c.check), value_of(results, &c.check));
                Compared {
                    check: c.check.clone(),
                    allowed_percent: c.allowed_percent,
                    before: before.clone().ok(),
                    now: now.cloned(),
                    change: self.change_of(&c.check, results, c.allowed_percent),
                }
            })
            .collect()
    }

    fn change_of(&self, check: &str, results: &[RoundResult], allowed_percent: u32) -> Change {
        match (self.baseline_of(check), value_of(results, check)) {
            (Err(why), _) => Change::Inconclusive { why },
            (_, None) => Change::Inconclusive { why: "nothing was measured in this round".to_owned() },
            (Ok(before), Some(now)) => change(&before, now, allowed_percent),
        }
    }

    fn baseline_of(&self, check: &str) -> Result<Measurement, String> {
        let Baseline::Measured { values, .. } = &self.baseline else {
            return Err(match &self.baseline {
                Baseline::Missing { why } => format!("no baseline: {why}"),
                _ => "no baseline was measured before the deployment".to_owned(),
            });
        };
        let value = values.iter().find(|v| v.check == check).and_then(|v| v.value.clone());
        value.ok_or_else(|| "nothing was measured before the deployment".to_owned())
    }

    pub(super) fn holds(&self, trigger: &Trigger, results: &[RoundResult]) -> Holds {
        match &trigger.kind {
            TriggerKind::Reported => Holds::Unknown,
            TriggerKind::SuiteFailing { suite } => {
                let verdict = |id: &String| results.iter().find(|r| r.check == *id).map(|r| r.verdict);
                let verdicts: Vec<Option<Verdict>> = trigger.suite_checks.iter().map(verdict).collect();
                if verdicts.is_empty() || verdicts.iter().any(Option::is_none) {
                    return Holds::Unknown;
                }
                if verdicts.iter().all(|v| *v == Some(Verdict::Fail)) {
                    return Holds::Yes(format!("all {} checks of suite {suite} fail", verdicts.len()));
                }
                // With one that could not be asked and the others failing, nobody knows.
                let is_known = verdicts.iter().any(|v| matches!(v, Some(Verdict::Pass | Verdict::Warn)));
                if is_known { Holds::No } else { Holds::Unknown }
            }
            TriggerKind::Slower { check, percent } => match self.change_of(check, results, *percent) {
                Change::Beyond { percent: by } => Holds::Yes(format!("{check} is {by} % above what it was before")),
                Change::FromNothing => Holds::Yes(format!("{check} was nothing before and is something now")),
                Change::Within { .. } => Holds::No,
                Change::Inconclusive { .. } => Holds::Unknown,
            },
            TriggerKind::Above { check, limit_thousandths } => above(check, *limit_thousandths, results),
            TriggerKind::Cost { check, maximum_thousandths, percent } => {
                let limit = i128::from(*maximum_thousandths) * i128::from(*percent) / 100;
                above(check, i64::try_from(limit).unwrap_or(i64::MAX), results)
            }
        }
    }
}

fn above(check: &str, limit: i64, results: &[RoundResult]) -> Holds {
    match value_of(results, check) {
        Some(value) if value.thousandths > limit => {
            Holds::Yes(format!("{check} is {value}, above {} {}", decimal(limit), value.unit))
        }
        Some(_) => Holds::No,
        None => Holds::Unknown,
    }
}

fn value_of<'a>(results: &'a [RoundResult], check: &str) -> Option<&'a Measurement> {
    results.iter().find(|r| r.check == check).and_then(|r| r.value.as_ref())
}
