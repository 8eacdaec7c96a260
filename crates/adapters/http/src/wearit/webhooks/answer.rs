//! Endpoints and deliveries as their owner sees them.

use atelier_domain::kernel::ExposeSecret;
use atelier_domain::wearit::webhooks::{Attempt, Delivery, Disabled, Endpoint, Secret, SendFailure};
use serde::Serialize;
use utoipa::ToSchema;

use crate::envelope::time;

/// An address that is told what becomes of the caller's try-ons.
#[derive(Serialize, ToSchema)]
pub(crate) struct EndpointDto {
    /// Its id.
    #[schema(example = "65f0c0ffee65f0c0ffee65f6")]
    id: String,
    /// Where messages go.
    #[schema(example = "https://shop.example.com/hooks/atelier")]
    url: String,
    /// What its owner calls it.
    description: String,
    /// What it is told.
    #[schema(example = json!(["tryon.completed", "tryon.failed"]))]
    events: Vec<&'static str>,
    /// Whether messages are sent.
    enabled: bool,
    /// Why not: `by_owner`, `failing` (for five days nothing arrived) or `gone` (it answered 410).
    disabled_reason: Option<&'static str>,
    /// Since when nothing arrives.
    failing_since: Option<String>,
    /// When it was made.
    #[schema(format = DateTime, example = "2026-11-21T10:00:00.000Z")]
    created_at: String,
    /// When it was last changed.
    #[schema(format = DateTime, example = "2026-11-21T10:00:00.000Z")]
    updated_at: String,
}

impl From<Endpoint> for EndpointDto {
    fn from(endpoint: Endpoint) -> Self {
        Self {
            id: endpoint.id.to_string(),
            url: endpoint.url,
            description: endpoint.description,
            events: endpoint.events.iter().map(|event| event.as_str()).collect(),
            enabled: endpoint.disabled.is_none(),
            disabled_reason: endpoint.disabled.map(Disabled::as_str),
            failing_since: endpoint.failing_since.map(time),
            created_at: time(endpoint.created_at),
            updated_at: time(endpoint.updated_at),
        }
    }
}

/// One endpoint.
#[derive(Serialize, ToSchema)]
pub(crate) struct EndpointData {
    endpoint: EndpointDto,
}

impl From<Endpoint> for EndpointData {
    fn from(endpoint: Endpoint) -> Self {
        Self { endpoint: endpoint.into() }
    }
}

/// An endpoint with its secret, which is not shown again.
#[derive(Serialize, ToSchema)]
pub(crate) struct EndpointSecretData {
    endpoint: EndpointDto,
    /// What its messages are signed with, in the form the libraries of Standard Webhooks take.
    #[schema(example = "whsec_…")]
    secret: String,
}

impl From<Secret> for EndpointSecretData {
    fn from(Secret { endpoint, secret }: Secret) -> Self {
        Self { endpoint: endpoint.into(), secret: secret.expose_secret().to_owned() }
    }
}

/// The caller's endpoints.
#[derive(Serialize, ToSchema)]
pub(crate) struct EndpointListData {
    /// Oldest first; ten at most.
    endpoints: Vec<EndpointDto>,
}

impl From<Vec<Endpoint>> for EndpointListData {
    fn from(endpoints: Vec<Endpoint>) -> Self {
        Self { endpoints: endpoints.into_iter().map(Into::into).collect() }
    }
}

/// One attempt to bring a message to its endpoint.
#[derive(Serialize, ToSchema)]
pub(crate) struct DeliveryAttemptDto {
    /// When it began.
    #[schema(format = DateTime, example = "2026-11-21T10:00:00.000Z")]
    at: String,
    /// How long it took, in milliseconds.
    #[schema(example = 84)]
    duration_ms: u64,
    /// The status of the answer, if there was one.
    #[schema(example = 503)]
    response_status: Option<u16>,
    /// Why there was none: `target_refused`, `host_not_found`, `connection_failed`, `tls_failed` or `timeout`.
    error: Option<&'static str>,
}

impl From<&Attempt> for DeliveryAttemptDto {
    fn from(attempt: &Attempt) -> Self {
        let duration_ms = u64::try_from(attempt.took.as_millis()).unwrap_or(u64::MAX);
        let error = attempt.outcome.failure().map(SendFailure::as_str);
        Self { at: time(attempt.at), duration_ms, response_status: attempt.outcome.status(), error }
    }
}

/// One message to one endpoint.
#[derive(Serialize, ToSchema)]
pub(crate) struct DeliveryDto {
    /// Its id.
    #[schema(example = "65f0c0ffee65f0c0ffee65f7")]
    id: String,
    /// The `webhook-id` of every attempt.
    #[schema(example = "msg_65f0c0ffee65f0c0ffee65f7")]
    message_id: String,
    /// Where to.
    #[schema(example = "65f0c0ffee65f0c0ffee65f6")]
    endpoint_id: String,
    /// What it tells.
    #[schema(example = "tryon.completed")]
    event: &'static str,
    /// The body as it is sent.
    #[schema(value_type = Object)]
    payload: serde_json::Value,
    /// `pending`, `delivered` or `failed`.
    #[schema(example = "delivered")]
    status: &'static str,
    /// The newest twenty attempts, oldest first.
    attempts: Vec<DeliveryAttemptDto>,
    /// When it is tried next, while it is pending.
    next_attempt_at: Option<String>,
    /// When it was made.
    #[schema(format = DateTime, example = "2026-11-21T10:00:00.000Z")]
    created_at: String,
    /// When it arrived or was given up.
    ended_at: Option<String>,
}

impl From<Delivery> for DeliveryDto {
    fn from(delivery: Delivery) -> Self {
        Self {
            id: delivery.id.to_string(),
            message_id: delivery.message_id(),
            endpoint_id: delivery.endpoint_id.to_string(),
            event: delivery.event.as_str(),
            payload: serde_json::from_str(&delivery.payload).unwrap_or_default(),
            status: delivery.status.as_str(),
            attempts: delivery.attempts.iter().map(DeliveryAttemptDto::from).collect(),
            next_attempt_at: delivery.next_attempt_at.map(time),
            created_at: time(delivery.created_at),
            ended_at: delivery.ended_at.map(time),
        }
    }
}

/// One delivery.
#[derive(Serialize, ToSchema)]
pub(crate) struct DeliveryData {
    delivery: DeliveryDto,
}

impl From<Delivery> for DeliveryData {
    fn from(delivery: Delivery) -> Self {
        Self { delivery: delivery.into() }
    }
}

/// A page of deliveries.
#[derive(Serialize, ToSchema)]
pub(crate) struct DeliveryListData {
    deliveries: Vec<DeliveryDto>,
}

impl From<Vec<Delivery>> for DeliveryListData {
    fn from(deliveries: Vec<Delivery>) -> Self {
        Self { deliveries: deliveries.into_iter().map(Into::into).collect() }
    }
}
