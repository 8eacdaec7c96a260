//! What is asked of endpoints and deliveries.

use atelier_domain::kernel::{EndpointId, FieldError, Fingerprint};
use atelier_domain::wearit::webhooks::{ChangeEndpoint, CreateEndpoint, DeliveryFilter, DeliveryStatus};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::fingerprint::FingerprintBuilder;

/// An endpoint to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewEndpoint {
    /// Where messages go: `https://`, on the public internet.
    #[schema(value_type = String, example = "https://shop.example.com/hooks/atelier", min_length = 1, max_length = 2048)]
    url: Option<String>,
    /// `tryon.completed`, `tryon.failed`, `tryon.cancelled`; all of them when absent or empty.
    #[schema(example = json!(["tryon.completed", "tryon.failed"]))]
    events: Option<Vec<String>>,
    /// What you call it, at most 200 characters.
    #[schema(example = "The shop", max_length = 200)]
    description: Option<String>,
}

impl NewEndpoint {
    pub(super) fn fingerprint(&self) -> Fingerprint {
        let events = self.events.as_ref().map(|events| events.join(","));
        FingerprintBuilder::of("POST /webhooks/endpoints")
            .field("url", self.url.as_deref())
            .field("events", events.as_deref())
            .field("description", self.description.as_deref())
            .finish()
    }

    /// The command; what is absent fails the domain's checks as an empty text does.
    pub(super) fn command(self) -> CreateEndpoint {
        CreateEndpoint {
            url: self.url.unwrap_or_default(),
            events: self.events.unwrap_or_default(),
            description: self.description.unwrap_or_default(),
        }
    }
}

/// What of an endpoint is to change; what is absent stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EndpointChange {
    /// Where messages go.
    #[schema(example = "https://shop.example.com/hooks/atelier", min_length = 1, max_length = 2048)]
    url: Option<String>,
    /// `tryon.completed`, `tryon.failed`, `tryon.cancelled`; all of them when empty.
    events: Option<Vec<String>>,
    /// What you call it, at most 200 characters.
    #[schema(max_length = 200)]
    description: Option<String>,
    /// Whether messages are sent; `true` also forgets what failed before.
    #[schema(example = true)]
    enabled: Option<bool>,
}

impl From<EndpointChange> for ChangeEndpoint {
    fn from(EndpointChange { url, events, description, enabled }: EndpointChange) -> Self {
        Self { url, events, description, enabled }
    }
}

/// Which deliveries are wanted.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct DeliveryQuery {
    /// Only to this endpoint.
    endpoint_id: Option<String>,
    /// `pending`, `delivered` or `failed`.
    #[param(example = "failed")]
    status: Option<String>,
}

impl DeliveryQuery {
    /// The filter; what is wrong goes to `problems`.
    pub(super) fn filter(&self, problems: &mut Vec<FieldError>) -> DeliveryFilter {
        let mut wrong = |field: &str, message: String| problems.push(FieldError { field: field.to_owned(), message });
        let endpoint_id = self.endpoint_id.as_deref().and_then(|text| {
            let parsed = text.parse::<EndpointId>();
            parsed.map_err(|invalid| wrong("endpoint_id", invalid.to_string())).ok()
        });
        let status = self.status.as_deref().and_then(|text| {
            let parsed = text.parse::<DeliveryStatus>();
            parsed.map_err(|_unknown| wrong("status", "must be pending, delivered or failed".to_owned())).ok()
        });
        DeliveryFilter { endpoint_id, status }
    }
}
