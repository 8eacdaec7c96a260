//! Jobs inside a unit of work.

use atelier_domain::kernel::{EnqueueOutcome, JobLease, JobWriter, NewJob, StoreError, Timestamp};
use mongodb::bson::{Document, doc};

use crate::collections::JOBS;
use crate::document::{date, integer, lock, oid, stored};
use crate::transaction::MongoTransaction;

#[async_trait::async_trait]
impl JobWriter for MongoTransaction {
    async fn enqueue(&mut self, job: &NewJob) -> Result<EnqueueOutcome, StoreError> {
        let document = stored(doc! {
            "_id": oid(job.id),
            "kind": &job.kind,
            "version": i32::from(job.version),
            "payload": &job.payload,
            "unique_key": &job.unique_key,
            "user_id": job.user_id.map(oid),
            "state": "queued",
            "run_at": date(job.run_at),
            "due_at": date(job.run_at),
            "attempts": 0,
            "fence": 0_i64,
            "created_at": date(job.created_at),
        });
        if let Some(key) = &job.unique_key {
            // A clash would end the transaction; a job that is there is merely not touched.
            let filter = doc! { "unique_key": key };
            let put = self.put("jobs.enqueue", JOBS, filter, doc! { "$setOnInsert": document }).await;
            if self.settled_race(put).await?.upserted_id.is_none() {
                return Ok(EnqueueOutcome::Duplicate);
            }
        } else {
            self.add("jobs.enqueue", JOBS, document).await?;
        }
        self.wakes().jobs = true;
        Ok(EnqueueOutcome::Enqueued)
    }

    async fn is_live(&mut self, unique_key: &str) -> Result<bool, StoreError> {
        let filter = doc! { "unique_key": unique_key, "due_at": { "$exists": true } };
        Ok(self.seen("jobs.is_live", JOBS, filter).await?.is_some())
    }

    /// Writes to the job, so that whoever takes it over conflicts with this unit of work until it is done.
    async fn guard(&mut self, lease: JobLease) -> Result<(), StoreError> {
        let held = self.change("jobs.guard", JOBS, held(lease), lock()).await?;
        if held { Ok(()) } else { Err(StoreError::LeaseLost) }
    }

    async fn complete(&mut self, lease: JobLease, now: Timestamp) -> Result<(), StoreError> {
        let update = doc! {
            "$set": { "state": "done", "finished_at": date(now) },
            "$unset": { "due_at": "", "worker": "", "error": "" },
        };
        let held = self.change("jobs.complete", JOBS, held(lease), update).await?;
        if held { Ok(()) } else { Err(StoreError::LeaseLost) }
    }

    async fn forget(&mut self, lease: JobLease) -> Result<(), StoreError> {
        let held = self.remove("jobs.forget", JOBS, held(lease)).await?;
        if held { Ok(()) } else { Err(StoreError::LeaseLost) }
    }
}

/// The job, as long as this lease is the current one.
pub(super) fn held(lease: JobLease) -> Document {
    doc! { "_id": oid(lease.job_id), "fence": integer(lease.fence), "state": "running" }
}
