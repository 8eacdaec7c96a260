//! A fixed number of connections, each sending its next request when the last is answered, for a fixed time.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use atelier_bench::client::{Call, Connection, Failure};
use atelier_bench::processes::Tree;

const WARMING: u8 = 0;
const MEASURING: u8 = 1;
const OVER: u8 = 2;
const SAMPLE: Duration = Duration::from_millis(250);

/// What one phase did.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Measured {
    /// Its name.
    pub phase: String,
    /// Connections.
    pub concurrency: usize,
    /// Seconds measured.
    pub seconds: f64,
    /// Right answers.
    pub requests: u64,
    /// Other answers and broken connections.
    pub errors: u64,
    /// Median latency in milliseconds.
    pub p50_ms: f64,
    /// 99th percentile in milliseconds.
    pub p99_ms: f64,
    /// CPU seconds of each watched process tree while measuring.
    pub cpu_seconds: Vec<(String, f64)>,
    /// Most resident bytes of the service, processes counted in full.
    pub resident_peak: u64,
    /// Resident bytes of the service at the end, shared pages counted once.
    pub proportional_end: u64,
    /// One answer that was not right.
    pub first_error: Option<String>,
}

/// One phase's work: for each connection, where it goes and what it sends in turn.
pub(crate) struct Work {
    /// Name in tables.
    pub name: String,
    /// The status of a right answer.
    pub expected: u16,
    /// Server and requests of each connection.
    pub connections: Vec<(String, Vec<Call>)>,
    /// Before anything is counted.
    pub warm_up: Duration,
    /// Counted.
    pub duration: Duration,
}

#[derive(Default)]
struct Tally {
    micros: Vec<u32>,
    errors: u64,
    first_error: Option<String>,
}

async fn drive(host: String, calls: Vec<Call>, offset: usize, expected: u16, state: Arc<AtomicU8>) -> Tally {
    let mut connection = Connection::new(&host);
    let mut tally = Tally::default();
    for call in calls.iter().cycle().skip(offset) {
        let begun = Instant::now();
        let answer = connection.send(call).await;
        match state.load(Ordering::Relaxed) {
            WARMING => continue,
            OVER => break,
            _measuring => {}
        }
        match answer {
            Ok((status, _)) if status.as_u16() == expected => {
                tally.micros.push(u32::try_from(begun.elapsed().as_micros()).unwrap_or(u32::MAX));
            }
            wrong => {
                tally.errors += 1;
                let say = || match wrong {
                    Ok((status, body)) => format!("{status} {}", String::from_utf8_lossy(&body.concat())),
                    Err(error) => error.to_string(),
                };
                tally.first_error.get_or_insert_with(say);
            }
        }
    }
    tally
}

/// Runs the work. The first of `watched` is the service, whose memory is measured too.
pub(crate) async fn measure(work: Work, watched: &[(String, Vec<Tree>)]) -> Result<Measured, Failure> {
    let state = Arc::new(AtomicU8::new(WARMING));
    let concurrency = work.connections.len();
    let tasks: Vec<_> = work
        .connections
        .into_iter()
        .enumerate()
        .map(|(number, (host, calls))| tokio::spawn(drive(host, calls, number, work.expected, state.clone())))
        .collect();
    tokio::time::sleep(work.warm_up).await;

    let service: &[Tree] = watched.first().map_or(&[], |(_, trees)| trees);
    let used = || watched.iter().map(|(_, trees)| trees.iter().map(|tree| tree.cpu_seconds()).sum::<f64>()).collect::<Vec<_>>();
    let before = used();
    state.store(MEASURING, Ordering::Relaxed);
    let begun = Instant::now();
    let mut resident_peak = 0;
    while begun.elapsed() < work.duration {
        tokio::time::sleep(SAMPLE.min(work.duration.saturating_sub(begun.elapsed()))).await;
        resident_peak = resident_peak.max(service.iter().map(|tree| tree.resident()).sum());
    }
    state.store(OVER, Ordering::Relaxed);
    let seconds = begun.elapsed().as_secs_f64();
    let after = used();
    let proportional_end = service.iter().map(|tree| tree.proportional()).sum();

    let mut all = Tally::default();
    for task in tasks {
        let tally = task.await?;
        all.micros.extend(tally.micros);
        all.errors += tally.errors;
        all.first_error = all.first_error.or(tally.first_error);
    }
    all.micros.sort_unstable();
    let quantile = |part: f64| {
        let last = all.micros.len().saturating_sub(1);
        all.micros.get((last as f64 * part).round() as usize).map_or(f64::NAN, |micros| f64::from(*micros) / 1_000.0)
    };
    Ok(Measured {
        phase: work.name,
        concurrency,
        seconds,
        requests: all.micros.len() as u64,
        errors: all.errors,
        p50_ms: quantile(0.5),
        p99_ms: quantile(0.99),
        cpu_seconds: watched
            .iter()
            .zip(before.iter().zip(&after))
            .map(|((name, _), (before, after))| (name.clone(), after - before))
            .collect(),
        resident_peak,
        proportional_end,
        first_error: all.first_error,
    })
}
