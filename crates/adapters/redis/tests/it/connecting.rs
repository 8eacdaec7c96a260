//! Starting, and losing the server.

use std::sync::Arc;
use std::time::{Duration, Instant};

use atelier_adapter_memory::MemoryAttemptLimiter;
use atelier_adapter_redis::{ConnectError, RedisAttemptLimiter, RedisConnection, RedisRateLimiter};
use atelier_domain::kernel::{AttemptLimiter, RateLimiter};
use atelier_testkit::FixedClock;
use atelier_testkit::contract::present;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};

#[tokio::test]
async fn an_unreachable_server_is_told_within_ten_seconds_without_the_password() {
    let started = Instant::now();
    let error = RedisConnection::connect("redis://user:hunter2@127.0.0.1:1/0", "").await.err().unwrap();
    assert!(started.elapsed() < Duration::from_secs(10));
    assert!(matches!(error, ConnectError::Unreachable { .. }), "{error:?}");
    let text = format!("{error} {error:?}");
    assert!(text.contains("127.0.0.1:1") && text.contains("REDIS_URL") && !text.contains("hunter2"), "{text}");
}

#[tokio::test]
async fn what_is_no_url_is_refused() {
    let error = RedisConnection::connect("http://127.0.0.1", "").await.err().unwrap();
    assert!(matches!(error, ConnectError::Url(_)), "{error:?}");
}

#[tokio::test]
async fn a_wrong_password_is_told() {
    let Some(url) = present(crate::url(), "a wrong password") else { return };
    let wrong = url.replacen("redis://", "redis://nobody:wrong@", 1);
    let error = RedisConnection::connect(&wrong, "").await.err().unwrap();
    assert!(matches!(error, ConnectError::Credentials { .. }), "{error:?}");
}

/// A server in front of the real one, cut off when dropped.
async fn through_a_proxy(url: &str) -> (String, tokio::task::JoinHandle<()>) {
    let target = url.trim_start_matches("redis://").split('/').next().unwrap().to_owned();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let proxy = tokio::spawn(async move {
        let mut open = tokio::task::JoinSet::new();
        while let Ok((mut near, _)) = listener.accept().await {
            let mut far = TcpStream::connect(&target).await.unwrap();
            open.spawn(async move { copy_bidirectional(&mut near, &mut far).await });
        }
    });
    (format!("redis://{address}"), proxy)
}

#[tokio::test]
async fn while_the_server_is_away_the_process_counts_for_itself() {
    let Some(url) = present(crate::url(), "while the server is away") else { return };
    let (url, proxy) = through_a_proxy(&url).await;
    let redis = RedisConnection::connect(&url, format!("test:{}:", uuid::Uuid::new_v4())).await.unwrap();
    assert!(redis.answers().await);
    proxy.abort();
    let _cut = proxy.await;
    let clock = Arc::new(FixedClock::new());
    let attempts = RedisAttemptLimiter::new(redis.clone(), clock.clone(), Arc::new(MemoryAttemptLimiter::new(clock)));
    let window = Duration::from_secs(900);
    for _ in 0..5 {
        attempts.record_failure("k", window).await;
    }
    assert_eq!(attempts.blocked_for("k", 5, window).await, Some(window), "guessing is not free meanwhile");
    assert_eq!(RedisRateLimiter::new(redis.clone()).take("k", 1).await, None);
    assert_eq!(RedisRateLimiter::new(redis.clone()).take("k", 1).await, None, "it allows rather than fail");
    assert!(!redis.answers().await);
}
