//! Which backups belong together: a whole one, and the changes that follow it.

use std::path::Path;

use atelier_backup::{Archive, BackupError, BackupFolder, Kind};
use atelier_domain::kernel::Timestamp;

use super::listing::read_position;

/// The backups to restore, in their order: the first is no incremental one, all others are.
pub(super) fn find(folder: &BackupFolder, archive: &Path, until: Option<Timestamp>) -> Result<Vec<Archive>, BackupError> {
    let path = if archive.exists() { archive.to_owned() } else { folder.path().join(archive) };
    let (Some(beside), Some(name)) = (path.parent(), path.file_name().and_then(|name| name.to_str())) else { return Err(no_backup(&path)) };
    let beside = if beside.as_os_str().is_empty() { Path::new(".") } else { beside };
    let all = BackupFolder::open(beside)?.list()?;
    let mut chain = vec![named(&all, name).ok_or_else(|| no_backup(&path))?];
    while let Some(parent) = parent_of(&chain[0])? {
        let found = named(&all, &parent)
            .ok_or_else(|| BackupError::Refused(format!("{} follows {parent}, which is not in {}", chain[0].name, beside.display())))?;
        chain.insert(0, found);
    }
    let Some(until) = until else { return Ok(chain) };
    let wanted = u32::try_from(until.timestamp()).unwrap_or(u32::MAX);
    let Some(began) = reached(&chain[0]) else {
        return Err(BackupError::Refused(format!("{} is not of one instant: no changes can be applied to it", chain[0].name)));
    };
    if began > wanted {
        let what = format!("{} was taken after {until}: restore an older backup up to that time", chain[0].name);
        return Err(BackupError::Refused(what));
    }
    loop {
        let last = &chain[chain.len() - 1];
        let known = reached(last).unwrap_or(0);
        // More of the very same second may be in the next one.
        if known > wanted {
            return Ok(chain);
        }
        let follows = |archive: &&Archive| archive.manifest.as_ref().is_some_and(|manifest| manifest.parent.as_ref() == Some(&last.name));
        match all.iter().find(follows) {
            Some(next) => chain.push(next.clone()),
            None if known == wanted => return Ok(chain),
            None => {
                let known = Timestamp::from_timestamp(i64::from(known), 0).unwrap_or(last.time());
                return Err(BackupError::Refused(format!("changes are known up to {known}, in {}", last.name)));
            }
        }
    }
}

fn named(all: &[Archive], name: &str) -> Option<Archive> {
    all.iter().find(|archive| archive.name == name).cloned()
}

fn parent_of(archive: &Archive) -> Result<Option<String>, BackupError> {
    match &archive.manifest {
        Some(manifest) if manifest.kind == Kind::Incremental => Ok(manifest.parent.clone()),
        Some(_) => Ok(None),
        None => Err(BackupError::Corrupt { archive: archive.path.display().to_string(), what: "its manifest cannot be read".to_owned() }),
    }
}

/// The second that a backup reaches to.
fn reached(archive: &Archive) -> Option<u32> {
    Some(read_position(archive.manifest.as_ref()?.position.as_deref()?)?.time)
}

fn no_backup(path: &Path) -> BackupError {
    BackupError::Refused(format!("{} is no backup: name a file of the backup directory", path.display()))
}
