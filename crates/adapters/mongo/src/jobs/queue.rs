//! The queue as workers see it.

use std::time::Duration;

use atelier_domain::kernel::{ClaimedJob, JobCounts, JobLease, JobQueue, StoreError, Timestamp};
use mongodb::bson::{Bson, Document, doc};
use mongodb::options::{FindOptions, Hint, ReturnDocument};

use super::writer::held;
use crate::change_streams::Purpose;
use crate::collections::{IDEMPOTENCY, JOBS};
use crate::document::{Fields, date};
use crate::error::is_out_of_time;
use crate::indexes::keys;
use crate::store::MongoStore;

/// How long a claim waits for a unit of work that holds the oldest job.
const PATIENCE: Duration = Duration::from_secs(1);
/// How long it waits for each of the others.
const LITTLE_PATIENCE: Duration = Duration::from_millis(250);
/// How many others are tried.
const OTHERS: i64 = 10;

#[async_trait::async_trait]
impl JobQueue for MongoStore {
    /// One statement: the server gives a document to one writer at a time, and the loser goes on to the next job. Only when it waits for
    /// a unit of work that holds the oldest job, of a process that died perhaps, are the others tried one by one.
    async fn claim(&self, worker: &str, kinds: &[&str], now: Timestamp, lease_for: Duration) -> Result<Option<ClaimedJob>, StoreError> {
        if kinds.is_empty() {
            return Ok(None);
        }
        let generation = self.waking().generation();
        let filter = doc! { "run_at": { "$lte": date(now) }, "due_at": { "$lte": date(now) }, "kind": { "$in": kinds } };
        let update = doc! {
            "$set": { "state": "running", "due_at": lapse(now, lease_for), "worker": worker },
            "$inc": { "attempts": 1, "fence": 1_i64 },
        };
        let document = match self.take(filter.clone(), keys::JOBS_DUE.document(), update.clone(), PATIENCE).await? {
            Taken::Job(document) => document,
            Taken::Held => self.take_another(filter, update).await?,
        };
        if document.is_none() {
            self.waking().found_empty(generation);
        }
        document.as_ref().map(claimed).transpose()
    }

    async fn heartbeat(&self, lease: JobLease, now: Timestamp, lease_for: Duration) -> Result<(), StoreError> {
        self.settle("jobs.heartbeat", lease, doc! { "$set": { "due_at": lapse(now, lease_for) } }).await
    }

    async fn retry(&self, lease: JobLease, run_at: Timestamp, error: &str) -> Result<(), StoreError> {
        let set = doc! { "state": "queued", "run_at": date(run_at), "due_at": date(run_at), "error": error };
        self.settle("jobs.retry", lease, doc! { "$set": set, "$unset": { "worker": "" } }).await?;
        self.waking().work_may_wait();
        Ok(())
    }

    async fn fail(&self, lease: JobLease, now: Timestamp, error: &str) -> Result<(), StoreError> {
        let set = doc! { "state": "failed", "finished_at": date(now), "error": error };
        self.settle("jobs.fail", lease, doc! { "$set": set, "$unset": { "due_at": "", "worker": "" } }).await
    }

    async fn release(&self, lease: JobLease, now: Timestamp) -> Result<(), StoreError> {
        let set = doc! { "state": "queued", "run_at": date(now), "due_at": date(now) };
        let update = doc! { "$set": set, "$unset": { "worker": "" }, "$inc": { "attempts": -1 } };
        self.settle("jobs.release", lease, update).await?;
        self.waking().work_may_wait();
        Ok(())
    }

    async fn wait_for_work(&self, at_most: Duration) {
        self.listen_for(Purpose::Jobs);
        self.waking().work(at_most).await;
    }

