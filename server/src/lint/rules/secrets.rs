//! Secrets: names that two sides claim, secrets nobody reads, names nobody defines.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::{
    blueprint::KeyPath,
    lint::{
        EnvironmentModel, Model, Rule, Severity,
        finding::{At, Findings, Remark, listed, texts},
    },
    templates::ResourceRef,
};

pub const TWO_NAMES: Rule = Rule {
    id: "LK010-secret-two-names",
    severity: Severity::Error,
    summary: "One secret has one name: not `app/staging/key` here and `staging/app/key` there.",
    why: "A value put under one name is never seen by who reads the other.",
    advice: "Choose one of the names and use it everywhere.",
    source: "https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_secret-names.html",
};

pub const UNREAD: Rule = Rule {
    id: "LK011-secret-unread",
    severity: Severity::Warning,
    summary: "Every secret of the templates is referred to by something that could read it.",
    why: "A secret nobody reads costs money and is filled in for nothing.",
    advice: "Hand it to its reader, or take it out.",
    source: "https://docs.aws.amazon.com/secretsmanager/latest/userguide/retrieving-secrets.html",
};

pub const UNKNOWN: Rule = Rule {
    id: "LK012-secret-unknown",
    severity: Severity::Warning,
    summary: "Every secret that is read by name is one of the templates.",
    why: "Reading it fails unless somebody makes it by hand.",
    advice: "Refer to the secret's resource instead of writing its name, or define it.",
    source: "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references-secretsmanager.html",
};

pub const FIELD_MISSING: Rule = Rule {
    id: "LK013-secret-field-missing",
    severity: Severity::Error,
    summary: "The fields a check wants in a secret are those its template makes.",
    why: "The check fails until somebody puts the field in by hand, and readers of the other name break.",
    advice: "Use one name for the field in both.",
    source: "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-secretsmanager-secret-generatesecretstring.html",
};

pub const PLACEHOLDER: Rule = Rule {
    id: "LK014-secret-placeholder",
    severity: Severity::Note,
    summary: "Templates do not fill secrets with values that wait to be replaced.",
    why: "The application runs with the word until a person replaces it.",
    advice: "Put an item on the checklist, or a check of kind `secret`, that looks for the real value.",
    source: "https://docs.aws.amazon.com/secretsmanager/latest/userguide/best-practices.html",
};

pub const SIGNING_KEY_ROTATED: Rule = Rule {
    id: "LK082-signing-key-rotated",
    severity: Severity::Warning,
    summary: "A key that signs things outside the account is not rotated by a timer.",
    why: "A new key changes what the signatures mean to everybody who verifies them.",
    advice: "Rotate it by hand, as a decision somebody makes.",
    source: "https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotating-secrets.html",
};

const SECRET: &str = "AWS::SecretsManager::Secret";

pub fn check(model: &Model<'_>, findings: &mut Findings<'_>) {
    for environment in &model.environments {
        let secrets: Vec<(ResourceRef, Option<String>)> =
            environment.templates.of_kind(SECRET).map(|(at, _)| (at, environment.templates.name(at))).collect();
        let claims = claims(model, environment);
        two_names(environment, &secrets, &claims, findings);
        unread(environment, &secrets, &claims, findings);
        unknown(environment, &secrets, &claims, findings);
        contents(environment, &secrets, findings);
        fields(model, environment, findings);
    }
}

/// A name written down somewhere.
struct Claim {
    name: String,
    by: String,
    path: Option<KeyPath>,
    at: Option<ResourceRef>,
    /// Whether whoever wrote it reads the value, so that a secret of this name must exist.
    is_read: bool,
}

