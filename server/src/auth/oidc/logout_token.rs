//! Back-channel logout tokens (OpenID Connect Back-Channel Logout 1.0, section 2.6).
//!
//! Not an ID token: it may name a session instead of a person, and must not carry a nonce.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::Timestamp;
use openidconnect::{
    JsonWebKey as _, JsonWebKeySet, JwsSigningAlgorithm as _,
    core::{CoreJsonWebKey, CoreJwsSigningAlgorithm},
};
use serde_json::{Map, Value};

const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";
/// Older tokens are refused, so that a stolen one is soon worth nothing.
const MAX_AGE_SECS: i64 = 300;
const SKEW_SECS: i64 = 60;

/// Who was logged out at the provider. At least one of the two is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogoutSubject {
    pub subject: Option<String>,
    pub provider_session: Option<String>,
    /// The token's own name: seen twice, it is a replay.
    pub token_id: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum LogoutTokenError {
    #[error("the logout token is signed with a key nobody knows")]
    UnknownKey,
    #[error("the signature of the logout token is wrong")]
    Signature,
    #[error("the logout token cannot be read")]
    Malformed,
    #[error("the logout token is wrong: {0}")]
    Claim(&'static str),
}

pub(super) struct Expected<'a> {
    pub(super) issuer: &'a str,
    pub(super) client_id: &'a str,
    pub(super) now: Timestamp,
    pub(super) algorithms: &'a [CoreJwsSigningAlgorithm],
}

/// One part of a JSON web token as a JSON object.
pub(super) fn part(token: &str, index: usize) -> Option<Map<String, Value>> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').nth(index)?).ok()?).ok()
}

fn check_signature(
    token: &str,
    keys: &JsonWebKeySet<CoreJsonWebKey>,
    algorithms: &[CoreJwsSigningAlgorithm],
) -> Result<(), LogoutTokenError> {
    use LogoutTokenError as E;
    let header = part(token, 0).ok_or(E::Malformed)?;
    let (signed, signature) = token.rsplit_once('.').ok_or(E::Malformed)?;
    let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| E::Malformed)?;
    let algorithm: CoreJwsSigningAlgorithm =
        serde_json::from_value(header.get("alg").cloned().ok_or(E::Malformed)?).map_err(|_| E::Malformed)?;
    if !algorithms.contains(&algorithm) {
        return Err(E::Claim("its algorithm is not one of the provider's"));
    }
    if header
        .get("typ")
        .and_then(Value::as_str)
        .is_some_and(|typ| !["jwt", "logout+jwt", "application/logout+jwt"].contains(&typ.to_lowercase().as_str()))
    {
        return Err(E::Claim("it is a token of another type"));
    }
    let kid = header.get("kid").and_then(Value::as_str);
    let mut matching = keys
        .keys()
        .iter()
        .filter(|key| kid.is_none() || key.key_id().map(|id| id.as_str()) == kid)
        .filter(|key| Some(key.key_type().clone()) == algorithm.key_type())
        .filter(|key| key.key_use().is_none_or(openidconnect::JsonWebKeyUse::allows_signature))
        .peekable();
    if matching.peek().is_none() {
        return Err(E::UnknownKey);
    }
    if matching.any(|key| key.verify_signature(&algorithm, signed.as_bytes(), &signature).is_ok()) {
        Ok(())
    } else {
        Err(E::Signature)
    }
}

pub(super) fn verify(
    token: &str,
    keys: &JsonWebKeySet<CoreJsonWebKey>,
    expected: &Expected<'_>,
) -> Result<LogoutSubject, LogoutTokenError> {
    use LogoutTokenError as E;
    check_signature(token, keys, expected.algorithms)?;
    let claims = part(token, 1).ok_or(E::Malformed)?;
    let text = |name: &str| claims.get(name).and_then(Value::as_str).map(str::to_owned);
    let second = |name: &str| claims.get(name).and_then(Value::as_i64);
    if text("iss").as_deref() != Some(expected.issuer) {
        return Err(E::Claim("it is from another issuer"));
    }
    let is_for_us = match claims.get("aud") {
        Some(Value::String(audience)) => audience == expected.client_id,
        Some(Value::Array(audiences)) => audiences.iter().any(|a| a.as_str() == Some(expected.client_id)),
        _ => false,
    };
    if !is_for_us {
        return Err(E::Claim("it is for another client"));
    }
    let now = expected.now.as_second();
    let age = now - second("iat").ok_or(E::Claim("it does not say when it was issued"))?;
    if !(-SKEW_SECS..=MAX_AGE_SECS).contains(&age) || second("exp").is_some_and(|exp| exp + SKEW_SECS < now) {
        return Err(E::Claim("it is too old"));
    }
    if !claims.get("events").and_then(|events| events.get(EVENT)).is_some_and(Value::is_object) {
        return Err(E::Claim("it is not about a logout"));
    }
    if claims.contains_key("nonce") {
        return Err(E::Claim("it carries a nonce, as only ID tokens do"));
    }
    let (subject, provider_session) = (text("sub"), text("sid"));
    if subject.is_none() && provider_session.is_none() {
        return Err(E::Claim("it names neither a person nor a session"));
    }
    let token_id = text("jti").ok_or(E::Claim("it has no id"))?;
    Ok(LogoutSubject { subject, provider_session, token_id })
}
