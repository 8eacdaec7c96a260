//! Runs without a picture: what is final, what is tried again, what the person is told.

use std::sync::Arc;
use std::time::Duration;

use atelier_domain::kernel::{ClaimedJob, JobError, JobHandler, JobQueue, ObjectKey, ObjectStore};
use atelier_domain::wearit::tryon::{
    AttemptOutcome, FailureCode, MadeWith, ProviderFailure, ProviderResult, RunLimits, Submission, TryOn, TryOnFailure, TryOnProvider,
    TryOnStatus,
};
use atelier_testkit::{Script, ScriptedTryOnProvider};

use super::World;
use crate::wearit::faults::CommitFault;

/// The code and reason of the failure.
fn told(tryon: &TryOn) -> (FailureCode, &str) {
    let failure = tryon.failure.as_ref().unwrap();
    assert!(!failure.message.is_empty() && !failure.advice.is_empty());
    (failure.code, &failure.reason)
}

/// Puts the job back as the worker does after a failed run, and claims it again.
async fn again(world: &World, job: &ClaimedJob) -> ClaimedJob {
    world.memory.retry(job.lease, atelier_domain::kernel::Clock::now(&world.clock), "again").await.unwrap();
    world.claim().await
}

#[tokio::test]
async fn a_refused_picture_fails_the_tryon_at_once_with_its_reason() {
    let world = World::new();
    let person = world.person().await;
    let tryon = world.requested(&person).await;
    world.provider.on_submit(Script::failing(FailureCode::PoseNotFound, "several_people"));
    let job = world.claim().await;
    world.runner.run(&job).await.unwrap();
    let failed = world.stored(&tryon).await;
    assert_eq!((failed.status, told(&failed)), (TryOnStatus::Failed, (FailureCode::PoseNotFound, "several_people")));
    assert_eq!(world.memory.counts().await.unwrap().done, 1, "the job did what it was for");
    assert!(!world.has_pictures(&tryon).await);
}

#[tokio::test]
async fn a_failing_provider_is_tried_again_and_every_attempt_is_kept() {
    let world = World::new();
    let person = world.person().await;
    let tryon = world.requested(&person).await;
    world.provider.on_submit(Script::failing(FailureCode::ProviderError, "out_of_memory"));
    let job = world.claim().await;
    assert!(matches!(world.runner.run(&job).await, Err(JobError::Retry { after: None, .. })));
    let waiting = world.stored(&tryon).await;
    assert_eq!((waiting.status, waiting.stage.as_str()), (TryOnStatus::Processing, "waiting"));

    let job = again(&world, &job).await;
    world.runner.run(&job).await.unwrap();
    let done = world.stored(&tryon).await;
    assert_eq!(done.status, TryOnStatus::Completed);
    let first = AttemptOutcome::Failed { code: FailureCode::ProviderError, reason: "out_of_memory".to_owned() };
    assert_eq!(done.attempts.iter().map(|attempt| attempt.outcome.clone()).collect::<Vec<_>>(), [first, AttemptOutcome::Succeeded]);
}

