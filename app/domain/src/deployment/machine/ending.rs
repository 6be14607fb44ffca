//! How a deployment ends before everything was executed: cancelled, rejected, superseded or failed.
//!
//! A stack that is being executed is followed to its end, whatever else went wrong meanwhile: leaving it would hide how
//! it ended and free the environment while CloudFormation still changes it. So a failure or a cancellation during
//! execution first *stops* the deployment (nothing more is started, what was only prepared is thrown away), and ends it
//! when the last running stack has settled. A failure outweighs a cancellation; the first failure is the one told.

use jiff::Timestamp;

use crate::{
    checklist::Person,
    deployment::{Cancellation, Deployment, Effect, Failure, Refusal, StackRunState, State},
};

use super::Effects;

impl Deployment {
    pub(super) fn cancel(&mut self, cancellation: Cancellation, now: Timestamp) -> Result<Effects, Refusal> {
        match self.state {
            State::Planning | State::Planned | State::AwaitingApproval => {
                self.cancellation = Some(cancellation);
                Ok(self.close(State::Cancelled, now))
            }
            State::Executing if !self.is_stopping() => {
                self.cancellation = Some(cancellation);
                Ok(self.stop(now))
            }
            state => Err(Refusal::WrongState(state)),
        }
    }

    pub(super) fn fail(&mut self, stack: Option<&str>, what: String, next: &str, now: Timestamp) -> Effects {
        self.failure.get_or_insert_with(|| Failure { stack: stack.map(str::to_owned), what, next: next.to_owned() });
        if self.state == State::Executing { self.stop(now) } else { self.close(State::Failed, now) }
    }

    fn stop(&mut self, now: Timestamp) -> Effects {
        let mut effects = self.skip_the_rest();
        effects.extend(self.end_when_idle(now));
        effects
    }

    /// Ends a stopping deployment as soon as nothing is being executed.
    pub(super) fn end_when_idle(&mut self, now: Timestamp) -> Effects {
        if self.stacks.iter().any(|s| s.state == StackRunState::Executing) {
            return Vec::new();
        }
        self.close(if self.failure.is_some() { State::Failed } else { State::Cancelled }, now)
    }

    /// Ends without knowing how. A stack that was being executed counts as failed here; CloudFormation knows nothing of
    /// that and may be changing it still.
    pub(super) fn abandon(&mut self, by: &Person, reason: &str, now: Timestamp) -> Effects {
        let mut unknown = Vec::new();
        for run in self.stacks.iter_mut().filter(|s| s.state == StackRunState::Executing) {
            run.state = StackRunState::Failed;
            run.finished_at = Some(now);
            run.message = Some("no longer followed: how it ended is unknown".to_owned());
            unknown.push(run.stack_name.clone());
        }
        let next = if unknown.is_empty() {
            "Stacks that were executed stay as they are.".to_owned()
        } else {
            format!(
                "AWS may still be working on {}: look there before anything else is deployed to this environment.",
                unknown.join(", ")
            )
        };
        let what = format!("{} ended it, because it could no longer be followed: {reason}", by.name);
        match &mut self.failure {
            // The first failure is the one told; what to do next is what is true now.
            Some(failure) => failure.next = next,
            None => self.failure = Some(Failure { stack: None, what, next }),
        }
        self.close(State::Failed, now)
    }

    pub(super) fn close(&mut self, state: State, now: Timestamp) -> Effects {
        self.state = state;
        self.finished_at = Some(now);
        self.skip_the_rest()
    }

    /// Throws away the change sets that will not be executed. One that is still being prepared is not waited for: it
    /// changes nothing, its outcome will be refused, and the effect that asked for it cleans up behind itself.
    fn skip_the_rest(&mut self) -> Effects {
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
