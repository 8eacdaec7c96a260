//! Try-ons as they are answered.

use atelier_domain::kernel::{ObjectStoreError, Page, Paged};
use atelier_domain::wearit::Links;
use atelier_domain::wearit::tryon::{Attempt, AttemptOutcome, Cost, GivenConsent, ServedModel, TryOnFailure, TryOnView};
use serde::Serialize;
use utoipa::ToSchema;

use crate::envelope::{SkipPagination, SuccessPage, time};

/// A try-on.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct TryOnDto {
    /// Its id.
    #[schema(example = "65f0c0ffee65f0c0ffee65f4")]
    id: String,
    /// On which body; null once the body was deleted.
    #[schema(example = "65f0c0ffee65f0c0ffee65f3")]
    body_id: Option<String>,
    /// The first garment; null once it was deleted.
    #[schema(example = "65f0c0ffee65f0c0ffee65f1")]
    clothing_id: Option<String>,
    /// The garments, in the order they are put on.
    clothing_ids: Vec<String>,
    /// `pending`, `processing`, `completed`, `failed` or `cancelled`; the last three are final.
    #[schema(example = "completed")]
    status: &'static str,
    /// 0–100.
    #[schema(example = 100, maximum = 100)]
    progress: u8,
    /// What is being done, e.g. `queued`, `pose`, `warp`, `done`.
    #[schema(example = "done")]
    stage: String,
    /// Its place in the queue, from 1; only while pending.
    #[serde(skip_serializing_if = "Option::is_none")]
    queue_position: Option<u64>,
    /// The picture, only when completed; the link works for an hour.
    #[serde(skip_serializing_if = "Option::is_none")]
    result_image_url: Option<String>,
    /// Its thumbnail, 200×200, only when completed; the link works for an hour.
    #[serde(skip_serializing_if = "Option::is_none")]
    thumbnail_url: Option<String>,
    /// Whether the result is a preview of limited quality.
    #[schema(example = true)]
    preview: bool,
    /// What to know about the result; in the answer to the request, about the body photo.
    warnings: Vec<String>,
    /// How sure the engine is of its result, 0–1.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 0.8)]
    confidence: Option<f32>,
    /// Why there is no picture; only when failed or cancelled.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<FailureDto>,
    /// The model and its version, for an exact re-run.
    #[schema(example = "local-2d@2")]
    model_used: Option<String>,
    /// Seconds the model worked.
    #[schema(example = 1.2)]
    processing_time: Option<f64>,
    /// Every attempt, oldest first.
    attempts: Vec<AttemptDto>,
    /// What the caller had agreed to when it was asked for, where consent was given.
    consent: Option<ConsentDto>,
    /// When it was asked for.
    #[schema(example = "2026-11-21T10:00:00.000Z")]
    created_at: String,
    /// When it reached its final state.
    #[schema(example = "2026-11-21T10:00:02.000Z")]
    completed_at: Option<String>,
    /// Whether it is a favourite.
    is_favorite: bool,
}

/// A consent to the processing of body photos.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct ConsentDto {
    /// The version of the text agreed to.
    #[schema(example = "2026-11")]
    version: String,
    /// When.
    #[schema(example = "2026-11-20T09:00:00.000Z")]
    at: String,
}

impl From<&GivenConsent> for ConsentDto {
    fn from(consent: &GivenConsent) -> Self {
        Self { version: consent.version.clone(), at: time(consent.at) }
    }
}

/// Why there is no picture.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct FailureDto {
    /// One of `INPUT_UNREADABLE`, `INPUT_REJECTED`, `POSE_NOT_FOUND`, `CONTENT_REJECTED`, `PROVIDER_BUSY`, `PROVIDER_EXHAUSTED`,
    /// `PROVIDER_TIMEOUT`, `PROVIDER_ERROR`, `CANCELLED`.
    #[schema(example = "POSE_NOT_FOUND")]
    code: &'static str,
    /// The finer word.
    #[schema(example = "several_people")]
    reason: String,
    /// What happened.
    message: String,
    /// What can be done.
    advice: String,
    /// Whether the same request may succeed later.
    retryable: bool,
    /// Whether it counts for nothing; always true: only completed try-ons count.
    refunded: bool,
}

impl From<&TryOnFailure> for FailureDto {
    fn from(failure: &TryOnFailure) -> Self {
        Self {
            code: failure.code.as_str(),
            reason: failure.reason.clone(),
            message: failure.message.clone(),
            advice: failure.advice.clone(),
            retryable: failure.code.retryable(),
            refunded: true,
        }
    }
}

/// One attempt with one provider.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct AttemptDto {
    /// The provider.
    #[schema(example = "local")]
    provider: String,
    /// When it began.
    started_at: String,
    /// When it ended.
    ended_at: Option<String>,
    /// `running`, `succeeded` or `failed`.
    #[schema(example = "succeeded")]
    outcome: &'static str,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'static str>,
    /// The finer word.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// The seed the provider used, whoever chose it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 42)]
    seed: Option<u64>,
    /// The parameters as the provider got them, pictures left out: with model and seed enough to ask for the same again.
    #[serde(skip_serializing_if = "serde_json::Map::is_empty")]
    #[schema(value_type = Object)]
    parameters: serde_json::Map<String, serde_json::Value>,
    /// What it cost, where the provider says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    cost: Option<CostDto>,
}

