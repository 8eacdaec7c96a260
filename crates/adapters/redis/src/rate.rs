//! Rate limits of the whole fleet.

use std::sync::LazyLock;
use std::time::Duration;

use atelier_domain::kernel::RateLimiter;
use redis::Script;

use crate::connection::RedisConnection;

/// The generic cell rate algorithm. KEYS: when the key's allowance is whole again, in milliseconds of the server's clock, which all
/// processes share. ARGV: the allowance per minute. Answers the wait in milliseconds, 0 when there is none.
static TAKE: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "local time = redis.call('TIME')
         local now = time[1] * 1000 + time[2] / 1000
         local whole = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now) + 60000 / ARGV[1]
         local wait = whole - 60000 - now
         if wait > 0.001 then return math.ceil(wait) end
         redis.call('SET', KEYS[1], string.format('%.3f', whole), 'PX', math.ceil(whole - now))
         return 0",
    )
});

/// One allowance per key for every process on the same Redis. While Redis is away it allows: each process has limits of its own.
#[derive(Clone)]
pub struct RedisRateLimiter {
    redis: RedisConnection,
}

impl RedisRateLimiter {
    /// Over this connection.
    pub fn new(redis: RedisConnection) -> Self {
        Self { redis }
    }
}

#[async_trait::async_trait]
impl RateLimiter for RedisRateLimiter {
    async fn take(&self, key: &str, per_minute: u32) -> Option<Duration> {
        let mut invocation = TAKE.prepare_invoke();
        invocation.key(self.redis.key("rate", key)).arg(per_minute.max(1));
        let mut manager = self.redis.manager();
        let wait: u64 = self.redis.measured("rate.take", invocation.invoke_async(&mut manager)).await?;
        (wait > 0).then(|| Duration::from_millis(wait))
    }
}
