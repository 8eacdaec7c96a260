//! WearIT's duty towards a person's data: exported on demand, erased on demand.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::kernel::{
    Cursor, ExportSection, ObjectPrefix, ObjectStore, ObjectStoreError, Page, Paged, PersonalData, PersonalDataError, StoreError,
    Timestamp, UserId,
};

use super::body::Body;
use super::favorites::FavoriteTryOn;
use super::tryon::{TryOn, TryOnFilter};
use super::wardrobe::{Clothing, ClothingFilter};
use super::webhooks::{Attempt, Delivery, DeliveryFilter, Endpoint, SendFailure};
use super::{Links, WearitStore};

/// Rows read, or files listed, at a time.
const BATCH: u32 = 100;

/// Exports and erases garments, body, try-ons, favourites, uploads and webhooks, rows and files.
pub struct WearitPersonalData {
    store: Arc<dyn WearitStore>,
    objects: Arc<dyn ObjectStore>,
    links: Links,
}

fn time(at: Timestamp) -> Value {
    json!(at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true))
}

/// Where the next batch of a list begins, when there is one.
fn following(next: Option<Cursor>) -> Option<Page> {
    next.map(|cursor| Page { skip: 0, limit: BATCH, after: Some(cursor) })
}

impl WearitPersonalData {
    /// Over these ports.
    pub fn new(store: Arc<dyn WearitStore>, objects: Arc<dyn ObjectStore>) -> Self {
        let links = Links::new(objects.clone());
        Self { store, objects, links }
    }

    async fn clothing(&self, user_id: UserId) -> Result<Vec<Value>, PersonalDataError> {
        let mut rows = Vec::new();
        let mut page = Some(Page { limit: BATCH, ..Page::default() });
        while let Some(wanted) = page {
            let Paged { items, next, .. } = self.store.clothing().list(user_id, &ClothingFilter::default(), &wanted).await?;
            for garment in &items {
                rows.push(self.garment(garment).await?);
            }
            page = following(next);
        }
        Ok(rows)
    }

    async fn garment(&self, garment: &Clothing) -> Result<Value, ObjectStoreError> {
        let links = self.links.clothing(garment).await?;
        Ok(json!({
            "id": garment.id,
            "name": garment.name.as_str(),
            "category": garment.category.as_str(),
            "brand": garment.brand.as_ref().map(super::wardrobe::Brand::as_str),
            "size_chart": garment.size_chart.as_ref().map(super::sizing::SizeChart::to_json),
            "image_url": links.image_url,
            "thumbnail_url": links.thumbnail_url,
            "created_at": time(garment.created_at),
            "updated_at": time(garment.updated_at),
        }))
    }

    async fn body(&self, body: &Body) -> Result<Value, ObjectStoreError> {
        let measured = &body.measurements;
        let cm = |length: Option<super::body::Length>| length.map(super::body::Length::cm);
        Ok(json!({
            "id": body.id,
            "height": cm(measured.height),
            "weight": measured.weight.map(super::body::Weight::kg),
            "measurements": {
                "chest": cm(measured.chest),
                "waist": cm(measured.waist),
                "hips": cm(measured.hips),
                "shoulders": cm(measured.shoulders),
                "arms": cm(measured.arms),
            },
            "image_url": self.links.body(body).await?,
            "photo_findings": body.photo_findings,
            "created_at": time(body.created_at),
            "updated_at": time(body.updated_at),
        }))
    }

    async fn tryons(&self, user_id: UserId) -> Result<Vec<Value>, PersonalDataError> {
        let mut rows = Vec::new();
        let mut page = Some(Page { limit: BATCH, ..Page::default() });
        while let Some(wanted) = page {
            let Paged { items, next, .. } = self.store.tryons().list(user_id, &TryOnFilter::default(), &wanted).await?;
            for tryon in &items {
                rows.push(self.tryon(tryon).await?);
            }
            page = following(next);
        }
        Ok(rows)
    }

    async fn tryon(&self, tryon: &TryOn) -> Result<Value, ObjectStoreError> {
        let links = self.links.tryon(tryon).await?;
        let outcome = tryon.outcome.as_ref();
        let attempts = tryon.attempts.iter().map(|attempt| {
            json!({ "provider": attempt.provider, "started_at": time(attempt.started_at), "ended_at": attempt.ended_at.map(time) })
        });
        Ok(json!({
            "id": tryon.id,
            "body_id": tryon.body_id,
            "clothing_ids": tryon.clothing_ids,
            "status": tryon.status.as_str(),
            "options": { "model": tryon.options.model, "seed": tryon.options.seed },
            "result_image_url": links.as_ref().map(|links| &links.image_url),
            "thumbnail_url": links.as_ref().map(|links| &links.thumbnail_url),
            "model_used": outcome.map(|outcome| &outcome.model_used),
            "processing_time": outcome.map(|outcome| outcome.processing_time),
            "warnings": outcome.map(|outcome| &outcome.warnings),
            "error": tryon.failure.as_ref().map(|failure| json!({ "code": failure.code.as_str(), "reason": failure.reason })),
            "attempts": attempts.collect::<Vec<_>>(),
            "consent": tryon.consent.as_ref().map(|consent| json!({ "version": consent.version, "at": time(consent.at) })),
            "created_at": time(tryon.created_at),
            "completed_at": tryon.completed_at.map(time),
        }))
    }

