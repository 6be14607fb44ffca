//! The state of every item, computed from the log of marks and the answers of checks; never stored.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Checklist, Item, ItemKind, ItemMark, MarkKind, Section};
use crate::{check::Verdict, stack::Condition};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ItemState {
    Open,
    Done,
    Waived,
    /// A check behind it failed or could not be asked.
    Failing,
    /// A check behind it has not finished.
    Running,
    /// The answers behind it are too old to count.
    Stale,
    NotApplicable,
}

impl ItemState {
    pub fn is_closed(self) -> bool {
        matches!(self, Self::Done | Self::Waived | Self::NotApplicable)
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Done => "done",
            Self::Waived => "waived",
            Self::Failing => "failing",
            Self::Running => "running",
            Self::Stale => "stale",
            Self::NotApplicable => "not_applicable",
        }
    }

    pub fn words(self) -> &'static str {
        match self {
            Self::Open => "Open",
            Self::Done => "Done",
            Self::Waived => "Waived",
            Self::Failing => "Failing",
            Self::Running => "Being checked",
            Self::Stale => "Too old",
            Self::NotApplicable => "Not applicable",
        }
    }

    pub fn condition(self) -> Condition {
        match self {
            Self::Open => Condition::Waiting,
            Self::Done => Condition::Good,
            Self::Waived => Condition::Attention,
            Self::Failing => Condition::Bad,
            Self::Running => Condition::Running,
            Self::Stale => Condition::Unknown,
            Self::NotApplicable => Condition::NotApplicable,
        }
    }
}

/// What a check has said, if it was asked at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    pub was_asked: bool,
    pub verdict: Option<Verdict>,
    pub finished_at: Option<Timestamp>,
}

#[derive(Clone, Debug)]
pub struct ItemStanding<'a> {
    pub item: &'a Item,
    pub state: ItemState,
    /// What decided: the last tick, waiver or reopening. An expired waiver is still told.
    pub mark: Option<&'a ItemMark>,
    pub assignee: Option<&'a str>,
    /// How many notes, links and files lie beside it.
    pub notes: usize,
}

impl ItemStanding<'_> {
    pub fn is_assigned_to(&self, name: &str, email: Option<&str>) -> bool {
        self.assignee.is_some_and(|who| {
            let is = |other: &str| who.eq_ignore_ascii_case(other);
            is(name) || email.is_some_and(is)
        })
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub done: u32,
    /// Also what is being checked and what is too old.
    pub open: u32,
    pub waived: u32,
    pub failing: u32,
    pub not_applicable: u32,
}

impl Counts {
    pub fn total(self) -> u32 {
        self.done + self.open + self.waived + self.failing + self.not_applicable
    }

    pub fn closed(self) -> u32 {
        self.done + self.waived + self.not_applicable
    }

    pub fn add(&mut self, state: ItemState) {
        match state {
            ItemState::Done => self.done += 1,
            ItemState::Waived => self.waived += 1,
            ItemState::Failing => self.failing += 1,
            ItemState::NotApplicable => self.not_applicable += 1,
            ItemState::Open | ItemState::Running | ItemState::Stale => self.open += 1,
        }
    }

    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            done: self.done + other.done,
            open: self.open + other.open,
            waived: self.waived + other.waived,
            failing: self.failing + other.failing,
            not_applicable: self.not_applicable + other.not_applicable,
        }
    }
}

#[derive(Clone, Debug)]
pub struct SectionStanding<'a> {
    pub section: &'a Section,
    pub items: Vec<ItemStanding<'a>>,
    pub counts: Counts,
}

/// Every item of a checklist at one moment.
#[derive(Clone, Debug)]
pub struct Standing<'a> {
    pub sections: Vec<SectionStanding<'a>>,
}

