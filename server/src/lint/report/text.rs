//! One block per finding, the place first, so that editors and terminals can jump there.

use crate::lint::Finding;

use super::Counts;

/// Every finding and a closing line.
pub fn text(findings: &[Finding]) -> String {
    let mut out = String::new();
    for finding in findings {
        let place = &finding.place;
        let environments = match finding.environments.as_slice() {
            [] => String::new(),
            names => format!(" [{}]", names.join(", ")),
        };
        out.push_str(&format!(
            "{}:{}:{}: {}: {}{environments}\n    {}\n    {} ({})\n",
            place.file,
            place.position.line,
            place.position.column,
            finding.severity.name(),
            finding.what,
            [finding.rule.why, finding.rule.advice].join(" ").trim(),
            finding.rule.id,
            finding.subject
        ));
        for related in &finding.related {
            let logical = related.logical.as_deref().unwrap_or_default();
            let position = related.position;
            out.push_str(&format!("    at {}:{}:{} {logical}\n", related.file, position.line, position.column));
        }
    }
    let counts = Counts::of(findings);
    let number = |count: usize, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
    out.push_str(&format!(
        "{}, {}, {}\n",
        number(counts.errors, "error"),
        number(counts.warnings, "warning"),
        number(counts.notes, "note")
    ));
    out
}
