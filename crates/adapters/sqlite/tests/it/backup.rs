//! Backup, restore and verification of a data directory.

use std::fs;
use std::path::Path;

use atelier_adapter_sqlite::EmbeddedBackups;
use atelier_backup::{BackUp, BackupEngine, BackupError, BackupFolder, Kind, Layout, Restore, Selection, Taken};
use atelier_domain::kernel::Timestamp;
use atelier_testkit::noon;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection};
use tempfile::TempDir;

use crate::opening::open;

const ALL: BackUp = BackUp { selection: Selection::All, layout: Layout::Archive };

/// A data directory, and one for its backups.
struct Scene {
    data: TempDir,
    archives: TempDir,
}

impl Scene {
    async fn new() -> Self {
        let scene = Self { data: tempfile::tempdir().unwrap(), archives: tempfile::tempdir().unwrap() };
        open(&scene.database()).await.close().await;
        scene.write("INSERT INTO guards_of_test VALUES (1), (2)").await;
        let folder = scene.data.path().join("objects/clothing/u");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("a.jpg"), b"picture").unwrap();
        fs::write(folder.join("b.jpg#1"), b"half a picture").unwrap();
        scene
    }

    fn database(&self) -> std::path::PathBuf {
        self.data.path().join("atelier.sqlite")
    }

    async fn write(&self, statement: &'static str) {
        let mut connection = SqliteConnectOptions::new().filename(self.database()).connect().await.unwrap();
        sqlx::query("CREATE TABLE IF NOT EXISTS guards_of_test (n INTEGER)").execute(&mut connection).await.unwrap();
        sqlx::query(statement).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    }

    fn backups_of(&self, data: &Path) -> EmbeddedBackups {
        EmbeddedBackups::new(data, BackupFolder::open(self.archives.path()).unwrap(), None)
    }

    async fn take(&self, now: Timestamp) -> Taken {
        self.backups_of(self.data.path()).back_up(&ALL, now).await.unwrap()
    }
}

async fn numbers(data: &Path) -> Vec<i64> {
    let mut connection = SqliteConnectOptions::new().filename(data.join("atelier.sqlite")).connect().await.unwrap();
    sqlx::query_scalar("SELECT n FROM guards_of_test ORDER BY n").fetch_all(&mut connection).await.unwrap()
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn rows_and_files_come_back_in_an_empty_data_directory() {
    let scene = Scene::new().await;
    // Beside a running process.
    let running = open(&scene.database()).await;
    let taken = scene.take(noon()).await;
    running.close().await;
    assert_eq!(taken.kind, Kind::Full);
    assert_eq!(names(scene.archives.path()), [format!("{}.tar.gz", noon().format("%Y%m%d_%H%M%S"))]);

    let empty = tempfile::tempdir().unwrap();
    let request = Restore { archive: taken.path, ..Restore::default() };
    let restored = scene.backups_of(empty.path()).restore(&request, noon()).await.unwrap();
    assert_eq!((restored.documents, restored.collections), (taken.documents, taken.collections));
    assert_eq!(numbers(empty.path()).await, [1, 2]);
    assert_eq!(names(&empty.path().join("objects/clothing/u")), ["a.jpg"]);
    assert_eq!(names(empty.path()), ["atelier.sqlite", "objects"]);
    open(&empty.path().join("atelier.sqlite")).await.close().await;
}

#[tokio::test]
async fn what_is_there_is_moved_aside_only_when_it_is_said_twice_and_no_process_runs() {
    let scene = Scene::new().await;
    let taken = scene.take(noon()).await;
    scene.write("INSERT INTO guards_of_test VALUES (3)").await;
    let backups = scene.backups_of(scene.data.path());
    let plain = Restore { archive: taken.path.file_name().unwrap().into(), ..Restore::default() };
    assert!(matches!(backups.restore(&plain, noon()).await, Err(BackupError::NotEmpty { .. })));
    let once = Restore { drop: true, ..plain.clone() };
    assert!(matches!(backups.restore(&once, noon()).await, Err(BackupError::NotConfirmed { .. })));
    let twice = Restore { drop: true, confirmed: true, ..plain };

    let running = open(&scene.database()).await;
    let refused = backups.restore(&twice, noon()).await.unwrap_err();
    assert!(refused.to_string().contains("is in use"), "{refused}");
    running.close().await;
    assert_eq!(numbers(scene.data.path()).await, [1, 2, 3]);

    let restored = backups.restore(&twice, noon()).await.unwrap();
    assert_eq!(numbers(scene.data.path()).await, [1, 2]);
    let aside = scene.data.path().join(format!("replaced-{}", noon().format("%Y%m%d_%H%M%S")));
    assert!(restored.remarks[0].contains(&aside.display().to_string()), "{:?}", restored.remarks);
    assert_eq!(numbers(&aside).await, [1, 2, 3]);
    assert!(aside.join("objects/clothing/u/a.jpg").is_file());
}

#[tokio::test]
async fn a_proof_checks_the_copy_and_leaves_nothing_behind() {
    let scene = Scene::new().await;
    let taken = scene.take(noon()).await;
    let before = names(scene.data.path());
    let proof = scene.backups_of(scene.data.path()).verify(&taken.path, noon()).await.unwrap();
    assert_eq!(proof.documents, taken.documents);
    assert_eq!(names(scene.archives.path()).len(), 1);
    assert_eq!(names(scene.data.path()), before);
}

#[tokio::test]
async fn rows_that_are_not_those_of_the_manifest_are_found() {
    let scene = Scene::new().await;
    let taken = scene.take(noon()).await;
    let folder = BackupFolder::open(scene.archives.path()).unwrap();
    let unpacked = folder.unpack(&taken.path, noon()).unwrap();
    let staging = folder.stage(noon()).unwrap();
    fs::copy(unpacked.path().join("atelier.sqlite"), staging.path().join("atelier.sqlite")).unwrap();
    let mut manifest = unpacked.manifest.clone();
    manifest.collections.iter_mut().find(|table| table.name == "guards_of_test").unwrap().documents = 7;
    fs::remove_file(&taken.path).unwrap();
    folder.publish(staging, manifest, None, Layout::Archive).unwrap();
    let differs = scene.backups_of(scene.data.path()).verify(&taken.path, noon()).await.unwrap_err();
    assert!(differs.to_string().contains("guards_of_test has 2 rows instead of 7"), "{differs}");
}

#[tokio::test]
async fn what_the_embedded_store_cannot_do_is_said() {
    let scene = Scene::new().await;
    let backups = scene.backups_of(scene.data.path());
    let one = BackUp { selection: Selection::Collection("users".to_owned()), layout: Layout::Archive };
    assert!(matches!(backups.back_up(&one, noon()).await, Err(BackupError::Refused(_))));
    let changes = BackUp { selection: Selection::Changes, layout: Layout::Archive };
    let taken = backups.back_up(&changes, noon()).await.unwrap();
    assert!(taken.kind == Kind::Full && taken.remarks[0].contains("instead of changes"));
    let nowhere = scene.backups_of(scene.archives.path()).back_up(&ALL, noon()).await.unwrap_err();
    assert!(nowhere.to_string().contains("DATA_DIR"), "{nowhere}");
}
