//! The indexes on the server, and what is said when they are not as they should be.

use std::collections::BTreeMap;
use std::sync::Arc;

use atelier_adapter_mongo::{ConnectError, IndexDrift, MongoAdministration, MongoOptions, MongoStore};
use atelier_domain::identity::IdentityStore;
use atelier_testkit::contract::present;
use atelier_testkit::{FixedClock, email};
use futures_util::TryStreamExt;
use mongodb::IndexModel;
use mongodb::bson::{Document, doc};
use mongodb::options::IndexOptions;

use crate::place::Place;

async fn administration(place: &Place) -> MongoAdministration {
    MongoAdministration::connect(&place.secret(), Some(&place.name), MongoOptions::default()).await.unwrap()
}

/// W25–W26, W35–W37, W48, W58–W61, W65–W66, W70–W71, as `listIndexes` shows them.
#[tokio::test]
async fn the_indexes_of_the_source_are_there_to_the_letter() {
    let Some(place) = present(Place::new(), "indexes") else { return };
    place.open().await;
    let (plain, unique) = (IndexOptions::default(), IndexOptions::builder().unique(true).build());
    let expiring = IndexOptions::builder().expire_after(std::time::Duration::ZERO).build();
    let expected = [
        ("users", doc! { "email": 1 }, &unique),
        ("users", doc! { "created_at": -1 }, &plain),
        ("clothing", doc! { "user_id": 1 }, &plain),
        ("clothing", doc! { "user_id": 1, "category": 1 }, &plain),
        ("clothing", doc! { "user_id": 1, "brand": 1 }, &plain),
        ("body", doc! { "user_id": 1 }, &unique),
        ("tryon", doc! { "user_id": 1 }, &plain),
        ("tryon", doc! { "user_id": 1, "body_id": 1 }, &plain),
        ("tryon", doc! { "user_id": 1, "status": 1 }, &plain),
        ("tryon", doc! { "created_at": -1 }, &plain),
        ("favorites", doc! { "user_id": 1 }, &plain),
        ("favorites", doc! { "user_id": 1, "tryon_id": 1 }, &unique),
        ("password_reset", doc! { "user_id": 1 }, &plain),
        ("password_reset", doc! { "expires_at": 1 }, &expiring),
    ];
    let raw = place.raw().await;
    for (collection, keys, options) in expected {
        let listed = raw.collection::<Document>(collection).list_indexes().await.unwrap();
        let listed: Vec<IndexModel> = listed.try_collect().await.unwrap();
        let found = listed.iter().find(|index| index.keys == keys);
        let found = found.unwrap_or_else(|| panic!("{collection} {keys}")).options.clone().unwrap();
        assert_eq!(found.unique, options.unique, "{collection} {keys}");
        assert_eq!(found.expire_after, options.expire_after, "{collection} {keys}");
    }
}

#[tokio::test]
async fn drift_is_told_by_name_keeps_processes_from_starting_and_is_put_right() {
    let Some(place) = present(Place::new(), "drift") else { return };
    place.open().await.close().await;
    let looking = administration(&place).await;
    assert_eq!(looking.index_drift().await.unwrap(), []);

    let raw = place.raw().await;
    raw.collection::<Document>("clothing").drop_index("user_id_1_brand_1").await.unwrap();
    let users = raw.collection::<Document>("users");
    users.drop_index("email_1").await.unwrap();
    users.create_index(IndexModel::builder().keys(doc! { "email": 1 }).build()).await.unwrap();
    users.create_index(IndexModel::builder().keys(doc! { "favourite_colour": 1 }).build()).await.unwrap();
    let named = |collection: &str, name: &str| (collection.to_owned(), name.to_owned());
    let (missing, differing, unexpected) =
        (named("clothing", "user_id_1_brand_1"), named("users", "email_1"), named("users", "favourite_colour_1"));
    let drift = [
        IndexDrift::Missing { collection: missing.0, name: missing.1 },
        IndexDrift::Differing { collection: differing.0, name: differing.1, in_what: vec!["unique"] },
        IndexDrift::Unexpected { collection: unexpected.0, name: unexpected.1 },
    ];
    assert_eq!(looking.index_drift().await.unwrap(), drift);

    let connect =
        || async { MongoStore::connect(&place.secret(), Some(&place.name), MongoOptions::default(), Arc::new(FixedClock::new())).await };
    let Err(error) = connect().await else { panic!("it started") };
    assert!(matches!(&error, ConnectError::Drift { drift: told, .. } if told[..] == drift[..2]), "{error:?}");
    let text = error.to_string();
    for name in ["clothing.user_id_1_brand_1 is missing", "users.email_1 differs in unique", "atelier-admin migrate"] {
        assert!(text.contains(name), "{text}");
    }

    users.drop_index("email_1").await.unwrap();
    assert!(looking.migrate().await.unwrap().is_empty(), "indexes are no migration");
    assert_eq!(looking.index_drift().await.unwrap(), drift[2..]);
    connect().await.unwrap();
}

#[tokio::test]
async fn unused_indexes_are_told_and_used_ones_are_not() {
    let Some(place) = present(Place::new(), "usage") else { return };
    let store = place.open().await;
    IdentityStore::accounts(&store).find_by_email(&email("nobody@example.org")).await.unwrap();
    let mut unused = BTreeMap::<String, Vec<String>>::new();
    for index in administration(&place).await.unused_indexes().await.unwrap() {
        unused.entry(index.collection).or_default().push(index.name);
    }
    assert!(!unused["users"].contains(&"email_1".to_owned()), "{unused:?}");
    assert!(unused["users"].contains(&"created_at_-1".to_owned()), "{unused:?}");
    assert!(!unused.values().flatten().any(|name| name == "_id_"));
}
