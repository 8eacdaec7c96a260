//! Crashes and lost leases.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use atelier_domain::kernel::{Clock, StoreError};
use tokio::sync::Notify;

use super::{Bench, TIMES, complete};

#[tokio::test]
async fn a_job_whose_process_died_is_taken_up_after_its_lease() {
    let bench = Bench::new();
    bench.enqueue(1).await;
    // The process that claims here is never heard of again.
    let dead = bench.claim(bench.clock.now(), Duration::from_millis(150)).await;
    let handler = bench.handler(3, |store, job| async move {
        assert_eq!(job.attempt, 2, "the run that died counts");
        Ok(complete(&store, job.lease).await?)
    });
    let worker = bench.start(&handler, 1, None);
    bench.reaches(|counts| counts.done == 1).await;
    let waited = bench.clock.0.elapsed();
    worker.stop().await;
    assert!(waited >= Duration::from_millis(150), "taken up while the lease was good");
    assert!(matches!(complete(&bench.store, dead.lease).await, Err(StoreError::LeaseLost)));
    assert_eq!(handler.runs(), 1);
}

#[tokio::test]
async fn a_long_job_keeps_its_lease() {
    let bench = Bench::new();
    bench.enqueue(1).await;
    let handler = bench.handler(1, |store, job| async move {
        tokio::time::sleep(TIMES.lease * 3).await;
        Ok(complete(&store, job.lease).await?)
    });
    let workers = [bench.start(&handler, 1, None), bench.start(&handler, 1, None)];
    bench.reaches(|counts| counts.done == 1).await;
    for worker in workers {
        worker.stop().await;
    }
    assert_eq!(handler.runs(), 1);
}

#[tokio::test]
async fn work_without_a_lease_stops_and_writes_nothing() {
    struct Dropped(Arc<AtomicBool>, Arc<Notify>);
    impl Drop for Dropped {
        fn drop(&mut self) {
            self.0.store(true, Ordering::SeqCst);
            self.1.notify_one();
        }
    }

    let bench = Bench::new();
    bench.enqueue(1).await;
    let (dropped, told) = (Arc::new(AtomicBool::new(false)), Arc::new(Notify::new()));
    let handler = bench.handler(3, {
        let (dropped, told) = (dropped.clone(), told.clone());
        move |store, job| {
            let guard = Dropped(dropped.clone(), told.clone());
            async move {
                let _guard = guard;
                std::future::pending::<()>().await;
                Ok(complete(&store, job.lease).await?)
            }
        }
    });
    let worker = bench.start(&handler, 1, None);
    bench.reaches(|counts| counts.running == 1).await;
    // Another worker whose clock runs ahead takes the job.
    let thief = bench.claim(bench.clock.now() + Duration::from_secs(3_600), Duration::from_secs(3_600)).await;
    tokio::time::timeout(Duration::from_secs(5), told.notified()).await.unwrap();
    worker.stop().await;
    assert!(dropped.load(Ordering::SeqCst));
    assert_eq!(bench.counts().await.running, 1, "the thief's lease is untouched");
    complete(&bench.store, thief.lease).await.unwrap();
    assert_eq!((handler.runs(), handler.given_up()), (1, 0));
}
