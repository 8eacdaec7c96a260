//! The suite of Prompt Challenge's store.

use std::sync::Arc;

use atelier_adapter_memory::MemoryStore;
use atelier_testkit::contract::ChallengeUnderTest;
use atelier_testkit::contract::challenge::every_operation;

async fn memory() -> Option<ChallengeUnderTest> {
    Some(ChallengeUnderTest::of(Arc::new(MemoryStore::new()), ()))
}

atelier_testkit::challenge_contract!(memory);

#[tokio::test]
async fn every_operation_works_on_one_store() {
    every_operation::call(&ChallengeUnderTest::of(Arc::new(MemoryStore::new()), ())).await;
}
