//! What a verification finds when somebody writes to the file past the store.

use std::sync::Arc;

use atelier_domain::identity::{AuditFault, AuditService, IdentityStore};
use atelier_domain::kernel::{AuditEntry, AuditId, AuditSeal, EntityId, SealFault, UserId};
use atelier_testkit::noon;
use chrono::TimeDelta;
use sqlx::AssertSqlSafe;

use crate::opening::Place;

fn id(number: u8) -> AuditId {
    EntityId::from_bytes([number; 12])
}

/// Five sealed entries, then a statement from elsewhere; answers the first entry that does not fit.
async fn found_after(tampering: &str) -> Option<AuditFault> {
    let place = Place::new();
    let store = place.open().await;
    let mut uow = IdentityStore::begin(&store).await.unwrap();
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
    sqlx::raw_sql(AssertSqlSafe(tampering.to_owned())).execute(&mut place.raw().await).await.unwrap();
    AuditService::new(Arc::new(store)).verify(None).await.unwrap().fault
}

#[tokio::test]
async fn whatever_is_changed_removed_or_inserted_is_found_and_named() {
    let third = "'030303030303030303030303'";
    let fault = |number: u8, seq: Option<u64>, fault: SealFault| Some(AuditFault { entry: id(number), seq, fault });
    for (tampering, expected) in [
        ("SELECT 1".to_owned(), None),
        (format!("UPDATE audit SET details = '' WHERE _id = {third}"), fault(3, Some(3), SealFault::Changed)),
        (format!("UPDATE audit SET at = at + 1 WHERE _id = {third}"), fault(3, Some(3), SealFault::Changed)),
        (format!("UPDATE audit SET actor = NULL WHERE _id = {third}"), fault(3, Some(3), SealFault::Changed)),
        (format!("UPDATE audit SET subject = 'account:erased' WHERE _id = {third}"), fault(3, Some(3), SealFault::Changed)),
        (format!("DELETE FROM audit WHERE _id = {third}"), fault(3, Some(3), SealFault::Removed)),
        ("DELETE FROM audit_seals WHERE seq = 3".to_owned(), fault(4, Some(4), SealFault::Gap)),
        (
            "UPDATE audit_seals SET digest = (SELECT digest FROM audit_seals WHERE seq = 1) WHERE seq = 2".to_owned(),
            fault(2, Some(2), SealFault::Changed),
        ),
        ("UPDATE audit_seals SET actor_salt = NULL WHERE seq = 5".to_owned(), fault(5, Some(5), SealFault::Changed)),
        (
            "INSERT INTO audit (_id, at, actor, action, subject, details, sealed) \
             SELECT '090909090909090909090909', at - 7200000, actor, action, subject, details, 1 FROM audit LIMIT 1"
                .to_owned(),
            fault(9, None, SealFault::Inserted),
        ),
    ] {
        assert_eq!(found_after(&tampering).await, expected, "{tampering}");
    }
}
