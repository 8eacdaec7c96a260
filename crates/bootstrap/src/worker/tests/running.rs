//! Slots, sharing, schedules, drain.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use atelier_domain::identity::IdentityStore;
use atelier_domain::kernel::{Backoff, ClaimedJob, Clock, JobError, JobHandler, JobPayload};
use atelier_testkit::{SeededIds, job};
use tokio::sync::{Barrier, Notify};
use tokio_util::sync::CancellationToken;

use super::{Bench, KIND, TIMES, TestHandler, complete};
use crate::worker::{Schedule, Scheduler, Worker};

#[derive(serde::Serialize, serde::Deserialize)]
struct Nothing {}

impl JobPayload for Nothing {
    const KIND: &'static str = KIND;
    const VERSION: u16 = 1;
}

#[tokio::test]
async fn as_many_jobs_run_at_once_as_there_are_slots() {
    let bench = Bench::new();
    bench.enqueue(6).await;
    // Each run waits for two others: with fewer slots nothing would ever end.
    let barrier = Arc::new(Barrier::new(3));
    let handler = bench.handler(1, move |store, job| {
        let barrier = barrier.clone();
        async move {
            barrier.wait().await;
            Ok(complete(&store, job.lease).await?)
        }
    });
    let worker = bench.start(&handler, 3, None);
    bench.reaches(|counts| counts.done == 6).await;
    worker.stop().await;
    assert_eq!(handler.runs(), 6);
}

#[tokio::test]
async fn no_more_jobs_run_at_once_than_there_are_slots() {
    let bench = Bench::new();
    bench.enqueue(5).await;
    let go_on = Arc::new(Notify::new());
    let handler = bench.handler(1, {
        let go_on = go_on.clone();
        move |store, job| {
            let go_on = go_on.clone();
            async move {
                go_on.notified().await;
                Ok(complete(&store, job.lease).await?)
            }
        }
    });
    let worker = bench.start(&handler, 2, None);
    for done in 0..5 {
        bench.reaches(|counts| counts.running == 2.min(5 - done) && counts.done == done).await;
        go_on.notify_one();
    }
    bench.reaches(|counts| counts.done == 5).await;
    worker.stop().await;
}

#[tokio::test]
async fn a_full_lane_holds_up_no_job_of_the_others() {
    const SLOW: &str = "test.slow.do";
    let bench = Bench::new();
    let mut uow = IdentityStore::begin(&bench.store).await.unwrap();
    for _ in 0..4 {
        uow.jobs().enqueue(&job(SLOW)).await.unwrap();
    }
    uow.commit().await.unwrap();
    let go_on = Arc::new(Notify::new());
    let (waits, quick) = (go_on.clone(), bench.handler(1, |store, job| async move { Ok(complete(&store, job.lease).await?) }));
    let slow = bench.handler(1, move |store, job| {
        let go_on = waits.clone();
        async move {
            go_on.notified().await;
            Ok(complete(&store, job.lease).await?)
        }
    });
    let handlers: Vec<Arc<dyn JobHandler>> = vec![quick.clone(), Arc::new(Named(SLOW, slow.clone()))];
    let worker = Worker::new(Arc::new(bench.store.clone()), handlers, bench.clock.clone(), 1, "test", None);
    let shutdown = CancellationToken::new();
    let task = tokio::spawn(worker.with_lane(&[SLOW], 2).with_times(TIMES).run(shutdown.clone()));
    bench.reaches(|counts| counts.running == 2 && counts.queued == 2).await;
    bench.enqueue(3).await;
    bench.reaches(|counts| counts.done == 3 && counts.running == 2).await;
    assert_eq!((quick.runs(), slow.runs()), (3, 2), "the lane has two slots");
    for done in 4..=7 {
        go_on.notify_one();
        bench.reaches(|counts| counts.done == done).await;
    }
    shutdown.cancel();
    task.await.unwrap();
}

