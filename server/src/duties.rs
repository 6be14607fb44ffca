//! The periodic duties of this process, each with what it needs.

use std::{collections::BTreeMap, sync::Arc};

use app::topics;
use async_trait::async_trait;
use serde_json::json;

use crate::{
    auth::SessionStore,
    aws::Aws,
    blueprint::Library,
    db::{self, Db, aws_calls::CallCount},
    services::Services,
    workers::Duty,
};

pub fn all(db: &Db, sessions: &SessionStore, aws: &Aws, blueprints: &Arc<Blueprints>) -> Vec<Arc<dyn Duty>> {
    vec![
        Arc::new(ExpiredSessions(sessions.clone())),
        Arc::new(CallCounts { db: db.clone(), aws: aws.clone() }),
        blueprints.clone(),
    ]
}

struct ExpiredSessions(SessionStore);

#[async_trait]
impl Duty for ExpiredSessions {
    fn name(&self) -> &'static str {
        "delete expired sessions and forms"
    }

    async fn run_once(&self) -> Result<(), String> {
        self.0.delete_expired().await.map(drop).map_err(|e| e.to_string())
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

/// Reads blueprints again: when their files changed, and when somebody says so.
pub struct Blueprints {
    library: Arc<Library>,
    services: Services,
}

/// Why blueprints are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occasion {
    FilesChanged,
    Signal,
}

impl Blueprints {
    pub fn new(library: Arc<Library>, services: Services) -> Self {
        Self { library, services }
    }

    /// A file that is wrong keeps its last good version. What came of it is recorded: the rules of every deployment from
    /// here on are these.
    pub async fn read_again(&self, occasion: Occasion) -> Result<(), String> {
        let library = self.library.clone();
        let read = move || match occasion {
            Occasion::Signal => library.reload(),
            Occasion::FilesChanged => library.reload_if_changed(),
        };
        let is_changed = tokio::task::spawn_blocking(read).await.map_err(|e| e.to_string())?;
        if !is_changed && occasion == Occasion::FilesChanged {
            return Ok(());
        }
        let problems = self.library.problems();
        for problem in &problems {
            tracing::warn!(problem, "a blueprint cannot be used; the last good version stays in force");
        }
        tracing::info!(changed = is_changed, problems = problems.len(), "blueprints were read again");
        let detail = json!({
            "occasion": match occasion { Occasion::FilesChanged => "files changed", Occasion::Signal => "signal" },
            "changed": is_changed,
            "in_force": self.library.all().iter()
                .map(|b| (b.application.name.clone(), b.digest.to_string()))
                .collect::<BTreeMap<_, _>>(),
            "problems": problems,
        });
        self.services.record_reload(detail).await.map_err(|e| e.to_string())?;
        self.services.live.publish(topics::OVERVIEW);
        Ok(())
    }
}

#[async_trait]
impl Duty for Blueprints {
    fn name(&self) -> &'static str {
        "re-read blueprints"
    }

    async fn run_once(&self) -> Result<(), String> {
        self.read_again(Occasion::FilesChanged).await
    }
}
