//! What must happen next, outside the machine.

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "effect", rename_all = "snake_case")]
pub enum Effect {
    /// Upload what the stack needs and create its change set. `late` when other stacks were executed in between.
    PrepareChangeSet {
        stack: String,
        late: bool,
    },
    /// Execute the stack's change set and follow it to its end.
    ExecuteStack {
        stack: String,
    },
    /// Delete a change set that will not be executed, and the empty stack it may have created.
    DiscardChangeSet {
        stack: String,
    },
    RunCheck {
        check: String,
        run: u32,
    },
}

impl Effect {
    /// Unique within a deployment and the same after every crash: the effect queue refuses a second row with the same
    /// key, and AWS is given names and tokens derived from it.
    pub fn key(&self) -> String {
        match self {
            Self::PrepareChangeSet { stack, late: false } => format!("prepare/{stack}"),
            Self::PrepareChangeSet { stack, late: true } => format!("prepare-late/{stack}"),
            Self::ExecuteStack { stack } => format!("execute/{stack}"),
            Self::DiscardChangeSet { stack } => format!("discard/{stack}"),
            Self::RunCheck { check, run } => format!("check/{check}/{run}"),
        }
    }
}
