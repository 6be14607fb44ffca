//! SARIF 2.1.0 (<https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>), as code scanning services read it.

use serde_json::{Value, json as object};
use sha2::{Digest as _, Sha256};

use crate::lint::{ALL, Finding, Location, Rule, Severity};

pub fn sarif(findings: &[Finding]) -> Value {
    object!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "lockkeeper",
                "version": env!("CARGO_PKG_VERSION"),
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": ALL.iter().map(|rule| descriptor(rule)).collect::<Vec<_>>(),
            }},
            "columnKind": "unicodeCodePoints",
            "results": findings.iter().map(result).collect::<Vec<_>>(),
        }],
    })
}

fn descriptor(rule: &Rule) -> Value {
    let mut descriptor = object!({
        "id": rule.id,
        "name": name(rule),
        "shortDescription": { "text": rule.summary },
        "fullDescription": { "text": format!("{} {}", rule.summary, rule.why) },
        "help": { "text": format!("{} Source: {}", rule.advice, rule.source) },
        "defaultConfiguration": { "level": level(rule.severity) },
    });
    // The member is a URI: a file of this repository is none.
    if rule.source.starts_with("https://") {
        descriptor["helpUri"] = object!(rule.source);
    }
    descriptor
}

/// `LK003-output-missing` as `OutputMissing`.
fn name(rule: &Rule) -> String {
    let capitalised = |word: &str| {
        let mut characters = word.chars();
        characters.next().map(|first| first.to_uppercase().chain(characters).collect::<String>()).unwrap_or_default()
    };
    rule.id.split('-').skip(1).map(capitalised).collect()
}

fn level(severity: Severity) -> &'static str {
    severity.name()
}

fn result(finding: &Finding) -> Value {
    let index = ALL.iter().position(|rule| rule.id == finding.rule.id);
    let related = finding.related.iter().enumerate().map(|(id, place)| {
        let mut location = location(place);
        location["id"] = object!(id);
        location["message"] = object!({ "text": place.logical.clone().unwrap_or_default() });
        location
    });
    let mut primary = location(&finding.place);
    let logical: Vec<Value> = finding
        .related
        .iter()
        .filter_map(|place| place.logical.as_ref())
        .map(|name| object!({ "fullyQualifiedName": name, "kind": "resource" }))
        .collect();
    if !logical.is_empty() {
        primary["logicalLocations"] = object!(logical);
    }
    let environments = match finding.environments.as_slice() {
        [] => String::new(),
        names => format!(" [{}]", names.join(", ")),
    };
    object!({
        "ruleId": finding.rule.id,
        "ruleIndex": index,
        "level": level(finding.severity),
        "message": { "text": format!("{}{environments}", finding.message()) },
        "locations": [primary],
        "relatedLocations": related.collect::<Vec<_>>(),
        "partialFingerprints": { "lockkeeper/v1": fingerprint(finding) },
        "properties": { "subject": finding.subject, "environments": finding.environments },
    })
}

/// The same finding after lines moved.
fn fingerprint(finding: &Finding) -> String {
    let hash = Sha256::digest(format!("{}\n{}\n{}", finding.rule.id, finding.subject, finding.what));
    hash.iter().take(16).fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

fn location(place: &Location) -> Value {
    object!({
        "physicalLocation": {
            "artifactLocation": { "uri": uri(&place.file) },
            "region": { "startLine": place.position.line, "startColumn": place.position.column },
        },
    })
}

/// A path as a relative or absolute URI reference.
fn uri(path: &str) -> String {
    // What a live template is called: cloudformation://account/region/stack.
    let has_scheme = path.contains("://");
    let escaped = path.bytes().fold(String::new(), |text, byte| {
        let is_plain = byte.is_ascii_alphanumeric() || b"-._~/@".contains(&byte) || (byte == b':' && has_scheme);
        text + &if is_plain { char::from(byte).to_string() } else { format!("%{byte:02X}") }
    });
    if escaped.starts_with('/') { format!("file://{escaped}") } else { escaped }
}
