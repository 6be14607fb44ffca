//! What people did to items. A log: nothing in it is changed or removed, so that nobody overwrites anybody.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Person;
use crate::digest::Digest;

/// One act of a person on an item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemMark {
    pub item: String,
    pub kind: MarkKind,
    pub by: Person,
    pub at: Timestamp,
    /// Evidence of a tick, the reason of a waiver or of opening it again, a note, the name of whom it is given to.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<EvidenceFile>,
    /// Waivers: from then on the item is open again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
}

impl ItemMark {
    /// Says something for the item: a text, a link or a file.
    pub fn has_evidence(&self) -> bool {
        !self.note.trim().is_empty() || self.link.is_some() || self.file.is_some()
    }

    pub fn is_expired(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|at| at <= now)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MarkKind {
    Done,
    Waived,
    Reopened,
    /// A note, a link or a file; the item stays as it is.
    Noted,
    /// Given to the person named in the note; to nobody when it is empty.
    Assigned,
}

impl MarkKind {
    /// Decides whether the item is closed.
    pub fn decides(self) -> bool {
        matches!(self, Self::Done | Self::Waived | Self::Reopened)
    }

    /// As the audit log names it.
    pub fn act(self) -> &'static str {
        match self {
            Self::Done => "tick_item",
            Self::Waived => "waive_item",
            Self::Reopened => "reopen_item",
            Self::Noted => "note_item",
            Self::Assigned => "assign_item",
        }
    }

    /// "ticked it".
    pub fn words(self) -> &'static str {
        match self {
            Self::Done => "ticked it",
            Self::Waived => "waived it",
            Self::Reopened => "reopened it",
            Self::Noted => "noted",
            Self::Assigned => "assigned it",
        }
    }
}

/// A file kept as evidence; its bytes lie under the digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvidenceFile {
    pub name: String,
    pub media_type: String,
    pub size: u64,
    pub digest: Digest,
}
