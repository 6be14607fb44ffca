//! The transitions. Every (state, event) pair that is not written here is refused.
//!
//! Here: which event is accepted when, planning, approval and execution. Below: verification and sign-off, and how a
//! deployment ends early.

mod ending;
mod verification;

use jiff::Timestamp;

use crate::{digest::Digest, plan};

use super::{Approval, Cancellation, Deployment, Effect, Event, Refusal, StackRun, StackRunState, State};

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
                    "Stacks that were executed stay as they are. Mend the cause and request the deployment again."
                };
                let effects = self.fail(Some(stack), what, next, now);
                Ok(with_discard(stack, effects))
            }
            Event::LateChangesRefused { stack, resources } => {
                self.expect(&[State::Executing])?;
                let run = self.preparing(stack)?;
                run.state = StackRunState::Failed;
                run.message = Some(format!("would remove or replace {}", resources.join(", ")));
                let what =
                    format!("{stack} would remove or replace resources that nobody approved: {}", resources.join(", "));
                let next = "Stacks that were executed stay as they are. Request the deployment again: its plan now \
                            shows these changes.";
                let effects = self.fail(Some(stack), what, next, now);
                Ok(with_discard(stack, effects))
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
            Event::StackNotStarted { stack } => {
                self.expect(&[State::Executing])?;
                if !self.is_stopping() {
                    return Err(Refusal::WrongState(self.state));
                }
                let run = self.executing(stack)?;
                if run.started_at.is_some() {
                    return Err(Refusal::WrongState(State::Executing));
                }
                run.state = StackRunState::Skipped;
                let mut effects = vec![Effect::DiscardChangeSet { stack: stack.clone() }];
                effects.extend(self.end_when_idle(now));
                Ok(effects)
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
                let was_executed = run.started_at.is_some();
                run.state = StackRunState::Failed;
                run.finished_at = Some(now);
                run.message = Some(reason.clone());
                let what = format!("Stack {stack} failed: {reason}");
                let next = "Stacks that were executed stay as they are, and nothing more is started. Mend the cause, \
                            then request a deployment again.";
                let effects = self.fail(Some(stack), what, next, now);
                // Refused before it began: its change set is still there, and perhaps an empty stack.
                Ok(if was_executed { effects } else { with_discard(stack, effects) })
            }
            Event::CheckFinished { check, run, verdict } => self.check_finished(check, *run, *verdict, now),
            Event::ChecksRequested { checks, .. } => {
                self.expect(&[State::AwaitingSignOff])?;
                self.run_checks(checks)
            }
            Event::ItemMarked { item, kind, by, note } => self.mark_item(item, *kind, by, note, now),
            Event::ItemReopened { item, .. } => self.reopen_item(item),
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
            Event::Abandoned { by, reason } => {
                self.expect(&[State::Executing])?;
                if reason.trim().is_empty() {
                    return Err(Refusal::ReasonRequired);
                }
                Ok(self.abandon(by, reason, now))
            }
            Event::MarkedFailed { reason, .. } => {
                // Also while verifying: a check that can never be asked must not hold the environment for ever.
                self.expect(&[State::Verifying, State::AwaitingSignOff])?;
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
        if self.is_stopping() {
            return self.end_when_idle(now);
        }
        let settled = self.settled();
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

    /// Stacks that others need not wait for. A stack without changes hands on what it waits for itself: whoever
    /// depends on it still comes after the stacks below it.
    fn settled(&self) -> Vec<String> {
        let mut settled: Vec<String> = Vec::new();
        loop {
            let more = self.stacks.iter().find(|s| {
                let is_settled = match s.state {
                    StackRunState::Done => true,
                    StackRunState::NoChanges => s.depends_on.iter().all(|d| settled.contains(d)),
                    _ => false,
                };
                is_settled && !settled.contains(&s.logical_name)
            });
            match more {
                Some(run) => settled.push(run.logical_name.clone()),
                None => return settled,
            }
        }
    }
}

/// Besides what else follows: a preparation that went wrong may have left a change set or an empty stack behind.
fn with_discard(stack: &str, mut effects: Effects) -> Effects {
    effects.push(Effect::DiscardChangeSet { stack: stack.to_owned() });
    effects
}
