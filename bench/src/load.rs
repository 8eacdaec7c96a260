//! An open loop: requests are sent at a fixed rate whether or not earlier ones are answered, and each one's latency counts from the moment
//! it was due, so that whatever waits is seen.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use atelier_bench::client::{Call, Connection};
use tokio::time::{Instant, sleep_until};

/// More than are ever busy at once while the service keeps up.
const CONNECTIONS: usize = 64;

/// Sends the requests at this rate; answers their latencies in their order.
pub(crate) async fn at_rate(host: &str, calls: Vec<Call>, rate: u32) -> Vec<Duration> {
    let begun = Instant::now() + Duration::from_millis(50);
    let (calls, next) = (Arc::new(calls), Arc::new(AtomicUsize::new(0)));
    let connections: Vec<_> = (0..CONNECTIONS)
        .map(|_| {
            let (calls, next, mut connection) = (calls.clone(), next.clone(), Connection::new(host));
            tokio::spawn(async move {
                let mut measured = Vec::new();
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let Some(call) = calls.get(number) else { break measured };
                    let due = begun + Duration::from_secs(1) * u32::try_from(number).unwrap() / rate;
                    sleep_until(due).await;
                    let (status, body) = connection.send(call).await.unwrap();
                    measured.push((number, due.elapsed()));
                    assert!(status.is_success(), "{} {status} {:?}", call.path, body.concat());
                }
            })
        })
        .collect();
    let mut latencies = vec![Duration::ZERO; calls.len()];
    for connection in connections {
        for (number, latency) in connection.await.unwrap() {
            latencies[number] = latency;
        }
    }
    latencies
}

/// Sends the request so many times, one after the other.
pub(crate) async fn in_turn(host: &str, call: &Call, times: usize) -> (Vec<Duration>, usize) {
    let mut connection = Connection::new(host);
    let (mut latencies, mut bytes) = (Vec::new(), 0);
    for _ in 0..times {
        let begun = Instant::now();
        let (status, body) = connection.send(call).await.unwrap();
        latencies.push(begun.elapsed());
        bytes = body.iter().map(bytes::Bytes::len).sum();
        assert!(status.is_success(), "{} {status}", call.path);
    }
    latencies.sort_unstable();
    (latencies, bytes)
}

/// Milliseconds at this percentage of sorted latencies.
pub(crate) fn millis(sorted: &[Duration], percent: usize) -> f64 {
    sorted.get((sorted.len() * percent / 100).min(sorted.len().saturating_sub(1))).map_or(f64::NAN, |at| at.as_secs_f64() * 1_000.0)
}
