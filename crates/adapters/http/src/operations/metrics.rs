//! Metrics in the Prometheus text format, for administrators on the main port.

use std::io;
use std::net::TcpListener;

use actix_web::http::StatusCode;
use actix_web::{App, HttpResponse, HttpServer, get, web};
use metrics_exporter_prometheus::PrometheusHandle;

use crate::caller::Caller;
use crate::error::{ApiError, ErrorBody};
use crate::state::HttpServices;

/// Metrics in the Prometheus text format. Without a token on `PROMETHEUS_PORT`, where that is set.
#[utoipa::path(tag = "operations", security(("bearer" = [])), responses(
    (status = 200, description = "The metrics", body = String, content_type = "text/plain"),
    (status = 401, description = "No good token", body = ErrorBody),
    (status = 403, description = "Not an administrator", body = ErrorBody),
    (status = 503, description = "Metrics are switched off", body = ErrorBody)))]
#[get("/metrics")]
pub(crate) async fn metrics(Caller(actor): Caller, services: web::Data<HttpServices>) -> Result<HttpResponse, ApiError> {
    if !actor.is_admin() {
        return Err(ApiError::new(StatusCode::FORBIDDEN, "FORBIDDEN", "this needs the role admin"));
    }
    let Some(handle) = &services.metrics else {
        return Err(ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "NOT_CONFIGURED", "metrics are not recorded by this process"));
    };
    Ok(HttpResponse::Ok().content_type("text/plain; version=0.0.4").body(handle.render()))
}

/// Serves `/metrics` without a token on a port of its own, until the process ends.
///
/// # Errors
/// When the listener cannot be used.
pub fn serve_metrics(handle: PrometheusHandle, listener: TcpListener) -> io::Result<()> {
    let answer = move || {
        let handle = handle.clone();
        async move { HttpResponse::Ok().content_type("text/plain; version=0.0.4").body(handle.render()) }
    };
    let server = HttpServer::new(move || App::new().route("/metrics", web::get().to(answer.clone())));
    tokio::spawn(server.workers(1).disable_signals().listen(listener)?.run());
    Ok(())
}
