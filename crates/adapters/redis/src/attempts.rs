//! Failed attempts, counted by the whole fleet.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use atelier_domain::kernel::{AttemptLimiter, Clock};
use redis::Script;

use crate::connection::RedisConnection;

/// Most failures remembered per key; the oldest are forgotten first.
const FAILURES_PER_KEY: u32 = 1_000;

/// KEYS: the failures of one key, a sorted set by time. ARGV: now, window, limit; milliseconds. Answers the wait, or -1.
static BLOCKED_FOR: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "local first = tonumber(ARGV[1]) - tonumber(ARGV[2])
         local counted = redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. first, '+inf', 'WITHSCORES')
         local surplus = #counted / 2 - tonumber(ARGV[3])
         if surplus < 0 then return -1 end
         return counted[2 * surplus + 2] + ARGV[2] - ARGV[1]",
    )
});

/// KEYS: the failures of one key, and their number. ARGV: now, window, most failures. Two at the same instant must count as two, hence the number.
static RECORD_FAILURE: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "local number = redis.call('INCR', KEYS[2])
         redis.call('ZADD', KEYS[1], ARGV[1], number)
         redis.call('ZREMRANGEBYRANK', KEYS[1], 0, -1 - ARGV[3])
         local lives = math.max(redis.call('PTTL', KEYS[1]), tonumber(ARGV[2]))
         redis.call('PEXPIRE', KEYS[1], lives)
         redis.call('PEXPIRE', KEYS[2], lives)",
    )
});

/// Counts failures per key for every process on the same Redis. What it cannot tell Redis, it tells `fallback`, and asks it too.
pub struct RedisAttemptLimiter {
    redis: RedisConnection,
    clock: Arc<dyn Clock>,
    fallback: Arc<dyn AttemptLimiter>,
}

impl RedisAttemptLimiter {
    /// Counts by this clock; `fallback` counts in the process.
    pub fn new(redis: RedisConnection, clock: Arc<dyn Clock>, fallback: Arc<dyn AttemptLimiter>) -> Self {
        Self { redis, clock, fallback }
    }

    /// Both keys in one slot, should the server be a cluster.
    fn keys(&self, key: &str) -> (String, String) {
        let failures = self.redis.key("attempts", &format!("{{{key}}}"));
        let number = format!("{failures}:number");
        (failures, number)
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[async_trait::async_trait]
impl AttemptLimiter for RedisAttemptLimiter {
    async fn blocked_for(&self, key: &str, limit: u32, window: Duration) -> Option<Duration> {
        let mut invocation = BLOCKED_FOR.prepare_invoke();
        invocation.key(self.keys(key).0).arg(self.clock.now().timestamp_millis()).arg(millis(window)).arg(limit.max(1));
        let mut manager = self.redis.manager();
        let wait: Option<i64> = self.redis.measured("attempts.blocked_for", invocation.invoke_async(&mut manager)).await;
        let shared = wait.and_then(|wait| u64::try_from(wait).ok()).map(Duration::from_millis);
        // Failures counted while Redis was away count on.
        shared.max(self.fallback.blocked_for(key, limit, window).await)
    }

    async fn record_failure(&self, key: &str, window: Duration) {
        let (failures, number) = self.keys(key);
        let mut invocation = RECORD_FAILURE.prepare_invoke();
        invocation.key(failures).key(number).arg(self.clock.now().timestamp_millis()).arg(millis(window)).arg(FAILURES_PER_KEY);
        let mut manager = self.redis.manager();
        if self.redis.measured::<()>("attempts.record_failure", invocation.invoke_async(&mut manager)).await.is_none() {
            self.fallback.record_failure(key, window).await;
        }
    }

    async fn reset(&self, key: &str) {
        let (failures, number) = self.keys(key);
        let mut manager = self.redis.manager();
        let deleted = async { redis::cmd("DEL").arg(failures).arg(number).query_async::<()>(&mut manager).await };
        self.redis.measured("attempts.reset", deleted).await;
        self.fallback.reset(key).await;
    }
}
