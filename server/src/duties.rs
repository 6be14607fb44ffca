//! The periodic duties of this process, each with what it needs.

use std::sync::Arc;

use app::ports::Clock;
use async_trait::async_trait;

use crate::{
    auth::SessionStore,
    aws::Aws,
    blueprint::Library,
    db::{self, Db, aws_calls::CallCount},
    http::forms::oldest_kept,
    live::LiveHub,
    workers::Duty,
};

pub fn all(
    db: &Db,
    clock: &Arc<dyn Clock>,
    sessions: &SessionStore,
    aws: &Aws,
    library: &Arc<Library>,
    live: &LiveHub,
) -> Vec<Arc<dyn Duty>> {
    vec![
        Arc::new(ExpiredSessions(sessions.clone())),
        Arc::new(OldDrafts { db: db.clone(), clock: clock.clone() }),
        Arc::new(CallCounts { db: db.clone(), aws: aws.clone() }),
        Arc::new(Blueprints { library: library.clone(), live: live.clone() }),
    ]
}

struct ExpiredSessions(SessionStore);

#[async_trait]
impl Duty for ExpiredSessions {
    fn name(&self) -> &'static str {
        "delete expired sessions"
    }

    async fn run_once(&self) -> Result<(), String> {
        self.0.delete_expired().await.map(drop).map_err(|e| e.to_string())
    }
}

struct OldDrafts {
    db: Db,
    clock: Arc<dyn Clock>,
}

#[async_trait]
impl Duty for OldDrafts {
    fn name(&self) -> &'static str {
        "delete old drafts"
    }

    async fn run_once(&self) -> Result<(), String> {
        let delete = async {
            let mut connection = self.db.read().await?;
            db::drafts::delete_older(&mut connection, oldest_kept(self.clock.now())).await
        };
        delete.await.map(drop).map_err(|e| e.to_string())
    }
}

/// Takes the counted AWS calls to the database.
struct CallCounts {
    db: Db,
    aws: Aws,
}

#[async_trait]
impl Duty for CallCounts {
    fn name(&self) -> &'static str {
        "store AWS call counts"
    }

    async fn run_once(&self) -> Result<(), String> {
        let counts = self.aws.meter().drain();
        if counts.is_empty() {
            return Ok(());
        }
        let store = async {
            let mut tx = self.db.write().await?;
            for count in &counts {
                let row = CallCount {
                    day: count.day.to_string(),
                    account: count.account.clone(),
                    region: count.region.clone(),
                    operation: count.operation.clone(),
                    calls: i64::try_from(count.calls).unwrap_or(i64::MAX),
                    errors: i64::try_from(count.errors).unwrap_or(i64::MAX),
                    micro_dollars: count.micro_dollars,
                };
                db::aws_calls::add(&mut tx, &row).await?;
            }
            tx.commit().await.map_err(db::DbError::from)
        };
        let stored = store.await;
        if stored.is_err() {
            self.aws.meter().restore(&counts);
        }
        stored.map_err(|e| e.to_string())
    }
}

/// Reads blueprints again when their files changed.
struct Blueprints {
    library: Arc<Library>,
    live: LiveHub,
}

#[async_trait]
impl Duty for Blueprints {
    fn name(&self) -> &'static str {
        "re-read blueprints"
    }

    async fn run_once(&self) -> Result<(), String> {
        let library = self.library.clone();
        let changed =
            tokio::task::spawn_blocking(move || library.reload_if_changed()).await.map_err(|e| e.to_string())?;
        if changed {
            for problem in self.library.problems() {
                tracing::warn!(problem, "a blueprint cannot be used; the last good version stays in force");
            }
            self.live.publish("overview");
        }
        Ok(())
    }
}