    async fn counts(&self) -> Result<JobCounts, StoreError> {
        let pipeline = vec![doc! { "$group": { "_id": "$state", "jobs": { "$sum": 1_i64 } } }];
        let documents = self.aggregated("jobs.counts", JOBS, pipeline, keys::JOBS_STATE.document()).await?;
        let mut counts = JobCounts::default();
        for document in &documents {
            let fields = Fields::of("job", document);
            let jobs = fields.number("jobs")?;
            match document.get("_id").and_then(Bson::as_str) {
                Some("queued") => counts.queued = jobs,
                Some("running") => counts.running = jobs,
                Some("done") => counts.done = jobs,
                Some("failed") => counts.failed = jobs,
                _ => return Err(fields.corrupt("state")),
            }
        }
        Ok(counts)
    }

    async fn queued_before(&self, kind: &str, created_at: Timestamp) -> Result<u64, StoreError> {
        let filter = doc! { "state": "queued", "kind": kind, "created_at": { "$lt": date(created_at) } };
        self.count("jobs.queued_before", JOBS, filter, keys::JOBS_STATE.document()).await
    }

    async fn purge(&self, before: Timestamp) -> Result<u64, StoreError> {
        let jobs = self.remove_all("jobs.purge", JOBS, doc! { "finished_at": { "$lt": date(before) } }).await?;
        let expired = doc! { "expires_at": { "$lt": date(self.clock().now().max(before)) } };
        let records = self.remove_all("idempotency.purge", IDEMPOTENCY, expired).await?;
        Ok(jobs + records)
    }
}

/// What became of trying to claim.
enum Taken {
    /// The job, if one was due.
    Job(Option<Document>),
    /// A unit of work holds it.
    Held,
}

impl MongoStore {
    /// Claims the first job in the order, which is that of an index.
    async fn take(&self, filter: Document, order: Document, update: Document, patience: Duration) -> Result<Taken, StoreError> {
        let jobs = self.collection(JOBS);
        let claim = jobs.find_one_and_update(filter, update).sort(order.clone()).hint(Hint::Keys(order));
        let claim = claim.return_document(ReturnDocument::After).max_time(patience);
        let work = async {
            match claim.await {
                Ok(document) => Ok(Taken::Job(document)),
                Err(error) if is_out_of_time(&error) => Ok(Taken::Held),
                Err(error) => Err(error),
            }
        };
        self.run("jobs.claim", work).await
    }

    /// The first of the due jobs that nobody holds.
    async fn take_another(&self, filter: Document, update: Document) -> Result<Option<Document>, StoreError> {
        let order = keys::JOBS_DUE.document();
        let options =
            FindOptions::builder().sort(order.clone()).hint(Hint::Keys(order)).projection(doc! { "_id": 1 }).limit(OTHERS).build();
        for candidate in self.all("jobs.candidates", JOBS, filter.clone(), options).await? {
            let mut one = filter.clone();
            one.insert("_id", candidate.get("_id").cloned());
            if let Taken::Job(Some(job)) = self.take(one, doc! { "_id": 1 }, update.clone(), LITTLE_PATIENCE).await? {
                return Ok(Some(job));
            }
        }
        Ok(None)
    }

    /// Runs a guarded update of one job.
    async fn settle(&self, operation: &'static str, lease: JobLease, update: Document) -> Result<(), StoreError> {
        let held = self.change_one(operation, JOBS, held(lease), update).await?;
        if held { Ok(()) } else { Err(StoreError::LeaseLost) }
    }
}

/// From when a lease given now has ended: it holds to its last millisecond.
fn lapse(now: Timestamp, lease_for: Duration) -> Bson {
    let length = i64::try_from(lease_for.as_millis()).unwrap_or(i64::MAX);
    let end = now.timestamp_millis().saturating_add(length).saturating_add(1);
    Bson::DateTime(mongodb::bson::DateTime::from_millis(end))
}

fn claimed(document: &Document) -> Result<ClaimedJob, StoreError> {
    let fields = Fields::of("job", document);
    Ok(ClaimedJob {
        lease: JobLease { job_id: fields.id("_id")?, fence: fields.number("fence")? },
        kind: fields.text("kind")?.to_owned(),
        version: fields.number("version")?,
        payload: fields.text("payload")?.to_owned(),
        attempt: fields.number("attempts")?,
        created_at: fields.time("created_at")?,
    })
}
