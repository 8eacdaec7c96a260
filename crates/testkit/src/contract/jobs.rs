//! The job queue: at least once, by lease, with a fencing number.

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

const KIND: &str = "contract.jobs.work";

fn after(seconds: i64) -> Timestamp {
    noon() + TimeDelta::seconds(seconds)
}

async fn claim(store: &StoreUnderTest, now: Timestamp) -> Option<ClaimedJob> {
    store.jobs.claim("worker", &[KIND], now, LEASE).await.unwrap()
}

async fn guard(store: &StoreUnderTest, lease: JobLease) -> Result<(), StoreError> {
    let mut uow = store.wearit.begin().await.unwrap();
    uow.jobs().guard(lease).await
}

async fn complete(store: &StoreUnderTest, lease: JobLease, now: Timestamp) {
    let mut uow = store.wearit.begin().await.unwrap();
    uow.jobs().complete(lease, now).await.unwrap();
    uow.commit().await.unwrap();
}

/// Checks that no write under this lease is taken, inside or outside a unit of work, and that trying changes nothing.
async fn assert_lost(store: &StoreUnderTest, lease: JobLease) {
    let before = store.jobs.counts().await.unwrap();
    let lost = |result: Result<(), StoreError>| matches!(result, Err(StoreError::LeaseLost));
    assert!(lost(guard(store, lease).await), "guard");
    let mut uow = store.wearit.begin().await.unwrap();
    assert!(lost(uow.jobs().complete(lease, noon()).await), "complete");
    drop(uow);
    let mut uow = store.wearit.begin().await.unwrap();
    assert!(lost(uow.jobs().forget(lease).await), "forget");
    drop(uow);
    assert!(lost(store.jobs.heartbeat(lease, noon(), LEASE).await), "heartbeat");
    assert!(lost(store.jobs.retry(lease, noon(), "e").await), "retry");
    assert!(lost(store.jobs.fail(lease, noon(), "e").await), "fail");
    assert!(lost(store.jobs.release(lease, noon()).await), "release");
    assert_eq!(store.jobs.counts().await.unwrap(), before);
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

/// When a lease ends without a heartbeat, the job is given again: a higher fence, the attempt counted, the first worker out.
pub async fn an_ended_lease_is_taken_over(store: &StoreUnderTest) {
    store.enqueue(&job(KIND)).await;
    let first = claim(store, noon()).await.unwrap();
    assert!(claim(store, after(29)).await.is_none(), "the lease holds");
    let second = claim(store, after(31)).await.unwrap();
    assert_eq!((second.lease.job_id, second.attempt), (first.lease.job_id, 2));
    assert!(second.lease.fence > first.lease.fence);
    assert_lost(store, first.lease).await;
    guard(store, second.lease).await.unwrap();
    complete(store, second.lease, after(32)).await;
    assert_lost(store, first.lease).await;
}

/// A heartbeat keeps the job for another lease's length from now.
pub async fn a_heartbeat_extends_the_lease(store: &StoreUnderTest) {
    store.enqueue(&job(KIND)).await;
    let claimed = claim(store, noon()).await.unwrap();
    store.jobs.heartbeat(claimed.lease, after(25), LEASE).await.unwrap();
    assert!(claim(store, after(50)).await.is_none());
    guard(store, claimed.lease).await.unwrap();
    assert!(claim(store, after(56)).await.is_some());
}

/// A lease that ended but was taken over by nobody is still good: its work is not thrown away.
pub async fn an_ended_lease_nobody_took_over_is_good(store: &StoreUnderTest) {
    store.enqueue(&job(KIND)).await;
    let claimed = claim(store, noon()).await.unwrap();
    store.jobs.heartbeat(claimed.lease, after(100), LEASE).await.unwrap();
    assert!(claim(store, after(101)).await.is_none());
    complete(store, claimed.lease, after(102)).await;
}

/// A completed job is not given again, and its lease is over.
pub async fn a_completed_job_is_done(store: &StoreUnderTest) {
    store.enqueue(&job(KIND)).await;
    let claimed = claim(store, noon()).await.unwrap();
    complete(store, claimed.lease, noon()).await;
    assert!(claim(store, after(1_000)).await.is_none());
    assert_eq!(store.jobs.counts().await.unwrap(), JobCounts { done: 1, ..JobCounts::default() });
    assert_lost(store, claimed.lease).await;
}

/// Completion is part of its unit of work: dropped, the job still runs.
pub async fn a_dropped_completion_does_not_count(store: &StoreUnderTest) {
    store.enqueue(&job(KIND)).await;
    let claimed = claim(store, noon()).await.unwrap();
    let mut uow = store.wearit.begin().await.unwrap();
    uow.jobs().complete(claimed.lease, noon()).await.unwrap();
    drop(uow);
    guard(store, claimed.lease).await.unwrap();
    assert_eq!(store.jobs.counts().await.unwrap().running, 1);
}

/// A forgotten job leaves no row, and its unique key is free.
pub async fn a_forgotten_job_leaves_no_row(store: &StoreUnderTest) {
    store.enqueue(&job(KIND).unique("forget")).await;
    let claimed = claim(store, noon()).await.unwrap();
    let mut uow = store.wearit.begin().await.unwrap();
    uow.jobs().forget(claimed.lease).await.unwrap();
    uow.commit().await.unwrap();
    assert_eq!(store.jobs.counts().await.unwrap(), JobCounts::default());
    assert_lost(store, claimed.lease).await;
    assert_eq!(store.enqueue(&job(KIND).unique("forget")).await, EnqueueOutcome::Enqueued);
}

/// A job put back for another try comes when it is due, with the attempt counted; the old lease is over at once.
pub async fn a_retried_job_comes_again(store: &StoreUnderTest) {
    store.enqueue(&job(KIND)).await;
    let first = claim(store, noon()).await.unwrap();
    store.jobs.retry(first.lease, after(5), "the first try failed").await.unwrap();
    assert_eq!(store.jobs.counts().await.unwrap(), JobCounts { queued: 1, ..JobCounts::default() });
    assert_lost(store, first.lease).await;
    assert!(claim(store, after(4)).await.is_none());
    let second = claim(store, after(5)).await.unwrap();
    assert_eq!(second.attempt, 2);
    assert!(second.lease.fence > first.lease.fence);
}

/// A job that is given up is not given again.
pub async fn a_failed_job_is_given_up(store: &StoreUnderTest) {
    store.enqueue(&job(KIND)).await;
    let claimed = claim(store, noon()).await.unwrap();
    store.jobs.fail(claimed.lease, noon(), "hopeless").await.unwrap();
    assert!(claim(store, after(1_000)).await.is_none());
    assert_eq!(store.jobs.counts().await.unwrap(), JobCounts { failed: 1, ..JobCounts::default() });
    assert_lost(store, claimed.lease).await;
}

/// A released job is due at once, and the attempt was none.
pub async fn a_released_job_does_not_count_the_attempt(store: &StoreUnderTest) {
    store.enqueue(&job(KIND)).await;
    let first = claim(store, noon()).await.unwrap();
    store.jobs.release(first.lease, after(1)).await.unwrap();
    assert_lost(store, first.lease).await;
    let second = claim(store, after(1)).await.unwrap();
    assert_eq!(second.attempt, 1);
    assert!(second.lease.fence > first.lease.fence);
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

/// A lost guard stops the unit of work it stands in: what follows is not written.
pub async fn a_lost_lease_keeps_its_writes_out(store: &StoreUnderTest) {
    store.enqueue(&job(KIND)).await;
    let first = claim(store, noon()).await.unwrap();
    let second = claim(store, after(31)).await.unwrap();
    let owner = user();
    let write = async |lease: JobLease| -> Result<(), StoreError> {
        let mut uow = store.wearit.begin().await?;
        uow.bodies().insert(&crate::body(owner)).await?;
        uow.jobs().complete(lease, after(32)).await?;
        uow.commit().await
    };
    assert!(matches!(write(first.lease).await, Err(StoreError::LeaseLost)));
    assert!(store.wearit.bodies().find(owner).await.unwrap().is_none());
    write(second.lease).await.unwrap();
    assert!(store.wearit.bodies().find(owner).await.unwrap().is_some());
}

/// Who waits for work is woken by an enqueue, long before the time is up.
pub async fn an_enqueue_wakes_who_waits(store: &StoreUnderTest) {
    let waiter = {
        let store = store.clone();
        tokio::spawn(async move {
            loop {
                if let Some(job) = store.jobs.claim("w", &[KIND], noon(), LEASE).await.unwrap() {
                    return job;
                }
                store.jobs.wait_for_work(Duration::from_secs(300)).await;
            }
        })
    };
    tokio::task::yield_now().await;
    let wanted = job(KIND);
    store.enqueue(&wanted).await;
    let claimed = tokio::time::timeout(Duration::from_secs(20), waiter).await.unwrap().unwrap();
    assert_eq!(claimed.lease.job_id, wanted.id);
}

/// Waiting for work ends when the time is up.
pub async fn waiting_for_work_ends_in_time(store: &StoreUnderTest) {
    tokio::time::timeout(Duration::from_secs(20), store.jobs.wait_for_work(Duration::from_millis(5))).await.unwrap();
}