fn claims(model: &Model<'_>, environment: &EnvironmentModel) -> Vec<Claim> {
    let mut found = Vec::new();
    for section in ["secrets", "checks"] {
        if let Some(value) = model.document().get(section) {
            of_blueprint(value, &KeyPath::of(section), environment, &mut found);
        }
    }
    let templates = &environment.templates;
    for (at, resource) in templates.resources().filter(|(_, r)| r.kind != SECRET) {
        for text in texts(&resource.properties) {
            let by = environment.subject(at);
            for name in referred(text) {
                found.push(Claim { name, by: by.clone(), path: None, at: Some(at), is_read: true });
            }
        }
        // Names put together by functions, and plain names in variables.
        let variables = resource.properties.pointer("/Environment/Variables").and_then(Value::as_object);
        for (key, value) in variables.into_iter().flatten() {
            let Some(text) = templates.literal(at.stack, value) else { continue };
            let is_name = key.to_uppercase().contains("SECRET") && is_path(&text);
            if is_name && !text.starts_with("arn:") {
                let by = format!("{} ({key})", environment.subject(at));
                found.push(Claim { name: text, by, path: None, at: Some(at), is_read: true });
            }
        }
    }
    found
}

/// Paths in the blueprint's secrets and checks; prose and addresses are not names.
fn of_blueprint(value: &Value, path: &KeyPath, environment: &EnvironmentModel, found: &mut Vec<Claim>) {
    match value {
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(i, item)| of_blueprint(item, &path.at(i), environment, found));
        }
        Value::Object(map) => {
            for (key, inner) in map {
                if !matches!(key.as_str(), "title" | "help" | "description" | "url" | "pointer" | "matches" | "pattern")
                {
                    of_blueprint(inner, &path.key(key), environment, found);
                }
            }
        }
        Value::String(text) => {
            let name = text.replace("{environment}", &environment.name);
            if is_path(&name) {
                let by = "the blueprint".to_owned();
                found.push(Claim { name, by, path: Some(path.clone()), at: None, is_read: false });
            }
        }
        _ => {}
    }
}

/// `a/b` and longer, of the characters Secrets Manager takes.
fn is_path(text: &str) -> bool {
    let is_part =
        |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"_+=.@-".contains(&b));
    text.contains('/') && text.split('/').all(is_part)
}

/// Names in dynamic references and in ARNs.
fn referred(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for rest in text.split("{{resolve:secretsmanager:").skip(1) {
        let inside = rest.split("}}").next().unwrap_or(rest);
        if !inside.starts_with("arn:") && !inside.is_empty() {
            found.extend(inside.split(':').next().map(str::to_owned));
        }
    }
    for rest in text.split(":secret:").skip(1) {
        let name: String = rest.chars().take_while(|c| c.is_ascii_alphanumeric() || "/_+=.@-?*".contains(*c)).collect();
        let name = name.trim_end_matches(['*', '?']).trim_end_matches('-');
        let is_pattern = name.contains(['*', '?']) || rest.starts_with(['*', '?']) || name.ends_with('/');
        if !name.is_empty() && !is_pattern {
            found.push(without_suffix(name).to_owned());
        }
    }
    found
}

/// Full ARNs end in a dash and six random characters.
fn without_suffix(name: &str) -> &str {
    match name.rsplit_once('-') {
        Some((before, random))
            if random.len() == 6 && random.bytes().any(|b| b.is_ascii_uppercase() || b.is_ascii_digit()) =>
        {
            before
        }
        _ => name,
    }
}

/// What is left of a name when the order and spelling of its parts is forgotten: the last part, and the others sorted.
fn essence(name: &str, environment: &str) -> (String, Vec<String>) {
    let plain = |part: &str| part.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
    let mut parts: Vec<String> = name.split('/').map(plain).collect();
    let last = parts.pop().unwrap_or_default();
    let environment = plain(environment);
    parts.retain(|part| *part != environment);
    parts.sort();
    (last, parts)
}

