use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use atelier_adapter_files::FileObjectStore;
use atelier_domain::kernel::{Clock, ObjectKey, ObjectPrefix, ObjectStore, ObjectStoreError};
use atelier_testkit::FixedClock;
use bytes::Bytes;
use proptest::prelude::*;

use crate::{Embedded, key};

fn staging_file(folder: &Path, name: &str, age: Duration, clock: &FixedClock) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    File::create(path).unwrap().set_modified(SystemTime::from(clock.now()) - age).unwrap();
}

#[tokio::test]
async fn objects_survive_reopening() {
    let embedded = Embedded::new();
    embedded.store.put(&key("body/u/b.jpg"), Bytes::from_static(b"picture"), "image/jpeg").await.unwrap();
    let again = FileObjectStore::open(embedded.folder.path(), "", &"another key".into(), Arc::new(embedded.clock.clone())).unwrap();
    assert_eq!(again.get(&key("body/u/b.jpg")).await.unwrap(), "picture");
    assert_eq!(embedded.files_on_disk(), 1);
}

#[test]
fn nobody_else_on_the_machine_can_enter_the_directory() {
    let parent = tempfile::tempdir().unwrap();
    let root = parent.path().join("data/files");
    FileObjectStore::open(&root, "", &"key".into(), Arc::new(FixedClock::new())).unwrap();
    assert_eq!(fs::metadata(&root).unwrap().permissions().mode() & 0o777, 0o700);
}

#[test]
fn a_directory_that_cannot_be_made_is_reported_by_name() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let error = FileObjectStore::open(&file.path().join("files"), "", &"key".into(), Arc::new(FixedClock::new())).err().unwrap();
    assert!(error.to_string().contains(file.path().to_str().unwrap()));
}

#[test]
fn opening_removes_abandoned_staging_files_and_nothing_else() {
    let (folder, clock) = (tempfile::tempdir().unwrap(), FixedClock::new());
    let hours = |count: u64| Duration::from_secs(3_600 * count);
    for (name, age) in
        [("body/u/b.jpg#1", 2), ("temp/u/x.tmp#12", 50), ("temp/u/y.tmp#1", 0), ("body/u/b.jpg", 50), ("temp/u/a#b", 50), ("temp/u/c#", 50)]
    {
        staging_file(folder.path(), name, hours(age), &clock);
    }
    FileObjectStore::open(folder.path(), "", &"key".into(), Arc::new(clock)).unwrap();
    let mut left: Vec<_> = walkdir::WalkDir::new(folder.path())
        .into_iter()
        .map(Result::unwrap)
        .filter(|entry| entry.file_type().is_file())
        .map(|entry| entry.file_name().to_owned())
        .collect();
    left.sort();
    assert_eq!(left, ["a#b", "b.jpg", "c#", "y.tmp#1"], "a young staging file may belong to another process");
}

#[tokio::test]
async fn erasing_a_folder_leaves_neither_files_nor_folders_behind() {
    let embedded = Embedded::new();
    for name in ["body/11/a.jpg", "body/11/deep/er/b.jpg", "body/12/c.jpg"] {
        embedded.store.put(&key(name), Bytes::from_static(b"x"), "image/jpeg").await.unwrap();
    }
    staging_file(embedded.folder.path(), "body/11/deep/upload.jpg#1", Duration::ZERO, &embedded.clock);
    let deletion = embedded.store.delete_prefix(&ObjectPrefix::parse("body/11/").unwrap()).await.unwrap();
    assert_eq!((deletion.deleted, deletion.failed.len()), (2, 0));
    assert!(!embedded.folder.path().join("body/11").exists());
    assert_eq!(embedded.store.get(&key("body/12/c.jpg")).await.unwrap(), "x");
    let again = embedded.store.delete_prefix(&ObjectPrefix::parse("body/11/").unwrap()).await.unwrap();
    assert_eq!(again.deleted, 0);
}

#[tokio::test]
async fn more_objects_than_a_page_are_all_deleted() {
    let embedded = Embedded::new();
    let folder = embedded.folder.path().join("temp/u");
    fs::create_dir_all(&folder).unwrap();
    for number in 0..2_345 {
        fs::write(folder.join(format!("{number}.tmp")), "").unwrap();
    }
    let deletion = embedded.store.delete_prefix(&ObjectPrefix::temp()).await.unwrap();
    assert_eq!((deletion.deleted, embedded.files_on_disk()), (2_345, 0));
}

#[tokio::test]
async fn a_folder_is_no_object_and_neither_is_what_lies_behind_a_file() {
    let embedded = Embedded::new();
    embedded.store.put(&key("body/u/b.jpg"), Bytes::from_static(b"x"), "image/jpeg").await.unwrap();
    for name in ["body", "body/u", "body/u/b.jpg/c.jpg", "nothing"] {
        assert!(matches!(embedded.store.get(&key(name)).await, Err(ObjectStoreError::NotFound(_))), "{name}");
        assert_eq!(embedded.store.head(&key(name)).await.unwrap(), None, "{name}");
    }
    assert_eq!(embedded.store.get(&key("body/u/b.jpg")).await.unwrap(), "x");
}

#[tokio::test]
async fn a_failure_of_the_disk_is_an_error_and_not_a_missing_object() {
    let embedded = Embedded::new();
    embedded.store.put(&key("a/b"), Bytes::from_static(b"x"), "").await.unwrap();
    let blocked = embedded.store.put(&key("a/b/c"), Bytes::from_static(b"x"), "").await;
    assert!(blocked.is_err());
    let long = key(&"n".repeat(300));
    assert!(matches!(embedded.store.put(&long, Bytes::new(), "").await, Err(ObjectStoreError::Other(_))));
    assert!(matches!(embedded.store.get(&long).await, Err(ObjectStoreError::Other(_))));
}

#[tokio::test]
async fn readers_see_the_old_or_the_new_bytes_and_never_a_mixture() {
    let embedded = Arc::new(Embedded::new());
    let object = key("avatars/u/avatar.jpg");
    let body = |byte: u8| Bytes::from(vec![byte; 300_000]);
    embedded.store.put(&object, body(0), "image/jpeg").await.unwrap();
    let writer = {
        let (embedded, object) = (Arc::clone(&embedded), object.clone());
        tokio::spawn(async move {
            for byte in 1..30 {
                embedded.store.put(&object, body(byte), "image/jpeg").await.unwrap();
            }
        })
    };
    while !writer.is_finished() {
        let seen = embedded.store.get(&object).await.unwrap();
        assert_eq!(seen.len(), 300_000);
        assert!(seen.iter().all(|byte| *byte == seen[0]));
    }
    writer.await.unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_key_is_found_under_its_own_name(parts in proptest::collection::vec("[^/\\\\\\x00-\\x1f\\x7f-\\x9f]{1,9}", 1..4)) {
        let name = parts.join("/");
        let parsed = ObjectKey::parse(&name);
        prop_assume!(parsed.is_ok());
        let object = ObjectKey::parse(&format!("p/{name}")).unwrap();
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
            let embedded = Embedded::new();
            embedded.store.put(&object, Bytes::from_static(b"x"), "").await.unwrap();
            assert_eq!(embedded.store.get(&object).await.unwrap(), "x");
            let listed = embedded.store.list(&ObjectPrefix::parse("p/").unwrap(), None, 10).await.unwrap();
            assert_eq!(listed.into_iter().map(|info| info.key).collect::<Vec<_>>(), vec![object]);
        });
    }
}
