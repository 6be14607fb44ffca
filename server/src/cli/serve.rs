//! `lockkeeper serve` and `lockkeeper migrate`.

use std::path::Path;

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::{
    startup::{StartOptions, open_database, start},
    telemetry,
};

use super::{Failure, load, say};

pub(super) async fn run(path: Option<&Path>) -> Result<(), Failure> {
    let config = load(path)?;
    telemetry::start_logging(&config.log)?;
    let mut options = StartOptions::from_config(&config);
    options.metrics = Some(telemetry::start_metrics()?);
    // From here on a hangup is a wish and no end.
    let mut hangup = signal(SignalKind::hangup())?;
    let running = start(config, options).await?;
    let shutdown = running.shutdown_token();
    let hangups = async {
        while hangup.recv().await.is_some() {
            running.reload_blueprints().await;
        }
    };
    tokio::select! {
        stop = until_asked_to_stop(&shutdown) => stop?,
        () = hangups => {}
    }
    running.stopped().await;
    Ok(())
}

pub(super) async fn migrate(path: Option<&Path>) -> Result<(), Failure> {
    let config = load(path)?;
    open_database(&config).await?.close().await;
    say("The database is at this version.")
}

/// Waits for SIGINT or SIGTERM, then starts the shutdown; a second signal ends the process as usual.
pub async fn until_asked_to_stop(shutdown: &CancellationToken) -> Result<(), Failure> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
        () = shutdown.cancelled() => {}
    }
    tracing::info!("stopping: running work is finished or handed on");
    shutdown.cancel();
    Ok(())
}
