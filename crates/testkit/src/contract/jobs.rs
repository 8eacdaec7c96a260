//! The job queue: what is enqueued is given out once, the oldest due job first.

use std::time::Duration;

use atelier_domain::kernel::{
    ClaimedJob, EnqueueOutcome, IdempotencyKey, IdempotencyRecord, JobCounts, JobLease, NewJob, StoreError, Timestamp,
};
use chrono::TimeDelta;

use super::StoreUnderTest;
use super::concurrency::concurrently;
use crate::{job, noon, user};

/// How long the suite's leases last.
pub(crate) const LEASE: Duration = Duration::from_secs(30);

/// The kind of the suite's jobs.
pub(crate) const KIND: &str = "contract.jobs.work";

pub(crate) fn after(seconds: i64) -> Timestamp {
    noon() + TimeDelta::seconds(seconds)
}

pub(crate) async fn claim(store: &StoreUnderTest, now: Timestamp) -> Option<ClaimedJob> {
    store.jobs.claim("worker", &[KIND], now, LEASE).await.unwrap()
}

pub(crate) async fn complete(store: &StoreUnderTest, lease: JobLease, now: Timestamp) {
    let mut uow = store.wearit.begin().await.unwrap();
    uow.jobs().complete(lease, now).await.unwrap();
    uow.commit().await.unwrap();
}

