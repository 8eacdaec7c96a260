//! From the process's start until it is ready, and what it takes while nothing is asked of it.

use std::time::{Duration, Instant};

use atelier_bench::service::Service;
use tempfile::TempDir;

use crate::verdict;

const STARTS: usize = 11;
/// How long it rests before its memory is read.
const RESTS: Duration = Duration::from_secs(5);
const READY_MS: f64 = 300.0;
const IDLE_MB: f64 = 60.0;

async fn started(data: &TempDir) -> (Service, f64) {
    let begun = Instant::now();
    let service = Service::start(data.path(), &[]).await.unwrap();
    (service, begun.elapsed().as_secs_f64() * 1_000.0)
}

pub(crate) async fn measure() {
    let data = TempDir::new().unwrap();
    let (service, first) = started(&data).await;
    println!("ready {first:.0} ms after the first start, which makes the data directory");
    tokio::time::sleep(RESTS).await;
    let idle = service.processes().proportional() as f64 / 1e6;
    drop(service);
    let mut times = Vec::new();
    for _ in 0..STARTS {
        times.push(started(&data).await.1);
    }
    times.sort_by(f64::total_cmp);
    println!("ready {:.0} to {:.0} ms after each of {STARTS} further starts", times[0], times[STARTS - 1]);
    verdict("start to ready, median", times[STARTS / 2], READY_MS, "ms");
    verdict("memory at rest, worker and studio included", idle, IDLE_MB, "MB");
}
