//! The Core Database Service, wired.

use std::collections::BTreeMap;
use std::sync::Arc;

use atelier_adapter_http::{DataServices, HealthCheck, Products};
use atelier_adapter_postgres::{MIGRATIONS, PgMigrator, PgRows, PgStore};
use atelier_adapter_redis::{RedisAnswerCache, RedisConnection};
use atelier_domain::dataservice::Database;
use atelier_domain::dataservice::catalogue::Catalogue;
use atelier_domain::dataservice::leases::Leases;
use atelier_domain::dataservice::migrations::{MigrationService, Migrator};
use atelier_domain::dataservice::queries::{AnswerCache, QueryService, RowStore};
use atelier_domain::dataservice::transactions::{TransactionPorts, Transactions};
use atelier_domain::kernel::{ExposeSecret, SecretGenerator};

use crate::config::Config;
use crate::engines::PostgresCheck;
use crate::product::{StartError, failed};

/// What the Core Database Service needs. Without any of it, it says what is not configured.
#[derive(Clone, Default)]
pub struct DataParts {
    /// What requests can point to.
    pub catalogue: Arc<Catalogue>,
    /// The stores of rows.
    pub rows: BTreeMap<Database, Arc<dyn RowStore>>,
    /// Keeps answers, where there is something to keep them in.
    pub answers: Option<Arc<dyn AnswerCache>>,
    /// Brings the schema forward.
    pub migrator: Option<Arc<dyn Migrator>>,
    /// What transactions are made with, where there is a database to decide them.
    pub transactions: Option<TransactionPorts>,
    /// Hands out credentials.
    pub leases: Option<Arc<Leases>>,
}

impl DataParts {
    /// The services on these parts.
    pub(crate) fn http(&self, secrets: &Arc<dyn SecretGenerator>) -> DataServices {
        DataServices {
            leases: self.leases.clone(),
            migrations: Arc::new(MigrationService::new(self.migrator.clone(), secrets.clone())),
            transactions: self.transactions.as_ref().map(|ports| Arc::new(Transactions::new(ports.clone()))),
            queries: Arc::new(QueryService::new(self.catalogue.clone(), self.rows.clone(), self.answers.clone())),
        }
    }
}

/// The stores the settings name.
pub(crate) struct DataStores {
    pub(crate) postgres: Option<PgStore>,
}

impl DataStores {
    /// Connects to them, if this process serves the product.
    pub(crate) async fn open(config: &Config) -> Result<Self, StartError> {
        let postgres = match &config.data.database_url {
            Some(url) if config.process.served().data => {
                let store =
                    PgStore::connect(url.expose_secret(), config.data.pool()).await.map_err(failed("the data service's database"))?;
                let status = PgMigrator::new(store.clone(), MIGRATIONS).migrate_empty("mig_start").await;
                let status = status.map_err(failed("the data service's schema"))?;
                if !status.pending.is_empty() {
                    let pending = status.pending.len();
                    tracing::warn!(pending, "migrations of the data service are pending: POST /api/v1/migrations/run applies them");
                }
                Some(store)
            }
            _ => None,
        };
        Ok(Self { postgres })
    }

    /// One check per store.
    pub(crate) fn health(&self, products: Products) -> Option<Arc<dyn HealthCheck>> {
        let store = self.postgres.clone()?;
        Some(Arc::new(PostgresCheck { store, is_vital: products.is_data_alone() }))
    }

    /// Closes every connection.
    pub(crate) async fn close(&self) {
        if let Some(postgres) = &self.postgres {
            postgres.close().await;
        }
    }

    /// What the product is made of.
    pub(crate) fn parts(&self, redis: Option<&RedisConnection>, leases: Option<Arc<Leases>>) -> DataParts {
        let catalogue = Arc::new(Catalogue::visiobook(None));
        let mut rows = BTreeMap::new();
        if let Some(postgres) = &self.postgres {
            rows.insert(Database::PostgreSql, Arc::new(PgRows::new(postgres.clone(), catalogue.clone())) as Arc<dyn RowStore>);
        }
        let answers = redis.map(|redis| Arc::new(RedisAnswerCache::new(redis.clone())) as Arc<dyn AnswerCache>);
        let migrator = self.postgres.as_ref().map(|postgres| Arc::new(PgMigrator::new(postgres.clone(), MIGRATIONS)) as Arc<dyn Migrator>);
        DataParts { catalogue, rows, answers, migrator, transactions: None, leases }
    }
}
