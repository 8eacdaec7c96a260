//! The audit trail.

use atelier_domain::kernel::{AuditEntry, AuditWriter, StoreError};

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
