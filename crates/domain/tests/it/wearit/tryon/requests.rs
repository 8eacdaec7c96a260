//! Asking for try-ons.

use std::sync::atomic::Ordering;
use std::time::Duration;

use atelier_domain::kernel::{JobQueue, Page, StoreError, TryOnId};
use atelier_domain::wearit::WearitStore;
use atelier_domain::wearit::body::Body;
use atelier_domain::wearit::tryon::{RequestTryOn, TryOnError, TryOnFilter, TryOnOptions, TryOnStatus};
use atelier_domain::wearit::wardrobe::Category;

use super::{Person, World, wish};
use crate::wearit::faults::CommitFault;
use crate::wearit::world::{keyed, nowhere};

#[tokio::test]
async fn a_request_makes_a_pending_tryon_with_its_job_and_event() {
    let world = World::new();
    let person = world.person().await;
    let view = world.service.request(person.actor, wish(&person)).await.unwrap();
    assert_eq!((view.tryon.status, view.queue_position, view.is_favorite), (TryOnStatus::Pending, Some(1), false));
    assert_eq!((view.tryon.body_id, view.tryon.clothing_ids.clone()), (Some(person.body.id), vec![person.top.id]));
    assert_eq!(world.stored(&view.tryon).await, view.tryon);
    assert_eq!(world.memory.counts().await.unwrap().queued, 1);
    assert_eq!(world.events(&view.tryon).await, [("pending".to_owned(), 0, "queued".to_owned())]);
}

#[tokio::test]
async fn garments_and_bodies_of_others_are_not_found() {
    let world = World::new();
    let (person, other) = (world.person().await, world.person().await);
    let foreign_garment = RequestTryOn { clothing_ids: vec![other.top.id], ..wish(&person) };
    let one_of_two = RequestTryOn { clothing_ids: vec![person.top.id, other.top.id], ..wish(&person) };
    let foreign_body = RequestTryOn { body_id: Some(other.body.id), ..wish(&person) };
    let no_garment = RequestTryOn { clothing_ids: vec![nowhere()], ..wish(&person) };
    for command in [foreign_garment, one_of_two, foreign_body, no_garment] {
        assert!(matches!(world.service.request(person.actor, command).await, Err(TryOnError::NotFound)));
    }
    assert_eq!(world.memory.counts().await.unwrap().queued, 0);
}

#[tokio::test]
async fn without_a_body_photo_there_is_no_tryon() {
    let world = World::new();
    let person = world.person().await;
    let mut uow = WearitStore::begin(&world.memory).await.unwrap();
    let without_photo = Body { has_photo: false, ..person.body.clone() };
    uow.bodies().update(&without_photo).await.unwrap();
    uow.commit().await.unwrap();
    assert!(matches!(world.service.request(person.actor, wish(&person)).await, Err(TryOnError::BodyPhotoRequired)));

    let mut uow = WearitStore::begin(&world.memory).await.unwrap();
    uow.bodies().delete(person.actor.user_id).await.unwrap();
    uow.commit().await.unwrap();
    assert!(matches!(world.service.request(person.actor, wish(&person)).await, Err(TryOnError::BodyPhotoRequired)));
    let named = RequestTryOn { body_id: Some(person.body.id), ..wish(&person) };
    assert!(matches!(world.service.request(person.actor, named).await, Err(TryOnError::NotFound)));
}

#[tokio::test]
async fn without_consent_there_is_no_tryon() {
    let world = World::new();
    let person = world.person().await;
    world.consent.0.store(false, Ordering::SeqCst);
    assert!(matches!(world.service.request(person.actor, wish(&person)).await, Err(TryOnError::ConsentRequired)));
}

#[tokio::test]
async fn what_no_engine_serves_is_refused_and_never_dropped() {
    let world = World::new();
    let person = world.person().await;
    let shoes = world.garment(&person.actor, Category::Shoes).await;
    let command = RequestTryOn { clothing_ids: vec![shoes.id], ..wish(&person) };
    assert!(matches!(world.service.request(person.actor, command).await, Err(TryOnError::CategoryNotSupported)));

    let model = |name: &str| TryOnOptions { model: Some(name.to_owned()), seed: Some(7) };
    let command = RequestTryOn { options: model("nobody-has-it"), ..wish(&person) };
    assert!(matches!(world.service.request(person.actor, command).await, Err(TryOnError::OptionNotSupported)));
    let command = RequestTryOn { options: model("scripted-1"), ..wish(&person) };
    let tryon = world.service.request(person.actor, command).await.unwrap().tryon;
    assert_eq!(tryon.options, model("scripted-1"));
}

