//! The store: its file, its connections, and what operators want to know of it.

use std::ops::{Deref, DerefMut};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use atelier_domain::kernel::{Clock, StoreError};
use atelier_waking::Waking;
use log::LevelFilter;
use sqlx::pool::PoolConnection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, Sqlite, SqliteConnection, SqlitePool};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::error::{ConnectError, is_busy, store_error};
use crate::migrations::migrate;
use crate::telemetry::{self, Timed};
use crate::transaction::SqliteTransaction;
use crate::watcher::Watcher;

/// How long a statement waits for another process's write lock before it answers [`StoreError::Contention`].
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a caller waits for a connection of a pool before it is told [`StoreError::Unavailable`].
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);
/// A transaction that may write from its first statement on.
const BEGIN: &str = "BEGIN IMMEDIATE";
/// Statements slower than this are logged: their text with its placeholders, never the values.
const SLOW: Duration = Duration::from_millis(100);
/// Readers beside one per core, for those that wait for the disk.
const SPARE_READERS: u32 = 2;

/// The embedded store: one SQLite file, one writing connection, several reading ones.
///
/// Cheap to clone; clones share the connections.
#[derive(Clone)]
pub struct SqliteStore {
    shared: Arc<Shared>,
}

struct Shared {
    path: PathBuf,
    writer: SqlitePool,
    readers: SqlitePool,
    waking: Arc<Waking>,
    stop: CancellationToken,
    watching: TaskTracker,
    clock: Arc<dyn Clock>,
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// How many connections are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolStats {
    /// Whether a unit of work is under way.
    pub writer_busy: bool,
    /// Reading connections in use.
    pub readers_busy: u32,
    /// Reading connections open.
    pub readers_open: u32,
    /// Most reading connections.
    pub readers_max: u32,
}

/// A reading connection during one measured operation.
pub(crate) struct Reader {
    connection: PoolConnection<Sqlite>,
    _timed: Timed,
}

impl Deref for Reader {
    type Target = SqliteConnection;
    fn deref(&self) -> &SqliteConnection {
        &self.connection
    }
}

impl DerefMut for Reader {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        &mut self.connection
    }
}

impl SqliteStore {
    /// Opens the file, made with mode 0600 when there is none, and brings its schema to the newest version.
    ///
    /// Must be called on a tokio runtime: one task watches for other processes' commits while somebody waits for them.
    ///
    /// # Errors
    /// [`ConnectError`], whose text says what to do.
    pub async fn connect(path: impl AsRef<Path>, clock: Arc<dyn Clock>) -> Result<Self, ConnectError> {
        telemetry::describe();
        let path = path.as_ref().to_owned();
        create(&path).await.map_err(|source| ConnectError::Folder { path: path.clone(), source })?;
        let open_error = |source| ConnectError::Open { path: path.clone(), source };

        let writer = open_writer(&path).await.map_err(open_error)?;
        let mut connection = writer.acquire().await.map_err(open_error)?;
        migrate(&mut connection, &path).await?;
        drop(connection);

        let readers = reader_pool(&path);
        let (waking, stop, watching) = (Arc::new(Waking::default()), CancellationToken::new(), TaskTracker::new());
        let watcher = Watcher::new(reader_options(&path).connect().await.map_err(open_error)?).await.map_err(open_error)?;
        watching.spawn(watcher.run(Arc::clone(&waking), stop.clone()));
        watching.close();
        tracing::info!(path = %path.display(), "Connected to SQLite");
        Ok(Self { shared: Arc::new(Shared { path, writer, readers, waking, stop, watching, clock }) })
    }

    /// Waits for the units of work under way, then closes every connection; the write-ahead log goes into the file. Repeatable.
    /// Afterwards everything answers [`StoreError::Unavailable`].
    pub async fn close(&self) {
        let first = !self.shared.writer.is_closed();
        self.shared.stop.cancel();
        self.shared.watching.wait().await;
        self.shared.readers.close().await;
        self.shared.writer.close().await;
        if first {
            tracing::info!(path = %self.shared.path.display(), "SQLite connection closed");
        }
    }

    /// The database file.
    pub fn path(&self) -> &Path {
        &self.shared.path
    }

