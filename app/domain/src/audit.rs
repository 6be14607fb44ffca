//! The audit chain: each event carries the hash of the one before it, so that removing or changing one is visible.
//!
//! A link is `hash = H(previous, digest(event))`. Because only the event's digest goes in, a part of the log can be
//! proven to somebody who must not read the rest: [`AuditSlice`] holds some events in full and of the others nothing but
//! their digests.

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

/// The digest of an event by itself: what stands for it where it may not be read.
///
/// # Errors
/// Never in practice: every part has a JSON form.
pub fn event_digest(event: &AuditEvent) -> Result<Digest, serde_json::Error> {
    Digest::of(event)
}

/// The hash of an event, known by its digest, on top of the previous one.
pub fn link(previous: &Digest, event: &Digest) -> Digest {
    Digest::of_json(&Value::from(vec![previous.as_str(), event.as_str()]))
}

/// The hash of an event on top of the previous one.
///
/// # Errors
/// Never in practice: every part has a JSON form.
pub fn chain(previous: &Digest, event: &AuditEvent) -> Result<Digest, serde_json::Error> {
    Ok(link(previous, &event_digest(event)?))
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
    /// Goes on after a place in the middle of a log.
    pub fn after(place: &ChainPlace) -> Self {
        Self { previous: place.hash.clone(), next: place.sequence.saturating_add(1) }
    }

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

/// A place in the chain: an event's sequence and the hash up to and with it. Sequence 0 is the beginning.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChainPlace {
    pub sequence: i64,
    pub hash: Digest,
}

impl ChainPlace {
    pub fn beginning() -> Self {
        Self { sequence: 0, hash: genesis() }
    }
}

/// A part of the log with its proof: from the place before the first entry, every event up to the head.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditSlice {
    pub before: ChainPlace,
    pub entries: Vec<SliceEntry>,
    /// The newest event of the log when the slice was cut.
    pub head: ChainPlace,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum SliceEntry {
    /// An event in full, and the hash of the chain up to and with it.
    Open { event: Box<AuditEvent>, hash: Digest },
    /// Events that are not shown: the first one's sequence, each one's digest, and the hash after the last.
    Sealed { from: i64, digests: Vec<Digest>, hash: Digest },
}

impl AuditSlice {
    pub fn new(before: ChainPlace) -> Self {
        Self { head: before.clone(), before, entries: Vec::new() }
    }

    /// Adds the next event, in full or sealed.
    ///
    /// # Errors
    /// When the event does not follow from those before it, as `hash` says: the log itself is broken.
    pub fn push(&mut self, event: AuditEvent, hash: &Digest, is_open: bool) -> Result<(), ChainError> {
        let sequence = event.sequence;
        let mut verifier = ChainVerifier::after(&self.head);
        verifier.accept(&event, hash)?;
        self.head = ChainPlace { sequence, hash: hash.clone() };
        if is_open {
            self.entries.push(SliceEntry::Open { event: Box::new(event), hash: hash.clone() });
            return Ok(());
        }
        let digest = event_digest(&event).map_err(|_| ChainError::Unhashable { sequence })?;
        match self.entries.last_mut() {
            Some(SliceEntry::Sealed { digests, hash: last, .. }) => {
                digests.push(digest);
                *last = hash.clone();
            }
            _ => self.entries.push(SliceEntry::Sealed { from: sequence, digests: vec![digest], hash: hash.clone() }),
        }
        Ok(())
    }

    /// The events that are shown.
    pub fn events(&self) -> impl Iterator<Item = &AuditEvent> {
        self.entries.iter().filter_map(|entry| match entry {
            SliceEntry::Open { event, .. } => Some(event.as_ref()),
            SliceEntry::Sealed { .. } => None,
        })
    }

    /// Recomputes the chain from its first hash to its head.
    ///
    /// # Errors
    /// The first thing that does not follow.
    pub fn verify(&self) -> Result<(), SliceError> {
        let mut place = self.before.clone();
        if place.sequence == 0 && place != ChainPlace::beginning() {
            return Err(SliceError::Beginning);
        }
        for entry in &self.entries {
            let from = place.sequence.saturating_add(1);
            let said = match entry {
                SliceEntry::Open { event, hash } => {
                    let digest = event_digest(event).map_err(|_| SliceError::Unhashable(event.sequence))?;
                    step(&mut place, event.sequence, &digest)?;
                    hash
                }
                SliceEntry::Sealed { from, digests, hash } => {
                    for (offset, digest) in (0i64..).zip(digests) {
                        step(&mut place, from.saturating_add(offset), digest)?;
                    }
                    hash
                }
            };
            if *said != place.hash {
                return Err(SliceError::Changed { from, to: place.sequence });
            }
        }
        if place.sequence != self.head.sequence {
            return Err(SliceError::Length { head: self.head.sequence, last: place.sequence });
        }
        if place.hash != self.head.hash {
            return Err(SliceError::Head(place.sequence));
        }
        Ok(())
    }
}

