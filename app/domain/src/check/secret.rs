//! Secrets, decided from facts about their values: the values themselves never come here.

use std::collections::{BTreeMap, BTreeSet};

use crate::blueprint::checks::{Quantifier, SecretCheck};

use super::{
    Finding,
    finding::{Subjects, all_of, each},
};

/// What somebody who may read a secret is asked about it. Answered with [`SecretFacts`]; the value goes nowhere.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SecretQuestions {
    /// Field to the prefix its value should have.
    pub prefixes: BTreeMap<String, String>,
}

/// What is known about a secret without knowing it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SecretFacts {
    /// Since its value was changed last; `None`: AWS did not say.
    pub age_days: Option<i64>,
    /// No other value has been stored since the first one; `None`: AWS did not say.
    pub is_first_value: Option<bool>,
    pub is_rotation_on: bool,
    /// Until the next rotation.
    pub rotates_in_days: Option<i64>,
    /// By field; a bare text is the field with the empty name. `None`: the value was not needed.
    pub fields: Option<BTreeMap<String, FieldFacts>>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FieldFacts {
    pub length: u64,
    pub is_placeholder: bool,
    /// `None`: no prefix was asked about.
    pub has_prefix: Option<bool>,
}

/// Whether a value looks as if somebody had meant to replace it: the usual words, one character over and over, or too
/// few different ones for its length.
pub fn looks_like_placeholder(value: &str) -> bool {
    const WORDS: [&str; 9] =
        ["placeholder", "changeme", "change-me", "change_me", "replace", "your-", "your_", "example", "dummy"];
    let lower = value.to_lowercase();
    if WORDS.iter().any(|word| lower.contains(word)) || value.starts_with('<') && value.ends_with('>') {
        return true;
    }
    let length = value.chars().count();
    let distinct = value.chars().collect::<BTreeSet<_>>().len();
    length >= 8 && distinct * 4 <= length.min(16)
}

pub(super) fn decide(check: &SecretCheck, facts: &Subjects<SecretFacts>) -> Finding {
    each(Quantifier::Every, facts, |secret| {
        let mut problems = Vec::new();
        let mut fine = Vec::new();
        if let Some(fields) = &secret.fields {
            let label = |name: &str| if name.is_empty() { "the value".to_owned() } else { name.to_owned() };
            for name in &check.fields {
                match fields.get(name) {
                    None => problems.push(format!("has no field {name}")),
                    Some(field) if field.length == 0 => problems.push(format!("{name} is empty")),
                    Some(_) => {}
                }
            }
            for (name, minimum) in &check.min_length {
                if let Some(field) = fields.get(name).filter(|field| field.length < *minimum) {
                    let length = field.length;
                    problems.push(format!("{} has {length} characters, wanted at least {minimum}", label(name)));
                }
            }
            for (name, prefix) in &check.starts_with {
                match fields.get(name).and_then(|field| field.has_prefix) {
                    Some(true) => fine.push(format!("{name} begins with {prefix}")),
                    Some(false) => problems.push(format!("{name} does not begin with {prefix}")),
                    None => problems.push(format!("has no field {name}")),
                }
            }
            if check.refuses_placeholders {
                let looked_at = fields.iter().filter(|(name, _)| !check.generated.contains(name));
                let placeholders = looked_at.filter(|(_, field)| field.is_placeholder);
                problems.extend(placeholders.map(|(name, _)| format!("{} looks like a placeholder", label(name))));
            }
            let names: Vec<&str> = fields.keys().map(String::as_str).filter(|name| !name.is_empty()).collect();
            if !names.is_empty() {
                fine.insert(0, format!("fields {}", names.join(", ")));
            }
        }
        if check.refuses_first_value {
            match secret.is_first_value {
                Some(true) => problems.push("still has the value the stack generated".to_owned()),
                Some(false) => {}
                None => problems.push("AWS did not say whether its value was ever replaced".to_owned()),
            }
        }
        if let Some(limit) = check.max_age_days {
            match secret.age_days {
                Some(age) if age <= i64::from(limit) => fine.push(format!("changed {age} days ago")),
                Some(age) => problems.push(format!("changed {age} days ago")),
                None => problems.push("age unknown".to_owned()),
            }
        }
        if let Some(limit) = check.rotates_within_days {
            match (secret.is_rotation_on, secret.rotates_in_days) {
                (false, _) => problems.push("rotation is off".to_owned()),
                (true, Some(days)) if days > i64::from(limit) => {
                    problems.push(format!("rotates only in {days} days"));
                }
                (true, Some(days)) if days < 0 => problems.push(format!("rotation is {} days overdue", -days)),
                (true, Some(days)) => fine.push(format!("rotates in {days} days")),
                (true, None) => problems.push("rotation is on, but no next date is set".to_owned()),
            }
        }
        all_of(&problems, || if fine.is_empty() { "is there".to_owned() } else { fine.join(", ") })
    })
}

pub(super) fn expected(check: &SecretCheck) -> String {
    let mut parts = vec!["to be there".to_owned()];
    if !check.fields.is_empty() {
        parts.push(format!("fields {}", check.fields.join(", ")));
    }
    parts.extend(check.starts_with.iter().map(|(name, prefix)| format!("{name} beginning with {prefix}")));
    parts.extend(check.min_length.iter().map(|(name, length)| format!("{name} of at least {length} characters")));
    if check.refuses_placeholders {
        parts.push("no placeholder".to_owned());
    }
    if check.refuses_first_value {
        parts.push("a value put in place of the generated one".to_owned());
    }
    parts.extend(check.max_age_days.map(|days| format!("changed within {days} days")));
    parts.extend(check.rotates_within_days.map(|days| format!("rotation on, due within {days} days")));
    parts.join(", ")
}
