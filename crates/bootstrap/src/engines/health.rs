//! One health check per configured store.

use std::sync::Arc;

use async_trait::async_trait;
use atelier_adapter_cosmos::CosmosStore;
use atelier_adapter_http::{ConnectionCounts, HealthCheck, HealthFacts, HealthStatus};
use atelier_adapter_postgres::PgStore;
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
        HealthStatus::from(self.0.accounts().find(UserId::from_bytes([0; 12])).await.is_ok())
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
        HealthStatus::from(self.0.list(&ObjectPrefix::temp(), None, 1).await.is_ok())
    }
}

/// Whether Redis answers. Without it the service goes on, each process counting for itself.
pub(crate) struct CacheCheck(pub(crate) RedisConnection);

#[async_trait]
impl HealthCheck for CacheCheck {
    fn name(&self) -> &'static str {
        "redis"
    }

    fn is_vital(&self) -> bool {
        false
    }

    async fn check(&self) -> HealthStatus {
        match self.0.memory().await {
            Some(memory) => HealthStatus::Up(HealthFacts { memory: Some(memory), connections: None }),
            None => HealthStatus::from(self.0.answers().await),
        }
    }
}

/// Whether the Core Database Service's PostgreSQL answers. Where other products are served too, they go on without it.
pub(crate) struct PostgresCheck {
    pub(crate) store: PgStore,
    pub(crate) is_vital: bool,
}

#[async_trait]
impl HealthCheck for PostgresCheck {
    fn name(&self) -> &'static str {
        "postgresql"
    }

    fn is_vital(&self) -> bool {
        self.is_vital
    }

    async fn check(&self) -> HealthStatus {
        if !self.store.answers().await {
            return HealthStatus::Down;
        }
        let pool = self.store.stats();
        let connections = ConnectionCounts { active: pool.active, idle: pool.idle, total: pool.active + pool.idle };
        HealthStatus::Up(HealthFacts { connections: Some(connections), memory: None })
    }
}

/// Whether Cosmos DB answers and takes the key. What is decided for it meanwhile waits.
pub(crate) struct CosmosCheck(pub(crate) Arc<CosmosStore>);

#[async_trait]
impl HealthCheck for CosmosCheck {
    fn name(&self) -> &'static str {
        "cosmosdb"
    }

    fn is_vital(&self) -> bool {
        false
    }

    async fn check(&self) -> HealthStatus {
        HealthStatus::from(self.0.ping().await.is_ok())
    }
}

/// Whether the embeddings are there.
pub(crate) struct VectorCheck(pub(crate) PgStore);

#[async_trait]
impl HealthCheck for VectorCheck {
    fn name(&self) -> &'static str {
        "vectordb"
    }

    fn is_vital(&self) -> bool {
        false
    }

    async fn check(&self) -> HealthStatus {
        HealthStatus::from(self.0.has_table("embeddings").await.unwrap_or(false))
    }
}
