//! The port [`Migrator`] over PostgreSQL.

use std::time::{Duration, Instant};

use async_trait::async_trait;
use atelier_domain::dataservice::migrations::{DryRunOutcome, DryRunStep, MigrationRun, MigrationStatus, Migrator, Resolution};
use atelier_domain::dataservice::{DataError, Rejected, RunState};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection};

use super::file::MigrationFile;
use super::{apply, history};
use crate::error::data_error;
use crate::pool::PgStore;

/// Held by the one run there may be, for as long as its transaction is open.
const WAIT_FOR_THE_RUN: &str = "BEGIN; SET LOCAL idle_in_transaction_session_timeout = 0;
    LOCK TABLE dataservice.migration_lock IN ACCESS EXCLUSIVE MODE";
const TRY_THE_RUN: &str = "BEGIN; SET LOCAL idle_in_transaction_session_timeout = 0;
    LOCK TABLE dataservice.migration_lock IN ACCESS EXCLUSIVE MODE NOWAIT";
const HEARTBEAT: Duration = Duration::from_secs(5);

/// Applies these files to the store's database.
#[derive(Clone)]
pub struct PgMigrator {
    store: PgStore,
    files: &'static [MigrationFile],
}

impl PgMigrator {
    /// Of these files, in the order of their versions.
    pub fn new(store: PgStore, files: &'static [MigrationFile]) -> Self {
        Self { store, files }
    }

    /// Brings an empty database to the newest version; a database with anything applied is left as it is. Answers what is pending still.
    ///
    /// # Errors
    /// When the database does not answer, or a migration fails.
    pub async fn migrate_empty(&self, id: &str) -> Result<MigrationStatus, DataError> {
        // Processes that start together wait here for the first.
        let held = self.hold(WAIT_FOR_THE_RUN).await?;
        let mut connection = self.connection().await?;
        let status = self.read(&mut connection).await?;
        let is_empty = status.current_version.is_none() && status.dirty.is_empty();
        let status = if is_empty {
            let files = history::plan(&status, self.files, None)?;
            let ended = self.go(&mut connection, new_run(id, &files), &files).await;
            self.end(held, &ended).await;
            if let Some(error) = ended.error {
                return Err(DataError::Internal(error.into()));
            }
            tracing::info!(migrations = ended.total_steps, "the data service's database was empty: its schema is made");
            self.read(&mut connection).await?
        } else {
            held.close().await.map_err(data_error)?;
            status
        };
        connection.close().await.map_err(data_error)?;
        Ok(status)
    }

    /// Tells the metrics which version the schema has: the gauge `migration_current_info` of that version is 1, of others 0.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn measure(&self) -> Result<(), DataError> {
        let newest = "SELECT version FROM dataservice.migrations WHERE state = 'applied' ORDER BY version DESC LIMIT 1";
        let current: Option<String> = sqlx::query_scalar(newest).fetch_optional(self.store.pool()).await.map_err(data_error)?;
        for file in self.files.iter().filter(|file| Some(file.version) != current.as_deref()) {
            metrics::gauge!("migration_current_info", "version" => file.version).set(0);
        }
        if let Some(current) = current {
            metrics::gauge!("migration_current_info", "version" => current).set(1);
        }
        Ok(())
    }

    /// A connection that holds the right to run. It is given back when the connection ends, however that comes about.
    async fn hold(&self, lock: &'static str) -> Result<PgConnection, DataError> {
        let mut keeper = self.connection().await?;
        history::open(&mut keeper).await.map_err(data_error)?;
        match sqlx::raw_sql(lock).execute(&mut keeper).await {
            Ok(_) => Ok(keeper),
            Err(sqlx::Error::Database(reported)) if reported.code().is_some_and(|code| code == "55P03") => {
                let message = "a run goes on: GET /api/v1/migrations/status shows it";
                Err(DataError::Conflict(Rejected::new("MIGRATION_IN_PROGRESS", message)))
            }
            Err(error) => Err(data_error(error)),
        }
    }

    /// A connection beside the pool: what it holds must not be lost among others' connections.
    async fn connection(&self) -> Result<PgConnection, DataError> {
        self.store.options().connect().await.map_err(data_error)
    }

    async fn read(&self, connection: &mut PgConnection) -> Result<MigrationStatus, DataError> {
        history::open(connection).await.map_err(data_error)?;
        history::status(connection, self.files).await.map_err(data_error)
    }

    /// Applies the files, telling how it stands, to the end or the first failure.
    async fn go(&self, connection: &mut PgConnection, mut run: MigrationRun, files: &[MigrationFile]) -> MigrationRun {
        for (at, file) in files.iter().enumerate() {
            run.current_step = u32::try_from(at).unwrap_or(u32::MAX).saturating_add(1);
            run.remaining = remaining(&files[at..]);
            let applied = {
                let work = apply::apply(connection, file, &run.id);
                tokio::pin!(work);
                loop {
                    if let Err(error) = history::keep(self.store.pool(), &run).await {
                        tracing::warn!(error = %error, "the state of a migration run cannot be written");
                    }
                    tokio::select! {
                        applied = &mut work => break applied,
                        () = tokio::time::sleep(HEARTBEAT) => {}
                    }
                }
            };
            if let Err(error) = applied {
                tracing::error!(version = file.version, error = %error, "a migration failed");
                run.error = Some(format!("{}: {error}", file.version));
                run.state = RunState::Failed;
                break;
            }
            tracing::info!(version = file.version, "migration applied");
        }
        if run.state == RunState::Running {
            run.state = RunState::Completed;
        }
        run.remaining = None;
        run
    }

    /// Gives the right to run back, then tells that the run has ended: whoever reads that may begin the next one.
    async fn end(&self, held: PgConnection, run: &MigrationRun) {
        let given_back = held.close().await;
        if let Err(error) = given_back.and(history::keep(self.store.pool(), run).await) {
            tracing::warn!(error = %error, "the end of a migration run cannot be written");
        }
    }
}

