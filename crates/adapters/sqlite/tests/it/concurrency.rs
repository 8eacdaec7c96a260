//! Several writers on one file, in two processes.

use std::collections::BTreeSet;
use std::time::Duration;

use atelier_adapter_sqlite::SqliteStore;
use atelier_domain::challenge::ChallengeStore;
use atelier_domain::challenge::enrolments::{EnrolmentKey, QuotaKind, Reservation};
use atelier_domain::challenge::hackathons::Quotas;
use atelier_domain::identity::IdentityStore;
use atelier_domain::kernel::{JobId, JobQueue, StoreError, UserId, retry_on_contention};
use atelier_domain::wearit::WearitStore;
use atelier_testkit::{account, enrolment, hackathon, job, noon, prompt, user};
use chrono::TimeDelta;

use crate::opening::Place;

const WRITERS: usize = 4;
const TURNS: usize = 10;

async fn one_more(store: &SqliteStore, id: UserId) -> Result<(), StoreError> {
    let mut uow = IdentityStore::begin(store).await?;
    let mut person = uow.accounts().find(id).await?.unwrap();
    tokio::task::yield_now().await;
    person.updated_at += TimeDelta::milliseconds(1);
    uow.accounts().update(&person).await?;
    uow.commit().await
}

#[tokio::test]
async fn writers_of_two_processes_lose_no_update() {
    let place = Place::new();
    let stores = [place.open().await, place.open().await];
    let person = account("counter@example.org");
    let mut uow = IdentityStore::begin(&stores[0]).await.unwrap();
    uow.accounts().insert(&person).await.unwrap();
    uow.commit().await.unwrap();

    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let (store, id) = (stores[writer % 2].clone(), person.id);
            tokio::spawn(async move {
                for _ in 0..TURNS {
                    retry_on_contention(|| one_more(&store, id), |error: &StoreError| Some(error)).await.unwrap();
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    let counted = IdentityStore::accounts(&stores[1]).find(person.id).await.unwrap().unwrap().updated_at - noon();
    assert_eq!(counted, TimeDelta::milliseconds((WRITERS * TURNS) as i64));
}

#[tokio::test]
async fn workers_of_two_processes_share_the_jobs_and_get_each_once() {
    let place = Place::new();
    let stores = [place.open().await, place.open().await];
    let jobs: Vec<_> = (0..20).map(|_| job("test.share")).collect();
    let mut uow = WearitStore::begin(&stores[0]).await.unwrap();
    for job in &jobs {
        uow.jobs().enqueue(job).await.unwrap();
    }
    uow.commit().await.unwrap();

    let workers: Vec<_> = (0..WRITERS)
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

/// Readers go on while a unit of work holds the write lock.
#[tokio::test]
async fn reading_does_not_wait_for_a_writer() {
    let place = Place::new();
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

/// A caller that is dropped while it waits its turn or holds it leaves the writer usable.
#[tokio::test]
async fn abandoned_units_of_work_do_not_block_the_writer() {
    let place = Place::new();
    let store = place.open().await;
    for _ in 0..20 {
        let held = IdentityStore::begin(&store).await.unwrap();
        let waiting = tokio::spawn({
            let store = store.clone();
            async move { IdentityStore::begin(&store).await.map(drop) }
        });
        tokio::task::yield_now().await;
        waiting.abort();
        drop(held);
    }
    let person = account("after@example.org");
    let mut uow = IdentityStore::begin(&store).await.unwrap();
    uow.accounts().insert(&person).await.unwrap();
    uow.commit().await.unwrap();
    assert!(IdentityStore::accounts(&store).find(person.id).await.unwrap().is_some());
}

/// Whether a prompt was let through, and which quota kept the others back.
async fn one_prompt(store: &SqliteStore, key: EnrolmentKey, quotas: Quotas) -> Result<Result<(), QuotaKind>, StoreError> {
    let mut uow = ChallengeStore::begin(store).await?;
    let mut enrolled = uow.enrolments().find(key).await?.unwrap();
    tokio::task::yield_now().await;
    let tokens = match enrolled.ledger.available(quotas, 100, 50) {
        Ok(tokens) => tokens,
        Err(exceeded) => return Ok(Err(exceeded.quota)),
    };
    enrolled.ledger.reserve(Reservation { message_id: prompt("").id, tokens, at: noon() });
    uow.enrolments().update(&enrolled).await?;
    uow.commit().await?;
    Ok(Ok(()))
}

#[tokio::test]
async fn of_two_hundred_prompts_of_two_processes_the_quota_lets_thirty_through() {
    let place = Place::new();
    let stores = [place.open().await, place.open().await];
    let first = enrolment(hackathon().id, user());
    let (key, quotas) = (first.key, Quotas { prompts: 30, tokens: 1_000_000 });
    let mut uow = ChallengeStore::begin(&stores[0]).await.unwrap();
    uow.enrolments().insert(&first).await.unwrap();
    uow.commit().await.unwrap();

    let prompts: Vec<_> = (0..200)
        .map(|number| {
            let store = stores[number % 2].clone();
            tokio::spawn(
                async move { retry_on_contention(|| one_prompt(&store, key, quotas), |error: &StoreError| Some(error)).await.unwrap() },
            )
        })
        .collect();
    let mut let_through = 0;
    for prompt in prompts {
        match prompt.await.unwrap() {
            Ok(()) => let_through += 1,
            Err(quota) => assert_eq!(quota, QuotaKind::Prompts),
        }
    }
    let ledger = ChallengeStore::enrolments(&stores[1]).find(key).await.unwrap().unwrap().ledger;
    assert_eq!((let_through, ledger.reservations.len(), ledger.left(quotas).prompts_free()), (30, 30, 0));
}
