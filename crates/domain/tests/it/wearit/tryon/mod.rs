//! Try-ons: asking, running, and what is done about those that got stuck or old.

mod callbacks;
mod external;
mod recovery;
mod requests;
mod results;
mod running;
mod state_machine;
mod upkeep;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use atelier_adapter_memory::{MemoryObjectStore, MemoryStore};
use atelier_domain::identity::{Actor, Role};
use atelier_domain::kernel::{
    ClaimedJob, Clock, EventFeed, EventKind, JobPayload, JobQueue, ObjectKey, ObjectStore, StoreError, TryOnId, UserEvent, UserId,
};
use atelier_domain::wearit::WearitStore;
use atelier_domain::wearit::body::Body;
use atelier_domain::wearit::tryon::{
    CallbackAddresses, ConsentCheck, ConsentState, GivenConsent, ProviderCallbacks, ProviderChain, RequestTryOn, RunLimits, RunTryOn,
    RunnerPorts, TryOn, TryOnOptions, TryOnProvider, TryOnRunner, TryOnService,
};
use atelier_domain::wearit::wardrobe::{Category, Clothing};
use atelier_testkit::{CountingTimer, FixedClock, PassthroughImages, ScriptedTryOnProvider, SeededIds, SeededSecrets, body, clothing};

use super::faults::FaultyStore;

pub(super) const LEASE: Duration = Duration::from_secs(30);

/// What everybody agreed to.
fn agreed() -> GivenConsent {
    GivenConsent { version: "2026-11".to_owned(), at: atelier_testkit::noon() }
}

/// Consent as the test says.
struct SwitchedConsent(AtomicBool);

#[async_trait::async_trait]
impl ConsentCheck for SwitchedConsent {
    async fn of(&self, _user_id: UserId) -> Result<ConsentState, StoreError> {
        if self.0.load(Ordering::SeqCst) { Ok(ConsentState::Given(agreed())) } else { Ok(ConsentState::Missing) }
    }
}

/// The feed of a process that hears of nothing: with time that passes at once, waits end by themselves.
struct DeafFeed(MemoryStore);

#[async_trait::async_trait]
impl EventFeed for DeafFeed {
    async fn after(&self, user_id: UserId, after: u64, limit: u32) -> Result<Vec<UserEvent>, StoreError> {
        self.0.after(user_id, after, limit).await
    }

    async fn bounds(&self, user_id: UserId) -> Result<(u64, u64), StoreError> {
        self.0.bounds(user_id).await
    }

    async fn changed(&self, _user_id: UserId, _at_most: Duration) {
        std::future::pending::<()>().await;
    }
}

/// Everything a test of try-ons touches.
struct World {
    memory: MemoryStore,
    store: FaultyStore,
    objects: MemoryObjectStore,
    provider: Arc<ScriptedTryOnProvider>,
    clock: FixedClock,
    timer: CountingTimer,
    ids: Arc<SeededIds>,
    consent: Arc<SwitchedConsent>,
    service: TryOnService,
    callbacks: ProviderCallbacks,
    runner: Arc<TryOnRunner>,
}

/// Somebody with a body photo and a top.
struct Person {
    actor: Actor,
    body: Body,
    top: Clothing,
}

impl World {
    fn new() -> Self {
        Self::with_providers(Vec::new())
    }

    /// With further providers after the scripted one.
    fn with_providers(others: Vec<Arc<dyn TryOnProvider>>) -> Self {
        let clock = FixedClock::new();
        let memory = MemoryStore::new();
        let store = FaultyStore::new(memory.clone());
        let objects = MemoryObjectStore::new(Arc::new(clock.clone()));
        let provider = Arc::new(ScriptedTryOnProvider::new());
        let mut chain: Vec<Arc<dyn TryOnProvider>> = vec![provider.clone()];
        chain.extend(others);
        let chain = ProviderChain::new(chain);
        let timer = CountingTimer::new(clock.clone());
        let ids = Arc::new(SeededIds::default());
        let consent = Arc::new(SwitchedConsent(AtomicBool::new(true)));
        let queue = Arc::new(memory.clone());
        let shared_store: Arc<dyn WearitStore> = Arc::new(store.clone());
        let service = TryOnService::new(shared_store.clone(), queue, consent.clone(), chain.clone(), ids.clone(), Arc::new(clock.clone()));
        let addresses = CallbackAddresses::new(Some("https://atelier.example".to_owned()), Arc::new(SeededSecrets::new()));
        let shared_clock: Arc<dyn Clock> = Arc::new(clock.clone());
        let callbacks =
            ProviderCallbacks::new(shared_store.clone(), Arc::new(objects.clone()), chain.clone(), addresses.clone(), shared_clock);
        let runner = TryOnRunner::new(
            RunnerPorts {
                store: shared_store,
                objects: Arc::new(objects.clone()),
                images: Arc::new(PassthroughImages),
                providers: chain,
                callbacks: addresses,
                events: Arc::new(DeafFeed(memory.clone())),
                ids: ids.clone(),
                clock: Arc::new(clock.clone()),
                timer: Arc::new(timer.clone()),
            },
            RunLimits::default(),
        );
        Self { memory, store, objects, provider, clock, timer, ids, consent, service, callbacks, runner: Arc::new(runner) }
    }

