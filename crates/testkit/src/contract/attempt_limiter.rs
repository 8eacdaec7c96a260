//! Counting failed attempts.

use std::time::Duration;

use super::AttemptLimiterUnderTest;

const WINDOW: Duration = Duration::from_secs(900);
const MINUTE: Duration = Duration::from_secs(60);

async fn fail(store: &AttemptLimiterUnderTest, key: &str, times: u32) {
    for _ in 0..times {
        store.limiter.record_failure(key, WINDOW).await;
    }
}

async fn blocked(store: &AttemptLimiterUnderTest, key: &str) -> Option<Duration> {
    store.limiter.blocked_for(key, 5, WINDOW).await
}

/// Fewer failures than the limit block nobody; the limit does, for the rest of the window.
pub async fn the_limit_blocks(store: &AttemptLimiterUnderTest) {
    assert_eq!(blocked(store, "k").await, None);
    fail(store, "k", 4).await;
    assert_eq!(blocked(store, "k").await, None);
    fail(store, "k", 1).await;
    assert_eq!(blocked(store, "k").await, Some(WINDOW));
    store.clock.advance(MINUTE);
    assert_eq!(blocked(store, "k").await, Some(WINDOW - MINUTE));
}

/// Keys are counted apart.
pub async fn keys_are_counted_apart(store: &AttemptLimiterUnderTest) {
    fail(store, "one", 5).await;
    assert!(blocked(store, "one").await.is_some());
    assert_eq!(blocked(store, "two").await, None);
}

/// The window slides: each failure leaves it on its own, and the wait is for the first that makes room.
pub async fn the_window_slides(store: &AttemptLimiterUnderTest) {
    for _ in 0..5 {
        fail(store, "k", 1).await;
        store.clock.advance(MINUTE);
    }
    assert_eq!(blocked(store, "k").await, Some(WINDOW - 5 * MINUTE));
    fail(store, "k", 1).await;
    assert_eq!(blocked(store, "k").await, Some(WINDOW - 4 * MINUTE), "the second failure has to leave as well");
    store.clock.advance(WINDOW - 4 * MINUTE);
    assert_eq!(blocked(store, "k").await, None);
    fail(store, "k", 1).await;
    assert_eq!(blocked(store, "k").await, Some(MINUTE));
}

/// A reset forgets the key's failures, and only that key's.
pub async fn a_reset_forgets(store: &AttemptLimiterUnderTest) {
    fail(store, "k", 5).await;
    fail(store, "other", 5).await;
    store.limiter.reset("k").await;
    store.limiter.reset("never seen").await;
    assert_eq!(blocked(store, "k").await, None);
    assert!(blocked(store, "other").await.is_some());
}
