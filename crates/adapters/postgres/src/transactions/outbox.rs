//! The port [`Outbox`] over PostgreSQL.

use async_trait::async_trait;
use atelier_domain::dataservice::transactions::{DeadOperation, Due, Fence, Outbox, Settled, TransactionId};
use atelier_domain::dataservice::{DataError, Database};
use atelier_domain::kernel::{IdempotencyKey, Timestamp};
use sqlx::postgres::PgRow;
use sqlx::{Executor, Row};

use super::log::say_aborted;
use super::settling::Settling;
use crate::error::data_error;
use crate::pool::PgStore;

/// What follows decisions.
pub struct PgOutbox {
    store: PgStore,
    settling: Settling,
}

impl PgOutbox {
    /// The outbox of this database.
    pub fn new(store: PgStore) -> Self {
        Self { settling: Settling::of(store.clone()), store }
    }
}

/// Taken for half a minute. Only the oldest of each target: those behind it wait.
const TAKE_DUE: &str = "
    WITH taken AS (
        SELECT seq FROM dataservice.tx_outbox AS entry
         WHERE state = 'pending' AND due_at <= clock_timestamp()
           AND NOT EXISTS (SELECT FROM dataservice.tx_outbox AS older
                            WHERE older.target = entry.target AND older.state = 'pending' AND older.seq < entry.seq)
         ORDER BY due_at LIMIT $1 FOR UPDATE SKIP LOCKED)
    UPDATE dataservice.tx_outbox AS entry SET due_at = clock_timestamp() + interval '30 seconds'
      FROM taken WHERE entry.seq = taken.seq
    RETURNING entry.tx_id, entry.operation, entry.database_type, entry.payload, entry.attempts, entry.decided_at";

const DEAD: &str = "
    SELECT entry.tx_id, entry.operation, entry.database_type, entry.last_error, entry.decided_at, logged.owner
      FROM dataservice.tx_outbox AS entry JOIN dataservice.tx_log AS logged USING (tx_id)
     WHERE entry.state = 'dead' ORDER BY entry.seq LIMIT $1";

/// Each part by its partial index.
const MEASURE: &str = "
    SELECT (SELECT count(*) FROM dataservice.tx_outbox WHERE state = 'pending'),
           (SELECT count(*) FROM dataservice.tx_outbox WHERE state = 'dead'),
           (SELECT coalesce(extract(epoch FROM clock_timestamp() - min(decided_at)), 0)::float8
              FROM dataservice.tx_outbox WHERE state = 'pending')";

fn corrupt(column: &'static str) -> sqlx::Error {
    sqlx::Error::Decode(column.into())
}

fn which(row: &PgRow) -> Result<(Fence, Database), sqlx::Error> {
    let transaction_id = TransactionId::parse(row.try_get(0)?).ok_or_else(|| corrupt("tx_outbox.tx_id"))?;
    let operation: i32 = row.try_get(1)?;
    let database: &str = row.try_get(2)?;
    let database = database.parse().map_err(|_unknown| corrupt("tx_outbox.database_type"))?;
    Ok((Fence { transaction_id, operation: operation.unsigned_abs() }, database))
}

fn due(row: &PgRow) -> Result<Due, sqlx::Error> {
    let (fence, database) = which(row)?;
    let attempts: i32 = row.try_get(4)?;
    Ok(Due { fence, database, payload: row.try_get(3)?, attempts: attempts.unsigned_abs(), decided_at: row.try_get(5)? })
}

fn dead(row: &PgRow) -> Result<DeadOperation, sqlx::Error> {
    let (fence, database) = which(row)?;
    let reason: Option<String> = row.try_get(3)?;
    Ok(DeadOperation { fence, database, reason: reason.unwrap_or_default(), decided_at: row.try_get(4)?, owner: row.try_get(5)? })
}

fn number(of: u32) -> i32 {
    i32::try_from(of).unwrap_or(i32::MAX)
}