/// A claimed job carries what was enqueued, and its first run is number 1.
pub async fn a_claimed_job_is_the_one_enqueued(store: &StoreUnderTest) {
    let wanted = NewJob { version: 7, payload: r#"{"text":"ü \" 李"}"#.to_owned(), ..job(KIND) };
    assert_eq!(store.enqueue(&wanted).await, EnqueueOutcome::Enqueued);
    let claimed = claim(store, noon()).await.unwrap();
    assert_eq!(claimed.lease.job_id, wanted.id);
    assert_eq!((claimed.kind, claimed.version, claimed.payload), (wanted.kind, wanted.version, wanted.payload));
    assert_eq!((claimed.attempt, claimed.created_at), (1, wanted.created_at));
    assert!(claim(store, noon()).await.is_none(), "it is given once");
}

/// A job is not given before it is due.
pub async fn a_job_waits_until_it_is_due(store: &StoreUnderTest) {
    store.enqueue(&NewJob { run_at: after(10), ..job(KIND) }).await;
    assert!(claim(store, after(10) - TimeDelta::milliseconds(1)).await.is_none());
    assert!(claim(store, after(10)).await.is_some());
}

/// Only the kinds asked for are given, and all of them.
pub async fn only_the_kinds_asked_for_are_given(store: &StoreUnderTest) {
    store.enqueue(&job("contract.jobs.a")).await;
    store.enqueue(&job("contract.jobs.b")).await;
    let claim = async |kinds: &[&str]| store.jobs.claim("w", kinds, noon(), LEASE).await.unwrap().map(|job| job.kind);
    assert_eq!(claim(&["contract.jobs.c"]).await, None);
    assert_eq!(claim(&[]).await, None);
    assert_eq!(claim(&["contract.jobs.b"]).await.as_deref(), Some("contract.jobs.b"));
    assert_eq!(claim(&["contract.jobs.c", "contract.jobs.b", "contract.jobs.a"]).await.as_deref(), Some("contract.jobs.a"));
}

/// The oldest due job comes first.
pub async fn the_oldest_due_job_comes_first(store: &StoreUnderTest) {
    let jobs = [2, 0, 1].map(|seconds| NewJob { run_at: after(seconds), created_at: after(seconds), ..job(KIND) });
    for job in &jobs {
        store.enqueue(job).await;
    }
    for expected in [jobs[1].id, jobs[2].id, jobs[0].id] {
        assert_eq!(claim(store, after(60)).await.unwrap().lease.job_id, expected);
    }
}

/// Of many workers that claim at the same time each job is given to one.
pub async fn each_job_is_given_to_one_of_many_claimers(store: &StoreUnderTest) {
    const JOBS: usize = 20;
    for _ in 0..JOBS {
        store.enqueue(&job(KIND)).await;
    }
    let outcomes = concurrently(store, |store, _| async move {
        // A worker counts what it got; contention is for the next round of the same worker, not for a new one.
        let mut claimed = Vec::new();
        loop {
            match store.jobs.claim("worker", &[KIND], noon(), LEASE).await {
                Ok(Some(job)) => claimed.push(job.lease.job_id),
                Ok(None) => return Ok(claimed),
                Err(StoreError::Contention(_)) => {}
                Err(error) => return Err(error),
            }
            tokio::task::yield_now().await;
        }
    })
    .await;
    let mut claimed: Vec<_> = outcomes.into_iter().flat_map(Result::unwrap).collect();
    assert_eq!(claimed.len(), JOBS, "none is given twice");
    claimed.sort();
    claimed.dedup();
    assert_eq!(claimed.len(), JOBS, "none is forgotten");
}

/// At most one job has a unique key, finished ones included, until they are purged.
pub async fn a_unique_key_has_one_job(store: &StoreUnderTest) {
    assert_eq!(store.enqueue(&job(KIND).unique("one")).await, EnqueueOutcome::Enqueued);
    assert_eq!(store.enqueue(&job(KIND).unique("one")).await, EnqueueOutcome::Duplicate);
    assert_eq!(store.enqueue(&job(KIND).unique("two")).await, EnqueueOutcome::Enqueued);
    assert_eq!(store.enqueue(&job(KIND)).await, EnqueueOutcome::Enqueued);
    assert_eq!(store.enqueue(&job(KIND)).await, EnqueueOutcome::Enqueued, "jobs without a key are not counted");
    assert_eq!(store.jobs.counts().await.unwrap().queued, 4);

    while let Some(claimed) = claim(store, noon()).await {
        complete(store, claimed.lease, noon()).await;
    }
    assert_eq!(store.enqueue(&job(KIND).unique("one")).await, EnqueueOutcome::Duplicate, "a finished job keeps its key");
    store.jobs.purge(after(1)).await.unwrap();
    assert_eq!(store.enqueue(&job(KIND).unique("one")).await, EnqueueOutcome::Enqueued);
}

/// A duplicate writes nothing, but spoils nothing either: the rest of the unit of work can be committed.
pub async fn a_duplicate_does_not_spoil_the_unit_of_work(store: &StoreUnderTest) {
    store.enqueue(&job(KIND).unique("spoil")).await;
    let mut uow = store.wearit.begin().await.unwrap();
    assert_eq!(uow.jobs().enqueue(&job(KIND).unique("spoil")).await.unwrap(), EnqueueOutcome::Duplicate);
    assert_eq!(uow.jobs().enqueue(&job(KIND)).await.unwrap(), EnqueueOutcome::Enqueued);
    uow.commit().await.unwrap();
    assert_eq!(store.jobs.counts().await.unwrap().queued, 2);
}

/// Of many concurrent enqueues under one key one enters.
pub async fn of_concurrent_enqueues_under_one_key_one_enters(store: &StoreUnderTest) {
    let outcomes = concurrently(store, |store, _| async move {
        let mut uow = store.wearit.begin().await?;
        let outcome = uow.jobs().enqueue(&job(KIND).unique("race")).await?;
        uow.commit().await?;
        Ok(outcome)
    })
    .await;
    let entered = outcomes.into_iter().filter(|outcome| *outcome.as_ref().unwrap() == EnqueueOutcome::Enqueued).count();
    assert_eq!((entered, store.jobs.counts().await.unwrap().queued), (1, 1));
}

/// A job is live while queued or running, not when done or given up.
pub async fn a_job_is_live_until_it_is_finished(store: &StoreUnderTest) {
    let live = async |key: &str| store.wearit.begin().await.unwrap().jobs().is_live(key).await.unwrap();
    assert!(!live("live").await);
    store.enqueue(&job(KIND).unique("live")).await;
    assert!(live("live").await);
    let claimed = claim(store, noon()).await.unwrap();
    assert!(live("live").await);
    complete(store, claimed.lease, noon()).await;
    assert!(!live("live").await);
    store.enqueue(&job(KIND).unique("hopeless")).await;
    let claimed = claim(store, noon()).await.unwrap();
    store.jobs.fail(claimed.lease, noon(), "e").await.unwrap();
    assert!(!live("hopeless").await);
}

/// Jobs are counted by state; one whose lease ended still runs.
pub async fn jobs_are_counted_by_state(store: &StoreUnderTest) {
    for seconds in 0..4 {
        store.enqueue(&NewJob { run_at: after(seconds), created_at: after(seconds), ..job(KIND) }).await;
    }
    let [done, failed, _running] =
        [claim(store, after(9)).await.unwrap(), claim(store, after(9)).await.unwrap(), claim(store, after(9)).await.unwrap()];
    complete(store, done.lease, after(9)).await;
    store.jobs.fail(failed.lease, after(9), "e").await.unwrap();
    assert_eq!(store.jobs.counts().await.unwrap(), JobCounts { queued: 1, running: 1, done: 1, failed: 1 });
}

/// The place in the queue counts queued jobs of the kind that were enqueued before.
pub async fn the_place_in_the_queue_is_counted(store: &StoreUnderTest) {
    for seconds in 0..3 {
        store.enqueue(&NewJob { run_at: after(seconds), created_at: after(seconds), ..job(KIND) }).await;
        store.enqueue(&NewJob { created_at: after(seconds), ..job("contract.jobs.other") }).await;
    }
    assert_eq!(store.jobs.queued_before(KIND, after(2)).await.unwrap(), 2);
    assert_eq!(store.jobs.queued_before(KIND, after(0)).await.unwrap(), 0);
    assert_eq!(store.jobs.queued_before(KIND, after(60)).await.unwrap(), 3);
    claim(store, after(9)).await.unwrap();
    assert_eq!(store.jobs.queued_before(KIND, after(2)).await.unwrap(), 1, "a running job is in nobody's way");
}

/// Purging removes jobs finished before the instant, done or failed, and idempotency records expired before it; nothing else.
pub async fn finished_jobs_and_expired_records_are_purged(store: &StoreUnderTest) {
    for seconds in 0..4 {
        store.enqueue(&NewJob { run_at: after(seconds), created_at: after(seconds), ..job(KIND) }).await;
    }
    let done = claim(store, after(9)).await.unwrap();
    complete(store, done.lease, after(10)).await;
    let failed = claim(store, after(9)).await.unwrap();
    store.jobs.fail(failed.lease, after(10), "e").await.unwrap();
    let recent = claim(store, after(9)).await.unwrap();
    complete(store, recent.lease, after(100)).await;
    let owner = user();
    let mut uow = store.wearit.begin().await.unwrap();
    for (key, expires_at) in [("old", after(20)), ("new", after(2_000))] {
        let key = IdempotencyKey::parse(key).unwrap();
        let record = IdempotencyRecord { user_id: owner, key, fingerprint: "f".to_owned(), resource: "r".to_owned(), expires_at };
        uow.idempotency().insert(&record, noon()).await.unwrap();
    }
    uow.commit().await.unwrap();

    assert_eq!(store.jobs.purge(after(50)).await.unwrap(), 3, "two jobs and a record");
    assert_eq!(store.jobs.purge(after(50)).await.unwrap(), 0);
    assert_eq!(store.jobs.counts().await.unwrap(), JobCounts { queued: 1, done: 1, ..JobCounts::default() });
    let mut uow = store.wearit.begin().await.unwrap();
    let [old, new] = ["old", "new"].map(|key| IdempotencyKey::parse(key).unwrap());
    assert!(uow.idempotency().find(owner, &old, noon()).await.unwrap().is_none());
    assert!(uow.idempotency().find(owner, &new, noon()).await.unwrap().is_some());
}

/// Who waits for work is woken by an enqueue, long before the time is up.
pub async fn an_enqueue_wakes_who_waits(store: &StoreUnderTest) {
    let (claimed, mut received) = tokio::sync::mpsc::unbounded_channel();
    let worker = {
        let store = store.clone();
        tokio::spawn(async move {
            loop {
                while let Some(job) = store.jobs.claim("w", &[KIND], noon(), LEASE).await.unwrap() {
                    claimed.send(job.lease.job_id).unwrap();
                }
                store.jobs.wait_for_work(Duration::from_secs(300)).await;
            }
        })
    };
    for _ in 0..5 {
        let wanted = job(KIND);
        store.enqueue(&wanted).await;
        let job_id = tokio::time::timeout(Duration::from_secs(20), received.recv()).await.expect("woken long before the time is up");
        assert_eq!(job_id, Some(wanted.id));
        // The promise holds at any moment. Most of all it is wanted while the worker waits, which it does soon.
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    worker.abort();
}

/// Waiting for work ends when the time is up.
pub async fn waiting_for_work_ends_in_time(store: &StoreUnderTest) {
    tokio::time::timeout(Duration::from_secs(20), store.jobs.wait_for_work(Duration::from_millis(5))).await.unwrap();
}
