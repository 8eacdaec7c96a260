//! The port [`BackupKeeper`]: one task at a time, over all processes, going on behind the answer.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use atelier_backup::{Archive, BackUp, BackupEngine, BackupError, Layout, Restore, Restored, Selection, Taken};
use atelier_domain::dataservice::backups::{Backup, BackupId, BackupKeeper, BackupOverview, BackupTask, TaskKind};
use atelier_domain::dataservice::{DataError, Rejected};
use atelier_domain::kernel::{Clock, Timestamp, error_chain};
use chrono::TimeDelta;
use sqlx::{Connection, PgConnection};

use super::engine::{Checked, PgBackups, blocking};
use super::{books, overview};
use crate::error::data_error;

const HEARTBEAT: Duration = Duration::from_secs(5);

/// Tasks on backups.
#[derive(Clone)]
pub struct PgBackupTasks {
    engine: PgBackups,
    clock: Arc<dyn Clock>,
    keep_days: u32,
}

/// The right to work on backups, for one task.
struct Turn {
    /// Gives the right back when it closes, however that comes about.
    keeper: PgConnection,
    task: BackupTask,
    seq: i64,
}

/// What came of a task.
enum Done {
    Taken(Taken),
    Checked(Checked),
    Restored(Restored),
}

impl PgBackupTasks {
    /// On these backups, kept for `keep_days`.
    pub fn new(engine: PgBackups, clock: Arc<dyn Clock>, keep_days: u32) -> Self {
        Self { engine, clock, keep_days }
    }

    /// What does the work.
    pub fn engine(&self) -> &PgBackups {
        &self.engine
    }

    /// Takes a backup, then removes old ones.
    ///
    /// # Errors
    /// [`BackupError`]; also when another task is under way.
    pub async fn back_up(&self) -> Result<Taken, BackupError> {
        let turn = self.turn(TaskKind::Backup, None, None).await.map_err(refused)?;
        match self.carry_out(turn).await? {
            Done::Taken(taken) => Ok(taken),
            _ => Err(BackupError::Refused("a backup was something else".to_owned())),
        }
    }

    /// Reads a backup to its end.
    ///
    /// # Errors
    /// As [`back_up`](Self::back_up).
    pub async fn verify(&self, id: &BackupId) -> Result<Checked, BackupError> {
        let turn = self.turn(TaskKind::Verify, Some(id), None).await.map_err(refused)?;
        match self.carry_out(turn).await? {
            Done::Checked(checked) => Ok(checked),
            _ => Err(BackupError::Refused("a verification was something else".to_owned())),
        }
    }

    /// Restores a backup into a database that is compared and removed.
    ///
    /// # Errors
    /// As [`back_up`](Self::back_up).
    pub async fn restore_test(&self, id: &BackupId) -> Result<Restored, BackupError> {
        let turn = self.turn(TaskKind::RestoreTest, Some(id), None).await.map_err(refused)?;
        match self.carry_out(turn).await? {
            Done::Restored(restored) => Ok(restored),
            _ => Err(BackupError::Refused("a restore was something else".to_owned())),
        }
    }

    /// When the last backup that is there was restored for a proof.
    ///
    /// # Errors
    /// [`BackupError::File`].
    pub async fn last_restore_test(&self) -> Result<Option<Timestamp>, BackupError> {
        let (archives, folder) = (self.engine.list().await?, self.engine.folder()?);
        blocking(move || Ok(archives.iter().filter_map(|archive| folder.proofs(&archive.name).restore_tested_at).max())).await
    }

    /// Brings the gauges up to date, from what is in the directory: any process that sees it tells the same.
    pub async fn show(&self) {
        let shown = async {
            if let Some(newest) = self.engine.newest().await? {
                set("backup_last_success_timestamp", newest.time());
                if let Some(tested) = self.last_restore_test().await? {
                    set("backup_last_restore_test_timestamp", tested);
                }
            }
            Ok::<(), BackupError>(())
        };
        if let Err(error) = shown.await {
            tracing::warn!(problem = error_chain(&error), "the backups of PostgreSQL cannot be measured");
        }
    }

    async fn connection(&self) -> Result<PgConnection, DataError> {
        self.engine.login().connect(self.engine.database()).await.map_err(data_error)
    }

    fn path(&self, id: &BackupId) -> PathBuf {
        PathBuf::from(format!("{}.tar.gz", id.stamp()))
    }

    /// The backups of this database, and those nobody can read any more.
    async fn archives(&self) -> Result<Vec<Archive>, BackupError> {
        let mut archives = self.engine.list().await?;
        archives.retain(|archive| archive.manifest.as_ref().is_none_or(|manifest| manifest.database == self.engine.database()));
        Ok(archives)
    }

    async fn find(&self, id: &BackupId) -> Result<(), DataError> {
        if self.archives().await.map_err(internal)?.iter().any(|archive| overview::id_of(archive) == *id) {
            return Ok(());
        }
        Err(DataError::NotFound(Rejected::new("BACKUP_NOT_FOUND", "there is no backup of that id")))
    }

    /// Takes the turn for a task; without an id it is one of a new backup.
    async fn turn(&self, kind: TaskKind, id: Option<&BackupId>, target: Option<&str>) -> Result<Turn, DataError> {
        if let Some(id) = id {
            self.find(id).await?;
        }
        let mut keeper = self.connection().await?;
        books::take_turn(&mut keeper).await?;
        let mut now = self.clock.now();
        let id = match id {
            Some(id) => id.clone(),
            None => {
                // An id is a second, and the last backup, whole or broken off, may have taken less.
                let archives = self.engine.list().await.map_err(internal)?;
                while archives.iter().any(|archive| overview::id_of(archive) == BackupId::at(now))
                    || books::knows(&mut keeper, &BackupId::at(now)).await.map_err(data_error)?
                {
                    now += TimeDelta::seconds(1);
                }
                BackupId::at(now)
            }
        };
        let task = books::new_task(id, kind, target.map(str::to_owned), now);
        let mut writer = self.connection().await?;
        let seq = books::begin(&mut writer, &task).await.map_err(data_error)?;
        writer.close().await.map_err(data_error)?;
        Ok(Turn { keeper, task, seq })
    }

