//! After the stacks: checks, the checklist and its signatures.

use jiff::Timestamp;

use crate::{
    check::{Severity, Verdict},
    checklist::{ItemKind, ItemMark, MarkKind, Person, SignOff},
    deployment::{Deployment, Effect, Refusal, State},
};

use super::Effects;

impl Deployment {
    pub(super) fn verify(&mut self, now: Timestamp) -> Effects {
        self.state = State::Verifying;
        let all: Vec<String> = self.checks.iter().map(|c| c.id.clone()).collect();
        if all.is_empty() {
            self.verified(now);
            return Vec::new();
        }
        self.run_checks(&all).unwrap_or_default()
    }

    pub(super) fn run_checks(&mut self, ids: &[String]) -> Result<Effects, Refusal> {
        let unknown = ids.iter().find(|id| !self.checks.iter().any(|c| c.id == **id));
        if let Some(id) = unknown {
            return Err(Refusal::UnknownCheck(id.clone()));
        }
        let mut effects = Vec::new();
        for check in self.checks.iter_mut().filter(|c| ids.contains(&c.id)) {
            check.run += 1;
            check.verdict = None;
            check.finished_at = None;
            effects.push(Effect::RunCheck { check: check.id.clone(), run: check.run });
        }
        Ok(effects)
    }

    pub(super) fn check_finished(
        &mut self,
        id: &str,
        run: u32,
        verdict: Verdict,
        now: Timestamp,
    ) -> Result<Effects, Refusal> {
        self.expect(&[State::Verifying, State::AwaitingSignOff])?;
        let check = self.checks.iter_mut().find(|c| c.id == id).ok_or_else(|| Refusal::UnknownCheck(id.to_owned()))?;
        if check.run != run || check.verdict.is_some() {
            return Err(Refusal::OldResult);
        }
        check.verdict = Some(verdict);
        check.finished_at = Some(now);
        if self.state == State::Verifying && self.checks.iter().all(|c| c.verdict.is_some()) {
            self.verified(now);
        }
        // A signature was given for a closed list; an answer that opens it again takes the signature back.
        if matches!(verdict, Verdict::Fail | Verdict::Inconclusive) && !self.open_items().is_empty() {
            self.sign_offs.clear();
        }
        Ok(Vec::new())
    }

    pub(super) fn mark_item(
        &mut self,
        item: &str,
        kind: MarkKind,
        by: &Person,
        note: &str,
        now: Timestamp,
    ) -> Result<Effects, Refusal> {
        self.expect(&[State::Verifying, State::AwaitingSignOff])?;
        let definition = self.checklist.item(item).ok_or_else(|| Refusal::UnknownItem(item.to_owned()))?;
        match (kind, &definition.kind) {
            (MarkKind::Waived, _) if note.trim().is_empty() => return Err(Refusal::ReasonRequired),
            (MarkKind::Done, ItemKind::Automatic { .. }) => return Err(Refusal::ItemIsAutomatic),
            (MarkKind::Done, ItemKind::Manual { evidence_required: true }) if note.trim().is_empty() => {
                return Err(Refusal::EvidenceRequired);
            }
            _ => {}
        }
        self.marks.retain(|m| m.item != item);
        self.marks.push(ItemMark { item: item.to_owned(), kind, by: by.clone(), at: now, note: note.to_owned() });
        // Whoever has signed saw another list: signing needs a closed one, so this mark replaced an answer.
        self.sign_offs.clear();
        Ok(Vec::new())
    }

    pub(super) fn reopen_item(&mut self, item: &str) -> Result<Effects, Refusal> {
        self.expect(&[State::Verifying, State::AwaitingSignOff])?;
        if !self.marks.iter().any(|m| m.item == item) {
            return Err(Refusal::UnknownItem(item.to_owned()));
        }
        self.marks.retain(|m| m.item != item);
        self.sign_offs.clear();
        Ok(Vec::new())
    }

    /// All checks answered. What they said is for the people who sign; without anybody to sign, errors decide.
    fn verified(&mut self, now: Timestamp) {
        if !self.checklist.sign_off_roles.is_empty() {
            self.state = State::AwaitingSignOff;
            return;
        }
        let refused: Vec<&str> = self
            .checks
            .iter()
            .filter(|c| c.severity == Severity::Error)
            .filter(|c| matches!(c.verdict, Some(Verdict::Fail | Verdict::Inconclusive)))
            .map(|c| c.title.as_str())
            .collect();
        if refused.is_empty() {
            self.state = State::Succeeded;
            self.finished_at = Some(now);
            return;
        }
        let what = format!("Deployed, but these checks did not pass: {}", refused.join(", "));
        let next = "The release stays deployed as it is. Look at the evidence of each check.";
        self.fail(None, what, next, now);
    }

    pub(super) fn signed_off(
        &mut self,
        role: &str,
        by: &Person,
        comment: &str,
        now: Timestamp,
    ) -> Result<Effects, Refusal> {
        self.expect(&[State::AwaitingSignOff])?;
        if !self.checklist.sign_off_roles.iter().any(|r| r.id == role) {
            return Err(Refusal::UnknownSignOffRole(role.to_owned()));
        }
        if self.sign_offs.iter().any(|s| s.role == role) {
            return Err(Refusal::AlreadySigned);
        }
        if self.sign_offs.iter().any(|s| s.by.id == by.id) {
            return Err(Refusal::SamePersonSigned);
        }
        let open: Vec<String> = self.open_items().iter().map(|i| i.id.clone()).collect();
        if !open.is_empty() {
            return Err(Refusal::ItemsOpen(open));
        }
        self.sign_offs.push(SignOff { role: role.to_owned(), by: by.clone(), at: now, comment: comment.to_owned() });
        if self.missing_sign_offs().is_empty() {
            self.state = State::Succeeded;
            self.finished_at = Some(now);
        }
        Ok(Vec::new())
    }
}
