//! Try-ons: what is written is read, and belongs to one person.

use atelier_domain::kernel::{BodyId, ClothingId, EntityId, Page, TryOnId, UserId};
use atelier_domain::wearit::tryon::{
    AttemptOutcome, Cost, FailureCode, GivenConsent, HeardMark, MadeWith, TryOn, TryOnFailure, TryOnFilter, TryOnOptions, TryOnOutcome,
    TryOnStatus,
};
use chrono::TimeDelta;

use super::StoreUnderTest;
use crate::{favorite, noon, tryon, user};

pub(crate) fn body_id(number: u8) -> BodyId {
    BodyId::from_bytes([number; 12])
}

pub(crate) fn garment(number: u8) -> ClothingId {
    ClothingId::from_bytes([number; 12])
}

/// A pending try-on on body 1 of garment 1.
pub(crate) fn pending(owner: UserId) -> TryOn {
    let consent = Some(GivenConsent { version: "2026-11".to_owned(), at: noon() - TimeDelta::minutes(1) });
    TryOn { consent, ..tryon(owner, body_id(1), garment(1)) }
}

/// The try-on brought into a status, with everything such a try-on has.
pub(crate) fn brought_to(mut wish: TryOn, status: TryOnStatus) -> TryOn {
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
            let parameters = serde_json::json!({ "steps": 30, "category": "upper_body", "a.b$": [0.5, null] });
            let cost = Some(Cost { millionths: 75_000, unit: "USD".to_owned() });
            let attempt = wish.attempts.last_mut().unwrap();
            attempt.made_with = Some(MadeWith { seed: Some(u64::MAX), parameters: parameters.as_object().unwrap().clone(), cost });
            attempt.heard =
                Some(HeardMark { message_id: "msg_1".to_owned(), at: at(8), finished: true, kept: Some("{\"n\":1}".to_owned()) });
            wish.complete(outcome, at(9)).unwrap();
        }
        TryOnStatus::Failed => {
            wish.fail(TryOnFailure::new(FailureCode::PoseNotFound, "pose_cut_off", "the “feet” are cut off", "step back"), at(9)).unwrap();
        }
        TryOnStatus::Cancelled => wish.cancel("by_user", at(9)).unwrap(),
    }
    wish
}

pub(crate) fn with_status(owner: UserId, status: TryOnStatus) -> TryOn {
    brought_to(pending(owner), status)
}

/// The ids the filter lets through, in their order.
pub(crate) async fn list(store: &StoreUnderTest, owner: UserId, filter: &TryOnFilter) -> Vec<TryOnId> {
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
