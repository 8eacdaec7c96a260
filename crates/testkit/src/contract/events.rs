//! Live events: numbered per person, the newest kept.

use std::time::Duration;

use atelier_domain::kernel::{EntityId, EventFeed, EventKind, NewEvent, TryOnId};
use chrono::TimeDelta;

use super::StoreUnderTest;
use super::backend::deleted;
use super::concurrency::{TASKS, concurrently};
use crate::{noon, user};

fn wish(number: u8) -> TryOnId {
    TryOnId::from_bytes([number; 12])
}

/// Every field of an event survives the store.
pub async fn an_event_is_read_as_it_was_written(store: &StoreUnderTest) {
    let owner = user();
    let at = noon() + TimeDelta::milliseconds(123);
    let kinds = [
        EventKind::TryOnUpdated { tryon_id: wish(1), status: "processing".to_owned(), progress: 42, stage: "pose ü".to_owned() },
        EventKind::TryOnDeleted { tryon_id: wish(2) },
    ];
    let mut uow = store.wearit.begin().await.unwrap();
    for kind in kinds.clone() {
        uow.events().append(&NewEvent { user_id: owner, kind, at }).await.unwrap();
    }
    uow.commit().await.unwrap();
    let read = store.events.after(owner, 0, 10).await.unwrap();
    assert_eq!(read.iter().map(|event| event.seq).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(read.iter().map(|event| event.kind.clone()).collect::<Vec<_>>(), kinds);
    assert!(read.iter().all(|event| event.at == at));
}

/// Numbers are 1, 2, 3, … for each person, also when units of work are dropped in between.
pub async fn numbers_have_no_gaps(store: &StoreUnderTest) {
    let (owner, other) = (user(), user());
    assert_eq!(store.append_event(owner, wish(1)).await, 1);
    let mut uow = store.wearit.begin().await.unwrap();
    assert_eq!(uow.events().append(&deleted(owner, wish(2))).await.unwrap(), 2);
    drop(uow);
    assert_eq!(store.append_event(owner, wish(3)).await, 2);
    assert_eq!(store.append_event(other, wish(4)).await, 1);
    let mut uow = store.wearit.begin().await.unwrap();
    assert_eq!(uow.events().append(&deleted(owner, wish(5))).await.unwrap(), 3);
    assert_eq!(uow.events().append(&deleted(owner, wish(6))).await.unwrap(), 4);
    uow.commit().await.unwrap();
    assert_eq!(store.events.bounds(owner).await.unwrap(), (1, 4));
    assert_eq!(store.events.bounds(other).await.unwrap(), (1, 1));
}

/// Concurrent writers for one person neither skip nor repeat a number.
pub async fn concurrent_writers_share_one_numbering(store: &StoreUnderTest) {
    let owner = user();
    let outcomes = concurrently(store, move |store, _| async move {
        let mut uow = store.wearit.begin().await?;
        let seq = uow.events().append(&deleted(owner, wish(1))).await?;
        uow.commit().await?;
        Ok(seq)
    })
    .await;
    let mut numbers: Vec<u64> = outcomes.into_iter().map(Result::unwrap).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=TASKS as u64).collect::<Vec<u64>>());
    let read = store.events.after(owner, 0, 100).await.unwrap();
    assert_eq!(read.iter().map(|event| event.seq).collect::<Vec<_>>(), numbers);
}

/// Reading continues after a number, in order, up to the limit, and shows only the person's own.
pub async fn reading_continues_after_a_number(store: &StoreUnderTest) {
    let (owner, other) = (user(), user());
    for number in 1..=5 {
        store.append_event(owner, wish(number)).await;
        store.append_event(other, wish(100 + number)).await;
    }
    let read =
        async |after, limit| -> Vec<u64> { store.events.after(owner, after, limit).await.unwrap().iter().map(|event| event.seq).collect() };
    assert_eq!(read(0, 2).await, [1, 2]);
    assert_eq!(read(2, 2).await, [3, 4]);
    assert_eq!(read(4, 2).await, [5]);
    assert!(read(5, 2).await.is_empty());
    assert!(read(99, 2).await.is_empty());
    let kinds: Vec<_> = store.events.after(owner, 0, 10).await.unwrap().into_iter().map(|event| event.kind).collect();
    assert_eq!(kinds, (1..=5).map(|number| EventKind::TryOnDeleted { tryon_id: wish(number) }).collect::<Vec<_>>());
}

/// Who never had an event has the bounds (0, 0).
pub async fn without_events_the_bounds_are_zero(store: &StoreUnderTest) {
    store.append_event(user(), wish(1)).await;
    let nobody = user();
    assert_eq!(store.events.bounds(nobody).await.unwrap(), (0, 0));
    assert!(store.events.after(nobody, 0, 10).await.unwrap().is_empty());
}

/// Only the newest thousand of a person are kept; numbering goes on.
pub async fn only_the_newest_events_are_kept(store: &StoreUnderTest) {
    const SURPLUS: u64 = 5;
    let kept = <dyn EventFeed>::KEPT;
    let (owner, other) = (user(), user());
    store.append_event(other, wish(1)).await;
    let mut uow = store.wearit.begin().await.unwrap();
    for _ in 0..kept + SURPLUS {
        uow.events().append(&deleted(owner, wish(2))).await.unwrap();
    }
    uow.commit().await.unwrap();
    assert_eq!(store.events.bounds(owner).await.unwrap(), (SURPLUS + 1, kept + SURPLUS));
    let read = store.events.after(owner, 0, 3).await.unwrap();
    assert_eq!(read.iter().map(|event| event.seq).collect::<Vec<_>>(), [SURPLUS + 1, SURPLUS + 2, SURPLUS + 3]);
    assert_eq!(store.append_event(owner, wish(3)).await, kept + SURPLUS + 1);
    assert_eq!(store.events.bounds(other).await.unwrap(), (1, 1), "another person's events are not counted");
}

/// Who waits for a person's events is woken by a commit, long before the time is up.
pub async fn a_commit_wakes_who_waits(store: &StoreUnderTest) {
    let owner = user();
    let waiter = {
        let store = store.clone();
        tokio::spawn(async move { store.events.changed(owner, Duration::from_secs(300)).await })
    };
    // A commit before the waiter listens need not wake it: one of these comes after.
    let writing = async {
        loop {
            store.append_event(owner, wish(1)).await;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::select! {
        woken = tokio::time::timeout(Duration::from_secs(20), waiter) => woken.unwrap().unwrap(),
        () = writing => {}
    }
}

/// Waiting for events ends when the time is up.
pub async fn waiting_for_events_ends_in_time(store: &StoreUnderTest) {
    tokio::time::timeout(Duration::from_secs(20), store.events.changed(user(), Duration::from_millis(5))).await.unwrap();
}
