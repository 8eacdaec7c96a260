//! Hosted vendors that throttle, stumble, lose answers and messages, while the workers are killed: every try-on ends, and no input is paid
//! twice. The vendors are the laboratory's; their ledgers have a line for each input they accepted.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use atelier_testkit::contract::present;
use atelier_testkit::laboratory::{Chances, Ending, Plan, TryOnVendor, VendorKind};
use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::process::{Api, Process, is_terminal};

/// How long an unlucky try-on may take: several attempts, each with a lease that has to end first.
const LIMIT: Duration = Duration::from_secs(240);

fn wanted() -> usize {
    if std::env::var("SOAK").is_ok_and(|soak| soak == "1") { 1_000 } else { 100 }
}

fn vendor_settings<'a>(replicate: &'a str, fashn: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("TRYON_PROVIDERS", "replicate,fashn"),
        ("TRYON_INPUTS", "url"),
        ("PROVIDER_CONCURRENCY", "8"),
        ("REPLICATE_API_TOKEN", TryOnVendor::KEY),
        ("REPLICATE_WEBHOOK_SECRET", TryOnVendor::WEBHOOK_SECRET),
        ("REPLICATE_BASE_URL", replicate),
        ("FASHN_API_KEY", TryOnVendor::KEY),
        ("FASHN_BASE_URL", fashn),
        ("WORKER_LEASE_SECONDS", "3"),
        ("EMBEDDED_WORKER", "false"),
        ("RATE_LIMIT_ACCOUNT_PER_MINUTE", "100000"),
        ("RATE_LIMIT_ADDRESS_PER_MINUTE", "100000"),
    ]
}

async fn worker(data: &Path, settings: &[(&str, &str)]) -> Process {
    let mut worker = Process::start("atelier-worker", data, settings);
    worker.says("the worker is ready").await;
    worker
}

/// Asks for a picture of its own: the same wish a second time would be refused while the first is under way.
async fn ask(api: &Api, clothing: &str, seed: usize) -> String {
    let wish = json!({ "clothing_id": clothing, "options": { "seed": seed } });
    let answer = api.call(Method::POST, "/tryon", |request| request.json(&wish)).await;
    answer["data"]["tryon"]["id"].as_str().unwrap().to_owned()
}

