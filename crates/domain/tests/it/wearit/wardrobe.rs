//! Adding, listing, changing and deleting garments.

use std::collections::BTreeSet;
use std::time::Duration;

use atelier_domain::kernel::{ImageError, JobError, ObjectKey, ObjectStore, Page, StoreError, Timestamp};
use atelier_domain::wearit::tryon::TryOnStatus;
use atelier_domain::wearit::uploads::ImageSource;
use atelier_domain::wearit::wardrobe::{AddClothing, Category, ClothingFilter, ClothingSort, UpdateClothing, WardrobeError};
use atelier_testkit::{PassthroughImages, tryon};

use super::faults::CommitFault;
use super::world::{World, completed, files_of, keyed, nowhere};
use crate::log;

fn fields(error: &WardrobeError) -> Vec<&str> {
    let WardrobeError::Invalid(invalid) = error else { panic!("not Invalid: {error:?}") };
    invalid.0.iter().map(|problem| problem.field.as_str()).collect()
}

#[tokio::test]
async fn a_garment_is_added_with_picture_thumbnail_and_source() {
    let world = World::new();
    let actor = world.person();
    let clothing = world.added(actor).await;
    assert_eq!(clothing.user_id, actor.user_id);
    assert_eq!((clothing.name.as_str(), clothing.category), ("Striped T-shirt", Category::Tops));
    assert_eq!(clothing.created_at, clothing.updated_at);
    assert_eq!(world.files(), files_of(&clothing));
    assert_eq!(world.wardrobe.get(actor, clothing.id).await.unwrap(), clothing);
}

#[tokio::test]
async fn every_field_at_fault_is_named_at_once_and_nothing_is_stored() {
    let world = World::new();
    let actor = world.person();
    let empty = world.wardrobe.add(actor, AddClothing::default(), None).await.unwrap_err();
    assert_eq!(fields(&empty), ["image", "name", "category"]);
    let wrong = AddClothing {
        name: Some(" ".to_owned()),
        category: Some("hats".to_owned()),
        brand: Some("b".repeat(101)),
        size_chart: Some("{}".to_owned()),
        image: Some(world.photo("top")),
    };
    let wrong = world.wardrobe.add(actor, wrong, None).await.unwrap_err();
    assert_eq!(fields(&wrong), ["name", "category", "brand", "size_chart"]);
    assert!(world.files().is_empty());
}

#[tokio::test]
async fn a_blank_brand_is_no_brand() {
    let world = World::new();
    let command = AddClothing { brand: Some("  ".to_owned()), ..world.top() };
    assert_eq!(world.wardrobe.add(world.person(), command, None).await.unwrap().brand, None);
}

#[tokio::test]
async fn a_file_that_is_no_image_is_refused_and_leaves_nothing() {
    let world = World::new();
    let command = AddClothing { image: Some(world.spooled(b"GIF89a")), ..world.top() };
    let outcome = world.wardrobe.add(world.person(), command, None).await;
    assert!(matches!(outcome, Err(WardrobeError::Image(ImageError::UnsupportedFormat))), "{outcome:?}");
    assert!(world.files().is_empty());
}

#[tokio::test]
async fn when_the_row_cannot_be_stored_the_files_go() {
    let world = World::new();
    world.store.fail_next(CommitFault::Refused);
    let outcome = world.wardrobe.add(world.person(), world.top(), None).await;
    assert!(matches!(outcome, Err(WardrobeError::Store(StoreError::Unavailable(_)))), "{outcome:?}");
    assert!(world.files().is_empty());
}

#[tokio::test]
async fn when_the_thumbnail_cannot_be_stored_the_other_files_go() {
    let world = World::new();
    let actor = world.person();
    world.objects.refuse(Some("_thumb.jpg"));
    let outcome = world.wardrobe.add(actor, world.top(), None).await;
    assert!(matches!(outcome, Err(WardrobeError::Objects(_))), "{outcome:?}");
    assert!(world.files().is_empty());
    assert_eq!(world.wardrobe.list(actor, &ClothingFilter::default(), &Page::default()).await.unwrap().total, 0);
}

