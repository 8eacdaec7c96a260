//! Backups of the Core Database Service's PostgreSQL.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use atelier_adapter_credentials::SystemClock;
use atelier_adapter_postgres::PgBackupTasks;
use atelier_backup::{Archive, BackupEngine, Restore, Restored};
use atelier_domain::dataservice::backups::BackupId;
use atelier_domain::kernel::{Clock, Timestamp};

use super::print;
use crate::backups::postgres_backups;
use crate::config::Config;
use crate::product::{StartError, failed, installation_secrets};

/// Which backup: a file, its name in the directory of the backups, its id, or the newest.
#[derive(Debug, Clone, clap::Args)]
pub struct Which {
    /// The backup: a file, its name in BACKUP_DIR/postgresql, or its id (bak_20260131_020000)
    #[arg(required_unless_present = "latest", conflicts_with = "latest")]
    archive: Option<PathBuf>,
    /// The newest backup in BACKUP_DIR/postgresql
    #[arg(long)]
    latest: bool,
}

/// What can be done with backups of PostgreSQL.
#[derive(Debug, Clone, clap::Subcommand)]
pub enum BackupsCommand {
    /// Take a backup into BACKUP_DIR/postgresql, then remove those older than BACKUP_KEEP_DAYS
    ///
    /// pg_dump of the server's version or newer writes one snapshot of all owners' rows, sealed with DB_ENCRYPTION_KEY on its way to the
    /// disk; the manifest beside it holds the rows of each table and the SHA-256. The service may go on. Leases are not in a backup, nor are
    /// Redis, Cosmos DB, accounts and the key itself: keep DB_ENCRYPTION_KEY elsewhere, a backup is worth nothing without it.
    Take,
    /// List the backups, the newest first: id, size in bytes, rows, migration, when it was verified and when restored for a test
    List,
    /// Prove that a backup is good: checksums, every sealed piece to the last, and whether pg_restore can read all of it
    Verify {
        /// Which
        #[command(flatten)]
        which: Which,
        /// Restore it into a scratch database of the same server as well, compare the rows of each table and the migration, and drop it; the
        /// login needs CREATEDB
        #[arg(long)]
        restore_test: bool,
    },
    /// Restore a backup into another database, or into the live one while the service is stopped
    ///
    /// With --database NAME the backup goes into a database of that name beside the live one; it is made when it is missing (the login needs
    /// CREATEDB) and must be empty when it is there. Look at it, then drop it.
    ///
    /// Without --database it goes into the database of DATABASE_URL: stop the service first, then say --yes. A missing database is made, an
    /// empty one is filled. One with tables is replaced with --drop --yes: the backup is restored beside it and compared, then the two are
    /// exchanged, and what was there stays under the name NAME_before_TIME until you drop it.
    ///
    /// Group roles are made where the server has none, with the mark of the database's name; leases are over. Then start the service: it goes
    /// on with the changes of other stores that were decided and not applied when the backup was taken. A program that is newer than the
    /// backup has migrations to run (POST /api/v1/migrations/run).
    Restore {
        /// Which
        #[command(flatten)]
        which: Which,
        /// Into this database instead of the live one
        #[arg(long)]
        database: Option<String>,
        /// Replace what is there
        #[arg(long)]
        drop: bool,
        /// Confirm that the live database is meant, and --drop
        #[arg(long)]
        yes: bool,
    },
}

pub(super) async fn run(config: &Config, command: BackupsCommand) -> Result<(), StartError> {
    config.validate()?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let tasks = postgres_backups(config, &installation_secrets(config)?, &clock)?;
    let tasks = tasks.ok_or_else(|| failed("the backups of PostgreSQL")("DATABASE_URL is not set"))?;
    match command {
        BackupsCommand::Take => take(&tasks).await,
        BackupsCommand::List => list(&tasks).await,
        BackupsCommand::Verify { which, restore_test } => verify(&tasks, &which, restore_test, clock.now()).await,
        BackupsCommand::Restore { which, database, drop, yes } => {
            let archive = find(&tasks, &which).await?;
            restore(&tasks, Restore { archive, database, drop, confirmed: yes, ..Restore::default() }, clock.now()).await
        }
    }
}

