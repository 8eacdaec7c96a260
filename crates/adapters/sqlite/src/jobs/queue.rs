//! The queue as workers see it.

use std::time::Duration;

use atelier_domain::kernel::{ClaimedJob, JobCounts, JobLease, JobQueue, StoreError, Timestamp};
use sqlx::query::Query;
use sqlx::sqlite::{Sqlite, SqliteArguments, SqliteRow};

use crate::error::store_error;
use crate::row::{Columns, integer, millis, to_json};
use crate::store::SqliteStore;

/// Both begin with the parameters kinds and now.
const DUE: &str = "SELECT EXISTS (SELECT 1 FROM jobs WHERE run_at <= ?2 AND due_at <= ?2 AND kind IN (SELECT value FROM json_each(?1)))";
const CLAIM: &str = "UPDATE jobs SET state = 'running', due_at = ?3, attempts = attempts + 1, fence = fence + 1, worker = ?4 \
     WHERE _id = (SELECT _id FROM jobs WHERE run_at <= ?2 AND due_at <= ?2 AND kind IN (SELECT value FROM json_each(?1)) \
     ORDER BY run_at, created_at, _id LIMIT 1) \
     RETURNING _id, kind, version, payload, attempts, fence, created_at";

#[async_trait::async_trait]
impl JobQueue for SqliteStore {
    async fn claim(&self, worker: &str, kinds: &[&str], now: Timestamp, lease_for: Duration) -> Result<Option<ClaimedJob>, StoreError> {
        let kinds = to_json(kinds)?;
        let generation = self.waking().generation();
        // Looked for on a reader first: an idle worker never takes the write lock.
        let due = {
            let mut connection = self.read("jobs.look").await?;
            sqlx::query_scalar(DUE).bind(&kinds).bind(millis(now)).fetch_one(&mut *connection).await.map_err(store_error)?
        };
        let claimed = if due { self.take(worker, &kinds, now, lease_for).await? } else { None };
        if claimed.is_none() {
            self.waking().found_empty(generation);
        }
        Ok(claimed)
    }

    async fn heartbeat(&self, lease: JobLease, now: Timestamp, lease_for: Duration) -> Result<(), StoreError> {
        let statement = sqlx::query("UPDATE jobs SET due_at = ? WHERE _id = ? AND fence = ? AND state = 'running'");
        self.settle("jobs.heartbeat", lease, false, statement.bind(lapse(now, lease_for))).await
    }

    async fn retry(&self, lease: JobLease, run_at: Timestamp, error: &str) -> Result<(), StoreError> {
        let statement = sqlx::query(
            "UPDATE jobs SET state = 'queued', run_at = ?1, due_at = ?1, error = ?2, worker = NULL \
             WHERE _id = ?3 AND fence = ?4 AND state = 'running'",
        );
        self.settle("jobs.retry", lease, true, statement.bind(millis(run_at)).bind(error)).await
    }

    async fn fail(&self, lease: JobLease, now: Timestamp, error: &str) -> Result<(), StoreError> {
        let statement = sqlx::query(
            "UPDATE jobs SET state = 'failed', due_at = NULL, finished_at = ?, error = ?, worker = NULL \
             WHERE _id = ? AND fence = ? AND state = 'running'",
        );
        self.settle("jobs.fail", lease, false, statement.bind(millis(now)).bind(error)).await
    }

    async fn release(&self, lease: JobLease, now: Timestamp) -> Result<(), StoreError> {
        let statement = sqlx::query(
            "UPDATE jobs SET state = 'queued', run_at = ?1, due_at = ?1, attempts = MAX(attempts - 1, 0), worker = NULL \
             WHERE _id = ?2 AND fence = ?3 AND state = 'running'",
        );
        self.settle("jobs.release", lease, true, statement.bind(millis(now))).await
    }

    async fn wait_for_work(&self, at_most: Duration) {
        self.waking().work(at_most).await;
    }

