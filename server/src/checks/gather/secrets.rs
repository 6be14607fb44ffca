//! Secrets: their facts, never their values.

use domain::{
    blueprint::{CheckKind, checks::SecretCheck},
    check::{CheckFacts, SecretQuestions},
};

use super::{Gathered, Round, subjects::each};

pub(super) async fn gather(round: &Round<'_>, check: &SecretCheck) -> Gathered {
    let mut check = check.clone();
    for prefix in check.starts_with.values_mut() {
        match round.text(prefix).await {
            Ok(resolved) => *prefix = resolved,
            Err(why) => {
                let facts = CheckFacts::Unavailable { asked: check.select.words(), why };
                return Gathered::new(&CheckKind::Secret(check), (facts, None));
            }
        }
    }
    let looks_inside = !check.fields.is_empty()
        || !check.starts_with.is_empty()
        || !check.min_length.is_empty()
        || check.refuses_placeholders;
    let questions = looks_inside.then(|| SecretQuestions { prefixes: check.starts_with.clone() });
    let questions = questions.as_ref();
    let ask = |_, id: String| async move { round.engine.inspection.secret(&round.target, &id, questions).await };
    let (facts, id) = each(round, "secret", &check.select, Some("AWS::SecretsManager::Secret"), ask).await;
    Gathered::new(&CheckKind::Secret(check.clone()), (CheckFacts::Secrets(facts), id))
}
