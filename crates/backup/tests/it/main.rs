//! The backup directory: archives that are whole or not there, damage that is found, and what is removed when.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod archives;
mod retention;

use std::fs;
use std::path::Path;

use atelier_backup::{Archive, BackupFolder, CollectionEntry, EngineKind, Kind, Layout, Manifest};
use atelier_domain::kernel::Timestamp;

fn at(text: &str) -> Timestamp {
    chrono::DateTime::parse_from_rfc3339(text).unwrap().to_utc()
}

/// A backup of a database of this name, with one collection and a file.
fn backup(folder: &BackupFolder, database: &str, taken_at: &str, kind: Kind, parent: Option<&str>) -> Archive {
    let mut manifest = Manifest::new(EngineKind::Mongodb, kind, database, at(taken_at));
    manifest.parent = parent.map(str::to_owned);
    manifest.collections = vec![CollectionEntry { name: "users".to_owned(), documents: 1, id: None }];
    let staging = folder.stage(at(taken_at)).unwrap();
    fs::create_dir(staging.path().join(database)).unwrap();
    fs::write(staging.path().join(database).join("users.bson"), b"\x05\0\0\0\0").unwrap();
    fs::write(staging.path().join("large"), vec![7; 200_000]).unwrap();
    folder.publish(staging, manifest, Some("users"), Layout::Archive).unwrap()
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}
