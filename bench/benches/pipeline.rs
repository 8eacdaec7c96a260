//! What the product adds to a provider's own time: from a try-on accepted to its picture stored, at a steady rate, with a provider that tells of
//! its end by itself (the laboratory's Cog). Runs a built API with its worker: `ATELIER_API` (default `target/release/atelier-api`).
//!
//! environment: RATE (50 a second), FOR_SECONDS (10), PROVIDER_MS (500), and the API's own settings, such as MONGODB_URI
#![expect(clippy::unwrap_used, reason = "a measurement that cannot be made fails")]
#![expect(clippy::print_stdout, reason = "a measurement's output goes to standard output")]
#![expect(clippy::disallowed_methods, reason = "a measurement is configured by its environment")]

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use atelier_testkit::laboratory::{Ending, Plan, TryOnVendor, VendorKind};
use chrono::DateTime;
use jpeg_encoder::{ColorType, Encoder};
use reqwest::multipart::{Form, Part};
use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};

const ACCOUNTS: u64 = 20;

fn number(name: &str, usual: u64) -> u64 {
    std::env::var(name).map_or(usual, |text| text.parse().unwrap())
}

struct Service {
    child: Child,
    api: String,
    client: Client,
}

impl Drop for Service {
    fn drop(&mut self) {
        let _over = self.child.kill().and_then(|()| self.child.wait());
    }
}

impl Service {
    async fn start(cog: &str, data: &std::path::Path) -> Self {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let public_url = format!("http://127.0.0.1:{port}");
        let binary = std::env::var("ATELIER_API").unwrap_or_else(|_| "target/release/atelier-api".to_owned());
        let child = Command::new(&binary)
            .envs([("TRYON_PROVIDERS", "cog"), ("COG_URL", cog), ("COG_CONCURRENCY", "1000"), ("WORKER_CONCURRENCY", "200")])
            .envs([("PUBLIC_URL", public_url.as_str()), ("EMBEDDED_WORKER", "true"), ("HOST", "127.0.0.1"), ("BCRYPT_COST", "4")])
            .envs([("RATE_LIMIT_ACCOUNT_PER_MINUTE", "1000000"), ("RATE_LIMIT_ADDRESS_PER_MINUTE", "1000000"), ("LOG_LEVEL", "warn")])
            .env("PORT", port.to_string())
            .env("DATA_DIR", data)
            .stdin(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("{binary}: {error}"));
        let service = Self { child, api: format!("{public_url}/api/v1"), client: Client::builder().no_proxy().build().unwrap() };
        let ready = format!("{public_url}/health/ready");
        while service.client.get(&ready).send().await.is_err() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        service
    }

    fn post(&self, path: &str) -> RequestBuilder {
        self.client.post(format!("{}{path}", self.api))
    }
}

async fn answer(request: RequestBuilder) -> Value {
    let response = request.send().await.unwrap();
    let (status, text) = (response.status(), response.text().await.unwrap());
    assert!(status.is_success(), "{status} {text}");
    serde_json::from_str(&text).unwrap()
}

fn form() -> Form {
    let mut jpeg = Vec::new();
    Encoder::new(&mut jpeg, 90).encode(&vec![128; 400 * 300 * 3], 400, 300, ColorType::Rgb).unwrap();
    Form::new().part("image", Part::bytes(jpeg).file_name("picture.jpg"))
}

/// A token and a garment.
async fn account(service: &Service, number: u64) -> (String, String) {
    let person = json!({ "email": format!("bench{number}@example.com"), "password": "securepassword123", "name": "John Doe" });
    let token = answer(service.post("/auth/signup").json(&person)).await["access_token"].as_str().unwrap().to_owned();
    answer(service.client.put(format!("{}/body", service.api)).bearer_auth(&token).multipart(form())).await;
    let garment = service.post("/clothing").bearer_auth(&token).multipart(form().text("name", "Top").text("category", "tops"));
    let garment = answer(garment).await["data"]["clothing"]["id"].as_str().unwrap().to_owned();
    (token, garment)
}

fn millis(tryon: &Value, field: &str) -> i64 {
    DateTime::parse_from_rfc3339(tryon[field].as_str().unwrap()).unwrap().timestamp_millis()
}

#[tokio::main]
async fn main() {
    let _already_set = rustls::crypto::ring::default_provider().install_default();
    let (rate, seconds, works) = (number("RATE", 50), number("FOR_SECONDS", 10), number("PROVIDER_MS", 500));
    let vendor = TryOnVendor::start(VendorKind::Cog).await;
    vendor.script().usually(Plan { work: Duration::from_millis(works), ending: Ending::Picture });
    let data = tempfile::TempDir::new().unwrap();
    let service = Service::start(&vendor.url(), data.path()).await;
    let mut accounts = Vec::new();
    for number in 0..ACCOUNTS {
        accounts.push(account(&service, number).await);
    }
    let mut ticks = tokio::time::interval(Duration::from_micros(1_000_000 / rate));
    let mut asked = Vec::new();
    for number in 0..rate * seconds {
        ticks.tick().await;
        let (token, garment) = accounts[usize::try_from(number % ACCOUNTS).unwrap()].clone();
        let wish = json!({ "clothing_id": garment, "options": { "seed": number } });
        let request = service.post("/tryon").bearer_auth(&token).json(&wish);
        asked.push((token, tokio::spawn(answer(request))));
    }
    let mut beyond = Vec::with_capacity(asked.len());
    for (token, asked) in asked {
        let id = asked.await.unwrap()["data"]["tryon"]["id"].as_str().unwrap().to_owned();
        loop {
            let request = service.client.get(format!("{}/tryon/{id}", service.api)).bearer_auth(&token);
            let tryon = answer(request).await["data"]["tryon"].clone();
            match tryon["status"].as_str().unwrap() {
                "completed" => {
                    break beyond.push(millis(&tryon, "completed_at") - millis(&tryon, "created_at") - i64::try_from(works).unwrap());
                }
                "failed" => panic!("{tryon}"),
                _ => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
    }
    beyond.sort_unstable();
    let at = |percent: usize| beyond[(beyond.len() - 1) * percent / 100];
    println!(
        "{} try-ons at {rate} a second, provider {works} ms: beyond it p50 {} ms, p90 {} ms, p99 {} ms, most {} ms",
        beyond.len(),
        at(50),
        at(90),
        at(99),
        at(100)
    );
}
