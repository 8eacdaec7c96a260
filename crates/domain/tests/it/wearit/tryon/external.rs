//! Providers that take a request over and answer later.

use std::sync::Arc;
use std::time::Duration;

use atelier_domain::kernel::{JobError, JobHandler, JobQueue};
use atelier_domain::wearit::tryon::{
    FailureCode, Lookup, MadeWith, Progress, ProviderFailure, ProviderResult, Submission, TryOn, TryOnFailure, TryOnStatus,
};
use atelier_testkit::{PassthroughImages, Script, ScriptStep};

use tokio::sync::Notify;

use super::{LEASE, World};
use crate::wearit::faults::CommitFault;

pub(super) fn done() -> Submission {
    Submission::Done(ProviderResult {
        image: PassthroughImages::jpeg("external"),
        model_used: "hosted@7".to_owned(),
        worked_for: Duration::from_secs(3),
        warnings: Vec::new(),
        confidence: None,
        preview: false,
        made_with: MadeWith::default(),
    })
}

fn running(percent: u8) -> Submission {
    Submission::Running(Progress { percent, stage: "drawing".to_owned() })
}

#[tokio::test]
async fn a_request_handed_over_is_looked_at_until_it_is_done() {
    let world = World::new();
    let person = world.person().await;
    let tryon = world.requested(&person).await;
    world.provider.on_submit(Script::accepting("ext-1"));
    let busy = TryOnFailure::new(FailureCode::ProviderBusy, "rate_limited", "busy", "wait");
    world.provider.on_poll(Ok(running(20)));
    world.provider.on_poll(Err(ProviderFailure::Failed { failure: busy, retry_after: Some(Duration::from_secs(3)) }));
    world.provider.on_poll(Ok(running(60)));
    world.provider.on_poll(Ok(done()));
    let job = world.claim().await;
    world.runner.run(&job).await.unwrap();
    let completed = world.stored(&tryon).await;
    assert_eq!((completed.status, completed.outcome.unwrap().model_used.as_str()), (TryOnStatus::Completed, "hosted@7"));
    assert_eq!(completed.attempts[0].external_id.as_deref(), Some("ext-1"));
    assert_eq!(world.provider.polled(), ["ext-1"; 4]);
    assert_eq!(world.provider.submitted().len(), 1);
}

#[tokio::test]
async fn after_a_crash_the_same_request_is_waited_for_and_none_is_paid_twice() {
    let world = World::new();
    let person = world.person().await;
    let tryon = world.requested(&person).await;
    world.provider.on_submit(Script::accepting("ext-2"));
    let job = world.claim().await;
    let (runner, claimed) = (world.runner.clone(), job.clone());
    let run = tokio::spawn(async move { runner.run(&claimed).await });
    while world.provider.polled().is_empty() {
        tokio::task::yield_now().await;
    }
    assert_eq!(world.stored(&tryon).await.attempts[0].external_id.as_deref(), Some("ext-2"), "stored before the first look");
    run.abort();
    assert!(run.await.unwrap_err().is_cancelled());

    world.clock.advance(LEASE * 2);
    world.provider.on_poll(Ok(done()));
    let job = world.claim().await;
    world.runner.run(&job).await.unwrap();
    let completed = world.stored(&tryon).await;
    assert_eq!((completed.status, completed.attempts.len()), (TryOnStatus::Completed, 1));
    assert_eq!(world.provider.submitted().len(), 1);
}

#[tokio::test]
async fn a_cancelled_tryon_is_cancelled_at_the_provider_too() {
    let world = World::new();
    let person = world.person().await;
    let tryon = world.requested(&person).await;
    world.provider.on_submit(Script::accepting("ext-3"));
    let job = world.claim().await;
    let runner = world.runner.clone();
    let run = tokio::spawn(async move { runner.run(&job).await });
    while world.provider.polled().is_empty() {
        tokio::task::yield_now().await;
    }
    world.service.cancel(person.actor, tryon.id).await.unwrap();
    run.await.unwrap().unwrap();
    assert_eq!(world.provider.cancelled(), ["ext-3"]);
    assert_eq!(world.stored(&tryon).await.status, TryOnStatus::Cancelled);
    assert_eq!(world.memory.counts().await.unwrap().done, 1);
}

#[tokio::test]
async fn a_request_that_never_ends_is_given_up_and_cancelled_at_the_provider() {
    let world = World::new();
    let person = world.person().await;
    let tryon = world.requested(&person).await;
    world.provider.on_submit(Script::accepting("ext-4"));
    let job = world.claim().await;
    // The lease is renewed by the worker; here it lasts long enough.
    let began = world.timer.waits().len();
    let outcome = world.runner.run(&job).await;
    assert!(matches!(outcome, Err(JobError::Retry { .. })), "{outcome:?}");
    assert!(world.timer.waits().len() > began);
    assert_eq!(world.provider.cancelled(), ["ext-4"]);
    let waiting = world.stored(&tryon).await;
    let attempt = waiting.attempts.last().unwrap();
    assert!(matches!(&attempt.outcome, atelier_domain::wearit::tryon::AttemptOutcome::Failed { code: FailureCode::ProviderTimeout, .. }));
}

