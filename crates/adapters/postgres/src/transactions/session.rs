//! One request's transaction, and the commit that decides.

use std::sync::Arc;

use async_trait::async_trait;
use atelier_domain::dataservice::catalogue::Catalogue;
use atelier_domain::dataservice::queries::RaisedVersion;
use atelier_domain::dataservice::transactions::{Decision, NotDecided, Recorded, Session, SqlChange, SqlWrite, Written};
use atelier_domain::dataservice::{DataError, Database, Rejected};
use sqlx::{AssertSqlSafe, Postgres, Row, Transaction};
use uuid::Uuid;

use super::doubts::Doubts;
use super::write::statement;
use crate::error::data_error;

/// How long the request itself has for what follows its decision, before others may: more than the time it takes for it.
const APPLIED_BY_THE_REQUEST_FOR: i32 = 10;

/// A transaction that has begun as the caller's group role.
pub(super) struct PgSession {
    pub(super) transaction: Transaction<'static, Postgres>,
    pub(super) catalogue: Arc<Catalogue>,
    pub(super) doubts: Doubts,
}

fn not_own(write: &SqlWrite) -> DataError {
    let message = "this row would be somebody else's, or belong to a row that is";
    DataError::Forbidden(Rejected::new("OWNERSHIP_VIOLATION", message).with("table", write.table.name))
}

const RECORD: &str =
    "SELECT ready, newest, raised, versions FROM dataservice.record_decision($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";

impl PgSession {
    async fn record(&mut self, decision: &Decision) -> Result<Recorded, sqlx::Error> {
        let outbox = &decision.outbox;
        let row = sqlx::query(RECORD)
            .bind(decision.transaction_id.as_str())
            .bind(decision.owner)
            .bind(decision.key.as_ref().map(|key| key.as_str()))
            .bind(i32::try_from(decision.operations).unwrap_or(i32::MAX))
            .bind(&decision.answer)
            .bind(outbox.iter().map(|entry| i32::try_from(entry.operation).unwrap_or(i32::MAX)).collect::<Vec<_>>())
            .bind(outbox.iter().map(|entry| entry.database.as_str()).collect::<Vec<_>>())
            .bind(outbox.iter().map(|entry| entry.target.as_str()).collect::<Vec<_>>())
            .bind(outbox.iter().map(|entry| entry.payload.as_slice()).collect::<Vec<_>>())
            .bind(f64::from(APPLIED_BY_THE_REQUEST_FOR))
            .bind(decision.tables.as_slice())
            .fetch_one(&mut *self.transaction)
            .await?;
        let (version, tables): (Option<i64>, Option<Vec<String>>) = (row.try_get(1)?, row.try_get(2)?);
        let versions: Option<Vec<i64>> = row.try_get(3)?;
        let raised = tables.zip(versions).map(|(tables, versions)| {
            let one = |(table, version): (String, i64)| RaisedVersion { table, owner: decision.owner, version: version.unsigned_abs() };
            tables.into_iter().zip(versions).map(one).collect()
        });
        Ok(Recorded { ready: row.try_get(0)?, data_version: version.map(i64::unsigned_abs), raised })
    }
}

/// Whether the server has said that the transaction was rolled back. Everything else leaves open what it did.
fn was_refused(error: &sqlx::Error) -> bool {
    let sqlx::Error::Database(reported) = error else { return false };
    reported.code().is_some_and(|code| ["22", "23", "25", "40", "42", "55", "P0"].contains(&&code[..2]) || code == "57014")
}

#[async_trait]
impl Session for PgSession {
    async fn write(&mut self, write: &SqlWrite) -> Result<Written, DataError> {
        let (sql, bound) = statement(&self.catalogue, write);
        let query = sqlx::query_with(AssertSqlSafe(sql), bound);
        match &write.change {
            SqlChange::Insert { .. } | SqlChange::Upsert { .. } => {
                let row = query.fetch_optional(&mut *self.transaction).await.map_err(data_error)?.ok_or_else(|| not_own(write))?;
                let id: Uuid = row.try_get(0).map_err(data_error)?;
                let made = match write.table.column("created_at") {
                    Some(_) => row.try_get::<Option<chrono::NaiveDateTime>, _>(1).map_err(data_error)?.map(|made| made.and_utc()),
                    None => None,
                };
                Ok(Written { affected: 1, made: Some((id, made)) })
            }
            SqlChange::Update { .. } | SqlChange::Delete { .. } => {
                let done = query.execute(&mut *self.transaction).await.map_err(data_error)?;
                Ok(Written { affected: done.rows_affected(), made: None })
            }
        }
    }

    async fn decide(mut self: Box<Self>, decision: &Decision) -> Result<Recorded, NotDecided> {
        let recorded = match self.record(decision).await {
            Ok(recorded) => recorded,
            Err(error) => {
                // The key was executed by somebody else, or this transaction was declared dead while it was paused.
                let clash = error.as_database_error().and_then(|reported| reported.constraint());
                let superseded = matches!(clash, Some("tx_log_idempotency" | "tx_log_pkey"));
                self.rollback().await;
                return Err(if superseded { NotDecided::Superseded } else { NotDecided::Aborted(data_error(error)) });
            }
        };
        match self.transaction.commit().await {
            Ok(()) => {
                metrics::counter!("tx_total", "outcome" => "committed").increment(1);
                Ok(recorded)
            }
            Err(error) if was_refused(&error) => Err(NotDecided::Aborted(data_error(error))),
            Err(error) => {
                metrics::counter!("tx_total", "outcome" => "in_doubt").increment(1);
                self.doubts.begin(&decision.transaction_id, decision.owner);
                let database = Database::PostgreSql;
                Err(NotDecided::Unknown(DataError::Unavailable { database, source: error.into() }))
            }
        }
    }

    async fn rollback(self: Box<Self>) {
        if let Err(error) = self.transaction.rollback().await {
            tracing::debug!(%error, "a connection was lost before its transaction was rolled back: the server does it");
        }
    }
}
