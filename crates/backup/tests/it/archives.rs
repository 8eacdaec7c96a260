//! Archives come into being whole, and are believed only when every byte is right.

use std::fs;
use std::path::Path;

use atelier_backup::{BackupError, BackupFolder, Kind, Layout, Manifest};

use crate::{at, backup, names};

const NIGHT: &str = "2026-01-31T02:03:04Z";

#[test]
fn what_was_packed_is_unpacked_byte_by_byte() {
    let directory = tempfile::tempdir().unwrap();
    let folder = BackupFolder::open(directory.path()).unwrap();
    let archive = backup(&folder, "wearit", NIGHT, Kind::Full, None);
    assert_eq!(archive.name, "20260131_020304.tar.gz");
    assert_eq!(names(directory.path()), ["20260131_020304.tar.gz"]);
    let unpacked = folder.unpack(&archive.path, at(NIGHT)).unwrap();
    assert_eq!(Some(&unpacked.manifest), archive.manifest.as_ref());
    assert_eq!(fs::read(unpacked.path().join("large")).unwrap(), vec![7; 200_000]);
    drop(unpacked);
    assert_eq!(names(directory.path()), ["20260131_020304.tar.gz"]);
}

#[test]
fn a_second_backup_of_the_same_second_does_not_replace_the_first() {
    let directory = tempfile::tempdir().unwrap();
    let folder = BackupFolder::open(directory.path()).unwrap();
    let first = backup(&folder, "wearit", NIGHT, Kind::Full, None);
    let staging = folder.stage(at(NIGHT)).unwrap();
    let refused = folder.publish(staging, first.manifest.unwrap(), None, Layout::Archive);
    assert!(matches!(refused, Err(BackupError::Refused(_))));
    assert_eq!(names(directory.path()), [first.name]);
}

/// What a crash leaves has no name of a backup, and is gone two days later.
#[test]
fn a_crash_leaves_nothing_that_looks_like_a_backup() {
    let directory = tempfile::tempdir().unwrap();
    let folder = BackupFolder::open(directory.path()).unwrap();
    let staging = folder.stage(at(NIGHT)).unwrap();
    fs::write(staging.path().join("half"), b"half a dump").unwrap();
    // The process dies: nothing is dropped.
    std::mem::forget(staging);
    fs::write(directory.path().join(".20260131_020304.abc.tar.gz"), b"half an archive").unwrap();
    assert_eq!(folder.list().unwrap(), []);
    assert!(names(directory.path()).iter().all(|name| name.starts_with('.')));

    drop(folder.stage(at("2026-02-01T02:03:04Z")).unwrap());
    assert_eq!(names(directory.path()).len(), 2, "one of today may still be under way");
    drop(folder.stage(at("2026-02-01T02:03:05Z")).unwrap());
    assert_eq!(names(directory.path()), [""; 0]);
}

#[test]
fn an_archive_cut_off_anywhere_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let folder = BackupFolder::open(directory.path()).unwrap();
    let archive = backup(&folder, "wearit", NIGHT, Kind::Full, None);
    let whole = fs::read(&archive.path).unwrap();
    for length in [0, 10, whole.len() / 2, whole.len() - 1] {
        fs::write(&archive.path, &whole[..length]).unwrap();
        let error = folder.unpack(&archive.path, at(NIGHT)).unwrap_err();
        assert!(matches!(error, BackupError::Corrupt { .. }), "{length} of {}: {error}", whole.len());
    }
}

#[test]
fn a_changed_byte_is_found_and_its_file_named() {
    let directory = tempfile::tempdir().unwrap();
    let folder = BackupFolder::open(directory.path()).unwrap();
    for (change, expected) in [
        (Change::Byte, "the SHA-256 of wearit/users.bson"),
        (Change::Longer, "wearit/users.bson has 6 bytes instead of 5"),
        (Change::Gone, "wearit/users.bson is missing"),
        (Change::Foreign, "extra is not in its manifest"),
        (Change::Format, "its format is 2, this program knows 1"),
    ] {
        let archive = repack(&folder, directory.path(), change);
        let error = folder.unpack(&archive, at(NIGHT)).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
        fs::remove_file(archive).unwrap();
    }
}

#[derive(Clone, Copy)]
enum Change {
    Byte,
    Longer,
    Gone,
    Foreign,
    Format,
}

/// An archive with the manifest of another one.
fn repack(folder: &BackupFolder, directory: &Path, change: Change) -> std::path::PathBuf {
    let mut manifest = backup(folder, "wearit", NIGHT, Kind::Full, None).manifest.unwrap();
    let path = directory.join("20260131_020304.tar.gz");
    let mut files: Vec<(&str, Vec<u8>)> = vec![("large", vec![7; 200_000]), ("wearit/users.bson", b"\x05\0\0\0\0".to_vec())];
    match change {
        Change::Byte => files[1].1[4] = 1,
        Change::Longer => files[1].1.push(0),
        Change::Gone => drop(files.pop()),
        Change::Foreign => files.push(("extra", vec![1])),
        Change::Format => manifest.format = 2,
    }
    files.insert(0, (Manifest::FILE, serde_json::to_vec(&manifest).unwrap()));
    let compressed = flate2::write::GzEncoder::new(fs::File::create(&path).unwrap(), flate2::Compression::fast());
    let mut tar = tar::Builder::new(compressed);
    for (name, bytes) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        tar.append_data(&mut header, name, bytes.as_slice()).unwrap();
    }
    tar.into_inner().unwrap().finish().unwrap();
    path
}

#[test]
fn a_file_that_is_no_backup_is_refused_and_not_listed_as_whole() {
    let directory = tempfile::tempdir().unwrap();
    let folder = BackupFolder::open(directory.path()).unwrap();
    let path = directory.path().join("20260131_020304.tar.gz");
    fs::write(&path, b"hello").unwrap();
    assert!(matches!(folder.unpack(&path, at(NIGHT)), Err(BackupError::Corrupt { .. })));
    assert_eq!(folder.list().unwrap()[0].manifest, None);
}
