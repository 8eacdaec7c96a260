//! Files and books put together: what is in the directory is there, whatever the books say.

use std::collections::BTreeMap;

use atelier_backup::{Archive, BackupFolder};
use atelier_domain::dataservice::RunState;
use atelier_domain::dataservice::backups::{Backup, BackupId, BackupOverview, BackupState, BackupTask, TaskKind};

use super::sealed;

/// The id of a backup in the directory.
pub(super) fn id_of(archive: &Archive) -> BackupId {
    BackupId::at(archive.named)
}

fn of_archive(archive: &Archive, folder: &BackupFolder) -> Backup {
    let proofs = folder.proofs(&archive.name);
    let manifest = archive.manifest.as_ref();
    Backup {
        id: id_of(archive),
        state: if manifest.is_some() { BackupState::Completed } else { BackupState::Damaged },
        taken_at: archive.time(),
        bytes: manifest.map(|_readable| archive.bytes),
        sha256: manifest.and_then(|manifest| Some(manifest.file(sealed::FILE)?.sha256.clone())),
        rows: manifest.map(|manifest| manifest.collections.iter().map(|table| table.documents).sum()),
        schema_version: manifest.and_then(|manifest| manifest.postgresql.as_ref()?.migration.clone()),
        verified_at: proofs.verified_at,
        restore_tested_at: proofs.restore_tested_at,
        error: None,
        task: None,
    }
}

/// A backup that is not in the directory.
pub(super) fn of_task(task: &BackupTask) -> Backup {
    Backup {
        id: task.backup.clone(),
        state: match task.state {
            RunState::Running => BackupState::Running,
            RunState::Interrupted => BackupState::Interrupted,
            // One that was taken is there, or was removed.
            RunState::Completed | RunState::Failed => BackupState::Failed,
        },
        taken_at: task.started_at,
        bytes: None,
        sha256: None,
        rows: None,
        schema_version: None,
        verified_at: None,
        restore_tested_at: None,
        error: task.error.clone(),
        task: None,
    }
}

/// Every backup, the newest first.
pub(super) fn overview(archives: &[Archive], folder: Option<&BackupFolder>, tasks: Vec<BackupTask>) -> BackupOverview {
    let there = folder.map(|folder| archives.iter().map(|archive| (id_of(archive), of_archive(archive, folder))).collect());
    let mut backups: BTreeMap<BackupId, Backup> = there.unwrap_or_default();
    let mut running = None;
    for task in tasks {
        if task.state == RunState::Running {
            running = Some(task.clone());
        }
        match backups.get_mut(&task.backup) {
            Some(backup) if task.kind != TaskKind::Backup => backup.task = Some(task),
            None if task.kind == TaskKind::Backup && task.state != RunState::Completed => {
                backups.insert(task.backup.clone(), of_task(&task));
            }
            _ => {}
        }
    }
    BackupOverview { backups: backups.into_values().rev().collect(), running }
}
