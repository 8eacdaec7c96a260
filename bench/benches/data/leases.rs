//! Credentials handed out and ended.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use atelier_bench::client::Connection;
use atelier_bench::load::millis;

use crate::database::Database;
use crate::people::{People, acquire, release};
use crate::sides::{Load, start_service};

/// A second, acquired and released.
const GOAL: f64 = 300.0;
const AT_ONCE: usize = 16;

/// Each client acquires one and releases it.
pub(crate) async fn measure(database: &Database, people: &People, load: Load) {
    let service = start_service(database).await;
    let (tokens, next): (Arc<[String]>, _) = (people.tokens(&service).into(), Arc::new(AtomicUsize::new(0)));
    let begun = Instant::now();
    let clients: Vec<_> = (0..AT_ONCE)
        .map(|_| {
            let (tokens, next, mut connection) = (tokens.clone(), next.clone(), Connection::new(&service.host));
            tokio::spawn(async move {
                let mut measured = Vec::new();
                while begun.elapsed() < load.long {
                    let token = &tokens[next.fetch_add(1, Ordering::Relaxed) % tokens.len()];
                    let started = Instant::now();
                    let lease = connection.json(&acquire(token), &[200]).await.unwrap();
                    connection.json(&release(token, lease["connection_id"].as_str().unwrap()), &[200]).await.unwrap();
                    measured.push(started.elapsed());
                }
                measured
            })
        })
        .collect();
    let mut pairs = Vec::new();
    for client in clients {
        pairs.extend(client.await.unwrap());
    }
    let seconds = begun.elapsed().as_secs_f64();
    pairs.sort_unstable();
    let rate = f64::from(u32::try_from(pairs.len()).unwrap()) / seconds;
    let verdict = if rate >= GOAL { "reached" } else { "MISSED" };
    println!(
        "\nleases acquired and released, {AT_ONCE} clients: {rate:.0} pairs/s, p50 {:.1} ms, p99 {:.1} ms; goal {GOAL:.0}/s: {verdict}",
        millis(&pairs, 50),
        millis(&pairs, 99)
    );
}
