//! A cache that all processes share.

use std::time::Duration;

use atelier_domain::kernel::Cache;

use crate::connection::RedisConnection;

/// Values in Redis. While it is away nothing is found and nothing kept.
#[derive(Clone)]
pub struct RedisCache {
    redis: RedisConnection,
}

impl RedisCache {
    /// Over this connection.
    pub fn new(redis: RedisConnection) -> Self {
        Self { redis }
    }
}

#[async_trait::async_trait]
impl Cache for RedisCache {
    async fn get(&self, key: &str) -> Option<String> {
        let mut manager = self.redis.manager();
        let mut command = redis::cmd("GET");
        command.arg(self.redis.key("cache", key));
        self.redis.measured::<Option<String>>("cache.get", async { command.query_async(&mut manager).await }).await?
    }

    async fn put(&self, key: &str, value: &str, time_to_live: Duration) {
        let mut manager = self.redis.manager();
        let millis = u64::try_from(time_to_live.as_millis()).unwrap_or(u64::MAX).max(1);
        let mut command = redis::cmd("SET");
        command.arg(self.redis.key("cache", key)).arg(value).arg("PX").arg(millis);
        self.redis.measured::<()>("cache.put", async { command.query_async(&mut manager).await }).await;
    }

    async fn forget(&self, key: &str) {
        let mut manager = self.redis.manager();
        let mut command = redis::cmd("DEL");
        command.arg(self.redis.key("cache", key));
        self.redis.measured::<()>("cache.forget", async { command.query_async(&mut manager).await }).await;
    }
}