/// How many attempts the try-ons had with a provider.
fn attempts(tryons: &[Value], provider: &str) -> usize {
    let of = |tryon: &Value| tryon["attempts"].as_array().unwrap().iter().filter(|attempt| attempt["provider"] == provider).count();
    tryons.iter().map(of).sum()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unreliable_vendors_and_killed_workers_cost_nobody_twice() {
    let (replicate, fashn) = (TryOnVendor::start(VendorKind::Replicate).await, TryOnVendor::start(VendorKind::Fashn).await);
    for (vendor, seed) in [(&replicate, 1), (&fashn, 2)] {
        vendor.script().usually(Plan { work: Duration::from_millis(800), ending: Ending::Picture });
        vendor.script().by_chance(Chances { seed, refused: 60, spoilt: 80, unanswered: 20, failures: 60, lost: 200, doubled: 200 });
    }
    let data = TempDir::new().unwrap();
    let (replicate_url, fashn_url) = (replicate.url(), fashn.url());
    let settings = vendor_settings(&replicate_url, &fashn_url);
    let mut api = Api::start(data.path(), &settings).await;
    let base = api.base.clone();
    let of_workers = [settings, vec![("PUBLIC_URL", base.as_str())]].concat();
    let mut workers = [worker(data.path(), &of_workers).await, worker(data.path(), &of_workers).await];

    api.sign_up("demanding@example.com").await;
    api.put_body("person_1.jpg").await;
    let clothing = api.add_top("garments/g_tee.jpg").await;
    let mut ids = Vec::with_capacity(wanted());
    let mut killed = Instant::now();
    for seed in 0..wanted() {
        ids.push(ask(&api, &clothing, seed).await);
        if seed % 10 == 0 && killed.elapsed() > Duration::from_secs(1) {
            let place = (seed / 10) % workers.len();
            workers[place].kill();
            workers[place] = worker(data.path(), &of_workers).await;
            killed = Instant::now();
        }
    }
    for kill in 0..6 {
        tokio::time::sleep(Duration::from_millis(700)).await;
        let place = kill % workers.len();
        workers[place].kill();
        workers[place] = worker(data.path(), &of_workers).await;
    }

    let until = Instant::now() + LIMIT * u32::try_from(wanted().div_ceil(200)).unwrap();
    let mut tryons = Vec::with_capacity(ids.len());
    for id in &ids {
        let tryon = loop {
            let tryon = api.tryon(id).await;
            if is_terminal(&tryon) {
                break tryon;
            }
            assert!(Instant::now() < until, "{tryon}\n{}", workers.iter_mut().map(Process::log).collect::<String>());
            tokio::time::sleep(Duration::from_millis(100)).await;
        };
        tryons.push(tryon);
    }

    let mut references: BTreeMap<String, usize> = BTreeMap::new();
    for payment in replicate.ledger() {
        *references.entry(payment.reference.expect("our mark comes with the address of each picture")).or_default() += 1;
    }
    assert!(references.values().all(|times| *times == 1), "paid twice: {references:?}");
    for (vendor, name) in [(&replicate, "replicate"), (&fashn, "fashn")] {
        let (paid, attempted) = (vendor.ledger().len(), attempts(&tryons, name));
        assert!(paid <= attempted, "{name} was paid {paid} times for {attempted} attempts");
    }
    let completed = tryons.iter().filter(|tryon| tryon["status"] == "completed").count();
    let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
    for tryon in tryons.iter().filter(|tryon| tryon["status"] != "completed") {
        *reasons.entry(tryon["error"]["reason"].as_str().unwrap()).or_default() += 1;
    }
    let paid = replicate.ledger().len() + fashn.ledger().len();
    eprintln!("{completed} of {} completed for {paid} payments; the others: {reasons:?}", tryons.len());
    assert!(completed * 10 >= tryons.len() * 6, "{completed} of {} completed; the others: {reasons:?}", tryons.len());
    let picture = tryons.iter().find_map(|tryon| tryon["result_image_url"].as_str()).unwrap();
    assert!(api.picture(picture).await.starts_with(&[0xff, 0xd8]), "the bytes are in our own store");
}

/// A port nobody listens on at present.
fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[tokio::test]
async fn a_real_cog_server_makes_a_picture_and_tells_of_it_by_itself() {
    let Some(cog) = present(std::env::var("TEST_COG_URL").ok(), "a real Cog server") else { return };
    let port = free_port().to_string();
    let public_url = format!("http://127.0.0.1:{port}");
    let data = TempDir::new().unwrap();
    let settings = [
        ("TRYON_PROVIDERS", "cog"),
        ("COG_URL", cog.as_str()),
        ("PUBLIC_URL", public_url.as_str()),
        ("PORT", port.as_str()),
        ("LOG_LEVEL", "info"),
    ];
    let mut api = Api::start(data.path(), &settings).await;
    api.sign_up("cog@example.com").await;
    api.put_body("person_1.jpg").await;
    let clothing = api.add_top("garments/g_tee.jpg").await;
    let id = ask(&api, &clothing, 7).await;
    let tryon = api.tryon_until(&id, Duration::from_secs(120), is_terminal).await;
    assert_eq!(tryon["status"], "completed", "{tryon}");
    let attempt = tryon["attempts"].as_array().unwrap().last().unwrap();
    assert_eq!((&attempt["provider"], &attempt["seed"]), (&json!("cog"), &json!(7)), "{tryon}");
    assert_eq!(attempt["parameters"]["category"], "upper_body", "{tryon}");
    assert!(api.picture(tryon["result_image_url"].as_str().unwrap()).await.starts_with(&[0xff, 0xd8]));
}
