//! Assertions on JSON documents, and what makes one unusable.

use regex_lite::Regex;
use serde_json::Value;

use crate::blueprint::Assertion;

/// Why a pointer is none (RFC 6901).
pub fn pointer_problem(pointer: &str) -> Option<String> {
    if pointer.is_empty() {
        return None;
    }
    if !pointer.starts_with('/') {
        return Some("a JSON pointer begins with /".to_owned());
    }
    let is_escaped = |rest: &str| rest.starts_with('0') || rest.starts_with('1');
    let has_bad_escape = pointer.split('~').skip(1).any(|rest| !is_escaped(rest));
    has_bad_escape.then(|| "in a JSON pointer, ~ is written ~0 and / inside a name ~1".to_owned())
}

/// Why a regular expression cannot be used.
pub fn pattern_problem(pattern: &str) -> Option<String> {
    Regex::new(pattern).err().map(|error| format!("is not a regular expression: {error}"))
}

/// What is wrong with a document, or what the value is.
pub(super) fn check(assertion: &Assertion, document: &Value) -> Result<String, String> {
    let pointer = if assertion.pointer.is_empty() { "the document" } else { &assertion.pointer };
    // For whoever wants nothing to be there, null is nothing.
    let value = document.pointer(&assertion.pointer).filter(|value| !(assertion.is_absent && value.is_null()));
    let Some(value) = value else {
        return if assertion.is_absent {
            Ok(format!("{pointer} is absent"))
        } else {
            Err(format!("{pointer} is absent"))
        };
    };
    if assertion.is_absent {
        return Err(format!("{pointer} is {}", shortened(&text(value))));
    }
    let actual = text(value);
    let mut problems = Vec::new();
    let shown = || format!("{pointer} = {}", shortened(&actual));
    let equal = assertion.equals.iter().all(|wanted| *wanted == actual)
        && (assertion.one_of.is_empty() || assertion.one_of.contains(&actual))
        && assertion.contains.iter().all(|part| actual.contains(part.as_str()))
        && assertion.starts_with.iter().all(|prefix| actual.starts_with(prefix.as_str()))
        && assertion.matches.iter().all(|p| Regex::new(p).is_ok_and(|pattern| pattern.is_match(&actual)));
    if !equal {
        problems.push(shown());
    }
    if assertion.min.is_some() || assertion.max.is_some() {
        match super::thousandths(&actual) {
            None => problems.push(format!("{} is not a number", shown())),
            Some(number) => {
                let low = assertion.min.is_some_and(|min| number < min.saturating_mul(1000));
                let high = assertion.max.is_some_and(|max| number > max.saturating_mul(1000));
                if (low || high) && equal {
                    problems.push(shown());
                }
            }
        }
    }
    if let Some(minimum) = assertion.min_items {
        match value.as_array().map(Vec::len) {
            None => problems.push(format!("{pointer} is not a list")),
            Some(count) if u64::try_from(count).is_ok_and(|count| count < minimum) => {
                problems.push(format!("{pointer} has {count} items, wanted at least {minimum}"));
            }
            Some(_) => {}
        }
    }
    if problems.is_empty() {
        let count = value.as_array().filter(|_| assertion.min_items.is_some()).map(Vec::len);
        return Ok(count.map_or_else(shown, |count| format!("{pointer} has {count} items")));
    }
    Err(problems.join("; "))
}

/// Strings as they are, anything else as its JSON text.
fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn shortened(text: &str) -> String {
    const LONGEST: usize = 200;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}… ({} characters)", &text[..end], text.chars().count()),
        None => text.to_owned(),
    }
}

pub(super) fn words(assertion: &Assertion) -> String {
    let pointer = if assertion.pointer.is_empty() { "the document" } else { &assertion.pointer };
    if assertion.is_absent {
        return format!("{pointer} absent");
    }
    let mut parts = Vec::new();
    parts.extend(assertion.equals.iter().map(|value| format!("= {value}")));
    if !assertion.one_of.is_empty() {
        parts.push(format!("one of {}", assertion.one_of.join(", ")));
    }
    parts.extend(assertion.contains.iter().map(|part| format!("containing {part}")));
    parts.extend(assertion.starts_with.iter().map(|prefix| format!("starting with {prefix}")));
    parts.extend(assertion.matches.iter().map(|pattern| format!("matching {pattern}")));
    parts.extend(assertion.min.iter().map(|min| format!("at least {min}")));
    parts.extend(assertion.max.iter().map(|max| format!("at most {max}")));
    parts.extend(assertion.min_items.iter().map(|count| format!("with at least {count} items")));
    if parts.is_empty() {
        parts.push("present".to_owned());
    }
    format!("{pointer} {}", parts.join(" and "))
}
