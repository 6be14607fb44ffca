//! From a document that passed every rule to the domain's blueprint.

use domain::{
    blueprint::{
        Application, Blueprint, Contact, Environment, EnvironmentColour, Link, Protection, StackDefinition, Suite,
    },
    checklist::{Checklist, Item, ItemKind, Section, SignOffRole},
    digest::Digest,
    permission::Role,
};

mod checks;
mod watch;

use super::document::{
    ApplicationSection, ChecklistSection, ColourWord, Document, EnvironmentSection, ItemSection, RoleWord,
    StackSection, SuiteSection,
};

pub fn blueprint(document: Document, digest: Digest) -> Blueprint {
    Blueprint {
        application: application(document.application),
        environments: document.environments.into_iter().map(environment).collect(),
        stacks: document.stacks.into_iter().map(stack).collect(),
        checks: document.checks.into_iter().map(checks::check).collect(),
        suites: document.suites.into_iter().map(suite).collect(),
        checklist: checklist(document.checklist),
        rollback_triggers: document.rollback_triggers.into_iter().map(watch::trigger).collect(),
        digest,
    }
}

fn application(section: ApplicationSection) -> Application {
    Application {
        title: section.title.unwrap_or_else(|| section.name.clone()),
        name: section.name,
        description: section.description,
        repository: section.repository,
        links: section.links.into_iter().map(|l| Link { title: l.title, url: l.url }).collect(),
        contacts: section
            .contacts
            .into_iter()
            .map(|c| Contact { kind: c.kind, name: c.name, reach: c.reach })
            .collect(),
    }
}

fn environment(section: EnvironmentSection) -> Environment {
    Environment {
        title: section.title.unwrap_or_else(|| capitalised(&section.name)),
        name: section.name,
        account: section.account,
        region: section.region,
        role_arn: section.role_arn,
        external_id: section.external_id,
        template_bucket: section.template_bucket,
        colour: colour(section.colour),
        variables: section.variables,
        tags: section.tags,
        protection: section.protection.map(|p| Protection {
            phrase: p.phrase,
            quorum: p.quorum,
            required_groups: p.required_groups,
            max_login_age_secs: p.max_login_age_secs,
        }),
        watch: section.watch.map(watch::watch),
    }
}

fn capitalised(name: &str) -> String {
    let mut characters = name.chars();
    characters.next().map(|first| first.to_uppercase().chain(characters).collect()).unwrap_or_default()
}

fn colour(word: ColourWord) -> EnvironmentColour {
    match word {
        ColourWord::Blue => EnvironmentColour::Blue,
        ColourWord::Green => EnvironmentColour::Green,
        ColourWord::Teal => EnvironmentColour::Teal,
        ColourWord::Amber => EnvironmentColour::Amber,
        ColourWord::Red => EnvironmentColour::Red,
        ColourWord::Violet => EnvironmentColour::Violet,
        ColourWord::Grey => EnvironmentColour::Grey,
    }
}

fn stack(section: StackSection) -> StackDefinition {
    StackDefinition {
        name: section.name,
        name_pattern: section.name_pattern,
        depends_on: section.depends_on,
        is_stateful: section.stateful,
        outputs: section.outputs,
    }
}

fn suite(section: SuiteSection) -> Suite {
    Suite { id: section.id, title: section.title, checks: section.checks }
}

fn checklist(section: ChecklistSection) -> Checklist {
    Checklist {
        sections: section
            .sections
            .into_iter()
            .map(|s| Section { id: s.id, title: s.title, items: s.items.into_iter().map(item).collect() })
            .collect(),
        sign_off_roles: section
            .sign_offs
            .into_iter()
            .map(|s| SignOffRole { id: s.id, title: s.title, role: role(s.role) })
            .collect(),
    }
}

fn item(section: ItemSection) -> Item {
    let kind = match section.checks {
        Some(checks) => ItemKind::Automatic { checks },
        None => ItemKind::Manual { evidence_required: section.evidence_required.unwrap_or(false) },
    };
    Item { id: section.id, title: section.title, help: section.help, kind }
}

fn role(word: RoleWord) -> Role {
    match word {
        RoleWord::Viewer => Role::Viewer,
        RoleWord::Finance => Role::Finance,
        RoleWord::OnCall => Role::OnCall,
        RoleWord::Engineer => Role::Engineer,
        RoleWord::Lead => Role::Lead,
        RoleWord::Admin => Role::Admin,
        RoleWord::Auditor => Role::Auditor,
    }
}
