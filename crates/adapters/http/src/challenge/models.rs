//! The models that can be asked.

use actix_web::{HttpResponse, get, web};
use atelier_domain::challenge::chat::ModelSpec;
use atelier_domain::kernel::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::caller::Caller;
use crate::envelope::Success;
use crate::failures::ReadFailures;
use crate::state::HttpServices;

/// Routes under `/api/v1`.
pub(crate) fn routes(config: &mut ServiceConfig<'_>) {
    config.service(list);
}

/// The temperatures a model takes; another one is moved to the nearest of them.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TemperatureRangeDto {
    /// The lowest.
    #[schema(example = 0.1)]
    min: f64,
    /// The highest.
    #[schema(example = 2.0)]
    max: f64,
}

/// What a model costs, in micro-credits (millionths of a credit) per million tokens.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PriceDto {
    /// Of the prompt.
    #[schema(example = 500_000)]
    input: u64,
    /// Of that part of the prompt which the provider had in its cache.
    #[schema(example = 500_000)]
    cached_input: u64,
    /// Of the answer.
    #[schema(example = 1_500_000)]
    output: u64,
    /// The first day of these prices, UTC.
    #[schema(format = Date, example = "2026-01-01")]
    valid_from: String,
}

/// A model that can be asked.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ModelDto {
    /// Its name, for `modelName`.
    #[schema(example = "gpt-4")]
    model_name: String,
    /// Most tokens of prompt and answer together.
    #[schema(example = 8192)]
    context_window: u32,
    /// Most tokens of an answer.
    #[schema(example = 4096)]
    max_output: u32,
    /// The temperatures it takes; null when it takes none.
    temperature: Option<TemperatureRangeDto>,
    /// What it costs today.
    prices: Option<PriceDto>,
}

impl ModelDto {
    fn of(spec: &ModelSpec, now: Timestamp) -> Self {
        Self {
            model_name: spec.name.clone(),
            context_window: spec.context_window,
            max_output: spec.max_output,
            temperature: spec.temperature.as_ref().map(|range| TemperatureRangeDto { min: *range.start(), max: *range.end() }),
            prices: spec.price_on(now.date_naive()).map(|price| PriceDto {
                input: price.input,
                cached_input: price.cached_input,
                output: price.output,
                valid_from: price.valid_from.to_string(),
            }),
        }
    }
}

/// The models.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ModelsData {
    /// The first is taken by conversations that name none.
    models: Vec<ModelDto>,
}

/// The models conversations can be held with, and what they cost today.
#[utoipa::path(tag = "models", security(("bearer" = [])), responses(
    (status = 200, description = "The models", body = Success<ModelsData>), ReadFailures))]
#[get("/models")]
pub(crate) async fn list(Caller(_actor): Caller, services: web::Data<HttpServices>) -> HttpResponse {
    let now = services.clock.now();
    let models = services.challenge.conversations.models().into_iter().map(|spec| ModelDto::of(spec, now)).collect();
    HttpResponse::Ok().json(Success::new(ModelsData { models }))
}
