//! The whole HTTP surface, in process, over the memory adapters: the real server on a free port, a real client.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod app;
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
