//! The store: its client, and what units of work and queries share.

use std::collections::HashSet;
use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use atelier_domain::kernel::{Clock, SecretString, StoreError};
use atelier_waking::Waking;
use mongodb::bson::Document;
use mongodb::error::Error;
use mongodb::{ClientSession, Collection};
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::{Id, JoinHandle};
use tokio::time::{sleep, timeout};

use crate::change_streams::{ChangeStreams, Purpose};
use crate::connection::{Connection, MongoOptions};
use crate::error::{ConnectError, TooSlow, store_error};
use crate::migrations::Migrations;
use crate::monitoring::PoolStats;
use crate::telemetry::{self, Timed};
use crate::transaction::MongoTransaction;

/// How far apart contenders are kept.
const STEP: Duration = Duration::from_millis(4);
/// How many steps a contender waits at most.
const STEPS: u32 = 16;
/// How long the turns may stand still before a unit of work that waits for its own goes on without: who has the turn may be slow, or stuck.
const STANDSTILL: Duration = Duration::from_secs(5);
/// How many such spells it waits at most while turns are taken.
const SPELLS: u32 = 6;
/// Most tasks remembered as contended. One that does not try again is not told apart from one that will.
const REMEMBERED: usize = 4096;

/// The store was closed.
#[derive(Debug, thiserror::Error)]
#[error("the connection to the database was closed")]
struct Closed;

/// The distributed store: one database of a MongoDB replica set.
///
/// Cheap to clone; clones share the connections. Any number of processes may use the same database.
#[derive(Clone)]
pub struct MongoStore {
    shared: Arc<Shared>,
}

struct Shared {
    connection: Connection,
    operation_timeout: Duration,
    waking: Arc<Waking>,
    streams: ChangeStreams,
    aborts: Mutex<Vec<JoinHandle<()>>>,
    contenders: AtomicU32,
    contended: Mutex<HashSet<Id>>,
    turns: Arc<Semaphore>,
    turns_taken: AtomicU32,
    closed: AtomicBool,
    clock: Arc<dyn Clock>,
}

