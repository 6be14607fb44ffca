//! Logs and metrics of the process. Where they are written is decided here; what is written, where it happens.

use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::{EnvFilter, util::TryInitError};
use tracing_subscriber::{layer::SubscriberExt as _, util::SubscriberInitExt as _};

use crate::config::{LogConfig, LogFormat};

/// Upper bounds of the request histogram, in seconds.
const SECONDS: [f64; 12] = [0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0];

#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    #[error("the log filter cannot be read")]
    Filter(#[from] tracing_subscriber::filter::ParseError),
    #[error("logging was set up before")]
    Log(#[from] TryInitError),
    #[error("metrics cannot be set up")]
    Metrics(#[from] BuildError),
}

/// Sends log lines to standard error: standard output belongs to commands that print results.
///
/// # Errors
/// When the filter is wrong or logging was set up before.
pub fn start_logging(config: &LogConfig) -> Result<(), TelemetryError> {
    let registry = tracing_subscriber::registry().with(EnvFilter::try_new(&config.filter)?);
    match config.format {
        LogFormat::Text => {
            let is_terminal = std::io::IsTerminal::is_terminal(&std::io::stderr());
            registry
                .with(tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_ansi(is_terminal))
                .try_init()?;
        }
        LogFormat::Json => {
            registry
                .with(
                    tracing_subscriber::fmt::layer()
                        .json()
                        .with_writer(std::io::stderr)
                        .with_current_span(true)
                        .with_span_list(false),
                )
                .try_init()?;
        }
    }
    Ok(())
}

/// Collects metrics of the whole process; the handle renders them for `/metrics`.
///
/// # Errors
/// When metrics were set up before.
pub fn start_metrics() -> Result<PrometheusHandle, TelemetryError> {
    Ok(PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)?
        .install_recorder()?)
}
