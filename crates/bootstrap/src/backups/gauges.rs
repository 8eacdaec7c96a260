//! Gauges of the backups (checklist W104, W107).

use atelier_backup::{BackupError, BackupFolder, EngineKind, Kind};
use metrics::{Unit, describe_gauge, gauge};

/// Sets the gauges from what is in the directory.
pub(super) fn show(folder: &BackupFolder, engine: EngineKind, database: &str) -> Result<(), BackupError> {
    describe_gauge!("atelier_backup_last_success_timestamp_seconds", Unit::Seconds, "When the newest backup of a kind was taken");
    describe_gauge!("atelier_backup_last_verified_timestamp_seconds", Unit::Seconds, "When a backup was last restored and compared");
    describe_gauge!("atelier_backup_last_bytes", Unit::Bytes, "Size of the newest backup of a kind");
    describe_gauge!("atelier_backup_stored_bytes", Unit::Bytes, "Size of all backups");
    let archives = folder.list()?;
    gauge!("atelier_backup_stored_bytes").set(archives.iter().map(|archive| archive.bytes).sum::<u64>() as f64);
    // The oldest comes first: the newest of each kind stands.
    for archive in archives {
        let Some(manifest) = archive.manifest.filter(|manifest| manifest.engine == engine && manifest.database == database) else {
            continue;
        };
        let kind = match manifest.kind {
            Kind::Full => "full",
            Kind::Incremental => "incremental",
            Kind::Collection => "collection",
        };
        gauge!("atelier_backup_last_success_timestamp_seconds", "kind" => kind).set(manifest.taken_at.timestamp() as f64);
        gauge!("atelier_backup_last_bytes", "kind" => kind).set(archive.bytes as f64);
    }
    if let Some(verification) = folder.last_verified() {
        gauge!("atelier_backup_last_verified_timestamp_seconds").set(verification.verified_at.timestamp() as f64);
    }
    Ok(())
}
