//! Direct uploads and what is left of them.

use std::time::Duration;

use atelier_domain::kernel::{ObjectKey, ObjectStore, UploadId};
use atelier_domain::wearit::WearitStore;
use atelier_domain::wearit::uploads::{CreateUpload, ImageSource, Upload, UploadError};
use atelier_testkit::PassthroughImages;

use super::world::{World, keyed, nowhere};

fn wish(content_type: &str, size: u64) -> CreateUpload {
    CreateUpload { content_type: content_type.to_owned(), size }
}

#[tokio::test]
async fn an_announced_upload_gets_a_url_that_ends_with_it() {
    let world = World::new();
    let actor = world.person();
    let ticket = world.uploads.create(actor, wish("image/webp", Upload::MAX_BYTES), None).await.unwrap();
    assert_eq!(ticket.put.expires_at, ticket.upload.expires_at);
    assert!(ticket.put.url.contains(ticket.upload.key().as_str()), "{}", ticket.put.url);
    assert_eq!(ticket.upload.key(), ObjectKey::temp(actor.user_id, ticket.upload.id));
}

#[tokio::test]
async fn type_and_size_are_checked_together() {
    let world = World::new();
    for size in [0, Upload::MAX_BYTES + 1] {
        let outcome = world.uploads.create(world.person(), wish("image/gif", size), None).await;
        let Err(UploadError::Invalid(invalid)) = outcome else { panic!("not refused: {outcome:?}") };
        let fields: Vec<_> = invalid.0.iter().map(|problem| problem.field.as_str()).collect();
        assert_eq!(fields, ["content_type", "size"]);
    }
}

#[tokio::test]
async fn a_repeated_key_answers_the_same_upload_with_a_url_for_the_time_that_is_left() {
    let world = World::new();
    let actor = world.person();
    let request = keyed("k", 1);
    let first = world.uploads.create(actor, wish("image/jpeg", 5), Some(&request)).await.unwrap();
    world.clock.advance(Duration::from_secs(600));
    let again = world.uploads.create(actor, wish("image/jpeg", 5), Some(&request)).await.unwrap();
    assert_eq!(again.upload, first.upload);
    assert_eq!(again.put.expires_at, first.upload.expires_at);
    let other = world.uploads.create(actor, wish("image/jpeg", 6), Some(&keyed("k", 2))).await;
    assert!(matches!(other, Err(UploadError::IdempotencyMismatch)), "{other:?}");
    world.clock.advance(Duration::from_secs(3000));
    let expired = world.uploads.create(actor, wish("image/jpeg", 5), Some(&request)).await;
    assert!(matches!(expired, Err(UploadError::NotFound)), "{expired:?}");
}

async fn is_not_ready(world: &World, actor: atelier_domain::identity::Actor, id: UploadId) -> bool {
    matches!(world.uploads.open(actor, ImageSource::Upload(id)).await, Err(UploadError::UploadNotReady))
}

#[tokio::test]
async fn an_upload_is_ready_when_it_is_ones_own_unexpired_and_put() {
    let world = World::new();
    let actor = world.person();
    assert!(is_not_ready(&world, actor, nowhere()).await);
    let unput = world.announced(actor).await.upload;
    assert!(is_not_ready(&world, actor, unput.id).await);
    let upload = world.put_upload(actor, "direct").await.upload;
    assert!(is_not_ready(&world, world.person(), upload.id).await);
    assert!(!is_not_ready(&world, actor, upload.id).await);
    world.clock.advance(Duration::from_secs(3600));
    assert!(is_not_ready(&world, actor, upload.id).await);
}

#[tokio::test]
async fn a_file_larger_than_allowed_is_refused_before_it_is_read() {
    let world = World::new();
    let actor = world.person();
    let ticket = world.announced(actor).await;
    let huge = vec![0; usize::try_from(Upload::MAX_BYTES).unwrap() + 1];
    world.kept.put(&ticket.upload.key(), huge.into(), "image/jpeg").await.unwrap();
    let outcome = world.uploads.take(actor, ticket.upload.id).await;
    assert!(matches!(outcome, Err(UploadError::Invalid(_))), "{outcome:?}");
}

#[tokio::test]
async fn the_sweep_removes_expired_uploads_and_old_temporary_files_only() {
    let world = World::new();
    let actor = world.person();
    let stray = ObjectKey::temp(actor.user_id, nowhere());
    world.kept.put(&stray, PassthroughImages::jpeg("stray"), "image/jpeg").await.unwrap();
    world.clock.advance(Duration::from_secs(23 * 3600));
    let expired = world.put_upload(actor, "expired").await.upload;
    let clothing = world.added(actor).await;
    world.clock.advance(Duration::from_secs(3601));
    let fresh = world.put_upload(actor, "fresh").await.upload;

    world.sweep().await;

    let mut left = super::world::files_of(&clothing);
    left.insert(fresh.key().to_string());
    assert_eq!(world.files(), left);
    let mut uow = WearitStore::begin(&world.memory).await.unwrap();
    assert_eq!(uow.uploads().find(actor.user_id, expired.id).await.unwrap(), None);
    assert_eq!(uow.uploads().find(actor.user_id, fresh.id).await.unwrap(), Some(fresh));
}

#[tokio::test]
async fn more_old_files_than_one_listing_holds_are_all_swept() {
    let world = World::new();
    let actor = world.person();
    for _ in 0..450 {
        let key = ObjectKey::temp(actor.user_id, world.ids.make());
        world.kept.put(&key, PassthroughImages::jpeg("stray"), "image/jpeg").await.unwrap();
    }
    world.clock.advance(Duration::from_secs(25 * 3600));
    world.sweep().await;
    assert!(world.files().is_empty());
}
