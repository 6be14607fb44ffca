//! From a selection in a blueprint to the things in an account, each asked by itself.

use domain::{
    blueprint::checks::Selection,
    check::{Known, Subject, Subjects},
};
use futures::{StreamExt as _, stream};
use serde_json::Value;

use crate::ports::{
    AwsError,
    inspection::{Seen, StackResource},
};

use super::{Round, why};

/// Things of one check that are asked at the same time.
const CONCURRENCY: usize = 8;

/// The resources a selection means. `None`: there is no such stack.
pub(super) async fn chosen(
    round: &Round<'_>,
    select: &Selection,
    kind: Option<&str>,
) -> Result<Option<Vec<StackResource>>, AwsError> {
    let Some(all) = round.resources(&select.stack).await? else { return Ok(None) };
    let output = match &select.output {
        Some(output) => Some(round.output(&select.stack, output).await?.unwrap_or_default()),
        None => None,
    };
    let mut chosen = Vec::new();
    for resource in all.iter() {
        let is_kind = kind.is_none_or(|kind| resource.resource_type == kind);
        if !is_kind || !select.names(&resource.logical_id, &resource.resource_type) {
            continue;
        }
        let id = resource.physical_id.as_deref().unwrap_or_default();
        if output.as_ref().is_some_and(|value| !is_named_by(value, id)) {
            continue;
        }
        if !select.tags.is_empty() && !has_tags(round, resource, select).await? {
            continue;
        }
        chosen.push(resource.clone());
    }
    Ok(Some(chosen))
}

/// An output may hold the id itself or an ARN that ends in it.
fn is_named_by(value: &str, id: &str) -> bool {
    !id.is_empty() && (value == id || value.ends_with(&format!("/{id}")) || value.ends_with(&format!(":{id}")))
}

async fn has_tags(round: &Round<'_>, resource: &StackResource, select: &Selection) -> Result<bool, AwsError> {
    let Some(id) = &resource.physical_id else { return Ok(false) };
    let seen = round.properties(&resource.resource_type, id).await?;
    let tags = seen.value.as_ref().and_then(|properties| properties.get("Tags"));
    Ok(select.tags.iter().all(|(key, value)| match tags {
        Some(Value::Array(tags)) => tags.iter().any(|tag| {
            tag.get("Key").and_then(Value::as_str) == Some(key)
                && tag.get("Value").and_then(Value::as_str) == Some(value)
        }),
        Some(Value::Object(tags)) => tags.get(key).and_then(Value::as_str) == Some(value),
        _ => false,
    }))
}

/// Asks about each selected resource; one that cannot be asked does not keep the others from being asked.
pub(super) async fn each<T, F>(
    round: &Round<'_>,
    what: &str,
    select: &Selection,
    kind: Option<&str>,
    ask: impl Fn(String, String) -> F,
) -> (Subjects<T>, Option<String>)
where
    F: Future<Output = Result<Seen<Option<T>>, AwsError>>,
{
    let asked = format!("{what} {}", select.words()).trim_start().to_owned();
    let single = |known| Subjects {
        asked: asked.clone(),
        subjects: vec![Subject { name: round.stack_name(&select.stack), known }],
    };
    let resources = match chosen(round, select, kind).await {
        Ok(Some(resources)) => resources,
        Ok(None) => return (single(Known::Missing("there is no such stack".to_owned())), None),
        Err(error) => return (single(Known::Unknown(why(&error))), error.request_id),
    };
    let answers: Vec<_> = stream::iter(resources)
        .map(|resource| {
            let asking = resource.physical_id.clone().map(|id| ask(resource.resource_type.clone(), id));
            async move {
                let name = name(&resource);
                let Some(asking) = asking else {
                    let known = Known::Missing(format!("is {}", resource.status));
                    return (Subject { name, known }, None);
                };
                match asking.await {
                    Ok(Seen { value: Some(facts), request_id }) => {
                        (Subject { name, known: Known::Facts(facts) }, request_id)
                    }
                    Ok(Seen { value: None, request_id }) => {
                        let words = "the stack lists it, but it is not there".to_owned();
                        (Subject { name, known: Known::Missing(words) }, request_id)
                    }
                    Err(error) => (Subject { name, known: Known::Unknown(why(&error)) }, error.request_id),
                }
            }
        })
        .buffered(CONCURRENCY)
        .collect()
        .await;
    let request_id = answers.iter().rev().find_map(|(_, id)| id.clone());
    (Subjects { asked, subjects: answers.into_iter().map(|(subject, _)| subject).collect() }, request_id)
}

pub(super) fn name(resource: &StackResource) -> String {
    match &resource.physical_id {
        Some(id) if *id != resource.logical_id => format!("{} ({id})", resource.logical_id),
        _ => resource.logical_id.clone(),
    }
}
