//! The chain, and the lists.

use std::collections::HashMap;

use atelier_domain::kernel::{
    AuditEntry, AuditFilter, AuditId, AuditRecord, AuditSeal, AuditTrail, NameSeal, Page, Paged, SealedEntry, StoreError, Timestamp,
};
use mongodb::bson::{Bson, Document, doc};
use mongodb::options::{FindOptions, Hint};

use super::entry;
use crate::collections::{AUDIT, AUDIT_SEALS};
use crate::document::{Fields, date, integer, oid, oids, stored};
use crate::indexes::{Keys, keys};
use crate::page::{Order, time_cursor};
use crate::store::MongoStore;
use crate::transaction::MongoTransaction;

#[async_trait::async_trait]
impl AuditTrail for MongoStore {
    async fn unsealed(&self, until: Timestamp, limit: u32) -> Result<Vec<AuditEntry>, StoreError> {
        // Entries that a process of the version before seals writes while it is being replaced.
        let adopt = doc! { "$set": { "unsealed": true } };
        self.change_all("audit.adopt", AUDIT, doc! { "unsealed": Bson::Null }, adopt).await?;
        let filter = doc! { "unsealed": true, "at": { "$lte": date(until) } };
        let found = self.all("audit.unsealed", AUDIT, filter, oldest(keys::AUDIT_UNSEALED, limit)).await?;
        found.iter().map(entry).collect()
    }

    async fn last_seal(&self) -> Result<Option<AuditSeal>, StoreError> {
        let last = FindOptions::builder().sort(doc! { "seq": -1 }).limit(1).build();
        let found = self.all("audit.last_seal", AUDIT_SEALS, Document::new(), last).await?;
        found.first().map(seal).transpose()
    }

    async fn seal(&self, links: &[(AuditSeal, AuditEntry)]) -> Result<(), StoreError> {
        if links.is_empty() {
            return Ok(());
        }
        let mut transaction = self.begin_transaction().await?;
        transaction.add_links(links).await?;
        transaction.finish().await
    }

    async fn sealed(&self, after: u64, limit: u32) -> Result<Vec<SealedEntry>, StoreError> {
        let next = FindOptions::builder().sort(doc! { "seq": 1 }).limit(i64::from(limit)).build();
        let found = self.all("audit.sealed", AUDIT_SEALS, doc! { "seq": { "$gt": integer(after) } }, next).await?;
        let seals = found.iter().map(seal).collect::<Result<Vec<_>, _>>()?;
        let ids: Vec<AuditId> = seals.iter().map(|seal| seal.entry).collect();
        let found = self.all("audit.sealed", AUDIT, doc! { "_id": { "$in": oids(&ids) } }, FindOptions::default()).await?;
        let entries = found.iter().map(entry).collect::<Result<Vec<_>, _>>()?;
        let mut entries: HashMap<AuditId, AuditEntry> = entries.into_iter().map(|entry| (entry.id, entry)).collect();
        Ok(seals.into_iter().map(|seal| SealedEntry { entry: entries.remove(&seal.entry), seal }).collect())
    }

    async fn walk(&self, after: Option<(Timestamp, AuditId)>, limit: u32) -> Result<Vec<AuditRecord>, StoreError> {
        let filter = match after {
            Some((at, id)) => {
                let beyond = vec![doc! { "at": { "$gt": date(at) } }, doc! { "_id": { "$gt": oid(id) } }];
                doc! { "at": { "$gte": date(at) }, "$or": beyond }
            }
            None => Document::new(),
        };
        let found = self.all("audit.walk", AUDIT, filter, oldest(keys::AUDIT_NEWEST, limit)).await?;
        self.with_seals(&found).await
    }

