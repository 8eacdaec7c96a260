//! The adapter against a real server.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::disallowed_methods, reason = "a test run is configured by its environment")]

mod answers;
mod attempts;
mod cache;
mod connecting;
mod leases;
mod rate;
mod transactions;

use atelier_adapter_redis::RedisConnection;

/// Where the server is, if there is one.
fn url() -> Option<String> {
    std::env::var("TEST_REDIS_URL").ok()
}

/// A connection with keys of its own.
async fn connection() -> Option<RedisConnection> {
    Some(RedisConnection::connect(&url()?, format!("test:{}:", uuid::Uuid::new_v4())).await.unwrap())
}
