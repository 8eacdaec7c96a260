//! Units of work that overlap: what one of them read still holds when it commits.

use std::time::Duration;

use atelier_domain::identity::IdentityStore;
use atelier_domain::kernel::{JobQueue, StoreError};
use atelier_domain::wearit::WearitStore;
use atelier_testkit::contract::present;
use atelier_testkit::{account, body, clothing, favorite, job, noon, password_reset, session, tryon, user};
use tokio::time::timeout;

use crate::place::Place;

/// Longer than the server takes for a write that waits for nobody.
const SOON: Duration = Duration::from_secs(10);

fn contended<T>(result: &Result<T, StoreError>) -> bool {
    matches!(result, Err(StoreError::Contention(_)))
}

/// The server lets go of what a dropped unit of work wrote: a write past the store would wait for it.
#[tokio::test]
async fn a_dropped_unit_of_work_holds_nothing() {
    let Some(place) = present(Place::new(), "dropped") else { return };
    let store = place.open().await;
    let person = account("dropped@example.org");
    let mut uow = IdentityStore::begin(&store).await.unwrap();
    uow.accounts().insert(&person).await.unwrap();
    uow.commit().await.unwrap();

    let mut uow = IdentityStore::begin(&store).await.unwrap();
    assert!(uow.accounts().delete(person.id).await.unwrap());
    drop(uow);
    let users = place.raw_collection("users").await;
    let filter = mongodb::bson::doc! { "email": "dropped@example.org" };
    let write = users.update_one(filter, mongodb::bson::doc! { "$set": { "name": "Other" } });
    let written = timeout(SOON, async { write.await }).await.unwrap().unwrap();
    assert_eq!(written.modified_count, 1);
}

/// A garment deleted while somebody asks for a try-on of it.
#[tokio::test]
async fn a_try_on_of_a_garment_that_goes_meanwhile_is_not_stored() {
    let Some(place) = present(Place::new(), "garment that goes") else { return };
    let store = place.open().await;
    let owner = user();
    let (garment, figure) = (clothing(owner), body(owner));
    let mut uow = WearitStore::begin(&store).await.unwrap();
    uow.clothing().insert(&garment).await.unwrap();
    uow.bodies().insert(&figure).await.unwrap();
    uow.commit().await.unwrap();

    let mut asking = WearitStore::begin(&store).await.unwrap();
    assert!(asking.clothing().find(owner, garment.id).await.unwrap().is_some());
    let mut deleting = WearitStore::begin(&store).await.unwrap();
    assert!(deleting.tryons().unfinished_with_clothing(owner, garment.id).await.unwrap().is_empty());
    let deleted = deleting.clothing().delete(owner, garment.id).await;
    assert!(contended(&deleted), "{deleted:?}");
    asking.tryons().insert(&tryon(owner, figure.id, garment.id)).await.unwrap();
    asking.commit().await.unwrap();
}

/// A try-on deleted while its owner marks it.
#[tokio::test]
async fn a_try_on_that_goes_meanwhile_is_not_marked() {
    let Some(place) = present(Place::new(), "try-on that goes") else { return };
    let store = place.open().await;
    let owner = user();
    let wish = tryon(owner, body(owner).id, clothing(owner).id);
    let mut uow = WearitStore::begin(&store).await.unwrap();
    uow.tryons().insert(&wish).await.unwrap();
    uow.commit().await.unwrap();

    let mut deleting = WearitStore::begin(&store).await.unwrap();
    assert!(deleting.tryons().delete(owner, wish.id).await.unwrap());
    let mut marking = WearitStore::begin(&store).await.unwrap();
    let found = marking.tryons().find(owner, wish.id).await;
    assert!(contended(&found), "{found:?}");
    let late = marking.favorites().insert(&favorite(&wish)).await;
    assert!(contended(&late), "what follows a lost conflict is not written either: {late:?}");
    assert!(contended(&marking.commit().await));
    deleting.commit().await.unwrap();
    assert!(WearitStore::favorites(&store).marked(owner, &[wish.id]).await.unwrap().is_empty());
}

