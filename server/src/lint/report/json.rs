//! For programs; the shape is described in `docs/check.md` and only grows.

use serde_json::{Value, json as object};

use crate::lint::{Finding, Location};

use super::Counts;

pub fn json(findings: &[Finding]) -> Value {
    let counts = Counts::of(findings);
    object!({
        "version": 1,
        "findings": findings.iter().map(finding).collect::<Vec<_>>(),
        "summary": { "errors": counts.errors, "warnings": counts.warnings, "notes": counts.notes },
    })
}

fn finding(finding: &Finding) -> Value {
    object!({
        "rule": finding.rule.id,
        "severity": finding.severity.name(),
        "subject": finding.subject,
        "environments": finding.environments,
        "message": finding.message(),
        "source": finding.rule.source,
        "location": location(&finding.place),
        "related": finding.related.iter().map(location).collect::<Vec<_>>(),
    })
}

fn location(location: &Location) -> Value {
    object!({
        "file": location.file,
        "line": location.position.line,
        "column": location.position.column,
        "logical_id": location.logical,
    })
}
