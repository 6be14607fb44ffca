//! Backups: how much would be lost if the database were lost now.

use crate::blueprint::checks::{BackupCheck, Quantifier};

use super::{
    Finding,
    finding::{Subjects, all_of, each},
};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BackupFacts {
    pub retention_days: Option<u64>,
    /// Age of the latest time one can restore to; `None`: one cannot.
    pub restorable_minutes: Option<i64>,
    /// Age of the newest snapshot; `None`: there is none, or it was not asked for.
    pub snapshot_hours: Option<i64>,
}

pub(super) fn decide(check: &BackupCheck, facts: &Subjects<BackupFacts>) -> Finding {
    each(Quantifier::Every, facts, |backup| {
        let mut problems = Vec::new();
        let mut fine = Vec::new();
        if let Some(min) = check.min_retention_days {
            match backup.retention_days {
                Some(days) if days >= u64::from(min) => fine.push(format!("kept for {days} days")),
                Some(days) => problems.push(format!("kept for {days} days")),
                None => problems.push("no retention".to_owned()),
            }
        }
        if let Some(limit) = check.restorable_within_minutes {
            match backup.restorable_minutes {
                Some(age) if age <= i64::from(limit) => fine.push(format!("restorable to {age} minutes ago")),
                Some(age) => problems.push(format!("restorable only to {age} minutes ago")),
                None => problems.push("not restorable to any time".to_owned()),
            }
        }
        if let Some(limit) = check.snapshot_within_hours {
            match backup.snapshot_hours {
                Some(age) if age <= i64::from(limit) => fine.push(format!("newest snapshot {age} hours old")),
                Some(age) => problems.push(format!("newest snapshot is {age} hours old")),
                None => problems.push("no snapshot".to_owned()),
            }
        }
        all_of(&problems, || if fine.is_empty() { "is there".to_owned() } else { fine.join(", ") })
    })
}

pub(super) fn expected(check: &BackupCheck) -> String {
    let mut parts = Vec::new();
    parts.extend(check.min_retention_days.map(|days| format!("kept for at least {days} days")));
    parts.extend(check.restorable_within_minutes.map(|m| format!("restorable to at most {m} minutes ago")));
    parts.extend(check.snapshot_within_hours.map(|h| format!("a snapshot of at most {h} hours")));
    if parts.is_empty() { "to be there".to_owned() } else { parts.join(", ") }
}
