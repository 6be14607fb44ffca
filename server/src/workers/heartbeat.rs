//! Who is alive, where several processes share a database. One that was killed gives nothing back by itself: the others
//! notice that its beat stands still, and give its leases back for it.

use std::{collections::HashMap, time::Duration};

use tokio_util::sync::CancellationToken;

use super::{Workers, pause};
use crate::{
    db::{self, DbError},
    live::EVERYTHING,
    services::Services,
};

const EVERY: Duration = Duration::from_secs(5);
/// A process whose beat stood still in this many looks of ours is dead. Looks are counted and not seconds: while the
/// database is gone nobody's beat moves, and clocks of machines differ.
const STILL: u32 = 3;

/// What one process knows about the beats of the others.
pub struct Heartbeat {
    owner: String,
    beat: i64,
    seen: HashMap<String, (i64, u32)>,
}

impl Heartbeat {
    pub fn new(owner: impl Into<String>) -> Self {
        Self { owner: owner.into(), beat: 0, seen: HashMap::new() }
    }

    /// Beats once and looks at the others; answers who was found dead.
    ///
    /// # Errors
    /// When the database cannot be used; nothing is concluded then.
    pub async fn round(&mut self, services: &Services) -> Result<Vec<String>, DbError> {
        self.beat += 1;
        let now = services.clock.now();
        let mut tx = services.db.write().await?;
        db::processes::beat(&mut tx, &self.owner, self.beat, now).await?;
        let beats = db::processes::list(&mut tx).await?;
        self.seen.retain(|owner, _| beats.iter().any(|(o, _)| o == owner));
        let mut dead = Vec::new();
        for (owner, beat) in beats {
            if owner == self.owner {
                continue;
            }
            let seen = self.seen.entry(owner.clone()).or_insert((beat, 0));
            *seen = if seen.0 == beat { (beat, seen.1 + 1) } else { (beat, 1) };
            // Its beat is part of the question: one that wakes up at this moment stays.
            if seen.1 > STILL && db::processes::forget(&mut tx, &owner, beat).await? {
                db::leases::release_all(&mut tx, &owner).await?;
                dead.push(owner);
            }
        }
        tx.commit().await?;
        if !dead.is_empty() {
            tracing::warn!(processes = dead.len(), "a process no longer answers; its work is taken over");
            services.work.notify_one();
            // What it had changed and not yet told.
            services.live.publish(EVERYTHING);
        }
        Ok(dead)
    }
}

pub(super) async fn drive(workers: Workers, shutdown: CancellationToken) {
    let mut heartbeat = Heartbeat::new(&workers.owner);
    loop {
        if let Err(error) = heartbeat.round(&workers.services).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "a sign of life could not be given");
        }
        if !pause(EVERY, &shutdown).await {
            return;
        }
    }
}
