//! Short messages between the processes that share a PostgreSQL database (LISTEN and NOTIFY).

use std::time::Duration;

use sqlx::postgres::PgListener;

use super::{Connection, DbError};

const CHANNEL: &str = "lockkeeper";

/// Longest payload PostgreSQL takes is a little below 8,000 bytes.
pub const LONGEST: usize = 7000;

/// How long opening a connection may take before it counts as failed.
const PATIENCE: Duration = Duration::from_secs(10);

/// Sends a message to every process, this one included, when the caller's transaction commits.
pub async fn send(connection: &mut Connection, payload: &str) -> Result<(), DbError> {
    // `pg_notify` answers with nothing, which `Any` has no type for.
    sqlx::query("SELECT pg_notify($1, $2) IS NULL AS sent").bind(CHANNEL).bind(payload).execute(connection).await?;
    Ok(())
}

/// A connection of its own that hears the messages.
pub struct Listener(PgListener);

impl Listener {
    /// # Errors
    /// When the database does not answer.
    pub async fn connect(url: &str) -> Result<Self, DbError> {
        let connect = async {
            let mut listener = PgListener::connect(url).await?;
            listener.eager_reconnect(false);
            listener.listen(CHANNEL).await?;
            Ok(Self(listener))
        };
        tokio::time::timeout(PATIENCE, connect).await.unwrap_or(Err(DbError::Unreachable(sqlx::Error::PoolTimedOut)))
    }

    /// The next message; `None` when the connection is lost.
    ///
    /// # Errors
    /// When the connection is broken in another way.
    pub async fn next(&mut self) -> Result<Option<String>, DbError> {
        Ok(self.0.try_recv().await?.map(|notice| notice.payload().to_owned()))
    }
}
