//! The S3 store: the contract of its port on a real server, and what is particular to it.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bucket;
mod connecting;
mod contract;
mod outages;
mod preparing;
mod requests;
mod scripted;
mod signature;
mod stored;
mod telemetry;
mod urls;

use atelier_domain::kernel::{ObjectKey, ObjectPrefix};

/// A client for signed URLs.
fn client() -> reqwest::Client {
    // With the adapters of AI providers in the same build, reqwest knows TLS and wants to be told with which provider.
    let _already_set = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::new()
}

fn key(text: &str) -> ObjectKey {
    ObjectKey::parse(text).unwrap()
}

fn prefix(text: &str) -> ObjectPrefix {
    ObjectPrefix::parse(text).unwrap()
}
