//! The one body of a person.

use std::collections::BTreeSet;
use std::time::Duration;

use atelier_domain::kernel::{ImageError, ObjectKey, ObjectStore};
use atelier_domain::wearit::body::{Body, BodyError, MeasurementsPatch, PutBody, PutBodyOutcome};
use atelier_domain::wearit::tryon::TryOnStatus;
use atelier_domain::wearit::uploads::ImageSource;
use atelier_testkit::{PassthroughImages, tryon};

use super::faults::CommitFault;
use super::world::{World, completed, nowhere};

fn files_of(body: &Body) -> BTreeSet<String> {
    [ObjectKey::body(body.user_id, body.id), ObjectKey::body_source(body.user_id, body.id)].map(|key| key.to_string()).into()
}

fn fields(error: &BodyError) -> Vec<&str> {
    let BodyError::Invalid(invalid) = error else { panic!("not Invalid: {error:?}") };
    invalid.0.iter().map(|problem| problem.field.as_str()).collect()
}

fn created(outcome: PutBodyOutcome) -> Body {
    let PutBodyOutcome::Created(body) = outcome else { panic!("not created: {outcome:?}") };
    body
}

fn replaced(outcome: PutBodyOutcome) -> Body {
    let PutBodyOutcome::Replaced(body) = outcome else { panic!("not replaced: {outcome:?}") };
    body
}

#[tokio::test]
async fn the_first_put_creates_and_the_next_replaces_in_place() {
    let world = World::new();
    let actor = world.person();
    let first = created(world.body.put(actor, world.first_body()).await.unwrap());
    assert_eq!(world.files(), files_of(&first));
    world.clock.advance(Duration::from_secs(60));
    let measurements = MeasurementsPatch { weight: Some(Some(70.04)), chest: Some(Some(95.0)), ..MeasurementsPatch::default() };
    let command = PutBody { measurements, image: Some(world.photo("new")) };
    let second = replaced(world.body.put(actor, command).await.unwrap());
    assert_eq!((second.id, second.created_at), (first.id, first.created_at));
    assert!(second.updated_at > first.updated_at);
    assert_eq!(second.measurements.height, first.measurements.height, "what is not sent stays");
    assert_eq!(second.measurements.weight.unwrap().kg(), 70.0, "kept to a tenth");
    assert_eq!(world.body.get(actor).await.unwrap(), second);
    assert_eq!(world.files(), files_of(&first));
    assert_eq!(world.file(&ObjectKey::body(actor.user_id, first.id)).await, PassthroughImages::jpeg("new"));
}

#[tokio::test]
async fn the_photo_is_needed_the_first_time_only() {
    let world = World::new();
    let actor = world.person();
    let measurements = MeasurementsPatch { height: Some(Some(20.0)), ..MeasurementsPatch::default() };
    let error = world.body.put(actor, PutBody { measurements, image: None }).await.unwrap_err();
    assert_eq!(fields(&error), ["height", "image"]);
    created(world.body.put(actor, world.first_body()).await.unwrap());
    let measurements = MeasurementsPatch { height: Some(Some(180.0)), ..MeasurementsPatch::default() };
    let body = replaced(world.body.put(actor, PutBody { measurements, image: None }).await.unwrap());
    assert!(body.has_photo);
    assert_eq!(world.file(&ObjectKey::body(actor.user_id, body.id)).await, PassthroughImages::jpeg("body"));
}

#[tokio::test]
async fn every_measurement_out_of_bounds_is_named_and_nothing_is_stored() {
    let world = World::new();
    let measurements = MeasurementsPatch {
        height: Some(Some(261.0)),
        weight: Some(Some(19.9)),
        chest: Some(Some(f64::NAN)),
        waist: Some(Some(-1.0)),
        hips: Some(Some(300.0)),
        shoulders: Some(Some(f64::INFINITY)),
        arms: Some(Some(0.0)),
    };
    let error = world.body.put(world.person(), PutBody { measurements, image: Some(world.photo("body")) }).await.unwrap_err();
    assert_eq!(fields(&error), ["height", "weight", "chest", "waist", "shoulders", "arms"]);
    assert!(world.files().is_empty());
}

#[tokio::test]
async fn a_file_that_is_no_image_is_refused_and_leaves_nothing() {
    let world = World::new();
    let actor = world.person();
    let command = PutBody { image: Some(world.spooled(b"%PDF-1.7")), ..PutBody::default() };
    let outcome = world.body.put(actor, command).await;
    assert!(matches!(outcome, Err(BodyError::Image(ImageError::UnsupportedFormat))), "{outcome:?}");
    assert!(world.files().is_empty());
    assert!(matches!(world.body.get(actor).await, Err(BodyError::NotFound)));
}

#[tokio::test]
async fn two_concurrent_first_puts_leave_one_body() {
    let world = World::new();
    let actor = world.person();
    world.objects.let_two_writers_meet();
    let (one, other) = tokio::join!(world.body.put(actor, world.first_body()), world.body.put(actor, world.first_body()));
    let (one, other) = (one.unwrap(), other.unwrap());
    assert_eq!(one.body().id, other.body().id);
    let creations = [&one, &other].into_iter().filter(|outcome| matches!(outcome, PutBodyOutcome::Created(_))).count();
    assert_eq!(creations, 1);
    assert_eq!(world.files(), files_of(one.body()), "the slower one's files are gone");
}