#[tokio::test]
async fn one_or_two_different_garments_make_a_tryon() {
    let world = World::new();
    let person = world.person().await;
    let jeans = world.garment(&person.actor, Category::Bottoms).await;
    let coat = world.garment(&person.actor, Category::Outerwear).await;
    for clothing_ids in [vec![], vec![person.top.id, person.top.id], vec![person.top.id, jeans.id, coat.id]] {
        let command = RequestTryOn { clothing_ids, ..wish(&person) };
        assert!(matches!(world.service.request(person.actor, command).await, Err(TryOnError::Invalid(_))));
    }
    let command = RequestTryOn { clothing_ids: vec![jeans.id, person.top.id], ..wish(&person) };
    let tryon = world.service.request(person.actor, command).await.unwrap().tryon;
    assert_eq!(tryon.clothing_ids, [jeans.id, person.top.id], "the order is kept");
}

#[tokio::test]
async fn a_repeat_with_the_same_key_answers_the_first_tryon_and_enqueues_nothing() {
    let world = World::new();
    let person = world.person().await;
    let command = RequestTryOn { idempotency: Some(keyed("once", 1)), ..wish(&person) };
    let first = world.service.request(person.actor, command.clone()).await.unwrap();
    // Whatever changes in between, the answer to a repeat is the first answer.
    world.consent.0.store(false, Ordering::SeqCst);
    let second = world.service.request(person.actor, command).await.unwrap();
    assert_eq!(second, first);
    assert_eq!(world.memory.counts().await.unwrap().queued, 1);
    world.consent.0.store(true, Ordering::SeqCst);

    let other = RequestTryOn { idempotency: Some(keyed("once", 2)), ..wish(&person) };
    assert!(matches!(world.service.request(person.actor, other).await, Err(TryOnError::IdempotencyMismatch)));
}

#[tokio::test]
async fn concurrent_requests_with_one_key_make_one_tryon() {
    let world = World::new();
    let person = world.person().await;
    let command = RequestTryOn { idempotency: Some(keyed("race", 1)), ..wish(&person) };
    let (service, actor) = (&world.service, person.actor);
    let ask = || service.request(actor, command.clone());
    let (a, b, c, d) = tokio::join!(ask(), ask(), ask(), ask());
    let ids = [a, b, c, d].map(|answer| answer.unwrap().tryon.id);
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    assert_eq!(world.memory.counts().await.unwrap().queued, 1);
}

#[tokio::test]
async fn a_request_whose_commit_fails_leaves_nothing_and_a_contended_one_is_tried_again() {
    let world = World::new();
    let person = world.person().await;
    world.store.fail_next(CommitFault::Refused);
    let refused = world.service.request(person.actor, wish(&person)).await;
    assert!(matches!(refused, Err(TryOnError::Store(ref error)) if !matches!(error, StoreError::Contention(_))), "{refused:?}");
    assert_eq!(world.memory.counts().await.unwrap().queued, 0);
    assert_eq!(world.service.snapshot(person.actor).await.unwrap(), []);

    world.store.fail_next(CommitFault::Contended);
    world.requested(&person).await;
    assert_eq!(world.memory.counts().await.unwrap().queued, 1);
}

#[tokio::test]
async fn the_queue_position_counts_those_who_asked_before() {
    let world = World::new();
    let person = world.person().await;
    let first = world.requested(&person).await;
    world.clock.advance(Duration::from_millis(1));
    let second = world.requested(&person).await;
    let positions = [first.id, second.id].map(|id| world.service.get(person.actor, id));
    let [a, b] = positions;
    assert_eq!((a.await.unwrap().queue_position, b.await.unwrap().queue_position), (Some(1), Some(2)));
    world.service.cancel(person.actor, first.id).await.unwrap();
    assert_eq!(world.service.get(person.actor, first.id).await.unwrap().queue_position, None);
}

