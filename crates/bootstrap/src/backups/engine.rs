//! The store's side of backups, opened when it is needed: a backup a day does not hold connections all day.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use atelier_adapter_credentials::SystemClock;
use atelier_adapter_mongo::{MongoBackups, MongoOptions};
use atelier_adapter_s3::S3ObjectStore;
use atelier_adapter_sqlite::EmbeddedBackups;
use atelier_backup::{Archive, BackupEngine, BackupError, BackupFolder, EngineKind, Kind, Layout, ObjectLister, Restored, Verification};
use atelier_domain::kernel::Timestamp;

use super::gauges;
use super::inventory::BucketLister;
use crate::config::{BackupLayout, Config};
use crate::engines::s3_settings;

/// Making indexes and moving collections takes its time.
const SLOW: Duration = Duration::from_secs(60);

/// Backups as the settings want them.
#[derive(Clone)]
pub(crate) struct Backups {
    config: Config,
}

/// An open store.
pub(crate) enum Engine {
    Mongo(Box<MongoBackups>),
    Embedded(EmbeddedBackups),
}

impl Engine {
    pub(crate) fn as_dyn(&self) -> &dyn BackupEngine {
        match self {
            Self::Mongo(engine) => &**engine,
            Self::Embedded(engine) => engine,
        }
    }

    pub(crate) async fn close(self) {
        if let Self::Mongo(engine) = self {
            engine.close().await;
        }
    }
}

impl Backups {
    pub(crate) fn of(config: &Config) -> Self {
        Self { config: config.clone() }
    }

    /// Those of the schedule: only with a directory that somebody named.
    pub(crate) fn scheduled(config: &Config) -> Option<Self> {
        config.retention.backup_dir.is_some().then(|| Self::of(config))
    }

    /// Whether the store can tell what changed.
    pub(crate) fn knows_changes(&self) -> bool {
        !self.config.is_embedded()
    }

    pub(crate) fn layout(&self) -> Layout {
        match self.config.retention.backup_layout {
            BackupLayout::Archive => Layout::Archive,
            BackupLayout::DailyFolder => Layout::DailyFolder,
        }
    }

    pub(crate) fn folder(&self) -> Result<BackupFolder, BackupError> {
        BackupFolder::open(self.config.backup_dir())
    }

    pub(crate) async fn open(&self) -> Result<Engine, BackupError> {
        let (config, folder) = (&self.config, self.folder()?);
        let objects = self.objects().await?;
        let Some((uri, database)) = config.store.mongodb(config.process.app_env) else {
            return Ok(Engine::Embedded(EmbeddedBackups::new(&config.process.data_dir, folder, objects)));
        };
        if objects.is_none() {
            tracing::warn!("files are kept in DATA_DIR beside MongoDB: they are not in its backups");
        }
        let options = MongoOptions { app_name: "atelier-backup".to_owned(), slow_command: SLOW, ..MongoOptions::default() };
        let opened = MongoBackups::connect(uri, Some(database), options, folder, objects).await;
        Ok(Engine::Mongo(Box::new(opened.map_err(BackupError::store("connecting to it"))?)))
    }

    async fn objects(&self) -> Result<Option<Arc<dyn ObjectLister>>, BackupError> {
        let Some(settings) = s3_settings(&self.config) else { return Ok(None) };
        let store =
            S3ObjectStore::connect(settings, Arc::new(SystemClock)).await.map_err(BackupError::store("connecting to the bucket"))?;
        Ok(Some(Arc::new(BucketLister(store))))
    }

    fn identity(&self) -> (EngineKind, &str) {
        match self.config.store.mongodb(self.config.process.app_env) {
            Some((_, database)) => (EngineKind::Mongodb, database),
            None => (EngineKind::Embedded, EmbeddedBackups::DATABASE),
        }
    }

    /// The newest backup that can be restored as a whole, with the changes before it.
    pub(crate) fn newest(&self) -> Result<Option<Archive>, BackupError> {
        self.newest_of(&[Kind::Full, Kind::Incremental])
    }

    pub(super) fn newest_of(&self, kinds: &[Kind]) -> Result<Option<Archive>, BackupError> {
        let (engine, database) = self.identity();
        self.folder()?.newest(engine, database, kinds)
    }

    /// Verifies a backup, and records that it is good.
    pub(crate) async fn prove(&self, engine: &Engine, archive: &Path, now: Timestamp) -> Result<Restored, BackupError> {
        let proof = engine.as_dyn().verify(archive, now).await?;
        let name = archive.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        self.folder()?.record_verified(&Verification { archive: name, verified_at: now, documents: proof.documents })?;
        self.show();
        Ok(proof)
    }

    pub(super) fn prune(&self, now: Timestamp) -> Result<(), BackupError> {
        for removed in self.folder()?.prune(now, self.config.retention.backup_keep_days)? {
            tracing::info!(path = %removed.display(), "old backup removed");
        }
        Ok(())
    }

    /// Brings the gauges up to date, from what is in the directory: any process that sees it tells the same.
    pub(crate) fn show(&self) {
        let shown = self.folder().and_then(|folder| {
            let (engine, database) = self.identity();
            gauges::show(&folder, engine, database)
        });
        if let Err(error) = shown {
            tracing::warn!(error = &error as &dyn std::error::Error, "the backups cannot be measured");
        }
    }
}