#[tokio::test]
async fn when_only_the_answer_of_the_commit_is_lost_the_files_stay_with_their_row() {
    let world = World::new();
    let actor = world.person();
    world.store.fail_next(CommitFault::AnswerLost);
    world.wardrobe.add(actor, world.top(), None).await.unwrap_err();
    let stored = world.wardrobe.list(actor, &ClothingFilter::default(), &Page::default()).await.unwrap();
    assert_eq!(world.files(), files_of(&stored.items[0]));
}

#[tokio::test]
async fn a_contended_store_is_asked_again() {
    let world = World::new();
    world.store.fail_next(CommitFault::Contended);
    let clothing = world.added(world.person()).await;
    assert_eq!(world.files(), files_of(&clothing));
}

#[tokio::test]
async fn a_repeated_key_answers_the_first_garment_and_another_content_is_refused() {
    let world = World::new();
    let actor = world.person();
    let request = keyed("k-1", 1);
    let first = world.wardrobe.add(actor, world.top(), Some(&request)).await.unwrap();
    let again = world.wardrobe.add(actor, world.top(), Some(&request)).await.unwrap();
    assert_eq!(first, again);
    assert_eq!(world.files(), files_of(&first));
    let other = world.wardrobe.add(actor, world.top(), Some(&keyed("k-1", 2))).await;
    assert!(matches!(other, Err(WardrobeError::IdempotencyMismatch)), "{other:?}");
    let stranger = world.wardrobe.add(world.person(), world.top(), Some(&request)).await.unwrap();
    assert_ne!(stranger.id, first.id, "keys are per account");
    world.clock.advance(Duration::from_secs(24 * 3600));
    let a_day_later = world.wardrobe.add(actor, world.top(), Some(&request)).await.unwrap();
    assert_ne!(a_day_later.id, first.id, "keys are forgotten after a day");
}

#[tokio::test]
async fn two_concurrent_requests_with_one_key_make_one_garment() {
    let world = World::new();
    let actor = world.person();
    let request = keyed("k-1", 1);
    world.objects.let_two_writers_meet();
    let (one, other) =
        tokio::join!(world.wardrobe.add(actor, world.top(), Some(&request)), world.wardrobe.add(actor, world.top(), Some(&request)));
    let (one, other) = (one.unwrap(), other.unwrap());
    assert_eq!(one, other);
    assert_eq!(world.files(), files_of(&one), "the slower one's files are gone");
}

#[tokio::test]
async fn an_upload_takes_the_place_of_the_image_once() {
    let world = World::new();
    let actor = world.person();
    let ticket = world.put_upload(actor, "direct").await;
    let command = AddClothing { image: Some(ImageSource::Upload(ticket.upload.id)), ..world.top() };
    let clothing = world.wardrobe.add(actor, command.clone(), None).await.unwrap();
    let shown = world.file(&ObjectKey::clothing(actor.user_id, clothing.id)).await;
    assert_eq!(shown, PassthroughImages::jpeg("direct"));
    let again = world.wardrobe.add(actor, command, None).await;
    assert!(matches!(again, Err(WardrobeError::UploadNotReady)), "{again:?}");
    world.work().await;
    assert_eq!(world.files(), files_of(&clothing), "the uploaded file goes by a job");
}

#[tokio::test]
async fn of_two_concurrent_requests_with_one_upload_one_gets_it() {
    let world = World::new();
    let actor = world.person();
    let ticket = world.put_upload(actor, "direct").await;
    let command = AddClothing { image: Some(ImageSource::Upload(ticket.upload.id)), ..world.top() };
    world.objects.let_two_writers_meet();
    let (one, other) = tokio::join!(world.wardrobe.add(actor, command.clone(), None), world.wardrobe.add(actor, command, None));
    let (winner, loser) = if one.is_ok() { (one, other) } else { (other, one) };
    assert!(matches!(loser, Err(WardrobeError::UploadNotReady)), "{loser:?}");
    world.work().await;
    assert_eq!(world.files(), files_of(&winner.unwrap()));
}

#[tokio::test]
async fn a_repeated_key_answers_the_garment_although_its_upload_is_used_up() {
    let world = World::new();
    let actor = world.person();
    let ticket = world.put_upload(actor, "direct").await;
    let command = AddClothing { image: Some(ImageSource::Upload(ticket.upload.id)), ..world.top() };
    let request = keyed("k-1", 1);
    let first = world.wardrobe.add(actor, command.clone(), Some(&request)).await.unwrap();
    assert_eq!(world.wardrobe.add(actor, command, Some(&request)).await.unwrap(), first);
}

