//! Taking a backup.

use atelier_adapter_credentials::SystemClock;
use atelier_backup::{BackUp, Selection, Taken};
use atelier_domain::kernel::Clock;

use super::print;
use crate::backups::Backups;
use crate::config::Config;
use crate::product::{StartError, failed};

pub(super) async fn backup(config: &Config, collection: Option<String>, incremental: bool) -> Result<(), StartError> {
    config.validate()?;
    let (backups, now) = (Backups::of(config), SystemClock.now());
    let selection = match (collection, incremental) {
        (Some(name), _) => Selection::Collection(name),
        (None, true) => Selection::Changes,
        (None, false) => Selection::All,
    };
    let folder = backups.folder().map_err(failed("the backup"))?;
    let engine = backups.open().await.map_err(failed("the backup"))?;
    let taken = engine.as_dyn().back_up(&BackUp { selection, layout: backups.layout() }, now).await;
    engine.close().await;
    report(&taken.map_err(failed("the backup"))?);
    for removed in folder.prune(now, config.retention.backup_keep_days).map_err(failed("the removal of old backups"))? {
        print(&format!("removed {}", removed.display()));
    }
    Ok(())
}

fn report(taken: &Taken) {
    let Taken { path, bytes, collections, documents, remarks, .. } = taken;
    print(&format!("{}: {collections} collections, {documents} documents or changes, {bytes} bytes", path.display()));
    remarks.iter().for_each(|remark| print(&format!("note: {remark}")));
}
