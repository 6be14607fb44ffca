//! CloudFormation stack states, read as what a person needs to know.

use serde::{Deserialize, Serialize};

/// The kinds of state every badge in the product shows; unknown is never good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Condition {
    Good,
    Attention,
    Bad,
    Running,
    Waiting,
    Unknown,
    NotApplicable,
}

impl Condition {
    pub fn name(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Attention => "attention",
            Self::Bad => "bad",
            Self::Running => "running",
            Self::Waiting => "waiting",
            Self::Unknown => "unknown",
            Self::NotApplicable => "not-applicable",
        }
    }
}

/// A stack status exactly as CloudFormation spells it, for example `UPDATE_ROLLBACK_FAILED`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StackStatus(pub String);

impl StackStatus {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Still moving: another event will come.
    pub fn is_in_progress(&self) -> bool {
        self.0.ends_with("_IN_PROGRESS") && !self.is_review()
    }

    /// A change set created it and was never executed: there is nothing in it yet.
    pub fn is_review(&self) -> bool {
        self.0 == "REVIEW_IN_PROGRESS"
    }

    /// The last operation did what it was asked to do.
    pub fn is_success(&self) -> bool {
        matches!(self.0.as_str(), "CREATE_COMPLETE" | "UPDATE_COMPLETE" | "IMPORT_COMPLETE")
    }

    /// CloudFormation accepts no update in this state; a person has to choose a way out first.
    pub fn is_stuck(&self) -> bool {
        matches!(
            self.0.as_str(),
            "CREATE_FAILED"
                | "ROLLBACK_FAILED"
                | "ROLLBACK_COMPLETE"
                | "DELETE_FAILED"
                | "UPDATE_FAILED"
                | "UPDATE_ROLLBACK_FAILED"
                | "IMPORT_ROLLBACK_FAILED"
        )
    }

    pub fn condition(&self) -> Condition {
        match self.0.as_str() {
            "CREATE_COMPLETE" | "UPDATE_COMPLETE" | "IMPORT_COMPLETE" => Condition::Good,
            "UPDATE_ROLLBACK_COMPLETE" | "IMPORT_ROLLBACK_COMPLETE" | "DELETE_COMPLETE" => Condition::Attention,
            "REVIEW_IN_PROGRESS" => Condition::Waiting,
            _ if self.is_stuck() => Condition::Bad,
            _ if self.is_in_progress() => Condition::Running,
            _ => Condition::Unknown,
        }
    }

    /// One line a person at 3 a.m. can act on.
    pub fn words(&self) -> &'static str {
        match self.0.as_str() {
            "CREATE_COMPLETE" => "Created",
            "UPDATE_COMPLETE" => "Up to date",
            "IMPORT_COMPLETE" => "Imported",
            "UPDATE_ROLLBACK_COMPLETE" => "The last update failed and was rolled back",
            "IMPORT_ROLLBACK_COMPLETE" => "The last import failed and was rolled back",
            "REVIEW_IN_PROGRESS" => "Not created yet: a change set waits",
            "ROLLBACK_COMPLETE" => "Creation failed and was rolled back; delete it before trying again",
            "ROLLBACK_FAILED" => "Creation failed and the rollback failed too",
            "CREATE_FAILED" => "Creation failed",
            "UPDATE_FAILED" => "The update failed and nothing was rolled back",
            "UPDATE_ROLLBACK_FAILED" => "Stuck: the rollback of an update failed",
            "IMPORT_ROLLBACK_FAILED" => "Stuck: the rollback of an import failed",
            "DELETE_FAILED" => "Could not be deleted",
            "DELETE_COMPLETE" => "Deleted",
            "CREATE_IN_PROGRESS" => "Being created",
            "UPDATE_IN_PROGRESS" => "Being updated",
            "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS" => "Updated; old resources are being removed",
            "DELETE_IN_PROGRESS" => "Being deleted",
            status if status.contains("ROLLBACK") && status.ends_with("IN_PROGRESS") => "Rolling back",
            status if status.ends_with("IN_PROGRESS") => "Changing",
            _ => "In a state this version does not know",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every status of the CloudFormation API reference (`StackStatus`), so that none falls to "unknown".
    const ALL: [&str; 23] = [
        "CREATE_IN_PROGRESS",
        "CREATE_FAILED",
        "CREATE_COMPLETE",
        "ROLLBACK_IN_PROGRESS",
        "ROLLBACK_FAILED",
        "ROLLBACK_COMPLETE",
        "DELETE_IN_PROGRESS",
        "DELETE_FAILED",
        "DELETE_COMPLETE",
        "UPDATE_IN_PROGRESS",
        "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
        "UPDATE_COMPLETE",
        "UPDATE_FAILED",
        "UPDATE_ROLLBACK_IN_PROGRESS",
        "UPDATE_ROLLBACK_FAILED",
        "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
        "UPDATE_ROLLBACK_COMPLETE",
        "REVIEW_IN_PROGRESS",
        "IMPORT_IN_PROGRESS",
        "IMPORT_COMPLETE",
        "IMPORT_ROLLBACK_IN_PROGRESS",
        "IMPORT_ROLLBACK_FAILED",
        "IMPORT_ROLLBACK_COMPLETE",
    ];

    #[test]
    fn every_documented_status_has_a_condition_and_words() {
        for status in ALL {
            let status = StackStatus(status.to_owned());
            assert_ne!(status.condition(), Condition::Unknown, "{status:?}");
            assert_ne!(status.words(), "In a state this version does not know", "{status:?}");
        }
    }

    #[test]
    fn a_status_nobody_knows_is_unknown_and_never_good() {
        let status = StackStatus("SOMETHING_NEW".to_owned());
        assert_eq!(status.condition(), Condition::Unknown);
        assert!(!status.is_success());
    }

    #[test]
    fn moving_stuck_and_successful_exclude_each_other() {
        for status in ALL {
            let status = StackStatus(status.to_owned());
            let claims = [status.is_in_progress(), status.is_stuck(), status.is_success()];
            assert!(claims.iter().filter(|c| **c).count() <= 1, "{status:?}");
        }
    }
}
