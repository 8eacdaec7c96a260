//! What is really in the bucket.

use std::sync::Arc;

use atelier_adapter_s3::S3ObjectStore;
use atelier_adapter_s3::inventory::{StoredVersion, Totals};
use atelier_adapter_s3::setup::{SetupSettings, apply};
use atelier_domain::kernel::{ObjectStore, ObjectStoreError};
use atelier_testkit::contract::present;
use bytes::Bytes;
use futures_util::TryStreamExt;

use crate::bucket::{Bucket, RealClock, variable};
use crate::{key, prefix};

async fn versions(store: &S3ObjectStore, under: &str) -> Vec<StoredVersion> {
    store.versions(Some(&prefix(under))).try_collect().await.unwrap()
}

#[tokio::test]
async fn a_large_object_is_written_in_parts_and_read_as_it_was() {
    let Some(bucket) = present(Bucket::create().await, "a_large_object_is_written_in_parts_and_read_as_it_was") else { return };
    let store = bucket.connect().await;
    for length in [8 << 20, (8 << 20) + 1, 20_000_000] {
        let (picture, body) = (key("tryon/u/large.jpg"), Bytes::from_iter((0..length).map(|number: u32| (number % 251) as u8)));
        store.put(&picture, body.clone(), "image/png").await.unwrap();
        assert!(store.get(&picture).await.unwrap() == body, "{length}");
        let found = bucket.client.head_object().bucket(bucket.name()).key(picture.as_str()).send().await.unwrap();
        assert_eq!((found.content_length(), found.content_type()), (Some(i64::from(length)), Some("image/png")));
        // The entity tag of an object of several parts ends with their number.
        assert_eq!(found.e_tag().unwrap().contains('-'), length > 8 << 20, "{length}");
    }
    let uploads = bucket.client.list_multipart_uploads().bucket(bucket.name()).send().await.unwrap();
    assert!(uploads.uploads().is_empty());
}

#[tokio::test]
async fn erasing_leaves_no_version_no_marker_and_no_unfinished_upload() {
    let Some(bucket) = present(Bucket::create().await, "erasing_leaves_no_version_no_marker_and_no_unfinished_upload") else { return };
    let store = bucket.connect().await;
    apply(&store, &SetupSettings::default()).await.unwrap();
    for text in ["body/1/a.jpg", "body/1/b.jpg", "body/12/a.jpg"] {
        for body in ["first", "second", "third"] {
            store.put(&key(text), Bytes::from(body), "image/jpeg").await.unwrap();
        }
    }
    store.delete(&key("body/1/b.jpg")).await.unwrap();
    for text in ["body/1/c.jpg", "body/12/c.jpg"] {
        bucket.client.create_multipart_upload().bucket(bucket.name()).key(text).send().await.unwrap();
    }
    let totals = store.totals(Some(&prefix("body/1/"))).await.unwrap();
    assert_eq!(totals, Totals { objects: 1, bytes: 5, old_versions: 5, old_bytes: 27, delete_markers: 1 });

    let deletion = store.delete_prefix(&prefix("body/1/")).await.unwrap();
    assert_eq!((deletion.deleted, deletion.failed), (1, Vec::new()), "the one object that was to be seen");
    assert!(versions(&store, "body/1/").await.is_empty());
    assert_eq!(versions(&store, "body/12/").await.len(), 3, "another person's files stay");
    let uploads = bucket.client.list_multipart_uploads().bucket(bucket.name()).send().await.unwrap();
    assert_eq!(uploads.uploads().iter().map(|upload| upload.key().unwrap()).collect::<Vec<_>>(), ["body/12/c.jpg"]);
}

#[tokio::test]
async fn what_was_stored_before_versions_were_kept_is_erased_too() {
    let Some(bucket) = present(Bucket::create().await, "what_was_stored_before_versions_were_kept_is_erased_too") else { return };
    let store = bucket.connect().await;
    for text in ["body/u/kept.jpg", "body/u/replaced.jpg", "body/u/deleted.jpg"] {
        store.put(&key(text), Bytes::from_static(b"before"), "image/jpeg").await.unwrap();
    }
    apply(&store, &SetupSettings::default()).await.unwrap();
    store.put(&key("body/u/replaced.jpg"), Bytes::from_static(b"after"), "image/jpeg").await.unwrap();
    store.delete(&key("body/u/deleted.jpg")).await.unwrap();
    assert_eq!(versions(&store, "body/u/").await.len(), 5, "three of before, one of after, one delete marker");
    let deletion = store.delete_prefix(&prefix("body/u/")).await.unwrap();
    assert_eq!((deletion.deleted, deletion.failed), (2, Vec::new()));
    assert!(versions(&store, "body/u/").await.is_empty());
    assert!(store.list(&prefix("body/u/"), None, 10).await.unwrap().is_empty());
}

#[tokio::test]
async fn more_versions_than_a_page_holds_are_all_listed_and_all_erased() {
    const OBJECTS: usize = 700;
    let Some(bucket) = present(Bucket::create().await, "more_versions_than_a_page_holds_are_all_listed_and_all_erased") else { return };
    let store = bucket.connect().await;
    apply(&store, &SetupSettings::default()).await.unwrap();
    for number in (0..OBJECTS).chain(0..OBJECTS) {
        store.put(&key(&format!("temp/u/{number:04}.tmp")), Bytes::from_static(b"x"), "image/jpeg").await.unwrap();
    }
    let mut found: Vec<_> = versions(&store, "temp/u/").await.into_iter().map(|version| (version.key, version.version_id)).collect();
    found.sort();
    found.dedup();
    assert_eq!(found.len(), 2 * OBJECTS);
    let deletion = store.delete_prefix(&prefix("temp/u/")).await.unwrap();
    assert_eq!((deletion.deleted, deletion.failed), (OBJECTS as u64, Vec::new()));
    assert!(versions(&store, "temp/u/").await.is_empty());
}

#[tokio::test]
async fn a_key_that_may_only_read_is_refused_to_write() {
    let Some(bucket) = present(Bucket::create().await, "a_key_that_may_only_read_is_refused_to_write") else { return };
    let (Some(access), Some(secret)) = (variable("TEST_S3_READER_ACCESS_KEY"), variable("TEST_S3_READER_SECRET_KEY")) else {
        panic!("TEST_S3_READER_ACCESS_KEY and TEST_S3_READER_SECRET_KEY belong to TEST_S3_ENDPOINT");
    };
    let picture = key("body/u/b.jpg");
    bucket.connect().await.put(&picture, Bytes::from_static(b"picture"), "image/jpeg").await.unwrap();
    let mut settings = bucket.settings.clone();
    (settings.access_key, settings.secret_key) = (access, secret.into());
    let reader = S3ObjectStore::connect(settings, Arc::new(RealClock)).await.unwrap();
    assert_eq!(reader.get(&picture).await.unwrap(), "picture");
    assert!(matches!(reader.put(&picture, Bytes::new(), "image/jpeg").await, Err(ObjectStoreError::Other(_))));
    assert!(matches!(reader.delete(&picture).await, Err(ObjectStoreError::Other(_))));
    match reader.delete_prefix(&prefix("body/u/")).await {
        Err(ObjectStoreError::Other(_)) => {}
        Ok(deletion) => assert!(deletion.deleted == 0 && !deletion.failed.is_empty(), "{deletion:?}"),
        Err(error) => panic!("{error:?}"),
    }
    assert_eq!(reader.get(&picture).await.unwrap(), "picture");
}
