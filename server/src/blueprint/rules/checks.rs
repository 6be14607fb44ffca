//! Checks: what they ask about must exist, in every environment they are for.

mod kinds;

use domain::{
    blueprint::{Placeholder, TextPart, parse_text},
    check::{pattern_problem, pointer_problem},
};

use super::{
    super::{
        document::{AssertionSection, CheckKindSection, CheckSection, Document, EnvironmentSection, HttpSection},
        error::{Findings, Path},
    },
    identifier, reference, unique,
};

pub fn check(document: &Document, findings: &mut Findings) {
    let list = Path::of("checks");
    unique(&list, "id", document.checks.iter().map(|c| c.id.as_str()), findings);
    for (i, check) in document.checks.iter().enumerate() {
        let path = list.at(i);
        identifier(&check.id, &path.key("id"), findings);
        for (j, name) in check.environments.iter().flatten().enumerate() {
            let known = document.environments.iter().map(|e| e.name.as_str());
            reference("environment", name, known, &path.key("environments").at(j), findings);
        }
        if check.environments.as_ref().is_some_and(Vec::is_empty) {
            let message = "an empty list would never run; leave the key out for every environment";
            findings.report(&path.key("environments"), message, None);
        }
        kind(check, document, &path, findings);
    }
    suites(document, findings);
}

fn suites(document: &Document, findings: &mut Findings) {
    let list = Path::of("suites");
    unique(&list, "id", document.suites.iter().map(|s| s.id.as_str()), findings);
    for (i, suite) in document.suites.iter().enumerate() {
        let path = list.at(i);
        identifier(&suite.id, &path.key("id"), findings);
        let checks = path.key("checks");
        if suite.checks.is_empty() {
            findings.report(&checks, "a suite needs at least one check", None);
        }
        unique(&checks, "", suite.checks.iter().map(String::as_str), findings);
        for (j, id) in suite.checks.iter().enumerate() {
            reference("check", id, document.checks.iter().map(|c| c.id.as_str()), &checks.at(j), findings);
        }
    }
}

fn kind(check: &CheckSection, document: &Document, path: &Path, findings: &mut Findings) {
    match &check.kind {
        CheckKindSection::StackStatus { stack } => {
            stack_reference(stack, document, &path.key("stack"), findings);
        }
        CheckKindSection::StackOutput { stack, output, .. } => {
            if stack_reference(stack, document, &path.key("stack"), findings) {
                output_reference(stack, output, document, &path.key("output"), findings);
            }
        }
        CheckKindSection::Http(section) => http(section, check, document, path, findings),
        _ => kinds::check(check, document, path, findings),
    }
}

fn http(section: &HttpSection, check: &CheckSection, document: &Document, path: &Path, findings: &mut Findings) {
    let HttpSection { url, request_headers, status, warn_status, headers, any_header, absent_headers, json, .. } =
        section;
    let at = path.key("url");
    if text(url, check, document, &at, findings) && !["https://", "http://", "{"].iter().any(|p| url.starts_with(p)) {
        findings.report(&at, "must begin with https://, http:// or a placeholder", None);
    }
    for (name, value) in request_headers {
        let at = path.key("request_headers").key(name);
        header_name(name, &at, findings);
        text(value, check, document, &at, findings);
    }
    for name in headers.keys() {
        header_name(name, &path.key("headers").key(name), findings);
    }
    for (key, names) in [("any_header", any_header), ("absent_headers", absent_headers)] {
        for (j, name) in names.iter().enumerate() {
            header_name(name, &path.key(key).at(j), findings);
        }
    }
    if status.is_empty() {
        findings.report(&path.key("status"), "at least one status is needed", None);
    }
    for (key, codes) in [("status", status), ("warn_status", warn_status)] {
        for (j, code) in codes.iter().enumerate().filter(|(_, code)| !(100..=599).contains(*code)) {
            findings.report(&path.key(key).at(j), format!("{code} is not an HTTP status"), None);
        }
    }
    assertions(json, &path.key("json"), findings);
    if section.compressed && (section.body_contains.is_some() || !json.is_empty()) {
        let message = "a compressed body is not looked into: ask for compression in a check of its own";
        findings.report(&path.key("compressed"), message, None);
    }
    if let Some(prefix) = &section.redirects_to {
        let at = path.key("redirects_to");
        text(prefix, check, document, &at, findings);
        if section.follow_redirects {
            findings.report(&at, "a redirect that is followed is not the answer: choose one", None);
        }
    }
    if let Some(preflight) = &section.preflight {
        let at = path.key("preflight");
        text(&preflight.origin, check, document, &at.key("origin"), findings);
        for (j, name) in preflight.headers.iter().enumerate() {
            header_name(name, &at.key("headers").at(j), findings);
        }
    }
}

