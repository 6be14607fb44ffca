//! Checklists: what people and checks must have said about a deployment, and who signed it.
//!
//! A blueprint holds [`template`]s. A deployment gets its own [`Checklist`] when it is requested: the templates of its
//! environment, with what does not apply there marked as such. From then on nothing about the definition changes; what
//! people do is a log of [`ItemMark`]s, what checks say lies beside it, and the state of every item follows from both
//! ([`standing`]), as does the digest a signature binds ([`sign_off`]).

pub mod evidence;
mod mark;
mod sign_off;
mod standing;
mod template;

use serde::{Deserialize, Serialize};

use crate::permission::Role;

pub use mark::{EvidenceFile, ItemMark, MarkKind};
pub use sign_off::{AgreedCondition, Bound, Change, Closing, NewCondition, Outcome, SignOff};
pub use standing::{Answer, Counts, ItemStanding, ItemState, SectionStanding, Standing};
pub(crate) use template::resolve;
pub use template::{ChecklistTemplate, ItemTemplate, Purpose, SectionTemplate, When};

/// The lists of one deployment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checklist {
    /// The list that is signed first, the others in the order of the blueprint.
    pub lists: Vec<ListRef>,
    pub sections: Vec<Section>,
    pub sign_off_roles: Vec<SignOffRole>,
}

impl Checklist {
    pub fn items(&self) -> impl Iterator<Item = &Item> {
        self.sections.iter().flat_map(|s| &s.items)
    }

    pub fn item(&self, id: &str) -> Option<&Item> {
        self.items().find(|i| i.id == id)
    }

    pub fn section_of(&self, item: &str) -> Option<&Section> {
        self.sections.iter().find(|s| s.items.iter().any(|i| i.id == item))
    }

    pub fn list(&self, id: &str) -> Option<&ListRef> {
        self.lists.iter().find(|l| l.id == id)
    }

    pub fn sections_of<'a>(&'a self, list: &'a str) -> impl Iterator<Item = &'a Section> {
        self.sections.iter().filter(move |s| s.list == list)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListRef {
    pub id: String,
    pub title: String,
    pub purpose: Purpose,
    /// Answers of checks older than this no longer close an item.
    pub stale_after_secs: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Section {
    pub id: String,
    /// `ListRef::id`.
    pub list: String,
    pub title: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Must be closed before anybody signs. Sections that are not are worked off after the sign-off too.
    pub is_required: bool,
    pub items: Vec<Item>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    pub id: String,
    pub title: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    pub kind: ItemKind,
    /// Why it does not apply to this environment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_applicable: Option<String>,
}

impl Item {
    pub fn is_automatic(&self) -> bool {
        matches!(self.kind, ItemKind::Automatic { .. })
    }

    /// The role that may tick it; `None`: whoever may tick items.
    pub fn role(&self) -> Option<Role> {
        match self.kind {
            ItemKind::Manual { role, .. } => role,
            ItemKind::Automatic { .. } => None,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ItemKind {
    /// Closed by its checks, while all of them pass or warn and their answers are young enough.
    Automatic { checks: Vec<String> },
    /// Closed by a person.
    Manual {
        evidence_required: bool,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        role: Option<Role>,
    },
}

/// One signature a deployment needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignOffRole {
    pub id: String,
    /// For example "Approved by the engineering lead".
    pub title: String,
    /// The role the signer must hold in the environment.
    pub role: Role,
    /// What the signer declares; `None`: the usual sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statement: Option<String>,
}

/// Who did something, as it was at that time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// The actor's stable id.
    pub id: String,
    pub name: String,
}

#[cfg(test)]
mod tests;
