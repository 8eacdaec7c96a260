//! Jobs claimed per second on MongoDB, by 1 to 16 claimers with a connection pool of their own each, as worker processes have.
//!
//! Needs `TEST_MONGODB_URI` (`tests/servers/services.sh up mongo`); prints a Markdown table.
#![expect(clippy::unwrap_used, reason = "a measurement fails by panicking")]
#![expect(clippy::print_stdout, reason = "the measurements are this program's output")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use atelier_adapter_credentials::{ObjectIds, SystemClock};
use atelier_adapter_mongo::{MongoOptions, MongoStore};
use atelier_domain::kernel::{Clock, EntityId, IdGenerator, JobId, JobQueue, NewJob, SecretString, retry_on_contention};
use atelier_domain::wearit::WearitStore;
use futures_util::future::join_all;

const JOBS: usize = 1_000;
const PER_UNIT_OF_WORK: usize = 200;
const CLAIMERS: [usize; 5] = [1, 2, 4, 8, 16];
const KIND: &str = "bench.claims.nothing";
/// Longer than the measurement: no claimed job comes back.
const LEASE: Duration = Duration::from_secs(24 * 60 * 60);

/// A database of this run's own: nothing is left in it from another.
async fn open(uri: &SecretString, ids: &ObjectIds) -> Vec<MongoStore> {
    let database = format!("bench_claims_{}", JobId::from_bytes(ids.next_bytes()));
    let mut stores = Vec::new();
    for _ in 0..CLAIMERS[CLAIMERS.len() - 1] {
        stores.push(connect(uri, &database).await);
    }
    stores
}

async fn connect(uri: &SecretString, database: &str) -> MongoStore {
    MongoStore::connect(uri, Some(database), MongoOptions::default(), Arc::new(SystemClock)).await.unwrap()
}

async fn enqueue(store: &MongoStore, ids: &ObjectIds) {
    for _ in 0..JOBS / PER_UNIT_OF_WORK {
        let mut uow = store.begin().await.unwrap();
        for _ in 0..PER_UNIT_OF_WORK {
            let now = SystemClock.now();
            let job = NewJob {
                id: JobId::from_bytes(ids.next_bytes()),
                kind: KIND.to_owned(),
                version: 1,
                payload: r#"{"user_id":"507f1f77bcf86cd799439011","tryon_id":"507f1f77bcf86cd799439013"}"#.to_owned(),
                run_at: now,
                unique_key: None,
                user_id: None,
                created_at: now,
            };
            uow.jobs().enqueue(&job).await.unwrap();
        }
        uow.commit().await.unwrap();
    }
}

/// Claims until nothing is left; with `complete`, each job is marked done in a unit of work of its own.
async fn drain(store: &MongoStore, worker: usize, complete: bool) -> usize {
    let name = format!("claimer {worker}");
    let mut claimed = 0;
    while let Some(job) = store.claim(&name, &[KIND], SystemClock.now(), LEASE).await.unwrap() {
        claimed += 1;
        if complete {
            let done = || async {
                let mut uow = store.begin().await?;
                uow.jobs().complete(job.lease, SystemClock.now()).await?;
                uow.commit().await
            };
            retry_on_contention(done, |error| Some(error)).await.unwrap();
        }
    }
    claimed
}

async fn measure(uri: &SecretString) {
    let ids = ObjectIds::new(Arc::new(SystemClock));
    let stores = open(uri, &ids).await;
    println!("| claimers | claimed/s | claimed and completed/s |\n| --- | --- | --- |");
    for claimers in CLAIMERS {
        let mut rates = Vec::new();
        for complete in [false, true] {
            enqueue(&stores[0], &ids).await;
            let begun = Instant::now();
            let claiming = (0..claimers).map(|worker| {
                let store = stores[worker].clone();
                tokio::spawn(async move { drain(&store, worker, complete).await })
            });
            let claimed: usize = join_all(claiming).await.into_iter().map(Result::unwrap).sum();
            assert_eq!(claimed, JOBS, "every job is claimed once");
            rates.push(claimed as f64 / begun.elapsed().as_secs_f64());
        }
        println!("| {claimers} | {:.0} | {:.0} |", rates[0], rates[1]);
    }
    for store in &stores {
        store.close().await;
    }
}

#[expect(clippy::disallowed_methods, reason = "a measurement is configured by its environment")]
fn main() {
    match std::env::var("TEST_MONGODB_URI") {
        Ok(uri) => tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(measure(&SecretString::from(uri))),
        Err(_) => println!("claims: not measured, TEST_MONGODB_URI is not set"),
    }
}
