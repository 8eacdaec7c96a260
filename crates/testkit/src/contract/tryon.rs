//! Try-ons.

use atelier_domain::kernel::{BodyId, ClothingId, EntityId, Page, TryOnId, UserId};
use atelier_domain::wearit::tryon::{
    AttemptOutcome, FailureCode, TryOn, TryOnFailure, TryOnFilter, TryOnOptions, TryOnOutcome, TryOnStatus,
};
use chrono::TimeDelta;

use super::StoreUnderTest;
use super::paging::check_paging;
use crate::{favorite, noon, tryon, user};

fn body_id(number: u8) -> BodyId {
    BodyId::from_bytes([number; 12])
}

fn garment(number: u8) -> ClothingId {
    ClothingId::from_bytes([number; 12])
}

/// A pending try-on on body 1 of garment 1.
fn pending(owner: UserId) -> TryOn {
    tryon(owner, body_id(1), garment(1))
}

/// The try-on brought into a status, with everything such a try-on has.
fn brought_to(mut wish: TryOn, status: TryOnStatus) -> TryOn {
    let at = |seconds: i64| noon() + TimeDelta::seconds(seconds);
    if status == TryOnStatus::Pending {
        return wish;
    }
    wish.start("local", at(1)).unwrap();
    wish.attempts[0].external_id = Some("prediction-1".to_owned());
    wish.end_attempt(AttemptOutcome::Failed { code: FailureCode::ProviderBusy, reason: "queue_full".to_owned() }, at(2));
    wish.start("cog", at(3)).unwrap();
    wish.advance(40, "warp").unwrap();
    match status {
        TryOnStatus::Pending | TryOnStatus::Processing => {}
        TryOnStatus::Completed => {
            let outcome = TryOnOutcome {
                model_used: "fitting-1".to_owned(),
                processing_time: 1.25,
                preview: true,
                warnings: vec!["seated".to_owned(), "low_light".to_owned()],
                confidence: Some(0.625),
            };
            wish.complete(outcome, at(9)).unwrap();
        }
        TryOnStatus::Failed => {
            wish.fail(TryOnFailure::new(FailureCode::PoseNotFound, "pose_cut_off", "the “feet” are cut off", "step back"), at(9)).unwrap();
        }
        TryOnStatus::Cancelled => wish.cancel("by_user", at(9)).unwrap(),
    }
    wish
}

fn with_status(owner: UserId, status: TryOnStatus) -> TryOn {
    brought_to(pending(owner), status)
}

async fn list(store: &StoreUnderTest, owner: UserId, filter: &TryOnFilter) -> Vec<TryOnId> {
    let page = Page { limit: 100, ..Page::default() };
    let mut ids: Vec<_> = store.wearit.tryons().list(owner, filter, &page).await.unwrap().items.iter().map(|wish| wish.id).collect();
    ids.sort();
    ids
}

/// Every field of a try-on survives the store, in every status.
pub async fn a_tryon_is_read_as_it_was_written(store: &StoreUnderTest) {
    let owner = user();
    for status in TryOnStatus::ALL {
        let mut written = with_status(owner, status);
        written.clothing_ids = vec![garment(9), garment(3)];
        written.options = TryOnOptions { model: Some("fitting".to_owned()), seed: Some(u64::MAX) };
        store.add_tryons(std::slice::from_ref(&written)).await;
        assert_eq!(store.wearit.tryons().find(owner, written.id).await.unwrap(), Some(written.clone()), "{status}");
        let mut uow = store.wearit.begin().await.unwrap();
        assert_eq!(uow.tryons().find(owner, written.id).await.unwrap(), Some(written), "{status}");
    }
}

/// Garments and body may be gone from a finished try-on.
pub async fn a_tryon_may_have_lost_its_garments_and_body(store: &StoreUnderTest) {
    let mut written = with_status(user(), TryOnStatus::Completed);
    written.clothing_ids.clear();
    written.body_id = None;
    store.add_tryons(std::slice::from_ref(&written)).await;
    assert_eq!(store.wearit.tryons().find(written.user_id, written.id).await.unwrap(), Some(written));
}

