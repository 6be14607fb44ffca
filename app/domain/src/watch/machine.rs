//! The transitions. Every (state, event) pair that is not written here is refused.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::checklist::Person;

use super::{
    Baseline, Ending, Finding, Look, Measured, Raised, RoundResult, Run, State, TriggerKind, Watch, judgement::Holds,
};

/// Later than this after it was due, a round says that it ran late.
const PROMPT_SECS: i64 = 120;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    BaselineMeasured {
        values: Vec<Measured>,
    },
    BaselineMissing {
        why: String,
    },
    /// The deployment is verified.
    Opened,
    RoundRan {
        round: u32,
        results: Vec<RoundResult>,
    },
    /// Nothing but time: rounds nobody looked at in time are missed.
    TimePassed,
    Looked {
        round: u32,
        by: Person,
        finding: Finding,
        note: String,
    },
    TriggerReported {
        trigger: String,
        by: Person,
        note: String,
    },
    SignedOff {
        by: Person,
        comment: String,
    },
    EndedEarly {
        by: Person,
        reason: String,
    },
    Superseded {
        by_version: String,
    },
}

/// What an event brought about beyond itself: goes into the audit log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// `ran`: its checks had run, only nobody looked.
    RoundMissed {
        round: u32,
        ran: bool,
    },
    TriggerRaised {
        trigger: String,
        title: String,
        why: String,
    },
    TriggerOver {
        trigger: String,
        title: String,
    },
    /// Every round is over.
    Complete,
}

/// Why an event is not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("not possible while the watch is {}", .0.words().to_lowercase())]
    WrongState(State),
    #[error("there is no round {0}")]
    UnknownRound(u32),
    #[error("round {0} is not due yet")]
    NotDue(u32),
    #[error("the checks of round {0} have not answered yet")]
    NotRun(u32),
    #[error("round {0} has run already, or is over")]
    AlreadyRan(u32),
    #[error("a reason is required")]
    ReasonRequired,
    #[error("a comment is required: rounds were missed, or something was found")]
    CommentRequired,
    #[error("there is no rollback trigger {0} that people report")]
    UnknownTrigger(String),
    #[error("trigger {0} is raised already")]
    AlreadyRaised(String),
    #[error("the baseline is decided already")]
    BaselineDecided,
}

type Facts = Vec<Fact>;

impl Watch {
    /// Applies one event.
    ///
    /// # Errors
    /// When the event cannot happen in this state; the watch is then unchanged.
    pub fn apply(&self, event: &Event, now: Timestamp) -> Result<(Self, Facts), Refusal> {
        let mut next = self.clone();
        let facts = next.handle(event, now)?;
        Ok((next, facts))
    }

    fn handle(&mut self, event: &Event, now: Timestamp) -> Result<Facts, Refusal> {
        match event {
            Event::BaselineMeasured { values } => {
                self.expect_baseline()?;
                self.baseline = Baseline::Measured { at: now, values: values.clone() };
                Ok(Vec::new())
            }
            Event::BaselineMissing { why } => {
                self.expect_baseline()?;
                self.baseline = Baseline::Missing { why: why.clone() };
                Ok(Vec::new())
            }
            Event::Opened => {
                self.expect(&[State::Pending])?;
                self.state = State::Watching;
                self.opened_at = Some(now);
                if matches!(self.baseline, Baseline::Wanted { .. }) {
                    let why = "it was not measured before the deployment was executed".to_owned();
                    self.baseline = Baseline::Missing { why };
                }
                Ok(self.complete())
            }
            Event::RoundRan { round, results } => self.ran(*round, results, now),
            Event::TimePassed => Ok(self.time_passed(now)),
            Event::Looked { round, by, finding, note } => self.looked(*round, by, *finding, note, now),
            Event::TriggerReported { trigger, by, note } => self.reported(trigger, by, note, now),
            Event::SignedOff { by, comment } => {
                self.expect(&[State::AwaitingSignOff])?;
                if self.has_blemishes() && comment.trim().is_empty() {
                    return Err(Refusal::CommentRequired);
                }
                self.end(State::SignedOff, Some(by), comment, now);
                Ok(Vec::new())
            }
            Event::EndedEarly { by, reason } => {
                self.expect(&[State::Watching])?;
                if reason.trim().is_empty() {
                    return Err(Refusal::ReasonRequired);
                }
                self.end(State::EndedEarly, Some(by), reason, now);
                Ok(Vec::new())
            }
            Event::Superseded { by_version } => {
                self.expect(&[State::Watching, State::AwaitingSignOff])?;
                let words = format!("The deployment of {by_version} began to change the environment.");
                self.end(State::Superseded, None, &words, now);
                Ok(Vec::new())
            }
        }
    }

    fn expect(&self, states: &[State]) -> Result<(), Refusal> {
        if states.contains(&self.state) { Ok(()) } else { Err(Refusal::WrongState(self.state)) }
    }

    fn expect_baseline(&self) -> Result<(), Refusal> {
        self.expect(&[State::Pending])?;
        if matches!(self.baseline, Baseline::Wanted { .. }) { Ok(()) } else { Err(Refusal::BaselineDecided) }
    }

