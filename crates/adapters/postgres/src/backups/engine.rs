//! Backups of the database, as every store offers them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use atelier_backup::{
    Archive, BackUp, BackupEngine, BackupError, BackupFolder, CollectionEntry, EngineKind, Kind, Layout, Proofs, Restore, Restored,
    Selection, Taken, Unpacked,
};
use atelier_domain::dataservice::StreamSealer;
use atelier_domain::kernel::{SecretString, Timestamp};
use sqlx::{Connection, PgConnection};

use super::login::Login;
use super::restore::Dump;
use super::tools::Tools;
use super::{adopt, dump, survey};
use crate::error::ConnectError;

/// Bytes of a name to which `_before_` and a time can be added.
const LONGEST_EXCHANGED: usize = 40;

/// Backups of the PostgreSQL database that `DATABASE_URL` names.
#[derive(Clone)]
pub struct PgBackups {
    login: Login,
    folder: PathBuf,
    tools: Tools,
    sealer: Arc<dyn StreamSealer>,
}

/// A backup that was read to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Checked {
    /// Entries of its table of contents: tables, functions, policies, grants and so on.
    pub entries: usize,
    /// Rows it says it holds.
    pub rows: u64,
}

impl PgBackups {
    /// Backups of the database of `url`, kept in `folder`, sealed by `sealer`. `tools` is the folder of `pg_dump` and `pg_restore`; without
    /// one they are looked for on the PATH.
    ///
    /// # Errors
    /// [`ConnectError::Url`].
    pub fn new(
        url: &SecretString,
        folder: impl Into<PathBuf>,
        tools: Option<PathBuf>,
        sealer: Arc<dyn StreamSealer>,
    ) -> Result<Self, ConnectError> {
        Ok(Self { login: Login::of(url)?, folder: folder.into(), tools: Tools::new(tools), sealer })
    }

    /// With the programs of this folder.
    #[must_use]
    pub fn with_programs(self, folder: PathBuf) -> Self {
        Self { tools: Tools::new(Some(folder)), ..self }
    }

    /// The database.
    pub fn database(&self) -> &str {
        self.login.database()
    }

    /// The directory of its backups, made where it is missing.
    ///
    /// # Errors
    /// [`BackupError::File`].
    pub fn folder(&self) -> Result<BackupFolder, BackupError> {
        BackupFolder::open(&self.folder)
    }

    /// Every backup of this kind of store, the oldest first; none where there is no directory yet.
    ///
    /// # Errors
    /// [`BackupError::File`].
    pub async fn list(&self) -> Result<Vec<Archive>, BackupError> {
        let root = self.folder.clone();
        blocking(move || if root.exists() { BackupFolder::open(root)?.list() } else { Ok(Vec::new()) }).await
    }

    /// The newest backup of this database.
    ///
    /// # Errors
    /// [`BackupError::File`].
    pub async fn newest(&self) -> Result<Option<Archive>, BackupError> {
        let ours = |archive: &Archive| archive.manifest.as_ref().is_some_and(|manifest| manifest.database == self.database());
        Ok(self.list().await?.into_iter().rev().find(ours))
    }

    pub(super) fn login(&self) -> &Login {
        &self.login
    }

    /// Removes backups older than `keep_days`; the newest one never.
    ///
    /// # Errors
    /// [`BackupError::File`].
    pub async fn prune(&self, now: Timestamp, keep_days: u32) -> Result<Vec<PathBuf>, BackupError> {
        let folder = self.folder()?;
        blocking(move || folder.prune(now, keep_days)).await
    }

    async fn unpack(&self, archive: &Path, now: Timestamp) -> Result<Unpacked, BackupError> {
        let path = if archive.exists() { archive.to_owned() } else { self.folder.join(archive) };
        let folder = self.folder()?;
        let unpacked = blocking(move || folder.unpack(&path, now)).await?;
        match unpacked.manifest.engine {
            EngineKind::Postgresql => Ok(unpacked),
            _ => Err(BackupError::Refused(format!("{} is no backup of PostgreSQL: atelier-admin restore takes it", archive.display()))),
        }
    }