/// Another person's try-ons are not found, listed, changed, deleted or forgotten from.
pub async fn another_persons_tryons_are_out_of_reach(store: &StoreUnderTest) {
    let (owner, stranger) = (user(), user());
    let waiting = pending(owner);
    let done = with_status(owner, TryOnStatus::Completed);
    store.add_tryons(&[waiting.clone(), done.clone()]).await;
    let queries = store.wearit.tryons();
    assert_eq!(queries.find(stranger, waiting.id).await.unwrap(), None);
    assert!(queries.find_many(stranger, &[waiting.id, done.id]).await.unwrap().is_empty());
    assert!(list(store, stranger, &TryOnFilter::default()).await.is_empty());
    let mut uow = store.wearit.begin().await.unwrap();
    let tryons = uow.tryons();
    assert_eq!(tryons.find(stranger, waiting.id).await.unwrap(), None);
    assert!(!tryons.update(&TryOn { user_id: stranger, ..with_status(owner, TryOnStatus::Failed) }).await.unwrap());
    assert!(!tryons.update(&TryOn { user_id: stranger, progress: 9, ..waiting.clone() }).await.unwrap());
    assert!(!tryons.delete(stranger, waiting.id).await.unwrap());
    assert!(tryons.unfinished_with_clothing(stranger, garment(1)).await.unwrap().is_empty());
    assert!(tryons.unfinished_on_body(stranger, body_id(1)).await.unwrap().is_empty());
    tryons.forget_clothing(stranger, garment(1)).await.unwrap();
    tryons.forget_body(stranger, body_id(1)).await.unwrap();
    uow.commit().await.unwrap();
    assert_eq!(queries.find(owner, waiting.id).await.unwrap(), Some(waiting));
    assert_eq!(queries.find(owner, done.id).await.unwrap(), Some(done));
}

/// Of many ids those of the owner's try-ons are answered, each once.
pub async fn the_owners_tryons_among_ids_are_found(store: &StoreUnderTest) {
    let owner = user();
    let mine = [pending(owner), with_status(owner, TryOnStatus::Completed), pending(owner)];
    let foreign = pending(user());
    store.add_tryons(&mine).await;
    store.add_tryons(std::slice::from_ref(&foreign)).await;
    let ids = [mine[1].id, foreign.id, TryOnId::from_bytes([0xee; 12]), mine[0].id, mine[1].id];
    let mut found = store.wearit.tryons().find_many(owner, &ids).await.unwrap();
    found.sort_by_key(|wish| wish.id);
    assert_eq!(found, [mine[0].clone(), mine[1].clone()]);
    assert!(store.wearit.tryons().find_many(owner, &[]).await.unwrap().is_empty());
}

/// An update brings a try-on from any status to any other; id, owner and time of creation stay.
pub async fn an_update_replaces_all_but_id_owner_and_creation(store: &StoreUnderTest) {
    let owner = user();
    let first = pending(owner);
    store.add_tryons(std::slice::from_ref(&first)).await;
    for status in [TryOnStatus::Processing, TryOnStatus::Failed, TryOnStatus::Completed, TryOnStatus::Cancelled, TryOnStatus::Pending] {
        let mut changed = brought_to(first.clone(), status);
        changed.created_at = noon() + TimeDelta::hours(1);
        changed.clothing_ids = vec![garment(2), garment(1)];
        changed.body_id = Some(body_id(2));
        let mut uow = store.wearit.begin().await.unwrap();
        assert!(uow.tryons().update(&changed).await.unwrap());
        uow.commit().await.unwrap();
        let expected = TryOn { created_at: first.created_at, ..changed };
        assert_eq!(store.wearit.tryons().find(owner, first.id).await.unwrap(), Some(expected), "{status}");
        let by_new_garment = TryOnFilter { clothing_id: Some(garment(2)), ..TryOnFilter::default() };
        assert_eq!(list(store, owner, &by_new_garment).await, [first.id], "lists know the new garments");
    }
    let mut uow = store.wearit.begin().await.unwrap();
    assert!(!uow.tryons().update(&pending(owner)).await.unwrap(), "an unknown try-on is not inserted");
    uow.commit().await.unwrap();
    assert_eq!(list(store, owner, &TryOnFilter::default()).await, [first.id]);
}

/// A deleted try-on is gone, its favourite with it; other marks stay.
pub async fn deleting_a_tryon_takes_its_favorite(store: &StoreUnderTest) {
    let owner = user();
    let [gone, kept] = [pending(owner), pending(owner)];
    store.add_tryons(&[gone.clone(), kept.clone()]).await;
    store.add_favorites(&[favorite(&gone), favorite(&kept)]).await;
    let mut uow = store.wearit.begin().await.unwrap();
    assert!(uow.tryons().delete(owner, gone.id).await.unwrap());
    assert!(!uow.tryons().delete(owner, gone.id).await.unwrap());
    uow.commit().await.unwrap();
    assert_eq!(store.wearit.tryons().find(owner, gone.id).await.unwrap(), None);
    assert_eq!(store.wearit.favorites().marked(owner, &[gone.id, kept.id]).await.unwrap(), [kept.id]);
    assert_eq!(store.wearit.favorites().list(owner, &Page::default()).await.unwrap().total, 1);
}