    /// Does the work, telling that it goes on, and writes down how it ended.
    async fn carry_out(&self, turn: Turn) -> Result<Done, BackupError> {
        let Turn { keeper, task, seq } = turn;
        let done = {
            let work = self.work(&task);
            tokio::pin!(work);
            let mut beats = tokio::time::interval(HEARTBEAT);
            loop {
                tokio::select! {
                    done = &mut work => break done,
                    _ = beats.tick() => self.beat(seq).await,
                }
            }
        };
        let now = self.clock.now();
        let error = done.as_ref().err().map(|error| error_chain(error));
        if let Some(problem) = &error {
            tracing::error!(task = task.kind.as_str(), backup = %task.backup, problem, "a task on the backups of PostgreSQL failed");
        }
        let ended = async {
            // The turn first: whoever reads that the task has ended may begin the next one.
            keeper.close().await.map_err(data_error)?;
            let mut writer = self.connection().await?;
            let forget = now - TimeDelta::days(i64::from(self.keep_days));
            books::end(&mut writer, seq, error.as_deref(), now, forget).await.map_err(data_error)?;
            writer.close().await.map_err(data_error)
        };
        if let Err(error) = ended.await {
            tracing::warn!(problem = error_chain(&error), "the end of a task on backups cannot be written");
        }
        self.show().await;
        done
    }

    async fn beat(&self, seq: i64) {
        let beat = async {
            let mut writer = self.connection().await?;
            books::beat(&mut writer, seq).await.map_err(data_error)?;
            writer.close().await.map_err(data_error)
        };
        if let Err(error) = beat.await {
            tracing::warn!(problem = error_chain(&error), "a task on backups cannot tell that it goes on");
        }
    }

    async fn work(&self, task: &BackupTask) -> Result<Done, BackupError> {
        let (archive, now) = (self.path(&task.backup), task.started_at);
        match task.kind {
            TaskKind::Backup => {
                let what = BackUp { selection: Selection::All, layout: Layout::Archive };
                let taken = self.engine.back_up(&what, now).await?;
                for removed in self.engine.prune(now, self.keep_days).await? {
                    tracing::info!(path = %removed.display(), "old backup removed");
                }
                tracing::info!(path = %taken.path.display(), bytes = taken.bytes, rows = taken.documents, "backup of PostgreSQL taken");
                Ok(Done::Taken(taken))
            }
            TaskKind::Verify => self.engine.check(&archive, now).await.map(Done::Checked),
            TaskKind::RestoreTest => self.engine.verify(&archive, now).await.map(Done::Restored),
            TaskKind::Restore => {
                let what = Restore { archive, database: task.target_database.clone(), ..Restore::default() };
                self.engine.restore(&what, now).await.map(Done::Restored)
            }
        }
    }

    /// Lets a task go on behind the answer; the turn ends with it.
    fn go_on(&self, turn: Turn) -> BackupTask {
        let (tasks, task) = (self.clone(), turn.task.clone());
        tokio::spawn(async move {
            // It was logged and written down.
            let _told = tasks.carry_out(turn).await.is_ok();
        });
        task
    }
}

#[expect(clippy::cast_precision_loss, reason = "a gauge")]
fn set(gauge: &'static str, time: Timestamp) {
    metrics::gauge!(gauge).set(time.timestamp() as f64);
}

fn internal(error: BackupError) -> DataError {
    DataError::Internal(error.into())
}

fn refused(error: DataError) -> BackupError {
    match error {
        DataError::Conflict(_) => BackupError::InProgress,
        DataError::NotFound(_) => BackupError::Refused(error.to_string()),
        other => BackupError::store("taking the turn for backups")(other),
    }
}

#[async_trait]
impl BackupKeeper for PgBackupTasks {
    fn database(&self) -> &str {
        self.engine.database()
    }

    async fn overview(&self) -> Result<BackupOverview, DataError> {
        let mut reader = self.connection().await?;
        let tasks = books::tasks(&mut reader).await.map_err(data_error)?;
        reader.close().await.map_err(data_error)?;
        let archives = self.archives().await.map_err(internal)?;
        let folder = if archives.is_empty() { None } else { Some(self.engine.folder().map_err(internal)?) };
        blocking(move || Ok(overview::overview(&archives, folder.as_ref(), tasks))).await.map_err(internal)
    }

    async fn start_backup(&self) -> Result<Backup, DataError> {
        let turn = self.turn(TaskKind::Backup, None, None).await?;
        Ok(overview::of_task(&self.go_on(turn)))
    }

    async fn start_verify(&self, id: &BackupId) -> Result<BackupTask, DataError> {
        let turn = self.turn(TaskKind::Verify, Some(id), None).await?;
        Ok(self.go_on(turn))
    }

    async fn start_restore(&self, id: &BackupId, target_database: &str) -> Result<BackupTask, DataError> {
        self.find(id).await?;
        if self.engine.login().has_database(target_database).await.map_err(internal)? {
            let message = "target_database: there is a database of that name: drop it first, or name another one";
            return Err(DataError::Conflict(Rejected::new("PRECONDITION_FAILED", message).with("target_database", target_database)));
        }
        let turn = self.turn(TaskKind::Restore, Some(id), Some(target_database)).await?;
        Ok(self.go_on(turn))
    }
}
