//! API tokens for machines: `lk_` and 32 random bytes, shown once, stored as a hash.

use app::{error::ApiError, ports::Clock};
use domain::permission::{Actor, ActorKind, Grant};
use jiff::Timestamp;

use super::{hash_of, random_text};
use crate::{
    clock::new_id,
    config::Secret,
    db::{
        self, Db, DbError,
        api_tokens::{self, TokenRow},
    },
};

/// What every secret begins with, so that a leaked one is recognised.
const PREFIX: &str = "lk_";

/// What a new token may do, and until when.
#[derive(Clone, Debug)]
pub struct NewToken {
    pub name: String,
    pub grants: Vec<Grant>,
    pub created_by: String,
    pub expires_at: Timestamp,
}

/// Makes a token. The secret is in the answer and nowhere else. The caller authorises and audits, in the same
/// transaction.
pub async fn create(
    connection: &mut db::Connection,
    clock: &dyn Clock,
    new: NewToken,
) -> Result<(TokenRow, Secret), DbError> {
    let now = clock.now();
    let secret = format!("{PREFIX}{}", random_text());
    let row = TokenRow {
        id: new_id(now),
        name: new.name,
        grants: new.grants,
        created_by: new.created_by,
        created_at: now,
        expires_at: new.expires_at,
        revoked_at: None,
    };
    api_tokens::insert(connection, &row, &hash_of(&secret)).await?;
    Ok((row, Secret::new(secret)))
}

/// The machine behind a secret. Unknown, expired and revoked are the same answer: `None`.
pub async fn authenticate(db: &Db, clock: &dyn Clock, secret: &str) -> Result<Option<Actor>, DbError> {
    if !secret.starts_with(PREFIX) {
        return Ok(None);
    }
    let mut connection = db.read().await?;
    let now = clock.now();
    let row = api_tokens::find_by_hash(&mut connection, &hash_of(secret)).await?;
    Ok(row.filter(|row| row.revoked_at.is_none() && row.expires_at > now).map(|row| Actor {
        id: row.id.to_string(),
        name: row.name,
        email: None,
        kind: ActorKind::Token,
        groups: Vec::new(),
        grants: row.grants,
        authenticated_at: now,
    }))
}

/// What a caller without a usable token is told.
pub fn refusal() -> ApiError {
    ApiError::Denied {
        action: "use the API without a login or a valid token (Authorization: Bearer lk_…)".to_owned()
    }
}
