//! Favourites.

use atelier_domain::kernel::{EntityId, FavoriteId, Page, TryOnId, UserId};
use atelier_domain::wearit::favorites::{Favorite, FavoriteTryOn};
use atelier_domain::wearit::tryon::TryOn;
use chrono::TimeDelta;

use super::StoreUnderTest;
use super::concurrency::{assert_one_succeeded, concurrently};
use super::paging::{check_paging, out_of_order};
use crate::{favorite, noon, tryon, user};

/// Adds this many try-ons of the person.
async fn wishes(store: &StoreUnderTest, owner: UserId, count: usize) -> Vec<TryOn> {
    let wishes: Vec<TryOn> = (0..count).map(|_| tryon(owner, EntityId::from_bytes([1; 12]), EntityId::from_bytes([2; 12]))).collect();
    store.add_tryons(&wishes).await;
    wishes
}

/// A favourite is found as it was written, and listed with its try-on.
pub async fn a_favorite_is_read_as_it_was_written(store: &StoreUnderTest) {
    let owner = user();
    let wish = wishes(store, owner, 1).await.remove(0);
    let mark = Favorite { created_at: noon() + TimeDelta::milliseconds(3), ..favorite(&wish) };
    store.add_favorites(std::slice::from_ref(&mark)).await;
    let mut uow = store.wearit.begin().await.unwrap();
    assert_eq!(uow.favorites().find(owner, wish.id).await.unwrap(), Some(mark.clone()));
    drop(uow);
    let listed = store.wearit.favorites().list(owner, &Page::default()).await.unwrap();
    assert_eq!(listed.items, [FavoriteTryOn { favorite: mark, tryon: wish }]);
}

/// A second mark of the same try-on is a conflict on `favorites.tryon_id`.
pub async fn a_tryon_is_marked_once(store: &StoreUnderTest) {
    let wish = wishes(store, user(), 1).await.remove(0);
    store.add_favorites(&[favorite(&wish)]).await;
    let mut uow = store.wearit.begin().await.unwrap();
    let clash = uow.favorites().insert(&favorite(&wish)).await.unwrap_err();
    assert!(clash.is_conflict_on("favorites.tryon_id"), "{clash:?}");
}

/// Of many concurrent marks of a try-on one is stored.
pub async fn of_concurrent_marks_one_is_stored(store: &StoreUnderTest) {
    let owner = user();
    let wish = wishes(store, owner, 1).await.remove(0);
    let outcomes = concurrently(store, move |store, _| {
        let mark = favorite(&wish);
        async move {
            let mut uow = store.wearit.begin().await?;
            uow.favorites().insert(&mark).await?;
            uow.commit().await
        }
    })
    .await;
    assert_one_succeeded(&outcomes, "favorites.tryon_id");
    assert_eq!(store.wearit.favorites().list(owner, &Page::default()).await.unwrap().total, 1);
}

/// Another person's marks are not found, listed, or removed.
pub async fn another_persons_marks_are_out_of_reach(store: &StoreUnderTest) {
    let (owner, stranger) = (user(), user());
    let wish = wishes(store, owner, 1).await.remove(0);
    store.add_favorites(&[favorite(&wish)]).await;
    assert_eq!(store.wearit.favorites().list(stranger, &Page::default()).await.unwrap().total, 0);
    assert!(store.wearit.favorites().marked(stranger, &[wish.id]).await.unwrap().is_empty());
    let mut uow = store.wearit.begin().await.unwrap();
    assert_eq!(uow.favorites().find(stranger, wish.id).await.unwrap(), None);
    assert!(!uow.favorites().delete(stranger, wish.id).await.unwrap());
    uow.commit().await.unwrap();
    assert_eq!(store.wearit.favorites().marked(owner, &[wish.id]).await.unwrap(), [wish.id]);
}

/// A removed mark is gone, the try-on stays, and it may be marked again.
pub async fn a_removed_mark_is_gone(store: &StoreUnderTest) {
    let owner = user();
    let wish = wishes(store, owner, 1).await.remove(0);
    store.add_favorites(&[favorite(&wish)]).await;
    let mut uow = store.wearit.begin().await.unwrap();
    assert!(uow.favorites().delete(owner, wish.id).await.unwrap());
    assert!(!uow.favorites().delete(owner, wish.id).await.unwrap());
    uow.commit().await.unwrap();
    assert!(store.wearit.favorites().marked(owner, &[wish.id]).await.unwrap().is_empty());
    assert!(store.wearit.tryons().find(owner, wish.id).await.unwrap().is_some());
    store.add_favorites(&[favorite(&wish)]).await;
}

/// Of many try-ons the marked ones are told.
pub async fn the_marked_among_tryons_are_told(store: &StoreUnderTest) {
    let owner = user();
    let wishes = wishes(store, owner, 4).await;
    store.add_favorites(&[favorite(&wishes[0]), favorite(&wishes[2])]).await;
    let ids = [wishes[3].id, wishes[2].id, wishes[1].id, wishes[0].id, TryOnId::from_bytes([0xee; 12])];
    let mut marked = store.wearit.favorites().marked(owner, &ids).await.unwrap();
    marked.sort();
    assert_eq!(marked, [wishes[0].id, wishes[2].id]);
    assert!(store.wearit.favorites().marked(owner, &[]).await.unwrap().is_empty());
    assert!(store.wearit.favorites().marked(owner, &[wishes[1].id]).await.unwrap().is_empty());
}

/// Favourites are listed by when they were marked, newest first, ties by id descending; cursor and skip give the same pages.
pub async fn favorites_are_paged_newest_mark_first(store: &StoreUnderTest) {
    let owner = user();
    let wishes = wishes(store, owner, 6).await;
    let mut marks: Vec<Favorite> = wishes
        .iter()
        .zip([3, 1, 2, 2, 2, 5])
        .map(|(wish, minutes)| Favorite { created_at: noon() + TimeDelta::minutes(minutes), ..favorite(wish) })
        .collect();
    store.add_favorites(&out_of_order(&marks)).await;
    marks.sort_by_key(|mark| std::cmp::Reverse((mark.created_at, mark.id)));
    let expected: Vec<FavoriteId> = marks.iter().map(|mark| mark.id).collect();
    let list = |page: Page| async move { store.wearit.favorites().list(owner, &page).await };
    check_paging(&expected, |row: &FavoriteTryOn| row.favorite.id, list).await;
}