    /// Checks a backup without a database: its checksums, every sealed piece to the last, and that `pg_restore` can read all of it.
    ///
    /// # Errors
    /// [`BackupError::Corrupt`], [`BackupError::Sealed`].
    pub async fn check(&self, archive: &Path, now: Timestamp) -> Result<Checked, BackupError> {
        let unpacked = self.unpack(archive, now).await?;
        let name = archive.display().to_string();
        let entries = self.dump(&unpacked, &name).read_through().await?;
        self.record(archive, move |proofs| proofs.verified_at = Some(now)).await?;
        Ok(Checked { entries, rows: unpacked.manifest.collections.iter().map(|table| table.documents).sum() })
    }

    fn dump<'a>(&'a self, unpacked: &'a Unpacked, name: &'a str) -> Dump<'a> {
        Dump { tools: &self.tools, sealer: &*self.sealer, unpacked, name }
    }

    async fn record(&self, archive: &Path, change: impl FnOnce(&mut Proofs) + Send + 'static) -> Result<(), BackupError> {
        let folder = self.folder()?;
        let Some(name) = archive.file_name().map(|name| name.to_string_lossy().into_owned()) else { return Ok(()) };
        blocking(move || {
            // Of a backup that is kept elsewhere nothing is recorded here.
            if !folder.path().join(&name).exists() {
                return Ok(());
            }
            let mut proofs = folder.proofs(&name);
            change(&mut proofs);
            folder.record_proofs(&name, proofs)
        })
        .await
    }

    /// Restores into an empty database, which will be called `name`, and compares it.
    async fn fill(&self, unpacked: &Unpacked, archive: &str, database: &str, name: &str) -> Result<Restored, BackupError> {
        let Some(facts) = &unpacked.manifest.postgresql else {
            return Err(BackupError::Corrupt { archive: archive.to_owned(), what: "its manifest says nothing of PostgreSQL".to_owned() });
        };
        let failed = || BackupError::store(format!("connecting to {database}"));
        let mut session = self.login.connect(database).await.map_err(failed())?;
        let made = adopt::make_room(&mut session, facts).await?;
        let restored = async {
            self.dump(unpacked, archive).restore(&self.login, database).await?;
            adopt::adopt(&mut session, facts, name).await?;
            compare(&mut session, unpacked, archive).await
        };
        let restored = restored.await;
        let stay = adopt::clear_room(&mut session, made).await;
        session.close().await.map_err(failed())?;
        let mut restored = restored?;
        restored.remarks.extend(stay.iter().map(|role| {
            format!("the role {role}, which the backup grants something to, was not on this server: it was made without a login")
        }));
        name.clone_into(&mut restored.target);
        Ok(restored)
    }

    /// Restores into a database that is made for it.
    async fn restore_new(&self, unpacked: &Unpacked, archive: &str, database: &str, name: &str) -> Result<Restored, BackupError> {
        self.login.create_database(database).await?;
        let restored = self.fill(unpacked, archive, database, name).await;
        if restored.is_err()
            && let Err(left) = self.login.discard(database).await
        {
            tracing::warn!(error = &left as &dyn std::error::Error, database, "what a failed restore made is still there");
        }
        restored
    }
}

/// Whether a restored database has the tables, rows and migration that its manifest tells of.
async fn compare(session: &mut PgConnection, unpacked: &Unpacked, archive: &str) -> Result<Restored, BackupError> {
    let differs = |what: String| Err(BackupError::Differs { archive: archive.to_owned(), what });
    let found = survey::survey(session).await?;
    let expected = &unpacked.manifest.collections;
    for CollectionEntry { name, documents, .. } in expected {
        match found.tables.iter().find(|table| table.name == *name) {
            None => return differs(format!("{name} is missing")),
            Some(table) if table.documents != *documents => {
                return differs(format!("{name} has {} rows instead of {documents}", table.documents));
            }
            Some(_) => {}
        }
    }
    if found.tables.len() != expected.len() {
        return differs(format!("there are {} tables instead of {}", found.tables.len(), expected.len()));
    }
    let migration = unpacked.manifest.postgresql.as_ref().and_then(|facts| facts.migration.clone());
    if found.migration != migration {
        return differs(format!("its newest migration is {:?} instead of {migration:?}", found.migration));
    }
    let rows = expected.iter().map(|table| table.documents).sum();
    Ok(Restored { collections: expected.len(), documents: rows, ..Restored::default() })
}

