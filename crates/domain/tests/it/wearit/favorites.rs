//! Marking try-ons.

use std::time::Duration;

use atelier_domain::identity::Actor;
use atelier_domain::kernel::{Page, TryOnId};
use atelier_domain::wearit::favorites::FavoriteError;
use atelier_domain::wearit::tryon::TryOn;
use atelier_testkit::tryon;

use super::faults::CommitFault;
use super::world::{World, completed, keyed, nowhere};

async fn tried_on(world: &World, actor: Actor) -> TryOn {
    let tryon = completed(tryon(actor.user_id, nowhere(), nowhere()));
    world.store_tryon(&tryon).await;
    tryon
}

async fn listed(world: &World, actor: Actor) -> Vec<TryOnId> {
    let page = world.favorites.list(actor, &Page::default()).await.unwrap();
    assert_eq!(page.total, page.items.len() as u64);
    page.items.iter().map(|item| item.tryon.id).collect()
}

#[tokio::test]
async fn a_favorite_is_listed_with_its_try_on_newest_first() {
    let world = World::new();
    let actor = world.person();
    let (older, newer) = (tried_on(&world, actor).await, tried_on(&world, actor).await);
    let marked = world.favorites.add(actor, older.id, None).await.unwrap();
    assert_eq!((marked.favorite.tryon_id, &marked.tryon), (older.id, &older));
    world.clock.advance(Duration::from_secs(1));
    world.favorites.add(actor, newer.id, None).await.unwrap();
    assert_eq!(listed(&world, actor).await, [newer.id, older.id]);
}

#[tokio::test]
async fn adding_the_same_favorite_twice_is_a_conflict() {
    let world = World::new();
    let actor = world.person();
    let tryon = tried_on(&world, actor).await;
    world.favorites.add(actor, tryon.id, None).await.unwrap();
    let again = world.favorites.add(actor, tryon.id, None).await;
    assert!(matches!(again, Err(FavoriteError::AlreadyFavorite)), "{again:?}");
    let with_a_key = world.favorites.add(actor, tryon.id, Some(&keyed("new", 1))).await;
    assert!(matches!(with_a_key, Err(FavoriteError::AlreadyFavorite)), "{with_a_key:?}");
    assert_eq!(listed(&world, actor).await, [tryon.id]);
}

#[tokio::test]
async fn two_concurrent_adds_leave_one_favorite() {
    let world = World::new();
    let actor = world.person();
    let tryon = tried_on(&world, actor).await;
    let (one, other) = tokio::join!(world.favorites.add(actor, tryon.id, None), world.favorites.add(actor, tryon.id, None));
    assert!(one.is_ok() != other.is_ok(), "{one:?} {other:?}");
    assert_eq!(listed(&world, actor).await, [tryon.id]);
}

#[tokio::test]
async fn a_repeated_key_answers_the_first_mark_and_another_content_is_refused() {
    let world = World::new();
    let actor = world.person();
    let (tryon, other) = (tried_on(&world, actor).await, tried_on(&world, actor).await);
    let first = world.favorites.add(actor, tryon.id, Some(&keyed("k", 1))).await.unwrap();
    assert_eq!(world.favorites.add(actor, tryon.id, Some(&keyed("k", 1))).await.unwrap(), first);
    let mismatch = world.favorites.add(actor, other.id, Some(&keyed("k", 2))).await;
    assert!(matches!(mismatch, Err(FavoriteError::IdempotencyMismatch)), "{mismatch:?}");
    assert_eq!(listed(&world, actor).await, [tryon.id]);
}

#[tokio::test]
async fn a_key_used_for_another_operation_is_refused() {
    let world = World::new();
    let actor = world.person();
    let tryon = tried_on(&world, actor).await;
    world.wardrobe.add(actor, world.top(), Some(&keyed("k", 1))).await.unwrap();
    let outcome = world.favorites.add(actor, tryon.id, Some(&keyed("k", 1))).await;
    assert!(matches!(outcome, Err(FavoriteError::IdempotencyMismatch)), "{outcome:?}");
}

#[tokio::test]
async fn a_mark_that_cannot_be_committed_leaves_its_key_free() {
    let world = World::new();
    let actor = world.person();
    let tryon = tried_on(&world, actor).await;
    world.store.fail_next(CommitFault::Refused);
    world.favorites.add(actor, tryon.id, Some(&keyed("k", 1))).await.unwrap_err();
    world.favorites.add(actor, tryon.id, Some(&keyed("k", 1))).await.unwrap();
}

#[tokio::test]
async fn only_ones_own_try_ons_can_be_marked() {
    let world = World::new();
    let (owner, stranger) = (world.person(), world.person());
    let tryon = tried_on(&world, owner).await;
    assert!(matches!(world.favorites.add(stranger, tryon.id, None).await, Err(FavoriteError::NotFound)));
    assert!(matches!(world.favorites.add(stranger, nowhere(), None).await, Err(FavoriteError::NotFound)));
    world.favorites.add(owner, tryon.id, None).await.unwrap();
    assert!(listed(&world, stranger).await.is_empty());
    assert!(matches!(world.favorites.remove(stranger, tryon.id).await, Err(FavoriteError::NotFound)));
    assert_eq!(listed(&world, owner).await, [tryon.id]);
}

#[tokio::test]
async fn a_removed_mark_is_gone_and_the_try_on_stays() {
    let world = World::new();
    let actor = world.person();
    let tryon = tried_on(&world, actor).await;
    world.favorites.add(actor, tryon.id, None).await.unwrap();
    world.favorites.remove(actor, tryon.id).await.unwrap();
    assert!(listed(&world, actor).await.is_empty());
    assert_eq!(world.tryon(&tryon).await, tryon);
    assert!(matches!(world.favorites.remove(actor, tryon.id).await, Err(FavoriteError::NotFound)));
}
