//! How requests are sent: at a fixed rate, by clients that send on when they are answered, or in turn. Every answer must be a success.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use crate::client::{Call, Connection, Failure};

/// More than are ever busy at once while the service keeps up.
const CONNECTIONS: usize = 64;

async fn sent(connection: &mut Connection, call: &Call) -> Result<usize, Failure> {
    let (status, body) = connection.send(call).await?;
    if status.is_success() {
        return Ok(body.iter().map(bytes::Bytes::len).sum());
    }
    Err(format!("{} {} {status} {}", call.method, call.path, String::from_utf8_lossy(&body.concat())).into())
}

/// An open loop: the requests are sent at this rate whether or not earlier ones are answered, and each one's latency counts from the moment
/// it was due, so that whatever waits is seen. Answers the latencies in the order of the requests.
///
/// # Errors
/// The first answer that is no success.
pub async fn at_rate(host: &str, calls: Vec<Call>, rate: u32) -> Result<Vec<Duration>, Failure> {
    let begun = Instant::now() + Duration::from_millis(50);
    let (calls, next) = (Arc::new(calls), Arc::new(AtomicUsize::new(0)));
    let due = move |number: usize| begun + Duration::from_secs_f64(f64::from(u32::try_from(number).unwrap_or(u32::MAX)) / f64::from(rate));
    let connections: Vec<_> = (0..CONNECTIONS)
        .map(|_| {
            let (calls, next, mut connection) = (calls.clone(), next.clone(), Connection::new(host));
            tokio::spawn(async move {
                let mut measured = Vec::new();
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let Some(call) = calls.get(number) else { break Ok::<_, Failure>(measured) };
                    sleep_until(due(number)).await;
                    sent(&mut connection, call).await?;
                    measured.push((number, due(number).elapsed()));
                }
            })
        })
        .collect();
    let mut latencies = vec![Duration::ZERO; calls.len()];
    for connection in connections {
        for (number, latency) in connection.await?? {
            if let Some(slot) = latencies.get_mut(number) {
                *slot = latency;
            }
        }
    }
    Ok(latencies)
}

/// A closed loop: so many clients send their next request when the last is answered, for this long. Answers the sorted latencies.
///
/// # Errors
/// The first answer that is no success.
pub async fn by_clients<F>(host: &str, clients: usize, long: Duration, call: F) -> Result<Vec<Duration>, Failure>
where
    F: Fn(usize) -> Call + Clone + Send + 'static,
{
    let (ends, next) = (Instant::now() + long, Arc::new(AtomicUsize::new(0)));
    let clients: Vec<_> = (0..clients)
        .map(|_| {
            let (call, next, mut connection) = (call.clone(), next.clone(), Connection::new(host));
            tokio::spawn(async move {
                let mut measured = Vec::new();
                while Instant::now() < ends {
                    let call = call(next.fetch_add(1, Ordering::Relaxed));
                    let begun = Instant::now();
                    sent(&mut connection, &call).await?;
                    measured.push(begun.elapsed());
                }
                Ok::<_, Failure>(measured)
            })
        })
        .collect();
    let mut latencies = Vec::new();
    for client in clients {
        latencies.extend(client.await??);
    }
    latencies.sort_unstable();
    Ok(latencies)
}

/// Sends the request so many times, one after the other. Answers the sorted latencies and the bytes of the last answer.
///
/// # Errors
/// The first answer that is no success.
pub async fn in_turn(host: &str, call: &Call, times: usize) -> Result<(Vec<Duration>, usize), Failure> {
    let mut connection = Connection::new(host);
    let (mut latencies, mut bytes) = (Vec::new(), 0);
    for _ in 0..times {
        let begun = Instant::now();
        bytes = sent(&mut connection, call).await?;
        latencies.push(begun.elapsed());
    }
    latencies.sort_unstable();
    Ok((latencies, bytes))
}

/// Milliseconds at this percentage of sorted latencies.
pub fn millis(sorted: &[Duration], percent: usize) -> f64 {
    sorted.get((sorted.len() * percent / 100).min(sorted.len().saturating_sub(1))).map_or(f64::NAN, |at| at.as_secs_f64() * 1_000.0)
}