#[tokio::test]
async fn a_failed_request_does_not_use_its_upload_up() {
    let world = World::new();
    let actor = world.person();
    let ticket = world.put_upload(actor, "direct").await;
    let command = AddClothing { image: Some(ImageSource::Upload(ticket.upload.id)), ..world.top() };
    world.store.fail_next(CommitFault::Refused);
    world.wardrobe.add(actor, command.clone(), None).await.unwrap_err();
    world.wardrobe.add(actor, command, None).await.unwrap();
}

#[tokio::test]
async fn another_persons_garment_is_not_found_by_any_use_case() {
    let world = World::new();
    let (owner, stranger) = (world.person(), world.person());
    let clothing = world.added(owner).await;
    let id = clothing.id;
    let rename = UpdateClothing { name: Some("Mine".to_owned()), ..UpdateClothing::default() };
    assert!(matches!(world.wardrobe.get(stranger, id).await, Err(WardrobeError::NotFound)));
    assert!(matches!(world.wardrobe.update(stranger, id, &rename).await, Err(WardrobeError::NotFound)));
    assert!(matches!(world.wardrobe.replace_image(stranger, id, world.photo("x")).await, Err(WardrobeError::NotFound)));
    assert!(matches!(world.wardrobe.delete(stranger, id).await, Err(WardrobeError::NotFound)));
    assert_eq!(world.wardrobe.list(stranger, &ClothingFilter::default(), &Page::default()).await.unwrap().total, 0);
    assert!(world.wardrobe.stats(stranger).await.unwrap().is_empty());
    assert_eq!(world.wardrobe.get(owner, id).await.unwrap(), clothing);
    assert_eq!(world.files(), files_of(&clothing));
}

#[tokio::test]
async fn the_list_is_filtered_newest_first_and_continues_after_a_cursor() {
    let world = World::new();
    let actor = world.person();
    for (name, category, brand) in
        [("A", "tops", "Nordlicht"), ("B", "shoes", "Nordlicht"), ("C", "tops", "Other"), ("D", "tops", "Nordlicht")]
    {
        let text = |text: &str| Some(text.to_owned());
        let command = AddClothing {
            name: text(name),
            category: text(category),
            brand: text(brand),
            image: Some(world.photo(name)),
            ..AddClothing::default()
        };
        world.wardrobe.add(actor, command, None).await.unwrap();
        world.clock.advance(Duration::from_secs(1));
    }
    let filter = ClothingFilter { category: Some(Category::Tops), brand: Some("Nordlicht".to_owned()), ..ClothingFilter::default() };
    let page = Page { limit: 1, ..Page::default() };
    let first = world.wardrobe.list(actor, &filter, &page).await.unwrap();
    assert_eq!((first.items[0].name.as_str(), first.total), ("D", 2));
    let second = world.wardrobe.list(actor, &filter, &Page { after: first.next, ..page }).await.unwrap();
    assert_eq!((second.items[0].name.as_str(), second.next), ("A", None));
}

#[tokio::test]
async fn a_cursor_of_another_order_is_invalid_input() {
    let world = World::new();
    let actor = world.person();
    for _ in 0..2 {
        world.added(actor).await;
    }
    let by_name = ClothingFilter { sort: ClothingSort::Name, ..ClothingFilter::default() };
    let first = world.wardrobe.list(actor, &by_name, &Page { limit: 1, ..Page::default() }).await.unwrap();
    let page = Page { after: first.next, ..Page::default() };
    let outcome = world.wardrobe.list(actor, &ClothingFilter::default(), &page).await;
    assert_eq!(fields(&outcome.unwrap_err()), ["after"]);
}

#[tokio::test]
async fn stats_count_every_garment_and_show_at_most_twenty_per_category() {
    let world = World::new();
    let actor = world.person();
    for _ in 0..21 {
        world.added(actor).await;
    }
    let shoes = AddClothing { category: Some("shoes".to_owned()), ..world.top() };
    world.wardrobe.add(actor, shoes, None).await.unwrap();
    let stats = world.wardrobe.stats(actor).await.unwrap();
    let described: Vec<_> = stats.iter().map(|stats| (stats.category, stats.count, stats.items.len())).collect();
    assert_eq!(described, [(Category::Tops, 21, 20), (Category::Shoes, 1, 1)]);
}

