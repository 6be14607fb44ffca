//! The checklist of a deployment: what stands where, what a signature binds, and whether one still holds.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;

use super::{Deployment, State};
use crate::{
    check::Verdict,
    checklist::{
        AgreedCondition, Answer, Bound, Change, Item, ItemMark, ItemState, MarkKind, Outcome, SignOff, SignOffRole,
        Standing,
    },
    digest::Digest,
};

/// The digests a signature binds, at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListDigests {
    pub checklist: Digest,
    pub checks: Digest,
}

impl ListDigests {
    /// Whether what was signed is what is there.
    pub fn bear(&self, signature: &SignOff) -> bool {
        signature.bound.checklist == self.checklist && signature.bound.checks == self.checks
    }

    /// Both in one: what a signer has looked at.
    pub fn seen(&self) -> Digest {
        Digest::of_bytes(format!("{} {}", self.checklist, self.checks).as_bytes())
    }
}

impl Deployment {
    /// What is over is judged as it was then: evidence does not grow old behind a signature.
    pub fn judged_at(&self, now: Timestamp) -> Timestamp {
        self.finished_at.filter(|_| self.state.is_final()).unwrap_or(now)
    }

    /// The state of every item.
    pub fn standing(&self, now: Timestamp) -> Standing<'_> {
        let answers: HashMap<&str, Answer> = self
            .checks
            .iter()
            .map(|c| (c.id.as_str(), Answer { was_asked: c.run > 0, verdict: c.verdict, finished_at: c.finished_at }))
            .collect();
        let answer_of = |id: &str| answers.get(id).copied().unwrap_or_default();
        Standing::of(&self.checklist, &self.marks, answer_of, self.judged_at(now))
    }

    pub fn item_state(&self, id: &str, now: Timestamp) -> Option<ItemState> {
        self.standing(now).item(id).map(|i| i.state)
    }

    /// Items that keep every signature from being given.
    pub fn open_items(&self, now: Timestamp) -> Vec<&Item> {
        self.standing(now).blocking().map(|i| i.item).collect()
    }

    /// Whether people may still act on an item: until the deployment is over, and afterwards on what was not signed.
    pub fn takes_marks(&self, item: &str) -> bool {
        let is_signed = self.checklist.section_of(item).is_some_and(|s| s.is_required) && self.needs_signatures();
        !self.state.is_final() || (self.state == State::Succeeded && !is_signed)
    }

    pub fn needs_signatures(&self) -> bool {
        !self.checklist.sign_off_roles.is_empty()
    }

    pub fn list_digests(&self, standing: &Standing<'_>) -> ListDigests {
        let mut list = Canonical::default();
        for item in standing.required() {
            list.text(&item.item.id).text(item.state.name());
            if let Some(mark) = item.mark {
                list.mark(mark);
            }
            list.end();
        }
        let mut checks = Canonical::default();
        for check in &self.checks {
            checks.text(&check.id).text(check.verdict.map_or("none", Verdict::name)).end();
        }
        ListDigests { checklist: list.digest(), checks: checks.digest() }
    }

    /// The signature in force for a role: the last one given.
    pub fn sign_off_of(&self, role: &str) -> Option<&SignOff> {
        self.sign_offs.iter().rfind(|s| s.role == role)
    }

    /// Roles nobody has signed for, or whose signature stands on something that has changed.
    pub fn missing_sign_offs(&self, now: Timestamp) -> Vec<&SignOffRole> {
        if self.sign_offs.is_empty() || self.state == State::Succeeded {
            let is_given = |role: &&SignOffRole| self.sign_off_of(&role.id).is_none();
            return self.checklist.sign_off_roles.iter().filter(is_given).collect();
        }
        let digests = self.list_digests(&self.standing(now));
        let is_missing = |role: &&SignOffRole| self.sign_off_of(&role.id).is_none_or(|s| !digests.bear(s));
        self.checklist.sign_off_roles.iter().filter(is_missing).collect()
    }

    /// What is different from what was signed; empty while the signature holds.
    pub fn changes_since(&self, signature: &SignOff, now: Timestamp) -> Vec<Change> {
        let standing = self.standing(now);
        let mut changes = Vec::new();
        for item in standing.required() {
            let was = if item.state == ItemState::NotApplicable {
                ItemState::NotApplicable
            } else if signature.bound.waived.contains(&item.item.id) {
                ItemState::Waived
            } else {
                ItemState::Done
            };
            let act = item.mark.filter(|m| m.at > signature.at || (m.at == signature.at && was != item.state));
            if was != item.state || act.is_some() {
                changes.push(Change::Item {
                    id: item.item.id.clone(),
                    title: item.item.title.clone(),
                    was,
                    is: item.state,
                    act: act.map(|m| (m.kind, m.by.clone(), m.at)),
                });
            }
        }
        for check in &self.checks {
            let was = signature.bound.verdicts.get(&check.id).copied().unwrap_or(Some(Verdict::Pass));
            if was != check.verdict {
                let (id, title) = (check.id.clone(), check.title.clone());
                changes.push(Change::Check { id, title, was, is: check.verdict });
            }
        }
        changes
    }

    /// Whether a signature still stands on what is there.
    pub fn holds(&self, signature: &SignOff, now: Timestamp) -> bool {
        // What has ended well ended with signatures that held.
        self.state == State::Succeeded || self.list_digests(&self.standing(now)).bear(signature)
    }

    /// What the signer of a role declares.
    pub fn statement(&self, role: &SignOffRole) -> String {
        role.statement.clone().unwrap_or_else(|| {
            format!(
                "I have looked at the checklist of {} in {} and at the evidence behind it. What it says is true to the \
                 best of my knowledge.",
                self.release_version, self.environment
            )
        })
    }

    /// What a signature for `role` would bind now.
    pub(super) fn bound(&self, role: &SignOffRole, login_age_secs: u64, now: Timestamp) -> Bound {
        let standing = self.standing(now);
        let digests = self.list_digests(&standing);
        let waived = standing.required().filter(|i| i.state == ItemState::Waived).map(|i| i.item.id.clone()).collect();
        let other = |verdict: Option<Verdict>| verdict != Some(Verdict::Pass);
        let verdicts: BTreeMap<String, Option<Verdict>> =
            self.checks.iter().filter(|c| other(c.verdict)).map(|c| (c.id.clone(), c.verdict)).collect();
        Bound {
            deployment: self.id,
            release: self.release_digest.clone(),
            plan: self.plan_digest.clone(),
            blueprint: self.blueprint_digest.clone(),
            checklist: digests.checklist,
            checks: digests.checks,
            statement: self.statement(role),
            login_age_secs,
            waived,
            verdicts,
        }
    }

    /// What the signatures together say; `None` before all of them are given.
    pub fn outcome(&self) -> Option<Outcome> {
        let given: Vec<Outcome> =
            self.checklist.sign_off_roles.iter().filter_map(|r| self.sign_off_of(&r.id)).map(|s| s.outcome).collect();
        match self.state {
            State::Succeeded => given.into_iter().max(),
            State::Failed => given.into_iter().find(|o| *o == Outcome::Failed),
            _ => None,
        }
    }

    pub fn open_conditions(&self) -> impl Iterator<Item = &AgreedCondition> {
        self.conditions.iter().filter(|c| c.closed.is_none())
    }

    /// Everything people did to one item, oldest first.
    pub fn marks_of<'a>(&'a self, item: &'a str) -> impl Iterator<Item = &'a ItemMark> {
        self.marks.iter().filter(move |m| m.item == item)
    }

    /// Something was said for the item since it was last opened again.
    pub(super) fn has_evidence(&self, item: &str) -> bool {
        let marks: Vec<&ItemMark> = self.marks_of(item).collect();
        let from = marks.iter().rposition(|m| m.kind == MarkKind::Reopened).map_or(0, |at| at + 1);
        marks[from..].iter().any(|m| m.kind == MarkKind::Noted && m.has_evidence())
    }
}

/// Texts with their lengths, so that no two different lists are written the same.
#[derive(Default)]
struct Canonical(String);

impl Canonical {
    fn text(&mut self, text: &str) -> &mut Self {
        self.0.push_str(&text.len().to_string());
        self.0.push(':');
        self.0.push_str(text);
        self
    }

    fn mark(&mut self, mark: &ItemMark) {
        self.text(mark.kind.act()).text(&mark.by.id).text(&mark.at.as_millisecond().to_string()).text(&mark.note);
        self.text(mark.link.as_deref().unwrap_or_default());
        self.text(mark.file.as_ref().map_or("", |f| f.digest.as_str()));
        self.text(&mark.expires_at.map(|at| at.as_millisecond().to_string()).unwrap_or_default());
    }

    fn end(&mut self) {
        self.0.push('\n');
    }

    fn digest(&self) -> Digest {
        Digest::of_bytes(self.0.as_bytes())
    }
}