/// Try-ons are listed newest first, ties by id descending; cursor and skip give the same pages, filtered or not.
pub async fn tryons_are_paged_newest_first(store: &StoreUnderTest) {
    let owner = user();
    let mut wishes = Vec::new();
    for (number, minutes) in [2, 0, 1, 1, 1, 3, 2].into_iter().enumerate() {
        let clothing_ids = if number % 2 == 0 { vec![garment(1), garment(2)] } else { vec![garment(2)] };
        wishes.push(TryOn { created_at: noon() + TimeDelta::minutes(minutes), clothing_ids, ..pending(owner) });
    }
    store.add_tryons(&wishes).await;
    store.add_tryons(&[pending(user())]).await;
    wishes.sort_by_key(|wish| std::cmp::Reverse((wish.created_at, wish.id)));
    for clothing_id in [None, Some(garment(1)), Some(garment(2))] {
        let has = |wish: &&TryOn| clothing_id.is_none_or(|clothing| wish.clothing_ids.contains(&clothing));
        let expected: Vec<TryOnId> = wishes.iter().filter(has).map(|wish| wish.id).collect();
        let filter = TryOnFilter { clothing_id, ..TryOnFilter::default() };
        let list = |page: Page| {
            let filter = &filter;
            async move { store.wearit.tryons().list(owner, filter, &page).await }
        };
        check_paging(&expected, |wish: &TryOn| wish.id, list).await;
    }
}

/// The filter's conditions all apply.
pub async fn a_filter_applies_every_condition(store: &StoreUnderTest) {
    let owner = user();
    let both = TryOn { clothing_ids: vec![garment(1), garment(2)], ..pending(owner) };
    let done = brought_to(tryon(owner, body_id(2), garment(2)), TryOnStatus::Completed);
    let bodiless = TryOn { body_id: None, ..with_status(owner, TryOnStatus::Completed) };
    store.add_tryons(&[both.clone(), done.clone(), bodiless.clone()]).await;
    let by = |status: Option<TryOnStatus>, body: Option<u8>, clothing: Option<u8>| TryOnFilter {
        status,
        body_id: body.map(body_id),
        clothing_id: clothing.map(garment),
    };
    let completed = Some(TryOnStatus::Completed);
    let cases = [
        (by(None, None, None), vec![both.id, done.id, bodiless.id]),
        (by(Some(TryOnStatus::Pending), None, None), vec![both.id]),
        (by(completed, None, None), vec![done.id, bodiless.id]),
        (by(Some(TryOnStatus::Failed), None, None), vec![]),
        (by(None, Some(1), None), vec![both.id]),
        (by(None, Some(2), None), vec![done.id]),
        (by(None, None, Some(1)), vec![both.id, bodiless.id]),
        (by(None, None, Some(2)), vec![both.id, done.id]),
        (by(completed, None, Some(1)), vec![bodiless.id]),
        (by(completed, Some(2), Some(2)), vec![done.id]),
        (by(completed, Some(1), Some(1)), vec![]),
    ];
    for (filter, mut expected) in cases {
        expected.sort();
        assert_eq!(list(store, owner, &filter).await, expected, "{filter:?}");
    }
}

/// The reconciler sees pending and processing try-ons of everyone asked for before an instant, oldest first, up to the limit.
pub async fn the_unfinished_of_everyone_are_found_oldest_first(store: &StoreUnderTest) {
    let mut expected = Vec::new();
    for (number, status) in TryOnStatus::ALL.into_iter().chain(TryOnStatus::ALL).enumerate() {
        let created_at = noon() - TimeDelta::minutes(i64::try_from(number).unwrap() + 1);
        let wish = TryOn { created_at, ..with_status(user(), status) };
        store.add_tryons(std::slice::from_ref(&wish)).await;
        if !status.is_terminal() {
            expected.insert(0, wish);
        }
    }
    store.add_tryons(&[pending(user())]).await;
    let queries = store.wearit.tryons();
    assert_eq!(expected.len(), 4);
    assert_eq!(queries.unfinished_before(noon(), 100).await.unwrap(), expected, "asked for at the instant is not before it");
    assert_eq!(queries.unfinished_before(noon(), 3).await.unwrap(), expected[..3]);
    assert!(queries.unfinished_before(noon() - TimeDelta::hours(1), 100).await.unwrap().is_empty());
}

