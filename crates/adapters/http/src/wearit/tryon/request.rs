//! What is asked of try-ons.

use std::collections::BTreeMap;

use atelier_domain::kernel::{BodyId, ClothingId, EntityId, FieldError, Fingerprint, Invalid};
use atelier_domain::wearit::tryon::{RequestTryOn, TryOnError, TryOnFilter, TryOnOptions, UnknownStatus};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::error::ApiError;
use crate::extract::IdempotencyHeader;
use crate::fingerprint::FingerprintBuilder;

/// A try-on to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewTryOn {
    /// The garment.
    #[schema(example = "65f0c0ffee65f0c0ffee65f1")]
    clothing_id: Option<String>,
    /// In place of `clothing_id`: one or two garments, in the order they are put on.
    #[schema(min_items = 1, max_items = 2)]
    clothing_ids: Option<Vec<String>>,
    /// The caller's body; may be left out, there is only one.
    #[schema(example = "65f0c0ffee65f0c0ffee65f3")]
    body_id: Option<String>,
    /// See `GET /tryon/capabilities`.
    options: Option<OptionsJson>,
}

/// What the caller chooses. An option that no engine supports is refused, never dropped.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub(crate) struct OptionsJson {
    /// The model, as the capabilities name it.
    model: Option<String>,
    /// The seed, for a model that has one.
    seed: Option<u64>,
    #[serde(flatten)]
    #[schema(ignore)]
    others: BTreeMap<String, serde_json::Value>,
}

fn id<T: EntityId>(field: &str, text: &str, problems: &mut Vec<FieldError>) -> Option<T> {
    let parsed: Result<T, _> = text.parse();
    parsed.map_err(|invalid| problems.push(FieldError { field: field.to_owned(), message: invalid.to_string() })).ok()
}

impl NewTryOn {
    /// The command, with the key that makes it repeatable.
    pub(crate) fn command(self, idempotency: IdempotencyHeader) -> Result<RequestTryOn, ApiError> {
        let mut problems = Vec::new();
        let texts = match (self.clothing_id, self.clothing_ids) {
            (Some(one), None) => vec![one],
            (None, Some(several)) => several,
            (Some(_), Some(_)) => return Err(ApiError::invalid_field("clothing_id", "send clothing_id or clothing_ids, not both")),
            (None, None) => return Err(ApiError::invalid_field("clothing_id", "is required")),
        };
        let clothing_ids: Vec<ClothingId> = texts.iter().filter_map(|text| id("clothing_id", text, &mut problems)).collect();
        let body_id: Option<BodyId> = self.body_id.as_deref().and_then(|text| id("body_id", text, &mut problems));
        Invalid::check(problems).map_err(|Invalid(fields)| ApiError::invalid(&fields))?;
        let OptionsJson { model, seed, others } = self.options.unwrap_or_default();
        if !others.is_empty() {
            return Err(TryOnError::OptionNotSupported.into());
        }
        let mut command = RequestTryOn { clothing_ids, body_id, options: TryOnOptions { model, seed }, idempotency: None };
        command.idempotency = idempotency.request(fingerprint(&command));
        Ok(command)
    }
}

fn fingerprint(command: &RequestTryOn) -> Fingerprint {
    let mut fields = FingerprintBuilder::of("POST /tryon");
    for id in &command.clothing_ids {
        fields = fields.field("clothing_id", Some(&id.to_string()));
    }
    let body = command.body_id.map(|id| id.to_string());
    let seed = command.options.seed.map(|seed| seed.to_string());
    fields.field("body_id", body.as_deref()).field("model", command.options.model.as_deref()).field("seed", seed.as_deref()).finish()
}

/// Which try-ons are wanted.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct TryOnQuery {
    /// `pending`, `processing`, `completed`, `failed` or `cancelled`.
    #[param(example = "completed")]
    status: Option<String>,
    /// Only on this body.
    body_id: Option<String>,
    /// Only with this garment.
    clothing_id: Option<String>,
}

impl TryOnQuery {
    /// The filter; what is wrong goes to `problems`.
    pub(crate) fn filter(&self, problems: &mut Vec<FieldError>) -> TryOnFilter {
        let status = self.status.as_deref().and_then(|text| {
            let unknown = |unknown: UnknownStatus| problems.push(FieldError { field: "status".to_owned(), message: unknown.to_string() });
            text.parse().map_err(unknown).ok()
        });
        TryOnFilter {
            status,
            body_id: self.body_id.as_deref().and_then(|text| id("body_id", text, problems)),
            clothing_id: self.clothing_id.as_deref().and_then(|text| id("clothing_id", text, problems)),
        }
    }
}
