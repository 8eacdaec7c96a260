//! Rate limits.

use atelier_adapter_redis::RedisRateLimiter;
use atelier_domain::kernel::RateLimiter;
use atelier_testkit::contract::present;

#[tokio::test]
async fn a_minutes_allowance_is_taken_at_once_by_all_processes_together_then_there_is_a_wait() {
    let Some(redis) = present(crate::connection().await, "a minute's allowance") else { return };
    let (one, two) = (RedisRateLimiter::new(redis.clone()), RedisRateLimiter::new(redis));
    for _ in 0..3 {
        assert_eq!(one.take("k", 6).await, None);
        assert_eq!(two.take("k", 6).await, None);
    }
    let wait = two.take("k", 6).await.unwrap();
    assert!((5..=10).contains(&wait.as_secs()), "one comes back every ten seconds: {wait:?}");
    assert_eq!(one.take("another", 6).await, None);
}

#[tokio::test]
async fn an_allowance_fills_up_again() {
    let Some(redis) = present(crate::connection().await, "an allowance fills up") else { return };
    let limiter = RedisRateLimiter::new(redis);
    // 6 000 a minute: one comes back every ten milliseconds.
    let wait = loop {
        if let Some(wait) = limiter.take("k", 6_000).await {
            break wait;
        }
    };
    tokio::time::sleep(wait + std::time::Duration::from_millis(5)).await;
    assert_eq!(limiter.take("k", 6_000).await, None);
}
