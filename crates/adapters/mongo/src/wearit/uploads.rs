//! Direct uploads.

use atelier_domain::kernel::{StoreError, Timestamp, UploadId, UserId};
use atelier_domain::wearit::uploads::{Upload, UploadRepository, UploadType};
use mongodb::bson::{Document, doc};
use mongodb::options::FindOptions;

use crate::collections::UPLOADS;
use crate::document::{Fields, date, integer, oid, oids};
use crate::indexes::keys;
use crate::transaction::MongoTransaction;

#[async_trait::async_trait]
impl UploadRepository for MongoTransaction {
    async fn insert(&mut self, upload: &Upload) -> Result<(), StoreError> {
        let document = doc! {
            "_id": oid(upload.id),
            "user_id": oid(upload.user_id),
            "content_type": upload.content_type.as_str(),
            "size": integer(upload.size),
            "created_at": date(upload.created_at),
            "expires_at": date(upload.expires_at),
        };
        self.add("uploads.insert", UPLOADS, document).await
    }

    async fn find(&mut self, user_id: UserId, id: UploadId) -> Result<Option<Upload>, StoreError> {
        let document = self.locked("uploads.find", UPLOADS, owned(user_id, id)).await?;
        document.as_ref().map(upload).transpose()
    }

    async fn delete(&mut self, user_id: UserId, id: UploadId) -> Result<bool, StoreError> {
        self.remove("uploads.delete", UPLOADS, owned(user_id, id)).await
    }

    async fn take_expired(&mut self, before: Timestamp, limit: u32) -> Result<Vec<Upload>, StoreError> {
        if limit == 0 {
            return Ok(Vec::new());
        }
        let options = FindOptions::builder().sort(keys::EXPIRY.document()).limit(i64::from(limit)).build();
        let expired = doc! { "expires_at": { "$lt": date(before) } };
        let found = self.all_seen("uploads.expired", UPLOADS, expired, options).await?;
        let uploads = found.iter().map(upload).collect::<Result<Vec<_>, _>>()?;
        if !uploads.is_empty() {
            let ids: Vec<UploadId> = uploads.iter().map(|upload| upload.id).collect();
            self.remove_all("uploads.take_expired", UPLOADS, doc! { "_id": { "$in": oids(&ids) } }).await?;
        }
        Ok(uploads)
    }
}

fn owned(user_id: UserId, id: UploadId) -> Document {
    doc! { "_id": oid(id), "user_id": oid(user_id) }
}

fn upload(document: &Document) -> Result<Upload, StoreError> {
    let fields = Fields::of("upload", document);
    Ok(Upload {
        id: fields.id("_id")?,
        user_id: fields.id("user_id")?,
        content_type: fields.check("content_type", UploadType::parse)?,
        size: fields.number("size")?,
        created_at: fields.time("created_at")?,
        expires_at: fields.time("expires_at")?,
    })
}
