//! What is removed (checklist W106, W112).

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use atelier_domain::kernel::Timestamp;
use chrono::TimeDelta;

use crate::error::BackupError;
use crate::folder::{Archive, BackupFolder};
use crate::manifest::{Kind, Manifest};

impl BackupFolder {
    /// Removes backups older than `keep_days`, and tells which. Never removed: the newest whole backup of each database, the backups that
    /// one that stays follows, and files that no backup of this program would be called.
    ///
    /// # Errors
    /// [`BackupError::File`].
    pub fn prune(&self, now: Timestamp, keep_days: u32) -> Result<Vec<PathBuf>, BackupError> {
        let archives = self.list()?;
        let kept = kept(&archives, now - TimeDelta::days(i64::from(keep_days)));
        let mut removed = Vec::new();
        for archive in archives.iter().filter(|archive| !kept.contains(archive.name.as_str())) {
            let gone = if archive.path.is_dir() { fs::remove_dir_all(&archive.path) } else { fs::remove_file(&archive.path) };
            gone.map_err(BackupError::file(&archive.path, "remove it"))?;
            self.forget_proofs(&archive.name);
            removed.push(archive.path.clone());
        }
        Ok(removed)
    }
}

/// The names of what stays.
fn kept(archives: &[Archive], oldest: Timestamp) -> BTreeSet<&str> {
    let by_name: BTreeMap<&str, &Archive> = archives.iter().map(|archive| (archive.name.as_str(), archive)).collect();
    // Archives come the oldest first: the last one of a database stands.
    let newest = archives.iter().filter_map(|archive| {
        let Manifest { engine, database, kind, .. } = archive.manifest.as_ref()?;
        (*kind == Kind::Full).then_some(((*engine as u8, database.as_str()), archive.name.as_str()))
    });
    let newest: BTreeMap<_, _> = newest.collect();
    let young = archives.iter().filter(|archive| archive.time() >= oldest).map(|archive| archive.name.as_str());
    let mut kept = BTreeSet::new();
    let mut open: Vec<&str> = young.chain(newest.into_values()).collect();
    while let Some(name) = open.pop() {
        if kept.insert(name) {
            let parent = by_name.get(name).and_then(|archive| archive.manifest.as_ref()?.parent.as_deref());
            open.extend(parent.and_then(|parent| by_name.get_key_value(parent)).map(|(name, _)| *name));
        }
    }
    kept
}
