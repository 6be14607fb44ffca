//! A blueprint as the rest of the product uses it: already validated. The TOML document it comes from, with its
//! places and error messages, lives in the server (`server/src/blueprint`).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    checklist::Checklist,
    digest::Digest,
    watch::{RollbackTrigger, WatchRules},
};

pub mod checks;
mod text;

pub use checks::{Assertion, CheckDefinition, CheckKind, HttpCheck, Suite};
pub use text::{Placeholder, TextPart, parse_text};

/// One application and everything Lockkeeper knows about how it is deployed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Blueprint {
    pub application: Application,
    /// In the order of the file, which is the order of promotion.
    pub environments: Vec<Environment>,
    /// In the order of the file, which is the order of execution where no dependency says otherwise.
    pub stacks: Vec<StackDefinition>,
    pub checks: Vec<CheckDefinition>,
    /// Named sets of checks, in the order of the file.
    pub suites: Vec<Suite>,
    pub checklist: Checklist,
    pub rollback_triggers: Vec<RollbackTrigger>,
    /// Digest of the file's text; recorded on every deployment.
    pub digest: Digest,
}

impl Blueprint {
    pub fn environment(&self, name: &str) -> Option<&Environment> {
        self.environments.iter().find(|e| e.name == name)
    }

    pub fn stack(&self, logical_name: &str) -> Option<&StackDefinition> {
        self.stacks.iter().find(|s| s.name == logical_name)
    }

    pub fn check(&self, id: &str) -> Option<&CheckDefinition> {
        self.checks.iter().find(|c| c.id == id)
    }

    pub fn suite(&self, id: &str) -> Option<&Suite> {
        self.suites.iter().find(|s| s.id == id)
    }

    /// The checks that apply to an environment, in the order of the file.
    pub fn checks_for<'a>(&'a self, environment: &'a str) -> impl Iterator<Item = &'a CheckDefinition> {
        self.checks.iter().filter(move |c| c.applies_to(environment))
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Application {
    /// Lower-case letters, digits and dashes; appears in addresses.
    pub name: String,
    pub title: String,
    pub description: String,
    pub repository: Option<String>,
    pub links: Vec<Link>,
    pub contacts: Vec<Contact>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    pub title: String,
    pub url: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// `primary`, `secondary`, `escalation`, or a word of the team's own.
    pub kind: String,
    pub name: String,
    pub reach: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Environment {
    pub name: String,
    pub title: String,
    /// Twelve digits. `None`: whatever account the credentials belong to.
    pub account: Option<String>,
    pub region: String,
    /// Assumed for every AWS call of this environment; `None` uses the process's own credentials.
    pub role_arn: Option<String>,
    pub external_id: Option<String>,
    /// Bucket for templates over 51,200 bytes; `None` uses the bucket the CDK bootstrap made.
    pub template_bucket: Option<String>,
    pub colour: EnvironmentColour,
    /// Values blueprints use in checks, for example `network = "mainnet"`.
    pub variables: BTreeMap<String, String>,
    pub tags: BTreeMap<String, String>,
    pub protection: Option<Protection>,
    /// How it is watched after a deployment.
    pub watch: Option<WatchRules>,
}

impl Environment {
    pub fn is_protected(&self) -> bool {
        self.protection.is_some()
    }

    pub fn max_login_age_secs(&self) -> Option<u64> {
        self.protection.as_ref().map(|p| p.max_login_age_secs)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EnvironmentColour {
    Blue,
    Green,
    Teal,
    Amber,
    Red,
    Violet,
    Grey,
}

impl EnvironmentColour {
    pub const ALL: [Self; 7] = [Self::Blue, Self::Green, Self::Teal, Self::Amber, Self::Red, Self::Violet, Self::Grey];

    pub fn name(self) -> &'static str {
        match self {
            Self::Blue => "blue",
            Self::Green => "green",
            Self::Teal => "teal",
            Self::Amber => "amber",
            Self::Red => "red",
            Self::Violet => "violet",
            Self::Grey => "grey",
        }
    }
}

/// What a protected environment asks for before anything happens in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Protection {
    /// Must be typed exactly by whoever approves.
    pub phrase: String,
    /// How many different people must approve; at least one.
    pub quorum: u32,
    /// Each of these groups must be represented among the approvers.
    pub required_groups: Vec<String>,
    /// How old the login of a person may be for an act here.
    pub max_login_age_secs: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StackDefinition {
    /// Logical name, for example `Api`.
    pub name: String,
    /// For example `TriviaNFT-{stack}-{environment}`; `{Environment}` is the environment with a capital.
    pub name_pattern: String,
    pub depends_on: Vec<String>,
    pub is_stateful: bool,
    /// Outputs the stack is expected to have.
    pub outputs: Vec<String>,
}

impl StackDefinition {
    /// The physical stack name in an environment.
    pub fn stack_name(&self, environment: &str) -> String {
        let mut characters = environment.chars();
        let capitalised: String =
            characters.next().map(|first| first.to_uppercase().chain(characters).collect()).unwrap_or_default();
        self.name_pattern
            .replace("{stack}", &self.name)
            .replace("{environment}", environment)
            .replace("{Environment}", &capitalised)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stack_name_follows_its_pattern() {
        let stack = StackDefinition {
            name: "Data".into(),
            name_pattern: "Shop-{stack}-{environment}".into(),
            depends_on: Vec::new(),
            is_stateful: true,
            outputs: Vec::new(),
        };
        assert_eq!(stack.stack_name("staging"), "Shop-Data-staging");
        let of_stage = StackDefinition { name_pattern: "{Environment}-{stack}".into(), ..stack };
        assert_eq!(of_stage.stack_name("prod"), "Prod-Data");
    }
}
