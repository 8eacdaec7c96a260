//! What the driver tells of its commands and connections: metrics, the slow-query log, the pool's size.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use mongodb::bson::Document;
use mongodb::event::cmap::CmapEvent;
use mongodb::event::command::CommandEvent;

use crate::slow_commands;
use crate::telemetry::{COMMAND_SECONDS, SLOW_COMMANDS};

/// Most commands remembered while they run. One whose caller went away is never reported finished.
const REMEMBERED: usize = 4096;

/// How many connections are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolStats {
    /// Connections in use.
    pub busy: u32,
    /// Connections open.
    pub open: u32,
    /// Most connections to one server.
    pub max: u32,
}

/// Listens to the driver's events.
pub(crate) struct Monitor {
    busy: AtomicU32,
    open: AtomicU32,
    max: u32,
    slow: Duration,
    running: Mutex<HashMap<i32, Document>>,
    replica_set: OnceLock<String>,
}

impl Monitor {
    pub(crate) fn new(max: u32, slow: Duration) -> Self {
        Self { busy: AtomicU32::new(0), open: AtomicU32::new(0), max, slow, running: Mutex::default(), replica_set: OnceLock::new() }
    }

    /// The replica set the connection string names.
    pub(crate) fn replica_set(&self) -> Option<&str> {
        self.replica_set.get().map(String::as_str)
    }

    pub(crate) fn set_replica_set(&self, name: Option<String>) {
        if let Some(name) = name {
            let _present = self.replica_set.set(name);
        }
    }

    pub(crate) fn stats(&self) -> PoolStats {
        PoolStats { busy: self.busy.load(Ordering::Relaxed), open: self.open.load(Ordering::Relaxed), max: self.max }
    }

    fn running(&self) -> MutexGuard<'_, HashMap<i32, Document>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn command(&self, event: CommandEvent) {
        match event {
            CommandEvent::Started(started) => {
                let mut running = self.running();
                if running.len() >= REMEMBERED {
                    running.clear();
                }
                running.insert(started.request_id, started.command);
            }
            CommandEvent::Succeeded(done) => self.finished(done.request_id, done.command_name, done.duration, "ok"),
            CommandEvent::Failed(failed) => self.finished(failed.request_id, failed.command_name, failed.duration, "error"),
            _ => {}
        }
    }

    fn finished(&self, request: i32, name: String, took: Duration, outcome: &'static str) {
        let command = self.running().remove(&request);
        // A change stream waits on the server for something to happen: that is no slow query.
        if took > self.slow && name != "getMore" {
            metrics::counter!(SLOW_COMMANDS, "command" => name.clone()).increment(1);
            let shape = command.as_ref().map(slow_commands::shape).unwrap_or_default();
            let collection = command.as_ref().and_then(|command| slow_commands::collection(command, &name)).unwrap_or_default();
            tracing::warn!(command = name, collection, millis = took.as_millis() as u64, outcome, shape, "slow MongoDB command");
        }
        metrics::histogram!(COMMAND_SECONDS, "command" => name, "outcome" => outcome).record(took.as_secs_f64());
    }

    pub(crate) fn pool(&self, event: &CmapEvent) {
        let (count, grows) = match event {
            CmapEvent::ConnectionCreated(_) => (&self.open, true),
            CmapEvent::ConnectionClosed(_) => (&self.open, false),
            CmapEvent::ConnectionCheckedOut(_) => (&self.busy, true),
            CmapEvent::ConnectionCheckedIn(_) => (&self.busy, false),
            _ => return,
        };
        if grows {
            count.fetch_add(1, Ordering::Relaxed);
        } else {
            let _below_zero = count.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |count| Some(count.saturating_sub(1)));
        }
    }
}
