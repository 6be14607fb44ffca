//! A checklist to start from: what checks can say, and what only people know.

use std::collections::BTreeSet;

use crate::init::{
    contents::Contents,
    layout::{Layout, slug},
};

use super::{
    Toml,
    checks::{Checks, Purpose},
};

struct Section {
    id: &'static str,
    title: &'static str,
    items: Vec<Item>,
}

struct Item {
    id: String,
    title: String,
    help: Option<String>,
    origin: String,
    /// Without any, a person ticks it.
    checks: Vec<String>,
}

pub fn write(layout: &Layout, contents: &Contents, checks: &Checks, toml: &mut Toml) {
    let mut taken = BTreeSet::new();
    let sections: Vec<Section> =
        sections(contents, checks, &mut taken).into_iter().filter(|section| !section.items.is_empty()).collect();
    toml.heading("Checklist of a deployment to a protected environment");
    let protected: Vec<&str> =
        layout.environments.iter().filter(|e| e.is_production()).map(|e| e.name.as_str()).collect();
    let is_signed = !protected.is_empty();
    toml.blank();
    toml.table("[[checklists]]");
    toml.text("id", "deployment");
    toml.text("title", "Deployment checklist");
    if is_signed {
        toml.list("environments", protected);
    } else {
        toml.comment("No environment looks like production: the list is a record, and nobody signs it.");
        toml.list("environments", layout.environments.iter().map(|e| e.name.as_str()));
    }
    for section in sections {
        toml.blank();
        toml.table("[[checklists.sections]]");
        toml.text("id", section.id);
        toml.text("title", section.title);
        for item in section.items {
            toml.blank();
            toml.table("[[checklists.sections.items]]");
            toml.comment(&item.origin);
            toml.text("id", &item.id);
            toml.text("title", &item.title);
            if let Some(help) = &item.help {
                toml.text("help", help);
            }
            if item.checks.is_empty() {
                toml.bare("evidence_required", "true");
            } else {
                toml.list("checks", item.checks.iter().map(String::as_str));
            }
        }
    }
    if !is_signed {
        return;
    }
    for (id, title, role) in
        [("verified", "Verified by the engineer", "engineer"), ("approved", "Approved by the engineering lead", "lead")]
    {
        toml.blank();
        toml.table("[[checklists.sign_offs]]");
        toml.text("id", id);
        toml.text("title", title);
        toml.text("role", role);
    }
}

fn sections(contents: &Contents, checks: &Checks, taken: &mut BTreeSet<String>) -> Vec<Section> {
    let mut automatic = |purpose: Purpose, id: &str, title: &str| -> Vec<Item> {
        let ids: Vec<String> = checks.ids(purpose).into_iter().map(str::to_owned).collect();
        if ids.is_empty() {
            return Vec::new();
        }
        let origin = "Closed by the checks above.".to_owned();
        vec![Item { id: free(taken, &[id]), title: title.to_owned(), help: None, origin, checks: ids }]
    };
    let mut infrastructure = automatic(Purpose::Stack, "stacks", "All stacks are deployed");
    infrastructure.extend(automatic(Purpose::Output, "outputs", "The stacks say what others need of them"));
    let answers = automatic(Purpose::Answer, "answers", "The application answers");
    let secrets = contents
        .secrets
        .iter()
        .filter(|secret| secret.needs_person)
        .map(|secret| {
            let fields: Vec<&str> = secret.fields.iter().map(|(field, _)| field.as_str()).collect();
            let help = (!fields.is_empty()).then(|| format!("Its fields: {}.", fields.join(", ")));
            Item {
                id: free(taken, &["secret", &secret.found.stack, &secret.found.id]),
                title: format!("{} of stack {} holds its real value", secret.found.id, secret.found.stack),
                help: Some(
                    format!("{} Never paste a value here: say who looked, and when.", help.unwrap_or_default())
                        .trim()
                        .to_owned(),
                ),
                origin: format!("From {}.", secret.found.origins.join(", ")),
                checks: Vec::new(),
            }
        })
        .collect();
    let migrations = contents
        .migrations
        .iter()
        .map(|found| Item {
            id: free(taken, &["ran", &found.stack, &found.id]),
            title: format!("Function {} of stack {} ran, and did what it should", found.id, found.stack),
            help: Some("Guessed from its name. Look at the counts, not only at the end of the run.".to_owned()),
            origin: format!("From {}.", found.origins.join(", ")),
            checks: Vec::new(),
        })
        .collect();
    let topics = contents
        .topics
        .iter()
        .map(|found| Item {
            id: free(taken, &["subscriptions", &found.stack, &found.id]),
            title: format!("The subscriptions of topic {} of stack {} are confirmed", found.id, found.stack),
            help: Some("A subscription stays pending until the link in the e-mail is followed.".to_owned()),
            origin: format!("From {}.", found.origins.join(", ")),
            checks: Vec::new(),
        })
        .collect();
    vec![
        Section { id: "infrastructure", title: "Infrastructure", items: infrastructure },
        Section { id: "secrets", title: "Secrets", items: secrets },
        Section { id: "data", title: "Data", items: migrations },
        Section { id: "answers", title: "The application", items: answers },
        Section { id: "alarms", title: "Alarms", items: topics },
    ]
}

/// An id nobody has yet, of at most 64 characters.
fn free(taken: &mut BTreeSet<String>, words: &[&str]) -> String {
    let long = words.iter().filter_map(|word| slug(word)).collect::<Vec<_>>().join(".");
    let mut id: String = long.chars().take(64).collect();
    let mut number = 2;
    while !taken.insert(id.clone()) {
        id = format!("{}-{number}", long.chars().take(58).collect::<String>());
        number += 1;
    }
    id
}
