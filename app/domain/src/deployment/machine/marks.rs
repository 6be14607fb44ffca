//! What people do to items: added to the log, never in place of what somebody else did.

use jiff::Timestamp;

use crate::{
    checklist::{ItemKind, ItemMark, MarkKind},
    deployment::{Deployment, Refusal},
};

use super::Effects;

impl Deployment {
    /// `seen` is when the mark was made that the person wants to take back.
    pub(super) fn mark_item(
        &mut self,
        mark: &ItemMark,
        seen: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<Effects, Refusal> {
        let definition = self.checklist.item(&mark.item).ok_or_else(|| Refusal::UnknownItem(mark.item.clone()))?;
        if !self.takes_marks(&mark.item) {
            return Err(Refusal::WrongState(self.state));
        }
        if definition.not_applicable.is_some() {
            return Err(Refusal::ItemNotApplicable);
        }
        let (state, decided) = {
            let standing = self.standing(now);
            let standing = standing.item(&mark.item).ok_or_else(|| Refusal::UnknownItem(mark.item.clone()))?;
            (standing.state, standing.mark.cloned())
        };
        // Whoever acted last on this item is told to whoever comes after, instead of being overwritten.
        let overtaken = || decided.clone().map_or(Refusal::ItemIsAutomatic, |by| Refusal::Overtaken(Box::new(by)));
        match mark.kind {
            MarkKind::Done => {
                if definition.is_automatic() {
                    return Err(Refusal::ItemIsAutomatic);
                }
                if state.is_closed() {
                    return Err(overtaken());
                }
                let wants = matches!(definition.kind, ItemKind::Manual { evidence_required: true, .. });
                if wants && !mark.has_evidence() && !self.has_evidence(&mark.item) {
                    return Err(Refusal::EvidenceRequired);
                }
            }
            MarkKind::Waived => {
                if mark.by.id == self.requested_by.id {
                    return Err(Refusal::OwnWaiver);
                }
                if mark.note.trim().is_empty() {
                    return Err(Refusal::WaiverReasonRequired);
                }
                if mark.is_expired(now) || mark.expires_at.is_none() {
                    return Err(Refusal::ExpiryRequired);
                }
                if state.is_closed() {
                    return Err(overtaken());
                }
            }
            MarkKind::Reopened => {
                let Some(found) = &decided else { return Err(Refusal::NothingToReopen) };
                let is_closing = matches!(found.kind, MarkKind::Done | MarkKind::Waived);
                if !is_closing || seen.is_some_and(|at| at.as_millisecond() != found.at.as_millisecond()) {
                    return Err(overtaken());
                }
                if found.is_expired(now) {
                    return Err(Refusal::NothingToReopen);
                }
            }
            MarkKind::Noted => {
                if !mark.has_evidence() {
                    return Err(Refusal::NoteRequired);
                }
            }
            MarkKind::Assigned => {}
        }
        self.marks.push(ItemMark { at: now, ..mark.clone() });
        self.end_when_signed(now);
        Ok(Vec::new())
    }
}
