//! Restoring a backup.

use atelier_adapter_credentials::SystemClock;
use atelier_backup::{Restore, Restored};
use atelier_domain::kernel::{Clock, Timestamp};

use super::print;
use crate::backups::Backups;
use crate::config::Config;
use crate::product::{StartError, failed};

/// Reads a time of the command line.
pub(super) fn time(text: &str) -> Result<Timestamp, chrono::ParseError> {
    Ok(chrono::DateTime::parse_from_rfc3339(text)?.to_utc())
}

pub(super) async fn restore(config: &Config, what: Restore) -> Result<(), StartError> {
    config.validate()?;
    let engine = Backups::of(config).open().await.map_err(failed("the restore"))?;
    let restored = engine.as_dyn().restore(&what, SystemClock.now()).await;
    engine.close().await;
    let Restored { target, collections, documents, changes, remarks } = restored.map_err(failed("the restore"))?;
    print(&format!("restored into {target}: {collections} collections, {documents} documents, {changes} changes applied"));
    remarks.iter().for_each(|remark| print(&format!("note: {remark}")));
    Ok(())
}
