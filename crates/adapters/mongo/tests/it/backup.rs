//! Backup, restore and verification on the real server.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use atelier_adapter_mongo::{MongoBackups, MongoOptions};
use atelier_backup::{
    BackUp, BackupEngine, BackupError, BackupFolder, EngineKind, Kind, Layout, ListedObject, Listing, Manifest, ObjectLister, Restore,
    Selection, Taken,
};
use atelier_domain::kernel::Timestamp;
use chrono::{DateTime, TimeDelta};
use futures_util::TryStreamExt;
use mongodb::bson::oid::ObjectId;
use mongodb::bson::spec::BinarySubtype;
use mongodb::bson::{Binary, Bson, DateTime as BsonDateTime, Decimal128, Document, JavaScriptCodeWithScope, Regex, doc};
use mongodb::{Client, Database};
use tempfile::TempDir;

use crate::place::Place;

const ALL: BackUp = BackUp { selection: Selection::All, layout: Layout::Archive };
const CHANGES: BackUp = BackUp { selection: Selection::Changes, layout: Layout::Archive };

/// A database, and a directory for its backups.
struct Scene {
    place: Place,
    database: Database,
    folder: TempDir,
    backups: MongoBackups,
}

impl Scene {
    async fn new() -> Option<Self> {
        Self::with(None).await
    }

    async fn with(objects: Option<Arc<dyn ObjectLister>>) -> Option<Self> {
        let Some(place) = Place::new() else {
            assert!(crate::place::setting("REQUIRE_BACKENDS").is_none(), "TEST_MONGODB_URI is not set");
            eprintln!("SKIPPED: TEST_MONGODB_URI is not set");
            return None;
        };
        let folder = tempfile::tempdir().unwrap();
        let opened = BackupFolder::open(folder.path()).unwrap();
        let backups = MongoBackups::connect(&place.secret(), Some(&place.name), MongoOptions::default(), opened, objects).await.unwrap();
        Some(Self { database: place.raw().await, place, folder, backups })
    }

    async fn other(&self, name: &str) -> Database {
        Client::with_uri_str(&self.place.uri).await.unwrap().database(&format!("{}_{name}", self.place.name))
    }

    async fn take(&self, what: &BackUp, now: Timestamp) -> Taken {
        self.backups.back_up(what, now).await.unwrap()
    }

    fn elsewhere(&self, taken: &Taken, name: &str) -> Restore {
        Restore { archive: taken.path.clone(), database: Some(format!("{}_{name}", self.place.name)), ..Restore::default() }
    }

