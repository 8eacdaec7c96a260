//! The cache of signed URLs, over the store in memory.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use atelier_adapter_cache::SignedUrlCache;
use atelier_adapter_memory::MemoryObjectStore;
use atelier_domain::kernel::{Cache, Clock, ObjectKey, ObjectPrefix, ObjectStore};
use atelier_testkit::FixedClock;
use atelier_testkit::contract::ObjectStoreUnderTest;
use bytes::Bytes;

const HOUR: Duration = Duration::from_secs(3_600);

fn cache(clock: &FixedClock) -> SignedUrlCache {
    let clock: Arc<dyn Clock> = Arc::new(clock.clone());
    SignedUrlCache::new(Arc::new(MemoryObjectStore::new(clock.clone())), clock, None)
}

async fn backend() -> Option<ObjectStoreUnderTest> {
    Some(ObjectStoreUnderTest::of(Arc::new(cache(&FixedClock::new())), ()))
}

atelier_testkit::object_store_contract!(backend);

fn key() -> ObjectKey {
    ObjectKey::parse("clothing/u/c.jpg").unwrap()
}

#[tokio::test]
async fn a_url_is_given_out_again_while_half_of_its_life_is_left() {
    let clock = FixedClock::new();
    let objects = cache(&clock);
    let first = objects.presign_get(&key(), HOUR).await.unwrap();
    clock.advance(HOUR / 2);
    assert_eq!(objects.presign_get(&key(), HOUR).await.unwrap(), first);
    clock.advance(Duration::from_millis(1));
    let second = objects.presign_get(&key(), HOUR).await.unwrap();
    assert_eq!(second.expires_at, clock.now() + HOUR);
    assert_ne!(second, first);
}

#[tokio::test]
async fn a_url_asked_for_with_another_life_is_another() {
    let clock = FixedClock::new();
    let objects = cache(&clock);
    objects.presign_get(&key(), HOUR).await.unwrap();
    assert_eq!(objects.presign_get(&key(), HOUR / 60).await.unwrap().expires_at, clock.now() + HOUR / 60);
}

#[tokio::test]
async fn what_is_written_or_deleted_gets_a_new_url() {
    let clock = FixedClock::new();
    let objects = cache(&clock);
    let folder = ObjectPrefix::parse("clothing/u/").unwrap();
    for step in 0..3 {
        let before = objects.presign_get(&key(), HOUR).await.unwrap();
        clock.advance(Duration::from_secs(1));
        match step {
            0 => objects.put(&key(), Bytes::from_static(b"new"), "image/jpeg").await.unwrap(),
            1 => objects.delete(&key()).await.unwrap(),
            _ => assert!(objects.delete_prefix(&folder).await.unwrap().failed.is_empty()),
        }
        assert_ne!(objects.presign_get(&key(), HOUR).await.unwrap(), before, "step {step}");
    }
}

/// A shared cache that never forgets by itself.
#[derive(Default)]
struct Shared(Mutex<HashMap<String, String>>);

#[async_trait::async_trait]
impl Cache for Shared {
    async fn get(&self, key: &str) -> Option<String> {
        self.0.lock().unwrap().get(key).cloned()
    }
    async fn put(&self, key: &str, value: &str, _time_to_live: Duration) {
        self.0.lock().unwrap().insert(key.to_owned(), value.to_owned());
    }
    async fn forget(&self, key: &str) {
        self.0.lock().unwrap().remove(key);
    }
}

#[tokio::test]
async fn processes_with_a_shared_cache_give_out_the_same_url_while_it_is_fresh() {
    let clock = FixedClock::new();
    let (shared_clock, shared): (Arc<dyn Clock>, Arc<Shared>) = (Arc::new(clock.clone()), Arc::default());
    let objects = Arc::new(MemoryObjectStore::new(shared_clock.clone()));
    let process = || SignedUrlCache::new(objects.clone(), shared_clock.clone(), Some(shared.clone()));
    let first = process().presign_get(&key(), HOUR).await.unwrap();
    clock.advance(HOUR / 2);
    let other = process();
    assert_eq!(other.presign_get(&key(), HOUR).await.unwrap(), first);
    clock.advance(Duration::from_secs(1));
    assert_ne!(process().presign_get(&key(), HOUR).await.unwrap(), first, "too old, whatever the cache keeps");
    other.put(&key(), Bytes::from_static(b"new"), "image/jpeg").await.unwrap();
    assert!(shared.0.lock().unwrap().is_empty());
    shared.put("url:3600:clothing/u/c.jpg", "no url", HOUR).await;
    assert_eq!(process().presign_get(&key(), HOUR).await.unwrap().expires_at, clock.now() + HOUR, "what cannot be read is signed anew");
}
