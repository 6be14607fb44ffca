//! The rules that need more than one value: names, references, cycles, contradictions.
//!
//! An empty name stands for one that could not be read; what is wrong with it has been said already.

mod checks;
mod lint;
mod names;
mod stacks;
mod watch;

use std::collections::BTreeMap;

use super::{
    document::{ApplicationSection, ChecklistSection, Document, EnvironmentSection},
    error::{Findings, Path, closest},
};
pub use watch::thousandths;

use names::{is_identifier, is_slug};
pub use names::{is_logical_name, is_stack_name, problem_of_region};

pub fn check(document: &Document, findings: &mut Findings) {
    application(&document.application, findings);
    environments(&document.environments, findings);
    stacks::check(document, findings);
    checks::check(document, findings);
    watch::check(document, findings);
    checklist(&document.checklist, document, findings);
    lint::check(&document.lint, findings);
}

fn application(section: &ApplicationSection, findings: &mut Findings) {
    let path = Path::of("application");
    if !is_slug(&section.name) {
        findings.report(&path.key("name"), names::SLUG_WANTED, None);
    }
    let address = |findings: &mut Findings, path: &Path, url: &str| {
        if !url.starts_with("https://") && !url.starts_with("http://") {
            findings.report(path, "must begin with https:// or http://", None);
        }
    };
    for (i, link) in section.links.iter().enumerate() {
        address(findings, &path.key("links").at(i).key("url"), &link.url);
    }
    if let Some(url) = &section.repository {
        address(findings, &path.key("repository"), url);
    }
}

fn environments(sections: &[EnvironmentSection], findings: &mut Findings) {
    let list = Path::of("environments");
    if sections.is_empty() {
        findings.report(&list, "at least one environment is needed", None);
    }
    unique(&list, "name", sections.iter().map(|e| e.name.as_str()), findings);
    for (i, section) in sections.iter().enumerate() {
        let path = list.at(i);
        if !is_slug(&section.name) {
            findings.report(&path.key("name"), names::SLUG_WANTED, None);
        }
        let is_account = |text: &str| text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit());
        if let Some(account) = section.account.as_deref().filter(|a| !is_account(a)) {
            findings.report(&path.key("account"), format!("must be twelve digits, but is “{account}”"), None);
        }
        if let Some((message, suggestion)) = problem_of_region(&section.region) {
            findings.report(&path.key("region"), message, suggestion);
        }
        if let Some(arn) = &section.role_arn {
            role_arn(arn, section.account.as_deref(), &path.key("role_arn"), findings);
        }
        for name in section.variables.keys().filter(|name| !is_identifier(name)) {
            let message = "a variable is named with letters, digits, dashes and underscores";
            findings.report(&path.key("variables").key(name), message, None);
        }
        if let Some(protection) = &section.protection {
            let path = path.key("protection");
            if protection.phrase.trim() != protection.phrase || protection.phrase.is_empty() {
                let message = "must be a phrase to type, without spaces around it";
                findings.report(&path.key("phrase"), message, None);
            }
            let groups = protection.required_groups.iter().map(String::as_str);
            unique(&path.key("required_groups"), "", groups, findings);
        }
    }
}

fn role_arn(arn: &str, account: Option<&str>, path: &Path, findings: &mut Findings) {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let [_, _, "iam", "", of_role, resource] = parts.as_slice() else {
        return findings.report(path, "must look like arn:aws:iam::123456789012:role/name", None);
    };
    if !arn.starts_with("arn:aws") || !resource.starts_with("role/") {
        findings.report(path, "must look like arn:aws:iam::123456789012:role/name", None);
    } else if let Some(account) = account.filter(|account| account != of_role) {
        findings.report(path, format!("is a role of account {of_role}, but the environment is {account}"), None);
    }
}

fn checklist(section: &ChecklistSection, document: &Document, findings: &mut Findings) {
    let root = Path::of("checklist");
    let list = root.key("sections");
    unique(&list, "id", section.sections.iter().map(|s| s.id.as_str()), findings);
    let mut seen: BTreeMap<&str, Path> = BTreeMap::new();
    for (i, part) in section.sections.iter().enumerate() {
        identifier(&part.id, &list.at(i).key("id"), findings);
        for (j, item) in part.items.iter().enumerate() {
            let path = list.at(i).key("items").at(j);
            identifier(&item.id, &path.key("id"), findings);
            if let Some(first) = seen.get(item.id.as_str()) {
                findings.report(&path.key("id"), format!("“{}” is already the id of {first}", item.id), None);
            } else if !item.id.is_empty() {
                seen.insert(&item.id, path.clone());
            }
            let Some(checks) = &item.checks else { continue };
            if checks.is_empty() {
                let message = "an automatic item needs at least one check; leave the key out for a manual item";
                findings.report(&path.key("checks"), message, None);
            }
            if item.evidence_required.is_some() {
                let message = "only a manual item asks for evidence; this one has checks";
                findings.report(&path.key("evidence_required"), message, None);
            }
            for (k, id) in checks.iter().enumerate() {
                let known = document.checks.iter().map(|c| c.id.as_str());
                reference("check", id, known, &path.key("checks").at(k), findings);
            }
            if !checks.is_empty() && !is_ever_asked(checks, document) {
                let message = "none of these runs in a protected environment, so this item would be on no list";
                findings.report(&path.key("checks"), message, None);
            }
        }
    }
    let list = root.key("sign_offs");
    unique(&list, "id", section.sign_offs.iter().map(|s| s.id.as_str()), findings);
    for (i, sign_off) in section.sign_offs.iter().enumerate() {
        identifier(&sign_off.id, &list.at(i).key("id"), findings);
    }
}

/// Checklists are for protected environments, and each asks only the checks that run there. An item that no environment
/// asks would vanish without a word. Unknown checks are given the benefit of the doubt: they are reported already.
fn is_ever_asked(checks: &[String], document: &Document) -> bool {
    let protected: Vec<&str> =
        document.environments.iter().filter(|e| e.protection.is_some()).map(|e| e.name.as_str()).collect();
    let runs = |id: &String| {
        let check = document.checks.iter().find(|c| c.id == *id);
        let limit = check.and_then(|c| c.environments.as_ref());
        limit.is_none_or(|names| names.iter().any(|name| protected.contains(&name.as_str())))
    };
    protected.is_empty() || checks.iter().any(runs)
}

/// An id people see in addresses and the audit log.
fn identifier(id: &str, path: &Path, findings: &mut Findings) {
    if !names::is_id(id) {
        findings.report(path, "must be lower-case letters, digits, dashes and dots, beginning with a letter", None);
    }
}

/// Each entry's `key` once. With an empty key, the entries themselves.
fn unique<'a>(list: &Path, key: &str, names: impl Iterator<Item = &'a str>, findings: &mut Findings) {
    let mut seen: Vec<&str> = Vec::new();
    for (i, name) in names.enumerate() {
        if seen.contains(&name) {
            let path = if key.is_empty() { list.at(i) } else { list.at(i).key(key) };
            findings.report(&path, format!("“{name}” is there twice"), None);
        } else if !name.is_empty() {
            seen.push(name);
        }
    }
}

/// A name that must be one of those defined elsewhere in the file.
fn reference<'a>(
    what: &str,
    name: &str,
    known: impl Iterator<Item = &'a str> + Clone,
    path: &Path,
    findings: &mut Findings,
) -> bool {
    let is_known = known.clone().any(|k| k == name);
    if !is_known {
        let suggestion = closest(name, known);
        findings.report(path, format!("there is no {what} “{name}”"), suggestion);
    }
    is_known
}
