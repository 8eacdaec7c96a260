//! Several processes on one database (two stores are as two processes).

use std::collections::BTreeSet;
use std::time::Duration;

use atelier_adapter_mongo::MongoStore;
use atelier_domain::identity::IdentityStore;
use atelier_domain::kernel::{JobId, JobQueue, StoreError, UserId, retry_on_contention};
use atelier_domain::wearit::WearitStore;
use atelier_testkit::contract::present;
use atelier_testkit::{account, job, noon};
use chrono::TimeDelta;

use crate::place::Place;

const WRITERS: usize = 4;
const TURNS: usize = 5;
const BURST: usize = 40;

async fn one_more(store: &MongoStore, id: UserId) -> Result<(), StoreError> {
    let mut uow = IdentityStore::begin(store).await?;
    let mut person = uow.accounts().find(id).await?.unwrap();
    person.updated_at += TimeDelta::milliseconds(1);
    uow.accounts().update(&person).await?;
    uow.commit().await
}

async fn add_person(store: &MongoStore) -> UserId {
    let person = account("counter@example.org");
    let mut uow = IdentityStore::begin(store).await.unwrap();
    uow.accounts().insert(&person).await.unwrap();
    uow.commit().await.unwrap();
    person.id
}

/// With the few tries that use cases have.
async fn write(store: &MongoStore, id: UserId) -> bool {
    match retry_on_contention(|| one_more(store, id), |error: &StoreError| Some(error)).await {
        Ok(()) => true,
        Err(StoreError::Contention(_)) => false,
        Err(error) => panic!("{error:?}"),
    }
}

async fn counted(store: &MongoStore, id: UserId) -> usize {
    let updated_at = IdentityStore::accounts(store).find(id).await.unwrap().unwrap().updated_at;
    usize::try_from((updated_at - noon()).num_milliseconds()).unwrap()
}

#[tokio::test]
async fn writers_of_two_processes_lose_no_update() {
    let Some(place) = present(Place::new(), "writers") else { return };
    let stores = [place.open().await, place.open().await];
    let id = add_person(&stores[0]).await;
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let store = stores[writer % 2].clone();
            tokio::spawn(async move {
                let mut written = 0;
                for _ in 0..TURNS {
                    written += usize::from(write(&store, id).await);
                }
                written
            })
        })
        .collect();
    let mut written = 0;
    for writer in writers {
        written += writer.await.unwrap();
    }
    assert_eq!(counted(&stores[1], id).await, written);
    assert!(written >= WRITERS * TURNS * 3 / 4, "contenders are kept apart: only {written} got through");
}

/// A burst of requests that all write one row: each gets through with the few tries it has.
#[tokio::test]
async fn a_burst_of_writers_of_one_row_gets_through() {
    let Some(place) = present(Place::new(), "burst") else { return };
    let store = place.open().await;
    let id = add_person(&store).await;
    let writers: Vec<_> = (0..BURST)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move { write(&store, id).await })
        })
        .collect();
    for writer in writers {
        assert!(writer.await.unwrap(), "it was told of contention");
    }
    assert_eq!(counted(&store, id).await, BURST);
}

#[tokio::test]
async fn workers_of_two_processes_share_the_jobs_and_get_each_once() {
    let Some(place) = present(Place::new(), "workers") else { return };
    let stores = [place.open().await, place.open().await];
    let jobs: Vec<_> = (0..100).map(|_| job("test.share")).collect();
    let mut uow = WearitStore::begin(&stores[0]).await.unwrap();
    for job in &jobs {
        uow.jobs().enqueue(job).await.unwrap();
    }
    uow.commit().await.unwrap();
    let workers: Vec<_> = (0..2 * WRITERS)
        .map(|worker| {
            let store = stores[worker % 2].clone();
            tokio::spawn(async move {
                let mut claimed: Vec<JobId> = Vec::new();
                while let Some(job) = store.claim("w", &["test.share"], noon(), Duration::from_secs(60)).await.unwrap() {
                    claimed.push(job.lease.job_id);
                }
                claimed
            })
        })
        .collect();
    let mut claimed = Vec::new();
    for worker in workers {
        claimed.extend(worker.await.unwrap());
    }
    assert_eq!(claimed.len(), jobs.len(), "no job twice");
    assert_eq!(claimed.into_iter().collect::<BTreeSet<_>>(), jobs.iter().map(|job| job.id).collect());
}

/// Readers go on while a unit of work is under way.
#[tokio::test]
async fn reading_does_not_wait_for_a_writer() {
    let Some(place) = present(Place::new(), "readers") else { return };
    let (here, there) = (place.open().await, place.open().await);
    let person = account("reader@example.org");
    let mut uow = IdentityStore::begin(&here).await.unwrap();
    uow.accounts().insert(&person).await.unwrap();
    for store in [&here, &there] {
        assert!(IdentityStore::accounts(store).find(person.id).await.unwrap().is_none(), "uncommitted");
    }
    uow.commit().await.unwrap();
    for store in [&here, &there] {
        assert!(IdentityStore::accounts(store).find(person.id).await.unwrap().is_some(), "committed");
    }
}
