//! One health check per configured store.

use std::sync::Arc;

use async_trait::async_trait;
use atelier_adapter_http::{HealthCheck, HealthStatus};
use atelier_adapter_redis::RedisConnection;
use atelier_domain::identity::IdentityStore;
use atelier_domain::kernel::{EntityId, ObjectPrefix, ObjectStore, UserId};

/// Whether the database answers the cheapest question there is: probes come often.
pub(crate) struct DatabaseCheck(pub(crate) Arc<dyn IdentityStore>);

#[async_trait]
impl HealthCheck for DatabaseCheck {
    fn name(&self) -> &'static str {
        "database"
    }

    async fn check(&self) -> HealthStatus {
        if self.0.accounts().find(UserId::from_bytes([0; 12])).await.is_ok() { HealthStatus::Up } else { HealthStatus::Down }
    }
}

/// Whether the object store answers. Without it pictures cannot be uploaded; everything that only reads goes on.
pub(crate) struct StorageCheck(pub(crate) Arc<dyn ObjectStore>);

#[async_trait]
impl HealthCheck for StorageCheck {
    fn name(&self) -> &'static str {
        "storage"
    }

    fn is_vital(&self) -> bool {
        false
    }

    async fn check(&self) -> HealthStatus {
        if self.0.list(&ObjectPrefix::temp(), None, 1).await.is_ok() { HealthStatus::Up } else { HealthStatus::Down }
    }
}

/// Whether Redis answers. Without it the service goes on, each process counting for itself.
pub(crate) struct CacheCheck(pub(crate) RedisConnection);

#[async_trait]
impl HealthCheck for CacheCheck {
    fn name(&self) -> &'static str {
        "cache"
    }

    fn is_vital(&self) -> bool {
        false
    }

    async fn check(&self) -> HealthStatus {
        if self.0.answers().await { HealthStatus::Up } else { HealthStatus::Down }
    }
}
