//! The store's suite.

use std::sync::Arc;

use atelier_adapter_memory::MemoryStore;
use atelier_testkit::contract::StoreUnderTest;

async fn memory() -> Option<StoreUnderTest> {
    Some(StoreUnderTest::of(Arc::new(MemoryStore::new()), ()))
}

atelier_testkit::store_contract!(memory);
