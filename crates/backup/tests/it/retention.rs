//! Thirty days, counted by the clock that is given.

use std::fs;

use atelier_backup::{BackupFolder, EngineKind, Kind};

use crate::{at, backup, names};

const KEEP: u32 = 30;

#[test]
fn backups_of_more_than_thirty_days_go_and_the_newest_whole_one_never_does() {
    let directory = tempfile::tempdir().unwrap();
    let folder = BackupFolder::open(directory.path()).unwrap();
    for day in ["2026-01-01", "2026-01-02", "2026-01-31"] {
        backup(&folder, "wearit", &format!("{day}T02:00:00Z"), Kind::Full, None);
    }
    backup(&folder, "wearit", "2026-01-31T02:00:01Z", Kind::Collection, None);
    fs::write(directory.path().join("by_hand.tar.gz"), b"not ours").unwrap();

    let removed = folder.prune(at("2026-02-01T02:00:00Z"), KEEP).unwrap();
    assert_eq!(removed, [directory.path().join("20260101_020000.tar.gz")]);
    assert_eq!(
        names(directory.path()),
        ["20260102_020000.tar.gz", "20260131_020000.tar.gz", "20260131_020001.collection-users.tar.gz", "by_hand.tar.gz"]
    );
    folder.prune(at("2027-01-01T00:00:00Z"), KEEP).unwrap();
    assert_eq!(names(directory.path()), ["20260131_020000.tar.gz", "by_hand.tar.gz"]);
}

#[test]
fn what_changes_that_stay_follow_stays_too() {
    let directory = tempfile::tempdir().unwrap();
    let folder = BackupFolder::open(directory.path()).unwrap();
    backup(&folder, "wearit", "2026-01-01T02:00:00Z", Kind::Full, None);
    let whole = backup(&folder, "wearit", "2026-01-02T02:00:00Z", Kind::Full, None);
    let first = backup(&folder, "wearit", "2026-01-02T03:00:00Z", Kind::Incremental, Some(&whole.name));
    backup(&folder, "wearit", "2026-01-20T03:00:00Z", Kind::Incremental, Some(&first.name));
    backup(&folder, "wearit", "2026-02-10T02:00:00Z", Kind::Full, None);
    folder.prune(at("2026-02-15T00:00:00Z"), KEEP).unwrap();
    let kept = ["20260102_020000.tar.gz", "20260102_030000.incr.tar.gz", "20260120_030000.incr.tar.gz", "20260210_020000.tar.gz"];
    assert_eq!(names(directory.path()), kept);
    folder.prune(at("2026-02-20T00:00:00Z"), KEEP).unwrap();
    assert_eq!(names(directory.path()), ["20260210_020000.tar.gz"]);
}

#[test]
fn each_database_keeps_its_newest_whole_backup() {
    let directory = tempfile::tempdir().unwrap();
    let folder = BackupFolder::open(directory.path()).unwrap();
    backup(&folder, "wearit_dev", "2026-01-01T02:00:00Z", Kind::Full, None);
    backup(&folder, "wearit", "2026-01-02T02:00:00Z", Kind::Full, None);
    backup(&folder, "wearit", "2026-01-03T02:00:00Z", Kind::Full, None);
    folder.prune(at("2027-01-01T00:00:00Z"), KEEP).unwrap();
    assert_eq!(names(directory.path()), ["20260101_020000.tar.gz", "20260103_020000.tar.gz"]);
    let newest = folder.newest(EngineKind::Mongodb, "wearit", &[Kind::Full]).unwrap().unwrap();
    assert_eq!(newest.name, "20260103_020000.tar.gz");
    assert_eq!(folder.newest(EngineKind::Embedded, "wearit", &[Kind::Full]).unwrap(), None);
}