/// A handler under another name.
struct Named(&'static str, Arc<TestHandler>);

#[async_trait::async_trait]
impl JobHandler for Named {
    fn kind(&self) -> &'static str {
        self.0
    }

    fn backoff(&self) -> Backoff {
        self.1.backoff()
    }

    async fn run(&self, job: &ClaimedJob) -> Result<(), JobError> {
        self.1.run(job).await
    }

    async fn give_up(&self, job: &ClaimedJob, error: &JobError) -> Result<(), JobError> {
        self.1.give_up(job, error).await
    }
}

#[tokio::test]
async fn two_workers_share_the_jobs_and_each_job_runs_once() {
    let bench = Bench::new();
    bench.enqueue(20).await;
    let seen = Arc::new(Mutex::new(HashSet::new()));
    // One worker has two slots, so four at once take both workers.
    let barrier = Arc::new(Barrier::new(4));
    let handler = bench.handler(1, {
        let seen = seen.clone();
        move |store, job| {
            let (seen, barrier) = (seen.clone(), barrier.clone());
            async move {
                barrier.wait().await;
                assert!(seen.lock().unwrap().insert(job.lease.job_id), "a job ran twice");
                Ok(complete(&store, job.lease).await?)
            }
        }
    });
    let workers = [bench.start(&handler, 2, None), bench.start(&handler, 2, None)];
    bench.reaches(|counts| counts.done == 20).await;
    for worker in workers {
        worker.stop().await;
    }
    assert_eq!((handler.runs(), seen.lock().unwrap().len()), (20, 20));
}

#[tokio::test]
async fn a_periodic_job_runs_once_per_period_however_many_processes_there_are() {
    let bench = Bench::new();
    let handler = bench.handler(1, |store, job| async move { Ok(complete(&store, job.lease).await?) });
    let schedule = Schedule::every(Duration::from_secs(1), &Nothing {}).unwrap();
    let ids = Arc::new(SeededIds::new(7));
    let scheduler = Scheduler::new(Arc::new(bench.store.clone()), ids, bench.clock.clone(), vec![schedule]);
    let workers = [0; 3].map(|_| bench.start(&handler, 1, Some(scheduler.clone())));
    bench.reaches(|counts| counts.done == 2).await;
    let elapsed = bench.clock.0.elapsed();
    for worker in workers {
        worker.stop().await;
    }
    assert!(elapsed >= Duration::from_secs(1) && handler.runs() <= elapsed.as_secs() as usize + 2, "{} runs", handler.runs());
}

#[tokio::test]
async fn draining_lets_jobs_in_progress_end_and_takes_no_new_ones() {
    let bench = Bench::new();
    bench.enqueue(1).await;
    let go_on = Arc::new(Notify::new());
    let handler = bench.handler(1, {
        let go_on = go_on.clone();
        move |store, job| {
            let go_on = go_on.clone();
            async move {
                go_on.notified().await;
                Ok(complete(&store, job.lease).await?)
            }
        }
    });
    let worker = bench.start(&handler, 2, None);
    bench.reaches(|counts| counts.running == 1).await;
    worker.shutdown.cancel();
    bench.enqueue(1).await;
    go_on.notify_one();
    worker.task.await.unwrap();
    let counts = bench.counts().await;
    assert_eq!((counts.done, counts.queued, counts.running), (1, 1, 0));
}

#[tokio::test]
async fn a_job_that_outlasts_the_drain_is_put_back_without_counting_the_attempt() {
    let bench = Bench::new();
    bench.enqueue(1).await;
    let handler = bench.handler(1, |_store, _job| std::future::pending());
    let worker = bench.start(&handler, 1, None);
    bench.reaches(|counts| counts.running == 1).await;
    worker.stop().await;
    assert_eq!(bench.counts().await.queued, 1);
    let again = bench.claim(bench.clock.now(), Duration::from_secs(1)).await;
    assert_eq!(again.attempt, 1);
}
