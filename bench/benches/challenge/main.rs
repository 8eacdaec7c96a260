//! Prompt Challenge at the size of a large event, on MongoDB: 1 000 students, 10 000 conversations, 5 000 evaluations; mixed reads at a fixed
//! rate, the leaderboard, the exports, and how the server executes every statement of them. Runs a built API: `ATELIER_API` (default
//! `target/release/atelier-api`). The database is filled once and kept.
//!
//! environment: TEST_MONGODB_URI, RATE (1000 a second), FOR_SECONDS (20), BENCH_DATABASE (`bench_challenge`)
#![expect(clippy::unwrap_used, reason = "a measurement that cannot be made fails")]
#![expect(clippy::print_stdout, reason = "a measurement's output goes to standard output")]
#![expect(clippy::disallowed_methods, reason = "a measurement is configured by its environment")]

mod mix;
mod plans;
mod school;
mod seed;
mod texts;

use std::time::{Duration, Instant};

use atelier_bench::client::Connection;
use atelier_bench::load::{at_rate, in_turn, millis};
use atelier_bench::service::Service;
use atelier_domain::kernel::SecretString;

use mix::{KINDS, Kind, Reader, schedule};
use school::School;

/// Of the mixed reads, at p99.
const READS: f64 = 20.0;
/// Of the leaderboard.
const LEADERBOARD: f64 = 50.0;
/// Of all exports of one format.
const EXPORT: f64 = 5_000.0;
/// Each kind of read this often while the server takes statements down.
const PROFILED: usize = 5;

fn number(name: &str, usual: u32) -> u32 {
    std::env::var(name).map_or(usual, |text| text.parse().unwrap())
}

fn verdict(measured: f64, goal: f64) -> String {
    format!("goal {goal:.0} ms: {}", if measured < goal { "reached" } else { "MISSED" })
}

fn mebibytes(bytes: u64) -> u64 {
    bytes / 1_024 / 1_024
}

async fn mixed_reads(service: &Service, reader: &Reader<'_>, rate: u32, seconds: u32) {
    let kinds = schedule();
    let request = |number: usize| (kinds[number % kinds.len()], number.wrapping_mul(2_654_435_761) >> 8);
    let calls = |count: u32| (0..count as usize).map(request).map(|(kind, draw)| reader.call(kind, draw)).collect::<Vec<_>>();
    at_rate(&service.host, calls(rate * 3), rate).await.unwrap();
    let used = service.processes().cpu_seconds();
    let latencies = at_rate(&service.host, calls(rate * seconds), rate).await.unwrap();
    let used = service.processes().cpu_seconds() - used;
    println!("\n{rate} mixed reads a second for {seconds} s; the service used {:.2} cores\n", used / f64::from(seconds));
    println!("| read | requests | p50 ms | p90 ms | p99 ms | most ms |\n| --- | --- | --- | --- | --- | --- |");
    let row = |name: &str, mut latencies: Vec<Duration>| {
        latencies.sort_unstable();
        let [p50, p90, p99, most] = [50, 90, 99, 100].map(|percent| millis(&latencies, percent));
        println!("| {name} | {} | {p50:.1} | {p90:.1} | {p99:.1} | {most:.1} |", latencies.len());
        p99
    };
    for (kind, Kind { name, .. }) in KINDS.iter().enumerate().map(|(number, kind)| (number, *kind)) {
        row(name, latencies.iter().enumerate().filter(|(number, _)| request(*number).0 == kind).map(|(_, latency)| *latency).collect());
    }
    let p99 = row("all", latencies);
    println!("\np99 of all: {p99:.1} ms, {}", verdict(p99, READS));
}

async fn leaderboards(service: &Service, reader: &Reader<'_>, names: &str) {
    let published = KINDS.iter().position(|kind| kind.name == "published leaderboard").unwrap();
    for (what, call) in [("as it is now", reader.live_leaderboard()), ("published", reader.call(published, 1))] {
        in_turn(&service.host, &call, 10).await.unwrap();
        let (latencies, bytes) = in_turn(&service.host, &call, 50).await.unwrap();
        let (p50, p99) = (millis(&latencies, 50), millis(&latencies, 99));
        println!("| {what}, {names} | {} | {p50:.1} | {p99:.1} | {} |", bytes / 1_024, verdict(p99, LEADERBOARD));
    }
}

