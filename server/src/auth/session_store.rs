//! Sessions in our own database, with ends that follow the configured time-outs and the injected clock.

use std::{fmt, sync::Arc};

use app::ports::Clock;
use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use time::OffsetDateTime;
use tower_sessions::{
    session::{Id, Record},
    session_store::{self, Error},
};

use super::{
    hash_of,
    oidc::LogoutSubject,
    session::{LOGIN, Login},
};
use crate::{
    config::SessionConfig,
    db::{self, Db, DbError, sessions::SessionRow},
};

/// Sessions without a login hold only a login that has begun.
const ANONYMOUS_SECS: i64 = 3600;
/// Longer than a logout token is believed.
const TOKEN_MEMORY: SignedDuration = SignedDuration::from_mins(10);
/// In memory only: when the loaded session ends.
const EXPIRES_AT: &str = "#expires_at";

#[derive(Clone)]
pub struct SessionStore {
    db: Db,
    clock: Arc<dyn Clock>,
    timeouts: SessionConfig,
}

impl fmt::Debug for SessionStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionStore")
    }
}

fn seconds(secs: u64) -> SignedDuration {
    SignedDuration::from_secs(i64::try_from(secs).unwrap_or(i64::MAX))
}

impl SessionStore {
    pub fn new(db: Db, clock: Arc<dyn Clock>, timeouts: SessionConfig) -> Self {
        Self { db, clock, timeouts }
    }

    fn ends_at(&self, login: Option<&Login>) -> Timestamp {
        let now = self.clock.now();
        let at = |start: Timestamp, length: SignedDuration| start.checked_add(length).unwrap_or(Timestamp::MAX);
        match login {
            None => at(now, SignedDuration::from_secs(ANONYMOUS_SECS)),
            Some(login) => at(now, seconds(self.timeouts.idle_timeout_secs))
                .min(at(login.started_at, seconds(self.timeouts.absolute_timeout_secs))),
        }
    }

    fn row(&self, record: &Record) -> Result<SessionRow, Error> {
        let mut data = record.data.clone();
        data.remove(EXPIRES_AT);
        let login: Option<Login> = data
            .get(LOGIN)
            .map(|value| serde_json::from_value(value.clone()))
            .transpose()
            .map_err(|e| Error::Encode(e.to_string()))?;
        Ok(SessionRow {
            id: hash_of(&record.id.to_string()),
            data: serde_json::to_string(&data).map_err(|e| Error::Encode(e.to_string()))?,
            subject: login.as_ref().map(|login| login.actor.id.clone()),
            provider_session: login.as_ref().and_then(|login| login.provider_session.clone()),
            expires_at: self.ends_at(login.as_ref()),
        })
    }

    /// Moves the end of a session that is being used, at most once a minute.
    pub async fn touch(&self, session: &tower_sessions::Session, login: &Login) -> Result<(), DbError> {
        let ends_at = self.ends_at(Some(login));
        let stored = session.get::<i64>(EXPIRES_AT).await.ok().flatten().unwrap_or(0);
        let due = i64::try_from(self.timeouts.idle_timeout_secs / 10).unwrap_or(60).clamp(1, 60);
        let Some(id) = session.id() else { return Ok(()) };
        if ends_at.as_second() - stored < due {
            return Ok(());
        }
        let mut connection = self.db.read().await?;
        db::sessions::touch(&mut connection, &hash_of(&id.to_string()), ends_at).await
    }

    /// Ends every session of a person.
    pub async fn end_for_subject(&self, actor_id: &str) -> Result<u64, DbError> {
        let mut connection = self.db.read().await?;
        db::sessions::delete_for_subject(&mut connection, actor_id).await
    }

    /// Ends what a logout token of the provider names: one session there, or everything of a person. `None`: the token
    /// was used before, here or at another process.
    pub async fn end_by_token(&self, token: &LogoutSubject, actor_id: Option<&str>) -> Result<Option<u64>, DbError> {
        let now = self.clock.now();
        let mut tx = self.db.write().await?;
        let forget_at = now.checked_add(TOKEN_MEMORY).unwrap_or(Timestamp::MAX);
        if !db::logout_tokens::remember(&mut tx, &hash_of(&token.token_id), now, forget_at).await? {
            return Ok(None);
        }
        let ended = match (&token.provider_session, actor_id) {
            (Some(session), _) => db::sessions::delete_for_provider_session(&mut tx, session).await?,
            (None, Some(actor_id)) => db::sessions::delete_for_subject(&mut tx, actor_id).await?,
            (None, None) => 0,
        };
        tx.commit().await?;
        Ok(Some(ended))
    }

    /// A logout that could not be recorded is sent again, and must be heard then.
    pub async fn forget_token(&self, token: &LogoutSubject) -> Result<(), DbError> {
        let mut connection = self.db.read().await?;
        db::logout_tokens::forget(&mut connection, &hash_of(&token.token_id)).await
    }

    /// Deletes what has expired, sessions and kept forms; for the periodic worker.
    pub async fn delete_expired(&self) -> Result<u64, DbError> {
        let now = self.clock.now();
        let mut connection = self.db.read().await?;
        let sessions = db::sessions::delete_expired(&mut connection, now).await?;
        let drafts = db::drafts::delete_older(&mut connection, crate::http::forms::oldest_kept(now)).await?;
        Ok(sessions + drafts)
    }
}

fn backend(error: impl std::error::Error) -> Error {
    Error::Backend(error.to_string())
}

#[async_trait]
impl tower_sessions::SessionStore for SessionStore {
    async fn create(&self, record: &mut Record) -> session_store::Result<()> {
        loop {
            let mut connection = self.db.read().await.map_err(backend)?;
            match db::sessions::insert(&mut connection, self.row(record)?).await {
                Ok(()) => return Ok(()),
                Err(DbError::Duplicate(_)) => record.id = Id::default(),
                Err(error) => return Err(backend(error)),
            }
        }
    }

    async fn save(&self, record: &Record) -> session_store::Result<()> {
        let mut connection = self.db.read().await.map_err(backend)?;
        // A session that was ended meanwhile (logout elsewhere) stays ended.
        db::sessions::update(&mut connection, self.row(record)?).await.map_err(backend)?;
        Ok(())
    }

    async fn load(&self, id: &Id) -> session_store::Result<Option<Record>> {
        let mut connection = self.db.read().await.map_err(backend)?;
        let found =
            db::sessions::find(&mut connection, &hash_of(&id.to_string()), self.clock.now()).await.map_err(backend)?;
        let Some((data, expires_at)) = found else { return Ok(None) };
        let mut data: std::collections::HashMap<String, serde_json::Value> =
            serde_json::from_str(&data).map_err(|e| Error::Decode(e.to_string()))?;
        data.insert(EXPIRES_AT.to_owned(), expires_at.as_second().into());
        let expiry_date = OffsetDateTime::from_unix_timestamp(expires_at.as_second()).map_err(backend)?;
        Ok(Some(Record { id: *id, data, expiry_date }))
    }

    async fn delete(&self, id: &Id) -> session_store::Result<()> {
        let mut connection = self.db.read().await.map_err(backend)?;
        db::sessions::delete(&mut connection, &hash_of(&id.to_string())).await.map_err(backend)
    }
}
