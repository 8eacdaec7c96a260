//! Leases: a run's writes count only while nobody else has taken the job over.

use atelier_domain::kernel::{EnqueueOutcome, JobCounts, JobLease, StoreError};

use super::StoreUnderTest;
use super::jobs::{KIND, LEASE, after, claim, complete};
use crate::{body, job, noon, user};

async fn guard(store: &StoreUnderTest, lease: JobLease) -> Result<(), StoreError> {
    let mut uow = store.wearit.begin().await.unwrap();
    uow.jobs().guard(lease).await
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

/// A lost guard stops the unit of work it stands in: what follows is not written.
pub async fn a_lost_lease_keeps_its_writes_out(store: &StoreUnderTest) {
    store.enqueue(&job(KIND)).await;
    let first = claim(store, noon()).await.unwrap();
    let second = claim(store, after(31)).await.unwrap();
    let owner = user();
    let write = async |lease: JobLease| -> Result<(), StoreError> {
        let mut uow = store.wearit.begin().await?;
        uow.bodies().insert(&body(owner)).await?;
        uow.jobs().complete(lease, after(32)).await?;
        uow.commit().await
    };
    assert!(matches!(write(first.lease).await, Err(StoreError::LeaseLost)));
    assert!(store.wearit.bodies().find(owner).await.unwrap().is_none());
    write(second.lease).await.unwrap();
    assert!(store.wearit.bodies().find(owner).await.unwrap().is_some());
}
