//! The stores the settings name.

use std::collections::BTreeMap;
use std::sync::Arc;

use atelier_adapter_credentials::{AesGcmSealer, InstallationSecrets, RandomSecrets};
use atelier_adapter_http::{HealthCheck, Products};
use atelier_adapter_postgres::{
    MIGRATIONS, PgBackupTasks, PgCoordinator, PgMigrator, PgOutbox, PgOwnedData, PgOwnerRows, PgRows, PgStore, PgVectorParticipant,
};
use atelier_adapter_redis::{RedisAnswerCache, RedisConnection, RedisOwnedData, RedisParticipant};
use atelier_domain::dataservice::backups::BackupKeeper;
use atelier_domain::dataservice::catalogue::Catalogue;
use atelier_domain::dataservice::migrations::Migrator;
use atelier_domain::dataservice::queries::{AnswerCache, RowStore, VersionPublisher};
use atelier_domain::dataservice::transactions::{Owners, Participant, TransactionPorts};
use atelier_domain::dataservice::{Database, OwnedData, Sealer};
use atelier_domain::identity::IdentityStore;
use atelier_domain::kernel::{Clock, ExposeSecret, SecretGenerator};
use tokio_util::sync::CancellationToken;

use super::parts::DataParts;
use super::{leases, upkeep};
use crate::addresses::AccountAddresses;
use crate::config::Config;
use crate::engines::PostgresCheck;
use crate::product::{StartError, failed};
use crate::worker::TokioTimer;

/// The databases of the Core Database Service, where this process serves it.
#[derive(Clone)]
pub(crate) struct DataStores {
    postgres: Option<PgStore>,
    has_vectors: bool,
}

/// What its parts are made of beside its own stores.
pub(crate) struct Surroundings<'a> {
    pub(crate) config: &'a Config,
    pub(crate) redis: Option<&'a RedisConnection>,
    pub(crate) secrets: &'a InstallationSecrets,
    pub(crate) clock: &'a Arc<dyn Clock>,
    pub(crate) identity: &'a Arc<dyn IdentityStore>,
    pub(crate) backups: Option<&'a PgBackupTasks>,
}

impl DataStores {
    /// Connects to them, if this process serves the product, and makes the schema of a database that is empty.
    pub(crate) async fn open(config: &Config) -> Result<Self, StartError> {
        let (Some(url), true) = (&config.data.database_url, config.process.served().data) else {
            return Ok(Self { postgres: None, has_vectors: false });
        };
        let store = PgStore::connect(url.expose_secret(), config.data.pool()).await.map_err(failed("the data service's database"))?;
        let status = PgMigrator::new(store.clone(), MIGRATIONS).migrate_empty("mig_start").await;
        let status = status.map_err(failed("the data service's schema"))?;
        if !status.pending.is_empty() {
            let pending = status.pending.len();
            tracing::warn!(pending, "migrations of the data service are pending: POST /api/v1/migrations/run applies them");
        }
        let has_vectors = store.has_table("embeddings").await.map_err(failed("the data service's schema"))?;
        Ok(Self { postgres: Some(store), has_vectors })
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
    pub(crate) async fn parts(&self, around: &Surroundings<'_>) -> Result<DataParts, StartError> {
        let dimensions = self.has_vectors.then_some(around.config.data.vector_dimensions.get());
        let catalogue = Arc::new(Catalogue::visiobook(dimensions));
        let Some(postgres) = &self.postgres else { return Ok(DataParts { catalogue, ..DataParts::default() }) };
        let reader: Arc<dyn RowStore> = Arc::new(PgRows::new(postgres.clone(), catalogue.clone()));
        let mut owned: Vec<Arc<dyn OwnedData>> = vec![Arc::new(PgOwnedData::new(postgres.clone(), catalogue.clone()))];
        let mut rows = BTreeMap::from([(Database::PostgreSql, reader.clone())]);
        let mut participants: BTreeMap<Database, Arc<dyn Participant>> = BTreeMap::new();
        if self.has_vectors {
            rows.insert(Database::Vector, reader);
            participants.insert(Database::Vector, Arc::new(PgVectorParticipant::new(postgres.clone(), catalogue.clone())));
        }
        if let Some(redis) = around.redis {
            owned.push(Arc::new(RedisOwnedData::new(redis.clone())));
            participants.insert(Database::Redis, Arc::new(RedisParticipant::new(redis.clone())));
        }
        let sealer: Arc<dyn Sealer> = sealer(around.config, around.secrets)?;
        let emails = Arc::new(AccountAddresses(around.identity.clone()));
        let answers = around.redis.map(|redis| Arc::new(RedisAnswerCache::new(redis.clone())) as Arc<dyn AnswerCache>);
        let transactions = TransactionPorts {
            versions: answers.clone().map(|cache| VersionPublisher::new(Arc::new(postgres.clone()), cache)),
            catalogue: catalogue.clone(),
            coordinator: Arc::new(PgCoordinator::new(postgres.clone(), catalogue.clone())),
            outbox: Arc::new(PgOutbox::new(postgres.clone())),
            participants,
            owners: Arc::new(Owners::new(Arc::new(PgOwnerRows::new(postgres.clone())), emails)),
            sealer: sealer.clone(),
            secrets: Arc::new(RandomSecrets::new(&around.secrets.digest)),
            timer: Arc::new(TokioTimer),
        };
        let leases = leases::leases(around, postgres, sealer).await?;
        Ok(DataParts {
            catalogue,
            rows,
            answers,
            migrator: Some(Arc::new(PgMigrator::new(postgres.clone(), MIGRATIONS)) as Arc<dyn Migrator>),
            transactions: Some(transactions),
            owned,
            leases: Some(leases),
            backups: around.backups.map(|backups| Arc::new(backups.clone()) as Arc<dyn BackupKeeper>),
        })
    }

    /// What goes on behind requests, until `shutdown` is cancelled.
    pub(crate) async fn upkeep(self, parts: DataParts, clock: Arc<dyn Clock>, shutdown: CancellationToken) {
        let Some(postgres) = self.postgres else { return };
        let leases = parts.leases.clone();
        let leases = async {
            if let Some(leases) = leases {
                leases::sweep(leases, shutdown.clone()).await;
            }
        };
        tokio::join!(leases, upkeep::follow(&postgres, &parts, clock, &shutdown));
    }
}

/// Seals under `DB_ENCRYPTION_KEY`, or under a key of the installation's own where there is none.
pub(crate) fn sealer(config: &Config, secrets: &InstallationSecrets) -> Result<Arc<AesGcmSealer>, StartError> {
    let sealer = match &config.data.db_encryption_key {
        Some(setting) => AesGcmSealer::new(setting),
        None => AesGcmSealer::new(&RandomSecrets::new(&secrets.digest).digest("key", "db-encryption").into()),
    };
    Ok(Arc::new(sealer.map_err(failed("DB_ENCRYPTION_KEY"))?))
}
