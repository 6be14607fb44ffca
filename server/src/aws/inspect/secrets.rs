//! Secrets, reduced to facts where they arrive. The value leaves [`facts_of`] in no form: not in an error, not in a log,
//! not in anything that can be shown or stored.

use std::collections::BTreeMap;

use domain::check::{FieldFacts, SecretFacts, SecretQuestions, looks_like_placeholder};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::ports::{AwsError, AwsErrorKind, Target, inspection::Seen};

use super::{
    super::{
        Aws,
        call::{DESCRIBE_SECRET, GET_SECRET_VALUE, Received},
    },
    found, time,
};

impl Aws {
    pub(super) async fn secret_facts(
        &self,
        target: &Target,
        id: &str,
        questions: Option<&SecretQuestions>,
    ) -> Result<Seen<Option<SecretFacts>>, AwsError> {
        let input = json!({ "SecretId": id });
        let described = found(self.read(target, &DESCRIBE_SECRET, &input).await)?;
        let Some(description) = described.value.filter(|d| d.get("DeletedDate").is_none_or(Value::is_null)) else {
            return Ok(Seen { value: None, request_id: described.request_id });
        };
        let mut facts = described_facts(&description, self.inner.options.clock.now());
        let mut request_id = described.request_id;
        if let Some(questions) = questions {
            match self.receive(target, &GET_SECRET_VALUE, &input).await {
                Ok(received) => {
                    facts.fields = facts_of(&received, questions);
                    request_id.clone_from(&received.request_id);
                }
                // Described, but without any value yet.
                Err(error) if error.kind == AwsErrorKind::NotFound => facts.fields = Some(BTreeMap::new()),
                Err(error) => return Err(error),
            }
        }
        Ok(Seen { value: Some(facts), request_id })
    }
}

fn described_facts(description: &Value, now: Timestamp) -> SecretFacts {
    let days = |from: Timestamp, until: Timestamp| until.duration_since(from).as_hours().div_euclid(24);
    let changed = time(description, "LastChangedDate").or_else(|| time(description, "CreatedDate"));
    let versions = description.get("VersionIdsToStages").and_then(Value::as_object);
    SecretFacts {
        age_days: changed.map(|changed| days(changed, now)),
        is_first_value: versions.map(|versions| versions.len() < 2),
        is_rotation_on: description.get("RotationEnabled").and_then(Value::as_bool).unwrap_or(false),
        rotates_in_days: time(description, "NextRotationDate").map(|next| days(now, next)),
        fields: None,
    }
}

/// The only function that sees a secret. `None` where the answer holds no text.
fn facts_of(received: &Received, questions: &SecretQuestions) -> Option<BTreeMap<String, FieldFacts>> {
    /// Overwritten before its memory is given back.
    struct Text(String);
    impl Drop for Text {
        fn drop(&mut self) {
            let mut bytes = std::mem::take(&mut self.0).into_bytes();
            bytes.fill(0);
        }
    }
    #[derive(serde::Deserialize)]
    struct Holder {
        #[serde(rename = "SecretString")]
        text: Option<String>,
    }
    let holder: Holder = serde_json::from_slice(&received.body).ok()?;
    let secret = Text(holder.text?);
    let facts = |name: &str, value: &str| FieldFacts {
        length: u64::try_from(value.chars().count()).unwrap_or(u64::MAX),
        is_placeholder: looks_like_placeholder(value),
        has_prefix: questions.prefixes.get(name).map(|prefix| value.starts_with(prefix.as_str())),
    };
    let fields = match serde_json::from_str::<BTreeMap<String, Value>>(&secret.0) {
        Ok(values) => values
            .into_iter()
            .map(|(name, value)| {
                let text = Text(match value {
                    Value::String(text) => text,
                    Value::Null => String::new(),
                    other => other.to_string(),
                });
                let known = facts(&name, &text.0);
                (name, known)
            })
            .collect(),
        Err(_) => BTreeMap::from([(String::new(), facts("", &secret.0))]),
    };
    Some(fields)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn received(secret: &str) -> Received {
        Received { body: json!({ "SecretString": secret }).to_string().into_bytes(), request_id: None }
    }

    #[test]
    fn of_a_secret_only_facts_remain() {
        let questions = SecretQuestions { prefixes: BTreeMap::from([("projectId".to_owned(), "mainnet".to_owned())]) };
        let secret = received(r#"{"projectId": "mainnetAbC", "apiKey": "REPLACE_ME", "port": 5432}"#);
        let facts = facts_of(&secret, &questions).unwrap();
        assert_eq!(facts["projectId"], FieldFacts { length: 10, is_placeholder: false, has_prefix: Some(true) });
        assert_eq!(facts["apiKey"], FieldFacts { length: 10, is_placeholder: true, has_prefix: None });
        assert_eq!(facts["port"].length, 4);
        let shown = format!("{facts:?} {secret:?}");
        assert!(!shown.contains("mainnetAbC") && !shown.contains("REPLACE"), "{shown}");
    }

    #[test]
    fn a_bare_text_is_the_field_without_a_name() {
        let facts = facts_of(&received("a-long-and-random-token-91"), &SecretQuestions::default()).unwrap();
        assert_eq!(facts[""].length, 26);
    }

    #[test]
    fn ages_and_rotation_are_counted_in_days() {
        let now: Timestamp = "2026-11-25T12:00:00Z".parse().unwrap();
        let description = json!({
            "LastChangedDate": 1_764_000_000.5, "RotationEnabled": true, "NextRotationDate": "2026-12-05T13:00:00Z",
            "VersionIdsToStages": {"a": ["AWSCURRENT"]}
        });
        let facts = described_facts(&description, now);
        assert_eq!((facts.age_days, facts.rotates_in_days), (Some(365), Some(10)));
        assert_eq!((facts.is_rotation_on, facts.is_first_value), (true, Some(true)));
    }
}