#[async_trait::async_trait]
impl BackupEngine for PgBackups {
    async fn back_up(&self, what: &BackUp, now: Timestamp) -> Result<Taken, BackupError> {
        if what.selection != Selection::All {
            return Err(BackupError::Refused("PostgreSQL is backed up as a whole".to_owned()));
        }
        let folder = self.folder()?;
        let staging = blocking({
            let folder = folder.clone();
            move || folder.stage(now)
        })
        .await?;
        let manifest = dump::take(&self.login, &self.tools, &*self.sealer, staging.path(), now).await?;
        let (collections, documents) = (manifest.collections.len(), manifest.collections.iter().map(|table| table.documents).sum());
        let archive = blocking(move || folder.publish(staging, manifest, None, Layout::Archive)).await?;
        Ok(Taken { path: archive.path, kind: Kind::Full, bytes: archive.bytes, collections, documents, remarks: Vec::new() })
    }

    async fn restore(&self, what: &Restore, now: Timestamp) -> Result<Restored, BackupError> {
        if what.collection.is_some() || what.until.is_some() {
            return Err(BackupError::Refused("a backup of PostgreSQL is restored as a whole, as it was when it was taken".to_owned()));
        }
        let archive = what.archive.display().to_string();
        let target = what.database.as_deref().unwrap_or(self.database());
        let unpacked = self.unpack(&what.archive, now).await?;
        if !self.login.has_database(target).await? {
            let restored = self.restore_new(&unpacked, &archive, target, target).await?;
            self.login.open_to_all(target).await?;
            return Ok(restored);
        }
        if self.login.is_empty(target).await? {
            let filled = self.fill(&unpacked, &archive, target, target).await;
            return filled.map_err(|error| match error {
                BackupError::Differs { what, .. } => {
                    let text = format!(
                        "what was restored from {archive} differs from what was backed up: {what}. {target} was empty and holds it now"
                    );
                    BackupError::Refused(text)
                }
                other => other,
            });
        }
        match (what.drop, what.confirmed) {
            (false, _) => return Err(BackupError::NotEmpty { target: target.to_owned() }),
            (true, false) => return Err(BackupError::NotConfirmed { target: target.to_owned() }),
            (true, true) => {}
        }
        if target.len() > LONGEST_EXCHANGED {
            let text = format!(
                "the name {target} is too long to keep what was there under a longer one: rename or drop it yourself, then restore"
            );
            return Err(BackupError::Refused(text));
        }
        let beside = format!("{target}_restoring");
        self.login.discard(&beside).await?;
        let mut restored = self.restore_new(&unpacked, &archive, &beside, target).await?;
        let aside = match self.login.exchange(&beside, target, now).await {
            Ok(aside) => aside,
            Err(error) => {
                self.login.discard(&beside).await?;
                return Err(error);
            }
        };
        self.login.open_to_all(target).await?;
        restored.remarks.push(format!("what was there is in the database {aside}: drop it when it is no longer needed"));
        Ok(restored)
    }

    async fn verify(&self, archive: &Path, now: Timestamp) -> Result<Restored, BackupError> {
        let unpacked = self.unpack(archive, now).await?;
        let scratch = self.login.scratch_name().await?;
        // One that died may have left it.
        self.login.discard(&scratch).await?;
        let restored = self.restore_new(&unpacked, &archive.display().to_string(), &scratch, &scratch).await?;
        self.login.discard(&scratch).await?;
        self.record(archive, move |proofs| proofs.restore_tested_at = Some(now)).await?;
        Ok(restored)
    }
}

/// Files are hashed, packed and unpacked on a thread that may block.
pub(super) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, BackupError> + Send + 'static) -> Result<T, BackupError> {
    tokio::task::spawn_blocking(work).await.map_err(BackupError::store("working on files"))?
}
