//! The object store.

use std::time::Duration;

use atelier_domain::kernel::{EntityId, ObjectInfo, ObjectKey, ObjectPrefix, ObjectStoreError, UserId};
use bytes::Bytes;

use super::ObjectStoreUnderTest;

fn key(text: &str) -> ObjectKey {
    ObjectKey::parse(text).unwrap()
}

fn prefix(text: &str) -> ObjectPrefix {
    ObjectPrefix::parse(text).unwrap()
}

async fn put(store: &ObjectStoreUnderTest, keys: &[&str]) {
    for text in keys {
        store.objects.put(&key(text), Bytes::copy_from_slice(text.as_bytes()), "image/jpeg").await.unwrap();
    }
}

async fn list(store: &ObjectStoreUnderTest, under: &str, after: Option<&str>, limit: usize) -> Vec<String> {
    let listed = store.objects.list(&prefix(under), after.map(key), limit).await.unwrap();
    listed.into_iter().map(|info| info.key.to_string()).collect()
}

/// An object is read as it was written: nothing, every byte value, some megabytes.
pub async fn an_object_is_read_as_it_was_written(store: &ObjectStoreUnderTest) {
    let every_byte: Vec<u8> = (0..=255).collect();
    let large: Vec<u8> = (0..3_000_000u32).map(|number| (number % 251) as u8).collect();
    for (name, body) in [("empty", Vec::new()), ("bytes", every_byte), ("large", large)] {
        let (key, body) = (key(&format!("tryon/u/{name}.jpg")), Bytes::from(body));
        store.objects.put(&key, body.clone(), "image/jpeg").await.unwrap();
        assert_eq!(store.objects.get(&key).await.unwrap(), body, "{name}");
        let info = store.objects.head(&key).await.unwrap().unwrap();
        assert_eq!((info.key, info.size), (key, body.len() as u64));
    }
}

/// Keys with any allowed character are kept apart.
pub async fn unusual_keys_are_kept_apart(store: &ObjectStoreUnderTest) {
    let keys = ["a/b c", "a/b+c", "a/b%20c", "a/b#c", "a/b?c", "a/é李", "a/b&c=d", "a/b~c", "a/.hidden", "a/b:c", "a/\"quoted\"", "a/b*c"];
    put(store, &keys).await;
    for text in keys {
        assert_eq!(store.objects.get(&key(text)).await.unwrap(), text.as_bytes(), "{text}");
    }
    let mut sorted = keys.map(str::to_owned);
    sorted.sort();
    assert_eq!(list(store, "a/", None, 100).await, sorted);
}

/// What is not there is `NotFound` to read and `None` to look at.
pub async fn a_missing_object_is_not_found(store: &ObjectStoreUnderTest) {
    put(store, &["body/u/there.jpg"]).await;
    for text in ["body/u/missing.jpg", "body/u", "body/u/there.jpg/below", "nowhere/at/all"] {
        let missing = key(text);
        assert!(matches!(store.objects.get(&missing).await, Err(ObjectStoreError::NotFound(found)) if found == missing), "{text}");
        assert_eq!(store.objects.head(&missing).await.unwrap(), None, "{text}");
    }
}

/// A second put replaces the object, shorter or longer.
pub async fn a_put_replaces_the_object(store: &ObjectStoreUnderTest) {
    let key = key("avatars/u/avatar.jpg");
    for body in ["first, and rather long", "second", "third, and the longest of all of them"] {
        store.objects.put(&key, Bytes::from(body), "image/png").await.unwrap();
        assert_eq!(store.objects.get(&key).await.unwrap(), body.as_bytes());
        assert_eq!(store.objects.head(&key).await.unwrap().unwrap().size, body.len() as u64);
    }
    assert_eq!(list(store, "avatars/u/", None, 10).await.len(), 1);
}

/// While an object is replaced again and again, readers see one of the versions, whole.
pub async fn readers_never_see_a_mixture(store: &ObjectStoreUnderTest) {
    const SIZE: usize = 300_000;
    let key = key("tryon/u/contended.jpg");
    let version = |number: u8| Bytes::from(vec![number; SIZE + usize::from(number) * 1_000]);
    store.objects.put(&key, version(0), "image/jpeg").await.unwrap();
    let writers: Vec<_> = (0..3u8)
        .map(|number| {
            let (store, key, body) = (store.clone(), key.clone(), version(number));
            tokio::spawn(async move {
                for _ in 0..10 {
                    store.objects.put(&key, body.clone(), "image/jpeg").await.unwrap();
                }
            })
        })
        .collect();
    while !writers.iter().all(tokio::task::JoinHandle::is_finished) {
        let read = store.objects.get(&key).await.unwrap();
        let number = read[0];
        assert!(read == version(number), "{} bytes beginning with {number} are no version", read.len());
        tokio::task::yield_now().await;
    }
    for writer in writers {
        writer.await.unwrap();
    }
    assert_eq!(list(store, "tryon/u/", None, 10).await, [key.as_str()], "no temporary object is left to be seen");
}

/// A deleted object is gone; deleting what is not there is no error.
pub async fn a_deleted_object_is_gone(store: &ObjectStoreUnderTest) {
    put(store, &["clothing/u/a.jpg", "clothing/u/b.jpg"]).await;
    for _ in 0..2 {
        store.objects.delete(&key("clothing/u/a.jpg")).await.unwrap();
        assert!(matches!(store.objects.get(&key("clothing/u/a.jpg")).await, Err(ObjectStoreError::NotFound(_))));
    }
    store.objects.delete(&key("clothing/nobody/never.jpg")).await.unwrap();
    assert_eq!(list(store, "clothing/u/", None, 10).await, ["clothing/u/b.jpg"]);
    put(store, &["clothing/u/a.jpg"]).await;
    assert_eq!(list(store, "clothing/u/", None, 10).await.len(), 2);
}

