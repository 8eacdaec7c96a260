//! One span, one log line and the metrics of each request; its id; its time limit.

use std::time::Instant;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{HttpResponse, ResponseError, web};
use atelier_domain::kernel::AuditId;
use tracing::Instrument;

use super::context;
use crate::error::ApiError;
use crate::settings::HttpSettings;
use crate::state::HttpServices;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The client's id when it is a plain one, else a fresh one.
fn request_id(request: &ServiceRequest, services: &HttpServices) -> String {
    let sent = request.headers().get(REQUEST_ID).and_then(|value| value.to_str().ok());
    match sent.filter(|id| (1..=128).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_graphic())) {
        Some(id) => id.to_owned(),
        None => format!("req_{}", services.ids.generate::<AuditId>()),
    }
}

/// The middleware.
pub(crate) async fn observe<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let (Some(services), Some(settings)) =
        (request.app_data::<web::Data<HttpServices>>().cloned(), request.app_data::<web::Data<HttpSettings>>().cloned())
    else {
        return next.call(request).await.map(ServiceResponse::map_into_boxed_body);
    };
    let id = request_id(&request, &services);
    let method = request.method().clone();
    let began = Instant::now();
    let span = tracing::info_span!("http.request", request.id = %id, http.method = %method, user.id = tracing::field::Empty);
    let path = request.path().to_owned();
    // The route's pattern, never the raw path: ids would make a series each.
    let route = request.match_pattern().unwrap_or_else(|| "unmatched".to_owned());
    // The router panics when anything else holds on to the request, so an answer without one is built here and now.
    let work = async {
        match tokio::time::timeout(settings.request_timeout, next.call(request)).await {
            Ok(Ok(response)) => Ok(response.map_into_boxed_body()),
            Ok(Err(error)) => Err(error.error_response()),
            Err(_elapsed) => {
                let error = ApiError::new(StatusCode::GATEWAY_TIMEOUT, "TIMEOUT", "the request took too long and was given up");
                Err(error.error_response())
            }
        }
    };
    let mut answer = context::scope(id.clone(), services.clock.clone(), work).instrument(span.clone()).await;
    if let Ok(value) = HeaderValue::from_str(&id) {
        let headers = answer.as_mut().map_or_else(HttpResponse::headers_mut, ServiceResponse::headers_mut);
        headers.insert(REQUEST_ID, value);
    }
    let status = answer.as_ref().map_or_else(HttpResponse::status, ServiceResponse::status).as_u16();
    let seconds = began.elapsed().as_secs_f64();
    metrics::counter!("http_requests_total", "route" => route.clone(), "code" => status.to_string()).increment(1);
    metrics::counter!("atelier_http_requests_total", "method" => method.to_string(), "route" => route.clone(), "status" => status.to_string())
        .increment(1);
    metrics::histogram!("atelier_http_request_seconds", "method" => method.to_string(), "route" => route.clone()).record(seconds);
    let quiet = route.starts_with("/health") || route == "/metrics";
    span.in_scope(|| {
        let ms = (seconds * 1000.0).round() as u64;
        if quiet {
            tracing::debug!(http.route = %route, http.status = status, ms, "request");
        } else if route == "unmatched" {
            tracing::info!(http.path = %path.chars().take(200).collect::<String>(), http.status = status, ms, "request");
        } else {
            tracing::info!(http.route = %route, http.status = status, ms, "request");
        }
    });
    answer.map_err(|response| InternalError::from_response("answered", response).into())
}
