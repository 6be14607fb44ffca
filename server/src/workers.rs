//! Workers: everything that happens without a person asking for it at that moment.
//!
//! A worker does one round and says how it went; the drivers here own loops, leases, back-off and shutdown. Workers
//! reach AWS through the ports and the database through the services, and hold no transaction while they call AWS.

mod assets;
mod checks;
mod discard;
mod effects;
mod execute;
mod housekeeping;
mod poller;
mod prepare;
mod probe;

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;
use tokio::time::sleep;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

pub use probe::{HttpProbe, ProbeOptions};

use crate::{
    db::DbError,
    ports::{AssetPort, IdentityPort, StackPort, Target},
    services::Services,
};

/// What a single step came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Done,
    /// Nothing is due before then.
    Due(Timestamp),
    /// Nothing waits at all: the next move is a person's.
    Rest,
}

/// How often workers look, when nothing wakes them.
#[derive(Clone, Copy, Debug)]
pub struct Rhythm {
    /// Between two looks at an environment in which something moves.
    pub poll_fast: Duration,
    /// Between two looks at a quiet environment.
    pub poll_slow: Duration,
    /// Between two questions about a change set or a stack this process is working on.
    pub follow: Duration,
}

impl Default for Rhythm {
    fn default() -> Self {
        Self { poll_fast: Duration::from_secs(5), poll_slow: Duration::from_mins(1), follow: Duration::from_secs(2) }
    }
}

/// What the workers work with. Cheap to clone.
#[derive(Clone)]
pub struct Workers {
    pub services: Services,
    pub stacks: Arc<dyn StackPort>,
    pub assets: Arc<dyn AssetPort>,
    pub identity: Arc<dyn IdentityPort>,
    pub probe: HttpProbe,
    pub rhythm: Rhythm,
    /// Names this process in leases.
    pub owner: String,
    /// Periodic duties of other parts: deleting expired sessions, storing call counts, re-reading blueprints.
    pub duties: Vec<Arc<dyn Duty>>,
}

pub use housekeeping::Duty;

impl Workers {
    /// Runs until `shutdown`; what is being done is finished or given back before this returns.
    pub async fn run(self, shutdown: CancellationToken) {
        let tracker = TaskTracker::new();
        tracker.spawn(effects::drive(self.clone(), tracker.clone(), shutdown.clone()));
        tracker.spawn(poller::drive(self.clone(), shutdown.clone()));
        tracker.spawn(housekeeping::drive(self.clone(), shutdown.clone()));
        shutdown.cancelled().await;
        tracker.close();
        tracker.wait().await;
        if let Ok(mut connection) = self.services.db.read().await
            && let Err(error) = crate::db::leases::release_all(&mut connection, &self.owner).await
        {
            tracing::warn!(error = &error as &dyn std::error::Error, "leases were not given back; they will run out");
        }
    }

    /// Carries out one effect that is due. Whoever owns the clock moves it on to what is due next.
    ///
    /// # Errors
    /// When the database cannot be used.
    pub async fn step(&self) -> Result<Step, DbError> {
        effects::step(self).await
    }

    /// Where the calls of an environment go; `None` when the blueprint no longer knows it.
    fn target(&self, application: &str, environment: &str) -> Option<Target> {
        let blueprint = self.services.blueprints.get(application)?;
        let environment = blueprint.environment(environment)?;
        Some(Target::of(&blueprint, environment))
    }
}

/// Sleeps, but not past a shutdown. Answers whether to go on.
async fn pause(duration: Duration, shutdown: &CancellationToken) -> bool {
    tokio::select! {
        () = sleep(duration) => true,
        () = shutdown.cancelled() => false,
    }
}
