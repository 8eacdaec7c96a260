//! The check of rows and files.

use atelier_domain::wearit::integrity::{IntegrityError, IntegrityService, Phase};
use chrono::TimeDelta;

use super::print;
use crate::config::Config;
use crate::product::{Product, StartError, TryOnEngines, failed};

pub(super) async fn integrity(config: &Config, repair: bool, grace_minutes: u32) -> Result<(), StartError> {
    let product = Product::start_with(config, "http://127.0.0.1", TryOnEngines::default()).await?;
    let missing = walk(&product.services.integrity, repair, TimeDelta::minutes(i64::from(grace_minutes))).await;
    product.close().await;
    match missing.map_err(failed("the check of rows and files"))? {
        0 => Ok(()),
        missing => Err(failed("the check of rows and files")(format!("{missing} files are missing: restore them from a backup"))),
    }
}

/// How many files are missing.
async fn walk(integrity: &IntegrityService, repair: bool, grace: TimeDelta) -> Result<u64, IntegrityError> {
    let (mut rows, mut files, mut missing, mut orphans, mut removed) = (0, 0, 0, 0, 0);
    for phase in Phase::ALL {
        let mut after: Option<String> = None;
        loop {
            let step = integrity.step(phase, after.as_deref(), grace).await?;
            rows += step.findings.rows;
            files += step.findings.files;
            missing += step.findings.missing.len() as u64;
            orphans += step.findings.orphans.len() as u64;
            step.findings.missing.iter().for_each(|key| print(&format!("missing  {key}")));
            step.findings.orphans.iter().for_each(|key| print(&format!("orphan   {key}")));
            if repair {
                removed += integrity.remove(&step.findings.orphans).await?;
            }
            after = step.next;
            if after.is_none() {
                break;
            }
        }
    }
    print(&format!("{rows} rows and {files} files looked at: {missing} files missing, {orphans} files of nothing, {removed} removed"));
    Ok(missing)
}