impl MongoStore {
    /// Connects, and looks whether the database can be used: a replica set of a known version, the login good, every migration run, every
    /// index there. An empty database is migrated first, by one of the processes that start together. `database` wins over the one the
    /// connection string names; with neither it is `wearit` (checklist W13).
    ///
    /// Must be called on a tokio runtime, and the store be used on it.
    ///
    /// # Errors
    /// [`ConnectError`] within ten seconds, whose text says what to do.
    pub async fn connect(
        uri: &SecretString,
        database: Option<&str>,
        options: MongoOptions,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, ConnectError> {
        telemetry::describe();
        let connection = Connection::open(uri, database, &options).await?;
        let migrations = Migrations::of(&connection.database);
        migrations.make_ready().await?;
        tracing::info!("Connected to MongoDB: {}", connection.database.name());
        Ok(Self {
            shared: Arc::new(Shared {
                connection,
                operation_timeout: options.operation_timeout,
                waking: Arc::default(),
                streams: ChangeStreams::default(),
                aborts: Mutex::default(),
                contenders: AtomicU32::new(0),
                contended: Mutex::default(),
                turns: Arc::new(Semaphore::new(1)),
                turns_taken: AtomicU32::new(0),
                closed: AtomicBool::new(false),
                clock,
            }),
        })
    }

    /// Closes every connection. Repeatable. Afterwards everything answers [`StoreError::Unavailable`].
    pub async fn close(&self) {
        if self.shared.closed.swap(true, Ordering::AcqRel) {
            return;
        }
        self.shared.streams.stop();
        self.finish_aborts().await;
        self.shared.connection.client.clone().shutdown().immediate(true).await;
        tracing::info!("MongoDB connection closed");
    }

    /// The name of the database.
    pub fn database_name(&self) -> &str {
        self.shared.connection.database.name()
    }

    /// How many connections are used.
    pub fn pool_stats(&self) -> PoolStats {
        self.shared.connection.monitor.stats()
    }

    pub(crate) fn connection(&self) -> &Connection {
        &self.shared.connection
    }

    pub(crate) fn collection(&self, name: &str) -> Collection<Document> {
        self.shared.connection.database.collection(name)
    }

    pub(crate) fn waking(&self) -> &Waking {
        &self.shared.waking
    }

    pub(crate) fn clock(&self) -> &dyn Clock {
        &*self.shared.clock
    }

    pub(crate) fn listen_for(&self, purpose: Purpose) {
        if !self.shared.closed.load(Ordering::Acquire) {
            self.shared.streams.ensure(purpose, &self.shared.connection.database, &self.shared.waking);
        }
    }

    /// Runs one operation: measured, and given up when it takes too long.
    pub(crate) async fn run<T>(&self, operation: &'static str, work: impl Future<Output = Result<T, Error>>) -> Result<T, StoreError> {
        let _timed = Timed::operation(operation);
        match timeout(self.shared.operation_timeout, work).await {
            Ok(result) => result.map_err(store_error),
            Err(_elapsed) => Err(StoreError::Unavailable(TooSlow { operation }.into())),
        }
    }

    /// Begins a unit of work, once those given up before are gone from the server.
    pub(crate) async fn begin_transaction(&self) -> Result<MongoTransaction, StoreError> {
        if self.shared.closed.load(Ordering::Acquire) {
            return Err(StoreError::Unavailable(Closed.into()));
        }
        let timed = Timed::operation("unit_of_work");
        let turn = self.turn().await;
        self.finish_aborts().await;
        let session = self.shared.connection.client.start_session().await.map_err(store_error)?;
        MongoTransaction::begin(self.clone(), session, timed, turn).await
    }

    /// Takes a transaction that was given up off the server, without waiting for it.
    pub(crate) fn abort(&self, mut session: ClientSession) {
        let Ok(runtime) = Handle::try_current() else { return };
        let abort = runtime.spawn(async move {
            if let Err(error) = session.abort_transaction().await {
                tracing::debug!(error = &error as &dyn std::error::Error, "a transaction was not aborted; the server will do it");
            }
        });
        let mut aborts = self.shared.aborts.lock().unwrap_or_else(PoisonError::into_inner);
        aborts.retain(|abort| !abort.is_finished());
        aborts.push(abort);
    }

    async fn finish_aborts(&self) {
        let aborts = std::mem::take(&mut *self.shared.aborts.lock().unwrap_or_else(PoisonError::into_inner));
        for abort in aborts {
            let _panicked = abort.await;
        }
    }

    /// Keeps contenders apart before they try again: each of those that wait now waits a step longer than the one before.
    pub(crate) async fn stand_back(&self) {
        metrics::counter!(telemetry::CONTENTION).increment(1);
        if let Some(task) = tokio::task::try_id() {
            let mut contended = self.shared.contended.lock().unwrap_or_else(PoisonError::into_inner);
            if contended.len() >= REMEMBERED {
                contended.clear();
            }
            contended.insert(task);
        }
        let place = Contender::join(&self.shared.contenders);
        sleep(STEP * (place.number + 1).min(STEPS)).await;
    }

    /// The server answers a conflict at once instead of queueing, so that of many contenders most would use their tries up. Those of this
    /// process that lost one take turns when they try again, and meet at most newcomers and other processes.
    async fn turn(&self) -> Option<OwnedSemaphorePermit> {
        let task = tokio::task::try_id()?;
        let lost = self.shared.contended.lock().unwrap_or_else(PoisonError::into_inner).remove(&task);
        if !lost {
            return None;
        }
        let taken = &self.shared.turns_taken;
        let mut turn = pin!(Arc::clone(&self.shared.turns).acquire_owned());
        for _ in 0..SPELLS {
            let before = taken.load(Ordering::Acquire);
            if let Ok(turn) = timeout(STANDSTILL, &mut turn).await {
                taken.fetch_add(1, Ordering::AcqRel);
                return turn.ok();
            }
            if taken.load(Ordering::Acquire) == before {
                break;
            }
        }
        None
    }
}

struct Contender<'a> {
    waiting: &'a AtomicU32,
    number: u32,
}

impl<'a> Contender<'a> {
    fn join(waiting: &'a AtomicU32) -> Self {
        Self { waiting, number: waiting.fetch_add(1, Ordering::AcqRel) }
    }
}

impl Drop for Contender<'_> {
    fn drop(&mut self) {
        self.waiting.fetch_sub(1, Ordering::AcqRel);
    }
}
