use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, Instant};

use atelier_domain::kernel::{ObjectStore, ObjectStoreError};

use crate::key;
use crate::scripted::{Reply, Scripted};

const WELL: u8 = 0;
const BUSY: u8 = 1;
const SILENT: u8 = 2;
const GONE: u8 = 3;
const CUT_SHORT: u8 = 4;
const FORBIDDEN: u8 = 5;
const BROKEN_OFF: u8 = 6;

/// A server whose health a test sets, and a store that gives up on it soon.
async fn ailing() -> (Scripted, Arc<AtomicU8>) {
    let health = Arc::new(AtomicU8::new(WELL));
    let told = health.clone();
    let mut server = Scripted::start(move |_| match told.load(Ordering::Relaxed) {
        WELL => Reply::Answer(200, "well".to_owned()),
        BUSY => Reply::error(503, "SlowDown"),
        SILENT => Reply::Silence,
        GONE => Reply::HangUp,
        CUT_SHORT => Reply::Begin("half".to_owned()),
        BROKEN_OFF => Reply::BreakOff("half".to_owned()),
        _ => Reply::error(403, "AccessDenied"),
    })
    .await;
    server.settings.timeouts.attempts = 1;
    server.settings.timeouts.attempt = Duration::from_millis(200);
    server.settings.timeouts.operation = Duration::from_millis(400);
    server.settings.breaker.failures = 3;
    server.settings.breaker.open_for = Duration::from_millis(300);
    (server, health)
}

#[tokio::test]
async fn a_server_that_fails_is_left_alone_until_a_probe_succeeds() {
    let (server, health) = ailing().await;
    let (store, picture) = (server.connect().await, key("body/u/b.jpg"));
    health.store(BUSY, Ordering::Relaxed);
    for _ in 0..3 {
        assert!(matches!(store.get(&picture).await, Err(ObjectStoreError::Unavailable(_))));
    }
    let opened = Instant::now();
    let asked = server.requests().len();
    assert_eq!(asked, 3);
    for _ in 0..100 {
        assert!(matches!(store.get(&picture).await, Err(ObjectStoreError::Unavailable(_))));
        assert!(matches!(store.put(&picture, "x".into(), "image/jpeg").await, Err(ObjectStoreError::Unavailable(_))));
    }
    if opened.elapsed() < server.settings.breaker.open_for {
        assert_eq!(server.requests().len(), asked, "while it is open nobody asks");
    }
    health.store(WELL, Ordering::Relaxed);
    let end = opened + Duration::from_secs(10);
    while store.get(&picture).await.is_err() {
        assert!(Instant::now() < end, "the breaker stays open");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(opened.elapsed() >= server.settings.breaker.open_for);
    assert_eq!(store.get(&picture).await.unwrap(), "well");
}

#[tokio::test]
async fn while_the_server_is_stalled_one_probe_waits_and_the_others_are_answered_at_once() {
    let (mut server, health) = ailing().await;
    server.settings.breaker.open_for = Duration::ZERO;
    let (store, picture) = (Arc::new(server.connect().await), key("body/u/b.jpg"));
    health.store(SILENT, Ordering::Relaxed);
    for _ in 0..3 {
        assert!(matches!(store.get(&picture).await, Err(ObjectStoreError::Timeout(_))));
    }
    let probe = tokio::spawn({
        let (store, picture) = (store.clone(), picture.clone());
        async move { store.get(&picture).await }
    });
    while server.requests().len() < 4 {
        tokio::task::yield_now().await;
    }
    for _ in 0..20 {
        assert!(matches!(store.get(&picture).await, Err(ObjectStoreError::Unavailable(_))));
    }
    assert!(!probe.is_finished());
    assert_eq!(server.requests().len(), 4);
    assert!(matches!(probe.await.unwrap(), Err(ObjectStoreError::Timeout(_))));
}

#[tokio::test]
async fn urls_are_signed_while_the_server_is_away() {
    let (server, health) = ailing().await;
    let (store, picture) = (server.connect().await, key("body/u/b.jpg"));
    health.store(GONE, Ordering::Relaxed);
    for _ in 0..4 {
        assert!(matches!(store.head(&picture).await, Err(ObjectStoreError::Unavailable(_))));
    }
    let asked = server.requests().len();
    store.presign_get(&picture, Duration::from_secs(60)).await.unwrap();
    store.presign_put(&picture, "image/jpeg", 3, Duration::from_secs(60)).await.unwrap();
    assert_eq!(server.requests().len(), asked);
}

#[tokio::test]
async fn a_body_that_stops_coming_is_a_timeout() {
    let (server, health) = ailing().await;
    let store = server.connect().await;
    health.store(CUT_SHORT, Ordering::Relaxed);
    assert!(matches!(store.get(&key("body/u/b.jpg")).await, Err(ObjectStoreError::Timeout(_))));
}

#[tokio::test]
async fn a_refusal_is_an_answer_and_never_opens_the_breaker() {
    let (server, health) = ailing().await;
    let store = server.connect().await;
    health.store(FORBIDDEN, Ordering::Relaxed);
    for _ in 0..10 {
        assert!(matches!(store.get(&key("body/u/b.jpg")).await, Err(ObjectStoreError::Other(_))));
    }
    assert_eq!(server.requests().len(), 10);
}

#[tokio::test]
async fn a_passing_failure_is_repeated_as_often_as_the_settings_say() {
    let (mut server, health) = ailing().await;
    server.settings.timeouts.attempts = 3;
    server.settings.timeouts.operation = Duration::from_secs(20);
    let store = server.connect().await;
    health.store(BUSY, Ordering::Relaxed);
    assert!(matches!(store.delete(&key("body/u/b.jpg")).await, Err(ObjectStoreError::Unavailable(_))));
    assert_eq!(server.requests().len(), 3);
}

#[tokio::test]
async fn a_body_that_breaks_off_is_asked_for_again() {
    let (mut server, health) = ailing().await;
    server.settings.timeouts.attempts = 3;
    server.settings.timeouts.operation = Duration::from_secs(20);
    let store = server.connect().await;
    health.store(BROKEN_OFF, Ordering::Relaxed);
    assert!(matches!(store.get(&key("body/u/b.jpg")).await, Err(ObjectStoreError::Unavailable(_))));
    assert_eq!(server.requests().len(), 3);

    let asked = Arc::new(AtomicU8::new(0));
    let server = Scripted::start(move |_| match asked.fetch_add(1, Ordering::Relaxed) {
        0 => Reply::BreakOff("half".to_owned()),
        _ => Reply::Answer(200, "whole".to_owned()),
    })
    .await;
    assert_eq!(server.connect().await.get(&key("body/u/b.jpg")).await.unwrap(), "whole");
}
