//! The indexes on the server, and what is said when they are not as they should be.

use std::collections::BTreeMap;
use std::sync::Arc;

use atelier_adapter_mongo::{ConnectError, IndexDrift, MongoAdministration, MongoOptions, MongoStore};
use atelier_domain::identity::IdentityStore;
use atelier_testkit::contract::present;
use atelier_testkit::{FixedClock, SeededSecrets, email};
use futures_util::TryStreamExt;
use mongodb::IndexModel;
use mongodb::bson::{Document, doc};
use mongodb::options::IndexOptions;

use crate::place::Place;

async fn administration(place: &Place) -> MongoAdministration {
    MongoAdministration::connect(&place.secret(), Some(&place.name), MongoOptions::default()).await.unwrap()
}

/// W25–W26, W35–W37, W48, W58–W61, W65–W66, W70–W71, and P59–P62, P96–P99, P131–P133, P162–P165, P187–P188, P239, as `listIndexes` shows
/// them.
#[tokio::test]
async fn the_indexes_of_the_source_are_there_to_the_letter() {
    let Some(place) = present(Place::new(), "indexes") else { return };
    place.open().await;
    let (plain, unique) = (IndexOptions::default(), IndexOptions::builder().unique(true).build());
    let expiring_after = |seconds| IndexOptions::builder().expire_after(std::time::Duration::from_secs(seconds)).build();
    let (expiring, after_30_days) = (expiring_after(0), expiring_after(2_592_000));
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
        ("participants", doc! { "role": 1 }, &plain),
        ("participants", doc! { "createdAt": 1 }, &plain),
        ("participants", doc! { "role": 1, "createdAt": -1 }, &plain),
        ("conversations", doc! { "studentId": 1, "createdAt": -1 }, &plain),
        ("conversations", doc! { "hackathonId": 1, "createdAt": -1 }, &plain),
        ("conversations", doc! { "hackathonId": 1, "studentId": 1 }, &plain),
        ("conversations", doc! { "versionFinale.soumisLe": 1 }, &plain),
        ("conversations", doc! { "studentId": 1, "updatedAt": -1 }, &plain),
        ("hackathons", doc! { "statut": 1, "dates.debut": -1 }, &plain),
        ("hackathons", doc! { "dates.debut": 1, "dates.fin": 1 }, &plain),
        ("hackathons", doc! { "_fts": "text", "_ftsx": 1 }, &plain),
        ("evaluations", doc! { "examinerId": 1, "conversationId": 1 }, &unique),
        ("evaluations", doc! { "examinerId": 1, "gradedAt": -1 }, &plain),
        ("evaluations", doc! { "hackathonId": 1, "note": -1 }, &plain),
        ("evaluations", doc! { "studentId": 1, "gradedAt": -1 }, &plain),
        ("evaluations", doc! { "hackathonId": 1, "gradedAt": -1 }, &plain),
        ("analytics", doc! { "timestamp": 1 }, &after_30_days),
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

/// P133, with the language recommended there, and CP6: what would delete the person whose magic link ends is not there.
#[tokio::test]
async fn the_text_index_is_french_and_nothing_deletes_people() {
    let Some(place) = present(Place::new(), "text index") else { return };
    place.open().await;
    let raw = place.raw().await;
    let listed = async |collection: &str| -> Vec<IndexModel> {
        raw.collection::<Document>(collection).list_indexes().await.unwrap().try_collect().await.unwrap()
    };
    let indexes = listed("hackathons").await;
    let text = indexes.iter().find_map(|index| index.options.clone().filter(|options| options.weights.is_some())).unwrap();
    assert_eq!(text.name.as_deref(), Some("nom_text_description_text"));
    assert_eq!(text.default_language.as_deref(), Some("french"));
    assert_eq!(text.weights, Some(doc! { "description": 1, "nom": 1 }));
    for people in ["users", "participants"] {
        assert!(listed(people).await.iter().all(|index| index.options.as_ref().is_none_or(|options| options.expire_after.is_none())));
    }
}

/// A text index by other rules is told as any other drift.
#[tokio::test]
async fn a_text_index_of_another_language_is_drift() {
    let Some(place) = present(Place::new(), "text index drift") else { return };
    place.open().await.close().await;
    let hackathons = place.raw_collection("hackathons").await;
    hackathons.drop_index("nom_text_description_text").await.unwrap();
    let english = IndexOptions::builder().default_language("english".to_owned()).weights(doc! { "nom": 2 }).build();
    let model = IndexModel::builder().keys(doc! { "nom": "text", "description": "text" }).options(english).build();
    hackathons.create_index(model).await.unwrap();
    let drift = IndexDrift::Differing {
        collection: "hackathons".to_owned(),
        name: "nom_text_description_text".to_owned(),
        in_what: vec!["default_language", "weights"],
    };
    assert_eq!(administration(&place).await.index_drift().await.unwrap(), [drift]);
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
    assert!(looking.migrate(&SeededSecrets::new()).await.unwrap().is_empty(), "indexes are no migration");
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