fn step(place: &mut ChainPlace, sequence: i64, digest: &Digest) -> Result<(), SliceError> {
    let expected = place.sequence.saturating_add(1);
    if sequence != expected {
        return Err(SliceError::Gap { expected, found: sequence });
    }
    *place = ChainPlace { sequence, hash: link(&place.hash, digest) };
    Ok(())
}

/// Why a slice proves nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SliceError {
    #[error("the slice says that it begins with the log, but not with the hash every log begins with")]
    Beginning,
    #[error("event {expected} is missing: the next one present is {found}")]
    Gap { expected: i64, found: i64 },
    #[error("event {0} cannot be hashed")]
    Unhashable(i64),
    #[error("the head is event {head}, but the slice ends with event {last}")]
    Length { head: i64, last: i64 },
    #[error("{} changed, or the hash before was", events(*from, *to))]
    Changed { from: i64, to: i64 },
    #[error("the hash of the head is not the one of event {0}")]
    Head(i64),
}

fn events(from: i64, to: i64) -> String {
    if from == to { format!("event {from} was") } else { format!("one of the events {from} to {to} was") }
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

    /// Events 2 and 4 in full, 3 and 5 sealed.
    fn slice() -> Result<AuditSlice, Box<dyn std::error::Error>> {
        let all = chained(5)?;
        let mut slice = AuditSlice::new(ChainPlace { sequence: 1, hash: all[0].1.clone() });
        for (event, hash) in all.into_iter().skip(1) {
            let is_open = event.sequence % 2 == 0;
            slice.push(event, &hash, is_open)?;
        }
        Ok(slice)
    }

    #[test]
    fn a_slice_proves_some_events_without_showing_the_others() -> Result<(), Box<dyn std::error::Error>> {
        let slice = slice()?;
        assert_eq!(slice.verify(), Ok(()));
        assert_eq!(slice.events().map(|e| e.sequence).collect::<Vec<_>>(), [2, 4]);
        assert_eq!(slice.head.sequence, 5);
        let text = serde_json::to_string(&slice)?;
        assert_eq!(text.matches("Lea").count(), 2, "{text}");
        assert_eq!(serde_json::from_str::<AuditSlice>(&text)?, slice);
        Ok(())
    }

    #[test]
    fn whatever_is_changed_in_a_slice_is_found() -> Result<(), Box<dyn std::error::Error>> {
        let good = slice()?;
        let changed = |sequence| SliceError::Changed { from: sequence, to: sequence };
        let mut bad = good.clone();
        if let SliceEntry::Open { event, .. } = &mut bad.entries[2] {
            event.actor_name = "Mallory".into();
        }
        assert_eq!(bad.verify(), Err(changed(4)));
        let mut bad = good.clone();
        if let SliceEntry::Sealed { digests, .. } = &mut bad.entries[1] {
            digests[0] = Digest::of_bytes(b"another");
        }
        assert_eq!(bad.verify(), Err(changed(3)));
        let mut bad = good.clone();
        bad.before.hash = genesis();
        assert_eq!(bad.verify(), Err(changed(2)));
        let mut bad = good.clone();
        bad.head.hash = genesis();
        assert_eq!(bad.verify(), Err(SliceError::Head(5)));
        let mut bad = good.clone();
        bad.entries.remove(1);
        assert_eq!(bad.verify(), Err(SliceError::Gap { expected: 3, found: 4 }));
        let mut bad = good.clone();
        bad.entries.pop();
        assert_eq!(bad.verify(), Err(SliceError::Length { head: 5, last: 4 }));
        let mut bad = good;
        bad.before.sequence = 0;
        assert_eq!(bad.verify(), Err(SliceError::Beginning));
        Ok(())
    }

    #[test]
    fn a_log_that_was_changed_gives_no_slice() -> Result<(), serde_json::Error> {
        let mut all = chained(2)?;
        all[1].0.actor_name = "Mallory".into();
        let mut slice = AuditSlice::new(ChainPlace { sequence: 1, hash: all[0].1.clone() });
        let (event, hash) = all.remove(1);
        assert_eq!(slice.push(event, &hash, false), Err(ChainError::Changed { sequence: 2 }));
        Ok(())
    }
}
