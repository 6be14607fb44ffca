//! How single observations become one judgement.

use crate::blueprint::checks::Quantifier;

use super::Measurement;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Judgement {
    Holds,
    Fails,
    /// Worth a look whatever the severity of the check.
    Warns,
    Unknown,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Finding {
    pub(super) judgement: Judgement,
    pub(super) found: String,
    pub(super) measured: Option<Measurement>,
}

impl Finding {
    pub(super) fn new(judgement: Judgement, found: String) -> Self {
        Self { judgement, found, measured: None }
    }

    pub(super) fn either(holds: bool, found: String) -> Self {
        Self::new(if holds { Judgement::Holds } else { Judgement::Fails }, found)
    }

    pub(super) fn unknown(why: String) -> Self {
        Self::new(Judgement::Unknown, why)
    }

    pub(super) fn measuring(mut self, measured: Measurement) -> Self {
        self.measured = Some(measured);
        self
    }
}

/// Several things of one kind, each with what is known about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subjects<T> {
    /// What was asked, of whom.
    pub asked: String,
    pub subjects: Vec<Subject<T>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject<T> {
    /// Logical and physical name, for people.
    pub name: String,
    pub known: Known<T>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Known<T> {
    Facts(T),
    /// It is not there, in words.
    Missing(String),
    /// It could not be asked, in words.
    Unknown(String),
}

/// Judges each thing, and all of them together. `judge` answers with what was found, right or wrong.
///
/// Something that could not be asked keeps the whole from passing, but does not hide a failure that was seen. Nothing
/// to look at is a failure: a check about nothing would pass for ever.
pub(super) fn each<T>(
    quantifier: Quantifier,
    facts: &Subjects<T>,
    judge: impl Fn(&T) -> Result<String, String>,
) -> Finding {
    if facts.subjects.is_empty() {
        return Finding::new(Judgement::Fails, "there is no such thing".to_owned());
    }
    let (mut right, mut wrong, mut unknown) = (Vec::new(), Vec::new(), Vec::new());
    for subject in &facts.subjects {
        match &subject.known {
            Known::Facts(known) => match judge(known) {
                Ok(words) => right.push(line(&subject.name, &words)),
                Err(words) => wrong.push(line(&subject.name, &words)),
            },
            Known::Missing(words) => wrong.push(line(&subject.name, words)),
            Known::Unknown(words) => unknown.push(line(&subject.name, words)),
        }
    }
    let judgement = match quantifier {
        Quantifier::Every if !wrong.is_empty() => Judgement::Fails,
        Quantifier::Every if unknown.is_empty() => Judgement::Holds,
        Quantifier::Any if !right.is_empty() => Judgement::Holds,
        Quantifier::Any if unknown.is_empty() => Judgement::Fails,
        _ => Judgement::Unknown,
    };
    let total = facts.subjects.len();
    let mut lines = Vec::new();
    if total > 1 {
        let mut summary = format!("{} of {total} are right", right.len());
        if !unknown.is_empty() {
            summary.push_str(&format!(", {} could not be asked", unknown.len()));
        }
        lines.push(summary);
    }
    // What needs somebody comes first.
    lines.extend(wrong.into_iter().chain(unknown).chain(right));
    Finding::new(judgement, lines.join("\n"))
}

fn line(name: &str, words: &str) -> String {
    if name.is_empty() { words.to_owned() } else { format!("{name}: {words}") }
}

/// The problems together, or what was fine.
pub(super) fn all_of(problems: &[String], fine: impl FnOnce() -> String) -> Result<String, String> {
    if problems.is_empty() { Ok(fine()) } else { Err(problems.join("; ")) }
}
