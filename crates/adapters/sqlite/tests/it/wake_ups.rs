//! Waiting for work and events, within the process and across processes (two stores on one file are as two processes).

use std::time::Duration;

use atelier_adapter_sqlite::SqliteStore;
use atelier_domain::kernel::{EntityId, EventFeed, EventKind, JobQueue, NewEvent, TryOnId, UserId};
use atelier_domain::wearit::WearitStore;
use atelier_testkit::{job, noon, user};
use tokio::time::Instant;

use crate::opening::Place;

/// Longer than any test waits.
const LONG: Duration = Duration::from_secs(30);
/// What a wake-up takes at most on a busy machine; it is looked for ten times a second.
const SOON: Duration = Duration::from_secs(5);

pub(crate) async fn append(store: &SqliteStore, user_id: UserId) {
    let kind = EventKind::TryOnDeleted { tryon_id: TryOnId::from_bytes([1; 12]) };
    let mut uow = WearitStore::begin(store).await.unwrap();
    uow.events().append(&NewEvent { user_id, kind, at: noon() }).await.unwrap();
    uow.commit().await.unwrap();
}

pub(crate) async fn enqueue(store: &SqliteStore) {
    let mut uow = WearitStore::begin(store).await.unwrap();
    uow.jobs().enqueue(&job("test.wake.up")).await.unwrap();
    uow.commit().await.unwrap();
}

async fn claim(store: &SqliteStore) -> bool {
    store.claim("w", &["test.wake.up"], noon(), LONG).await.unwrap().is_some()
}

/// Waits in a task of its own and answers how long it took.
fn waiting_for_event(store: &SqliteStore, user_id: UserId) -> tokio::task::JoinHandle<Duration> {
    let store = store.clone();
    tokio::spawn(async move {
        let began = Instant::now();
        store.changed(user_id, LONG).await;
        began.elapsed()
    })
}

fn waiting_for_work(store: &SqliteStore) -> tokio::task::JoinHandle<Duration> {
    let store = store.clone();
    tokio::spawn(async move {
        let began = Instant::now();
        store.wait_for_work(LONG).await;
        began.elapsed()
    })
}

#[tokio::test]
async fn an_event_of_another_process_wakes_the_person_soon() {
    let place = Place::new();
    let (here, there) = (place.open().await, place.open().await);
    let person = user();
    let waiting = waiting_for_event(&here, person);
    tokio::task::yield_now().await;
    append(&there, person).await;
    assert!(waiting.await.unwrap() < SOON);
    assert_eq!(here.after(person, 0, 10).await.unwrap().len(), 1);
}

#[tokio::test]
async fn work_of_another_process_wakes_workers_soon() {
    let place = Place::new();
    let (here, there) = (place.open().await, place.open().await);
    assert!(!claim(&here).await);
    let waiting = waiting_for_work(&here);
    tokio::task::yield_now().await;
    enqueue(&there).await;
    assert!(waiting.await.unwrap() < SOON);
    assert!(claim(&here).await);
}

/// What another process committed while nobody waited is noticed by the next who waits.
#[tokio::test]
async fn what_happened_while_nobody_waited_wakes_the_next_waiter() {
    let place = Place::new();
    let (here, there) = (place.open().await, place.open().await);
    let person = user();
    append(&there, person).await;
    enqueue(&there).await;
    assert!(waiting_for_event(&here, person).await.unwrap() < SOON);
    assert!(waiting_for_work(&here).await.unwrap() < SOON);
}

#[tokio::test]
async fn an_event_of_this_process_wakes_every_waiter_of_the_person() {
    let place = Place::new();
    let store = place.open().await;
    let person = user();
    let waiting = [waiting_for_event(&store, person), waiting_for_event(&store, person)];
    tokio::task::yield_now().await;
    append(&store, person).await;
    for waiter in waiting {
        assert!(waiter.await.unwrap() < SOON);
    }
}

#[tokio::test]
async fn others_events_wake_nobody() {
    let place = Place::new();
    let (here, there) = (place.open().await, place.open().await);
    let at_most = Duration::from_millis(600);
    let began = Instant::now();
    let (quiet, loud) = (user(), user());
    tokio::join!(here.changed(quiet, at_most), async {
        append(&here, loud).await;
        append(&there, loud).await;
    });
    assert!(began.elapsed() >= at_most);
}

/// The worker looked, found nothing, and the job came before it began to wait.
#[tokio::test]
async fn work_enqueued_between_looking_and_waiting_is_not_slept_over() {
    let place = Place::new();
    let store = place.open().await;
    assert!(!claim(&store).await);
    enqueue(&store).await;
    assert!(waiting_for_work(&store).await.unwrap() < SOON);
}

#[tokio::test]
async fn an_event_between_reading_and_waiting_is_not_slept_over() {
    let place = Place::new();
    let store = place.open().await;
    let person = user();
    assert!(store.after(person, 0, 10).await.unwrap().is_empty());
    append(&store, person).await;
    assert!(waiting_for_event(&store, person).await.unwrap() < SOON);
}

#[tokio::test]
async fn an_empty_queue_is_waited_at_for_the_whole_time() {
    let place = Place::new();
    let store = place.open().await;
    assert!(!claim(&store).await);
    let began = Instant::now();
    store.wait_for_work(Duration::from_millis(300)).await;
    assert!(began.elapsed() >= Duration::from_millis(300));
}