    async fn favorites(&self, user_id: UserId) -> Result<Vec<Value>, StoreError> {
        let mut rows = Vec::new();
        let mut page = Some(Page { limit: BATCH, ..Page::default() });
        while let Some(wanted) = page {
            let Paged { items, next, .. } = self.store.favorites().list(user_id, &wanted).await?;
            rows.extend(items.iter().map(|FavoriteTryOn { favorite, .. }| {
                json!({ "id": favorite.id, "tryon_id": favorite.tryon_id, "created_at": time(favorite.created_at) })
            }));
            page = following(next);
        }
        Ok(rows)
    }

    /// Without what signs: secrets are not given out a second time.
    async fn endpoints(&self, user_id: UserId) -> Result<Vec<Value>, StoreError> {
        let row = |endpoint: Endpoint| {
            json!({
                "id": endpoint.id,
                "url": endpoint.url,
                "description": endpoint.description,
                "events": endpoint.events.iter().map(|event| event.as_str()).collect::<Vec<_>>(),
                "disabled_reason": endpoint.disabled.map(super::webhooks::Disabled::as_str),
                "created_at": time(endpoint.created_at),
                "updated_at": time(endpoint.updated_at),
            })
        };
        Ok(self.store.webhooks().endpoints(user_id).await?.into_iter().map(row).collect())
    }

    async fn deliveries(&self, user_id: UserId) -> Result<Vec<Value>, StoreError> {
        let attempt = |attempt: &Attempt| {
            let outcome = attempt.outcome;
            json!({ "at": time(attempt.at), "response_status": outcome.status(), "error": outcome.failure().map(SendFailure::as_str) })
        };
        let row = |delivery: &Delivery| {
            json!({
                "id": delivery.id,
                "endpoint_id": delivery.endpoint_id,
                "event": delivery.event.as_str(),
                "payload": delivery.payload,
                "status": delivery.status.as_str(),
                "attempts": delivery.attempts.iter().map(attempt).collect::<Vec<_>>(),
                "created_at": time(delivery.created_at),
            })
        };
        let mut rows = Vec::new();
        let mut page = Some(Page { limit: BATCH, ..Page::default() });
        while let Some(wanted) = page {
            let Paged { items, next, .. } = self.store.webhooks().deliveries(user_id, &DeliveryFilter::default(), &wanted).await?;
            rows.extend(items.iter().map(row));
            page = following(next);
        }
        Ok(rows)
    }

    /// What was put and not used yet: the files are what is personal about an upload.
    async fn uploads(&self, user_id: UserId) -> Result<Vec<Value>, ObjectStoreError> {
        let mut rows = Vec::new();
        let Ok(folder) = ObjectPrefix::parse(&format!("temp/{user_id}/")) else { return Ok(rows) };
        let mut after = None;
        loop {
            let files = self.objects.list(&folder, after.take(), BATCH as usize).await?;
            for file in &files {
                rows.push(json!({ "size": file.size, "created_at": time(file.modified_at), "url": self.links.link(&file.key).await? }));
            }
            match files.into_iter().next_back() {
                Some(last) => after = Some(last.key),
                None => return Ok(rows),
            }
        }
    }

    /// Deletes every file of the person, those of other contexts' folders included: whichever context is erased last, none is left (W196).
    async fn delete_user_files(&self, user_id: UserId) -> Result<(), ObjectStoreError> {
        let mut left = 0;
        for folder in ObjectPrefix::of_user(user_id) {
            let deletion = self.objects.delete_prefix(&folder).await.inspect_err(|error| {
                tracing::error!("Failed to delete user files: {error}");
            })?;
            for (key, error) in &deletion.failed {
                tracing::error!("Failed to delete user files: {key}: {error}");
            }
            left += deletion.failed.len();
        }
        if left == 0 { Ok(()) } else { Err(ObjectStoreError::Incomplete { left }) }
    }
}

#[async_trait::async_trait]
impl PersonalData for WearitPersonalData {
    fn context(&self) -> &'static str {
        "wearit"
    }

    fn collections(&self) -> &'static [&'static str] {
        &[
            "clothing",
            "body",
            "tryon",
            "tryon_clothing",
            "favorites",
            "uploads",
            "webhook_endpoints",
            "webhook_deliveries",
            "usage",
            "stored_items",
        ]
    }

    #[tracing::instrument(name = "wearit.personal_data.export", skip_all, fields(%user_id))]
    async fn export(&self, user_id: UserId) -> Result<ExportSection, PersonalDataError> {
        let body = match self.store.bodies().find(user_id).await? {
            Some(body) => Some(self.body(&body).await?),
            None => None,
        };
        let data = json!({
            "clothing": self.clothing(user_id).await?,
            "body": body,
            "tryons": self.tryons(user_id).await?,
            "favorites": self.favorites(user_id).await?,
            "uploads": self.uploads(user_id).await?,
            "usage": self.store.usage().usage(user_id).await?.map(|usage| {
                json!({ "day": usage.day.to_string(), "tryons": usage.tryons, "stored_bytes": usage.stored_bytes })
            }),
            "webhooks": { "endpoints": self.endpoints(user_id).await?, "deliveries": self.deliveries(user_id).await? },
        });
        Ok(ExportSection { context: self.context(), data })
    }

    /// Rows first: without them nothing can be written to a file's key any more, then the files.
    #[tracing::instrument(name = "wearit.personal_data.erase", skip_all, fields(%user_id))]
    async fn erase(&self, user_id: UserId) -> Result<(), PersonalDataError> {
        self.store.erase_rows(user_id).await?;
        Ok(self.delete_user_files(user_id).await?)
    }
}
