//! Logins beside what bcrypt alone lets the same cores do.

use std::time::{Duration, Instant};

use atelier_adapter_credentials::BcryptHasher;
use atelier_bench::client::Call;
use atelier_bench::load::{by_clients, millis};
use atelier_bench::service::Service;
use atelier_domain::identity::{Password, PasswordHasher};
use atelier_domain::kernel::{ExposeSecret, SecretString};
use serde_json::json;
use tempfile::TempDir;

use crate::seed;

const COST: u32 = 12;
const ACCOUNTS: u32 = 64;
const CLIENTS: usize = 8;
const FOR: Duration = Duration::from_secs(15);
const PASSWORD: &str = "securepassword123";
/// Share of bcrypt's own rate that logins have to reach, in per cent.
const SHARE: f64 = 90.0;

/// Verifications a second by as many tasks as there are cores.
async fn bare(hasher: &BcryptHasher, hash: &SecretString, cores: usize) -> f64 {
    let begun = Instant::now();
    let one = || async {
        let mut verified = 0_u32;
        while begun.elapsed() < FOR {
            assert!(hasher.verify(&SecretString::from(PASSWORD), Some(hash)).await.unwrap());
            verified += 1;
        }
        verified
    };
    let all: u32 = futures_util::future::join_all((0..cores).map(|_| one())).await.iter().sum();
    f64::from(all) / begun.elapsed().as_secs_f64()
}

pub(crate) async fn measure() {
    let cores = std::thread::available_parallelism().unwrap().get();
    let hasher = BcryptHasher::new(COST, cores, cores).unwrap();
    let hash = hasher.hash(&Password::parse("password", SecretString::from(PASSWORD)).unwrap()).await.unwrap();
    let limit = bare(&hasher, &hash, cores).await;

    let data = TempDir::new().unwrap();
    let store = seed::store(data.path()).await;
    seed::accounts(&store, ACCOUNTS, hash.expose_secret()).await;
    store.close().await;
    let cost = COST.to_string();
    let service = Service::start(data.path(), &[("BCRYPT_COST", &cost), ("EMBEDDED_WORKER", "false")]).await.unwrap();
    let login = |number: usize| {
        let who = json!({ "email": format!("bench{}@example.com", number % ACCOUNTS as usize), "password": PASSWORD });
        Call::post("/api/v1/auth/login", &who)
    };
    let begun = Instant::now();
    let latencies = by_clients(&service.host, CLIENTS, FOR, login).await.unwrap();
    let rate = latencies.len() as f64 / begun.elapsed().as_secs_f64();
    let share = rate / limit * 100.0;
    println!("{cores} cores verify {limit:.2} passwords a second with bcrypt {COST} alone");
    println!("{CLIENTS} clients: {rate:.2} logins a second, p50 {:.0} ms, p99 {:.0} ms", millis(&latencies, 50), millis(&latencies, 99));
    println!("{share:.0} % of bcrypt's limit, goal {SHARE:.0}: {}", if share >= SHARE { "reached" } else { "MISSED" });
}
