//! The chain, and the lists.

use atelier_domain::kernel::{
    AuditEntry, AuditFilter, AuditId, AuditRecord, AuditSeal, AuditTrail, NameSeal, Page, Paged, SealedEntry, StoreError, Timestamp,
};
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row, Sqlite, SqliteConnection};

use super::entry;
use crate::error::store_error;
use crate::page::{Order, time_cursor};
use crate::row::{Columns, integer, millis};
use crate::store::SqliteStore;

/// The columns of an entry and of its seal.
const BOTH: &str = "a._id, a.at, a.actor, a.action, a.subject, a.details, s.seq, s.entry, s.actor_salt, s.actor_digest, s.subject_salt, \
                    s.subject_digest, s.digest";

#[async_trait::async_trait]
impl AuditTrail for SqliteStore {
    async fn unsealed(&self, until: Timestamp, limit: u32) -> Result<Vec<AuditEntry>, StoreError> {
        let mut connection = self.read("audit.unsealed").await?;
        let rows = sqlx::query("SELECT * FROM audit WHERE sealed = 0 AND at <= ? ORDER BY at, _id LIMIT ?")
            .bind(millis(until))
            .bind(limit)
            .fetch_all(&mut *connection)
            .await
            .map_err(store_error)?;
        rows.iter().map(entry).collect()
    }

    async fn last_seal(&self) -> Result<Option<AuditSeal>, StoreError> {
        let mut connection = self.read("audit.last_seal").await?;
        let query = sqlx::query("SELECT * FROM audit_seals WHERE seq >= 0 ORDER BY seq DESC LIMIT 1");
        query.fetch_optional(&mut *connection).await.map_err(store_error)?.as_ref().map(seal).transpose()
    }

    async fn seal(&self, links: &[(AuditSeal, AuditEntry)]) -> Result<(), StoreError> {
        let mut transaction = self.begin_transaction().await?;
        let mut connection = transaction.operation("audit.seal");
        for (seal, entry) in links {
            insert(&mut connection, seal).await?;
            mark(&mut connection, entry).await?;
        }
        drop(connection);
        transaction.finish().await
    }

    async fn sealed(&self, after: u64, limit: u32) -> Result<Vec<SealedEntry>, StoreError> {
        let mut connection = self.read("audit.sealed").await?;
        let mut query = QueryBuilder::<Sqlite>::new("SELECT ");
        query.push(BOTH).push(" FROM audit_seals s LEFT JOIN audit a ON a._id = s.entry WHERE s.seq > ").push_bind(integer(after));
        query.push(" ORDER BY s.seq LIMIT ").push_bind(limit);
        let rows = query.build().fetch_all(&mut *connection).await.map_err(store_error)?;
        let link = |row| {
            let there = Columns::of("audit entry", row).optional::<&str>("_id")?.is_some();
            Ok(SealedEntry { seal: seal(row)?, entry: if there { Some(entry(row)?) } else { None } })
        };
        rows.iter().map(link).collect()
    }

    async fn walk(&self, after: Option<(Timestamp, AuditId)>, limit: u32) -> Result<Vec<AuditRecord>, StoreError> {
        let mut connection = self.read("audit.walk").await?;
        let (at, id) = after.map_or((i64::MIN, String::new()), |(at, id)| (millis(at), id.to_string()));
        let mut query = QueryBuilder::<Sqlite>::new("SELECT ");
        query.push(BOTH).push(" FROM audit a LEFT JOIN audit_seals s ON s.entry = a._id WHERE (a.at, a._id) > (").push_bind(at);
        query.push(", ").push_bind(id).push(") ORDER BY a.at, a._id LIMIT ").push_bind(limit);
        let rows = query.build().fetch_all(&mut *connection).await.map_err(store_error)?;
        rows.iter().map(record).collect()
    }

    async fn list(&self, filter: &AuditFilter, page: &Page) -> Result<Paged<AuditRecord>, StoreError> {
        let mut connection = self.read("audit.list").await?;
        let begin = |select: &str| {
            let mut query = QueryBuilder::<Sqlite>::new("SELECT ");
            query.push(select).push(" WHERE TRUE");
            if let Some(subject) = &filter.subject {
                query.push(" AND subject = ").push_bind(subject.clone());
            }
            if let Some(action) = &filter.action {
                // Of two indexes the one on the subject finds less.
                query.push(if filter.subject.is_some() { " AND +action = " } else { " AND action = " }).push_bind(action.clone());
            }
            query
        };
        let count = begin("COUNT(*) FROM audit").build_query_scalar().fetch_one(&mut *connection).await;
        let total: i64 = count.map_err(store_error)?;
        let mut query = begin(&format!("{BOTH} FROM audit a LEFT JOIN audit_seals s ON s.entry = a._id"));
        Order { key: "at", ..Order::NEWEST_FIRST }.push(&mut query, page)?;
        let rows = query.build().fetch_all(&mut *connection).await.map_err(store_error)?;
        let items = rows.iter().map(record).collect::<Result<_, _>>()?;
        Ok(Paged::from_fetched(items, page.limit, total.unsigned_abs(), |item: &AuditRecord| time_cursor(item.entry.at, &item.entry.id)))
    }
}

async fn insert(connection: &mut SqliteConnection, seal: &AuditSeal) -> Result<(), StoreError> {
    let AuditSeal { seq, entry, actor, subject, digest } = seal;
    sqlx::query(
        "INSERT INTO audit_seals (seq, entry, actor_salt, actor_digest, subject_salt, subject_digest, digest) VALUES (?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(integer(*seq))
    .bind(entry.to_string())
    .bind(actor.salt.as_deref())
    .bind(actor.digest.to_string())
    .bind(subject.salt.as_deref())
    .bind(subject.digest.to_string())
    .bind(digest.to_string())
    .execute(connection)
    .await
    .map_err(store_error)?;
    Ok(())
}

/// The entry waits no longer; it must be as it was read.
async fn mark(connection: &mut SqliteConnection, entry: &AuditEntry) -> Result<(), StoreError> {
    let marked = sqlx::query("UPDATE audit SET sealed = 1 WHERE _id = ? AND sealed = 0 AND actor IS ? AND subject = ?")
        .bind(entry.id.to_string())
        .bind(entry.actor.map(|actor| actor.to_string()))
        .bind(&entry.subject)
        .execute(connection)
        .await
        .map_err(store_error)?;
    if marked.rows_affected() == 1 { Ok(()) } else { Err(StoreError::Contention("an audit entry is not as it was read".into())) }
}

fn seal(row: &SqliteRow) -> Result<AuditSeal, StoreError> {
    let columns = Columns::keyed("audit seal", "seq", row);
    let name = |salt, digest| Ok::<_, StoreError>(NameSeal { salt: columns.optional(salt)?, digest: columns.parse(digest)? });
    Ok(AuditSeal {
        seq: columns.number("seq")?,
        entry: columns.parse("entry")?,
        actor: name("actor_salt", "actor_digest")?,
        subject: name("subject_salt", "subject_digest")?,
        digest: columns.parse("digest")?,
    })
}

fn record(row: &SqliteRow) -> Result<AuditRecord, StoreError> {
    let sealed = row.try_get::<Option<i64>, _>("seq").map_err(store_error)?.is_some();
    Ok(AuditRecord { entry: entry(row)?, seal: if sealed { Some(seal(row)?) } else { None } })
}
