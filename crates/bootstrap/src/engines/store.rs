//! The store: SQLite in the data directory, or MongoDB.

use std::sync::Arc;

use atelier_adapter_mongo::{MongoOptions, MongoStore};
use atelier_adapter_sqlite::SqliteStore;
use atelier_domain::challenge::ChallengeStore;
use atelier_domain::identity::IdentityStore;
use atelier_domain::kernel::{Clock, EventFeed, JobQueue};
use atelier_domain::wearit::WearitStore;

use crate::config::Config;
use crate::product::{StartError, failed};

/// The store in use.
#[derive(Clone)]
pub(crate) enum Store {
    /// One file on this machine.
    Sqlite(SqliteStore),
    /// A replica set.
    Mongo(MongoStore),
}

/// Every port of the store.
pub(crate) struct StorePorts {
    pub(crate) identity: Arc<dyn IdentityStore>,
    pub(crate) wearit: Arc<dyn WearitStore>,
    pub(crate) challenge: Arc<dyn ChallengeStore>,
    pub(crate) jobs: Arc<dyn JobQueue>,
    pub(crate) events: Arc<dyn EventFeed>,
}

impl StorePorts {
    fn of<S: IdentityStore + WearitStore + ChallengeStore + JobQueue + EventFeed + 'static>(store: S) -> Self {
        let store = Arc::new(store);
        Self { identity: store.clone(), wearit: store.clone(), challenge: store.clone(), jobs: store.clone(), events: store }
    }
}

impl Store {
    /// Opens the store that the settings name.
    pub(crate) async fn open(config: &Config, clock: &Arc<dyn Clock>) -> Result<Self, StartError> {
        let Some((uri, database)) = config.store.mongodb(config.process.app_env) else {
            let file = config.process.data_dir.join("atelier.sqlite");
            return SqliteStore::connect(file, clock.clone()).await.map(Self::Sqlite).map_err(failed("the store"));
        };
        let options = MongoOptions { max_pool_size: config.store.mongodb_max_pool_size, ..MongoOptions::default() };
        MongoStore::connect(uri, Some(database), options, clock.clone()).await.map(Self::Mongo).map_err(failed("the store"))
    }

    /// The ports it implements.
    pub(crate) fn ports(&self) -> StorePorts {
        match self {
            Self::Sqlite(store) => StorePorts::of(store.clone()),
            Self::Mongo(store) => StorePorts::of(store.clone()),
        }
    }

    /// Closes it; everything committed is durable already.
    pub(crate) async fn close(&self) {
        match self {
            Self::Sqlite(store) => store.close().await,
            Self::Mongo(store) => store.close().await,
        }
    }
}