    /// How many connections are used.
    pub fn pool_stats(&self) -> PoolStats {
        let Shared { writer, readers, .. } = &*self.shared;
        let idle = |pool: &SqlitePool| u32::try_from(pool.num_idle()).unwrap_or(u32::MAX);
        PoolStats {
            writer_busy: idle(writer) < writer.size(),
            readers_busy: readers.size().saturating_sub(idle(readers)),
            readers_open: readers.size(),
            readers_max: readers.options().get_max_connections(),
        }
    }

    /// Begins an immediate transaction. Waits its turn: first in this process, then, for [`BUSY_TIMEOUT`], among processes.
    pub(crate) async fn begin_transaction(&self) -> Result<SqliteTransaction, StoreError> {
        let timed = Timed::operation("unit_of_work");
        let writer = &self.shared.writer;
        let begun = match writer.begin_with(BEGIN).await {
            // SQLite ends a transaction by itself when the disk is full (https://sqlite.org/lang_transaction.html, "Response To Errors Within A
            // Transaction"); the rollback that follows fails then, and the connection counts a transaction that is no more: it is of no use.
            Err(sqlx::Error::InvalidSavePointStatement) => {
                writer.acquire().await.map_err(store_error)?.close().await.map_err(store_error)?;
                writer.begin_with(BEGIN).await
            }
            begun => begun,
        };
        let transaction = begun.map_err(store_error)?;
        Ok(SqliteTransaction::new(transaction, Arc::clone(&self.shared.waking), timed))
    }

    /// A reading connection for one operation; it sees everything committed before.
    pub(crate) async fn read(&self, operation: &'static str) -> Result<Reader, StoreError> {
        let timed = Timed::operation(operation);
        let connection = self.shared.readers.acquire().await.map_err(store_error)?;
        Ok(Reader { connection, _timed: timed })
    }

    pub(crate) fn waking(&self) -> &Waking {
        &self.shared.waking
    }

    pub(crate) fn clock(&self) -> &dyn Clock {
        &*self.shared.clock
    }
}

/// The folder, and the file readable by its owner only; SQLite gives the files beside it the same mode.
async fn create(path: &Path) -> std::io::Result<()> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        tokio::fs::create_dir_all(folder).await?;
    }
    let mut options = tokio::fs::OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    options.mode(0o600);
    options.open(path).await.map(drop)
}

fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .busy_timeout(BUSY_TIMEOUT)
        .foreign_keys(true)
        .pragma("temp_store", "MEMORY")
        .pragma("trusted_schema", "OFF")
        .log_statements(LevelFilter::Trace)
        .log_slow_statements(LevelFilter::Warn, SLOW)
}

/// `synchronous = FULL`: a commit is on the disk when it is answered, so a power cut loses nothing either (`NORMAL` would be enough for a
/// killed process only). It costs one fsync per unit of work, and units of work are few: a try-on writes twice a second at most.
/// `secure_delete`: erased data are overwritten, not only unlinked.
fn writer_options(path: &Path) -> SqliteConnectOptions {
    options(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .pragma("secure_delete", "ON")
        .pragma("journal_size_limit", "67108864")
}

fn reader_options(path: &Path) -> SqliteConnectOptions {
    options(path).read_only(true)
}

async fn open_writer(path: &Path) -> Result<SqlitePool, sqlx::Error> {
    let pool = || {
        SqlitePoolOptions::new()
            .max_connections(1)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .max_lifetime(None)
            .idle_timeout(None)
            .connect_with(writer_options(path))
    };
    let deadline = Instant::now() + BUSY_TIMEOUT;
    loop {
        match pool().await {
            // The change to WAL needs the file alone and does not wait for it: another process may be opening it too.
            Err(error) if is_busy(&error) && Instant::now() < deadline => sleep(Duration::from_millis(20)).await,
            opened => return opened,
        }
    }
}

fn reader_pool(path: &Path) -> SqlitePool {
    let cores = std::thread::available_parallelism().map_or(1, |cores| u32::try_from(cores.get()).unwrap_or(u32::MAX));
    SqlitePoolOptions::new()
        .max_connections(cores.saturating_add(SPARE_READERS))
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .max_lifetime(None)
        .connect_lazy_with(reader_options(path))
}
