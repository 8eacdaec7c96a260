//! What the processes do from start to end.

use std::future::Future;
use std::net::TcpListener;
use std::process::ExitCode;
use std::sync::Arc;

use atelier_adapter_http as http;
use atelier_domain::kernel::error_chain;
use atelier_domain::wearit::tryon::TryOnProvider;
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::product::{Product, StartError, TryOnEngines, failed};
use crate::telemetry;

/// Cancelled by SIGTERM or Ctrl-C.
fn shutdown_signal() -> std::io::Result<CancellationToken> {
    let token = CancellationToken::new();
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let cancel = token.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("shutting down");
        cancel.cancel();
    });
    Ok(token)
}

/// Tells the operator which process of which machine owns a job.
fn worker_name(kind: &str) -> String {
    let machine = hostname::get().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    format!("{kind}-{machine}-{}", std::process::id())
}

/// Runs the API, with a worker in the same process unless `EMBEDDED_WORKER` is off, until it is told to stop.
///
/// # Errors
/// [`StartError`] when it cannot start.
pub async fn serve(config: Config) -> Result<(), StartError> {
    config.validate()?;
    let shutdown = shutdown_signal().map_err(failed("signal handling"))?;
    let metrics = telemetry::start_metrics().map_err(failed("metrics"))?;
    let listener = Product::listen(&config)?;
    let port = listener.local_addr().map_err(failed("the listener"))?.port();
    let own_url = format!("http://{}:{port}", shown_host(config.host()));
    let product = Product::start(&config, &own_url).await?;
    serve_metrics(&config, metrics.clone())?;
    let server =
        http::run(product.services.http(Some(metrics)), Product::http_settings(&config), listener).map_err(failed("the HTTP server"))?;
    tokio::spawn(product.measure(shutdown.clone()));
    tokio::spawn(product.upkeep(shutdown.clone()));
    let worker = if config.embedded_worker() {
        let worker = product.services.worker(config.tryon.concurrency(), worker_name("api")).map_err(failed("the worker"))?;
        tokio::spawn(product.measure_bucket(shutdown.clone()));
        Some(tokio::spawn(worker.with_times(config.tryon.worker_times()).run(shutdown.clone())))
    } else {
        None
    };
    tracing::info!("Atelier is ready at {own_url} — try it in the browser at {own_url}/docs ({})", place(&config));
    shutdown.cancelled().await;
    server.drain().await.map_err(failed("the end of the HTTP server"))?;
    if let Some(worker) = worker {
        worker.await.map_err(failed("the end of the worker"))?;
    }
    product.close().await;
    tracing::info!("stopped");
    Ok(())
}

/// Runs jobs until it is told to stop.
///
/// # Errors
/// [`StartError`] when it cannot start.
pub async fn work(config: Config) -> Result<(), StartError> {
    run_worker(config, None).await
}

/// As [`work`], with the embedder's own try-on providers, in order of preference, instead of those the settings name.
///
/// # Errors
/// [`StartError`] when it cannot start.
pub async fn work_with(config: Config, providers: Vec<Arc<dyn TryOnProvider>>) -> Result<(), StartError> {
    run_worker(config, Some(providers)).await
}

async fn run_worker(config: Config, providers: Option<Vec<Arc<dyn TryOnProvider>>>) -> Result<(), StartError> {
    config.validate()?;
    let shutdown = shutdown_signal().map_err(failed("signal handling"))?;
    let metrics = telemetry::start_metrics().map_err(failed("metrics"))?;
    let own_url = format!("http://{}:{}", shown_host(config.host()), config.port());
    let product = match providers {
        Some(providers) => Product::start_with(&config, &own_url, TryOnEngines { providers, examiner: None }).await?,
        None => Product::start(&config, &own_url).await?,
    };
    serve_metrics(&config, metrics)?;
    tokio::spawn(product.measure(shutdown.clone()));
    tokio::spawn(product.upkeep(shutdown.clone()));
    tokio::spawn(product.measure_bucket(shutdown.clone()));
    let worker = product.services.worker(config.tryon.concurrency(), worker_name("worker")).map_err(failed("the worker"))?;
    tracing::info!("the worker is ready ({})", place(&config));
    worker.with_times(config.tryon.worker_times()).run(shutdown).await;
    product.close().await;
    tracing::info!("stopped");
    Ok(())
}

/// Metrics without a token on a port of their own, where one is set.
fn serve_metrics(config: &Config, metrics: PrometheusHandle) -> Result<(), StartError> {
    let Some(address) = telemetry::metrics_address(config) else { return Ok(()) };
    let listener = TcpListener::bind(address).map_err(failed("the metrics port"))?;
    http::serve_metrics(metrics, listener).map_err(failed("the metrics port"))
}

/// Where the data are, for the log.
fn place(config: &Config) -> String {
    match config.store.mongodb(config.process.app_env) {
        Some((_, database)) => format!("data in MongoDB, database {database}"),
        None => format!("data in {}", config.process.data_dir.display()),
    }
}

/// The address to show for a host to listen on.
fn shown_host(host: &str) -> &str {
    match host {
        "0.0.0.0" | "::" => "127.0.0.1",
        other => other,
    }
}

/// Runs a process to its end: a problem is told in one line with its causes, and the exit code is 1.
pub async fn exit_with(logging: Result<(), String>, work: impl Future<Output = Result<(), StartError>>) -> ExitCode {
    let outcome = match logging {
        Ok(()) => work.await.map_err(|error| error_chain(&error)),
        Err(problem) => Err(problem),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(text) => {
            eprintln!("error: {text}");
            ExitCode::FAILURE
        }
    }
}