fn two_names(
    environment: &EnvironmentModel,
    secrets: &[(ResourceRef, Option<String>)],
    claims: &[Claim],
    findings: &mut Findings<'_>,
) {
    let mut groups: BTreeMap<(String, Vec<String>), BTreeMap<String, Vec<usize>>> = BTreeMap::new();
    for (index, (_, name)) in secrets.iter().enumerate() {
        if let Some(name) = name.as_ref().filter(|name| name.contains('/')) {
            groups.entry(essence(name, &environment.name)).or_default().entry(name.clone()).or_default().push(index);
        }
    }
    // Only what some template defines: two strange names beside each other are LK012's.
    let mut claimants: BTreeMap<String, Vec<&Claim>> = BTreeMap::new();
    for claim in claims.iter().filter(|claim| claim.name.contains('/')) {
        if let Some(group) = groups.get_mut(&essence(&claim.name, &environment.name)) {
            group.entry(claim.name.clone()).or_default();
            claimants.entry(claim.name.clone()).or_default().push(claim);
        }
    }
    for ((last, _), names) in groups.into_iter().filter(|(_, names)| names.len() > 1) {
        let all = listed(names.keys().map(String::as_str));
        let what =
            format!("{all} look like one secret under different names.").replace(&environment.name, "{environment}");
        let mut remark = Remark::new(&TWO_NAMES, last, what).within(environment);
        for (name, owners) in &names {
            remark.at.extend(owners.iter().filter_map(|i| secrets.get(*i)).map(|(at, _)| At::Resource(*at)));
            for claim in claimants.get(name).into_iter().flatten() {
                remark.at.extend(claim.at.map(At::Resource));
                if remark.path.is_none() {
                    remark.path.clone_from(&claim.path);
                }
            }
        }
        findings.add(remark);
    }
}

/// Resources that hold on to a secret without reading it.
const KEEPERS: [&str; 4] = [
    "AWS::SecretsManager::RotationSchedule",
    "AWS::SecretsManager::SecretTargetAttachment",
    "AWS::SecretsManager::ResourcePolicy",
    "AWS::Lambda::Permission",
];

fn unread(
    environment: &EnvironmentModel,
    secrets: &[(ResourceRef, Option<String>)],
    claims: &[Claim],
    findings: &mut Findings<'_>,
) {
    let templates = &environment.templates;
    for (secret, name) in secrets {
        let attachments: BTreeSet<ResourceRef> = templates
            .users(*secret)
            .into_iter()
            .filter(|at| templates.get(*at).kind == "AWS::SecretsManager::SecretTargetAttachment")
            .collect();
        let users = templates.users(*secret).into_iter().chain(attachments.iter().flat_map(|at| templates.users(*at)));
        let is_reader = |at: ResourceRef| {
            let kind = templates.get(at).kind.as_str();
            let is_idle_policy = kind == "AWS::IAM::ManagedPolicy" && !super::policies::is_attached(templates, at);
            !KEEPERS.contains(&kind) && !is_idle_policy
        };
        let is_read = users.into_iter().any(is_reader)
            || name.as_ref().is_some_and(|name| claims.iter().any(|c| c.is_read && c.name == *name));
        if !is_read {
            let id = &templates.get(*secret).id;
            let what = format!("Nothing in the templates reads secret {id}.");
            findings.add(Remark::of_resource(&UNREAD, environment, *secret, what));
        }
    }
}

fn unknown(
    environment: &EnvironmentModel,
    secrets: &[(ResourceRef, Option<String>)],
    claims: &[Claim],
    findings: &mut Findings<'_>,
) {
    // A secret without a name of its own could be any of them.
    let is_known = |name: &str| secrets.iter().any(|(_, n)| n.as_deref().is_none_or(|n| n == name));
    for claim in claims.iter().filter(|claim| claim.is_read && !is_known(&claim.name)) {
        let what = format!("{} reads secret {}, which no template defines.", claim.by, claim.name);
        let mut remark = Remark::new(&UNKNOWN, claim.name.replace(&environment.name, "{environment}"), what);
        remark.at.extend(claim.at.map(At::Resource));
        findings.add(remark.within(environment));
    }
}

/// Words that wait to be replaced.
const WAITING: [&str; 6] = ["placeholder", "changeme", "change-me", "replace", "todo", "your-"];

