//! Signatures and what is agreed with them.
//!
//! A signature is never taken back by what happens after it: it becomes stale, the page says what changed, and whoever
//! gave it gives it again. The deployment ends well at the moment every role has one that holds.

use jiff::{Timestamp, tz::TimeZone};

use crate::{
    checklist::{AgreedCondition, Closing, NewCondition, Outcome, Person, SignOff},
    deployment::{Deployment, Refusal, Signing, State},
};

use super::Effects;

impl Deployment {
    pub(super) fn signed_off(&mut self, signing: &Signing, now: Timestamp) -> Result<Effects, Refusal> {
        self.expect(&[State::AwaitingSignOff])?;
        let Signing { role, by, comment, outcome, conditions, seen, login_age_secs } = signing;
        let definition = self.checklist.sign_off_roles.iter().find(|r| r.id == *role).cloned();
        let definition = definition.ok_or_else(|| Refusal::UnknownSignOffRole(role.clone()))?;
        if self.sign_off_of(role).is_some_and(|s| self.holds(s, now)) {
            return Err(Refusal::AlreadySigned);
        }
        let others = self.checklist.sign_off_roles.iter().filter(|r| r.id != *role);
        if others.filter_map(|r| self.sign_off_of(&r.id)).any(|s| s.by.id == by.id) {
            return Err(Refusal::SamePersonSigned);
        }
        let signature = |bound| SignOff {
            role: role.clone(),
            by: by.clone(),
            at: now,
            comment: comment.clone(),
            outcome: *outcome,
            bound,
        };
        if *outcome == Outcome::Failed {
            if comment.trim().is_empty() {
                return Err(Refusal::FailureReasonRequired);
            }
            let bound = self.bound(&definition, *login_age_secs, now);
            self.sign_offs.push(signature(bound));
            let what = format!("Not accepted by {} ({}): {comment}", by.name, definition.title);
            let next = "The release stays deployed as it is. Deploy a mended release, or the one before it.";
            return Ok(self.fail(None, what, next, now));
        }
        let open: Vec<String> = self.open_items(now).iter().map(|i| i.id.clone()).collect();
        if !open.is_empty() {
            return Err(Refusal::ItemsOpen(open));
        }
        if *seen != self.list_digests(&self.standing(now)).seen() {
            return Err(Refusal::ListChanged);
        }
        check_conditions(*outcome, conditions, now)?;
        let bound = self.bound(&definition, *login_age_secs, now);
        self.sign_offs.push(signature(bound));
        self.agree(role, by, conditions, now);
        self.end_when_signed(now);
        Ok(Vec::new())
    }

    /// What a renewed signature no longer names is no longer agreed.
    fn agree(&mut self, role: &str, by: &Person, conditions: &[NewCondition], now: Timestamp) {
        let first = self.conditions.iter().map(|c| c.id).max().unwrap_or(0) + 1;
        self.conditions.retain(|c| c.role != role || c.closed.is_some());
        let agreed = (first..).zip(conditions).map(|(id, condition)| AgreedCondition {
            id,
            role: role.to_owned(),
            text: condition.text.clone(),
            owner: condition.owner.clone(),
            due: condition.due,
            agreed_by: by.clone(),
            agreed_at: now,
            closed: None,
        });
        self.conditions.extend(agreed);
    }

    /// Succeeds as soon as nothing blocks and every role has a signature that holds.
    pub(super) fn end_when_signed(&mut self, now: Timestamp) {
        if self.state == State::AwaitingSignOff
            && self.needs_signatures()
            && self.open_items(now).is_empty()
            && self.missing_sign_offs(now).is_empty()
        {
            self.state = State::Succeeded;
            self.finished_at = Some(now);
        }
    }

    pub(super) fn close_condition(
        &mut self,
        id: u32,
        by: &Person,
        note: &str,
        now: Timestamp,
    ) -> Result<Effects, Refusal> {
        self.expect(&[State::AwaitingSignOff, State::Succeeded])?;
        let condition = self.conditions.iter_mut().find(|c| c.id == id).ok_or(Refusal::UnknownCondition(id))?;
        if let Some(closing) = &condition.closed {
            return Err(Refusal::ConditionClosed(closing.by.name.clone()));
        }
        if note.trim().is_empty() {
            return Err(Refusal::NoteRequired);
        }
        condition.closed = Some(Closing { by: by.clone(), at: now, note: note.to_owned() });
        Ok(Vec::new())
    }
}

fn check_conditions(outcome: Outcome, conditions: &[NewCondition], now: Timestamp) -> Result<(), Refusal> {
    let today = now.to_zoned(TimeZone::UTC).date();
    let is_incomplete = |c: &NewCondition| c.text.trim().is_empty() || c.owner.trim().is_empty() || c.due < today;
    match outcome {
        Outcome::PassedWithConditions if conditions.is_empty() => Err(Refusal::ConditionRequired),
        Outcome::PassedWithConditions if conditions.iter().any(is_incomplete) => Err(Refusal::ConditionIncomplete),
        Outcome::Passed if !conditions.is_empty() => Err(Refusal::ConditionUnexpected),
        _ => Ok(()),
    }
}
