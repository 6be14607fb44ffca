//! `[[lint.ignore]]`: findings somebody decided to live with, with the reason. One that ignores nothing is a finding.

use serde_json::Value;

use crate::blueprint::KeyPath;

use super::{
    Finding, Model,
    finding::{Findings, Remark},
    rules::UNUSED_IGNORE,
};

struct Ignore<'a> {
    rule: &'a str,
    subject: &'a str,
    is_used: bool,
}

pub fn apply(model: &Model<'_>, mut findings: Vec<Finding>) -> Vec<Finding> {
    let listed = model.document().pointer("/lint/ignore").and_then(Value::as_array);
    let text = |entry: &'_ Value, key: &str| entry.get(key).and_then(Value::as_str).map(str::to_owned);
    let entries: Vec<(String, String)> = listed
        .into_iter()
        .flatten()
        .filter_map(|entry| Some((text(entry, "rule")?, text(entry, "subject")?)))
        .collect();
    let mut ignores: Vec<Ignore<'_>> =
        entries.iter().map(|(rule, subject)| Ignore { rule, subject, is_used: false }).collect();
    findings.retain(|finding| {
        let mut is_kept = true;
        for ignore in ignores.iter_mut().filter(|i| is_rule(i.rule, finding.rule.id)) {
            if matches(ignore.subject, &finding.subject) {
                ignore.is_used = true;
                is_kept = false;
            }
        }
        is_kept
    });
    let mut unused = Findings::new(model);
    for (index, ignore) in ignores.iter().enumerate().filter(|(_, i)| !i.is_used) {
        let path = KeyPath::of("lint").key("ignore").at(index);
        let what = format!("{} of {} is ignored, but was not found.", ignore.rule, ignore.subject);
        unused.add(Remark::new(&UNUSED_IGNORE, format!("{} {}", ignore.rule, ignore.subject), what).path(path));
    }
    findings.extend(unused.finish());
    findings.sort_by(|a, b| {
        (&a.place, a.severity, a.rule.id, &a.subject, &a.what)
            .cmp(&(&b.place, b.severity, b.rule.id, &b.subject, &b.what))
    });
    findings
}

/// `LK003` and `LK003-output-missing` mean the same.
pub fn is_rule(written: &str, id: &str) -> bool {
    written == id || id.split('-').next() == Some(written)
}

/// `*` stands for any text.
fn matches(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((before, after)) => {
            let Some(rest) = text.strip_prefix(before) else { return false };
            (0..=rest.len()).filter(|i| rest.is_char_boundary(*i)).any(|i| matches(after, &rest[i..]))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_text() {
        assert!(matches("Data/*", "Data/Redis"));
        assert!(matches("*/Redis", "Data/Redis"));
        assert!(matches("*", ""));
        assert!(!matches("Data/*", "Api/Redis"));
        assert!(!matches("Data", "Data/Redis"));
        assert!(is_rule("LK003", "LK003-output-missing") && !is_rule("LK00", "LK003-output-missing"));
    }
}