#[tokio::test]
async fn a_change_touches_what_it_names_and_the_time_of_the_last_change() {
    let world = World::new();
    let actor = world.person();
    let before = world.added(actor).await;
    world.clock.advance(Duration::from_secs(60));
    let rename = UpdateClothing { name: Some("Blue T-shirt".to_owned()), ..UpdateClothing::default() };
    let renamed = world.wardrobe.update(actor, before.id, &rename).await.unwrap();
    assert_eq!((renamed.name.as_str(), &renamed.brand, renamed.category), ("Blue T-shirt", &before.brand, before.category));
    assert_eq!((renamed.created_at, renamed.updated_at - before.updated_at), (before.created_at, chrono::TimeDelta::seconds(60)));
    assert_eq!(world.wardrobe.get(actor, before.id).await.unwrap(), renamed);
    let clear = UpdateClothing { brand: Some(None), category: Some("outerwear".to_owned()), ..UpdateClothing::default() };
    let cleared = world.wardrobe.update(actor, before.id, &clear).await.unwrap();
    assert_eq!((cleared.brand, cleared.category), (None, Category::Outerwear));
}

#[tokio::test]
async fn a_change_that_names_nothing_changes_nothing() {
    let world = World::new();
    let actor = world.person();
    let before = world.added(actor).await;
    world.clock.advance(Duration::from_secs(60));
    assert_eq!(world.wardrobe.update(actor, before.id, &UpdateClothing::default()).await.unwrap(), before);
}

#[tokio::test]
async fn a_wrong_change_names_every_field_and_changes_nothing() {
    let world = World::new();
    let actor = world.person();
    let before = world.added(actor).await;
    let wrong = UpdateClothing {
        name: Some(String::new()),
        category: Some("hats".to_owned()),
        brand: Some(Some(String::new())),
        size_chart: Some(Some("[]".to_owned())),
    };
    let error = world.wardrobe.update(actor, before.id, &wrong).await.unwrap_err();
    assert_eq!(fields(&error), ["name", "category", "brand", "size_chart"]);
    assert_eq!(world.wardrobe.get(actor, before.id).await.unwrap(), before);
}

#[tokio::test]
async fn a_new_photo_replaces_every_file_under_the_same_keys() {
    let world = World::new();
    let actor = world.person();
    let before = world.added(actor).await;
    world.clock.advance(Duration::from_secs(60));
    let after = world.wardrobe.replace_image(actor, before.id, world.photo("new")).await.unwrap();
    assert!(after.updated_at > before.updated_at);
    assert_eq!(world.files(), files_of(&before));
    for key in world.kept.keys() {
        assert_eq!(world.file(&key).await, PassthroughImages::jpeg("new"), "{key}");
    }
}

#[tokio::test]
async fn a_photo_replaced_while_its_garment_is_deleted_leaves_no_file() {
    let world = World::new();
    let actor = world.person();
    let clothing = world.added(actor).await;
    world.objects.let_two_writers_meet();
    let delete_then_join_the_writers = async {
        world.wardrobe.delete(actor, clothing.id).await.unwrap();
        world.work().await;
        world.objects.put(&ObjectKey::avatar(actor.user_id), PassthroughImages::jpeg("other"), "image/jpeg").await.unwrap();
    };
    let (replaced, ()) = tokio::join!(world.wardrobe.replace_image(actor, clothing.id, world.photo("new")), delete_then_join_the_writers);
    assert!(matches!(replaced, Err(WardrobeError::NotFound)), "{replaced:?}");
    assert_eq!(world.files(), BTreeSet::from([ObjectKey::avatar(actor.user_id).to_string()]));
}