    async fn counts(&self) -> Result<JobCounts, StoreError> {
        let mut connection = self.read("jobs.counts").await?;
        let rows = sqlx::query("SELECT state, COUNT(*) AS jobs FROM jobs GROUP BY state")
            .fetch_all(&mut *connection)
            .await
            .map_err(store_error)?;
        let mut counts = JobCounts::default();
        for row in &rows {
            let columns = Columns::keyed("job", "state", row);
            let jobs = columns.number("jobs")?;
            match columns.get("state")? {
                "queued" => counts.queued = jobs,
                "running" => counts.running = jobs,
                "done" => counts.done = jobs,
                "failed" => counts.failed = jobs,
                _ => return Err(columns.corrupt("state")),
            }
        }
        Ok(counts)
    }

    async fn queued_before(&self, kind: &str, created_at: Timestamp) -> Result<u64, StoreError> {
        let mut connection = self.read("jobs.queued_before").await?;
        let row = sqlx::query("SELECT COUNT(*) AS jobs FROM jobs WHERE state = 'queued' AND kind = ? AND created_at < ?")
            .bind(kind)
            .bind(millis(created_at))
            .fetch_one(&mut *connection)
            .await
            .map_err(store_error)?;
        Columns::keyed("job", "jobs", &row).number("jobs")
    }

    async fn purge(&self, before: Timestamp) -> Result<u64, StoreError> {
        let mut transaction = self.begin_transaction().await?;
        let mut connection = transaction.operation("jobs.purge");
        let jobs = sqlx::query("DELETE FROM jobs WHERE finished_at < ?")
            .bind(millis(before))
            .execute(&mut *connection)
            .await
            .map_err(store_error)?;
        let records = sqlx::query("DELETE FROM idempotency WHERE expires_at < ?")
            .bind(millis(self.clock().now().max(before)))
            .execute(&mut *connection)
            .await
            .map_err(store_error)?;
        drop(connection);
        transaction.finish().await?;
        Ok(jobs.rows_affected() + records.rows_affected())
    }
}

impl SqliteStore {
    async fn take(&self, worker: &str, kinds: &str, now: Timestamp, lease_for: Duration) -> Result<Option<ClaimedJob>, StoreError> {
        let mut transaction = self.begin_transaction().await?;
        let mut connection = transaction.operation("jobs.claim");
        let row = sqlx::query(CLAIM)
            .bind(kinds)
            .bind(millis(now))
            .bind(lapse(now, lease_for))
            .bind(worker)
            .fetch_optional(&mut *connection)
            .await
            .map_err(store_error)?;
        drop(connection);
        let job = row.as_ref().map(claimed).transpose()?;
        transaction.finish().await?;
        Ok(job)
    }

    /// Runs a guarded update of one job: the last two parameters are its id and fence.
    async fn settle(
        &self,
        operation: &'static str,
        lease: JobLease,
        wakes: bool,
        statement: Query<'_, Sqlite, SqliteArguments>,
    ) -> Result<(), StoreError> {
        let mut transaction = self.begin_transaction().await?;
        let mut connection = transaction.operation(operation);
        let statement = statement.bind(lease.job_id.to_string()).bind(integer(lease.fence));
        let written = statement.execute(&mut *connection).await.map_err(store_error)?;
        drop(connection);
        if written.rows_affected() == 0 {
            return Err(StoreError::LeaseLost);
        }
        transaction.wakes().jobs = wakes;
        transaction.finish().await
    }
}

/// From when a lease given now has ended: it holds to its last millisecond.
fn lapse(now: Timestamp, lease_for: Duration) -> i64 {
    millis(now).saturating_add(i64::try_from(lease_for.as_millis()).unwrap_or(i64::MAX)).saturating_add(1)
}

fn claimed(row: &SqliteRow) -> Result<ClaimedJob, StoreError> {
    let columns = Columns::of("job", row);
    Ok(ClaimedJob {
        lease: JobLease { job_id: columns.parse("_id")?, fence: columns.number("fence")? },
        kind: columns.get("kind")?,
        version: columns.number("version")?,
        payload: columns.get("payload")?,
        attempt: columns.number("attempts")?,
        created_at: columns.time("created_at")?,
    })
}