impl<'a> Standing<'a> {
    /// `answer_of` is asked for the checks of automatic items.
    pub fn of(
        checklist: &'a Checklist,
        marks: &'a [ItemMark],
        answer_of: impl Fn(&str) -> Answer,
        now: Timestamp,
    ) -> Self {
        let mut decided: HashMap<&str, &ItemMark> = HashMap::new();
        let mut assigned: HashMap<&str, &str> = HashMap::new();
        let mut notes: HashMap<&str, usize> = HashMap::new();
        for mark in marks {
            match mark.kind {
                MarkKind::Assigned => {
                    assigned.insert(&mark.item, &mark.note);
                }
                MarkKind::Noted => *notes.entry(&mark.item).or_default() += 1,
                MarkKind::Done | MarkKind::Waived | MarkKind::Reopened => {
                    decided.insert(&mark.item, mark);
                }
            }
        }
        let sections = checklist.sections.iter().map(|section| {
            let stale_after = checklist.list(&section.list).map_or(u64::MAX, |list| list.stale_after_secs);
            let mut counts = Counts::default();
            let items = section.items.iter().map(|item| {
                let mark = decided.get(item.id.as_str()).copied();
                let state = state(item, mark, &answer_of, stale_after, now);
                counts.add(state);
                ItemStanding {
                    item,
                    state,
                    mark,
                    assignee: assigned.get(item.id.as_str()).copied().filter(|name| !name.is_empty()),
                    notes: notes.get(item.id.as_str()).copied().unwrap_or_default(),
                }
            });
            SectionStanding { section, items: items.collect(), counts }
        });
        Self { sections: sections.collect() }
    }

    pub fn items(&self) -> impl Iterator<Item = &ItemStanding<'a>> {
        self.sections.iter().flat_map(|s| &s.items)
    }

    pub fn item(&self, id: &str) -> Option<&ItemStanding<'a>> {
        self.items().find(|i| i.item.id == id)
    }

    /// The items that must be closed before anybody signs.
    pub fn required(&self) -> impl Iterator<Item = &ItemStanding<'a>> {
        self.sections.iter().filter(|s| s.section.is_required).flat_map(|s| &s.items)
    }

    /// Those of them that are not: what blocks the sign-off.
    pub fn blocking(&self) -> impl Iterator<Item = &ItemStanding<'a>> {
        self.required().filter(|i| !i.state.is_closed())
    }

    pub fn counts(&self) -> Counts {
        self.sections.iter().fold(Counts::default(), |sum, s| sum.plus(s.counts))
    }
}

fn state(
    item: &Item,
    mark: Option<&ItemMark>,
    answer_of: &impl Fn(&str) -> Answer,
    stale_after_secs: u64,
    now: Timestamp,
) -> ItemState {
    if item.not_applicable.is_some() {
        return ItemState::NotApplicable;
    }
    if mark.is_some_and(|m| m.kind == MarkKind::Waived && !m.is_expired(now)) {
        return ItemState::Waived;
    }
    match &item.kind {
        ItemKind::Manual { .. } if mark.is_some_and(|m| m.kind == MarkKind::Done) => ItemState::Done,
        ItemKind::Manual { .. } => ItemState::Open,
        ItemKind::Automatic { checks } => {
            let answers: Vec<Answer> = checks.iter().map(|id| answer_of(id)).collect();
            automatic(&answers, stale_after_secs, now)
        }
    }
}

fn automatic(answers: &[Answer], stale_after_secs: u64, now: Timestamp) -> ItemState {
    let oldest =
        i64::try_from(stale_after_secs).ok().and_then(|secs| now.checked_sub(SignedDuration::from_secs(secs)).ok());
    let is_old = |answer: &Answer| answer.finished_at.zip(oldest).is_some_and(|(at, oldest)| at < oldest);
    if answers.iter().any(|a| matches!(a.verdict, Some(Verdict::Fail | Verdict::Inconclusive))) {
        ItemState::Failing
    } else if answers.iter().any(|a| a.was_asked && a.verdict.is_none()) {
        ItemState::Running
    } else if answers.is_empty() || answers.iter().any(|a| a.verdict.is_none()) {
        ItemState::Open
    } else if answers.iter().any(is_old) {
        ItemState::Stale
    } else {
        ItemState::Done
    }
}
