//! What follows decisions: changes of other stores that were decided and not applied yet, versions the cache was not told of.

use std::sync::Arc;
use std::time::Duration;

use atelier_adapter_postgres::{MIGRATIONS, PgMigrator, PgStore, index_embeddings};
use atelier_domain::dataservice::DataError;
use atelier_domain::dataservice::queries::VersionPublisher;
use atelier_domain::dataservice::transactions::Recovery;
use atelier_domain::kernel::{Clock, error_chain};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::parts::DataParts;

/// Between two rounds; after one that failed, longer.
const EVERY: Duration = Duration::from_secs(1);
const AFTER_FAILURE: Duration = Duration::from_secs(5);
const CLEAN_EVERY: Duration = Duration::from_secs(3600);
/// The schema's version, for the metrics.
const LOOK_AT_SCHEMA_EVERY: Duration = Duration::from_secs(15);

struct Following {
    recovery: Option<Recovery>,
    publisher: Option<VersionPublisher>,
    schema: PgMigrator,
    cleaned: Option<Instant>,
    looked: Option<Instant>,
}

impl Following {
    async fn round(&mut self) -> Result<(), DataError> {
        if self.looked.is_none_or(|at| at.elapsed() > LOOK_AT_SCHEMA_EVERY) {
            self.schema.measure().await?;
            self.looked = Some(Instant::now());
        }
        if let Some(recovery) = &self.recovery {
            recovery.round().await?;
            if self.cleaned.is_none_or(|at| at.elapsed() > CLEAN_EVERY) {
                recovery.clean().await?;
                self.cleaned = Some(Instant::now());
            }
        }
        if let Some(publisher) = &self.publisher {
            publisher.run().await?;
        }
        Ok(())
    }
}

/// Follows what is decided until `shutdown` is cancelled. Processes share the work.
pub(super) async fn follow(postgres: &PgStore, parts: &DataParts, clock: Arc<dyn Clock>, shutdown: &CancellationToken) {
    let mut following = Following {
        recovery: parts.transactions.as_ref().map(|ports| Recovery::new(ports, clock)),
        publisher: parts.answers.clone().map(|cache| VersionPublisher::new(Arc::new(postgres.clone()), cache)),
        schema: PgMigrator::new(postgres.clone(), MIGRATIONS),
        cleaned: None,
        looked: None,
    };
    loop {
        let pause = match following.round().await {
            Ok(()) => EVERY,
            Err(error) => {
                tracing::warn!(problem = error_chain(&error), "what follows decided transactions waits: tried again");
                AFTER_FAILURE
            }
        };
        postgres.measure();
        if tokio::time::timeout(pause, shutdown.cancelled()).await.is_ok() {
            return;
        }
    }
}

/// Has the index over embeddings made once there are many, beside everything else: it may take minutes.
pub(super) async fn index(postgres: &PgStore, dimensions: Option<usize>, shutdown: &CancellationToken) {
    let Some(dimensions) = dimensions else { return };
    let indexing = async {
        loop {
            if let Err(error) = index_embeddings(postgres, "embeddings", dimensions).await {
                tracing::warn!(problem = error_chain(&error), "embeddings could not be indexed: tried again in an hour");
            }
            tokio::time::sleep(CLEAN_EVERY).await;
        }
    };
    tokio::select! {
        () = shutdown.cancelled() => {}
        () = indexing => {}
    }
}
