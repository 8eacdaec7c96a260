//! Try-ons: lists, look-ups and what the background work asks for.

use atelier_domain::kernel::{EntityId, Page, TryOnId};
use atelier_domain::wearit::tryon::{TryOn, TryOnFilter, TryOnStatus};
use chrono::TimeDelta;

use super::StoreUnderTest;
use super::paging::{check_paging, out_of_order};
use super::tryon::{body_id, brought_to, garment, list, pending, with_status};
use crate::{noon, tryon, user};

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

/// Try-ons are listed newest first, ties by id descending; cursor and skip give the same pages, filtered or not.
pub async fn tryons_are_paged_newest_first(store: &StoreUnderTest) {
    let owner = user();
    let mut wishes = Vec::new();
    for (number, minutes) in [2, 0, 1, 1, 1, 3, 2].into_iter().enumerate() {
        let clothing_ids = if number % 2 == 0 { vec![garment(1), garment(2)] } else { vec![garment(2)] };
        wishes.push(TryOn { created_at: noon() + TimeDelta::minutes(minutes), clothing_ids, ..pending(owner) });
    }
    store.add_tryons(&out_of_order(&wishes)).await;
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
