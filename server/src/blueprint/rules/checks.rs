//! Checks: what they ask about must exist, in every environment they are for.

use domain::blueprint::{Placeholder, TextPart, parse_text};

use super::{
    super::{
        document::{CheckKindSection, CheckSection, Document, EnvironmentSection},
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
        CheckKindSection::Http { url, request_headers, status, headers, json, .. } => {
            let at = path.key("url");
            if text(url, check, document, &at, findings)
                && !["https://", "http://", "{"].iter().any(|p| url.starts_with(p))
            {
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
            if status.is_empty() {
                findings.report(&path.key("status"), "at least one status is needed", None);
            }
            for (j, code) in status.iter().enumerate().filter(|(_, code)| !(100..=599).contains(*code)) {
                findings.report(&path.key("status").at(j), format!("{code} is not an HTTP status"), None);
            }
            for (j, assertion) in json.iter().enumerate() {
                let at = path.key("json").at(j);
                if !assertion.pointer.is_empty() && !assertion.pointer.starts_with('/') {
                    findings.report(&at.key("pointer"), "a JSON pointer begins with /", None);
                }
                if assertion.equals.is_some() && assertion.min_items.is_some() {
                    findings.report(&at, "either equals or min_items: a list is not equal to a text", None);
                }
            }
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
            let message = format!("“{placeholder}” is neither {{output:Stack.Key}} nor {{variable:name}}");
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
