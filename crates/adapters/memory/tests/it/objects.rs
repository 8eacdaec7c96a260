//! The object store's suites.

use std::sync::Arc;

use atelier_adapter_memory::MemoryObjectStore;
use atelier_testkit::FixedClock;
use atelier_testkit::contract::{DirectAccessUnderTest, ObjectStoreUnderTest};

async fn memory() -> Option<ObjectStoreUnderTest> {
    let objects = MemoryObjectStore::new(Arc::new(FixedClock::new()));
    Some(ObjectStoreUnderTest::of(Arc::new(objects), ()))
}

async fn signed_memory() -> Option<DirectAccessUnderTest> {
    let clock = FixedClock::new();
    let objects = MemoryObjectStore::new(Arc::new(clock.clone()));
    Some(DirectAccessUnderTest::of(Arc::new(objects), clock, ()))
}

atelier_testkit::object_store_contract!(memory);
atelier_testkit::direct_access_contract!(signed_memory);
