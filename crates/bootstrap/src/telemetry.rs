//! Logs and metrics of a process.

use std::io::IsTerminal;
use std::net::SocketAddr;
use std::time::Duration;

use metrics_exporter_prometheus::{BuildError, PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::EnvFilter;

use crate::config::{Config, LogFormat, ProcessSettings};

/// Log lines to standard error, as the settings say. Later calls in one process change nothing.
///
/// # Errors
/// When `LOG_LEVEL` cannot be understood.
pub fn start_logging(settings: &ProcessSettings) -> Result<(), String> {
    let filter = EnvFilter::try_new(&settings.log_level).map_err(|e| format!("LOG_LEVEL: {e}; try info"))?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false);
    let started = match settings.effective_log_format() {
        LogFormat::Text => builder.try_init(),
        LogFormat::Json => builder.json().flatten_event(true).with_current_span(true).with_span_list(false).try_init(),
    };
    drop(started);
    Ok(())
}

/// How often samples of histograms are put into their buckets.
const UPKEEP_EVERY: Duration = Duration::from_secs(5);

/// Records metrics in this process.
///
/// # Errors
/// When a recorder is installed already, or a bucket is wrong.
pub(crate) fn start_metrics() -> Result<PrometheusHandle, BuildError> {
    const SECONDS: [f64; 12] = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
    let handle = PrometheusBuilder::new().set_buckets(&SECONDS)?.install_recorder()?;
    // Samples are kept until somebody looks: where nobody does, they are put into their buckets here.
    let upkeep = handle.clone();
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(UPKEEP_EVERY).await;
            upkeep.run_upkeep();
        }
    });
    Ok(handle)
}

/// Where metrics are served without a token.
pub(crate) fn metrics_address(config: &Config) -> Option<SocketAddr> {
    Some(SocketAddr::new(config.process.prometheus_host, config.process.prometheus_port?))
}
