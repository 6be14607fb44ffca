//! The audit chain: each event carries the hash of the one before it, so that removing or changing one is visible.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::digest::Digest;

/// What was decided about the act.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuditOutcome {
    Done,
    Denied,
}

/// One append-only record of an act. Never holds a secret value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEvent {
    /// 1, 2, 3, … without gaps.
    pub sequence: i64,
    pub at: Timestamp,
    pub actor_id: String,
    pub actor_name: String,
    /// The permission's name, or a fact such as `login`.
    pub action: String,
    pub outcome: AuditOutcome,
    pub application: Option<String>,
    pub environment: Option<String>,
    /// Kind and id of what was acted on, for example `deployment` and its id.
    pub subject_kind: String,
    pub subject_id: String,
    /// Before, after, reasons: whatever explains the act.
    pub detail: Value,
    /// Network address of the caller, where there was one.
    pub address: Option<String>,
}

/// The hash before the first event.
pub fn genesis() -> Digest {
    Digest::of_bytes(b"lockkeeper audit chain 1")
}

/// The hash of an event on top of the previous one.
///
/// # Errors
/// Never in practice: every part has a JSON form.
pub fn chain(previous: &Digest, event: &AuditEvent) -> Result<Digest, serde_json::Error> {
    Digest::of(&(previous, event))
}

/// Where a chain stops being true.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChainError {
    #[error("event {expected} is missing: the next one present is {found}")]
    Gap { expected: i64, found: i64 },
    #[error("event {sequence} was changed, or an event before it was")]
    Changed { sequence: i64 },
    #[error("event {sequence} cannot be hashed")]
    Unhashable { sequence: i64 },
}

/// Verifies a chain step by step, so that a log of any length needs no memory.
#[derive(Clone, Debug)]
pub struct ChainVerifier {
    previous: Digest,
    next: i64,
}

impl Default for ChainVerifier {
    fn default() -> Self {
        Self { previous: genesis(), next: 1 }
    }
}

impl ChainVerifier {
    /// # Errors
    /// When the event does not follow from those before it.
    pub fn accept(&mut self, event: &AuditEvent, hash: &Digest) -> Result<(), ChainError> {
        if event.sequence != self.next {
            return Err(ChainError::Gap { expected: self.next, found: event.sequence });
        }
        let expected = chain(&self.previous, event).map_err(|_| ChainError::Unhashable { sequence: event.sequence })?;
        if expected != *hash {
            return Err(ChainError::Changed { sequence: event.sequence });
        }
        self.previous = expected;
        self.next += 1;
        Ok(())
    }

    /// Number of events accepted and the hash of the last.
    pub fn head(&self) -> (i64, &Digest) {
        (self.next - 1, &self.previous)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn event(sequence: i64) -> AuditEvent {
        AuditEvent {
            sequence,
            at: Timestamp::UNIX_EPOCH,
            actor_id: "a".into(),
            actor_name: "Lea".into(),
            action: "approve_plan".into(),
            outcome: AuditOutcome::Done,
            application: Some("shop".into()),
            environment: Some("production".into()),
            subject_kind: "deployment".into(),
            subject_id: "d1".into(),
            detail: json!({"comment": "fine"}),
            address: None,
        }
    }

    fn chained(count: i64) -> Result<Vec<(AuditEvent, Digest)>, serde_json::Error> {
        let mut previous = genesis();
        (1..=count)
            .map(|n| {
                let event = event(n);
                previous = chain(&previous, &event)?;
                Ok((event, previous.clone()))
            })
            .collect()
    }

    fn verify(events: &[(AuditEvent, Digest)]) -> Result<i64, ChainError> {
        let mut verifier = ChainVerifier::default();
        for (event, hash) in events {
            verifier.accept(event, hash)?;
        }
        Ok(verifier.head().0)
    }

    #[test]
    fn an_untouched_chain_verifies() -> Result<(), serde_json::Error> {
        assert_eq!(verify(&chained(5)?), Ok(5));
        Ok(())
    }

    #[test]
    fn a_changed_event_is_found() -> Result<(), serde_json::Error> {
        let mut events = chained(5)?;
        events[2].0.actor_name = "Mallory".into();
        assert_eq!(verify(&events), Err(ChainError::Changed { sequence: 3 }));
        Ok(())
    }

    #[test]
    fn a_removed_event_is_found() -> Result<(), serde_json::Error> {
        let mut events = chained(5)?;
        events.remove(1);
        assert_eq!(verify(&events), Err(ChainError::Gap { expected: 2, found: 3 }));
        Ok(())
    }
}