#[tokio::test]
async fn a_list_shows_the_owners_tryons_that_match_newest_first() {
    let world = World::new();
    let (person, other) = (world.person().await, world.person().await);
    world.requested(&other).await;
    let mut asked = Vec::new();
    for _ in 0..3 {
        world.clock.advance(Duration::from_secs(1));
        asked.push(world.requested(&person).await.id);
    }
    world.service.cancel(person.actor, asked[1]).await.unwrap();
    let pending = TryOnFilter { status: Some(TryOnStatus::Pending), ..TryOnFilter::default() };
    let elsewhere = TryOnFilter { clothing_id: Some(nowhere()), ..TryOnFilter::default() };
    assert_eq!(list_ids(&world, &person, TryOnFilter::default()).await, (vec![asked[2], asked[1], asked[0]], 3));
    assert_eq!(list_ids(&world, &person, pending).await, (vec![asked[2], asked[0]], 2));
    assert_eq!(list_ids(&world, &person, elsewhere).await, (vec![], 0));
}

async fn list_ids(world: &World, person: &Person, filter: TryOnFilter) -> (Vec<TryOnId>, u64) {
    let page = world.service.list(person.actor, &filter, &Page::default()).await.unwrap();
    (page.items.iter().map(|view| view.tryon.id).collect(), page.total)
}

#[tokio::test]
async fn a_snapshot_has_every_unfinished_tryon_and_the_newest_others() {
    let world = World::new();
    let person = world.person().await;
    let oldest = world.requested(&person).await;
    let mut newer = Vec::new();
    for _ in 0..25 {
        world.clock.advance(Duration::from_secs(1));
        let tryon = world.requested(&person).await;
        world.service.cancel(person.actor, tryon.id).await.unwrap();
        newer.push(tryon.id);
    }
    let snapshot: Vec<_> = world.service.snapshot(person.actor).await.unwrap().iter().map(|view| view.tryon.id).collect();
    let expected: Vec<_> = newer.iter().rev().take(20).copied().chain([oldest.id]).collect();
    assert_eq!(snapshot, expected);
}

async fn found_on_the_photo(world: &World, person: &Person, findings: &[&str]) {
    let mut uow = WearitStore::begin(&world.memory).await.unwrap();
    let photo_findings = findings.iter().map(ToString::to_string).collect();
    uow.bodies().update(&Body { photo_findings, ..person.body.clone() }).await.unwrap();
    uow.commit().await.unwrap();
}

#[tokio::test]
async fn a_provider_is_not_paid_for_a_photo_nobody_can_use() {
    let world = World::new();
    let person = world.person().await;
    found_on_the_photo(&world, &person, &["seated", "several_people"]).await;
    let free = world.service.request(person.actor, wish(&person)).await.unwrap();
    assert_eq!(free.warnings, ["seated", "several_people"], "an engine that costs nothing may try; the person is warned");
    world.provider.charge();
    let refused = world.service.request(person.actor, wish(&person)).await.unwrap_err();
    assert!(matches!(&refused, TryOnError::PhotoNotUsable { finding } if finding == "several_people"), "{refused}");
    found_on_the_photo(&world, &person, &["seated"]).await;
    let other = RequestTryOn { options: TryOnOptions { seed: Some(1), ..TryOnOptions::default() }, ..wish(&person) };
    assert_eq!(world.service.request(person.actor, other).await.unwrap().warnings, ["seated"]);
}

#[tokio::test]
async fn a_provider_is_not_paid_twice_for_the_same_picture() {
    let world = World::new();
    let person = world.person().await;
    world.provider.charge();
    let first = world.requested(&person).await;
    let again = world.service.request(person.actor, wish(&person)).await.unwrap_err();
    assert!(matches!(again, TryOnError::Duplicate(id) if id == first.id), "{again}");
    let seeded = RequestTryOn { options: TryOnOptions { seed: Some(7), ..TryOnOptions::default() }, ..wish(&person) };
    world.service.request(person.actor, seeded).await.unwrap();
    world.service.cancel(person.actor, first.id).await.unwrap();
    world.service.request(person.actor, wish(&person)).await.unwrap();
}
