//! The remembered list of hackathons that run.

use std::sync::Arc;
use std::time::Duration;

use atelier_domain::challenge::ChallengeStore;
use atelier_domain::challenge::hackathons::{ChangeHackathon, HackathonSearch, HackathonService, HackathonStatus};
use atelier_domain::identity::Role;
use atelier_domain::kernel::{Cache, Clock, Page};
use atelier_testkit::{FixedClock, MemoryCache, ScriptedChatModel};
use tokio::sync::Semaphore;

use super::world::{World, greeting};

const LIST: &str = "hackathons:active";

/// A cache in which each `put` of the list waits to be let through.
struct SlowPut {
    cache: MemoryCache,
    waiting: Semaphore,
    allowed: Semaphore,
}

#[async_trait::async_trait]
impl Cache for SlowPut {
    async fn get(&self, key: &str) -> Option<String> {
        self.cache.get(key).await
    }
    async fn put(&self, key: &str, value: &str, time_to_live: Duration) {
        if key == LIST {
            self.waiting.add_permits(1);
            self.allowed.acquire().await.unwrap().forget();
        }
        self.cache.put(key, value, time_to_live).await;
    }
    async fn forget(&self, key: &str) {
        self.cache.forget(key).await;
    }
}

/// A cache that is away.
struct Away;

#[async_trait::async_trait]
impl Cache for Away {
    async fn get(&self, _key: &str) -> Option<String> {
        None
    }
    async fn put(&self, _key: &str, _value: &str, _time_to_live: Duration) {}
    async fn forget(&self, _key: &str) {}
}

fn world() -> World {
    World::with(ScriptedChatModel::new(greeting()))
}

fn service(world: &World, cache: Arc<dyn Cache>) -> HackathonService {
    HackathonService::new(world.ports.store.clone(), world.ids.clone(), Arc::new(world.clock.clone()), Some(cache))
}

fn memory(clock: &FixedClock) -> MemoryCache {
    MemoryCache::new(Arc::new(clock.clone()))
}

async fn active(world: &World, service: &HackathonService) -> Vec<String> {
    let search = HackathonSearch { active: true, ..HackathonSearch::default() };
    let found = service.list(world.actor(Role::Student), &search, &Page::default()).await.unwrap();
    found.items.into_iter().map(|hackathon| hackathon.name).collect()
}

/// Renames it as another program would, which knows no cache.
async fn rename_behind(world: &World, id: atelier_domain::kernel::HackathonId, name: &str) {
    let mut uow = ChallengeStore::begin(&world.store).await.unwrap();
    let mut hackathon = uow.hackathons().find(id).await.unwrap().unwrap();
    name.clone_into(&mut hackathon.name);
    uow.hackathons().update(&hackathon).await.unwrap();
    uow.commit().await.unwrap();
}

#[tokio::test]
async fn the_list_is_remembered_for_300_seconds_by_every_process_with_the_cache() {
    let world = world();
    let hackathon = world.hackathon(10, 1_000).await;
    let cache = memory(&world.clock);
    let (one, two) = (service(&world, Arc::new(cache.clone())), service(&world, Arc::new(cache.clone())));
    assert_eq!(active(&world, &one).await, std::slice::from_ref(&hackathon.name));
    rename_behind(&world, hackathon.id, "Autre").await;
    world.clock.advance(Duration::from_secs(299));
    assert_eq!(active(&world, &two).await, [hackathon.name]);
    world.clock.advance(Duration::from_secs(1));
    assert_eq!(active(&world, &two).await, ["Autre"]);
}

#[tokio::test]
async fn what_is_remembered_is_the_whole_hackathon_and_dates_are_those_of_the_reading() {
    let world = world();
    let hackathon = world.hackathon(10, 1_000).await;
    let mut ending = atelier_testkit::hackathon();
    ending.dates.ends_at = world.clock.now() + chrono::TimeDelta::seconds(60);
    ending.dates.starts_at = hackathon.dates.starts_at - chrono::TimeDelta::days(1);
    world.keep(&ending).await;
    let service = service(&world, Arc::new(memory(&world.clock)));
    let search = HackathonSearch { active: true, ..HackathonSearch::default() };
    let listed = async || service.list(world.actor(Role::Student), &search, &Page::default()).await.unwrap().items;
    assert_eq!(listed().await, [hackathon.clone(), ending.clone()], "from the store");
    assert_eq!(listed().await, [hackathon.clone(), ending], "from the cache");
    world.clock.advance(Duration::from_secs(61));
    assert_eq!(listed().await, [hackathon], "the dates are those of now");
}

#[tokio::test]
async fn every_change_of_a_hackathon_drops_the_list() {
    let world = world();
    let admin = world.actor(Role::Admin);
    let hackathon = world.hackathon(10, 1_000).await;
    let service = service(&world, Arc::new(memory(&world.clock)));
    assert_eq!(active(&world, &service).await.len(), 1);
    let change = ChangeHackathon { name: Some("Renommé".to_owned()), ..ChangeHackathon::default() };
    service.change(admin, hackathon.id, change).await.unwrap();
    assert_eq!(active(&world, &service).await, ["Renommé"]);
    service.transition(admin, hackathon.id, HackathonStatus::Finished).await.unwrap();
    assert!(active(&world, &service).await.is_empty());
    let other = world.hackathon_named("Vide").await;
    service.change(admin, other.id, ChangeHackathon::default()).await.unwrap();
    assert_eq!(active(&world, &service).await, ["Vide"]);
    service.delete(admin, other.id).await.unwrap();
    assert!(active(&world, &service).await.is_empty());
}

#[tokio::test]
async fn a_reader_slower_than_a_transition_does_not_put_the_old_list_back() {
    let world = Arc::new(world());
    let hackathon = world.hackathon(10, 1_000).await;
    let slow = Arc::new(SlowPut { cache: memory(&world.clock), waiting: Semaphore::new(0), allowed: Semaphore::new(0) });
    let service = service(&world, slow.clone());
    let reader = tokio::spawn({
        let (world, service) = (world.clone(), service.clone());
        async move { active(&world, &service).await }
    });
    slow.waiting.acquire().await.unwrap().forget();
    service.transition(world.actor(Role::Admin), hackathon.id, HackathonStatus::Finished).await.unwrap();
    slow.allowed.add_permits(10);
    assert_eq!(reader.await.unwrap(), [hackathon.name], "it read before the transition");
    assert!(slow.cache.get(LIST).await.is_some(), "the old list is in the cache");
    assert!(active(&world, &service).await.is_empty(), "and counts no more");
}

#[tokio::test]
async fn without_the_cache_and_with_rubbish_in_it_the_store_answers() {
    let world = world();
    let hackathon = world.hackathon(10, 1_000).await;
    let away = service(&world, Arc::new(Away));
    assert_eq!(active(&world, &away).await, std::slice::from_ref(&hackathon.name));
    away.transition(world.actor(Role::Admin), hackathon.id, HackathonStatus::Finished).await.unwrap();
    assert!(active(&world, &away).await.is_empty());

    let cache = memory(&world.clock);
    cache.put("hackathons:active:generation", "g", Duration::from_secs(60)).await;
    cache.put(LIST, "{\"generation\":\"g\",\"hackathons\":[{}]}", Duration::from_secs(60)).await;
    assert!(active(&world, &service(&world, Arc::new(cache))).await.is_empty());
}
