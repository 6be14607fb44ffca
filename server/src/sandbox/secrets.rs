//! Secrets Manager: what was generated when a secret was made, what people set since, and when it is rotated.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::{
    inventory::{Inventory, Live},
    naming::{token, uuid},
    outside::SecretPast,
    request::Refusal,
    session::{Answer, Session},
};

const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const PUNCTUATION: &[u8] = b"!#$%&()*+,-.:;<=>?@[]^_{|}~";

/// A secret of a stack, of people, or of both.
struct Secret {
    arn: String,
    name: String,
    live: Option<Live>,
    past: Option<SecretPast>,
    made_at: Timestamp,
}

fn secret(session: &mut Session<'_>) -> Result<Secret, Refusal> {
    let request = session.request;
    let wanted = request.required_text("SecretId", "ValidationException")?;
    let inventory = session.inventory();
    let name_of = |live: &Live| live.text("Name").map(str::to_owned);
    let live = inventory
        .of("AWS::SecretsManager::Secret")
        .find(|live| live.id() == wanted || name_of(live).as_deref() == Some(wanted))
        .cloned();
    let made_at = live.as_ref().map(|live| live.made_at.unwrap_or(live.changed_at));
    let (account, region) = session.here();
    let arn = |name: &str| {
        let suffix = token(&[account, region, name], 6);
        format!("arn:aws:secretsmanager:{region}:{account}:secret:{name}-{suffix}")
    };
    let name = live.as_ref().map(|live| name_of(live).unwrap_or_else(|| live.id().to_owned()));
    let past = session.place().outside.secrets.iter().find(|past| match &name {
        Some(name) => past.name == *name,
        None => past.name == wanted || arn(&past.name) == wanted,
    });
    let past = past.cloned();
    let missing = || {
        let message = "Secrets Manager can't find the specified secret.";
        Refusal::new(400, "ResourceNotFoundException", message)
    };
    let name = name.or_else(|| past.as_ref().map(|past| past.name.clone())).ok_or_else(missing)?;
    let made_at = past.as_ref().map(|past| past.created_at).or(made_at).unwrap_or(session.now);
    Ok(Secret { arn: live.as_ref().map_or_else(|| arn(&name), |live| live.id().to_owned()), name, live, past, made_at })
}

impl Secret {
    fn changed_at(&self) -> Timestamp {
        self.past.as_ref().map_or(self.made_at, |past| past.changed_at)
    }

    fn version(&self) -> String {
        uuid(&[&self.arn, &self.changed_at().to_string()])
    }

    fn value(&self, inventory: &Inventory) -> String {
        let set = self.past.as_ref().and_then(|past| past.value.clone());
        let made = || self.live.as_ref().map(generated).unwrap_or_default();
        let value = set.unwrap_or_else(made);
        let attached = inventory
            .of("AWS::SecretsManager::SecretTargetAttachment")
            .find(|attachment| attachment.text("SecretId") == Some(&self.arn))
            .and_then(|attachment| inventory.find(attachment.text("TargetType")?, attachment.text("TargetId")?));
        let Some(target) = attached else { return value };
        let Ok(Value::Object(mut fields)) = serde_json::from_str(&value) else { return value };
        for (name, filled) in connection(target) {
            fields.entry(name).or_insert(filled);
        }
        Value::Object(fields).to_string()
    }
}

/// What an attachment adds.
fn connection(target: &Live) -> Map<String, Value> {
    let engine = target.text("Engine").unwrap_or_default();
    let engine = if engine.contains("postgres") { "postgres" } else { "mysql" };
    let fields = json!({
        "engine": engine,
        "host": target.attribute("Endpoint.Address"),
        "port": target.whole("Port", if engine == "postgres" { 5432 } else { 3306 }),
        "dbname": target.text("DatabaseName").or_else(|| target.text("DBName")),
        "dbClusterIdentifier": target.id(),
    });
    fields.as_object().cloned().unwrap_or_default()
}

/// Per `GenerateSecretString`, the same for the same secret.
fn generated(live: &Live) -> String {
    let Some(rule) = live.get("GenerateSecretString") else {
        return live.text("SecretString").unwrap_or_default().to_owned();
    };
    let is_on = |name: &str| rule.get(name).and_then(Value::as_bool).unwrap_or(false);
    let length = rule.get("PasswordLength").and_then(Value::as_u64).and_then(|n| usize::try_from(n).ok()).unwrap_or(32);
    let excluded = rule.get("ExcludeCharacters").and_then(Value::as_str).unwrap_or_default();
    let mut alphabet = LETTERS.to_vec();
    if !is_on("ExcludePunctuation") {
        alphabet.extend_from_slice(PUNCTUATION);
    }
    alphabet.retain(|letter| !excluded.as_bytes().contains(letter));
    let text = characters(live.id(), &alphabet, length);
    let template = rule.get("SecretStringTemplate").and_then(Value::as_str);
    let key = rule.get("GenerateStringKey").and_then(Value::as_str);
    match (template.and_then(|template| serde_json::from_str(template).ok()), key) {
        (Some(Value::Object(mut fields)), Some(key)) => {
            fields.insert(key.to_owned(), Value::String(text));
            Value::Object(fields).to_string()
        }
        _ => text,
    }
}

