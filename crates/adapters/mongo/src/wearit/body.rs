//! Bodies.

use atelier_domain::kernel::{BodyId, ObjectKey, StoreError, UserId};
use atelier_domain::wearit::body::{Body, BodyQueries, BodyRepository, Length, Measurements, Weight};
use mongodb::bson::{Document, doc};

use crate::collections::BODY;
use crate::document::{Fields, date, oid, replacing, stored};
use crate::statements::by;
use crate::store::MongoStore;
use crate::transaction::MongoTransaction;

#[async_trait::async_trait]
impl BodyQueries for MongoStore {
    async fn find(&self, user_id: UserId) -> Result<Option<Body>, StoreError> {
        let document = self.one("body.find", BODY, by("user_id", oid(user_id))).await?;
        document.as_ref().map(body).transpose()
    }
}

#[async_trait::async_trait]
impl BodyRepository for MongoTransaction {
    async fn find(&mut self, user_id: UserId) -> Result<Option<Body>, StoreError> {
        let document = self.locked("body.find", BODY, by("user_id", oid(user_id))).await?;
        document.as_ref().map(body).transpose()
    }

    async fn insert(&mut self, body: &Body) -> Result<(), StoreError> {
        let mut document = doc! { "_id": oid(body.id), "user_id": oid(body.user_id), "created_at": date(body.created_at) };
        document.extend(changeable(body, body.id));
        self.add("body.insert", BODY, stored(document)).await
    }

    async fn update(&mut self, body: &Body) -> Result<bool, StoreError> {
        let filter = by("user_id", oid(body.user_id));
        let Some(present) = self.locked("body.find", BODY, filter.clone()).await? else { return Ok(false) };
        // The stored id stays, so the photo's key is made of it and not of the entity's.
        let id = Fields::of("body", &present).id("_id")?;
        self.change("body.update", BODY, filter, replacing(changeable(body, id))).await
    }

    async fn delete(&mut self, user_id: UserId) -> Result<Option<BodyId>, StoreError> {
        let document = self.take("body.delete", BODY, by("user_id", oid(user_id))).await?;
        document.map(|document| Fields::of("body", &document).id("_id")).transpose()
    }
}

fn changeable(body: &Body, id: BodyId) -> Document {
    let Measurements { height, weight, chest, waist, hips, shoulders, arms } = body.measurements;
    let measurements = stored(doc! {
        "chest": chest.map(Length::cm),
        "waist": waist.map(Length::cm),
        "hips": hips.map(Length::cm),
        "shoulders": shoulders.map(Length::cm),
        "arms": arms.map(Length::cm),
    });
    doc! {
        "height": height.map(Length::cm),
        "weight": weight.map(Weight::kg),
        "measurements": measurements,
        "s3_key": body.has_photo.then(|| ObjectKey::body(body.user_id, id).as_str().to_owned()),
        "photo_findings": &body.photo_findings,
        "updated_at": date(body.updated_at),
    }
}

fn body(document: &Document) -> Result<Body, StoreError> {
    let fields = Fields::of("body", document);
    let measured = fields.nested("measurements")?;
    let length = |field| match measured {
        Some(measured) => Ok::<_, StoreError>(measured.float_optional(field)?.map(Length::stored)),
        None => Ok(None),
    };
    let created_at = fields.time("created_at")?;
    Ok(Body {
        id: fields.id("_id")?,
        user_id: fields.id("user_id")?,
        measurements: Measurements {
            height: fields.float_optional("height")?.map(Length::stored),
            weight: fields.float_optional("weight")?.map(Weight::stored),
            chest: length("chest")?,
            waist: length("waist")?,
            hips: length("hips")?,
            shoulders: length("shoulders")?,
            arms: length("arms")?,
        },
        has_photo: fields.text_optional("s3_key")?.is_some(),
        photo_findings: fields.texts("photo_findings")?,
        created_at,
        updated_at: fields.time_optional("updated_at")?.unwrap_or(created_at),
    })
}
