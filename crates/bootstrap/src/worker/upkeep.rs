//! The queue's gauges, and the removal of what is finished long since.

use std::sync::Arc;
use std::time::Duration;

use atelier_domain::kernel::{Clock, JobQueue};
use chrono::TimeDelta;
use tokio_util::sync::CancellationToken;

const MEASURE_EVERY: Duration = Duration::from_secs(15);
/// Once an hour, in rounds of measuring.
const PURGE_EVERY: u32 = 240;
/// How long finished jobs are kept.
const KEPT: TimeDelta = TimeDelta::days(7);

pub(super) struct Upkeep {
    pub(super) queue: Arc<dyn JobQueue>,
    pub(super) clock: Arc<dyn Clock>,
}

impl Upkeep {
    pub(super) async fn run(self, shutdown: CancellationToken) {
        let mut round = 0_u32;
        while !shutdown.is_cancelled() {
            self.measure().await;
            if round.is_multiple_of(PURGE_EVERY) {
                self.purge().await;
            }
            round = round.wrapping_add(1);
            tokio::select! {
                () = tokio::time::sleep(MEASURE_EVERY) => {}
                () = shutdown.cancelled() => {}
            }
        }
    }

    async fn measure(&self) {
        let counts = match self.queue.counts().await {
            Ok(counts) => counts,
            Err(error) => return tracing::warn!(error = &error as &dyn std::error::Error, "jobs cannot be counted"),
        };
        for (state, count) in [("queued", counts.queued), ("running", counts.running), ("done", counts.done), ("failed", counts.failed)] {
            metrics::gauge!("atelier_jobs_stored", "state" => state).set(count as f64);
        }
    }

    async fn purge(&self) {
        match self.queue.purge(self.clock.now() - KEPT).await {
            Ok(0) => {}
            Ok(rows) => tracing::info!(rows, "finished jobs removed"),
            Err(error) => tracing::warn!(error = &error as &dyn std::error::Error, "finished jobs cannot be removed"),
        }
    }
}
