//! Try-ons inside a unit of work.

use atelier_domain::kernel::{BodyId, ClothingId, StoreError, TryOnId, UserId};
use atelier_domain::wearit::tryon::{TryOn, TryOnRepository};
use sqlx::SqliteConnection;

use super::queries::selected;
use super::row::bind;
use super::tryon;
use crate::error::store_error;
use crate::row::{Columns, id_list, millis};
use crate::transaction::SqliteTransaction;

#[async_trait::async_trait]
impl TryOnRepository for SqliteTransaction {
    async fn find(&mut self, user_id: UserId, id: TryOnId) -> Result<Option<TryOn>, StoreError> {
        find(&mut self.operation("tryon.find"), user_id, id).await
    }

    async fn insert(&mut self, tryon: &TryOn) -> Result<(), StoreError> {
        let mut connection = self.operation("tryon.insert");
        let statement = sqlx::query(
            "INSERT INTO tryon (_id, user_id, body_id, status, progress, stage, options, attempts, s3_key, model_used, processing_time, \
             preview, warnings, confidence, failure, started_at, completed_at, created_at, consent_version, consent_at) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20)",
        );
        let consent = tryon.consent.as_ref();
        let statement = bind(statement, tryon)?
            .bind(millis(tryon.created_at))
            .bind(consent.map(|consent| consent.version.clone()))
            .bind(consent.map(|consent| millis(consent.at)));
        statement.execute(&mut *connection).await.map_err(store_error)?;
        put_on(&mut connection, tryon).await
    }

    async fn update(&mut self, tryon: &TryOn) -> Result<bool, StoreError> {
        let mut connection = self.operation("tryon.update");
        let statement = sqlx::query(
            "UPDATE tryon SET body_id = ?3, status = ?4, progress = ?5, stage = ?6, options = ?7, attempts = ?8, s3_key = ?9, \
             model_used = ?10, processing_time = ?11, preview = ?12, warnings = ?13, confidence = ?14, failure = ?15, started_at = ?16, \
             completed_at = ?17 WHERE _id = ?1 AND +user_id = ?2",
        );
        let written = bind(statement, tryon)?.execute(&mut *connection).await.map_err(store_error)?;
        if written.rows_affected() == 0 {
            return Ok(false);
        }
        if worn(&mut connection, tryon.id).await? != tryon.clothing_ids {
            let query = sqlx::query("DELETE FROM tryon_clothing WHERE tryon_id = ?").bind(tryon.id.to_string());
            query.execute(&mut *connection).await.map_err(store_error)?;
            put_on(&mut connection, tryon).await?;
        }
        Ok(true)
    }

    async fn delete(&mut self, user_id: UserId, id: TryOnId) -> Result<bool, StoreError> {
        let mut connection = self.operation("tryon.delete");
        sqlx::query("DELETE FROM favorites WHERE user_id = ? AND tryon_id = ?")
            .bind(user_id.to_string())
            .bind(id.to_string())
            .execute(&mut *connection)
            .await
            .map_err(store_error)?;
        // Its garments' links go with it.
        let query = sqlx::query("DELETE FROM tryon WHERE _id = ? AND +user_id = ?").bind(id.to_string()).bind(user_id.to_string());
        Ok(query.execute(&mut *connection).await.map_err(store_error)?.rows_affected() > 0)
    }

    async fn unfinished_with_clothing(&mut self, user_id: UserId, clothing: ClothingId) -> Result<Vec<TryOn>, StoreError> {
        let mut connection = self.operation("tryon.unfinished_with_clothing");
        let query = selected(
            "FROM tryon_clothing AS link CROSS JOIN tryon ON tryon._id = link.tryon_id \
             WHERE link.user_id = ? AND link.clothing_id = ? AND tryon.status IN ('pending', 'processing')",
        );
        let query = sqlx::query(query).bind(user_id.to_string()).bind(clothing.to_string());
        let rows = query.fetch_all(&mut *connection).await.map_err(store_error)?;
        rows.iter().map(tryon).collect()
    }

    async fn unfinished_on_body(&mut self, user_id: UserId, body: BodyId) -> Result<Vec<TryOn>, StoreError> {
        let mut connection = self.operation("tryon.unfinished_on_body");
        let query = selected("FROM tryon WHERE user_id = ? AND body_id = ? AND +status IN ('pending', 'processing')");
        let query = sqlx::query(query).bind(user_id.to_string()).bind(body.to_string());
        let rows = query.fetch_all(&mut *connection).await.map_err(store_error)?;
        rows.iter().map(tryon).collect()
    }

    async fn forget_clothing(&mut self, user_id: UserId, clothing: ClothingId) -> Result<(), StoreError> {
        let mut connection = self.operation("tryon.forget_clothing");
        sqlx::query(
            "DELETE FROM tryon_clothing WHERE user_id = ? AND clothing_id = ? \
             AND (SELECT status FROM tryon WHERE tryon._id = tryon_clothing.tryon_id) IN ('completed', 'failed', 'cancelled')",
        )
        .bind(user_id.to_string())
        .bind(clothing.to_string())
        .execute(&mut *connection)
        .await
        .map_err(store_error)?;
        Ok(())
    }

    async fn forget_body(&mut self, user_id: UserId, body: BodyId) -> Result<(), StoreError> {
        let mut connection = self.operation("tryon.forget_body");
        sqlx::query(
            "UPDATE tryon SET body_id = NULL WHERE user_id = ? AND body_id = ? AND +status IN ('completed', 'failed', 'cancelled')",
        )
        .bind(user_id.to_string())
        .bind(body.to_string())
        .execute(&mut *connection)
        .await
        .map_err(store_error)?;
        Ok(())
    }
}

pub(super) async fn find(connection: &mut SqliteConnection, user_id: UserId, id: TryOnId) -> Result<Option<TryOn>, StoreError> {
    let query = sqlx::query(selected("FROM tryon WHERE _id = ? AND +user_id = ?")).bind(id.to_string()).bind(user_id.to_string());
    let row = query.fetch_optional(connection).await.map_err(store_error)?;
    row.as_ref().map(tryon).transpose()
}

/// The garments' links, in the order they are put on.
async fn put_on(connection: &mut SqliteConnection, tryon: &TryOn) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO tryon_clothing (tryon_id, position, clothing_id, user_id, created_at) \
         SELECT tryon._id, garment.key, garment.value, tryon.user_id, tryon.created_at \
         FROM tryon CROSS JOIN json_each(?2) AS garment WHERE tryon._id = ?1",
    )
    .bind(tryon.id.to_string())
    .bind(id_list(&tryon.clothing_ids)?)
    .execute(connection)
    .await
    .map_err(store_error)?;
    Ok(())
}

async fn worn(connection: &mut SqliteConnection, id: TryOnId) -> Result<Vec<ClothingId>, StoreError> {
    let query = sqlx::query("SELECT tryon_id, clothing_id FROM tryon_clothing WHERE tryon_id = ? ORDER BY position").bind(id.to_string());
    let rows = query.fetch_all(connection).await.map_err(store_error)?;
    rows.iter().map(|row| Columns::keyed("tryon", "tryon_id", row).parse("clothing_id")).collect()
}