impl PgOutbox {
    async fn decide(&self, fence: &Fence, statement: &'static str) -> Result<bool, DataError> {
        let done =
            sqlx::query(statement).bind(fence.transaction_id.as_str()).bind(number(fence.operation)).execute(self.store.pool()).await;
        Ok(done.map_err(data_error)?.rows_affected() == 1)
    }
}

#[async_trait]
impl Outbox for PgOutbox {
    async fn due(&self, most: u32) -> Result<Vec<Due>, DataError> {
        let rows = sqlx::query(TAKE_DUE).bind(i64::from(most)).fetch_all(self.store.pool()).await.map_err(data_error)?;
        rows.iter().map(|row| due(row).map_err(data_error)).collect()
    }

    async fn settle(&self, settled: &[(Fence, Settled)]) -> Result<(), DataError> {
        if settled.is_empty() {
            return Ok(());
        }
        self.settling.settle(settled.to_vec()).await
    }

    async fn dead(&self, most: u32) -> Result<Vec<DeadOperation>, DataError> {
        let rows = sqlx::query(DEAD).bind(i64::from(most)).fetch_all(self.store.pool()).await.map_err(data_error)?;
        rows.iter().map(|row| dead(row).map_err(data_error)).collect()
    }

    async fn retry(&self, fence: &Fence) -> Result<bool, DataError> {
        let again = "UPDATE dataservice.tx_outbox SET state = 'pending', attempts = 0, due_at = now()
                      WHERE tx_id = $1 AND operation = $2 AND state = 'dead'";
        self.decide(fence, again).await
    }

    async fn forget(&self, fence: &Fence) -> Result<bool, DataError> {
        let never = "UPDATE dataservice.tx_outbox SET state = 'forgotten', payload = NULL
                      WHERE tx_id = $1 AND operation = $2 AND state = 'dead'";
        self.decide(fence, never).await
    }

    async fn clean(&self, before: Timestamp) -> Result<u64, DataError> {
        let write = async {
            let lifetime = f64::from(number(u32::try_from(IdempotencyKey::LIFETIME.num_seconds()).unwrap_or(u32::MAX)));
            let mut transaction = self.store.pool().begin().await?;
            let expired = "WITH expired AS (DELETE FROM dataservice.tx_claims WHERE claimed_at < now() - make_interval(secs => $1)
                                            RETURNING tx_id)
                           UPDATE dataservice.tx_log AS logged SET idempotency_key = NULL FROM expired WHERE logged.tx_id = expired.tx_id";
            sqlx::query(expired).bind(lifetime).execute(&mut *transaction).await?;
            // As long as the fences of other stores.
            let fences = "DELETE FROM dataservice.tx_fences WHERE applied_at < now() - interval '7 days'";
            sqlx::query(fences).execute(&mut *transaction).await?;
            let finished = "DELETE FROM dataservice.tx_log AS logged WHERE decided_at < $1
                               AND NOT EXISTS (SELECT FROM dataservice.tx_outbox AS entry
                                                WHERE entry.tx_id = logged.tx_id AND entry.state IN ('pending', 'dead'))";
            let removed = sqlx::query(finished).bind(before).execute(&mut *transaction).await?.rows_affected();
            transaction.commit().await?;
            Ok(removed)
        };
        write.await.map_err(data_error)
    }

    async fn measure(&self) -> Result<(), DataError> {
        let row = self.store.pool().fetch_one(MEASURE).await.map_err(data_error)?;
        let (pending, dead, oldest): (i64, i64, f64) =
            (row.try_get(0).map_err(data_error)?, row.try_get(1).map_err(data_error)?, row.try_get(2).map_err(data_error)?);
        #[expect(clippy::cast_precision_loss, reason = "gauges")]
        for (name, value) in [("tx_outbox_pending", pending as f64), ("tx_dead_total", dead as f64), ("tx_outbox_oldest_seconds", oldest)] {
            metrics::gauge!(name).set(value);
        }
        // Of commits whose answer was lost, and whose requests have given up asking.
        for (id, owner) in self.store.doubts().all() {
            say_aborted(&self.store, &id, owner, Some("DATABASE_UNAVAILABLE"), None).await.map_err(data_error)?;
        }
        Ok(())
    }
}