fn contents(environment: &EnvironmentModel, secrets: &[(ResourceRef, Option<String>)], findings: &mut Findings<'_>) {
    let templates = &environment.templates;
    for (secret, name) in secrets {
        let id = &templates.get(*secret).id;
        let bodies = ["/GenerateSecretString/SecretStringTemplate", "/SecretString"];
        for body in bodies.iter().filter_map(|pointer| templates.property_text(*secret, pointer)) {
            let fields: BTreeMap<String, Value> = serde_json::from_str(&body).unwrap_or_default();
            for (field, value) in &fields {
                let text = value.as_str().unwrap_or_default().to_lowercase();
                if WAITING.iter().any(|word| text.contains(word)) {
                    let what = format!("Field {field} of secret {id} is filled with a word that waits to be replaced.");
                    findings.add(Remark::of_resource(&PLACEHOLDER, environment, *secret, what));
                }
            }
            let is_signing = fields.values().filter_map(Value::as_str).any(|v| v.to_lowercase().contains("signingkey"))
                || name.as_ref().is_some_and(|n| n.to_lowercase().contains("signing-key"));
            let rotation = templates
                .users(*secret)
                .into_iter()
                .find(|at| templates.get(*at).kind == "AWS::SecretsManager::RotationSchedule");
            if let Some(rotation) = rotation.filter(|_| is_signing) {
                let what = format!("Secret {id} holds a signing key and is rotated by a timer.");
                findings.add(
                    Remark::of_resource(&SIGNING_KEY_ROTATED, environment, *secret, what).at(At::Resource(rotation)),
                );
            }
        }
    }
}

/// Fields that a template gives a secret: those of its text, and the generated one. `None`: not an object, or unknown.
pub fn fields_of(environment: &EnvironmentModel, secret: ResourceRef) -> Option<BTreeSet<String>> {
    let templates = &environment.templates;
    let object = |pointer: &str| {
        let text = templates.property_text(secret, pointer)?;
        let value: serde_json::Map<String, Value> = serde_json::from_str(&text).ok()?;
        Some(value.into_iter().map(|(key, _)| key).collect::<BTreeSet<String>>())
    };
    if let Some(found) = object("/SecretString") {
        return Some(found);
    }
    let mut found = object("/GenerateSecretString/SecretStringTemplate")?;
    found.extend(templates.property_text(secret, "/GenerateSecretString/GenerateStringKey"));
    // An attachment adds where the database is.
    let is_attached = templates
        .users(secret)
        .into_iter()
        .any(|at| templates.get(at).kind == "AWS::SecretsManager::SecretTargetAttachment");
    if is_attached {
        found.extend(["host", "port", "dbname", "engine", "dbClusterIdentifier"].map(str::to_owned));
    }
    Some(found)
}

fn fields(model: &Model<'_>, environment: &EnvironmentModel, findings: &mut Findings<'_>) {
    let checks = model.document().get("checks").and_then(Value::as_array);
    for (index, entry) in checks.into_iter().flatten().enumerate() {
        let text = |key: &str| entry.get(key).and_then(Value::as_str);
        if text("kind") != Some("secret") || !super::blueprint::applies(entry, &environment.name) {
            continue;
        }
        let secret = text("stack")
            .and_then(|stack| environment.stack(stack))
            .and_then(|(stack, _)| environment.templates.find(stack, text("logical_id")?));
        let Some((secret, known)) = secret.and_then(|at| Some((at, fields_of(environment, at)?))) else { continue };
        let wanted = entry.get("fields").and_then(Value::as_array);
        for (position, field) in wanted.into_iter().flatten().enumerate() {
            let Some(field) = field.as_str().filter(|field| !known.contains(*field)) else { continue };
            let what = format!(
                "Check {} wants field {field} in secret {}, whose template makes {}.",
                text("id").unwrap_or_default(),
                environment.subject(secret),
                listed(known.iter().map(String::as_str))
            );
            let path = KeyPath::of("checks").at(index).key("fields").at(position);
            findings.add(Remark::of_resource(&FIELD_MISSING, environment, secret, what).path(path));
        }
    }
}