#[tokio::test]
async fn a_busy_provider_says_how_long_to_wait() {
    let world = World::new();
    let person = world.person().await;
    world.requested(&person).await;
    let failure = TryOnFailure::new(FailureCode::ProviderBusy, "rate_limited", "busy", "wait");
    let wait = Some(Duration::from_secs(17));
    world.provider.on_submit(Script { steps: Vec::new(), answer: Err(ProviderFailure::Failed { failure, retry_after: wait }) });
    let job = world.claim().await;
    match world.runner.run(&job).await {
        Err(JobError::Retry { after, .. }) => assert_eq!(after, wait),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn after_the_last_attempt_the_tryon_has_failed() {
    let world = World::new();
    let person = world.person().await;
    let tryon = world.requested(&person).await;
    let attempts = RunLimits::default().attempts;
    assert!(attempts < world.runner.backoff().attempts, "a store that is away costs runs, not attempts");
    let mut job = world.claim().await;
    for _ in 1..attempts {
        world.provider.on_submit(Script::failing(FailureCode::ProviderError, "again"));
        assert!(matches!(world.runner.run(&job).await, Err(JobError::Retry { .. })));
        job = again(&world, &job).await;
    }
    world.provider.on_submit(Script::failing(FailureCode::ProviderError, "again"));
    world.runner.run(&job).await.unwrap();
    let failed = world.stored(&tryon).await;
    assert_eq!((failed.status, told(&failed)), (TryOnStatus::Failed, (FailureCode::ProviderError, "again")));
    assert_eq!(failed.attempts.len(), usize::try_from(attempts).unwrap());
    assert_eq!(world.memory.counts().await.unwrap().done, 1);
}

#[tokio::test]
async fn a_store_that_is_away_for_many_runs_does_not_cost_the_picture() {
    let world = World::new();
    let person = world.person().await;
    let tryon = world.requested(&person).await;
    let mut job = world.claim().await;
    for _ in 0..RunLimits::default().attempts + 2 {
        world.store.fail_in(0, CommitFault::Refused);
        assert!(matches!(world.runner.run(&job).await, Err(JobError::Retry { .. })));
        job = again(&world, &job).await;
    }
    world.runner.run(&job).await.unwrap();
    assert_eq!(world.stored(&tryon).await.status, TryOnStatus::Completed);
    assert_eq!(world.provider.submitted().len(), 1);
}

#[tokio::test]
async fn when_the_job_is_given_up_the_tryon_has_failed() {
    let world = World::new();
    let person = world.person().await;
    let tryon = world.requested(&person).await;
    let job = world.claim().await;
    let error = JobError::Retry { source: "the disk is full".into(), after: None };
    world.runner.give_up(&job, &error).await.unwrap();
    let failed = world.stored(&tryon).await;
    assert_eq!((failed.status, told(&failed)), (TryOnStatus::Failed, (FailureCode::ProviderError, "gave_up")));
    assert!(!failed.failure.unwrap().message.contains("disk"), "internals are not for the person");
}

#[tokio::test]
async fn a_missing_picture_fails_the_tryon_and_says_which() {
    let world = World::new();
    for body_missing in [true, false] {
        let person = world.person().await;
        let tryon = world.requested(&person).await;
        let user = person.actor.user_id;
        let key = if body_missing { ObjectKey::body_source(user, person.body.id) } else { ObjectKey::clothing_source(user, person.top.id) };
        world.objects.delete(&key).await.unwrap();
        let job = world.claim().await;
        world.runner.run(&job).await.unwrap();
        let reason = if body_missing { "body_photo_missing" } else { "garment_photo_missing" };
        assert_eq!(told(&world.stored(&tryon).await), (FailureCode::InputUnreadable, reason));
    }
}

#[tokio::test]
async fn a_result_that_is_no_picture_is_never_stored() {
    let world = World::new();
    let person = world.person().await;
    let tryon = world.requested(&person).await;
    let result = ProviderResult {
        image: "<html>".into(),
        model_used: "m".to_owned(),
        worked_for: Duration::ZERO,
        warnings: Vec::new(),
        confidence: None,
        preview: false,
        made_with: MadeWith::default(),
    };
    world.provider.on_submit(Script { steps: Vec::new(), answer: Ok(Submission::Done(result)) });
    let job = world.claim().await;
    assert!(matches!(world.runner.run(&job).await, Err(JobError::Retry { .. })));
    let waiting = world.stored(&tryon).await;
    let outcome = &waiting.attempts.last().unwrap().outcome;
    assert_eq!(*outcome, AttemptOutcome::Failed { code: FailureCode::ProviderError, reason: "bad_result".to_owned() });
    assert!(!world.has_pictures(&tryon).await);
}

fn second() -> Arc<ScriptedTryOnProvider> {
    Arc::new(ScriptedTryOnProvider::with_capabilities("second", ScriptedTryOnProvider::new().capabilities()))
}

async fn tried(world: &World, tryon: &TryOn) -> Vec<String> {
    world.stored(tryon).await.attempts.iter().map(|attempt| attempt.provider.clone()).collect()
}

#[tokio::test]
async fn another_provider_has_its_turn_at_once_when_one_is_busy_exhausted_or_slow() {
    for code in [FailureCode::ProviderBusy, FailureCode::ProviderExhausted, FailureCode::ProviderTimeout] {
        let second = second();
        let world = World::with_providers(vec![second.clone()]);
        let person = world.person().await;
        let tryon = world.requested(&person).await;
        world.provider.on_submit(Script::failing(code, "scripted"));
        let job = world.claim().await;
        world.runner.run(&job).await.unwrap();
        assert_eq!(tried(&world, &tryon).await, ["scripted", "second"]);
        assert_eq!((world.provider.submitted().len(), second.submitted().len()), (1, 1));
        assert_eq!(world.stored(&tryon).await.status, TryOnStatus::Completed);
    }
}

#[tokio::test]
async fn a_broken_provider_is_waited_for_and_then_another_has_its_turn() {
    let second = second();
    let world = World::with_providers(vec![second.clone()]);
    let person = world.person().await;
    let tryon = world.requested(&person).await;
    world.provider.on_submit(Script::failing(FailureCode::ProviderError, "broken"));
    let job = world.claim().await;
    assert!(matches!(world.runner.run(&job).await, Err(JobError::Retry { .. })));
    let job = again(&world, &job).await;
    world.runner.run(&job).await.unwrap();
    assert_eq!(tried(&world, &tryon).await, ["scripted", "second"]);
}

#[tokio::test]
async fn a_provider_that_is_away_is_passed_over_and_one_out_of_credits_comes_last() {
    let second = second();
    let world = World::with_providers(vec![second.clone()]);
    let person = world.person().await;
    let tryon = world.requested(&person).await;
    world.provider.go_away();
    second.on_submit(Script::failing(FailureCode::ProviderExhausted, "out_of_credits"));
    let job = world.claim().await;
    world.runner.run(&job).await.unwrap();
    assert_eq!(tried(&world, &tryon).await, ["second", "scripted"], "rather one that is away than one that cannot be paid");
}

#[tokio::test]
async fn without_another_provider_an_exhausted_one_ends_the_tryon() {
    let world = World::new();
    let person = world.person().await;
    let tryon = world.requested(&person).await;
    world.provider.on_submit(Script::failing(FailureCode::ProviderExhausted, "out_of_credits"));
    let job = world.claim().await;
    world.runner.run(&job).await.unwrap();
    assert_eq!(told(&world.stored(&tryon).await), (FailureCode::ProviderExhausted, "out_of_credits"));
}
