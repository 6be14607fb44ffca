//! Checks for what was found, each with an id of its own.

use std::collections::BTreeSet;

use crate::init::{
    contents::{Contents, Holds},
    layout::{Layout, slug},
};

use super::Toml;

/// What a check is for: which item of the checklist it closes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    Stack,
    Output,
    Answer,
}

pub struct Check {
    pub id: String,
    pub purpose: Purpose,
    title: String,
    origin: String,
    is_warning: bool,
    /// Keys and values, as they are written.
    kind: &'static str,
    texts: Vec<(&'static str, String)>,
    /// Whether an answer takes a moment to be right.
    is_retried: bool,
}

#[derive(Default)]
pub struct Checks {
    pub all: Vec<Check>,
    taken: BTreeSet<String>,
}

impl Checks {
    pub fn of(layout: &Layout, contents: &Contents) -> Self {
        let mut checks = Self::default();
        let stacks = || {
            layout
                .order
                .iter()
                .filter_map(|index| Some((layout.definitions.get(*index)?, contents.stacks.get(*index)?)))
        };
        for (definition, found) in stacks() {
            checks.add(
                Purpose::Stack,
                &["stack", &definition.name],
                Check {
                    title: format!("Stack {} is deployed", definition.name),
                    origin: found.names.join(", "),
                    texts: vec![("stack", definition.name.clone())],
                    ..Check::empty("stack_status")
                },
            );
        }
        for (definition, found) in stacks() {
            for output in &found.outputs {
                let mut texts = vec![("stack", definition.name.clone()), ("output", output.key.clone())];
                if output.holds == Holds::Arn {
                    texts.push(("starts_with", "arn:".to_owned()));
                }
                checks.add(
                    Purpose::Output,
                    &["output", &definition.name, &output.key],
                    Check {
                        title: format!("Stack {} says its {}", definition.name, output.key),
                        origin: found
                            .names
                            .iter()
                            .map(|n| format!("{n} / {}", output.key))
                            .collect::<Vec<_>>()
                            .join(", "),
                        texts,
                        ..Check::empty("stack_output")
                    },
                );
            }
        }
        for (definition, found) in stacks() {
            for output in &found.outputs {
                let origin = format!("{} / {}", definition.name, output.key);
                let address = format!("{{output:{}.{}}}", definition.name, output.key);
                match &output.holds {
                    Holds::Site => checks.add(
                        Purpose::Answer,
                        &["http", &definition.name, "site"],
                        Check {
                            title: "The front end answers".to_owned(),
                            origin,
                            texts: vec![("url", format!("https://{address}/"))],
                            is_retried: true,
                            ..Check::empty("http")
                        },
                    ),
                    Holds::Api(routes) => {
                        for route in routes {
                            checks.add(
                                Purpose::Answer,
                                &["http", &definition.name, route],
                                Check {
                                    title: format!("GET {route} answers"),
                                    origin: format!("{origin}, the route GET {route}"),
                                    // Whether it answers strangers with 200 is not in the template.
                                    is_warning: true,
                                    texts: vec![("url", format!("{address}{route}"))],
                                    is_retried: true,
                                    ..Check::empty("http")
                                },
                            );
                        }
                    }
                    Holds::Arn | Holds::Other => {}
                }
            }
        }
        checks
    }

    pub fn ids(&self, purpose: Purpose) -> Vec<&str> {
        self.all.iter().filter(|check| check.purpose == purpose).map(|check| check.id.as_str()).collect()
    }

    /// An id made of words: at most 64 characters, each once.
    fn add(&mut self, purpose: Purpose, words: &[&str], check: Check) {
        let words: Vec<String> = words.iter().filter_map(|word| slug(word)).collect();
        let long = words.join(".");
        let mut id: String = long.chars().take(64).collect();
        let mut number = 2;
        while self.taken.contains(&id) {
            id = format!("{}-{number}", long.chars().take(58).collect::<String>());
            number += 1;
        }
        self.taken.insert(id.clone());
        self.all.push(Check { id, purpose, ..check });
    }

    pub fn write(&self, toml: &mut Toml) {
        for (purpose, heading) in [
            (Purpose::Stack, "Checks: the stacks"),
            (Purpose::Output, "Checks: what the stacks say about themselves"),
            (Purpose::Answer, "Checks: the application answers"),
        ] {
            let mut is_first = true;
            for check in self.all.iter().filter(|check| check.purpose == purpose) {
                if is_first {
                    toml.heading(heading);
                    is_first = false;
                }
                check.write(toml);
            }
        }
    }
}

impl Check {
    fn empty(kind: &'static str) -> Self {
        Self {
            id: String::new(),
            purpose: Purpose::Stack,
            title: String::new(),
            origin: String::new(),
            is_warning: false,
            kind,
            texts: Vec::new(),
            is_retried: false,
        }
    }

    fn write(&self, toml: &mut Toml) {
        toml.blank();
        toml.table("[[checks]]");
        toml.comment(&format!("From {}.", self.origin));
        toml.text("id", &self.id);
        toml.text("title", &self.title);
        if self.is_warning {
            toml.text("severity", "warning");
        }
        toml.text("kind", self.kind);
        for (key, value) in &self.texts {
            toml.text(key, value);
        }
        if self.is_retried {
            toml.bare("retries", "3");
        }
    }
}
