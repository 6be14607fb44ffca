//! Checklists as a blueprint defines them, and how they become the list of one deployment.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Checklist, Item, ItemKind, ListRef, Section, SignOffRole};

/// What a list is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// The deployment's own list: its required sections and its signatures decide. At most one per environment.
    Deployment,
    /// Beside it: a record of what was tried, which keeps nobody from signing.
    Validation,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChecklistTemplate {
    pub id: String,
    pub title: String,
    pub purpose: Purpose,
    pub environments: Vec<String>,
    pub stale_after_secs: u64,
    pub sections: Vec<SectionTemplate>,
    pub sign_off_roles: Vec<SignOffRole>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SectionTemplate {
    pub id: String,
    pub title: String,
    pub note: Option<String>,
    pub is_required: bool,
    /// For all of its items.
    pub when: Option<When>,
    pub items: Vec<ItemTemplate>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemTemplate {
    pub id: String,
    pub title: String,
    pub help: Option<String>,
    pub when: Option<When>,
    pub kind: ItemKind,
}

/// Where an item applies: the environment has the variable, with a value that is not a no.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct When {
    pub variable: String,
    /// Exactly this value.
    pub equals: Option<String>,
}

impl When {
    /// Why it does not hold among these variables.
    fn obstacle(&self, environment: &str, variables: &BTreeMap<String, String>) -> Option<String> {
        let name = &self.variable;
        let found = variables.get(name).map(|value| value.trim()).filter(|value| !value.is_empty());
        match (found, &self.equals) {
            (None, _) => Some(format!("{environment} has no variable {name}")),
            (Some(value), Some(wanted)) if value != wanted => {
                Some(format!("{name} of {environment} is {value}, not {wanted}"))
            }
            (Some(value), None) if ["no", "false", "0", "off"].contains(&value.to_ascii_lowercase().as_str()) => {
                Some(format!("{name} of {environment} is {value}"))
            }
            _ => None,
        }
    }
}

/// The lists of an environment. `checks` are the ids of the checks that run there.
pub(crate) fn resolve(
    templates: &[ChecklistTemplate],
    environment: &str,
    title: &str,
    variables: &BTreeMap<String, String>,
    checks: &[&str],
) -> Checklist {
    let mut here: Vec<&ChecklistTemplate> =
        templates.iter().filter(|t| t.environments.iter().any(|name| name == environment)).collect();
    here.sort_by_key(|template| template.purpose != Purpose::Deployment);
    let mut checklist = Checklist::default();
    for template in here {
        let is_signed = template.purpose == Purpose::Deployment;
        checklist.lists.push(ListRef {
            id: template.id.clone(),
            title: template.title.clone(),
            purpose: template.purpose,
            stale_after_secs: template.stale_after_secs,
        });
        if is_signed {
            checklist.sign_off_roles.clone_from(&template.sign_off_roles);
        }
        for section in &template.sections {
            let outside = section.when.as_ref().and_then(|when| when.obstacle(title, variables));
            let items = section.items.iter().map(|item| {
                let why = outside.clone().or_else(|| item.when.as_ref().and_then(|w| w.obstacle(title, variables)));
                for_environment(item, why, title, checks)
            });
            checklist.sections.push(Section {
                id: section.id.clone(),
                list: template.id.clone(),
                title: section.title.clone(),
                note: section.note.clone(),
                is_required: section.is_required && is_signed,
                items: items.collect(),
            });
        }
    }
    checklist
}

/// An automatic item asks only the checks that run here; without any, nothing could ever close it.
fn for_environment(item: &ItemTemplate, why: Option<String>, title: &str, checks: &[&str]) -> Item {
    let mut kind = item.kind.clone();
    let mut not_applicable = why;
    if let ItemKind::Automatic { checks: asked } = &mut kind {
        asked.retain(|id| checks.contains(&id.as_str()));
        if asked.is_empty() && not_applicable.is_none() {
            not_applicable = Some(format!("none of its checks is for {title}"));
        }
    }
    Item { id: item.id.clone(), title: item.title.clone(), help: item.help.clone(), kind, not_applicable }
}
