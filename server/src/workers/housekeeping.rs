//! Periodic duties: each says what it does, this loop says when.

use std::time::Duration;

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;

use super::{Workers, pause};

const EVERY: Duration = Duration::from_secs(10);

/// Something small that has to be done now and then.
#[async_trait]
pub trait Duty: Send + Sync {
    /// For the log, when it fails.
    fn name(&self) -> &'static str;

    /// # Errors
    /// In words; the duty is tried again at its next turn.
    async fn run_once(&self) -> Result<(), String>;
}

pub(super) async fn drive(workers: Workers, shutdown: CancellationToken) {
    while pause(EVERY, &shutdown).await {
        run_all(&workers).await;
    }
    // What was counted since the last round is not lost with the process.
    run_all(&workers).await;
}

async fn run_all(workers: &Workers) {
    for duty in &workers.duties {
        if let Err(error) = duty.run_once().await {
            tracing::warn!(duty = duty.name(), error, "a duty did not work");
        }
    }
}
