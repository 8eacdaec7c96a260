//! Entries: written in units of work, and taken off a person.

use atelier_domain::kernel::{AuditEntry, AuditWriter, StoreError, UserId};
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;

use crate::error::store_error;
use crate::row::{Columns, millis};
use crate::transaction::SqliteTransaction;

#[async_trait::async_trait]
impl AuditWriter for SqliteTransaction {
    async fn append(&mut self, entry: &AuditEntry) -> Result<(), StoreError> {
        let mut connection = self.operation("audit.append");
        sqlx::query("INSERT INTO audit (_id, at, actor, action, subject, details) VALUES (?, ?, ?, ?, ?, ?)")
            .bind(entry.id.to_string())
            .bind(millis(entry.at))
            .bind(entry.actor.map(|actor| actor.to_string()))
            .bind(entry.action.as_ref())
            .bind(&entry.subject)
            .bind(&entry.details)
            .execute(&mut *connection)
            .await
            .map_err(store_error)?;
        Ok(())
    }
}

/// Reads an entry.
pub(crate) fn entry(row: &SqliteRow) -> Result<AuditEntry, StoreError> {
    let columns = Columns::of("audit", row);
    Ok(AuditEntry {
        id: columns.parse("_id")?,
        at: columns.time("at")?,
        actor: columns.parse_optional("actor")?,
        action: columns.get::<String>("action")?.into(),
        subject: columns.get("subject")?,
        details: columns.get("details")?,
    })
}

/// Takes a person out of entries, and out of their seals the salts of the names they lose. ?1 is the person, ?2 the account as subject, ?3
/// what stands in its place.
const ERASURE: [&str; 4] = [
    "UPDATE audit_seals SET actor_salt = NULL WHERE entry IN (SELECT _id FROM audit WHERE actor = ?1)",
    "UPDATE audit_seals SET subject_salt = NULL WHERE entry IN (SELECT _id FROM audit WHERE subject = ?2)",
    "UPDATE audit SET actor = NULL WHERE actor = ?1",
    "UPDATE audit SET subject = ?3 WHERE subject = ?2",
];

/// See [`ERASURE`].
pub(crate) async fn erase(connection: &mut SqliteConnection, user_id: UserId) -> Result<(), StoreError> {
    for statement in ERASURE {
        sqlx::query(statement)
            .bind(user_id.to_string())
            .bind(AuditEntry::account(user_id))
            .bind(AuditEntry::ERASED)
            .execute(&mut *connection)
            .await
            .map_err(store_error)?;
    }
    Ok(())
}
