//! Proving that a backup can be restored.

use std::path::PathBuf;

use atelier_adapter_credentials::SystemClock;
use atelier_domain::kernel::Clock;

use super::print;
use crate::backups::Backups;
use crate::config::Config;
use crate::product::{StartError, failed};

pub(super) async fn verify(config: &Config, archive: Option<PathBuf>) -> Result<(), StartError> {
    config.validate()?;
    let backups = Backups::of(config);
    let archive = match archive {
        Some(archive) => archive,
        None => {
            let newest = backups.newest().map_err(failed("the verification"))?;
            newest.ok_or_else(|| failed("the verification")(format!("there is no backup in {}", config.backup_dir().display())))?.path
        }
    };
    let engine = backups.open().await.map_err(failed("the verification"))?;
    let proof = backups.prove(&engine, &archive, SystemClock.now()).await;
    engine.close().await;
    let proof = proof.map_err(failed("the verification"))?;
    let (collections, documents, changes) = (proof.collections, proof.documents, proof.changes);
    print(&format!(
        "{} is good: {collections} collections, {documents} documents, {changes} changes restored and compared",
        archive.display()
    ));
    Ok(())
}
