//! Cosmos DB, where the settings name an account.

use std::sync::Arc;

use atelier_adapter_cosmos::{ConnectionString, CosmosError, CosmosOptions, CosmosStore};
use atelier_domain::dataservice::Database;
use atelier_domain::dataservice::catalogue::{Catalogue, Ownership};
use atelier_domain::kernel::ExposeSecret;

use crate::config::DataSettings;
use crate::product::{StartError, failed};

/// Cosmos DB cannot be used; the message says what to do and never holds the key.
#[derive(Debug, thiserror::Error)]
#[error("Cosmos DB at {endpoint} cannot be used: correct COSMOS_CONNECTION_STRING, or unset it")]
struct Unusable {
    endpoint: String,
    #[source]
    source: CosmosError,
}

/// Connects, and makes the database and the catalogue's containers that are missing, each partitioned by the owner of its documents.
pub(super) async fn open(settings: &DataSettings) -> Result<Option<Arc<CosmosStore>>, StartError> {
    let Some(text) = &settings.cosmos_connection_string else { return Ok(None) };
    let account: ConnectionString = text.expose_secret().parse().map_err(failed("COSMOS_CONNECTION_STRING"))?;
    let options = CosmosOptions { region: settings.cosmos_region.clone(), ..CosmosOptions::default() };
    let endpoint = account.endpoint().to_string();
    let made = async {
        let store = CosmosStore::connect(&account, &settings.cosmos_database, &options).await?;
        for table in Catalogue::visiobook(None).tables(Database::CosmosDb) {
            if let Ownership::Column(owner) = table.ownership {
                store.ensure_container(table.name, &format!("/{}", table.at(owner).name)).await?;
            }
        }
        Ok(store)
    };
    let store = made.await.map_err(|source| Unusable { endpoint: endpoint.clone(), source }).map_err(failed("the documents"))?;
    tracing::info!(database = settings.cosmos_database, "Connected to Cosmos DB: {endpoint}");
    Ok(Some(Arc::new(store)))
}