async fn exports(service: &Service, reader: &Reader<'_>) {
    println!("\n| export | KiB | ms | |\n| --- | --- | --- | --- |");
    let resident = (service.processes().resident(), service.processes().peak());
    for format in ["csv", "json"] {
        let mut all = 0.0;
        for what in ["results", "evaluations", "conversations"] {
            let (latencies, bytes) = in_turn(&service.host, &reader.export(format, what), 1).await.unwrap();
            let took = millis(&latencies, 0);
            all += took;
            println!("| {what}.{format} | {} | {took:.0} | |", bytes / 1_024);
        }
        println!("| all, {format} | | {all:.0} | {} |", verdict(all, EXPORT));
    }
    let after = (service.processes().resident(), service.processes().peak());
    println!(
        "\nResident memory {} MiB before the exports (peak so far {}), {} after (peak {})",
        mebibytes(resident.0),
        mebibytes(resident.1),
        mebibytes(after.0),
        mebibytes(after.1)
    );
}

async fn plans(uri: &str, database: &str, service: &Service, reader: &Reader<'_>) {
    let profiler = plans::Profiler::start(uri, database).await;
    for kind in 0..KINDS.len() {
        for draw in 0..PROFILED {
            in_turn(&service.host, &reader.call(kind, draw * 7_919), 1).await.unwrap();
        }
    }
    in_turn(&service.host, &reader.live_leaderboard(), 1).await.unwrap();
    for what in ["results", "evaluations", "conversations"] {
        in_turn(&service.host, &reader.export("csv", what), 1).await.unwrap();
    }
    println!("\nStatements, each shape at its worst:\n");
    let complaints = profiler.report().await;
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
    println!("\nEvery statement is executed by an index, none sorts in memory.");
}

async fn start(uri: &str, database: &str, data: &std::path::Path) -> Service {
    let notes = school::NOTES.to_string();
    let settings = [("MONGODB_URI", uri), ("MONGODB_DATABASE", database), ("PRODUCTS", "challenge"), ("EMBEDDED_WORKER", "false")];
    Service::start(data, &[&settings[..], &[("EXAMINERS_PER_CONVERSATION", &notes)]].concat()).await.unwrap()
}

async fn measure(uri: &str) {
    let database = std::env::var("BENCH_DATABASE").unwrap_or_else(|_| "bench_challenge".to_owned());
    let (school, begun) = (School::generate(), Instant::now());
    let store = seed::connect(&SecretString::from(uri), &database).await;
    if seed::fill(&store, &school).await {
        println!("filled {database} in {:.0} s", begun.elapsed().as_secs_f64());
    }
    seed::set_anonymous(&store, &school, true).await;
    let data = tempfile::TempDir::new().unwrap();
    let service = start(uri, &database, data.path()).await;
    let reader = Reader::new(&school, &service);
    // A later run finds them published.
    Connection::new(&service.host).json(&reader.publish(), &[200, 409]).await.unwrap();

    plans(uri, &database, &service, &reader).await;
    mixed_reads(&service, &reader, number("RATE", 1_000), number("FOR_SECONDS", 20)).await;
    println!("\n| leaderboard of 1 000 | KiB | p50 ms | p99 ms | |\n| --- | --- | --- | --- | --- |");
    leaderboards(&service, &reader, "anonymous").await;
    seed::set_anonymous(&store, &school, false).await;
    leaderboards(&service, &reader, "with names").await;
    seed::set_anonymous(&store, &school, true).await;
    exports(&service, &reader).await;
    store.close().await;
}

fn main() {
    match std::env::var("TEST_MONGODB_URI") {
        Ok(uri) => {
            let _already_set = rustls::crypto::ring::default_provider().install_default();
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap().block_on(measure(&uri));
        }
        Err(_) => println!("challenge: not measured, TEST_MONGODB_URI is not set"),
    }
}
