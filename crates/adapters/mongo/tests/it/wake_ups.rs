//! Waiting for work and events, within the process and across processes (two stores on one database are as two processes).

use std::time::Duration;

use atelier_adapter_mongo::{MongoOptions, MongoStore};
use atelier_domain::kernel::{EntityId, EventFeed, EventKind, JobQueue, NewEvent, SecretString, StoreError, TryOnId, UserId};
use atelier_domain::wearit::WearitStore;
use atelier_testkit::contract::present;
use atelier_testkit::{FixedClock, job, noon, user};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::place::Place;
use crate::server::Server;

/// Longer than any test waits.
const LONG: Duration = Duration::from_secs(60);
/// What a wake-up takes at most on a busy machine.
const SOON: Duration = Duration::from_secs(10);
/// Within this a stream is open and has said all it has to say of its opening.
const SETTLED: Duration = Duration::from_millis(1_500);

async fn append(store: &MongoStore, user_id: UserId) -> Result<(), StoreError> {
    let kind = EventKind::TryOnDeleted { tryon_id: TryOnId::from_bytes([1; 12]) };
    let mut uow = WearitStore::begin(store).await?;
    uow.events().append(&NewEvent { user_id, kind, at: noon() }).await?;
    uow.commit().await
}

async fn enqueue(store: &MongoStore) {
    let mut uow = WearitStore::begin(store).await.unwrap();
    uow.jobs().enqueue(&job("test.wake.up")).await.unwrap();
    uow.commit().await.unwrap();
}

async fn claim(store: &MongoStore) -> bool {
    store.claim("w", &["test.wake.up"], noon(), LONG).await.unwrap().is_some()
}

/// Waits, as a live connection does, until there is an event above `after`; answers how often it looked.
fn reading(store: &MongoStore, person: UserId, after: u64) -> JoinHandle<u32> {
    let store = store.clone();
    tokio::spawn(async move {
        let mut looks = 1;
        while store.after(person, after, 10).await.unwrap_or_default().is_empty() {
            store.changed(person, LONG).await;
            looks += 1;
        }
        looks
    })
}

/// Opens the streams and lets what their opening wakes pass.
async fn listening(store: &MongoStore, person: UserId) {
    tokio::join!(store.changed(person, SETTLED), store.wait_for_work(SETTLED));
    tokio::time::sleep(SETTLED).await;
    claim(store).await;
}

async fn in_time<T>(waiting: JoinHandle<T>) -> T {
    tokio::time::timeout(SOON, waiting).await.unwrap().unwrap()
}

#[tokio::test]
async fn an_event_of_another_process_wakes_the_person_soon() {
    let Some(place) = present(Place::new(), "event of another process") else { return };
    let (here, there) = (place.open().await, place.open().await);
    let person = user();
    listening(&here, person).await;
    let waiting = reading(&here, person, 0);
    tokio::time::sleep(Duration::from_millis(300)).await;
    append(&there, person).await.unwrap();
    assert!(in_time(waiting).await <= 3, "it was woken, and did not look again and again");
}

#[tokio::test]
async fn work_of_another_process_wakes_workers_soon() {
    let Some(place) = present(Place::new(), "work of another process") else { return };
    let (here, there) = (place.open().await, place.open().await);
    listening(&here, user()).await;
    let waiting = tokio::spawn({
        let here = here.clone();
        async move { here.wait_for_work(LONG).await }
    });
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(!waiting.is_finished(), "nothing woke it yet");
    enqueue(&there).await;
    in_time(waiting).await;
    assert!(claim(&here).await);
}

/// A job put back by another process is work again.
#[tokio::test]
async fn a_job_released_by_another_process_wakes_workers() {
    let Some(place) = present(Place::new(), "released job") else { return };
    let (here, there) = (place.open().await, place.open().await);
    enqueue(&there).await;
    let claimed = there.claim("w", &["test.wake.up"], noon(), LONG).await.unwrap().unwrap();
    listening(&here, user()).await;
    let waiting = tokio::spawn({
        let here = here.clone();
        async move { here.wait_for_work(LONG).await }
    });
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(!waiting.is_finished(), "nothing woke it yet");
    there.release(claimed.lease, noon()).await.unwrap();
    in_time(waiting).await;
    assert!(claim(&here).await);
}

/// What another process committed before this one first listened is noticed all the same: opening the stream wakes.
#[tokio::test]
async fn what_happened_while_nobody_listened_wakes_the_next_waiter() {
    let Some(place) = present(Place::new(), "nobody listened") else { return };
    let (here, there) = (place.open().await, place.open().await);
    let person = user();
    assert!(here.after(person, 0, 10).await.unwrap().is_empty());
    assert!(!claim(&here).await);
    append(&there, person).await.unwrap();
    enqueue(&there).await;
    let began = Instant::now();
    tokio::join!(here.changed(person, LONG), here.wait_for_work(LONG));
    assert!(began.elapsed() < SOON);
}

#[tokio::test]
async fn others_events_wake_nobody() {
    let Some(place) = present(Place::new(), "others' events") else { return };
    let (here, there) = (place.open().await, place.open().await);
    let (quiet, loud) = (user(), user());
    listening(&here, quiet).await;
    let at_most = Duration::from_millis(800);
    let began = Instant::now();
    tokio::join!(here.changed(quiet, at_most), async {
        append(&here, loud).await.unwrap();
        append(&there, loud).await.unwrap();
    });
    assert!(began.elapsed() >= at_most);
}

#[tokio::test]
async fn work_enqueued_between_looking_and_waiting_is_not_slept_over() {
    let Some(place) = present(Place::new(), "between looking and waiting") else { return };
    let store = place.open().await;
    listening(&store, user()).await;
    assert!(!claim(&store).await);
    enqueue(&store).await;
    let began = Instant::now();
    store.wait_for_work(LONG).await;
    assert!(began.elapsed() < SOON);
}

#[tokio::test]
async fn an_empty_queue_is_waited_at_for_the_whole_time() {
    let Some(place) = present(Place::new(), "empty queue") else { return };
    let store = place.open().await;
    listening(&store, user()).await;
    assert!(!claim(&store).await);
    let began = Instant::now();
    store.wait_for_work(Duration::from_millis(300)).await;
    assert!(began.elapsed() >= Duration::from_millis(300));
}

/// The server dies and comes back: who waits hears of what was written after it, and of what was written before it died.
#[tokio::test]
async fn a_failover_loses_no_wake_up() {
    let Some(mut server) = present(Server::start_set().await, "failover") else { return };
    let uri = SecretString::from(format!("mongodb://127.0.0.1:{}/?replicaSet=rs0", server.port));
    let open = || async {
        let clock = std::sync::Arc::new(FixedClock::new());
        MongoStore::connect(&uri, Some("failover"), MongoOptions::default(), clock).await.unwrap()
    };
    let (here, there) = (open().await, open().await);
    let person = user();
    listening(&here, person).await;
    append(&there, person).await.unwrap();
    let (first, second) = (reading(&here, person, 0), reading(&here, person, 1));
    in_time(first).await;

    server.crash_and_restart().await;
    let deadline = Instant::now() + LONG;
    while let Err(error) = append(&there, person).await {
        assert!(Instant::now() < deadline, "{error:?}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    tokio::time::timeout(LONG, second).await.unwrap().unwrap();
    assert!(here.after(person, 1, 10).await.unwrap().iter().any(|event| event.seq == 2));
}