    async fn person(&self) -> Person {
        let actor = Actor { user_id: self.ids.make(), role: Role::User, session_id: None };
        let body = body(actor.user_id);
        let mut uow = WearitStore::begin(&self.memory).await.unwrap();
        uow.bodies().insert(&body).await.unwrap();
        uow.commit().await.unwrap();
        self.put(&ObjectKey::body_source(actor.user_id, body.id), "person").await;
        let top = self.garment(&actor, Category::Tops).await;
        Person { actor, body, top }
    }

    async fn garment(&self, actor: &Actor, category: Category) -> Clothing {
        let garment = Clothing { category, ..clothing(actor.user_id) };
        let mut uow = WearitStore::begin(&self.memory).await.unwrap();
        uow.clothing().insert(&garment).await.unwrap();
        uow.commit().await.unwrap();
        self.put(&ObjectKey::clothing_source(actor.user_id, garment.id), "garment").await;
        garment
    }

    async fn put(&self, key: &ObjectKey, mark: &str) {
        self.objects.put(key, PassthroughImages::jpeg(mark), "image/jpeg").await.unwrap();
    }

    /// A pending try-on of the person's top.
    async fn requested(&self, person: &Person) -> TryOn {
        self.service.request(person.actor, wish(person)).await.unwrap().tryon
    }

    async fn stored(&self, tryon: &TryOn) -> TryOn {
        WearitStore::tryons(&self.memory).find(tryon.user_id, tryon.id).await.unwrap().unwrap()
    }

    /// Claims the next due run; the lease is of 30 seconds.
    async fn claim(&self) -> ClaimedJob {
        self.memory.claim("test", &[RunTryOn::KIND], self.clock.now(), LEASE).await.unwrap().unwrap()
    }

    fn result_keys(&self, tryon: &TryOn) -> [ObjectKey; 2] {
        [ObjectKey::tryon(tryon.user_id, tryon.id), ObjectKey::tryon_thumbnail(tryon.user_id, tryon.id)]
    }

    async fn has_pictures(&self, tryon: &TryOn) -> bool {
        let mut found = 0;
        for key in self.result_keys(tryon) {
            found += usize::from(self.objects.head(&key).await.unwrap().is_some());
        }
        assert_ne!(found, 1, "one picture without the other");
        found == 2
    }

    /// Status, progress and stage of each event of the try-on.
    async fn events(&self, tryon: &TryOn) -> Vec<(String, u8, String)> {
        let of = |id: TryOnId| {
            move |kind| match kind {
                EventKind::TryOnUpdated { tryon_id, status, progress, stage } if tryon_id == id => Some((status, progress, stage)),
                _ => None,
            }
        };
        let events = self.memory.after(tryon.user_id, 0, 1_000).await.unwrap();
        events.into_iter().map(|event| event.kind).filter_map(of(tryon.id)).collect()
    }

    async fn statuses(&self, tryon: &TryOn) -> Vec<String> {
        let mut statuses: Vec<String> = self.events(tryon).await.into_iter().map(|(status, _, _)| status).collect();
        statuses.dedup();
        statuses
    }
}

/// The wish to see the person's top on the person.
fn wish(person: &Person) -> RequestTryOn {
    RequestTryOn { clothing_ids: vec![person.top.id], body_id: None, options: TryOnOptions::default(), idempotency: None }
}
