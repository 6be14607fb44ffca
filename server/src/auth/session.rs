//! What a session holds: who is logged in, and logins that have begun.

use domain::permission::Actor;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tower_sessions::Session;

type SessionError = tower_sessions::session::Error;

/// Key of [`Login`] in the session; the store reads it for the session's end.
pub const LOGIN: &str = "login";
const PENDING: &str = "pending";
/// Logins begun in one browser at the same time (tabs); older ones are forgotten.
const PENDING_LIMIT: usize = 5;
/// How long a person may take at the provider.
const PENDING_SECS: i64 = 900;

/// A person who is logged in. No `Debug`: the token must not reach a log.
#[derive(Clone, Serialize, Deserialize)]
pub struct Login {
    pub actor: Actor,
    /// The provider's name for its session (`sid`), for back-channel logout.
    pub provider_session: Option<String>,
    /// Handed back to the provider at logout.
    pub id_token: String,
    pub started_at: Timestamp,
}

/// A login that was sent to the provider and has not come back.
#[derive(Clone, Serialize, Deserialize)]
pub struct PendingLogin {
    pub state: String,
    pub nonce: String,
    pub pkce_verifier: String,
    pub return_to: String,
    pub is_step_up: bool,
    pub started_at: Timestamp,
}

pub async fn login(session: &Session) -> Result<Option<Login>, SessionError> {
    session.get(LOGIN).await
}

/// Names the session of a browser that has begun a login here before. A cookie somebody made up names nothing.
pub async fn known(session: &Session) -> Option<String> {
    let has_begun = session.get::<Vec<PendingLogin>>(PENDING).await.ok().flatten().is_some();
    let is_known = has_begun || login(session).await.ok().flatten().is_some();
    session.id().filter(|_| is_known).map(|id| id.to_string())
}

/// Begins the session of a person under a new id, so that an id planted before login is worth nothing.
pub async fn start(session: &Session, login: &Login) -> Result<(), SessionError> {
    session.cycle_id().await?;
    session.insert(LOGIN, login).await?;
    session.save().await
}

pub async fn remember_pending(session: &Session, pending: PendingLogin) -> Result<(), SessionError> {
    let mut all: Vec<PendingLogin> = session.get(PENDING).await?.unwrap_or_default();
    all.push(pending);
    let surplus = all.len().saturating_sub(PENDING_LIMIT);
    all.drain(..surplus);
    session.insert(PENDING, all).await?;
    session.save().await
}

/// The login of `state`, once: a replayed callback finds nothing.
pub async fn take_pending(
    session: &Session,
    state: &str,
    now: Timestamp,
) -> Result<Option<PendingLogin>, SessionError> {
    let all: Vec<PendingLogin> = session.get(PENDING).await?.unwrap_or_default();
    let (mut matching, rest): (Vec<_>, Vec<_>) = all.into_iter().partition(|pending| pending.state == state);
    if matching.is_empty() {
        return Ok(None);
    }
    session.insert(PENDING, rest).await?;
    // At once, so that the same callback in a second request finds it gone.
    session.save().await?;
    Ok(matching.pop().filter(|pending| now.as_second() - pending.started_at.as_second() <= PENDING_SECS))
}
