//! The bundles the suites work on.

use std::any::Any;
use std::sync::Arc;

use atelier_domain::identity::{Account, IdentityStore};
use atelier_domain::kernel::{
    AttemptLimiter, DirectObjectAccess, EnqueueOutcome, EventFeed, EventKind, JobQueue, NewEvent, NewJob, ObjectStore, TryOnId, UserId,
};
use atelier_domain::wearit::WearitStore;
use atelier_domain::wearit::body::Body;
use atelier_domain::wearit::favorites::Favorite;
use atelier_domain::wearit::tryon::TryOn;
use atelier_domain::wearit::wardrobe::Clothing;

use crate::FixedClock;

/// An empty store behind all its ports.
#[derive(Clone)]
pub struct StoreUnderTest {
    /// Identity's store.
    pub identity: Arc<dyn IdentityStore>,
    /// WearIT's store.
    pub wearit: Arc<dyn WearitStore>,
    /// The queue.
    pub jobs: Arc<dyn JobQueue>,
    /// The event feed.
    pub events: Arc<dyn EventFeed>,
    /// Whatever must live as long as the store: a temporary folder, a database to be dropped.
    pub guard: Arc<dyn Any + Send + Sync>,
}

impl StoreUnderTest {
    /// A store that implements every port, with what must live as long as it.
    pub fn of<S>(store: Arc<S>, guard: impl Any + Send + Sync) -> Self
    where
        S: IdentityStore + WearitStore + JobQueue + EventFeed + 'static,
    {
        Self { identity: store.clone(), wearit: store.clone(), jobs: store.clone(), events: store, guard: Arc::new(guard) }
    }

    pub(crate) async fn add_account(&self, account: &Account) {
        let mut uow = self.identity.begin().await.unwrap();
        uow.accounts().insert(account).await.unwrap();
        uow.commit().await.unwrap();
    }

    pub(crate) async fn add_clothing(&self, garments: &[Clothing]) {
        let mut uow = self.wearit.begin().await.unwrap();
        for clothing in garments {
            uow.clothing().insert(clothing).await.unwrap();
        }
        uow.commit().await.unwrap();
    }

    pub(crate) async fn add_body(&self, body: &Body) {
        let mut uow = self.wearit.begin().await.unwrap();
        uow.bodies().insert(body).await.unwrap();
        uow.commit().await.unwrap();
    }

    pub(crate) async fn add_tryons(&self, tryons: &[TryOn]) {
        let mut uow = self.wearit.begin().await.unwrap();
        for tryon in tryons {
            uow.tryons().insert(tryon).await.unwrap();
        }
        uow.commit().await.unwrap();
    }

    pub(crate) async fn add_favorites(&self, favorites: &[Favorite]) {
        let mut uow = self.wearit.begin().await.unwrap();
        for favorite in favorites {
            uow.favorites().insert(favorite).await.unwrap();
        }
        uow.commit().await.unwrap();
    }

    pub(crate) async fn enqueue(&self, job: &NewJob) -> EnqueueOutcome {
        let mut uow = self.wearit.begin().await.unwrap();
        let outcome = uow.jobs().enqueue(job).await.unwrap();
        uow.commit().await.unwrap();
        outcome
    }

    /// Appends an event in a unit of work of its own; returns its number.
    pub(crate) async fn append_event(&self, user_id: UserId, tryon_id: TryOnId) -> u64 {
        let mut uow = self.wearit.begin().await.unwrap();
        let seq = uow.events().append(&deleted(user_id, tryon_id)).await.unwrap();
        uow.commit().await.unwrap();
        seq
    }
}

/// The event that a try-on was deleted.
pub(crate) fn deleted(user_id: UserId, tryon_id: TryOnId) -> NewEvent {
    NewEvent { user_id, kind: EventKind::TryOnDeleted { tryon_id }, at: crate::noon() }
}

/// An empty object store.
#[derive(Clone)]
pub struct ObjectStoreUnderTest {
    /// The store.
    pub objects: Arc<dyn ObjectStore>,
    /// Whatever must live as long as the store.
    pub guard: Arc<dyn Any + Send + Sync>,
}

impl ObjectStoreUnderTest {
    /// A store with what must live as long as it.
    pub fn of(objects: Arc<dyn ObjectStore>, guard: impl Any + Send + Sync) -> Self {
        Self { objects, guard: Arc::new(guard) }
    }
}

/// An empty object store that answers its signed URLs itself, and the clock it goes by.
#[derive(Clone)]
pub struct DirectAccessUnderTest {
    /// The store.
    pub objects: Arc<dyn ObjectStore>,
    /// Its server side.
    pub access: Arc<dyn DirectObjectAccess>,
    /// The clock both go by.
    pub clock: FixedClock,
    /// Whatever must live as long as the store.
    pub guard: Arc<dyn Any + Send + Sync>,
}

impl DirectAccessUnderTest {
    /// A store that implements both ports and goes by `clock`, with what must live as long as it.
    pub fn of<S>(store: Arc<S>, clock: FixedClock, guard: impl Any + Send + Sync) -> Self
    where
        S: ObjectStore + DirectObjectAccess + 'static,
    {
        Self { objects: store.clone(), access: store, clock, guard: Arc::new(guard) }
    }
}

/// A limiter that has counted nothing, and the clock it goes by.
#[derive(Clone)]
pub struct AttemptLimiterUnderTest {
    /// The limiter.
    pub limiter: Arc<dyn AttemptLimiter>,
    /// Its clock.
    pub clock: FixedClock,
}

/// A try-on provider with its vendor in the laboratory, with whom everything goes well as yet.
#[cfg(feature = "laboratory")]
#[derive(Clone)]
pub struct TryOnProviderUnderTest {
    /// The provider. It has the laboratory's key and secret, waits hundredths of a second between tries, not longer than a second, and
    /// gives requests up as lost after one.
    pub provider: Arc<dyn atelier_domain::wearit::tryon::TryOnProvider>,
    /// The same with an address where nobody listens.
    pub unreachable: Arc<dyn atelier_domain::wearit::tryon::TryOnProvider>,
    /// Its vendor.
    pub vendor: Arc<crate::laboratory::TryOnVendor>,
}

/// The backend, if there is one. A missing one is announced, or fails when backends are required.
pub fn present<B>(backend: Option<B>, case: &str) -> Option<B> {
    if backend.is_none() {
        #[expect(clippy::disallowed_methods, reason = "a test run is configured by its environment")]
        let required = std::env::var("REQUIRE_BACKENDS").is_ok_and(|value| value == "1");
        assert!(!required, "REQUIRE_BACKENDS=1, and there is no backend for {case}");
        eprintln!("SKIPPED {case}: its backend is not available on this machine");
    }
    backend
}
