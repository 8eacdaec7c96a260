//! The runner over the store in memory, with leases of a fraction of a second.

mod leases;
mod outcomes;
mod running;

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use atelier_adapter_memory::MemoryStore;
use atelier_domain::identity::IdentityStore;
use atelier_domain::kernel::{Backoff, ClaimedJob, Clock, JobCounts, JobError, JobHandler, JobLease, JobQueue, StoreError, Timestamp};
use atelier_testkit::{job, noon};
use futures_util::future::BoxFuture;
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{Scheduler, Worker, WorkerTimes};

const KIND: &str = "test.thing.do";
const TIMES: WorkerTimes =
    WorkerTimes { lease: Duration::from_millis(300), poll: Duration::from_millis(10), drain: Duration::from_millis(500) };

/// Noon, and from then on as fast as real time.
struct RunningClock(Instant);

impl Clock for RunningClock {
    fn now(&self) -> Timestamp {
        noon() + self.0.elapsed()
    }
}

type Work = Box<dyn Fn(ClaimedJob) -> BoxFuture<'static, Result<(), JobError>> + Send + Sync>;

/// Does what the test says.
struct TestHandler {
    work: Work,
    attempts: u32,
    runs: AtomicUsize,
    given_up: AtomicUsize,
}

#[async_trait::async_trait]
impl JobHandler for TestHandler {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn backoff(&self) -> Backoff {
        Backoff { attempts: self.attempts, first: Duration::from_millis(10), longest: Duration::from_millis(20) }
    }

    async fn run(&self, job: &ClaimedJob) -> Result<(), JobError> {
        self.runs.fetch_add(1, Ordering::SeqCst);
        (self.work)(job.clone()).await
    }

    async fn give_up(&self, _job: &ClaimedJob, _error: &JobError) -> Result<(), JobError> {
        self.given_up.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }
}

impl TestHandler {
    fn runs(&self) -> usize {
        self.runs.load(Ordering::SeqCst)
    }

    fn given_up(&self) -> usize {
        self.given_up.load(Ordering::SeqCst)
    }
}

/// A store, its clock, and workers on it.
struct Bench {
    store: MemoryStore,
    clock: Arc<RunningClock>,
}

struct Running {
    shutdown: CancellationToken,
    task: JoinHandle<()>,
}

impl Running {
    async fn stop(self) {
        self.shutdown.cancel();
        self.task.await.unwrap();
    }
}

impl Bench {
    fn new() -> Self {
        Self { store: MemoryStore::new(), clock: Arc::new(RunningClock(Instant::now())) }
    }

    fn handler<F>(&self, attempts: u32, work: impl Fn(MemoryStore, ClaimedJob) -> F + Send + Sync + 'static) -> Arc<TestHandler>
    where
        F: Future<Output = Result<(), JobError>> + Send + 'static,
    {
        let store = self.store.clone();
        let work: Work = Box::new(move |job| Box::pin(work(store.clone(), job)));
        Arc::new(TestHandler { work, attempts, runs: AtomicUsize::new(0), given_up: AtomicUsize::new(0) })
    }

    fn start(&self, handler: &Arc<TestHandler>, concurrency: usize, scheduler: Option<Scheduler>) -> Running {
        let shutdown = CancellationToken::new();
        let worker = Worker::new(Arc::new(self.store.clone()), vec![handler.clone()], self.clock.clone(), concurrency, "test", scheduler);
        let task = tokio::spawn(worker.with_times(TIMES).run(shutdown.clone()));
        Running { shutdown, task }
    }

    async fn enqueue(&self, count: usize) {
        let mut uow = IdentityStore::begin(&self.store).await.unwrap();
        for _ in 0..count {
            uow.jobs().enqueue(&job(KIND)).await.unwrap();
        }
        uow.commit().await.unwrap();
    }

    async fn claim(&self, at: Timestamp, lease_for: Duration) -> ClaimedJob {
        self.store.claim("other", &[KIND], at, lease_for).await.unwrap().unwrap()
    }

    async fn counts(&self) -> JobCounts {
        self.store.counts().await.unwrap()
    }

    async fn reaches(&self, wanted: impl Fn(JobCounts) -> bool) {
        let look = async {
            while !wanted(self.counts().await) {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), look).await.unwrap();
    }
}

async fn complete(store: &MemoryStore, lease: JobLease) -> Result<(), StoreError> {
    let mut uow = IdentityStore::begin(store).await?;
    uow.jobs().complete(lease, noon()).await?;
    uow.commit().await
}
