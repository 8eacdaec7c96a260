//! One health check per configured store.

use std::sync::Arc;

use async_trait::async_trait;
use atelier_adapter_http::{HealthCheck, HealthStatus};
use atelier_domain::kernel::{JobQueue, ObjectPrefix, ObjectStore};

/// Whether the database answers.
pub(crate) struct DatabaseCheck(pub(crate) Arc<dyn JobQueue>);

#[async_trait]
impl HealthCheck for DatabaseCheck {
    fn name(&self) -> &'static str {
        "database"
    }

    async fn check(&self) -> HealthStatus {
        if self.0.counts().await.is_ok() { HealthStatus::Up } else { HealthStatus::Down }
    }
}

/// Whether the object store answers.
pub(crate) struct StorageCheck(pub(crate) Arc<dyn ObjectStore>);

#[async_trait]
impl HealthCheck for StorageCheck {
    fn name(&self) -> &'static str {
        "storage"
    }

    async fn check(&self) -> HealthStatus {
        if self.0.list(&ObjectPrefix::temp(), None, 1).await.is_ok() { HealthStatus::Up } else { HealthStatus::Down }
    }
}
