//! Jobs inside a unit of work.

use atelier_domain::kernel::{EnqueueOutcome, JobLease, JobWriter, NewJob, StoreError, Timestamp};

use crate::error::store_error;
use crate::row::{integer, millis};
use crate::transaction::SqliteTransaction;

#[async_trait::async_trait]
impl JobWriter for SqliteTransaction {
    async fn enqueue(&mut self, job: &NewJob) -> Result<EnqueueOutcome, StoreError> {
        let mut connection = self.operation("jobs.enqueue");
        let written = sqlx::query(
            "INSERT INTO jobs (_id, kind, version, payload, unique_key, user_id, state, run_at, due_at, attempts, fence, created_at) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'queued', ?7, ?7, 0, 0, ?8) \
             ON CONFLICT (unique_key) WHERE unique_key IS NOT NULL DO NOTHING",
        )
        .bind(job.id.to_string())
        .bind(&job.kind)
        .bind(job.version)
        .bind(&job.payload)
        .bind(&job.unique_key)
        .bind(job.user_id.map(|user| user.to_string()))
        .bind(millis(job.run_at))
        .bind(millis(job.created_at))
        .execute(&mut *connection)
        .await
        .map_err(store_error)?;
        drop(connection);
        if written.rows_affected() == 0 {
            return Ok(EnqueueOutcome::Duplicate);
        }
        self.wakes().jobs = true;
        Ok(EnqueueOutcome::Enqueued)
    }

    async fn is_live(&mut self, unique_key: &str) -> Result<bool, StoreError> {
        let mut connection = self.operation("jobs.is_live");
        sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM jobs WHERE unique_key = ? AND due_at IS NOT NULL)")
            .bind(unique_key)
            .fetch_one(&mut *connection)
            .await
            .map_err(store_error)
    }

    async fn guard(&mut self, lease: JobLease) -> Result<(), StoreError> {
        let mut connection = self.operation("jobs.guard");
        let held = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM jobs WHERE _id = ? AND fence = ? AND state = 'running')")
            .bind(lease.job_id.to_string())
            .bind(integer(lease.fence))
            .fetch_one(&mut *connection)
            .await
            .map_err(store_error)?;
        if held { Ok(()) } else { Err(StoreError::LeaseLost) }
    }

    async fn complete(&mut self, lease: JobLease, now: Timestamp) -> Result<(), StoreError> {
        let mut connection = self.operation("jobs.complete");
        let written = sqlx::query(
            "UPDATE jobs SET state = 'done', due_at = NULL, worker = NULL, error = NULL, finished_at = ? \
             WHERE _id = ? AND fence = ? AND state = 'running'",
        )
        .bind(millis(now))
        .bind(lease.job_id.to_string())
        .bind(integer(lease.fence))
        .execute(&mut *connection)
        .await
        .map_err(store_error)?;
        if written.rows_affected() == 0 { Err(StoreError::LeaseLost) } else { Ok(()) }
    }

    async fn forget(&mut self, lease: JobLease) -> Result<(), StoreError> {
        let mut connection = self.operation("jobs.forget");
        let written = sqlx::query("DELETE FROM jobs WHERE _id = ? AND fence = ? AND state = 'running'")
            .bind(lease.job_id.to_string())
            .bind(integer(lease.fence))
            .execute(&mut *connection)
            .await
            .map_err(store_error)?;
        if written.rows_affected() == 0 { Err(StoreError::LeaseLost) } else { Ok(()) }
    }
}
