//! Entries.

use atelier_domain::kernel::{AuditEntry, AuditWriter, StoreError};
use mongodb::bson::{Document, doc};

use crate::collections::AUDIT;
use crate::document::{Fields, date, oid, stored};
use crate::transaction::MongoTransaction;

#[async_trait::async_trait]
impl AuditWriter for MongoTransaction {
    async fn append(&mut self, entry: &AuditEntry) -> Result<(), StoreError> {
        let document = stored(doc! {
            "_id": oid(entry.id),
            "at": date(entry.at),
            "actor": entry.actor.map(oid),
            "action": entry.action.as_ref(),
            "subject": &entry.subject,
            "details": &entry.details,
            // False once it has its seal.
            "unsealed": true,
        });
        self.add("audit.append", AUDIT, document).await
    }
}

/// Reads an entry.
pub(crate) fn entry(document: &Document) -> Result<AuditEntry, StoreError> {
    let fields = Fields::of("audit entry", document);
    Ok(AuditEntry {
        id: fields.id("_id")?,
        at: fields.time("at")?,
        actor: fields.id_optional("actor")?,
        action: fields.text("action")?.to_owned().into(),
        subject: fields.text("subject")?.to_owned(),
        details: fields.text("details")?.to_owned(),
    })
}
