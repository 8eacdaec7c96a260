//! The whole HTTP surface, in process, over the memory adapters: the real server on a free port, a real client.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod app;
mod attacks;
mod bodies;
mod challenge;
mod contract;
mod credentials;
mod data;
mod frames;
mod hostile;
mod identity;
mod live;
mod operations;
mod panics;
mod photos;
mod products;
mod quotas;
mod strangers;
mod tryon;
mod wardrobe;
mod webhooks;

/// Random cases of a test: few, and with SOAK=1 many.
#[expect(clippy::disallowed_methods, reason = "a switch for whoever runs the tests, not a setting of the product")]
fn cases(few: u32, many: u32) -> u32 {
    if std::env::var("SOAK").is_ok_and(|soak| soak == "1") { many } else { few }
}