fn characters(seed: &str, alphabet: &[u8], length: usize) -> String {
    let mut text = String::with_capacity(length);
    let mut round = 0_u32;
    while text.len() < length && !alphabet.is_empty() {
        let digits = token(&[seed, &round.to_string()], 64);
        let bytes =
            digits.as_bytes().chunks(2).filter_map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok());
        let letters =
            bytes.filter_map(|byte| alphabet.get(usize::from(byte) % alphabet.len()).map(|letter| char::from(*letter)));
        text.extend(letters);
        round += 1;
    }
    text.truncate(length);
    text
}

pub(super) fn describe(session: &mut Session<'_>) -> Result<Answer, Refusal> {
    let secret = secret(session)?;
    let inventory = session.inventory();
    let schedule = inventory
        .of("AWS::SecretsManager::RotationSchedule")
        .find(|schedule| schedule.text("SecretId") == Some(&secret.arn));
    let rotated_at = secret.past.as_ref().and_then(|past| past.rotated_at);
    let mut answer = json!({
        "ARN": secret.arn,
        "Name": secret.name,
        "LastChangedDate": secret.changed_at().as_second(),
        "CreatedDate": secret.made_at.as_second(),
        "VersionIdsToStages": { secret.version(): ["AWSCURRENT"] },
    });
    let mut add = |name: &str, value: Value| {
        if let Some(fields) = answer.as_object_mut() {
            fields.insert(name.to_owned(), value);
        }
    };
    if let Some(live) = &secret.live {
        for (name, property) in [("Description", "Description"), ("KmsKeyId", "KmsKeyId"), ("Tags", "Tags")] {
            if let Some(value) = live.get(property) {
                add(name, value.clone());
            }
        }
    }
    if let Some(schedule) = schedule {
        add("RotationEnabled", json!(true));
        let rules = schedule.get("RotationRules").cloned().unwrap_or_else(|| json!({}));
        let days = days(&rules);
        add("RotationRules", rules);
        if let Some(function) = schedule.text("RotationLambdaARN") {
            add("RotationLambdaARN", json!(function));
        }
        if let Some(days) = days {
            let next = rotated_at.unwrap_or(secret.changed_at()) + SignedDuration::from_hours(24 * days);
            add("NextRotationDate", json!(next.as_second()));
        }
    }
    if let Some(at) = rotated_at {
        add("LastRotatedDate", json!(at.as_second()));
    }
    Ok(Answer::Document(answer))
}

/// `{"AutomaticallyAfterDays": 90}` or `{"ScheduleExpression": "rate(90 days)"}`.
fn days(rules: &Value) -> Option<i64> {
    let stated = rules.get("AutomaticallyAfterDays").and_then(super::metric_data::whole);
    stated.or_else(|| {
        let rate = rules.get("ScheduleExpression")?.as_str()?.strip_prefix("rate(")?.strip_suffix(')')?;
        let (count, unit) = rate.split_once(' ')?;
        let count: i64 = count.parse().ok()?;
        Some(if unit.starts_with("hour") { count / 24 } else { count })
    })
}

pub(super) fn value(session: &mut Session<'_>) -> Result<Answer, Refusal> {
    let secret = secret(session)?;
    let stage = session.request.text("VersionStage").unwrap_or("AWSCURRENT");
    if stage != "AWSCURRENT" {
        let message = format!("Secrets Manager can't find the specified secret value for staging label: {stage}");
        return Err(Refusal::new(400, "ResourceNotFoundException", message));
    }
    let value = secret.value(&session.inventory());
    Ok(Answer::Document(json!({
        "ARN": secret.arn,
        "Name": secret.name,
        "VersionId": secret.version(),
        "SecretString": value,
        "VersionStages": ["AWSCURRENT"],
        "CreatedDate": secret.changed_at().as_second(),
    })))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generated_text_keeps_to_its_alphabet_and_length() {
        let text = characters("arn", b"abc", 100);
        assert_eq!(text.len(), 100);
        assert!(text.chars().all(|c| "abc".contains(c)));
        assert_eq!(text, characters("arn", b"abc", 100));
        assert_ne!(text, characters("other", b"abc", 100));
    }

    #[test]
    fn rotation_is_given_in_days() {
        assert_eq!(days(&json!({"AutomaticallyAfterDays": 30})), Some(30));
        assert_eq!(days(&json!({"ScheduleExpression": "rate(90 days)"})), Some(90));
        assert_eq!(days(&json!({"ScheduleExpression": "rate(48 hours)"})), Some(2));
        assert_eq!(days(&json!({"ScheduleExpression": "cron(0 16 1 * ? *)"})), None);
    }
}
