//! From a document that passed every rule to the domain's blueprint.

mod checklists;

use domain::{
    blueprint::{
        Application, Blueprint, CheckDefinition, CheckKind, Contact, Environment, EnvironmentColour, HttpCheck,
        JsonAssertion, Link, Protection, StackDefinition,
    },
    check::Severity,
    digest::Digest,
    permission::Role,
};

use super::document::{
    ApplicationSection, CheckKindSection, CheckSection, ColourWord, Document, EnvironmentSection, MethodWord, RoleWord,
    SeverityWord, StackSection,
};

pub fn blueprint(document: Document, digest: Digest) -> Blueprint {
    Blueprint {
        application: application(document.application),
        environments: document.environments.into_iter().map(environment).collect(),
        stacks: document.stacks.into_iter().map(stack).collect(),
        checks: document.checks.into_iter().map(check).collect(),
        checklists: document.checklists.into_iter().map(checklists::checklist).collect(),
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

fn check(section: CheckSection) -> CheckDefinition {
    CheckDefinition {
        id: section.id,
        title: section.title,
        severity: match section.severity {
            SeverityWord::Error => Severity::Error,
            SeverityWord::Warning => Severity::Warning,
        },
        environments: section.environments,
        retries: section.retries,
        retry_delay_secs: section.retry_delay_secs,
        kind: check_kind(section.kind),
    }
}

fn check_kind(section: CheckKindSection) -> CheckKind {
    match section {
        CheckKindSection::StackStatus { stack } => CheckKind::StackStatus { stack },
        CheckKindSection::StackOutput { stack, output, starts_with } => {
            CheckKind::StackOutput { stack, output, starts_with }
        }
        CheckKindSection::Http {
            url,
            method,
            request_headers,
            status,
            headers,
            json,
            body_contains,
            max_latency_ms,
            timeout_secs,
        } => CheckKind::Http(HttpCheck {
            url,
            method: match method {
                MethodWord::Get => "GET",
                MethodWord::Head => "HEAD",
                MethodWord::Options => "OPTIONS",
                MethodWord::Post => "POST",
            }
            .to_owned(),
            request_headers,
            status,
            headers,
            json: json
                .into_iter()
                .map(|j| JsonAssertion { pointer: j.pointer, equals: j.equals, min_items: j.min_items })
                .collect(),
            body_contains,
            max_latency_ms,
            timeout_secs,
        }),
    }
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