/// A sign-in that began before the password was changed.
#[tokio::test]
async fn a_session_of_an_account_that_changes_meanwhile_is_not_begun() {
    let Some(place) = present(Place::new(), "account that changes") else { return };
    let store = place.open().await;
    let person = account("changing@example.org");
    let mut uow = IdentityStore::begin(&store).await.unwrap();
    uow.accounts().insert(&person).await.unwrap();
    uow.commit().await.unwrap();

    let mut signing_in = IdentityStore::begin(&store).await.unwrap();
    // Its view begins here.
    signing_in.resets().replace(&password_reset(user(), "view")).await.unwrap();
    let mut changing = IdentityStore::begin(&store).await.unwrap();
    changing.accounts().find(person.id).await.unwrap();
    changing.sessions().revoke_all(person.id, None, noon()).await.unwrap();
    changing.commit().await.unwrap();
    let read = signing_in.accounts().find(person.id).await;
    assert!(contended(&read), "{read:?}");
    let late = signing_in.sessions().insert(&session(person.id)).await;
    assert!(contended(&late), "{late:?}");
}

/// A worker guards its lease, and before it commits the lease ends and another worker claims the job: the claim waits.
#[tokio::test]
async fn a_guarded_job_is_not_taken_over_before_the_unit_of_work_ends() {
    let Some(place) = present(Place::new(), "guard") else { return };
    let store = place.open().await;
    let lease_for = Duration::from_secs(1);
    let mut uow = WearitStore::begin(&store).await.unwrap();
    uow.jobs().enqueue(&job("test.guard")).await.unwrap();
    uow.commit().await.unwrap();
    let claimed = store.claim("first", &["test.guard"], noon(), lease_for).await.unwrap().unwrap();

    let mut uow = WearitStore::begin(&store).await.unwrap();
    uow.jobs().guard(claimed.lease).await.unwrap();
    let mut taking_over = tokio::spawn({
        let store = store.clone();
        async move { store.claim("second", &["test.guard"], noon() + chrono::TimeDelta::minutes(1), lease_for).await.unwrap() }
    });
    assert!(timeout(Duration::from_millis(300), &mut taking_over).await.is_err(), "the claim waits for the unit of work");
    uow.jobs().complete(claimed.lease, noon()).await.unwrap();
    uow.commit().await.unwrap();
    assert_eq!(timeout(SOON, taking_over).await.unwrap().unwrap(), None, "the job is done");
}

/// A worker died in the middle of a unit of work: until the server gives it up, its job is held, and the others are not.
#[tokio::test]
async fn a_job_held_by_the_dead_does_not_hold_the_others_up() {
    let Some(place) = present(Place::new(), "held job") else { return };
    let (store, dead) = (place.open().await, place.open().await);
    let (oldest, other) = (job("test.held"), job("test.held"));
    let mut uow = WearitStore::begin(&store).await.unwrap();
    uow.jobs().enqueue(&oldest).await.unwrap();
    uow.jobs().enqueue(&other).await.unwrap();
    uow.commit().await.unwrap();
    let lease_for = Duration::from_secs(1);
    let claimed = dead.claim("dead", &["test.held"], noon(), lease_for).await.unwrap().unwrap();
    let mut left = WearitStore::begin(&dead).await.unwrap();
    left.jobs().guard(claimed.lease).await.unwrap();

    let later = noon() + chrono::TimeDelta::minutes(1);
    // On a busy machine a free job may look held for a moment; the worker then comes again.
    let claim = async || {
        let claiming = async {
            loop {
                if let Some(job) = store.claim("w", &["test.held"], later, lease_for).await.unwrap() {
                    return job.lease.job_id;
                }
            }
        };
        timeout(SOON, claiming).await.unwrap()
    };
    assert_eq!(claim().await, other.id);
    drop(left);
    dead.close().await;
    assert_eq!(claim().await, oldest.id);
}