/// A listing holds what lies under the prefix at any depth, in key order, page by page.
pub async fn a_listing_is_in_key_order(store: &ObjectStoreUnderTest) {
    put(store, &["p/c", "p/a.jpg", "p/a/x", "p/a-b", "p/b/z/deep", "p/B", "q/a"]).await;
    let expected = ["p/B", "p/a-b", "p/a.jpg", "p/a/x", "p/b/z/deep", "p/c"];
    assert_eq!(list(store, "p/", None, 100).await, expected);
    for limit in 1..=expected.len() {
        let mut paged: Vec<String> = Vec::new();
        loop {
            let page = list(store, "p/", paged.last().map(String::as_str), limit).await;
            assert!(page.len() <= limit);
            if page.is_empty() {
                break;
            }
            paged.extend(page);
            assert!(paged.len() <= expected.len(), "pages of {limit} go on: {paged:?}");
        }
        assert_eq!(paged, expected, "pages of {limit}");
    }
    assert_eq!(list(store, "p/", Some("p/a0"), 100).await, ["p/b/z/deep", "p/c"], "the key to continue after need not exist");
    assert!(list(store, "p/zzz/", None, 100).await.is_empty());
}

/// A listing tells sizes.
pub async fn a_listing_tells_sizes(store: &ObjectStoreUnderTest) {
    put(store, &["s/1", "s/22/333"]).await;
    let listed: Vec<ObjectInfo> = store.objects.list(&prefix("s/"), None, 10).await.unwrap();
    assert_eq!(listed.iter().map(|info| info.size).collect::<Vec<_>>(), [3, 8]);
    for info in listed {
        assert_eq!(store.objects.head(&info.key).await.unwrap(), Some(info), "a listing and a look agree");
    }
}

/// A prefix ends at a folder: `clothing/u1/` holds nothing of `u12`.
pub async fn a_prefix_never_matches_a_longer_name(store: &ObjectStoreUnderTest) {
    put(store, &["clothing/u1/a.jpg", "clothing/u12/a.jpg", "clothing/u1.jpg", "clothing/u1/sub/b.jpg", "body/u1/a.jpg"]).await;
    assert_eq!(list(store, "clothing/u1/", None, 100).await, ["clothing/u1/a.jpg", "clothing/u1/sub/b.jpg"]);
    let deletion = store.objects.delete_prefix(&prefix("clothing/u1/")).await.unwrap();
    assert_eq!((deletion.deleted, deletion.failed), (2, Vec::new()));
    assert!(list(store, "clothing/u1/", None, 100).await.is_empty());
    assert_eq!(list(store, "clothing/", None, 100).await, ["clothing/u1.jpg", "clothing/u12/a.jpg"]);
    assert_eq!(list(store, "body/", None, 100).await, ["body/u1/a.jpg"]);
}

/// More than a thousand objects under a prefix all go, in one call.
pub async fn a_large_prefix_is_deleted_whole(store: &ObjectStoreUnderTest) {
    const OBJECTS: usize = 1_050;
    for number in 0..OBJECTS {
        let key = key(&format!("temp/u/{number:05}.tmp"));
        store.objects.put(&key, Bytes::from_static(b"x"), "image/jpeg").await.unwrap();
    }
    put(store, &["temp/v/kept.tmp"]).await;
    assert_eq!(store.objects.list(&prefix("temp/u/"), None, 5_000).await.unwrap().len(), OBJECTS, "a listing has no limit of its own");
    let deletion = store.objects.delete_prefix(&prefix("temp/u/")).await.unwrap();
    assert_eq!((deletion.deleted, deletion.failed), (OBJECTS as u64, Vec::new()));
    assert_eq!(list(store, "temp/", None, 10).await, ["temp/v/kept.tmp"]);
}

/// Deleting a prefix with nothing under it deletes nothing and succeeds.
pub async fn an_empty_prefix_is_deleted_already(store: &ObjectStoreUnderTest) {
    for folder in ObjectPrefix::of_user(UserId::from_bytes([5; 12])) {
        let deletion = store.objects.delete_prefix(&folder).await.unwrap();
        assert_eq!((deletion.deleted, deletion.failed), (0, Vec::new()));
    }
}

/// Signing asks nothing of the object, gives different URLs for different objects and ways, and tells when they expire.
pub async fn urls_are_signed_without_the_object(store: &ObjectStoreUnderTest) {
    let (missing, other) = (key("body/u/missing.jpg"), key("body/u/other.jpg"));
    let hour = Duration::from_secs(3_600);
    let get = store.objects.presign_get(&missing, hour).await.unwrap();
    let longer = store.objects.presign_get(&missing, 2 * hour).await.unwrap();
    let of_other = store.objects.presign_get(&other, hour).await.unwrap();
    let put = store.objects.presign_put(&missing, "image/png", 10, hour).await.unwrap();
    let put_larger = store.objects.presign_put(&missing, "image/png", 11, hour).await.unwrap();
    let put_jpeg = store.objects.presign_put(&missing, "image/jpeg", 10, hour).await.unwrap();
    assert!(longer.expires_at - get.expires_at >= chrono::TimeDelta::minutes(59));
    let mut urls: Vec<String> = [get, longer, of_other, put, put_larger, put_jpeg].into_iter().map(|signed| signed.url).collect();
    urls.sort();
    urls.dedup();
    assert_eq!(urls.len(), 6);
    for seconds in [1, 7 * 24 * 3_600] {
        store.objects.presign_get(&missing, Duration::from_secs(seconds)).await.unwrap();
    }
}