/// What a picture cost.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct CostDto {
    /// Millionths of the unit.
    #[schema(example = 1_000_000)]
    millionths: u64,
    /// The provider's unit: `credits`, `seconds`, `USD`.
    #[schema(example = "credits")]
    unit: String,
}

impl From<&Attempt> for AttemptDto {
    fn from(attempt: &Attempt) -> Self {
        let (outcome, code, reason) = match &attempt.outcome {
            AttemptOutcome::Running => ("running", None, None),
            AttemptOutcome::Succeeded => ("succeeded", None, None),
            AttemptOutcome::Failed { code, reason } => ("failed", Some(code.as_str()), Some(reason.clone())),
        };
        let made_with = attempt.made_with.clone().unwrap_or_default();
        Self {
            provider: attempt.provider.clone(),
            started_at: time(attempt.started_at),
            ended_at: attempt.ended_at.map(time),
            outcome,
            code,
            reason,
            seed: made_with.seed,
            parameters: made_with.parameters,
            cost: made_with.cost.map(|Cost { millionths, unit }| CostDto { millionths, unit }),
        }
    }
}

impl TryOnDto {
    /// The try-on with links signed now.
    pub(crate) async fn of(view: &TryOnView, links: &Links) -> Result<Self, ObjectStoreError> {
        let tryon = &view.tryon;
        let pictures = links.tryon(tryon).await?;
        let outcome = tryon.outcome.as_ref();
        let clothing_ids: Vec<_> = tryon.clothing_ids.iter().map(ToString::to_string).collect();
        let (result_image_url, thumbnail_url) = pictures.map(|links| (links.image_url, links.thumbnail_url)).unzip();
        Ok(Self {
            id: tryon.id.to_string(),
            body_id: tryon.body_id.map(|id| id.to_string()),
            clothing_id: clothing_ids.first().cloned(),
            clothing_ids,
            status: tryon.status.as_str(),
            progress: tryon.progress,
            stage: tryon.stage.clone(),
            queue_position: view.queue_position,
            result_image_url,
            thumbnail_url,
            preview: outcome.is_some_and(|outcome| outcome.preview),
            warnings: view.warnings.clone(),
            confidence: outcome.and_then(|outcome| outcome.confidence),
            error: tryon.failure.as_ref().map(FailureDto::from),
            model_used: outcome.map(|outcome| outcome.model_used.clone()),
            processing_time: outcome.map(|outcome| outcome.processing_time),
            attempts: tryon.attempts.iter().map(AttemptDto::from).collect(),
            consent: tryon.consent.as_ref().map(ConsentDto::from),
            created_at: time(tryon.created_at),
            completed_at: tryon.completed_at.map(time),
            is_favorite: view.is_favorite,
        })
    }

    /// Several, in the given order.
    pub(crate) async fn all(views: &[TryOnView], links: &Links) -> Result<Vec<Self>, ObjectStoreError> {
        let mut all = Vec::with_capacity(views.len());
        for view in views {
            all.push(Self::of(view, links).await?);
        }
        Ok(all)
    }
}

/// One try-on.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TryOnData {
    tryon: TryOnDto,
}

impl TryOnData {
    pub(crate) async fn of(view: &TryOnView, links: &Links) -> Result<Self, ObjectStoreError> {
        Ok(Self { tryon: TryOnDto::of(view, links).await? })
    }
}

/// Several try-ons, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TryOnsData {
    pub(crate) tryons: Vec<TryOnDto>,
}

impl TryOnsData {
    pub(crate) async fn page(
        page: &Page,
        paged: &Paged<TryOnView>,
        links: &Links,
    ) -> Result<SuccessPage<Self, SkipPagination>, ObjectStoreError> {
        let tryons = TryOnDto::all(&paged.items, links).await?;
        Ok(SuccessPage::new(Self { tryons }, SkipPagination::of(page, paged)))
    }
}

/// A model and what it serves.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CapabilityDto {
    /// Who runs it.
    #[schema(example = "local")]
    provider: &'static str,
    /// Its name, as `options.model` takes it.
    #[schema(example = "local-2d")]
    model: String,
    /// The categories it serves.
    #[schema(example = json!(["tops"]))]
    categories: Vec<&'static str>,
    /// Most garments in one request.
    #[schema(example = 1)]
    max_garments: usize,
    /// The options it takes.
    #[schema(example = json!(["model"]))]
    options: Vec<&'static str>,
    /// Whether its results are previews of limited quality.
    preview: bool,
}

/// Which provider and model serves what, preferred ones first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CapabilitiesData {
    capabilities: Vec<CapabilityDto>,
}

impl From<Vec<ServedModel>> for CapabilitiesData {
    fn from(models: Vec<ServedModel>) -> Self {
        let dto = |ServedModel { provider, capability }| CapabilityDto {
            provider,
            model: capability.model,
            categories: capability.categories.iter().map(|category| category.as_str()).collect(),
            max_garments: capability.max_garments,
            options: if capability.seed { vec!["model", "seed"] } else { vec!["model"] },
            preview: capability.preview,
        };
        Self { capabilities: models.into_iter().map(dto).collect() }
    }
}
