//! A blueprint as the rest of the product uses it: already validated. The TOML document it comes from, with its
//! places and error messages, lives in the server (`server/src/blueprint`).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{check::Severity, checklist::Checklist, digest::Digest};

/// One application and everything Lockkeeper knows about how it is deployed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Blueprint {
    pub application: Application,
    /// In the order of the file, which is the order of promotion.
    pub environments: Vec<Environment>,
    /// In the order of the file, which is the order of execution where no dependency says otherwise.
    pub stacks: Vec<StackDefinition>,
    pub checks: Vec<CheckDefinition>,
    pub checklist: Checklist,
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

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
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
}

impl Environment {
    pub fn is_protected(&self) -> bool {
        self.protection.is_some()
    }

    pub fn max_login_age_secs(&self) -> Option<u64> {
        self.protection.as_ref().map(|p| p.max_login_age_secs)
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EnvironmentColour {
    Blue,
    Green,
    Teal,
    Amber,
    Red,
    Violet,
    #[default]
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

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckDefinition {
    pub id: String,
    pub title: String,
    pub severity: Severity,
    /// `None`: in every environment.
    pub environments: Option<Vec<String>>,
    /// Attempts after the first one.
    pub retries: u32,
    pub retry_delay_secs: u32,
    pub kind: CheckKind,
}

impl CheckDefinition {
    pub fn applies_to(&self, environment: &str) -> bool {
        self.environments.as_ref().is_none_or(|names| names.iter().any(|n| n == environment))
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum CheckKind {
    /// The stack exists and its last operation succeeded.
    StackStatus {
        stack: String,
    },
    /// The stack has the output, with a value.
    StackOutput {
        stack: String,
        output: String,
        starts_with: Option<String>,
    },
    Http(HttpCheck),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HttpCheck {
    /// May name stack outputs, `{output:Api.ApiEndpoint}/health`, and variables, `{variable:network}`.
    pub url: String,
    pub method: String,
    pub request_headers: BTreeMap<String, String>,
    /// Any of these.
    pub status: Vec<u16>,
    /// Header name to a text its value must contain (any case); empty text: the header must be there.
    pub headers: BTreeMap<String, String>,
    pub json: Vec<JsonAssertion>,
    pub body_contains: Option<String>,
    pub max_latency_ms: Option<u64>,
    pub timeout_secs: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JsonAssertion {
    /// RFC 6901.
    pub pointer: String,
    /// Strings as they are, anything else as its JSON text. `None`: must be present.
    pub equals: Option<String>,
    /// The value must be an array of at least this many items.
    pub min_items: Option<u64>,
}

/// A reference inside a check's text that must be replaced by a real value before it is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Placeholder {
    Output { stack: String, output: String },
    Variable(String),
}

/// One piece of a text with placeholders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TextPart {
    Literal(String),
    Placeholder(Placeholder),
}

/// Splits `{output:Stack.Name}` and `{variable:name}` out of a text.
///
/// # Errors
/// The placeholder that has another form, as it was written.
pub fn parse_text(text: &str) -> Result<Vec<TextPart>, String> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        let Some(length) = rest[open..].find('}') else {
            return Err(rest[open..].to_owned());
        };
        let inner = &rest[open + 1..open + length];
        let placeholder = match inner.split_once(':') {
            Some(("output", reference)) => reference
                .split_once('.')
                .map(|(stack, output)| Placeholder::Output { stack: stack.to_owned(), output: output.to_owned() }),
            Some(("variable", name)) => Some(Placeholder::Variable(name.to_owned())),
            _ => None,
        };
        let Some(placeholder) = placeholder else {
            return Err(format!("{{{inner}}}"));
        };
        if open > 0 {
            parts.push(TextPart::Literal(rest[..open].to_owned()));
        }
        parts.push(TextPart::Placeholder(placeholder));
        rest = &rest[open + length + 1..];
    }
    if !rest.is_empty() {
        parts.push(TextPart::Literal(rest.to_owned()));
    }
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_split_from_the_text_around_them() {
        let parts = parse_text("{output:Api.ApiEndpoint}/health?n={variable:network}").unwrap_or_default();
        assert_eq!(
            parts,
            [
                TextPart::Placeholder(Placeholder::Output { stack: "Api".into(), output: "ApiEndpoint".into() }),
                TextPart::Literal("/health?n=".into()),
                TextPart::Placeholder(Placeholder::Variable("network".into())),
            ]
        );
    }

    #[test]
    fn an_unknown_or_open_placeholder_is_named() {
        assert_eq!(parse_text("a{nope}b"), Err("{nope}".to_owned()));
        assert_eq!(parse_text("a{output:Api"), Err("{output:Api".to_owned()));
        assert_eq!(parse_text("{output:Api}"), Err("{output:Api}".to_owned()));
    }

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