    /// What is in the directory of the backups.
    fn files(&self) -> Vec<String> {
        let mut names: Vec<_> =
            fs::read_dir(self.folder.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    async fn scratch_databases(&self) -> Vec<String> {
        let names = self.database.client().list_database_names().await.unwrap();
        names.into_iter().filter(|name| name.starts_with(&format!("{}_scratch", self.place.name))).collect()
    }
}

fn at(text: &str) -> Timestamp {
    DateTime::parse_from_rfc3339(text).unwrap().to_utc()
}

fn night() -> Timestamp {
    at("2026-01-31T02:03:04Z")
}

async fn documents(database: &Database, collection: &str) -> Vec<Document> {
    database.collection::<Document>(collection).find(doc! {}).sort(doc! { "_id": 1 }).await.unwrap().try_collect().await.unwrap()
}

async fn indexes(database: &Database, collection: &str) -> Vec<Document> {
    let listed = database.run_cursor_command(doc! { "listIndexes": collection }).await.unwrap();
    listed.try_collect().await.unwrap()
}

/// One of each type that documents may have.
fn every_type() -> Document {
    doc! {
        "_id": ObjectId::from_bytes([7; 12]),
        "double": 1.5, "not_a_number": f64::INFINITY, "string": "ü\u{0}x", "document": { "z": 1, "a": { "deep": [1, "2", 3.0] } },
        "array": [1, [2, 3], {}], "binary": Binary { subtype: BinarySubtype::Generic, bytes: vec![0, 255, 1] },
        "uuid": Binary { subtype: BinarySubtype::Uuid, bytes: vec![9; 16] }, "undefined": Bson::Undefined, "true": true,
        "date": BsonDateTime::from_millis(-1), "null": Bson::Null, "regex": Bson::RegularExpression(Regex { pattern: "^a".try_into().unwrap(), options: "i".try_into().unwrap() }),
        "code": Bson::JavaScriptCode("f()".to_owned()),
        "scoped": Bson::JavaScriptCodeWithScope(JavaScriptCodeWithScope { code: "g()".to_owned(), scope: doc! { "x": 1 } }),
        "symbol": Bson::Symbol("s".to_owned()), "int": 1, "long": 1_i64 << 40,
        "timestamp": Bson::Timestamp(mongodb::bson::Timestamp { time: 5, increment: 6 }),
        "decimal": Bson::Decimal128("1.10".parse::<Decimal128>().unwrap()), "min": Bson::MinKey, "max": Bson::MaxKey,
    }
}

async fn fill(database: &Database) {
    database.collection("kinds").insert_one(every_type()).await.unwrap();
    let users: Vec<Document> = (0..2_500).map(|n| doc! { "_id": n, "email": format!("{n}@example.com"), "name": "n".repeat(50) }).collect();
    database.collection::<Document>("users").insert_many(users).await.unwrap();
    let specification = doc! { "createIndexes": "users", "indexes": [
        { "key": { "name": 1, "email": -1, "_id": 1 }, "name": "name_1_email_-1__id_1" },
        { "key": { "email": 1 }, "name": "email_1", "unique": true },
        { "key": { "expires_at": 1 }, "name": "expires_at_1", "expireAfterSeconds": 0, "partialFilterExpression": { "expires_at": { "$exists": true } } },
    ] };
    database.run_command(specification).await.unwrap();
    database.run_command(doc! { "create": "strict", "validator": { "n": { "$gt": 1 } }, "collation": { "locale": "de" } }).await.unwrap();
}

#[tokio::test]
async fn a_whole_backup_restores_every_type_of_value_the_options_and_the_indexes() {
    let Some(scene) = Scene::new().await else { return };
    fill(&scene.database).await;
    let taken = scene.take(&ALL, night()).await;
    assert_eq!((taken.kind, taken.collections, taken.documents), (Kind::Full, 3, 2_501));
    assert_eq!(scene.files(), ["20260131_020304.tar.gz"]);
    assert_eq!(taken.remarks, Vec::<String>::new());

    let restored = scene.backups.restore(&scene.elsewhere(&taken, "copy"), night()).await.unwrap();
    assert_eq!((restored.collections, restored.documents), (3, 2_501));
    let copy = scene.other("copy").await;
    assert_eq!(documents(&copy, "kinds").await, [every_type()]);
    assert_eq!(documents(&copy, "users").await, documents(&scene.database, "users").await);
    assert_eq!(indexes(&copy, "users").await, indexes(&scene.database, "users").await);
    assert!(copy.collection("strict").insert_one(doc! { "n": 0 }).await.is_err(), "the validator is back");
    copy.drop().await.unwrap();
}

/// As MongoDB's own tools read it: a folder per database, documents one after the other, metadata beside them.
#[tokio::test]
async fn an_archive_has_the_layout_of_mongodump_and_a_manifest_of_true_checksums() {
    let Some(scene) = Scene::new().await else { return };
    fill(&scene.database).await;
    let taken = scene.take(&ALL, night()).await;
    let files = contents(&taken.path);
    let name = &scene.place.name;

    let mut rest = files[&format!("{name}/users.bson")].as_slice();
    let mut ids = Vec::new();
    while !rest.is_empty() {
        let length = u32::from_le_bytes(rest[..4].try_into().unwrap()) as usize;
        let document = Document::from_reader(&rest[..length]).unwrap();
        ids.push(document.get_i32("_id").unwrap());
        rest = &rest[length..];
    }
    assert_eq!(ids, (0..2_500).collect::<Vec<_>>());

    let metadata: Document = serde_json::from_slice(&files[&format!("{name}/users.metadata.json")]).unwrap();
    assert_eq!((metadata.get_str("collectionName").unwrap(), metadata.get_str("type").unwrap()), ("users", "collection"));
    assert_eq!(metadata.get_str("uuid").unwrap().len(), 32);
    let indexes = metadata.get_array("indexes").unwrap();
    assert_eq!(indexes[1].as_document().unwrap().get_document("key").unwrap(), &doc! { "name": 1, "email": -1, "_id": 1 });

    let manifest: Manifest = serde_json::from_slice(&files["manifest.json"]).unwrap();
    assert_eq!((manifest.format, manifest.kind, manifest.taken_at, manifest.consistent), (1, Kind::Full, night(), true));
    assert_eq!(manifest.files.len(), files.len() - 1);
    for file in &manifest.files {
        let mut checksum = atelier_backup::Checksum::default();
        checksum.add(&files[&file.path]);
        assert_eq!((file.bytes, file.sha256.clone()), checksum.finish(), "{}", file.path);
    }
}

/// Read with nothing of the program's own.
fn contents(archive: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut tar = tar::Archive::new(flate2::read::GzDecoder::new(fs::File::open(archive).unwrap()));
    let read = |entry: std::io::Result<tar::Entry<'_, _>>| {
        let (mut entry, mut bytes) = (entry.unwrap(), Vec::new());
        entry.read_to_end(&mut bytes).unwrap();
        (entry.path().unwrap().display().to_string(), bytes)
    };
    tar.entries().unwrap().map(read).collect()
}

#[tokio::test]
async fn one_collection_is_backed_up_and_restored_alone() {
    let Some(scene) = Scene::new().await else { return };
    fill(&scene.database).await;
    let users = BackUp { selection: Selection::Collection("users".to_owned()), layout: Layout::Archive };
    let taken = scene.take(&users, night()).await;
    assert_eq!((taken.kind, taken.collections, taken.documents), (Kind::Collection, 1, 2_500));
    assert_eq!(scene.files(), ["20260131_020304.collection-users.tar.gz"]);

    let collection = scene.database.collection::<Document>("users");
    collection.delete_many(doc! { "_id": { "$gte": 10 } }).await.unwrap();
    let again = Restore { collection: Some("users".to_owned()), drop: true, confirmed: true, archive: taken.path, ..Restore::default() };
    assert_eq!(scene.backups.restore(&again, night()).await.unwrap().documents, 2_500);
    assert_eq!(collection.count_documents(doc! {}).await.unwrap(), 2_500);
    assert_eq!(documents(&scene.database, "kinds").await.len(), 1);

    let unknown = BackUp { selection: Selection::Collection("nobody".to_owned()), layout: Layout::Archive };
    let refused = scene.backups.back_up(&unknown, night()).await.unwrap_err();
    assert!(refused.to_string().contains("nobody"), "{refused}");
}

#[tokio::test]
async fn what_is_there_is_replaced_only_when_it_is_said_twice() {
    let Some(scene) = Scene::new().await else { return };
    fill(&scene.database).await;
    let taken = scene.take(&ALL, night()).await;
    let users = scene.database.collection::<Document>("users");
    users.delete_many(doc! {}).await.unwrap();
    scene.database.collection("newcomers").insert_one(doc! { "_id": 1 }).await.unwrap();

    let plain = Restore { archive: taken.path.clone(), ..Restore::default() };
    assert!(matches!(scene.backups.restore(&plain, night()).await, Err(BackupError::NotEmpty { .. })));
    let once = Restore { drop: true, ..plain.clone() };
    assert!(matches!(scene.backups.restore(&once, night()).await, Err(BackupError::NotConfirmed { .. })));
    assert_eq!(users.count_documents(doc! {}).await.unwrap(), 0);

    let twice = Restore { drop: true, confirmed: true, ..plain };
    let restored = scene.backups.restore(&twice, night()).await.unwrap();
    assert_eq!(users.count_documents(doc! {}).await.unwrap(), 2_500);
    assert_eq!(indexes(&scene.database, "users").await.len(), 4);
    assert_eq!(documents(&scene.database, "newcomers").await.len(), 1);
    assert!(restored.remarks.iter().any(|remark| remark.contains("newcomers")), "{:?}", restored.remarks);
    assert_eq!(scene.scratch_databases().await, Vec::<String>::new());
}

#[tokio::test]
async fn changes_restore_any_second_since_the_whole_backup() {
    let Some(scene) = Scene::new().await else { return };
    let database = &scene.database;
    let users = database.collection::<Document>("users");
    users.insert_one(doc! { "_id": 1, "name": "before", "list": [1, 2, 3, 4], "inner": { "a": 1, "b": 2 } }).await.unwrap();
    users.insert_one(doc! { "_id": 2, "name": "goes" }).await.unwrap();
    let whole = scene.take(&ALL, night()).await;

    users.update_one(doc! { "_id": 1 }, doc! { "$set": { "name": "early", "inner.a": 5 }, "$unset": { "inner.b": "" } }).await.unwrap();
    let shorten = vec![doc! { "$set": { "list": { "$slice": ["$list", 2] } } }];
    users.update_one(doc! { "_id": 1 }, shorten).await.unwrap();
    users.insert_one(doc! { "_id": 3, "name": "new" }).await.unwrap();
    let early = scene.take(&CHANGES, night() + TimeDelta::hours(1)).await;
    assert_eq!((early.kind, early.documents), (Kind::Incremental, 3));
    let early_second = second_of(&early);

    // The server counts in seconds: the next change is to be in a later one.
    wait_for_a_later_second(database, early_second).await;
    users.delete_one(doc! { "_id": 2 }).await.unwrap();
    users.replace_one(doc! { "_id": 1 }, doc! { "name": "late" }).await.unwrap();
    database.collection("made_later").insert_one(doc! { "_id": 1 }).await.unwrap();
    database.run_command(doc! { "createIndexes": "users", "indexes": [{ "key": { "name": 1 }, "name": "name_1" }] }).await.unwrap();
    let late = scene.take(&CHANGES, night() + TimeDelta::hours(2)).await;
    assert_eq!(late.documents, 3);
    assert_eq!(scene.files(), ["20260131_020304.tar.gz", "20260131_030304.incr.tar.gz", "20260131_040304.incr.tar.gz"]);

    let restored = scene.backups.restore(&scene.elsewhere(&late, "late"), night()).await.unwrap();
    assert_eq!((restored.documents, restored.changes), (3, 6));
    let copy = scene.other("late").await;
    assert_eq!(documents(&copy, "users").await, documents(database, "users").await);
    assert_eq!(documents(&copy, "made_later").await.len(), 1);
    assert_eq!(indexes(&copy, "users").await.len(), 2);
    copy.drop().await.unwrap();

    let until = Timestamp::from_timestamp(i64::from(early_second), 0).unwrap();
    let request = Restore { until: Some(until), ..scene.elsewhere(&whole, "early") };
    let restored = scene.backups.restore(&request, night()).await.unwrap();
    assert_eq!((restored.documents, restored.changes), (3, 3));
    let copy = scene.other("early").await;
    let expected = [
        doc! { "_id": 1, "name": "early", "list": [1, 2], "inner": { "a": 5 } },
        doc! { "_id": 2, "name": "goes" },
        doc! { "_id": 3, "name": "new" },
    ];
    assert_eq!(documents(&copy, "users").await, expected);
    copy.drop().await.unwrap();

    let beyond = Restore { until: Some(until + TimeDelta::days(1)), ..scene.elsewhere(&whole, "beyond") };
    let refused = scene.backups.restore(&beyond, night()).await.unwrap_err();
    assert!(refused.to_string().contains("changes are known up to"), "{refused}");
    assert_eq!(scene.backups.verify(&late.path, night()).await.unwrap().changes, 6);
}

/// The server's second that a backup reaches to.
fn second_of(taken: &Taken) -> u32 {
    let manifest: Manifest = serde_json::from_slice(&contents(&taken.path)["manifest.json"]).unwrap();
    manifest.position.unwrap().split('.').next().unwrap().parse().unwrap()
}

async fn wait_for_a_later_second(database: &Database, second: u32) {
    loop {
        database.collection::<Document>("ticks").delete_one(doc! {}).await.unwrap();
        let answer = database.run_command(doc! { "hello": 1 }).await.unwrap();
        let now = answer.get_datetime("localTime").unwrap().timestamp_millis() / 1_000;
        if now > i64::from(second) {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn changes_without_a_backup_to_follow_or_that_the_server_forgot_make_a_whole_one_and_say_so() {
    let Some(scene) = Scene::new().await else { return };
    scene.database.collection("users").insert_one(doc! { "_id": 1 }).await.unwrap();
    let first = scene.take(&CHANGES, night()).await;
    assert_eq!(first.kind, Kind::Full);
    assert!(first.remarks[0].contains("none yet"), "{:?}", first.remarks);

    // As on a server whose history ends before the backup.
    rewrite_manifest(&scene, &first, |manifest| manifest.position = Some("4000000000.1".to_owned()));
    let second = scene.take(&CHANGES, night() + TimeDelta::hours(1)).await;
    assert_eq!(second.kind, Kind::Full);
    assert!(second.remarks[0].contains("no longer knows"), "{:?}", second.remarks);

    // As on a server that was built anew.
    scene.database.drop().await.unwrap();
    scene.database.collection("users").insert_one(doc! { "_id": 2 }).await.unwrap();
    let third = scene.take(&CHANGES, night() + TimeDelta::hours(2)).await;
    assert_eq!(third.kind, Kind::Full);
    assert!(third.remarks[0].contains("no longer knows"), "{:?}", third.remarks);
    assert_eq!(scene.files().len(), 3);
}

fn rewrite_manifest(scene: &Scene, taken: &Taken, change: impl FnOnce(&mut Manifest)) {
    let files = contents(&taken.path);
    let mut manifest: Manifest = serde_json::from_slice(&files["manifest.json"]).unwrap();
    change(&mut manifest);
    let folder = BackupFolder::open(scene.folder.path()).unwrap();
    let staging = folder.stage(night()).unwrap();
    for (path, bytes) in files.iter().filter(|(path, _)| *path != "manifest.json") {
        let target = staging.path().join(path);
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        fs::write(target, bytes).unwrap();
    }
    fs::remove_file(&taken.path).unwrap();
    folder.publish(staging, manifest, None, Layout::Archive).unwrap();
}

#[tokio::test]
async fn a_proof_restores_beside_the_data_and_leaves_nothing_behind() {
    let Some(scene) = Scene::new().await else { return };
    fill(&scene.database).await;
    let taken = scene.take(&ALL, night()).await;
    scene.database.collection::<Document>("users").delete_many(doc! {}).await.unwrap();
    let proof = scene.backups.verify(&taken.path, night()).await.unwrap();
    assert_eq!((proof.collections, proof.documents), (3, 2_501));
    assert_eq!(documents(&scene.database, "users").await, Vec::<Document>::new());
    assert_eq!(scene.scratch_databases().await, Vec::<String>::new());
    assert_eq!(scene.files(), ["20260131_020304.tar.gz"]);
}

#[tokio::test]
async fn a_backup_that_does_not_hold_what_its_manifest_says_is_found_out_and_nothing_is_touched() {
    let Some(scene) = Scene::new().await else { return };
    scene.database.collection("users").insert_one(doc! { "_id": 1 }).await.unwrap();
    let taken = scene.take(&ALL, night()).await;
    rewrite_manifest(&scene, &taken, |manifest| manifest.collections[0].documents = 2);
    let differs = scene.backups.verify(&taken.path, night()).await.unwrap_err();
    assert!(differs.to_string().contains("users has 1 documents instead of 2"), "{differs}");
    let replace = Restore { archive: taken.path.clone(), drop: true, confirmed: true, ..Restore::default() };
    assert!(matches!(scene.backups.restore(&replace, night()).await, Err(BackupError::Differs { .. })));
    assert_eq!(documents(&scene.database, "users").await.len(), 1);
    let empty = scene.backups.restore(&scene.elsewhere(&taken, "empty"), night()).await;
    assert!(matches!(empty, Err(BackupError::Differs { .. })));
    assert_eq!(scene.other("empty").await.list_collection_names().await.unwrap(), Vec::<String>::new());
    assert_eq!(scene.scratch_databases().await, Vec::<String>::new());
}

struct TwoObjects;

#[async_trait::async_trait]
impl ObjectLister for TwoObjects {
    async fn list(&self, into: &mut Listing) -> Result<(), BackupError> {
        for (key, bytes) in [("clothing/u/a.jpg", 10), ("clothing/u/b.jpg", 20), ("body/u/c.jpg", 5)] {
            into.add(&ListedObject { key: key.to_owned(), bytes, etag: Some("e".to_owned()), version: Some("v1".to_owned()) })?;
        }
        Ok(())
    }
}

#[tokio::test]
async fn objects_are_listed_with_their_versions_and_added_up_by_prefix() {
    let Some(scene) = Scene::with(Some(Arc::new(TwoObjects))).await else { return };
    scene.database.collection("users").insert_one(doc! { "_id": 1 }).await.unwrap();
    let taken = scene.take(&ALL, night()).await;
    let files = contents(&taken.path);
    let manifest: Manifest = serde_json::from_slice(&files["manifest.json"]).unwrap();
    let inventory = manifest.objects.unwrap();
    let totals: Vec<_> = inventory.prefixes.iter().map(|(prefix, sum)| (prefix.as_str(), sum.objects, sum.bytes)).collect();
    assert_eq!(totals, [("body/", 1, 5), ("clothing/", 2, 30)]);
    let lines = String::from_utf8(files[&inventory.listing].clone()).unwrap();
    assert_eq!(lines.lines().next().unwrap(), r#"{"key":"clothing/u/a.jpg","bytes":10,"etag":"e","version":"v1"}"#);
    assert_eq!(lines.lines().count(), 3);
}

#[tokio::test]
async fn the_folder_of_the_day_is_a_backup_too() {
    let Some(scene) = Scene::new().await else { return };
    fill(&scene.database).await;
    let daily = BackUp { selection: Selection::All, layout: Layout::DailyFolder };
    scene.take(&daily, night()).await;
    let taken = scene.take(&daily, night() + TimeDelta::hours(1)).await;
    assert_eq!(scene.files(), ["20260131"]);
    assert!(taken.path.join(&scene.place.name).join("users.bson").is_file());
    assert_eq!(scene.backups.verify(&taken.path, night()).await.unwrap().documents, 2_501);
    let folder = BackupFolder::open(scene.folder.path()).unwrap();
    let newest = folder.newest(EngineKind::Mongodb, &scene.place.name, &[Kind::Full]).unwrap().unwrap();
    assert_eq!(newest.time(), night() + TimeDelta::hours(1));
}

/// Pairs of documents are written in one transaction each, while whole backups and changes are taken.
#[tokio::test]
async fn backups_beside_writers_never_hold_half_a_transaction() {
    let Some(scene) = Scene::new().await else { return };
    for name in ["left", "right"] {
        scene.database.create_collection(name).await.unwrap();
    }
    let (database, stop) = (scene.database.clone(), Arc::new(AtomicBool::new(false)));
    let stopped = stop.clone();
    let writer = tokio::spawn(async move {
        let mut written = 0_usize;
        while !stopped.load(Ordering::SeqCst) {
            let mut session = database.client().start_session().await.unwrap();
            session.start_transaction().await.unwrap();
            for name in ["left", "right"] {
                let filled = doc! { "_id": i64::try_from(written).unwrap(), "text": "x".repeat(200) };
                database.collection::<Document>(name).insert_one(filled).session(&mut session).await.unwrap();
            }
            session.commit_transaction().await.unwrap();
            written += 1;
        }
        written
    });
    let mut taken = Vec::new();
    for hour in 0..4 {
        wait_for_documents(&scene.database, 30 * (hour + 1)).await;
        let what = if hour == 0 { &ALL } else { &CHANGES };
        taken.push(scene.take(what, night() + TimeDelta::hours(i64::from(hour))).await);
    }
    stop.store(true, Ordering::SeqCst);
    let written = writer.await.unwrap();
    let mut before = 0;
    for (number, taken) in taken.iter().enumerate() {
        let request = scene.elsewhere(taken, "copy");
        scene.backups.restore(&request, night()).await.unwrap();
        let copy = scene.other("copy").await;
        let (left, right) = (documents(&copy, "left").await.len(), documents(&copy, "right").await.len());
        assert_eq!(left, right, "backup {number}");
        assert!(left > before && left <= written, "backup {number}: {left} of {written}, {before} in the one before");
        before = left;
        copy.drop().await.unwrap();
    }
}

async fn wait_for_documents(database: &Database, count: u32) {
    while database.collection::<Document>("right").count_documents(doc! {}).await.unwrap() < u64::from(count) {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}
