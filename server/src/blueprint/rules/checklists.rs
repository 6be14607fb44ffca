//! Checklists: ids that are unique, checks and environments that exist, items that can be closed.

use std::collections::BTreeMap;

use super::{
    super::{
        document::{ChecklistSection, Document, ItemSection, PurposeWord, WhenSection},
        error::{Findings, Path},
    },
    identifier, names, reference, unique,
};

pub fn check(document: &Document, findings: &mut Findings) {
    let all = Path::of("checklists");
    unique(&all, "id", document.checklists.iter().map(|c| c.id.as_str()), findings);
    let mut seen = Seen::default();
    let mut signed: BTreeMap<&str, Path> = BTreeMap::new();
    for (i, list) in document.checklists.iter().enumerate() {
        let path = all.at(i);
        identifier(&list.id, &path.key("id"), findings);
        environments(list, document, &path.key("environments"), &mut signed, findings);
        for (j, section) in list.sections.iter().enumerate() {
            let path = path.key("sections").at(j);
            seen.add(&section.id, &path.key("id"), findings);
            if let Some(when) = &section.when {
                condition(when, &path.key("when"), findings);
            }
            for (k, one) in section.items.iter().enumerate() {
                let path = path.key("items").at(k);
                seen.add(&one.id, &path.key("id"), findings);
                item(one, list, document, &path, findings);
            }
        }
        let signs = path.key("sign_offs");
        unique(&signs, "id", list.sign_offs.iter().map(|s| s.id.as_str()), findings);
        for (j, sign_off) in list.sign_offs.iter().enumerate() {
            identifier(&sign_off.id, &signs.at(j).key("id"), findings);
        }
        if list.purpose == PurposeWord::Validation && !list.sign_offs.is_empty() {
            findings.report(&signs, "only a list for the deployment is signed; this one is for validation", None);
        }
    }
}

/// Ids of sections and items, in all lists: acts, addresses and the audit log name nothing else.
#[derive(Default)]
struct Seen<'a>(BTreeMap<&'a str, Path>);

impl<'a> Seen<'a> {
    fn add(&mut self, id: &'a str, path: &Path, findings: &mut Findings) {
        identifier(id, path, findings);
        if let Some(first) = self.0.get(id) {
            findings.report(path, format!("“{id}” is already the id of {first}"), None);
        } else if !id.is_empty() {
            self.0.insert(id, path.clone());
        }
    }
}

fn environments<'a>(
    list: &'a ChecklistSection,
    document: &Document,
    path: &Path,
    signed: &mut BTreeMap<&'a str, Path>,
    findings: &mut Findings,
) {
    if list.environments.is_empty() {
        findings.report(path, "a list that is for no environment would never be seen", None);
    }
    unique(path, "", list.environments.iter().map(String::as_str), findings);
    for (i, name) in list.environments.iter().enumerate() {
        let at = path.at(i);
        let known = document.environments.iter().map(|e| e.name.as_str());
        if !reference("environment", name, known, &at, findings) || list.purpose != PurposeWord::Deployment {
            continue;
        }
        if let Some(first) = signed.get(name.as_str()) {
            let message = format!("{name} has a list for its deployments already: {first}. Make this one a validation");
            findings.report(&at, message, None);
        } else {
            signed.insert(name, at);
        }
    }
}

fn condition(when: &WhenSection, path: &Path, findings: &mut Findings) {
    if !names::is_identifier(&when.variable) {
        let message = "a variable is named with letters, digits, dashes and underscores";
        findings.report(&path.key("variable"), message, None);
    }
}

fn item(item: &ItemSection, list: &ChecklistSection, document: &Document, path: &Path, findings: &mut Findings) {
    if let Some(when) = &item.when {
        condition(when, &path.key("when"), findings);
    }
    let Some(checks) = &item.checks else { return };
    if checks.is_empty() {
        let message = "an automatic item needs at least one check; leave the key out for a manual item";
        findings.report(&path.key("checks"), message, None);
    }
    if item.evidence_required.is_some() {
        let message = "only a manual item asks for evidence; this one has checks";
        findings.report(&path.key("evidence_required"), message, None);
    }
    if item.role.is_some() {
        findings.report(&path.key("role"), "only a manual item is ticked by a role; this one has checks", None);
    }
    for (i, id) in checks.iter().enumerate() {
        let known = document.checks.iter().map(|c| c.id.as_str());
        reference("check", id, known, &path.key("checks").at(i), findings);
    }
    if !checks.is_empty() && !is_ever_asked(checks, list, document) {
        let message = "none of these runs in an environment of this list, so nothing could ever close the item";
        findings.report(&path.key("checks"), message, None);
    }
}

/// Unknown checks and environments are given the benefit of the doubt: they are reported already.
fn is_ever_asked(checks: &[String], list: &ChecklistSection, document: &Document) -> bool {
    let runs = |id: &String| {
        let check = document.checks.iter().find(|c| c.id == *id);
        let limit = check.and_then(|c| c.environments.as_ref());
        limit.is_none_or(|names| names.iter().any(|name| list.environments.contains(name)))
    };
    list.environments.is_empty() || checks.iter().any(runs)
}
