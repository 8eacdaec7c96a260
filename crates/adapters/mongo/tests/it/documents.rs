//! What is stored, past the store: names and types to the letter of the source documents, and what is tolerated when read.

use atelier_domain::identity::IdentityStore;
use atelier_domain::kernel::{EntityId, Page, StoreError, UserId};
use atelier_domain::wearit::WearitStore;
use atelier_domain::wearit::tryon::{TryOn, TryOnFilter, TryOnOutcome, TryOnStatus};
use atelier_domain::wearit::wardrobe::ClothingFilter;
use atelier_testkit::contract::present;
use atelier_testkit::{account, body, clothing, email, favorite, noon, password_reset, tryon, user};
use chrono::TimeDelta;
use mongodb::bson::oid::ObjectId;
use mongodb::bson::spec::ElementType;
use mongodb::bson::{DateTime, Document, doc};

use crate::place::Place;

fn oid(id: UserId) -> ObjectId {
    ObjectId::from_bytes(id.bytes())
}

/// Field names with their types, nested ones with dots; the lock counter is ours and left out.
fn types(document: &Document) -> Vec<(String, ElementType)> {
    let mut fields = Vec::new();
    for (name, value) in document.iter().filter(|(name, _)| *name != "locks") {
        match value.as_document() {
            Some(nested) => fields.extend(types(nested).into_iter().map(|(inner, of)| (format!("{name}.{inner}"), of))),
            None => fields.push((name.clone(), value.element_type())),
        }
    }
    fields
}

/// Checks that the collection's one document has at least these fields, of these types.
async fn assert_stored(place: &Place, collection: &str, expected: &[(&str, ElementType)]) -> Document {
    let document = place.raw_collection(collection).await.find_one(doc! {}).await.unwrap().unwrap();
    let stored = types(&document);
    for (name, of) in expected {
        assert!(stored.contains(&((*name).to_owned(), *of)), "{collection}.{name} of {of:?} in {stored:?}");
    }
    document
}

