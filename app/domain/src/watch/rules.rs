//! What a blueprint says about watching: when, what, and when to roll back.

use serde::{Deserialize, Serialize};

use crate::{blueprint::Blueprint, deployment::Deployment, permission::Role};

use super::{Baseline, Round, State, Trigger, Watch};

/// The watch of an environment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WatchRules {
    /// In the order of time.
    pub rounds: Vec<RoundRule>,
    pub comparisons: Vec<Comparison>,
    pub sign_off_role: Role,
}

/// Some rounds that look at the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoundRule {
    pub times: RoundTimes,
    /// Ids.
    pub suites: Vec<String>,
    pub checks: Vec<String>,
    /// `None`: until the next round is due.
    pub grace_secs: Option<u64>,
}

/// Counted from the opening of the watch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoundTimes {
    At(Vec<u64>),
    /// Multiples of `every_secs` that come after the rounds before, up to and with `until_secs`.
    Every {
        every_secs: u64,
        until_secs: u64,
    },
}

/// A check whose measurement is compared with the baseline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comparison {
    pub check: String,
    /// How much more than before is still as it should be, in percent.
    pub allowed_percent: u32,
}

/// When a deployment should be rolled back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RollbackTrigger {
    pub id: String,
    pub title: String,
    /// `None`: in every environment with a watch.
    pub environments: Option<Vec<String>>,
    pub kind: TriggerKind,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum TriggerKind {
    /// Every check of the suite fails.
    SuiteFailing { suite: String },
    /// The measurement is more than `percent` above the baseline.
    Slower { check: String, percent: u32 },
    /// The measurement is above a fixed limit, in thousandths.
    Above { check: String, limit_thousandths: i64 },
    /// The measurement is above `percent` of the agreed maximum, in thousandths.
    Cost { check: String, maximum_thousandths: i64, percent: u32 },
    /// Only a person can tell: data loss, a breach.
    Reported,
}

impl TriggerKind {
    /// The check it needs measured.
    pub fn check(&self) -> Option<&str> {
        match self {
            Self::Slower { check, .. } | Self::Above { check, .. } | Self::Cost { check, .. } => Some(check),
            Self::SuiteFailing { .. } | Self::Reported => None,
        }
    }
}

impl WatchRules {
    /// Every round's time after the opening, in order, with the rule it comes from.
    pub fn schedule(&self) -> Vec<(u64, &RoundRule)> {
        let mut schedule: Vec<(u64, &RoundRule)> = Vec::new();
        for rule in &self.rounds {
            let last = schedule.last().map_or(0, |(at, _)| *at);
            match &rule.times {
                RoundTimes::At(times) => schedule.extend(times.iter().filter(|t| **t > last).map(|t| (*t, rule))),
                RoundTimes::Every { every_secs, until_secs } => {
                    let every = (*every_secs).max(1);
                    let first = last / every + 1;
                    schedule.extend((first..=until_secs / every).map(|n| (n * every, rule)));
                }
            }
        }
        schedule
    }
}

impl Watch {
    /// The watch of a deployment as it is requested; `None` where the environment has none.
    pub fn for_deployment(deployment: &Deployment, blueprint: &Blueprint) -> Option<Self> {
        let environment = blueprint.environment(&deployment.environment)?;
        let rules = environment.watch.as_ref()?;
        let applies = |id: &String| blueprint.check(id).is_some_and(|c| c.applies_to(&environment.name));
        let suite = |id: &str| -> Vec<String> {
            let checks = blueprint.suites.iter().find(|s| s.id == id).map(|s| s.checks.clone()).unwrap_or_default();
            checks.into_iter().filter(applies).collect()
        };
        let triggers: Vec<Trigger> = blueprint
            .rollback_triggers
            .iter()
            .filter(|t| t.environments.as_ref().is_none_or(|names| names.contains(&environment.name)))
            .map(|t| Trigger {
                id: t.id.clone(),
                title: t.title.clone(),
                suite_checks: match &t.kind {
                    TriggerKind::SuiteFailing { suite: id } => suite(id),
                    _ => Vec::new(),
                },
                kind: t.kind.clone(),
            })
            .collect();
        let compared = rules.comparisons.iter().map(|c| c.check.clone());
        let of_triggers =
            triggers.iter().flat_map(|t| t.kind.check().map(str::to_owned).into_iter().chain(t.suite_checks.clone()));
        // Asked in every round: without them nothing could be compared and no trigger would ever hold.
        let always = distinct(compared.chain(of_triggers).filter(applies).collect());
        let slower = triggers.iter().filter_map(|t| match &t.kind {
            TriggerKind::Slower { check, .. } => Some(check.clone()),
            _ => None,
        });
        let wanted =
            distinct(rules.comparisons.iter().map(|c| c.check.clone()).chain(slower).filter(applies).collect());
        let schedule = rules.schedule();
        let rounds = (1u32..).zip(schedule.iter().enumerate()).map(|(number, (i, (after, rule)))| {
            let before = if i == 0 { 0 } else { schedule[i - 1].0 };
            let to_next = schedule.get(i + 1).map_or(after - before, |(next, _)| next - after);
            let own = rule.suites.iter().flat_map(|id| suite(id)).chain(rule.checks.clone()).filter(applies);
            Round {
                number,
                after_secs: *after,
                grace_secs: rule.grace_secs.unwrap_or(to_next),
                checks: distinct(own.chain(always.clone()).collect()),
                run: None,
                looks: Vec::new(),
                missed_at: None,
            }
        });
        Some(Self {
            deployment: deployment.id,
            application: deployment.application.clone(),
            environment: deployment.environment.clone(),
            release_version: deployment.release_version.clone(),
            state: State::Pending,
            opened_at: None,
            rounds: rounds.collect(),
            comparisons: rules.comparisons.clone(),
            triggers,
            sign_off_role: rules.sign_off_role,
            baseline: if wanted.is_empty() { Baseline::NotNeeded } else { Baseline::Wanted { checks: wanted } },
            raised: Vec::new(),
            ending: None,
        })
    }
}

fn distinct(names: Vec<String>) -> Vec<String> {
    let mut seen: Vec<String> = Vec::new();
    for name in names {
        if !seen.contains(&name) {
            seen.push(name);
        }
    }
    seen
}

/// `90s`, `15m`, `2h`, `7d`, in seconds; at most a year.
pub fn parse_duration(text: &str) -> Option<u64> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let factor = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => return None,
    };
    if number.is_empty() || !number.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    number.parse::<u64>().ok()?.checked_mul(factor).filter(|secs| *secs <= 365 * 86_400)
}

/// For people: `15 min`, `2 h`, `1 d 12 h`.
pub fn duration_words(secs: u64) -> String {
    let units = [(86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")];
    let mut rest = secs;
    let mut parts = Vec::new();
    for (length, unit) in units {
        if rest >= length {
            parts.push(format!("{} {unit}", rest / length));
            rest %= length;
        }
    }
    parts.truncate(2);
    if parts.is_empty() { "0 s".to_owned() } else { parts.join(" ") }
}
