//! The cache.

use std::time::Duration;

use atelier_adapter_redis::RedisCache;
use atelier_domain::kernel::Cache;
use atelier_testkit::contract::present;

const HOUR: Duration = Duration::from_secs(3_600);

#[tokio::test]
async fn what_one_process_puts_another_one_gets_until_it_is_forgotten() {
    let Some(redis) = present(crate::connection().await, "what one process puts") else { return };
    let (one, two) = (RedisCache::new(redis.clone()), RedisCache::new(redis));
    assert_eq!(two.get("k").await, None);
    one.put("k", "first", HOUR).await;
    one.put("k", "second", HOUR).await;
    assert_eq!(two.get("k").await.as_deref(), Some("second"));
    assert_eq!(two.get("another").await, None);
    two.forget("k").await;
    assert_eq!(one.get("k").await, None);
}

#[tokio::test]
async fn a_value_is_gone_when_its_time_is_over() {
    let Some(redis) = present(crate::connection().await, "a value is gone") else { return };
    let cache = RedisCache::new(redis);
    cache.put("k", "v", Duration::from_millis(50)).await;
    let gone = async {
        while cache.get("k").await.is_some() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(5), gone).await.unwrap();
}
