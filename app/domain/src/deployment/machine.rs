//! The transitions. Every (state, event) pair that is not written here is refused.

use jiff::Timestamp;

use crate::{
    check::Verdict,
    checklist::{ItemKind, ItemMark, MarkKind, SignOff},
    digest::Digest,
    plan,
};

use super::{Approval, Cancellation, Deployment, Effect, Event, Failure, Refusal, StackRun, StackRunState, State};

type Effects = Vec<Effect>;

impl Deployment {
    /// The effects that begin a new deployment: every stack's change set, in one go.
    pub fn begin(&self) -> Effects {
        self.stacks.iter().map(|s| Effect::PrepareChangeSet { stack: s.logical_name.clone(), late: false }).collect()
    }

    /// Applies one event.
    ///
    /// # Errors
    /// When the event cannot happen in this state; the deployment is then unchanged.
    pub fn apply(&self, event: &Event, now: Timestamp) -> Result<(Self, Effects), Refusal> {
        let mut next = self.clone();
        let effects = next.handle(event, now)?;
        Ok((next, effects))
    }

    fn handle(&mut self, event: &Event, now: Timestamp) -> Result<Effects, Refusal> {
        match event {
            Event::ChangeSetPrepared { stack, change_set, plan_digest, counts, is_new, may_lose_data } => {
                self.expect(&[State::Planning, State::Executing])?;
                let run = self.preparing(stack)?;
                run.state = StackRunState::Prepared;
                run.change_set = Some(change_set.clone());
                run.counts = *counts;
                run.is_new = *is_new;
                run.may_lose_data = *may_lose_data;
                self.stack_planned(stack, plan_digest, now)
            }
            Event::ChangeSetEmpty { stack, plan_digest } => {
                self.expect(&[State::Planning, State::Executing])?;
                self.preparing(stack)?.state = StackRunState::NoChanges;
                self.stack_planned(stack, plan_digest, now)
            }
            Event::ChangeSetDeferred { stack, deferral, plan_digest, is_new } => {
                // A stack whose imports are still missing after its dependencies ran would wait for ever.
                self.expect(&[State::Planning])?;
                let run = self.preparing(stack)?;
                run.state = StackRunState::Deferred;
                run.deferral = Some(deferral.clone());
                run.is_new = *is_new;
                self.stack_planned(stack, plan_digest, now)
            }
            Event::ChangeSetFailed { stack, reason } => {
                self.expect(&[State::Planning, State::Executing])?;
                let run = self.preparing(stack)?;
                run.state = StackRunState::Failed;
                run.message = Some(reason.clone());
                let what = format!("The change set of {stack} could not be prepared: {reason}");
                let next = if self.state == State::Planning {
                    "Nothing was changed in the environment. Mend the cause and request the deployment again."
                } else {
                    "Stacks executed before it stay as they are. Mend the cause and request the deployment again."
                };
                Ok(self.fail(Some(stack), what, next, now))
            }
            Event::LateChangesRefused { stack, resources } => {
                self.expect(&[State::Executing])?;
                let run = self.preparing(stack)?;
                run.state = StackRunState::Failed;
                run.message = Some(format!("would remove or replace {}", resources.join(", ")));
                let what =
                    format!("{stack} would remove or replace resources that nobody approved: {}", resources.join(", "));
                let next = "Stacks executed before it stay as they are. Request the deployment again: its plan now \
                            shows these changes.";
                Ok(self.fail(Some(stack), what, next, now))
            }
            Event::Approved { by, groups, plan_digest, phrase, comment } => {
                self.expect(&[State::AwaitingApproval])?;
                self.expect_plan(plan_digest)?;
                let protection = self.protection.as_ref().ok_or(Refusal::WrongState(self.state))?;
                if *phrase != protection.phrase {
                    return Err(Refusal::WrongPhrase);
                }
                if by.id == self.requested_by.id {
                    return Err(Refusal::SelfApproval);
                }
                if self.approvals.iter().any(|a| a.by.id == by.id && a.plan_digest == *plan_digest) {
                    return Err(Refusal::AlreadyApproved);
                }
                let groups = groups.iter().filter(|g| protection.required_groups.contains(g)).cloned().collect();
                self.approvals.push(Approval {
                    by: by.clone(),
                    at: now,
                    plan_digest: plan_digest.clone(),
                    groups,
                    comment: comment.clone(),
                });
                let (missing, missing_groups) = self.missing_approvals();
                if missing == 0 && missing_groups.is_empty() {
                    self.state = State::Approved;
                    return Ok(self.start(now));
                }
                Ok(Vec::new())
            }
            Event::Rejected { plan_digest, comment, .. } => {
                self.expect(&[State::AwaitingApproval])?;
                self.expect_plan(plan_digest)?;
                if comment.trim().is_empty() {
                    return Err(Refusal::ReasonRequired);
                }
                Ok(self.close(State::Rejected, now))
            }
            Event::Started { plan_digest, .. } => {
                if self.state == State::AwaitingApproval {
                    return Err(Refusal::NeedsApproval);
                }
                self.expect(&[State::Planned])?;
                self.expect_plan(plan_digest)?;
                self.state = State::Approved;
                Ok(self.start(now))
            }
            Event::StackStarted { stack } => {
                self.expect(&[State::Executing])?;
                let run = self.executing(stack)?;
                run.started_at.get_or_insert(now);
                Ok(Vec::new())
            }
            Event::StackSucceeded { stack } => {
                self.expect(&[State::Executing])?;
                let run = self.executing(stack)?;
                run.state = StackRunState::Done;
                run.finished_at = Some(now);
                Ok(self.advance(now))
            }
            Event::StackFailed { stack, reason } => {
                self.expect(&[State::Executing])?;
                let run = self.executing(stack)?;
                run.state = StackRunState::Failed;
                run.finished_at = Some(now);
                run.message = Some(reason.clone());
                let what = format!("Stack {stack} failed: {reason}");
                let next = "Stacks executed before it stay as they are, and those after it were not touched. Mend the \
                            cause, then request a deployment again.";
                Ok(self.fail(Some(stack), what, next, now))
            }
            Event::CheckFinished { check, run, verdict } => self.check_finished(check, *run, *verdict, now),
            Event::ChecksRequested { checks, .. } => {
                self.expect(&[State::AwaitingSignOff])?;
                self.run_checks(checks)
            }
            Event::ItemMarked { item, kind, by, note } => {
                self.expect(&[State::Verifying, State::AwaitingSignOff])?;
                let definition = self.checklist.item(item).ok_or_else(|| Refusal::UnknownItem(item.clone()))?;
                match (kind, &definition.kind) {
                    (MarkKind::Waived, _) if note.trim().is_empty() => return Err(Refusal::ReasonRequired),
                    (MarkKind::Done, ItemKind::Automatic { .. }) => return Err(Refusal::ItemIsAutomatic),
                    (MarkKind::Done, ItemKind::Manual { evidence_required: true }) if note.trim().is_empty() => {
                        return Err(Refusal::EvidenceRequired);
                    }
                    _ => {}
                }
                self.marks.retain(|m| m.item != *item);
                self.marks.push(ItemMark {
                    item: item.clone(),
                    kind: *kind,
                    by: by.clone(),
                    at: now,
                    note: note.clone(),
                });
                Ok(Vec::new())
            }
            Event::ItemReopened { item, .. } => {
                self.expect(&[State::Verifying, State::AwaitingSignOff])?;
                if !self.marks.iter().any(|m| m.item == *item) {
                    return Err(Refusal::UnknownItem(item.clone()));
                }
                self.marks.retain(|m| m.item != *item);
                // A signature was given for a closed list; opening an item takes it back.
                self.sign_offs.clear();
                Ok(Vec::new())
            }
            Event::SignedOff { role, by, comment } => self.signed_off(role, by, comment, now),
            Event::CancelRequested { by, reason } => {
                if reason.trim().is_empty() {
                    return Err(Refusal::ReasonRequired);
                }
                self.cancel(Cancellation { by: by.clone(), at: now, reason: reason.clone() }, now)
            }
            Event::Superseded { .. } => {
                if !self.state.is_before_execution() || self.state == State::Approved {
                    return Err(Refusal::WrongState(self.state));
                }
                Ok(self.close(State::Superseded, now))
            }
            Event::MarkedFailed { reason, .. } => {
                self.expect(&[State::AwaitingSignOff])?;
                if reason.trim().is_empty() {
                    return Err(Refusal::ReasonRequired);
                }
                let what = format!("Ended without sign-off: {reason}");
                let next = "The release stays deployed as it is. Deploy a mended release, or the one before it.";
                Ok(self.fail(None, what, next, now))
            }
        }
    }

