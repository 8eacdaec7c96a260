//! The store: connecting, containers, single documents.

use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use azure_core::credentials::Secret;
use azure_data_cosmos::models::{ContainerProperties, TimeToLive};
use azure_data_cosmos::options::{
    BinaryEncodingOptions, ConnectionPoolOptions, OperationOptionsBuilder, Region, ThrottlingRetryOptionsBuilder,
};
use azure_data_cosmos::{AccountReference, ContainerClient, CosmosClient, CosmosRuntime, DatabaseClient, RoutingStrategy};
use secrecy::ExposeSecret;
use serde_json::Value;

use crate::{ConnectionString, CosmosError};

/// How a store talks to its account.
#[derive(Debug, Clone)]
pub struct CosmosOptions {
    /// The Azure region this process runs in, or is near to, such as `East US`: the account's regions are tried from there outwards.
    pub region: String,
    /// How long a connection may take to be made; 0.1 to 6 seconds.
    pub connect_timeout: Duration,
    /// How long an operation may take, retries included.
    pub timeout: Duration,
    /// How often a throttled request is repeated before [`CosmosError::Throttled`].
    pub throttle_retries: u32,
}

impl Default for CosmosOptions {
    fn default() -> Self {
        Self {
            region: "East US".to_owned(),
            connect_timeout: Duration::from_secs(3),
            timeout: Duration::from_secs(10),
            throttle_retries: 3,
        }
    }
}

/// The version of a document, as Cosmos DB names it: `_etag`, quotes included.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ETag(pub String);

/// A document as it was read. It has the system properties, `_etag` and `_ts` among them.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// The document.
    pub body: Value,
    /// Its version.
    pub etag: ETag,
}

/// One database of an account.
pub struct CosmosStore {
    database: DatabaseClient,
    timeout: Duration,
    containers: RwLock<HashMap<String, ContainerClient>>,
}

impl CosmosStore {
    /// Connects to the account, and makes the database unless there is one.
    ///
    /// # Errors
    /// [`CosmosError::Unauthorized`] with a wrong key, [`CosmosError::Unavailable`] when the account does not answer.
    pub async fn connect(account: &ConnectionString, database: &str, options: &CosmosOptions) -> Result<Self, CosmosError> {
        // The SDK's HTTP client takes the process's cryptography library; it may be set already.
        let _already_set = rustls::crypto::ring::default_provider().install_default();
        within(options.timeout, async {
            let client = client(account, options).await?;
            match client.create_database(database, None).await.map_err(CosmosError::from) {
                Ok(_) | Err(CosmosError::Conflict) => {}
                Err(error) => return Err(error),
            }
            Ok(Self { database: client.database_client(database.to_owned()), timeout: options.timeout, containers: RwLock::default() })
        })
        .await
    }

    /// Makes a container whose documents are partitioned by the value at this path, such as `/owner`, unless it is there. A document is
    /// kept for ever unless it says [how long itself](https://learn.microsoft.com/en-us/azure/cosmos-db/nosql/time-to-live), as fences do.
    ///
    /// # Errors
    /// Any [`CosmosError`] but a conflict.
    pub async fn ensure_container(&self, name: &str, partition_key_path: &str) -> Result<(), CosmosError> {
        let properties =
            ContainerProperties::new(name.to_owned(), partition_key_path.to_owned().into()).with_default_ttl(TimeToLive::NoDefault);
        self.within(async {
            match self.database.create_container(properties, None).await.map_err(CosmosError::from) {
                Ok(_) | Err(CosmosError::Conflict) => Ok(()),
                Err(error) => Err(error),
            }
        })
        .await
    }

    /// The document with this id in a partition, unless there is none.
    ///
    /// # Errors
    /// [`CosmosError::NotFound`] for a container that is not there; any other.
    pub async fn get(&self, container: &str, partition: &str, id: &str) -> Result<Option<Document>, CosmosError> {
        let container = self.container(container).await?;
        self.within(async {
            let response = match container.read_item(partition.to_owned(), id, None).await {
                Ok(response) => response,
                // With a reason for it, it is something else that is not there.
                Err(error) if error.status().is_not_found() => return Ok(None),
                Err(error) => return Err(error.into()),
            };
            let body: Value = response.into_model()?;
            let etag = ETag(body["_etag"].as_str().unwrap_or_default().to_owned());
            Ok(Some(Document { body, etag }))
        })
        .await
    }

    /// Whether the account answers and takes the key: reads the database's properties.
    ///
    /// # Errors
    /// [`CosmosError::Unavailable`], [`CosmosError::Unauthorized`]; [`CosmosError::NotFound`] once somebody has deleted the database.
    pub async fn ping(&self) -> Result<(), CosmosError> {
        self.within(async {
            self.database.read(None).await?;
            Ok(())
        })
        .await
    }

    /// Deletes the database with all that is in it.
    ///
    /// # Errors
    /// Any [`CosmosError`].
    pub async fn drop_database(&self) -> Result<(), CosmosError> {
        self.within(async {
            self.database.delete(None).await?;
            Ok(())
        })
        .await
    }

    /// The container's client; what the SDK has to know of a container is asked once.
    pub(crate) async fn container(&self, name: &str) -> Result<ContainerClient, CosmosError> {
        let known = self.containers.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned();
        if let Some(client) = known {
            return Ok(client);
        }
        let client = self.within(async { Ok(self.database.container_client(name.to_owned(), None).await?) }).await?;
        self.containers.write().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), client.clone());
        Ok(client)
    }

    pub(crate) async fn within<T>(&self, operation: impl Future<Output = Result<T, CosmosError>>) -> Result<T, CosmosError> {
        within(self.timeout, operation).await
    }
}

/// The last resort: the SDK's own limits are per request, and it may make several.
async fn within<T>(timeout: Duration, operation: impl Future<Output = Result<T, CosmosError>>) -> Result<T, CosmosError> {
    tokio::time::timeout(timeout, operation).await.unwrap_or_else(|_elapsed| Err(CosmosError::timed_out()))
}

async fn client(account: &ConnectionString, options: &CosmosOptions) -> Result<CosmosClient, CosmosError> {
    let pool = ConnectionPoolOptions::builder().with_max_connect_timeout(options.connect_timeout).build()?;
    let throttling = ThrottlingRetryOptionsBuilder::new()
        .with_max_retry_count(options.throttle_retries)
        .with_max_retry_wait_time(options.timeout / 2)
        .build();
    let operations = OperationOptionsBuilder::new().with_throttling_retry_options(throttling).build();
    let runtime = CosmosRuntime::builder().with_connection_pool(pool).with_default_operation_options(operations).build().await?;
    let reference =
        AccountReference::with_authentication_key(account.endpoint().clone().into(), Secret::new(account.key().expose_secret().to_owned()));
    // Plain JSON: what is read is handed on as JSON in any case.
    let json = BinaryEncodingOptions::new().with_enabled(false);
    Ok(CosmosClient::builder()
        .with_runtime(runtime)
        .with_binary_encoding_options(json)
        .build(reference, RoutingStrategy::ProximityTo(Region::from(options.region.clone())))
        .await?)
}

impl fmt::Debug for CosmosStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CosmosStore").field("database", &self.database.name()).finish_non_exhaustive()
    }
}
