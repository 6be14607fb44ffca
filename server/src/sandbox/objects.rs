//! Objects in buckets.

use std::collections::BTreeMap;

use super::{
    naming::token,
    request::Refusal,
    session::{Answer, Session},
    state::{Bucket, Object},
};

/// The largest template `CloudFormation` reads; text beyond it is nobody's template.
const TEMPLATE_LIMIT: usize = 1_000_000;

fn bucket<'s>(session: &'s mut Session<'_>) -> Result<&'s mut Bucket, Refusal> {
    let request = session.request;
    let bucket = session.state.buckets.get_mut(&request.object.0);
    let bucket = bucket.ok_or_else(|| Refusal::new(404, "NoSuchBucket", "The specified bucket does not exist"))?;
    let is_owner = request.bucket_owner.as_ref().is_none_or(|owner| *owner == bucket.account);
    if bucket.account != request.account || !is_owner {
        return Err(Refusal::new(403, "AccessDenied", "Access Denied"));
    }
    Ok(bucket)
}

pub(super) fn head(session: &mut Session<'_>) -> Result<Answer, Refusal> {
    let key = session.request.object.1.clone();
    let missing = || Refusal::new(404, "NoSuchKey", "The specified key does not exist.");
    let object = bucket(session)?.objects.get(&key).ok_or_else(missing)?;
    Ok(Answer::Object { etag: object.digest.clone(), size: Some(object.size), metadata: object.metadata.clone() })
}

pub(super) fn put(session: &mut Session<'_>) -> Result<Answer, Refusal> {
    let (key, body) = (session.request.object.1.clone(), session.request.body.clone());
    let text = String::from_utf8(body).ok();
    let object = Object {
        size: session.request.body.len(),
        digest: text.as_deref().map_or_else(|| token(&[&key], 32), |text| token(&[text], 32)),
        text: text.filter(|text| text.len() <= TEMPLATE_LIMIT),
        metadata: session.request.metadata.clone(),
    };
    let etag = object.digest.clone();
    bucket(session)?.objects.insert(key, object);
    Ok(Answer::Object { etag, size: None, metadata: BTreeMap::new() })
}
