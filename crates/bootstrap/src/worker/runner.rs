//! Claims jobs as long as there is a free slot, and drains when told to stop.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use atelier_domain::kernel::{Clock, JobHandler, JobQueue};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::execution::Execution;
use super::schedule::Scheduler;
use super::upkeep::Upkeep;

/// How long things take in a worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WorkerTimes {
    /// How long a claim lasts without a heartbeat; heartbeats come at a third of it.
    pub lease: Duration,
    /// How often the queue is looked at when nothing tells of new work: another process may have enqueued it.
    pub poll: Duration,
    /// How long jobs in progress may go on after the order to stop, before they are put back.
    pub drain: Duration,
}

impl Default for WorkerTimes {
    fn default() -> Self {
        Self { lease: Duration::from_secs(30), poll: Duration::from_secs(1), drain: Duration::from_secs(25) }
    }
}

/// Kinds of jobs that share their slots with no others.
struct Lane {
    kinds: Vec<&'static str>,
    slots: Arc<Semaphore>,
}

/// Runs jobs.
pub struct Worker {
    queue: Arc<dyn JobQueue>,
    handlers: HashMap<&'static str, Arc<dyn JobHandler>>,
    clock: Arc<dyn Clock>,
    lanes: Vec<Lane>,
    name: String,
    scheduler: Option<Scheduler>,
    times: WorkerTimes,
}

impl Worker {
    /// A worker that runs up to `concurrency` jobs at once. `name` tells the operator which process owns a job. With a scheduler it
    /// enqueues periodic jobs too.
    pub fn new(
        queue: Arc<dyn JobQueue>,
        handlers: Vec<Arc<dyn JobHandler>>,
        clock: Arc<dyn Clock>,
        concurrency: usize,
        name: impl Into<String>,
        scheduler: Option<Scheduler>,
    ) -> Self {
        let handlers: HashMap<_, _> = handlers.into_iter().map(|handler| (handler.kind(), handler)).collect();
        let lanes = vec![Lane { kinds: handlers.keys().copied().collect(), slots: Arc::new(Semaphore::new(concurrency.max(1))) }];
        Self { queue, handlers, clock, lanes, name: name.into(), scheduler, times: WorkerTimes::default() }
    }

    /// With `slots` of their own for these kinds: what waits for somebody else's server shall hold nothing up, nor be held up.
    #[must_use]
    pub fn with_lane(mut self, kinds: &[&'static str], slots: usize) -> Self {
        for lane in &mut self.lanes {
            lane.kinds.retain(|kind| !kinds.contains(kind));
        }
        self.lanes.push(Lane { kinds: kinds.to_vec(), slots: Arc::new(Semaphore::new(slots.max(1))) });
        self
    }

    /// With other times than the usual ones.
    #[must_use]
    pub fn with_times(mut self, times: WorkerTimes) -> Self {
        self.times = times;
        self
    }

    /// Runs until `shutdown` is cancelled and every job in progress has ended or is back in the queue.
    #[tracing::instrument(name = "worker", skip_all, fields(worker = self.name))]
    pub async fn run(self, shutdown: CancellationToken) {
        let concurrency: usize = self.lanes.iter().map(|lane| lane.slots.available_permits()).sum();
        tracing::info!(concurrency, kinds = self.handlers.len(), "worker started");
        let upkeep = Upkeep { queue: self.queue.clone(), clock: self.clock.clone() };
        let mut helpers = JoinSet::new();
        helpers.spawn(upkeep.run(shutdown.clone()));
        if let Some(scheduler) = self.scheduler.clone() {
            helpers.spawn(scheduler.run(shutdown.clone()));
        }
        let stop = CancellationToken::new();
        let mut running = JoinSet::new();
        self.claim_until(&shutdown, &stop, &mut running).await;
        self.drain(&stop, running).await;
        helpers.shutdown().await;
        tracing::info!("worker stopped");
    }

    async fn claim_until(&self, shutdown: &CancellationToken, stop: &CancellationToken, running: &mut JoinSet<()>) {
        while !shutdown.is_cancelled() {
            while running.try_join_next().is_some() {}
            let free: Vec<&Lane> = self.lanes.iter().filter(|lane| lane.slots.available_permits() > 0).collect();
            if free.is_empty() {
                tokio::select! {
                    _ = running.join_next() => {}
                    () = shutdown.cancelled() => {}
                }
                continue;
            }
            let kinds: Vec<&str> = free.iter().flat_map(|lane| lane.kinds.iter().copied()).collect();
            // Never cut off: a claim that is dropped half-way could leave a job leased to nobody.
            match self.queue.claim(&self.name, &kinds, self.clock.now(), self.times.lease).await {
                Ok(Some(job)) => {
                    let lane = free.iter().find(|lane| lane.kinds.contains(&job.kind.as_str()));
                    let (Some(handler), Some(lane)) = (self.handlers.get(job.kind.as_str()), lane) else { continue };
                    let Ok(slot) = lane.slots.clone().try_acquire_owned() else { continue };
                    let execution = Execution {
                        queue: self.queue.clone(),
                        handler: handler.clone(),
                        clock: self.clock.clone(),
                        lease_for: self.times.lease,
                        stop: stop.clone(),
                    };
                    running.spawn(async move {
                        execution.run(job).await;
                        drop(slot);
                    });
                }
                Ok(None) => tokio::select! {
                    () = self.queue.wait_for_work(self.times.poll) => {}
                    // A full lane has a free slot now: its jobs were not asked for.
                    Some(_) = running.join_next(), if free.len() < self.lanes.len() => {}
                    () = shutdown.cancelled() => {}
                },
                Err(error) => {
                    tracing::error!(error = &error as &dyn std::error::Error, "jobs cannot be claimed");
                    tokio::select! {
                        () = tokio::time::sleep(self.times.poll) => {}
                        () = shutdown.cancelled() => {}
                    }
                }
            }
        }
    }

    async fn drain(&self, stop: &CancellationToken, mut running: JoinSet<()>) {
        if running.is_empty() {
            return;
        }
        tracing::info!(jobs = running.len(), "waiting for jobs in progress");
        let all_ended = async { while running.join_next().await.is_some() {} };
        if tokio::time::timeout(self.times.drain, all_ended).await.is_err() {
            stop.cancel();
            while running.join_next().await.is_some() {}
        }
    }
}
