//! The production checklist: definition, the state of its items in one deployment, and when a role may sign.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{check::Verdict, permission::Role, stack::Condition};

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checklist {
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

    /// The list for an environment in which only some checks apply: an automatic item asks only those, and an item
    /// without any is left out, since nothing could ever close it.
    #[must_use]
    pub fn narrowed_to(&self, checks: &[&str]) -> Self {
        let mut list = self.clone();
        for section in &mut list.sections {
            for item in &mut section.items {
                if let ItemKind::Automatic { checks: asked } = &mut item.kind {
                    asked.retain(|id| checks.contains(&id.as_str()));
                }
            }
            section.items.retain(|item| !matches!(&item.kind, ItemKind::Automatic { checks } if checks.is_empty()));
        }
        list.sections.retain(|section| !section.items.is_empty());
        list
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Section {
    pub id: String,
    pub title: String,
    pub items: Vec<Item>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    pub id: String,
    pub title: String,
    pub help: Option<String>,
    #[serde(flatten)]
    pub kind: ItemKind,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ItemKind {
    /// Closed by its checks: done when all of them pass or warn.
    Automatic { checks: Vec<String> },
    /// Closed by a person.
    Manual { evidence_required: bool },
}

/// One signature a deployment needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignOffRole {
    pub id: String,
    /// For example "Engineering lead".
    pub title: String,
    /// The role the signer must hold in the environment.
    pub role: Role,
}

/// What a person did to an item in one deployment. Automatic items only ever get waivers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemMark {
    pub item: String,
    pub kind: MarkKind,
    pub by: Person,
    pub at: Timestamp,
    /// Evidence for a tick, the reason for a waiver.
    pub note: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MarkKind {
    Done,
    Waived,
}

/// Who did something, as it was at that time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// The actor's stable id.
    pub id: String,
    pub name: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignOff {
    /// `SignOffRole::id`.
    pub role: String,
    pub by: Person,
    pub at: Timestamp,
    pub comment: String,
}

/// The state of an item, computed from marks and check verdicts; never stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ItemState {
    Open,
    Done,
    Waived,
    /// A check behind it failed or could not be asked.
    Blocked,
    /// A check behind it has not finished.
    Running,
}

impl ItemState {
    pub fn is_closed(self) -> bool {
        matches!(self, Self::Done | Self::Waived)
    }

    pub fn words(self) -> &'static str {
        match self {
            Self::Open => "Open",
            Self::Done => "Done",
            Self::Waived => "Waived",
            Self::Blocked => "Blocked by a check",
            Self::Running => "Being checked",
        }
    }

    pub fn condition(self) -> Condition {
        match self {
            Self::Open => Condition::Waiting,
            Self::Done => Condition::Good,
            Self::Waived => Condition::Attention,
            Self::Blocked => Condition::Bad,
            Self::Running => Condition::Running,
        }
    }
}

/// `verdict_of` answers with the latest finished verdict of a check, `None` while it has none.
pub fn item_state(item: &Item, marks: &[ItemMark], verdict_of: impl Fn(&str) -> Option<Verdict>) -> ItemState {
    let mark = marks.iter().rfind(|m| m.item == item.id);
    if mark.is_some_and(|m| m.kind == MarkKind::Waived) {
        return ItemState::Waived;
    }
    match &item.kind {
        ItemKind::Manual { .. } if mark.is_some() => ItemState::Done,
        ItemKind::Manual { .. } => ItemState::Open,
        ItemKind::Automatic { checks } => {
            let verdicts: Vec<Option<Verdict>> = checks.iter().map(|id| verdict_of(id)).collect();
            let refused = |v: &Option<Verdict>| matches!(v, Some(Verdict::Fail | Verdict::Inconclusive));
            if verdicts.iter().any(refused) {
                ItemState::Blocked
            } else if verdicts.is_empty() || verdicts.iter().any(Option::is_none) {
                ItemState::Running
            } else {
                ItemState::Done
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn automatic() -> Item {
        Item {
            id: "stacks".into(),
            title: "All stacks are fine".into(),
            help: None,
            kind: ItemKind::Automatic { checks: vec!["a".into(), "b".into()] },
        }
    }

    fn waiver() -> ItemMark {
        ItemMark {
            item: "stacks".into(),
            kind: MarkKind::Waived,
            by: Person { id: "p".into(), name: "Lea".into() },
            at: Timestamp::UNIX_EPOCH,
            note: "known".into(),
        }
    }

    #[test]
    fn an_automatic_item_is_done_only_when_every_check_passed_or_warned() {
        use Verdict::{Fail, Inconclusive, Pass, Warn};
        let table = [
            ([Some(Pass), Some(Pass)], ItemState::Done),
            ([Some(Pass), Some(Warn)], ItemState::Done),
            ([Some(Pass), Some(Fail)], ItemState::Blocked),
            ([Some(Inconclusive), Some(Pass)], ItemState::Blocked),
            ([Some(Pass), None], ItemState::Running),
            ([Some(Fail), None], ItemState::Blocked),
        ];
        for (verdicts, expected) in table {
            let state = item_state(&automatic(), &[], |id| if id == "a" { verdicts[0] } else { verdicts[1] });
            assert_eq!(state, expected, "{verdicts:?}");
        }
    }

    #[test]
    fn an_item_asks_only_checks_that_apply_and_disappears_without_any() {
        let section = |items| Section { id: "s".into(), title: "S".into(), items };
        let mut other = automatic();
        other.id = "other".into();
        other.kind = ItemKind::Automatic { checks: vec!["c".into()] };
        let list =
            Checklist { sections: vec![section(vec![automatic()]), section(vec![other])], ..Checklist::default() };
        let narrowed = list.narrowed_to(&["a"]);
        assert_eq!(narrowed.sections.len(), 1);
        assert_eq!(
            narrowed.item("stacks").map(|i| i.kind.clone()),
            Some(ItemKind::Automatic { checks: vec!["a".into()] })
        );
    }

    #[test]
    fn a_waiver_closes_an_item_whatever_its_checks_say() {
        assert_eq!(item_state(&automatic(), &[waiver()], |_| Some(Verdict::Fail)), ItemState::Waived);
    }

    #[test]
    fn an_automatic_item_without_checks_never_closes_itself() {
        let mut item = automatic();
        item.kind = ItemKind::Automatic { checks: Vec::new() };
        assert_eq!(item_state(&item, &[], |_| None), ItemState::Running);
    }
}
