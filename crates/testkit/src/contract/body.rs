//! Bodies.

use atelier_domain::kernel::{BodyId, EntityId};
use atelier_domain::wearit::body::{Body, Length, Measurements, Weight};
use chrono::TimeDelta;

use super::StoreUnderTest;
use super::concurrency::{assert_one_succeeded, concurrently};
use crate::{body, noon, user};

/// Every field of a body survives the store, all given or none.
pub async fn a_body_is_read_as_it_was_written(store: &StoreUnderTest) {
    let length = |cm: f64| Some(Length::measure("x", cm).unwrap());
    let full = Body {
        measurements: Measurements {
            height: Some(Length::height(179.9).unwrap()),
            weight: Some(Weight::kilograms(70.3).unwrap()),
            chest: length(95.1),
            waist: length(80.2),
            hips: length(97.3),
            shoulders: length(45.4),
            arms: length(33.5),
        },
        photo_findings: vec!["person_not_found".to_owned(), "several_people".to_owned()],
        updated_at: noon() + TimeDelta::milliseconds(1),
        ..body(user())
    };
    let empty = Body { measurements: Measurements::default(), has_photo: false, photo_findings: Vec::new(), ..body(user()) };
    for written in [full, empty] {
        store.add_body(&written).await;
        assert_eq!(store.wearit.bodies().find(written.user_id).await.unwrap(), Some(written.clone()));
        let mut uow = store.wearit.begin().await.unwrap();
        assert_eq!(uow.bodies().find(written.user_id).await.unwrap(), Some(written));
    }
}

/// Another person has another body, or none.
pub async fn a_body_belongs_to_its_person(store: &StoreUnderTest) {
    let (owner, stranger) = (user(), user());
    store.add_body(&body(owner)).await;
    assert_eq!(store.wearit.bodies().find(stranger).await.unwrap(), None);
    let mut uow = store.wearit.begin().await.unwrap();
    assert_eq!(uow.bodies().find(stranger).await.unwrap(), None);
    assert!(!uow.bodies().update(&body(stranger)).await.unwrap());
    assert_eq!(uow.bodies().delete(stranger).await.unwrap(), None);
    uow.commit().await.unwrap();
    assert!(store.wearit.bodies().find(owner).await.unwrap().is_some());
}

/// A second body of the same person is a conflict on `body.user_id`.
pub async fn a_person_has_one_body(store: &StoreUnderTest) {
    let owner = user();
    store.add_body(&body(owner)).await;
    let mut uow = store.wearit.begin().await.unwrap();
    let clash = uow.bodies().insert(&body(owner)).await.unwrap_err();
    assert!(clash.is_conflict_on("body.user_id"), "{clash:?}");
}

/// Of many concurrent creates one succeeds.
pub async fn of_concurrent_creates_one_succeeds(store: &StoreUnderTest) {
    let owner = user();
    let outcomes = concurrently(store, move |store, _| async move {
        let mut uow = store.wearit.begin().await?;
        uow.bodies().insert(&body(owner)).await?;
        uow.commit().await
    })
    .await;
    assert_one_succeeded(&outcomes, "body.user_id");
}

/// An update replaces everything but id, owner and time of creation.
pub async fn an_update_keeps_id_and_creation(store: &StoreUnderTest) {
    let first = body(user());
    store.add_body(&first).await;
    let later = noon() + TimeDelta::hours(1);
    let changed = Body {
        id: BodyId::from_bytes([9; 12]),
        measurements: Measurements { waist: Some(Length::measure("waist", 77.7).unwrap()), ..Measurements::default() },
        has_photo: false,
        photo_findings: vec!["seated".to_owned()],
        created_at: later,
        updated_at: later,
        ..first.clone()
    };
    let mut uow = store.wearit.begin().await.unwrap();
    assert!(uow.bodies().update(&changed).await.unwrap());
    uow.commit().await.unwrap();
    let expected = Body { id: first.id, created_at: first.created_at, ..changed };
    assert_eq!(store.wearit.bodies().find(first.user_id).await.unwrap(), Some(expected));
}

/// Deleting answers the id of the body that went, once; then a new one may be made.
pub async fn deleting_answers_the_id(store: &StoreUnderTest) {
    let first = body(user());
    store.add_body(&first).await;
    let mut uow = store.wearit.begin().await.unwrap();
    assert_eq!(uow.bodies().delete(first.user_id).await.unwrap(), Some(first.id));
    assert_eq!(uow.bodies().delete(first.user_id).await.unwrap(), None);
    uow.commit().await.unwrap();
    assert_eq!(store.wearit.bodies().find(first.user_id).await.unwrap(), None);
    store.add_body(&body(first.user_id)).await;
}
