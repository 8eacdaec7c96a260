//! Try-ons that got stuck, and results kept long enough.

use std::sync::Arc;
use std::time::Duration;

use atelier_domain::kernel::{ClaimedJob, Clock, DeleteObjects, JobHandler, JobPayload, JobQueue, NewJob};
use atelier_domain::wearit::WearitStore;
use atelier_domain::wearit::tryon::{
    ExpireResults, FailureCode, ReconcileTryOns, ResultRetention, RunTryOn, TryOnError, TryOnReconciler, TryOnStatus,
};
use atelier_domain::wearit::uploads::DeleteObjectsHandler;
use atelier_testkit::{SeededIds, favorite, tryon};
use chrono::TimeDelta;

use super::{LEASE, World};

async fn claimed<P: JobPayload>(world: &World, payload: &P) -> ClaimedJob {
    let now = world.clock.now();
    let mut uow = WearitStore::begin(&world.memory).await.unwrap();
    uow.jobs().enqueue(&NewJob::of(world.ids.make(), payload, now).unwrap()).await.unwrap();
    uow.commit().await.unwrap();
    world.memory.claim("test", &[P::KIND], now, LEASE).await.unwrap().unwrap()
}

#[tokio::test]
async fn a_tryon_nothing_works_on_is_ended_and_one_that_waits_its_turn_is_not() {
    let world = World::new();
    let person = world.person().await;
    let waiting = world.requested(&person).await;
    // Stored without a job, as after a restored backup.
    let orphan = tryon(person.actor.user_id, person.body.id, person.top.id);
    let mut uow = WearitStore::begin(&world.memory).await.unwrap();
    uow.tryons().insert(&orphan).await.unwrap();
    uow.commit().await.unwrap();

    let reconciler = TryOnReconciler::new(
        Arc::new(world.memory.clone()),
        Arc::new(SeededIds::new(9)),
        Arc::new(world.clock.clone()),
        TimeDelta::minutes(15),
    );
    let young = claimed(&world, &ReconcileTryOns::default()).await;
    reconciler.run(&young).await.unwrap();
    assert_eq!(world.stored(&orphan).await.status, TryOnStatus::Pending, "before the deadline");

    world.clock.advance(Duration::from_secs(3_600));
    let job = claimed(&world, &ReconcileTryOns::default()).await;
    reconciler.run(&job).await.unwrap();
    let ended = world.stored(&orphan).await;
    assert_eq!((ended.status, ended.failure.unwrap().code), (TryOnStatus::Failed, FailureCode::ProviderTimeout));
    assert_eq!(world.statuses(&orphan).await, ["failed"]);
    assert_eq!(world.stored(&waiting).await.status, TryOnStatus::Pending);

    let run = world.claim().await;
    world.runner.run(&run).await.unwrap();
    assert_eq!(world.stored(&waiting).await.status, TryOnStatus::Completed);
    assert_eq!(world.memory.counts().await.unwrap().done, 3);
}

#[tokio::test]
async fn results_kept_long_enough_go_with_their_pictures_and_marks() {
    let world = World::new();
    let person = world.person().await;
    let old = world.requested(&person).await;
    world.runner.run(&world.claim().await).await.unwrap();
    let mut uow = WearitStore::begin(&world.memory).await.unwrap();
    uow.favorites().insert(&favorite(&old)).await.unwrap();
    uow.commit().await.unwrap();
    assert!(world.service.get(person.actor, old.id).await.unwrap().is_favorite);
    world.clock.advance(Duration::from_secs(31 * 86_400));
    let fresh = world.requested(&person).await;
    world.runner.run(&world.claim().await).await.unwrap();

    let (store, clock) = (Arc::new(world.memory.clone()), Arc::new(world.clock.clone()));
    let retention = ResultRetention::new(store.clone(), world.ids.clone(), clock.clone(), TimeDelta::days(30));
    let job = claimed(&world, &ExpireResults::default()).await;
    retention.run(&job).await.unwrap();
    assert!(matches!(world.service.get(person.actor, old.id).await, Err(TryOnError::NotFound)));
    let page = world.memory.favorites().list(person.actor.user_id, &Default::default()).await.unwrap();
    assert_eq!(page.total, 0);

    let deletion = world.memory.claim("test", &[DeleteObjects::KIND], world.clock.now(), LEASE).await.unwrap().unwrap();
    DeleteObjectsHandler::new(store, Arc::new(world.objects.clone()), clock).run(&deletion).await.unwrap();
    assert!(!world.has_pictures(&old).await);
    assert!(world.has_pictures(&fresh).await);
    assert_eq!(world.service.get(person.actor, fresh.id).await.unwrap().tryon.status, TryOnStatus::Completed);
    assert!(world.memory.claim("test", &[RunTryOn::KIND], world.clock.now(), LEASE).await.unwrap().is_none());
}