fn assertions(list: &[AssertionSection], path: &Path, findings: &mut Findings) {
    for (j, assertion) in list.iter().enumerate() {
        let at = path.at(j);
        if let Some(problem) = pointer_problem(&assertion.pointer) {
            findings.report(&at.key("pointer"), problem, None);
        }
        if let Some(problem) = assertion.matches.as_deref().and_then(pattern_problem) {
            findings.report(&at.key("matches"), problem, None);
        }
        let is_text = assertion.equals.is_some() || !assertion.one_of.is_empty();
        if is_text && assertion.min_items.is_some() {
            findings.report(&at, "either a text or min_items: a list is not equal to a text", None);
        }
        if assertion.absent && (is_text || assertion.min_items.is_some() || assertion.matches.is_some()) {
            findings.report(&at.key("absent"), "what must not be there cannot be anything", None);
        }
        if assertion.min.zip(assertion.max).is_some_and(|(min, max)| min > max) {
            findings.report(&at.key("min"), "is more than max", None);
        }
    }
}

fn header_name(name: &str, path: &Path, findings: &mut Findings) {
    if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_') {
        findings.report(path, "is not the name of a header", None);
    }
}

fn stack_reference(stack: &str, document: &Document, path: &Path, findings: &mut Findings) -> bool {
    reference("stack", stack, document.stacks.iter().map(|s| s.name.as_str()), path, findings)
}

fn output_reference(stack: &str, output: &str, document: &Document, path: &Path, findings: &mut Findings) {
    if let Some(defined) = document.stacks.iter().find(|s| s.name == stack) {
        let known = defined.outputs.iter().map(String::as_str);
        reference(&format!("output of stack {stack}"), output, known, path, findings);
    }
}

/// The placeholders of a text; false when one of them has no known form.
fn text(text: &str, check: &CheckSection, document: &Document, path: &Path, findings: &mut Findings) -> bool {
    let parts = match parse_text(text) {
        Ok(parts) => parts,
        Err(placeholder) => {
            let message = format!(
                "“{placeholder}” is none of {{output:Stack.Key}}, {{resource:Stack.LogicalId}} and {{variable:name}}"
            );
            findings.report(path, message, None);
            return false;
        }
    };
    for part in parts {
        match part {
            TextPart::Literal(_) => {}
            TextPart::Placeholder(Placeholder::Output { stack, output }) => {
                if stack_reference(&stack, document, path, findings) {
                    output_reference(&stack, &output, document, path, findings);
                }
            }
            TextPart::Placeholder(Placeholder::Resource { stack, .. }) => {
                stack_reference(&stack, document, path, findings);
            }
            TextPart::Placeholder(Placeholder::Variable(name)) => variable(&name, check, document, path, findings),
        }
    }
    true
}

/// A variable must have a value wherever the check runs.
fn variable(name: &str, check: &CheckSection, document: &Document, path: &Path, findings: &mut Findings) {
    let applies = |e: &&EnvironmentSection| check.environments.as_ref().is_none_or(|names| names.contains(&e.name));
    let mut without = document.environments.iter().filter(applies).filter(|e| !e.variables.contains_key(name));
    if let Some(environment) = without.next() {
        let known = environment.variables.keys().map(String::as_str);
        reference(&format!("variable of environment {}", environment.name), name, known, path, findings);
    }
}