    async fn list(&self, filter: &AuditFilter, page: &Page) -> Result<Paged<AuditRecord>, StoreError> {
        let AuditFilter { action, subject } = filter;
        let mut wanted = Document::new();
        let index = match (subject, action) {
            (Some(_), _) => keys::AUDIT_SUBJECT_NEWEST,
            (None, Some(_)) => keys::AUDIT_ACTION_NEWEST,
            (None, None) => keys::AUDIT_NEWEST,
        };
        wanted.extend(subject.as_ref().map(|subject| ("subject".to_owned(), Bson::from(subject))));
        wanted.extend(action.as_ref().map(|action| ("action".to_owned(), Bson::from(action))));
        let total = self.count("audit.count", AUDIT, wanted.clone(), index.document()).await?;
        let order = Order::latest("at");
        let options = order.options(page, index.document());
        let found = self.all("audit.list", AUDIT, order.continued(wanted, page)?, options).await?;
        let records = self.with_seals(&found).await?;
        Ok(Paged::from_fetched(records, page.limit, total, |record: &AuditRecord| time_cursor(record.entry.at, &record.entry.id)))
    }
}

impl MongoStore {
    async fn with_seals(&self, found: &[Document]) -> Result<Vec<AuditRecord>, StoreError> {
        let entries = found.iter().map(entry).collect::<Result<Vec<_>, _>>()?;
        let ids: Vec<AuditId> = entries.iter().map(|entry| entry.id).collect();
        let found = self.all("audit.seals", AUDIT_SEALS, doc! { "_id": { "$in": oids(&ids) } }, FindOptions::default()).await?;
        let seals = found.iter().map(seal).collect::<Result<Vec<_>, _>>()?;
        let mut seals: HashMap<AuditId, AuditSeal> = seals.into_iter().map(|seal| (seal.entry, seal)).collect();
        Ok(entries.into_iter().map(|entry| AuditRecord { seal: seals.remove(&entry.id), entry }).collect())
    }
}

impl MongoTransaction {
    async fn add_links(&mut self, links: &[(AuditSeal, AuditEntry)]) -> Result<(), StoreError> {
        self.add_all("audit.seal", AUDIT_SEALS, links.iter().map(|(seal, _)| document(seal)).collect()).await?;
        let ids: Vec<AuditId> = links.iter().map(|(_, entry)| entry.id).collect();
        let these = doc! { "_id": { "$in": oids(&ids) }, "unsealed": true };
        let found = self.all_seen("audit.seal", AUDIT, these.clone(), FindOptions::default()).await?;
        let found = found.iter().map(entry).collect::<Result<Vec<_>, _>>()?;
        if found.len() != links.len() || links.iter().any(|(_, entry)| !found.contains(entry)) {
            return self.settled(Err(StoreError::Contention("an audit entry is not as it was read".into()))).await;
        }
        self.change_all("audit.seal", AUDIT, these, doc! { "$set": { "unsealed": false } }).await?;
        Ok(())
    }
}

fn oldest(index: Keys, limit: u32) -> FindOptions {
    FindOptions::builder().sort(doc! { "at": 1, "_id": 1 }).limit(i64::from(limit)).hint(Hint::Keys(index.document())).build()
}

/// The entry's id is the seal's.
fn document(seal: &AuditSeal) -> Document {
    let name = |name: &NameSeal| stored(doc! { "salt": &name.salt, "digest": name.digest.to_string() });
    doc! {
        "_id": oid(seal.entry),
        "seq": integer(seal.seq),
        "actor": name(&seal.actor),
        "subject": name(&seal.subject),
        "digest": seal.digest.to_string(),
    }
}

fn seal(document: &Document) -> Result<AuditSeal, StoreError> {
    let fields = Fields::of("audit seal", document);
    let name = |field| {
        let part = fields.nested(field)?.ok_or_else(|| fields.corrupt(field))?;
        Ok::<_, StoreError>(NameSeal { salt: part.text_optional("salt")?.map(str::to_owned), digest: part.parse("digest")? })
    };
    Ok(AuditSeal {
        seq: fields.number("seq")?,
        entry: fields.id("_id")?,
        actor: name("actor")?,
        subject: name("subject")?,
        digest: fields.parse("digest")?,
    })
}
