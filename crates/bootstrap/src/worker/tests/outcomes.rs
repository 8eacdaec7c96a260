//! Failing, trying again, giving up.

use std::time::Duration;

use atelier_domain::kernel::{Clock, JobError};

use super::{Bench, complete};

fn retry() -> JobError {
    JobError::Retry { source: "not this time".into(), after: None }
}

#[tokio::test]
async fn a_failed_run_is_tried_again_until_it_succeeds() {
    let bench = Bench::new();
    bench.enqueue(1).await;
    let handler = bench.handler(3, |store, job| async move {
        if job.attempt < 3 {
            return Err(retry());
        }
        Ok(complete(&store, job.lease).await?)
    });
    let worker = bench.start(&handler, 1, None);
    bench.reaches(|counts| counts.done == 1).await;
    worker.stop().await;
    assert_eq!((handler.runs(), handler.given_up()), (3, 0));
}

#[tokio::test]
async fn after_the_last_attempt_the_job_is_given_up_once() {
    let bench = Bench::new();
    bench.enqueue(1).await;
    let handler = bench.handler(2, |_store, _job| async move { Err(retry()) });
    let worker = bench.start(&handler, 1, None);
    bench.reaches(|counts| counts.failed == 1).await;
    worker.stop().await;
    assert_eq!((handler.runs(), handler.given_up()), (2, 1));
}

#[tokio::test]
async fn a_permanent_failure_is_not_tried_again() {
    let bench = Bench::new();
    bench.enqueue(1).await;
    let handler = bench.handler(5, |_store, _job| async move { Err(JobError::Fail("never".into())) });
    let worker = bench.start(&handler, 1, None);
    bench.reaches(|counts| counts.failed == 1).await;
    worker.stop().await;
    assert_eq!((handler.runs(), handler.given_up()), (1, 1));
}

#[tokio::test]
async fn a_panicking_handler_is_a_failed_run_and_no_more() {
    let bench = Bench::new();
    bench.enqueue(1).await;
    let handler = bench.handler(2, |store, job| async move {
        assert!(job.attempt > 1, "the first run panics");
        Ok(complete(&store, job.lease).await?)
    });
    let worker = bench.start(&handler, 1, None);
    bench.reaches(|counts| counts.done == 1).await;
    worker.stop().await;
    assert_eq!((handler.runs(), handler.given_up()), (2, 0));
}

#[tokio::test]
async fn a_job_that_kills_its_process_every_time_is_given_up_without_another_run() {
    let bench = Bench::new();
    bench.enqueue(1).await;
    for _ in 0..2 {
        bench.claim(bench.clock.now() + Duration::from_millis(5), Duration::ZERO).await;
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let handler = bench.handler(2, |_store, _job| async move { Err(retry()) });
    let worker = bench.start(&handler, 1, None);
    bench.reaches(|counts| counts.failed == 1).await;
    worker.stop().await;
    assert_eq!((handler.runs(), handler.given_up()), (0, 1));
}

#[tokio::test]
async fn a_wait_asked_for_by_the_provider_is_kept() {
    let bench = Bench::new();
    bench.enqueue(1).await;
    let wait = Duration::from_millis(250);
    let handler = bench.handler(2, move |store, job| async move {
        if job.attempt == 1 {
            return Err(JobError::Retry { source: "busy".into(), after: Some(wait) });
        }
        Ok(complete(&store, job.lease).await?)
    });
    let worker = bench.start(&handler, 1, None);
    bench.reaches(|counts| counts.done == 1).await;
    let waited = bench.clock.0.elapsed();
    worker.stop().await;
    assert!(waited >= wait, "{waited:?}");
}
