//! The contract of the limiter, and what happens while Redis is away.

use std::sync::Arc;
use std::time::Duration;

use atelier_adapter_memory::MemoryAttemptLimiter;
use atelier_adapter_redis::{RedisAttemptLimiter, RedisConnection};
use atelier_domain::kernel::AttemptLimiter;
use atelier_testkit::FixedClock;
use atelier_testkit::contract::{AttemptLimiterUnderTest, present};

const WINDOW: Duration = Duration::from_secs(900);

fn limiter(redis: RedisConnection, clock: &FixedClock) -> RedisAttemptLimiter {
    let clock = Arc::new(clock.clone());
    RedisAttemptLimiter::new(redis, clock.clone(), Arc::new(MemoryAttemptLimiter::new(clock)))
}

async fn backend() -> Option<AttemptLimiterUnderTest> {
    let clock = FixedClock::new();
    Some(AttemptLimiterUnderTest { limiter: Arc::new(limiter(crate::connection().await?, &clock)), clock })
}

atelier_testkit::attempt_limiter_contract!(backend);

#[tokio::test]
async fn two_processes_count_together() {
    let Some(redis) = present(crate::connection().await, "two_processes_count_together") else { return };
    let clock = FixedClock::new();
    let (one, two) = (limiter(redis.clone(), &clock), limiter(redis, &clock));
    for _ in 0..3 {
        one.record_failure("k", WINDOW).await;
    }
    assert_eq!(two.blocked_for("k", 5, WINDOW).await, None);
    for _ in 0..2 {
        two.record_failure("k", WINDOW).await;
    }
    assert_eq!(one.blocked_for("k", 5, WINDOW).await, Some(WINDOW));
    two.reset("k").await;
    assert_eq!(one.blocked_for("k", 5, WINDOW).await, None);
}