#[tokio::test]
async fn when_the_row_cannot_be_stored_the_files_go_and_a_lost_answer_keeps_them() {
    let world = World::new();
    let actor = world.person();
    world.store.fail_next(CommitFault::Refused);
    world.body.put(actor, world.first_body()).await.unwrap_err();
    assert!(world.files().is_empty());
    world.store.fail_next(CommitFault::AnswerLost);
    world.body.put(actor, world.first_body()).await.unwrap_err();
    assert_eq!(world.files(), files_of(&world.body.get(actor).await.unwrap()));
}

#[tokio::test]
async fn what_is_noticed_about_a_photo_is_kept_until_the_next_photo() {
    let world = World::new();
    let actor = world.person();
    world.examiner.find(Some(&["several_people"]));
    let body = created(world.body.put(actor, world.first_body()).await.unwrap());
    assert_eq!(body.photo_findings, ["several_people"]);
    world.examiner.find(Some(&[]));
    let taller = MeasurementsPatch { height: Some(Some(180.0)), ..MeasurementsPatch::default() };
    let body = world.body.patch(actor, &taller).await.unwrap();
    assert_eq!(body.photo_findings, ["several_people"]);
    let body = replaced(world.body.put(actor, world.first_body()).await.unwrap());
    assert!(body.photo_findings.is_empty());
}

#[tokio::test]
async fn an_examiner_that_fails_does_not_keep_a_photo_out() {
    let world = World::new();
    world.examiner.find(None);
    let body = created(world.body.put(world.person(), world.first_body()).await.unwrap());
    assert!(body.has_photo && body.photo_findings.is_empty());
}

#[tokio::test]
async fn an_upload_takes_the_place_of_the_photo_once() {
    let world = World::new();
    let actor = world.person();
    let ticket = world.put_upload(actor, "direct").await;
    let command = PutBody { image: Some(ImageSource::Upload(ticket.upload.id)), ..PutBody::default() };
    let body = created(world.body.put(actor, command.clone()).await.unwrap());
    let again = world.body.put(actor, command).await;
    assert!(matches!(again, Err(BodyError::UploadNotReady)), "{again:?}");
    world.work().await;
    assert_eq!(world.files(), files_of(&body));
    assert_eq!(world.file(&ObjectKey::body(actor.user_id, body.id)).await, PassthroughImages::jpeg("direct"));
}

#[tokio::test]
async fn a_change_touches_what_it_names_and_null_takes_away() {
    let world = World::new();
    let actor = world.person();
    let before = created(world.body.put(actor, world.first_body()).await.unwrap());
    world.clock.advance(Duration::from_secs(1));
    let patch = MeasurementsPatch { height: Some(None), waist: Some(Some(80.0)), ..MeasurementsPatch::default() };
    let after = world.body.patch(actor, &patch).await.unwrap();
    assert_eq!((after.measurements.height, after.measurements.waist.unwrap().cm()), (None, 80.0));
    assert!(after.updated_at > before.updated_at);
    assert_eq!(world.body.get(actor).await.unwrap(), after);
    let wrong = MeasurementsPatch { weight: Some(Some(0.0)), ..MeasurementsPatch::default() };
    assert_eq!(fields(&world.body.patch(actor, &wrong).await.unwrap_err()), ["weight"]);
    assert_eq!(world.body.get(actor).await.unwrap(), after);
}

#[tokio::test]
async fn without_a_body_there_is_nothing_to_get_change_or_delete() {
    let world = World::new();
    let actor = world.person();
    created(world.body.put(world.person(), world.first_body()).await.unwrap());
    let taller = MeasurementsPatch { height: Some(Some(180.0)), ..MeasurementsPatch::default() };
    assert!(matches!(world.body.get(actor).await, Err(BodyError::NotFound)));
    assert!(matches!(world.body.patch(actor, &taller).await, Err(BodyError::NotFound)));
    assert!(matches!(world.body.delete(actor).await, Err(BodyError::NotFound)));
}

#[tokio::test]
async fn deleting_cancels_unfinished_try_ons_keeps_results_and_removes_the_photo_by_a_job() {
    let world = World::new();
    let actor = world.person();
    let body = created(world.body.put(actor, world.first_body()).await.unwrap());
    let pending = tryon(actor.user_id, body.id, nowhere());
    let finished = completed(tryon(actor.user_id, body.id, nowhere()));
    world.store_tryon(&pending).await;
    world.store_tryon(&finished).await;
    let result = ObjectKey::tryon(actor.user_id, finished.id);
    world.kept.put(&result, PassthroughImages::jpeg("result"), "image/jpeg").await.unwrap();

    world.body.delete(actor).await.unwrap();

    assert!(matches!(world.body.get(actor).await, Err(BodyError::NotFound)));
    let stored = world.tryon(&pending).await;
    assert_eq!((stored.status, stored.body_id, stored.failure.unwrap().reason.as_str()), (TryOnStatus::Cancelled, None, "body_deleted"));
    let stored = world.tryon(&finished).await;
    assert_eq!((stored.status, stored.body_id), (TryOnStatus::Completed, None));
    assert_eq!(world.events(actor.user_id).await, [(pending.id.to_string(), "cancelled".to_owned())]);
    world.work().await;
    assert_eq!(world.files(), BTreeSet::from([result.to_string()]));
    let next = created(world.body.put(actor, world.first_body()).await.unwrap());
    assert_ne!(next.id, body.id);
}
