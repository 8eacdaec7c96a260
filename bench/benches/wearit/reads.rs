//! Pages of wardrobes at any depth, and single garments, sent at a fixed rate.

use std::time::{Duration, Instant};

use atelier_bench::client::{Call, Connection};
use atelier_bench::load::{at_rate, millis};
use atelier_bench::service::Service;
use atelier_domain::identity::Role;
use atelier_domain::wearit::wardrobe::Category;
use tempfile::TempDir;

use crate::{seed, verdict};

const OWNERS: u32 = 100;
const P99_MS: f64 = 5.0;
/// Garments in all.
const SIZES: [u32; 2] = [10_000, 1_000_000];
const READS: [&str; 4] = ["one garment", "first page", "page at any depth", "page of one category"];

/// The request of this number: the four kinds by turns, each of another account and another place.
fn request(number: usize, each: u32, tokens: &[String]) -> Call {
    let draw = (number as u32).wrapping_mul(2_654_435_761) >> 7;
    let (owner, item) = (draw % OWNERS, draw / OWNERS % each);
    let path = match number % READS.len() {
        0 => format!("/api/v1/clothing/{}", seed::garment(owner, item)),
        1 => "/api/v1/clothing".to_owned(),
        2 => format!("/api/v1/clothing?after={}", seed::cursor(owner, item)),
        _ => format!("/api/v1/clothing?category={}", Category::ALL[item as usize % seed::CATEGORIES]),
    };
    Call::get(path).bearer(&tokens[owner as usize])
}

/// That a page in the middle is one: ten garments, the right ones, and how many there are in all.
async fn check(service: &Service, each: u32, token: &str) {
    let middle = each / 2;
    let call = Call::get(format!("/api/v1/clothing?after={}", seed::cursor(0, middle))).bearer(token);
    let page = Connection::new(&service.host).json(&call, &[200]).await.unwrap();
    let items = page["data"]["clothing"].as_array().unwrap();
    assert_eq!((items.len(), page["pagination"]["total"].as_u64()), (10, Some(u64::from(each))), "{page}");
    assert_eq!(items[0]["id"], seed::garment(0, middle - 1).to_string());
    assert!(items.iter().all(|item| item["image_url"].is_string() && item["thumbnail_url"].is_string()), "{page}");
}

pub(crate) async fn measure(rate: u32, seconds: u32) {
    println!("| garments, of {OWNERS} accounts | read | p50 ms | p90 ms | p99 ms | most ms |\n| --- | --- | --- | --- | --- | --- |");
    let mut verdicts = Vec::new();
    for size in SIZES {
        let (data, each, begun) = (TempDir::new().unwrap(), size / OWNERS, Instant::now());
        let store = seed::store(data.path()).await;
        seed::accounts(&store, OWNERS, "$2b$04$nobody").await;
        seed::garments(&store, OWNERS, each).await;
        store.close().await;
        let filled = begun.elapsed().as_secs();
        let service = Service::start(data.path(), &[("EMBEDDED_WORKER", "false")]).await.unwrap();
        let tokens: Vec<String> = (0..OWNERS).map(|owner| service.token(seed::user(owner), Role::User)).collect();
        check(&service, each, &tokens[0]).await;
        let calls = |seconds: u32| (0..(rate * seconds) as usize).map(|number| request(number, each, &tokens)).collect::<Vec<_>>();
        at_rate(&service.host, calls(3), rate).await.unwrap();
        let used = service.processes().cpu_seconds();
        let latencies = at_rate(&service.host, calls(seconds), rate).await.unwrap();
        let cores = (service.processes().cpu_seconds() - used) / f64::from(seconds);
        let row = |name: &str, mut of: Vec<Duration>| {
            of.sort_unstable();
            let [p50, p90, p99, most] = [50, 90, 99, 100].map(|percent| millis(&of, percent));
            println!("| {size} | {name} | {p50:.1} | {p90:.1} | {p99:.1} | {most:.1} |");
            p99
        };
        for (kind, name) in READS.iter().enumerate() {
            row(name, latencies.iter().skip(kind).step_by(READS.len()).copied().collect());
        }
        let p99 = row("all", latencies);
        let memory = service.processes().proportional() / 1_000_000;
        let what = format!("{size} garments (filled in {filled} s), {rate} reads a second, {cores:.2} cores, {memory} MB: p99");
        verdicts.push((what, p99));
    }
    println!();
    for (what, p99) in verdicts {
        verdict(&what, p99, P99_MS, "ms");
    }
}