fn new_run(id: &str, files: &[MigrationFile]) -> MigrationRun {
    MigrationRun {
        id: id.to_owned(),
        state: RunState::Running,
        current_step: u32::from(!files.is_empty()),
        total_steps: u32::try_from(files.len()).unwrap_or(u32::MAX),
        remaining: remaining(files),
        started_at: atelier_domain::kernel::Timestamp::UNIX_EPOCH,
        finished_at: None,
        error: None,
    }
}

/// The sum of what the authors said, when all of them did.
fn remaining(files: &[MigrationFile]) -> Option<Duration> {
    files.iter().map(MigrationFile::estimated).sum()
}

#[async_trait]
impl Migrator for PgMigrator {
    async fn status(&self) -> Result<MigrationStatus, DataError> {
        let mut connection = self.store.acquire().await?;
        self.read(&mut connection).await
    }

    async fn dry_run(&self, target: Option<&str>) -> Result<Vec<DryRunStep>, DataError> {
        let mut connection = self.connection().await?;
        let status = self.read(&mut connection).await?;
        let files = history::plan(&status, self.files, target)?;
        let mut steps = Vec::with_capacity(files.len());
        let mut transaction = connection.begin().await.map_err(data_error)?;
        sqlx::raw_sql("SET LOCAL lock_timeout = '2s'").execute(&mut *transaction).await.map_err(data_error)?;
        for file in files {
            let outcome = if file.is_transactional() {
                let began = Instant::now();
                match sqlx::raw_sql(AssertSqlSafe(file.text.to_owned())).execute(&mut *transaction).await {
                    Ok(_) => DryRunOutcome::Executed { duration_ms: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX) },
                    Err(sqlx::Error::Database(reported)) => DryRunOutcome::Failed { error: reported.to_string() },
                    Err(other) => return Err(data_error(other)),
                }
            } else {
                DryRunOutcome::NotVerifiable
            };
            let ends = matches!(outcome, DryRunOutcome::Failed { .. });
            steps.push(DryRunStep { version: file.version.to_owned(), statements: file.text.to_owned(), outcome });
            if ends {
                break;
            }
        }
        transaction.rollback().await.map_err(data_error)?;
        connection.close().await.map_err(data_error)?;
        Ok(steps)
    }

    async fn start(&self, id: &str, target: Option<&str>) -> Result<MigrationRun, DataError> {
        let held = self.hold(TRY_THE_RUN).await?;
        let mut connection = self.connection().await?;
        history::bury_silent(&mut connection).await?;
        let status = self.read(&mut connection).await?;
        let files = history::plan(&status, self.files, target)?;
        history::keep(&mut connection, &new_run(id, &files)).await.map_err(data_error)?;
        let Some(run) = history::run(&mut connection, id).await.map_err(data_error)? else {
            return Err(DataError::Internal("the run that was just written is not there".into()));
        };
        let (migrator, going) = (self.clone(), run.clone());
        // The right to run ends with the task.
        tokio::spawn(async move {
            let ended = migrator.go(&mut connection, going, &files).await;
            migrator.end(held, &ended).await;
        });
        Ok(run)
    }

    async fn find_run(&self, id: &str) -> Result<Option<MigrationRun>, DataError> {
        let mut connection = self.store.acquire().await?;
        history::open(&mut connection).await.map_err(data_error)?;
        history::run(&mut connection, id).await.map_err(data_error)
    }

    async fn resolve(&self, version: &str, resolution: Resolution) -> Result<(), DataError> {
        let mut connection = self.store.acquire().await?;
        history::open(&mut connection).await.map_err(data_error)?;
        let statement = match resolution {
            Resolution::Applied => {
                "UPDATE dataservice.migrations SET state = 'applied', applied_at = now(), duration_ms = 0 WHERE version = $1 AND state = 'started'"
            }
            Resolution::RolledBack => "DELETE FROM dataservice.migrations WHERE version = $1 AND state = 'started'",
        };
        let resolved = sqlx::query(statement).bind(version).execute(&mut *connection).await.map_err(data_error)?;
        if resolved.rows_affected() == 0 {
            return Err(DataError::NotFound(Rejected::new("MIGRATION_NOT_FOUND", "no migration of that version waits to be resolved")));
        }
        Ok(())
    }
}