/// Checklist W16–W24, W27–W34, W38–W47, W49–W57, W62–W64, W67–W70 and CW1, CW2, CW6, CW31.
#[tokio::test]
async fn documents_have_the_names_and_types_of_the_source() {
    use ElementType::{Array, Boolean, DateTime, Double, ObjectId, String};
    let Some(place) = present(Place::new(), "documents") else { return };
    let store = place.open().await;
    let person = account("ada@example.org");
    let mut uow = IdentityStore::begin(&store).await.unwrap();
    uow.accounts().insert(&person).await.unwrap();
    uow.resets().replace(&password_reset(person.id, "digest")).await.unwrap();
    uow.commit().await.unwrap();

    let (figure, garment) = (body(person.id), clothing(person.id));
    let mut wish = tryon(person.id, figure.id, garment.id);
    wish.start("local", noon()).unwrap();
    let outcome =
        TryOnOutcome { model_used: "m".to_owned(), processing_time: 15.5, preview: true, warnings: Vec::new(), confidence: Some(0.5) };
    wish.complete(outcome, noon() + TimeDelta::seconds(16)).unwrap();
    let mut uow = WearitStore::begin(&store).await.unwrap();
    uow.bodies().insert(&figure).await.unwrap();
    uow.clothing().insert(&garment).await.unwrap();
    uow.tryons().insert(&wish).await.unwrap();
    uow.favorites().insert(&favorite(&wish)).await.unwrap();
    uow.commit().await.unwrap();

    let ids = [("_id", ObjectId), ("user_id", ObjectId)];
    let with = |fields: &[(&'static str, ElementType)]| [&ids[..], fields].concat();
    let users = [
        ("_id", ObjectId),
        ("email", String),
        ("password", String),
        ("name", String),
        ("created_at", DateTime),
        ("updated_at", DateTime),
        ("is_active", Boolean),
        ("email_verified", Boolean),
    ];
    let stored = assert_stored(&place, "users", &users).await;
    assert!(!stored.contains_key("avatar_url"), "URLs are made when read");
    let fields = with(&[
        ("name", String),
        ("category", String),
        ("brand", String),
        ("s3_key", String),
        ("created_at", DateTime),
        ("updated_at", DateTime),
    ]);
    let stored = assert_stored(&place, "clothing", &fields).await;
    assert_eq!(stored.get_str("s3_key").unwrap(), format!("clothing/{}/{}.jpg", person.id, garment.id));
    let fields = with(&[
        ("height", Double),
        ("weight", Double),
        ("measurements.chest", Double),
        ("s3_key", String),
        ("created_at", DateTime),
        ("updated_at", DateTime),
    ]);
    let stored = assert_stored(&place, "body", &fields).await;
    assert_eq!(stored.get_str("s3_key").unwrap(), format!("body/{}/{}.jpg", person.id, figure.id));
    assert!(!types(&stored).iter().any(|(name, _)| name == "measurements.waist"), "what is not known is not there");
    let fields = with(&[
        ("body_id", ObjectId),
        ("clothing_ids", Array),
        ("s3_key", String),
        ("status", String),
        ("processing_time", Double),
        ("model_used", String),
        ("created_at", DateTime),
        ("completed_at", DateTime),
    ]);
    let stored = assert_stored(&place, "tryon", &fields).await;
    assert_eq!(stored.get_str("s3_key").unwrap(), format!("tryon/{}/{}.jpg", person.id, wish.id));
    assert_eq!(stored.get_array("clothing_ids").unwrap()[0].element_type(), ObjectId);
    assert_stored(&place, "favorites", &with(&[("tryon_id", ObjectId), ("created_at", DateTime)])).await;
    let fields = with(&[("code", String), ("expires_at", DateTime), ("created_at", DateTime)]);
    assert_stored(&place, "password_reset", &fields).await;
}

/// W2: documents of the source, with fields this program does not know and without those it added.
#[tokio::test]
async fn documents_of_another_program_are_read() {
    let Some(place) = present(Place::new(), "foreign documents") else { return };
    let store = place.open().await;
    let owner = user();
    let at = DateTime::from_millis(noon().timestamp_millis());
    let write = async |collection: &str, document: Document| place.raw_collection(collection).await.insert_one(document).await.unwrap();
    let written = doc! {
        "_id": oid(owner), "email": "old@example.org", "password": "$2b$12$x", "name": "Old", "avatar_url": "https://x/y.jpg",
        "created_at": at, "updated_at": at, "is_active": true, "email_verified": false, "favourite_colour": "blue",
    };
    write("users", written).await;
    write("body", doc! { "user_id": oid(owner), "height": 175, "weight": 70_i64, "measurements": { "chest": 95 }, "created_at": at }).await;
    let garment = doc! { "user_id": oid(owner), "name": "Shirt", "category": "tops", "brand": null, "created_at": at, "extra": [1] };
    write("clothing", garment).await;
    let wish = doc! {
        "user_id": oid(owner), "body_id": ObjectId::from_bytes([1; 12]), "clothing_id": ObjectId::from_bytes([2; 12]),
        "status": "completed", "processing_time": 15, "model_used": "replicate_model_ref", "created_at": at, "completed_at": at,
    };
    write("tryon", wish).await;

    let mut person = IdentityStore::accounts(&store).find(owner).await.unwrap().unwrap();
    assert!(person.is_active && person.consent.is_none());
    let figure = store.bodies().find(owner).await.unwrap().unwrap();
    assert_eq!(figure.measurements.chest.map(|chest| chest.cm()), Some(95.0));
    let garments = WearitStore::clothing(&store).list(owner, &ClothingFilter::default(), &Page::default()).await.unwrap();
    assert_eq!((garments.total, garments.items[0].brand.clone()), (1, None));
    let wishes = store.tryons().list(owner, &TryOnFilter::default(), &Page::default()).await.unwrap();
    let wish: &TryOn = &wishes.items[0];
    assert_eq!((wish.status, wish.progress, wish.clothing_ids[0].bytes()), (TryOnStatus::Completed, 100, [2; 12]));
    assert_eq!(IdentityStore::accounts(&store).stats().await.unwrap().total, 1);

    // What is not ours survives a change.
    person.email = email("new@example.org");
    let mut uow = IdentityStore::begin(&store).await.unwrap();
    assert!(uow.accounts().update(&person).await.unwrap());
    uow.commit().await.unwrap();
    let stored = place.raw_collection("users").await.find_one(doc! {}).await.unwrap().unwrap();
    assert_eq!(stored.get_str("favourite_colour").unwrap(), "blue");
    assert_eq!(stored.get_str("email").unwrap(), "new@example.org");
}

#[tokio::test]
async fn what_cannot_be_read_is_told_with_entity_id_and_field() {
    let Some(place) = present(Place::new(), "corrupt documents") else { return };
    let store = place.open().await;
    let person = account("broken@example.org");
    let mut uow = IdentityStore::begin(&store).await.unwrap();
    uow.accounts().insert(&person).await.unwrap();
    uow.commit().await.unwrap();
    let users = place.raw_collection("users").await;
    for (field, change) in [
        ("email", doc! { "$set": { "email": "no address" } }),
        ("created_at", doc! { "$set": { "email": "broken@example.org", "created_at": "yesterday" } }),
        ("role", doc! { "$set": { "created_at": DateTime::from_millis(0), "role": "emperor" } }),
        ("is_active", doc! { "$set": { "role": "user", "is_active": "yes" } }),
        ("password", doc! { "$set": { "is_active": true }, "$unset": { "password": "" } }),
    ] {
        users.update_one(doc! {}, change).await.unwrap();
        let error = IdentityStore::accounts(&store).find(person.id).await.unwrap_err();
        match error {
            StoreError::Corrupt { entity, id, field: told } => assert_eq!((entity, id, told), ("user", person.id.to_string(), field)),
            other => panic!("{other:?}"),
        }
    }
}

/// A seed of 64 bits does not fit BSON's integers.
#[tokio::test]
async fn the_largest_seed_survives() {
    let Some(place) = present(Place::new(), "seeds") else { return };
    let store = place.open().await;
    let owner = user();
    for seed in [0, 1 << 40, u64::MAX] {
        let mut wish = tryon(owner, EntityId::from_bytes([1; 12]), EntityId::from_bytes([2; 12]));
        wish.options.seed = Some(seed);
        let mut uow = WearitStore::begin(&store).await.unwrap();
        uow.tryons().insert(&wish).await.unwrap();
        uow.commit().await.unwrap();
        assert_eq!(store.tryons().find(owner, wish.id).await.unwrap().unwrap().options.seed, Some(seed));
    }
}
