//! After the stacks: checks.

use jiff::Timestamp;

use crate::{
    check::{Severity, Verdict},
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
        // Asked again and answered as before, a check brings back what signatures stand on.
        self.end_when_signed(now);
        Ok(Vec::new())
    }

    /// All checks answered. What they said is for the people who sign; without anybody to sign, errors decide.
    fn verified(&mut self, now: Timestamp) {
        if self.needs_signatures() {
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
}
