//! What a verification finds when somebody writes to the database past the store.

use std::sync::Arc;

use atelier_domain::identity::{AuditFault, AuditService, IdentityStore};
use atelier_domain::kernel::{AuditEntry, AuditId, AuditSeal, EntityId, SealFault, UserId};
use atelier_testkit::contract::present;
use atelier_testkit::noon;
use chrono::TimeDelta;
use mongodb::bson::oid::ObjectId;
use mongodb::bson::{DateTime, Document, doc};

use crate::place::Place;

fn id(number: u8) -> AuditId {
    EntityId::from_bytes([number; 12])
}

#[tokio::test]
async fn whatever_is_changed_removed_or_inserted_is_found_and_named() {
    let Some(place) = present(Place::new(), "audit") else { return };
    let store = Arc::new(place.open().await);
    let mut uow = IdentityStore::begin(store.as_ref()).await.unwrap();
    let (mut links, mut last): (Vec<(AuditSeal, AuditEntry)>, Option<AuditSeal>) = (Vec::new(), None);
    for number in 1..=5 {
        let entry = AuditEntry {
            id: id(number),
            at: noon() + TimeDelta::seconds(i64::from(number)),
            actor: Some(UserId::from_bytes([number; 12])),
            action: "contract.audited".into(),
            subject: AuditEntry::account(UserId::from_bytes([100; 12])),
            details: "from=user to=admin".to_owned(),
        };
        uow.audit().append(&entry).await.unwrap();
        let seal = AuditSeal::after(last.as_ref(), &entry, ["a".to_owned(), "s".to_owned()]);
        last = Some(seal.clone());
        links.push((seal, entry));
    }
    uow.commit().await.unwrap();
    store.audit().seal(&links).await.unwrap();
    let service = AuditService::new(store.clone());
    let found = async || service.verify(None).await.unwrap().fault;
    let fault = |number: u8, seq: Option<u64>, fault: SealFault| Some(AuditFault { entry: id(number), seq, fault });
    assert_eq!(found().await, None);

    let (entries, seals) = (place.raw_collection("audit").await, place.raw_collection("audit_seals").await);
    let third = doc! { "_id": ObjectId::from_bytes([3; 12]) };
    let (entry, seal): (Document, Document) =
        (entries.find_one(third.clone()).await.unwrap().unwrap(), seals.find_one(third.clone()).await.unwrap().unwrap());
    for change in [
        doc! { "$set": { "details": "" } },
        doc! { "$set": { "at": DateTime::from_millis(0) } },
        doc! { "$unset": { "actor": "" } },
        doc! { "$set": { "subject": AuditEntry::ERASED } },
        doc! { "$set": { "action": "contract.other" } },
    ] {
        entries.update_one(third.clone(), change.clone()).await.unwrap();
        assert_eq!(found().await, fault(3, Some(3), SealFault::Changed), "{change}");
        entries.replace_one(third.clone(), entry.clone()).await.unwrap();
    }
    entries.delete_one(third.clone()).await.unwrap();
    assert_eq!(found().await, fault(3, Some(3), SealFault::Removed));
    entries.insert_one(entry.clone()).await.unwrap();
    seals.delete_one(third.clone()).await.unwrap();
    assert_eq!(found().await, fault(4, Some(4), SealFault::Gap));
    seals.insert_one(seal).await.unwrap();
    assert_eq!(found().await, None, "everything is put back");
    let mut inserted = entry;
    inserted.insert("_id", ObjectId::from_bytes([9; 12]));
    inserted.insert("at", DateTime::from_millis((noon() - TimeDelta::hours(2)).timestamp_millis()));
    entries.insert_one(inserted).await.unwrap();
    assert_eq!(found().await, fault(9, None, SealFault::Inserted));
}
