//! The contract of every port the store implements.

use std::sync::Arc;

use atelier_testkit::contract::StoreUnderTest;

use crate::place::Place;

async fn backend() -> Option<StoreUnderTest> {
    let place = Place::new()?;
    let store = place.open().await;
    Some(StoreUnderTest::of(Arc::new(store), place))
}

atelier_testkit::store_contract!(backend);