#[tokio::test]
async fn a_store_that_is_away_for_a_moment_does_not_cost_the_picture() {
    let world = World::new();
    let person = world.person().await;
    let tryon = world.requested(&person).await;
    world.provider.on_submit(Script::accepting("ext-5"));
    for percent in [10, 20, 30] {
        world.provider.on_poll(Ok(running(percent)));
    }
    world.provider.on_poll(Ok(done()));
    let job = world.claim().await;
    // Commits: start, external id, then the first progress, which is refused.
    world.store.fail_in(2, CommitFault::Refused);
    world.runner.run(&job).await.unwrap();
    assert_eq!(world.stored(&tryon).await.status, TryOnStatus::Completed);
}

/// A worker dies after it sent a request and before it heard the answer; another one takes the job up. Answers what was sent first.
async fn taken_up_after_a_lost_answer(world: &World) -> (TryOn, String) {
    let person = world.person().await;
    let tryon = world.requested(&person).await;
    world.provider.charge();
    let (here, never) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    world.provider.on_submit(Script { steps: vec![ScriptStep::Hold(here.clone(), never)], ..Script::accepting("never heard") });
    let job = world.claim().await;
    let runner = world.runner.clone();
    let run = tokio::spawn(async move { runner.run(&job).await });
    here.notified().await;
    run.abort();
    assert!(run.await.unwrap_err().is_cancelled());
    world.clock.advance(LEASE * 2);
    let sent = world.provider.submitted()[0].inputs.reference.clone();
    (tryon, sent)
}

#[tokio::test]
async fn a_request_whose_answer_was_lost_is_found_at_a_provider_that_charges_and_waited_for() {
    let world = World::new();
    let (tryon, reference) = taken_up_after_a_lost_answer(&world).await;
    world.provider.on_find(Lookup::Found { external_id: "ext-6".to_owned() });
    world.provider.on_poll(Ok(done()));
    let job = world.claim().await;
    world.runner.run(&job).await.unwrap();
    let completed = world.stored(&tryon).await;
    assert_eq!((completed.status, completed.attempts.len()), (TryOnStatus::Completed, 1));
    assert_eq!(completed.attempts[0].external_id.as_deref(), Some("ext-6"));
    assert_eq!(world.provider.looked_for(), [reference]);
    assert_eq!((world.provider.polled(), world.provider.submitted().len()), (vec!["ext-6".to_owned()], 1));
}

#[tokio::test]
async fn a_request_that_a_charging_provider_never_got_is_sent_under_another_reference() {
    let world = World::new();
    let (tryon, reference) = taken_up_after_a_lost_answer(&world).await;
    world.provider.on_find(Lookup::NotFound);
    let job = world.claim().await;
    world.runner.run(&job).await.unwrap();
    let completed = world.stored(&tryon).await;
    assert_eq!((completed.status, completed.attempts.len()), (TryOnStatus::Completed, 2));
    let sent = world.provider.submitted();
    assert_eq!(sent.len(), 2);
    assert_ne!(sent[1].inputs.reference, reference);
}

#[tokio::test]
async fn a_request_that_may_have_been_paid_for_is_marked_ambiguous_and_never_sent_again() {
    let world = World::new();
    let (tryon, _) = taken_up_after_a_lost_answer(&world).await;
    world.provider.on_find(Lookup::Unknown);
    let job = world.claim().await;
    world.runner.run(&job).await.unwrap();
    let failed = world.stored(&tryon).await;
    assert_eq!(failed.status, TryOnStatus::Failed);
    assert_eq!(failed.failure.unwrap().reason, "ambiguous_submit");
    assert_eq!(world.provider.submitted().len(), 1);
    assert_eq!(world.memory.counts().await.unwrap().done, 1, "the job is not tried again");
}

#[tokio::test]
async fn a_charging_provider_that_does_not_answer_in_time_is_not_asked_again() {
    let world = World::new();
    let person = world.person().await;
    let tryon = world.requested(&person).await;
    world.provider.charge();
    let (here, never) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    world.provider.on_submit(Script { steps: vec![ScriptStep::Hold(here, never)], ..Script::accepting("too late") });
    let job = world.claim().await;
    world.runner.run(&job).await.unwrap();
    let failed = world.stored(&tryon).await;
    assert_eq!((failed.status, failed.failure.unwrap().reason.as_str()), (TryOnStatus::Failed, "ambiguous_submit"));
}
