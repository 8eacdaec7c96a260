use std::sync::Arc;

use atelier_testkit::contract::{DirectAccessUnderTest, ObjectStoreUnderTest};

use crate::Embedded;

async fn object_store() -> Option<ObjectStoreUnderTest> {
    let Embedded { store, folder, .. } = Embedded::new();
    Some(ObjectStoreUnderTest::of(Arc::new(store), folder))
}

async fn direct_access() -> Option<DirectAccessUnderTest> {
    let Embedded { store, clock, folder } = Embedded::new();
    Some(DirectAccessUnderTest::of(Arc::new(store), clock, folder))
}

mod as_object_store {
    use super::object_store as backend;
    atelier_testkit::object_store_contract!(backend);
}

mod as_direct_access {
    use super::direct_access as backend;
    atelier_testkit::direct_access_contract!(backend);
}
