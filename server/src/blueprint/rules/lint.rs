//! Ignored findings: a rule that exists, and a reason somebody can judge.

use crate::lint;

use super::super::{
    document::LintSection,
    error::{Findings, Path, closest},
};

pub fn check(section: &LintSection, findings: &mut Findings) {
    let list = Path::of("lint").key("ignore");
    for (i, ignore) in section.ignore.iter().enumerate() {
        let path = list.at(i);
        if !lint::ALL.iter().any(|rule| lint::is_rule(&ignore.rule, rule.id)) {
            let suggestion = closest(&ignore.rule, lint::ALL.iter().map(|rule| rule.id));
            findings.report(&path.key("rule"), format!("there is no rule “{}”", ignore.rule), suggestion);
        }
        for (key, text) in [("subject", &ignore.subject), ("reason", &ignore.reason)] {
            if text.trim().is_empty() {
                findings.report(&path.key(key), "must not be empty", None);
            }
        }
    }
}