    fn end(&mut self, state: State, by: Option<&Person>, comment: &str, now: Timestamp) {
        self.state = state;
        self.ending = Some(Ending { at: now, by: by.cloned(), comment: comment.trim().to_owned() });
    }

    fn ran(&mut self, number: u32, results: &[RoundResult], now: Timestamp) -> Result<Facts, Refusal> {
        self.expect(&[State::Watching])?;
        let round = self.round(number).ok_or(Refusal::UnknownRound(number))?;
        if round.run.is_some() || round.missed_at.is_some() {
            return Err(Refusal::AlreadyRan(number));
        }
        let due = self.due_at(round).filter(|due| *due <= now).ok_or(Refusal::NotDue(number))?;
        let late = now.as_second() - due.as_second();
        let late_by_secs = u64::try_from(late).ok().filter(|_| late > PROMPT_SECS);
        let compared = self.compare(results);
        let facts = self.judge(number, results, now);
        if let Some(round) = self.rounds.iter_mut().find(|r| r.number == number) {
            round.run = Some(Run { at: now, late_by_secs, results: results.to_vec(), compared });
        }
        Ok(facts)
    }

    /// Raises the triggers that begin to hold, and ends those that no longer do.
    fn judge(&mut self, round: u32, results: &[RoundResult], now: Timestamp) -> Facts {
        let mut facts = Vec::new();
        for trigger in self.triggers.clone() {
            let is_raised = |r: &&mut Raised| r.trigger == trigger.id && r.until.is_none();
            let verdict = self.holds(&trigger, results);
            let raised = self.raised.iter_mut().find(is_raised);
            match (verdict, raised) {
                (Holds::Yes(why), None) => {
                    facts.push(Fact::TriggerRaised {
                        trigger: trigger.id.clone(),
                        title: trigger.title.clone(),
                        why: why.clone(),
                    });
                    self.raised.push(Raised {
                        trigger: trigger.id,
                        title: trigger.title,
                        at: now,
                        round: Some(round),
                        by: None,
                        why,
                        until: None,
                    });
                }
                (Holds::No, Some(raised)) => {
                    raised.until = Some(now);
                    facts.push(Fact::TriggerOver { trigger: trigger.id, title: trigger.title });
                }
                _ => {}
            }
        }
        facts
    }

    fn time_passed(&mut self, now: Timestamp) -> Facts {
        if self.state != State::Watching {
            return Vec::new();
        }
        let mut facts = Vec::new();
        let ends: Vec<Option<Timestamp>> = self.rounds.iter().map(|r| self.missed_from(r)).collect();
        for (round, end) in self.rounds.iter_mut().zip(ends) {
            if let Some(end) = end.filter(|end| *end <= now)
                && !round.is_over()
            {
                // The moment follows from the rules, however late this is noticed.
                round.missed_at = Some(end);
                facts.push(Fact::RoundMissed { round: round.number, ran: !round.needs_run() });
            }
        }
        facts.extend(self.complete());
        facts
    }

    fn looked(
        &mut self,
        number: u32,
        by: &Person,
        finding: Finding,
        note: &str,
        now: Timestamp,
    ) -> Result<Facts, Refusal> {
        self.expect(&[State::Watching, State::AwaitingSignOff])?;
        let mut facts = self.time_passed(now);
        let round = self.round(number).ok_or(Refusal::UnknownRound(number))?;
        if self.due_at(round).is_none_or(|due| due > now) {
            return Err(Refusal::NotDue(number));
        }
        if round.needs_run() && round.missed_at.is_none() {
            return Err(Refusal::NotRun(number));
        }
        if finding == Finding::Problem && note.trim().is_empty() {
            return Err(Refusal::ReasonRequired);
        }
        if let Some(round) = self.rounds.iter_mut().find(|r| r.number == number) {
            round.looks.push(Look { by: by.clone(), at: now, finding, note: note.trim().to_owned() });
        }
        facts.extend(self.complete());
        Ok(facts)
    }

    fn reported(&mut self, id: &str, by: &Person, note: &str, now: Timestamp) -> Result<Facts, Refusal> {
        self.expect(&[State::Watching, State::AwaitingSignOff])?;
        let trigger = self.triggers.iter().find(|t| t.id == id && t.kind == TriggerKind::Reported);
        let trigger = trigger.ok_or_else(|| Refusal::UnknownTrigger(id.to_owned()))?.clone();
        if note.trim().is_empty() {
            return Err(Refusal::ReasonRequired);
        }
        if self.holding().any(|r| r.trigger == id) {
            return Err(Refusal::AlreadyRaised(id.to_owned()));
        }
        let why = note.trim().to_owned();
        self.raised.push(Raised {
            trigger: trigger.id.clone(),
            title: trigger.title.clone(),
            at: now,
            round: None,
            by: Some(by.clone()),
            why: why.clone(),
            until: None,
        });
        Ok(vec![Fact::TriggerRaised { trigger: trigger.id, title: trigger.title, why }])
    }

    /// When the last round is over, the watch waits for its signature.
    fn complete(&mut self) -> Facts {
        if self.state == State::Watching && self.rounds.iter().all(super::Round::is_over) {
            self.state = State::AwaitingSignOff;
            return vec![Fact::Complete];
        }
        Vec::new()
    }
}
