//! The stores the settings name.

use std::collections::BTreeMap;
use std::sync::Arc;

use atelier_adapter_cosmos::{CosmosOwnedData, CosmosParticipant, CosmosRows, CosmosStore};
use atelier_adapter_credentials::{AesGcmSealer, InstallationSecrets, RandomSecrets};
use atelier_adapter_http::{HealthCheck, Products};
use atelier_adapter_postgres::{
    MIGRATIONS, PgBackupTasks, PgCoordinator, PgMigrator, PgOutbox, PgOwnedData, PgOwnerRows, PgRows, PgStore, PgVectorParticipant,
};
use atelier_adapter_redis::{RedisAnswerCache, RedisCluster, RedisConnection, RedisOwnedData, RedisParticipant};
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
use super::{documents, leases, upkeep};
use crate::addresses::AccountAddresses;
use crate::config::Config;
use crate::engines::{CosmosCheck, PostgresCheck, REDIS_PREFIX, VectorCheck};
use crate::product::{StartError, failed};
use crate::worker::TokioTimer;

/// The databases of the Core Database Service, where this process serves it.
#[derive(Clone)]
pub(crate) struct DataStores {
    postgres: Option<PgStore>,
    has_vectors: bool,
    cosmos: Option<Arc<CosmosStore>>,
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
            return Ok(Self { postgres: None, has_vectors: false, cosmos: None });
        };
        let store = PgStore::connect(url.expose_secret(), config.data.pool()).await.map_err(failed("the data service's database"))?;
        let status = PgMigrator::new(store.clone(), MIGRATIONS).migrate_empty("mig_start").await;
        let status = status.map_err(failed("the data service's schema"))?;
        if !status.pending.is_empty() {
            let pending = status.pending.len();
            tracing::warn!(pending, "migrations of the data service are pending: POST /api/v1/migrations/run applies them");
        }
        let has_vectors = store.has_table("embeddings").await.map_err(failed("the data service's schema"))?;
        Ok(Self { postgres: Some(store), has_vectors, cosmos: documents::open(&config.data).await? })
    }

    /// One check per store.
    pub(crate) fn health(&self, products: Products) -> Vec<Arc<dyn HealthCheck>> {
        let mut checks: Vec<Arc<dyn HealthCheck>> = Vec::new();
        if let Some(store) = self.postgres.clone() {
            if self.has_vectors {
                checks.push(Arc::new(VectorCheck(store.clone())));
            }
            checks.push(Arc::new(PostgresCheck { store, is_vital: products.is_data_alone() }));
        }
        checks.extend(self.cosmos.clone().map(|store| Arc::new(CosmosCheck(store)) as Arc<dyn HealthCheck>));
        checks
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
        if let Some(cosmos) = &self.cosmos {
            owned.push(Arc::new(CosmosOwnedData::new(cosmos.clone(), catalogue.clone())));
            rows.insert(Database::CosmosDb, Arc::new(CosmosRows::new(cosmos.clone())));
            participants.insert(Database::CosmosDb, Arc::new(CosmosParticipant::new(cosmos.clone())));
        }
        let sealer: Arc<dyn Sealer> = sealer(around.config, around.secrets)?;
        let emails = Arc::new(AccountAddresses(around.identity.clone()));
        let answers = answers(around).await?;
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
        let dimensions = self.has_vectors.then(|| parts.catalogue.dimensions("embeddings")).flatten();
        let index = upkeep::index(&postgres, dimensions, &shutdown);
        tokio::join!(leases, upkeep::follow(&postgres, &parts, clock, &shutdown), index);
    }
}

/// Where answers are kept: where the settings say, else beside the rest of what is in Redis.
async fn answers(around: &Surroundings<'_>) -> Result<Option<Arc<dyn AnswerCache>>, StartError> {
    let store = &around.config.store;
    let cache = match (&store.redis_cache_url, around.redis) {
        (Some(url), _) if RedisCluster::is_named_by(url.expose_secret()) => {
            let cluster =
                RedisCluster::connect(url.expose_secret(), REDIS_PREFIX).await.map_err(failed("the cluster of REDIS_CACHE_URL"))?;
            RedisAnswerCache::on_cluster(cluster)
        }
        (Some(url), _) => {
            let server = RedisConnection::pooled(url.expose_secret(), REDIS_PREFIX, store.redis_pool_size).await;
            RedisAnswerCache::new(server.map_err(failed("REDIS_CACHE_URL"))?)
        }
        (None, Some(redis)) => RedisAnswerCache::new(redis.clone()),
        (None, None) => return Ok(None),
    };
    Ok(Some(Arc::new(cache)))
}

/// Seals under `DB_ENCRYPTION_KEY`, or under a key of the installation's own where there is none.
pub(crate) fn sealer(config: &Config, secrets: &InstallationSecrets) -> Result<Arc<AesGcmSealer>, StartError> {
    let sealer = match &config.data.db_encryption_key {
        Some(setting) => AesGcmSealer::new(setting),
        None => AesGcmSealer::new(&RandomSecrets::new(&secrets.digest).digest("key", "db-encryption").into()),
    };
    Ok(Arc::new(sealer.map_err(failed("DB_ENCRYPTION_KEY"))?))
}