    fn expect(&self, states: &[State]) -> Result<(), Refusal> {
        if states.contains(&self.state) { Ok(()) } else { Err(Refusal::WrongState(self.state)) }
    }

    fn expect_plan(&self, digest: &Digest) -> Result<(), Refusal> {
        if self.plan_digest.as_ref() == Some(digest) { Ok(()) } else { Err(Refusal::PlanChanged) }
    }

    fn in_state(&mut self, stack: &str, wanted: StackRunState) -> Result<&mut StackRun, Refusal> {
        let state = self.state;
        let run = self
            .stacks
            .iter_mut()
            .find(|s| s.logical_name == stack)
            .ok_or_else(|| Refusal::UnknownStack(stack.to_owned()))?;
        if run.state == wanted { Ok(run) } else { Err(Refusal::WrongState(state)) }
    }

    fn preparing(&mut self, stack: &str) -> Result<&mut StackRun, Refusal> {
        self.in_state(stack, StackRunState::Preparing)
    }

    fn executing(&mut self, stack: &str) -> Result<&mut StackRun, Refusal> {
        self.in_state(stack, StackRunState::Executing)
    }

    /// A stack's plan is known. While planning, the last one completes the plan; while executing, it goes on.
    fn stack_planned(&mut self, stack: &str, digest: &Digest, now: Timestamp) -> Result<Effects, Refusal> {
        if self.state == State::Executing {
            return Ok(self.advance(now));
        }
        if let Some(run) = self.stacks.iter_mut().find(|s| s.logical_name == stack) {
            run.plan_digest = Some(digest.clone());
        }
        let known: Vec<(String, Digest)> =
            self.stacks.iter().filter_map(|s| Some((s.logical_name.clone(), s.plan_digest.clone()?))).collect();
        if known.len() < self.stacks.len() {
            return Ok(Vec::new());
        }
        // Hashing strings cannot fail; if it ever did, refusing keeps the deployment where it is.
        let digest = plan::plan_digest(&self.release_digest, &known).map_err(|_| Refusal::WrongState(self.state))?;
        self.plan_digest = Some(digest);
        if self.is_without_changes() {
            // Nothing to approve: straight to the checks, which say whether the environment is as it should be.
            self.started_at = Some(now);
            return Ok(self.verify(now));
        }
        self.state = if self.protection.is_some() { State::AwaitingApproval } else { State::Planned };
        Ok(Vec::new())
    }

