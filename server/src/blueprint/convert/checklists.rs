//! Checklists.

use domain::checklist::{ChecklistTemplate, ItemKind, ItemTemplate, Purpose, SectionTemplate, SignOffRole, When};

use super::{
    super::document::{ChecklistSection, ItemSection, ListSection, PurposeWord, SignOffSection, WhenSection},
    role,
};

pub fn checklist(section: ChecklistSection) -> ChecklistTemplate {
    ChecklistTemplate {
        id: section.id,
        title: section.title,
        purpose: match section.purpose {
            PurposeWord::Deployment => Purpose::Deployment,
            PurposeWord::Validation => Purpose::Validation,
        },
        environments: section.environments,
        stale_after_secs: u64::from(section.stale_after_hours) * 3600,
        sections: section.sections.into_iter().map(list_section).collect(),
        sign_off_roles: section.sign_offs.into_iter().map(sign_off).collect(),
    }
}

fn list_section(section: ListSection) -> SectionTemplate {
    SectionTemplate {
        id: section.id,
        title: section.title,
        note: section.note,
        is_required: section.required,
        when: section.when.map(when),
        items: section.items.into_iter().map(item).collect(),
    }
}

fn when(section: WhenSection) -> When {
    When { variable: section.variable, equals: section.equals }
}

fn item(section: ItemSection) -> ItemTemplate {
    let kind = match section.checks {
        Some(checks) => ItemKind::Automatic { checks },
        None => ItemKind::Manual {
            evidence_required: section.evidence_required.unwrap_or(false),
            role: section.role.map(role),
        },
    };
    ItemTemplate { id: section.id, title: section.title, help: section.help, when: section.when.map(when), kind }
}

fn sign_off(section: SignOffSection) -> SignOffRole {
    SignOffRole { id: section.id, title: section.title, role: role(section.role), statement: section.statement }
}
