//! Bodies.

use atelier_domain::kernel::{BodyId, ObjectKey, StoreError, UserId};
use atelier_domain::wearit::body::{Body, BodyQueries, BodyRepository, Length, Measurements, Weight};
use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{Sqlite, SqliteConnection};

use crate::error::store_error;
use crate::row::{Columns, millis, to_json};
use crate::store::SqliteStore;
use crate::transaction::SqliteTransaction;

#[async_trait::async_trait]
impl BodyQueries for SqliteStore {
    async fn find(&self, user_id: UserId) -> Result<Option<Body>, StoreError> {
        find(&mut *self.read("body.find").await?, user_id).await
    }
}

#[async_trait::async_trait]
impl BodyRepository for SqliteTransaction {
    async fn find(&mut self, user_id: UserId) -> Result<Option<Body>, StoreError> {
        find(&mut self.operation("body.find"), user_id).await
    }

    async fn insert(&mut self, body: &Body) -> Result<(), StoreError> {
        let mut connection = self.operation("body.insert");
        let statement = sqlx::query(
            "INSERT INTO body (user_id, height, weight, chest, waist, hips, shoulders, arms, s3_key, photo_findings, updated_at, \
             created_at, _id) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
        );
        let key = body.has_photo.then(|| ObjectKey::body(body.user_id, body.id).as_str().to_owned());
        let statement = bind(statement, body, key)?.bind(millis(body.created_at)).bind(body.id.to_string());
        statement.execute(&mut *connection).await.map_err(store_error)?;
        Ok(())
    }

    async fn update(&mut self, body: &Body) -> Result<bool, StoreError> {
        let mut connection = self.operation("body.update");
        let query = sqlx::query("SELECT _id FROM body WHERE user_id = ?").bind(body.user_id.to_string());
        let Some(row) = query.fetch_optional(&mut *connection).await.map_err(store_error)? else { return Ok(false) };
        // The stored id stays, so the photo's key is made of it and not of the entity's.
        let id: BodyId = Columns::of("body", &row).parse("_id")?;
        let key = body.has_photo.then(|| ObjectKey::body(body.user_id, id).as_str().to_owned());
        let statement = sqlx::query(
            "UPDATE body SET height = ?2, weight = ?3, chest = ?4, waist = ?5, hips = ?6, shoulders = ?7, arms = ?8, s3_key = ?9, \
             photo_findings = ?10, updated_at = ?11 WHERE user_id = ?1",
        );
        let written = bind(statement, body, key)?.execute(&mut *connection).await.map_err(store_error)?;
        Ok(written.rows_affected() > 0)
    }

    async fn delete(&mut self, user_id: UserId) -> Result<Option<BodyId>, StoreError> {
        let mut connection = self.operation("body.delete");
        let query = sqlx::query("DELETE FROM body WHERE user_id = ? RETURNING _id").bind(user_id.to_string());
        let row = query.fetch_optional(&mut *connection).await.map_err(store_error)?;
        row.map(|row| Columns::of("body", &row).parse("_id")).transpose()
    }
}

/// Parameters 1 to 11.
fn bind<'q>(
    statement: Query<'q, Sqlite, SqliteArguments>,
    body: &Body,
    key: Option<String>,
) -> Result<Query<'q, Sqlite, SqliteArguments>, StoreError> {
    let Measurements { height, weight, chest, waist, hips, shoulders, arms } = body.measurements;
    Ok(statement
        .bind(body.user_id.to_string())
        .bind(height.map(Length::cm))
        .bind(weight.map(Weight::kg))
        .bind(chest.map(Length::cm))
        .bind(waist.map(Length::cm))
        .bind(hips.map(Length::cm))
        .bind(shoulders.map(Length::cm))
        .bind(arms.map(Length::cm))
        .bind(key)
        .bind(to_json(&body.photo_findings)?)
        .bind(millis(body.updated_at)))
}

async fn find(connection: &mut SqliteConnection, user_id: UserId) -> Result<Option<Body>, StoreError> {
    let query = sqlx::query("SELECT * FROM body WHERE user_id = ?").bind(user_id.to_string());
    let row = query.fetch_optional(connection).await.map_err(store_error)?;
    row.as_ref().map(body).transpose()
}

fn body(row: &SqliteRow) -> Result<Body, StoreError> {
    let columns = Columns::of("body", row);
    let length = |field| Ok::<_, StoreError>(columns.optional::<f64>(field)?.map(Length::stored));
    Ok(Body {
        id: columns.parse("_id")?,
        user_id: columns.parse("user_id")?,
        measurements: Measurements {
            height: length("height")?,
            weight: columns.optional::<f64>("weight")?.map(Weight::stored),
            chest: length("chest")?,
            waist: length("waist")?,
            hips: length("hips")?,
            shoulders: length("shoulders")?,
            arms: length("arms")?,
        },
        has_photo: columns.optional::<&str>("s3_key")?.is_some(),
        photo_findings: columns.json("photo_findings")?,
        created_at: columns.time("created_at")?,
        updated_at: columns.time("updated_at")?,
    })
}