    fn start(&mut self, now: Timestamp) -> Effects {
        self.state = State::Executing;
        self.started_at = Some(now);
        self.advance(now)
    }

    /// Starts whatever can start: every stack whose dependencies are settled, in parallel with the others.
    fn advance(&mut self, now: Timestamp) -> Effects {
        if self.cancellation.is_some() {
            return self.stop_if_idle(now);
        }
        let settled: Vec<String> = self
            .stacks
            .iter()
            .filter(|s| matches!(s.state, StackRunState::Done | StackRunState::NoChanges))
            .map(|s| s.logical_name.clone())
            .collect();
        let mut effects = Vec::new();
        for run in &mut self.stacks {
            if !run.depends_on.iter().all(|d| settled.contains(d)) {
                continue;
            }
            match run.state {
                StackRunState::Prepared => {
                    run.state = StackRunState::Executing;
                    effects.push(Effect::ExecuteStack { stack: run.logical_name.clone() });
                }
                StackRunState::Deferred => {
                    run.state = StackRunState::Preparing;
                    effects.push(Effect::PrepareChangeSet { stack: run.logical_name.clone(), late: true });
                }
                _ => {}
            }
        }
        if self.stacks.iter().all(|s| s.state.is_settled()) {
            return self.verify(now);
        }
        effects
    }

    fn verify(&mut self, now: Timestamp) -> Effects {
        self.state = State::Verifying;
        let all: Vec<String> = self.checks.iter().map(|c| c.id.clone()).collect();
        if all.is_empty() {
            self.verified(now);
            return Vec::new();
        }
        self.run_checks(&all).unwrap_or_default()
    }

    fn run_checks(&mut self, ids: &[String]) -> Result<Effects, Refusal> {
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

    fn check_finished(&mut self, id: &str, run: u32, verdict: Verdict, now: Timestamp) -> Result<Effects, Refusal> {
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

    fn signed_off(
        &mut self,
        role: &str,
        by: &crate::checklist::Person,
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

    fn cancel(&mut self, cancellation: Cancellation, now: Timestamp) -> Result<Effects, Refusal> {
        match self.state {
            State::Planning | State::Planned | State::AwaitingApproval => {
                self.cancellation = Some(cancellation);
                Ok(self.close(State::Cancelled, now))
            }
            // A stack that is being executed is followed to its end: leaving it would hide how it ended.
            State::Executing if self.cancellation.is_none() => {
                self.cancellation = Some(cancellation);
                Ok(self.stop_if_idle(now))
            }
            state => Err(Refusal::WrongState(state)),
        }
    }

    /// Ends a cancelled deployment as soon as nothing is being executed or prepared.
    fn stop_if_idle(&mut self, now: Timestamp) -> Effects {
        let busy = |s: &StackRun| matches!(s.state, StackRunState::Executing | StackRunState::Preparing);
        if self.stacks.iter().any(busy) { Vec::new() } else { self.close(State::Cancelled, now) }
    }

    fn fail(&mut self, stack: Option<&str>, what: String, next: &str, now: Timestamp) -> Effects {
        self.failure = Some(Failure { stack: stack.map(str::to_owned), what, next: next.to_owned() });
        self.close(State::Failed, now)
    }

    /// Ends the deployment and throws away the change sets that will not be executed.
    fn close(&mut self, state: State, now: Timestamp) -> Effects {
        self.state = state;
        self.finished_at = Some(now);
        let mut effects = Vec::new();
        for run in &mut self.stacks {
            match run.state {
                StackRunState::Prepared | StackRunState::Preparing => {
                    run.state = StackRunState::Skipped;
                    effects.push(Effect::DiscardChangeSet { stack: run.logical_name.clone() });
                }
                StackRunState::Deferred => run.state = StackRunState::Skipped,
                _ => {}
            }
        }
        effects
    }
}
