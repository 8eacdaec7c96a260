//! Runs that are cut off, lose their lease, or are not wanted any more.

use std::sync::Arc;

use atelier_domain::kernel::{ClaimedJob, Clock, JobError, JobHandler, JobQueue};
use atelier_domain::wearit::tryon::{AttemptOutcome, FailureCode, TryOnError, TryOnStatus};
use atelier_testkit::{PassthroughImages, Script, ScriptStep};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use super::{LEASE, World};
use crate::wearit::world::keyed;

/// A provider in the middle of its work.
struct Held {
    run: JoinHandle<Result<(), JobError>>,
    job: ClaimedJob,
    go_on: Arc<Notify>,
}

/// Starts a run and waits until the provider is in the middle of it.
async fn held(world: &World) -> Held {
    let (here, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let steps = vec![ScriptStep::Report(40, "warp"), ScriptStep::Hold(here.clone(), go_on.clone()), ScriptStep::Report(80, "composite")];
    world.provider.on_submit(Script { steps, ..Script::succeeding(PassthroughImages::jpeg("held")) });
    let job = world.claim().await;
    let (runner, claimed) = (world.runner.clone(), job.clone());
    let run = tokio::spawn(async move { runner.run(&claimed).await });
    here.notified().await;
    Held { run, job, go_on }
}

#[tokio::test]
async fn a_run_killed_in_the_middle_is_continued_and_completes_once() {
    let world = World::new();
    let person = world.person().await;
    let tryon = world.requested(&person).await;
    let killed = held(&world).await;
    killed.run.abort();
    assert!(killed.run.await.unwrap_err().is_cancelled());
    assert_eq!(world.stored(&tryon).await.status, TryOnStatus::Processing);

    world.clock.advance(LEASE);
    world.clock.advance(LEASE);
    let job = world.claim().await;
    assert_eq!((job.lease.job_id, job.attempt), (killed.job.lease.job_id, 2));
    world.runner.run(&job).await.unwrap();
    let done = world.stored(&tryon).await;
    assert_eq!(done.status, TryOnStatus::Completed);
    let interrupted = AttemptOutcome::Failed { code: FailureCode::ProviderError, reason: "interrupted".to_owned() };
    assert_eq!(done.attempts.iter().map(|attempt| attempt.outcome.clone()).collect::<Vec<_>>(), [interrupted, AttemptOutcome::Succeeded]);
    let completed = world.events(&tryon).await.iter().filter(|(status, _, _)| status == "completed").count();
    assert_eq!(completed, 1);
    assert!(world.memory.claim("test", &["wearit.tryon.run"], world.clock.now() + LEASE * 10, LEASE).await.unwrap().is_none());
}

#[tokio::test]
async fn a_run_that_lost_its_lease_writes_nothing_more() {
    let world = World::new();
    let person = world.person().await;
    let tryon = world.requested(&person).await;
    let slow = held(&world).await;
    let ahead = world.clock.now() + LEASE * 100;
    let thief = world.memory.claim("thief", &["wearit.tryon.run"], ahead, LEASE * 1_000).await.unwrap().unwrap();
    let before = world.stored(&tryon).await;
    slow.go_on.notify_one();
    assert!(matches!(slow.run.await.unwrap(), Err(JobError::LeaseLost)));
    assert_eq!(world.stored(&tryon).await, before);

    world.runner.run(&thief).await.unwrap();
    assert_eq!(world.stored(&tryon).await.status, TryOnStatus::Completed);
    assert!(world.has_pictures(&tryon).await);
}

#[tokio::test]
async fn cancelling_tells_the_provider_to_stop_and_leaves_no_picture() {
    let world = World::new();
    let person = world.person().await;
    let tryon = world.requested(&person).await;
    let running = held(&world).await;
    let cancelled = world.service.cancel(person.actor, tryon.id).await.unwrap().tryon;
    assert_eq!(cancelled.status, TryOnStatus::Cancelled);
    running.run.await.unwrap().unwrap();
    assert_eq!(world.stored(&tryon).await, cancelled, "the run changed nothing");
    assert!(!world.has_pictures(&tryon).await);
    assert_eq!(world.statuses(&tryon).await, ["pending", "processing", "cancelled"]);
    assert_eq!(world.memory.counts().await.unwrap().done, 1);
    assert!(matches!(world.service.cancel(person.actor, tryon.id).await, Err(TryOnError::InvalidState)));
}

#[tokio::test]
async fn a_tryon_deleted_in_the_middle_leaves_nothing() {
    let world = World::new();
    let person = world.person().await;
    let tryon = world.requested(&person).await;
    let running = held(&world).await;
    world.service.delete(person.actor, tryon.id).await.unwrap();
    running.run.await.unwrap().unwrap();
    assert!(!world.has_pictures(&tryon).await);
    assert!(matches!(world.service.get(person.actor, tryon.id).await, Err(TryOnError::NotFound)));
    assert!(matches!(world.service.delete(person.actor, tryon.id).await, Err(TryOnError::NotFound)));
}

#[tokio::test]
async fn asking_again_for_a_failed_or_cancelled_tryon_makes_a_new_one() {
    let world = World::new();
    let (person, other) = (world.person().await, world.person().await);
    let tryon = world.requested(&person).await;
    assert!(matches!(world.service.retry(person.actor, tryon.id, None).await, Err(TryOnError::InvalidState)), "pending");
    world.service.cancel(person.actor, tryon.id).await.unwrap();
    assert!(matches!(world.service.retry(other.actor, tryon.id, None).await, Err(TryOnError::NotFound)));

    let again = world.service.retry(person.actor, tryon.id, Some(keyed("again", 1))).await.unwrap().tryon;
    assert_ne!(again.id, tryon.id);
    assert_eq!((again.status, &again.clothing_ids), (TryOnStatus::Pending, &tryon.clothing_ids));
    assert_eq!(world.stored(&tryon).await.status, TryOnStatus::Cancelled, "terminal states are final");
    let repeated = world.service.retry(person.actor, tryon.id, Some(keyed("again", 1))).await.unwrap().tryon;
    assert_eq!(repeated.id, again.id);

    for _ in 0..2 {
        let job = world.claim().await;
        world.runner.run(&job).await.unwrap();
    }
    assert_eq!(world.stored(&again).await.status, TryOnStatus::Completed);
    assert!(matches!(world.service.retry(person.actor, again.id, None).await, Err(TryOnError::InvalidState)), "completed");
    assert!(matches!(world.service.cancel(other.actor, again.id).await, Err(TryOnError::NotFound)));
    assert!(matches!(world.service.delete(other.actor, again.id).await, Err(TryOnError::NotFound)));
}