#[tokio::test]
async fn deleting_cancels_unfinished_try_ons_keeps_results_and_removes_the_files_by_a_job() {
    let world = World::new();
    let actor = world.person();
    let (clothing, kept) = (world.added(actor).await, world.added(actor).await);
    let pending = tryon(actor.user_id, nowhere(), clothing.id);
    let mut processing = tryon(actor.user_id, nowhere(), kept.id);
    processing.clothing_ids.push(clothing.id);
    processing.start("scripted", Timestamp::UNIX_EPOCH).unwrap();
    let finished = completed(tryon(actor.user_id, nowhere(), clothing.id));
    let unrelated = tryon(actor.user_id, nowhere(), kept.id);
    for tryon in [&pending, &processing, &finished, &unrelated] {
        world.store_tryon(tryon).await;
    }
    world.kept.put(&ObjectKey::tryon(actor.user_id, finished.id), PassthroughImages::jpeg("result"), "image/jpeg").await.unwrap();
    let by_builder = ObjectKey::clothing_path(actor.user_id, clothing.id, "old.jpg").unwrap();
    world.kept.put(&by_builder, PassthroughImages::jpeg("old"), "image/jpeg").await.unwrap();

    world.wardrobe.delete(actor, clothing.id).await.unwrap();

    assert!(matches!(world.wardrobe.get(actor, clothing.id).await, Err(WardrobeError::NotFound)));
    for tryon in [&pending, &processing] {
        let stored = world.tryon(tryon).await;
        assert_eq!((stored.status, stored.failure.unwrap().reason.as_str()), (TryOnStatus::Cancelled, "clothing_deleted"));
        assert!(!stored.clothing_ids.contains(&clothing.id));
    }
    let stored = world.tryon(&finished).await;
    assert_eq!((stored.status, stored.clothing_ids.len()), (TryOnStatus::Completed, 0));
    assert_eq!(world.tryon(&unrelated).await, unrelated);
    let told: BTreeSet<_> = world.events(actor.user_id).await.into_iter().collect();
    assert_eq!(told, [&pending, &processing].map(|tryon| (tryon.id.to_string(), "cancelled".to_owned())).into());

    assert!(world.files().is_superset(&files_of(&clothing)), "files go after the commit");
    world.work().await;
    let mut left = files_of(&kept);
    left.insert(ObjectKey::tryon(actor.user_id, finished.id).to_string());
    assert_eq!(world.files(), left);
}

#[tokio::test]
async fn a_deletion_that_cannot_be_committed_changes_nothing() {
    let world = World::new();
    let actor = world.person();
    let clothing = world.added(actor).await;
    let pending = tryon(actor.user_id, nowhere(), clothing.id);
    world.store_tryon(&pending).await;
    world.store.fail_next(CommitFault::Refused);
    world.wardrobe.delete(actor, clothing.id).await.unwrap_err();
    assert_eq!(world.wardrobe.get(actor, clothing.id).await.unwrap(), clothing);
    assert_eq!(world.tryon(&pending).await, pending);
    assert!(world.events(actor.user_id).await.is_empty());
    assert!(world.claim().await.is_none());
}

#[tokio::test]
async fn files_that_cannot_be_deleted_are_tried_again() {
    let world = World::new();
    let actor = world.person();
    let clothing = world.added(actor).await;
    world.wardrobe.delete(actor, clothing.id).await.unwrap();
    world.objects.refuse(Some("_thumb.jpg"));
    let job = world.claim().await.unwrap();
    let outcome = world.run(&job).await;
    assert!(matches!(outcome, Err(JobError::Retry { .. })), "{outcome:?}");
    assert_eq!(world.files().len(), 1, "one refusal does not keep the others from going");
    world.objects.refuse(None);
    world.clock.advance(Duration::from_secs(61));
    world.work().await;
    assert!(world.files().is_empty());
}

#[tokio::test]
async fn adding_is_logged_with_the_id_and_failing_with_the_error() {
    let world = World::new();
    log::begin();
    let clothing = world.added(world.person()).await;
    let line = log::line(&format!("Clothing created: {}", clothing.id)).unwrap();
    assert!(line.contains(" INFO "), "{line}");
    world.store.fail_next(CommitFault::Refused);
    world.wardrobe.add(world.person(), world.top(), None).await.unwrap_err();
    let line = log::line("Error creating clothing: the store").unwrap();
    assert!(line.contains("ERROR "), "{line}");
    assert!(log::line("Striped").is_none(), "what people call their things is theirs");
}