async fn take(tasks: &PgBackupTasks) -> Result<(), StartError> {
    let taken = tasks.back_up().await.map_err(failed("the backup"))?;
    print(&format!("{}: {} tables, {} rows, {} bytes", taken.path.display(), taken.collections, taken.documents, taken.bytes));
    Ok(())
}

async fn list(tasks: &PgBackupTasks) -> Result<(), StartError> {
    let archives = tasks.engine().list().await.map_err(failed("the list of backups"))?;
    if archives.is_empty() {
        print("there are no backups");
        return Ok(());
    }
    let folder = tasks.engine().folder().map_err(failed("the list of backups"))?;
    for archive in archives.iter().rev() {
        print(&line(archive, folder.proofs(&archive.name)));
    }
    Ok(())
}

fn line(archive: &Archive, proofs: atelier_backup::Proofs) -> String {
    let id = BackupId::at(archive.named);
    let Some(manifest) = &archive.manifest else { return format!("{id}  damaged: its manifest cannot be read") };
    let rows: u64 = manifest.collections.iter().map(|table| table.documents).sum();
    let migration = manifest.postgresql.as_ref().and_then(|facts| facts.migration.as_deref()).unwrap_or("none");
    let when = |time: Option<Timestamp>| time.map_or_else(|| "never".to_owned(), |time| time.format("%Y-%m-%dT%H:%M:%SZ").to_string());
    format!(
        "{id}  {} bytes  {rows} rows  migration {migration}  verified {}  restore tested {}",
        archive.bytes,
        when(proofs.verified_at),
        when(proofs.restore_tested_at)
    )
}

/// The file that is meant.
async fn find(tasks: &PgBackupTasks, which: &Which) -> Result<PathBuf, StartError> {
    let Some(archive) = &which.archive else {
        let newest = tasks.engine().newest().await.map_err(failed("the list of backups"))?;
        return Ok(newest.ok_or_else(|| failed("the list of backups")("there is no backup of this database"))?.path);
    };
    Ok(match archive.to_str().and_then(|text| text.parse::<BackupId>().ok()) {
        Some(id) => PathBuf::from(format!("{}.tar.gz", id.stamp())),
        None => archive.clone(),
    })
}

async fn verify(tasks: &PgBackupTasks, which: &Which, restore_test: bool, now: Timestamp) -> Result<(), StartError> {
    let archive = find(tasks, which).await?;
    let engine = tasks.engine();
    let checked = engine.check(&archive, now).await.map_err(failed("the verification"))?;
    print(&format!("{} is good: {} entries, {} rows", archive.display(), checked.entries, checked.rows));
    if restore_test {
        let id = archive
            .file_name()
            .and_then(|name| name.to_str()?.strip_suffix(".tar.gz"))
            .and_then(|stamp| format!("bak_{stamp}").parse().ok());
        let here = id.filter(|_id: &BackupId| is_in(&archive, tasks));
        let restored = match here {
            Some(id) => tasks.restore_test(&id).await,
            None => engine.verify(&archive, now).await,
        };
        let restored = restored.map_err(failed("the restore test"))?;
        print(&format!("restored into a scratch database and compared: {} tables, {} rows", restored.collections, restored.documents));
    }
    Ok(())
}

/// Whether a backup lies in the directory of the backups.
fn is_in(archive: &Path, tasks: &PgBackupTasks) -> bool {
    let Ok(folder) = tasks.engine().folder() else { return false };
    archive.file_name().is_some_and(|name| folder.path().join(name).exists())
        && (archive.parent() == Some(Path::new("")) || archive.starts_with(folder.path()))
}

async fn restore(tasks: &PgBackupTasks, what: Restore, now: Timestamp) -> Result<(), StartError> {
    let live = tasks.engine().database();
    if what.database.as_deref().is_none_or(|name| name == live) && !what.confirmed {
        let text = format!("{live} is the live database: stop the service, then say --yes; or name another one with --database");
        return Err(failed("the restore")(text));
    }
    let restored = tasks.engine().restore(&what, now).await.map_err(failed("the restore"))?;
    let Restored { target, collections, documents, remarks, .. } = restored;
    print(&format!("restored into {target} and compared: {collections} tables, {documents} rows"));
    remarks.iter().for_each(|remark| print(&format!("note: {remark}")));
    Ok(())
}