/// Retention sees completed try-ons of everyone that ended before an instant, up to the limit, and no failed or cancelled ones.
pub async fn the_completed_of_everyone_are_found(store: &StoreUnderTest) {
    let mut completed = Vec::new();
    for status in TryOnStatus::ALL.into_iter().chain(TryOnStatus::ALL) {
        let wish = with_status(user(), status);
        store.add_tryons(std::slice::from_ref(&wish)).await;
        if status == TryOnStatus::Completed {
            completed.push(wish.id);
        }
    }
    completed.sort();
    let found = async |seconds: i64, limit: u32| -> Vec<TryOnId> {
        let found = store.wearit.tryons().completed_before(noon() + TimeDelta::seconds(seconds), limit).await.unwrap();
        let mut ids: Vec<_> = found.iter().map(|wish| wish.id).collect();
        ids.sort();
        ids
    };
    assert_eq!(found(10, 100).await, completed);
    assert!(found(9, 100).await.is_empty(), "ended at the instant is not before it");
    assert_eq!(found(10, 1).await.len(), 1);
}

/// Unfinished try-ons are found by garment and by body.
pub async fn unfinished_tryons_are_found_by_garment_and_body(store: &StoreUnderTest) {
    let owner = user();
    let mut expected = Vec::new();
    for status in TryOnStatus::ALL {
        let wish = brought_to(TryOn { clothing_ids: vec![garment(2), garment(1)], ..pending(owner) }, status);
        store.add_tryons(std::slice::from_ref(&wish)).await;
        if !status.is_terminal() {
            expected.push(wish);
        }
    }
    store.add_tryons(&[tryon(owner, body_id(5), garment(5)), pending(user())]).await;
    let mut uow = store.wearit.begin().await.unwrap();
    for number in [1, 2] {
        let mut found = uow.tryons().unfinished_with_clothing(owner, garment(number)).await.unwrap();
        found.sort_by_key(|wish| wish.id);
        assert_eq!(found, expected);
    }
    let mut found = uow.tryons().unfinished_on_body(owner, body_id(1)).await.unwrap();
    found.sort_by_key(|wish| wish.id);
    assert_eq!(found, expected);
    assert!(uow.tryons().unfinished_with_clothing(owner, garment(7)).await.unwrap().is_empty());
    assert!(uow.tryons().unfinished_on_body(owner, body_id(7)).await.unwrap().is_empty());
}

/// A forgotten garment leaves every finished try-on of the owner, and nothing else of them changes; unfinished ones keep it.
pub async fn a_forgotten_garment_leaves_finished_tryons(store: &StoreUnderTest) {
    let owner = user();
    let mut wishes = TryOnStatus::ALL
        .map(|status| brought_to(TryOn { clothing_ids: vec![garment(2), garment(1), garment(3)], ..pending(owner) }, status));
    store.add_tryons(&wishes).await;
    let mut uow = store.wearit.begin().await.unwrap();
    uow.tryons().forget_clothing(owner, garment(1)).await.unwrap();
    uow.commit().await.unwrap();
    for wish in &mut wishes {
        if wish.status.is_terminal() {
            wish.clothing_ids = vec![garment(2), garment(3)];
        }
        assert_eq!(store.wearit.tryons().find(owner, wish.id).await.unwrap().as_ref(), Some(&*wish), "{}", wish.status);
    }
    let by_garment = TryOnFilter { clothing_id: Some(garment(1)), ..TryOnFilter::default() };
    assert_eq!(list(store, owner, &by_garment).await.len(), 2);
}

/// A forgotten body leaves every finished try-on of the owner on it; other bodies and unfinished try-ons keep theirs.
pub async fn a_forgotten_body_leaves_finished_tryons(store: &StoreUnderTest) {
    let owner = user();
    let mut wishes = TryOnStatus::ALL.map(|status| with_status(owner, status)).to_vec();
    wishes.push(brought_to(tryon(owner, body_id(2), garment(1)), TryOnStatus::Completed));
    store.add_tryons(&wishes).await;
    let mut uow = store.wearit.begin().await.unwrap();
    uow.tryons().forget_body(owner, body_id(1)).await.unwrap();
    uow.commit().await.unwrap();
    for mut wish in wishes {
        if wish.status.is_terminal() && wish.body_id == Some(body_id(1)) {
            wish.body_id = None;
        }
        assert_eq!(store.wearit.tryons().find(owner, wish.id).await.unwrap(), Some(wish));
    }
}
