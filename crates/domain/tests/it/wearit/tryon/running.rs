//! A run from a pending try-on to its picture.

use std::time::Duration;

use atelier_domain::kernel::{JobError, JobHandler, JobQueue, ObjectStore};
use atelier_domain::wearit::tryon::{AttemptOutcome, ProviderChain, RequestTryOn, TryOnOptions, TryOnStatus};
use atelier_domain::wearit::wardrobe::Category;
use atelier_testkit::{PassthroughImages, Script, ScriptStep, ScriptedTryOnProvider};

use super::{World, wish};
use crate::wearit::faults::CommitFault;

#[tokio::test]
async fn a_run_makes_the_picture_and_says_how_far_it_is() {
    let world = World::new();
    let person = world.person().await;
    let tryon = world.requested(&person).await;
    let job = world.claim().await;
    world.runner.run(&job).await.unwrap();

    let done = world.stored(&tryon).await;
    assert_eq!((done.status, done.progress, done.stage.as_str()), (TryOnStatus::Completed, 100, "done"));
    let outcome = done.outcome.unwrap();
    assert_eq!((outcome.model_used.as_str(), outcome.processing_time, outcome.confidence), ("scripted-1", 0.25, Some(0.75)));
    assert_eq!(done.attempts.len(), 1);
    assert_eq!((done.attempts[0].provider.as_str(), &done.attempts[0].outcome), ("scripted", &AttemptOutcome::Succeeded));
    for key in world.result_keys(&tryon) {
        assert_eq!(world.objects.get(&key).await.unwrap(), PassthroughImages::jpeg("person"), "the script answers the person's picture");
    }
    assert_eq!(world.statuses(&tryon).await, ["pending", "processing", "completed"]);
    assert_eq!(world.memory.counts().await.unwrap().done, 1);
}

#[tokio::test]
async fn the_provider_gets_the_pictures_categories_and_options_as_they_were_asked_for() {
    let world = World::new();
    let person = world.person().await;
    let jeans = world.garment(&person.actor, Category::Bottoms).await;
    let options = TryOnOptions { model: Some("scripted-1".to_owned()), seed: Some(11) };
    let command = RequestTryOn { clothing_ids: vec![jeans.id, person.top.id], options: options.clone(), ..wish(&person) };
    world.service.request(person.actor, command).await.unwrap();
    let job = world.claim().await;
    world.runner.run(&job).await.unwrap();
    let submitted = world.provider.submitted();
    assert_eq!(submitted.len(), 1);
    let inputs = &submitted[0].inputs;
    assert_eq!(inputs.person.jpeg, PassthroughImages::jpeg("person"));
    assert_eq!(inputs.garments.iter().map(|(category, _)| *category).collect::<Vec<_>>(), [Category::Bottoms, Category::Tops]);
    assert_eq!(inputs.options, options);
}

#[tokio::test]
async fn progress_is_stored_at_most_twice_a_second_and_never_falls() {
    let world = World::new();
    let person = world.person().await;
    let tryon = world.requested(&person).await;
    let steps = (0..60).map(|step| ScriptStep::Report(if step % 7 == 6 { 3 } else { step }, "warp")).collect();
    world.provider.on_submit(Script { steps, ..Script::succeeding(PassthroughImages::jpeg("result")) });
    let job = world.claim().await;
    world.runner.run(&job).await.unwrap();

    let progress: Vec<u8> = world.events(&tryon).await.iter().map(|(_, progress, _)| *progress).collect();
    assert!(progress.is_sorted(), "{progress:?}");
    // The clock moves by the waits alone: pending, start and completion are told beside them.
    let half_seconds = world.timer.waits().len();
    assert!(world.timer.waits().iter().all(|wait| *wait == Duration::from_millis(500)));
    assert!(progress.len() > 4 && progress.len() <= half_seconds + 3, "{} events in {half_seconds} half seconds", progress.len());
}

#[tokio::test]
async fn the_picture_is_there_before_the_tryon_says_so() {
    let world = World::new();
    let person = world.person().await;
    let tryon = world.requested(&person).await;
    world.provider.on_submit(Script { steps: Vec::new(), ..Script::succeeding(PassthroughImages::jpeg("result")) });
    let job = world.claim().await;
    // The second commit of such a run is the completing one.
    world.store.fail_in(1, CommitFault::Refused);
    assert!(matches!(world.runner.run(&job).await, Err(JobError::Retry { .. })));
    assert_eq!(world.stored(&tryon).await.status, TryOnStatus::Processing);
    assert!(world.has_pictures(&tryon).await);
}

#[tokio::test]
async fn the_next_run_of_a_finished_tryon_only_ends_its_job() {
    let world = World::new();
    let person = world.person().await;
    let tryon = world.requested(&person).await;
    world.service.cancel(person.actor, tryon.id).await.unwrap();
    let job = world.claim().await;
    world.runner.run(&job).await.unwrap();
    assert_eq!(world.provider.submitted().len(), 0);
    assert_eq!(world.statuses(&tryon).await, ["pending", "cancelled"]);
    assert_eq!(world.memory.counts().await.unwrap().done, 1);
}

#[test]
fn the_preferred_provider_that_serves_a_request_comes_first() {
    use std::sync::Arc;
    let capability = |model: &str, categories: Vec<Category>| atelier_domain::wearit::tryon::Capability {
        model: model.to_owned(),
        categories,
        max_garments: 1,
        seed: false,
        preview: true,
    };
    let local = ScriptedTryOnProvider::with_capabilities("local", vec![capability("local-2d", vec![Category::Tops])]);
    let chain = ProviderChain::new(vec![Arc::new(local), Arc::new(ScriptedTryOnProvider::new())]);
    let names = |categories: &[Category], options: &TryOnOptions| {
        let found = chain.candidates(categories, options);
        found.map(|providers| providers.iter().map(|provider| provider.name()).collect::<Vec<_>>())
    };
    let plain = TryOnOptions::default();
    assert_eq!(names(&[Category::Tops], &plain), Ok(vec!["local", "scripted"]));
    assert_eq!(names(&[Category::Tops, Category::Bottoms], &plain), Ok(vec!["scripted"]), "two garments");
    assert_eq!(names(&[Category::Tops], &TryOnOptions { seed: Some(1), ..plain.clone() }), Ok(vec!["scripted"]));
    let model = TryOnOptions { model: Some("local-2d".to_owned()), ..plain };
    assert_eq!(names(&[Category::Tops], &model), Ok(vec!["local"]));
    assert_eq!(names(&[Category::Bottoms], &model), Err(atelier_domain::wearit::tryon::Unserved::Options));
    assert_eq!(names(&[Category::Shoes], &plain), Err(atelier_domain::wearit::tryon::Unserved::Category));
}
