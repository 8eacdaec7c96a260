//! What Cosmos DB holds of one owner.

use std::num::NonZeroU32;
use std::sync::Arc;

use async_trait::async_trait;
use atelier_domain::dataservice::catalogue::{Catalogue, Table};
use atelier_domain::dataservice::{Database, OwnedData};
use atelier_domain::kernel::StoreError;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::rows::not_ours;
use crate::{BatchOp, CosmosError, CosmosStore};

/// What one batch removes, and one page shows.
const AT_ONCE: NonZeroU32 = NonZeroU32::MIN.saturating_add(99);

/// An owner's partitions.
pub struct CosmosOwnedData {
    store: Arc<CosmosStore>,
    catalogue: Arc<Catalogue>,
}

fn store_error(error: CosmosError) -> StoreError {
    match error {
        CosmosError::Unavailable { .. } | CosmosError::Throttled { .. } => StoreError::Unavailable(error.into()),
        other => StoreError::Other(other.into()),
    }
}

impl CosmosOwnedData {
    /// The containers of this catalogue.
    pub fn new(store: Arc<CosmosStore>, catalogue: Arc<Catalogue>) -> Self {
        Self { store, catalogue }
    }

    async fn documents(&self, table: &Table, owner: &str) -> Result<Vec<Value>, CosmosError> {
        let (sql, mut found, mut continuation) = (format!("SELECT * FROM c WHERE {}", not_ours()), Vec::new(), None);
        loop {
            let page = self.store.query(table.name, owner, &sql, &[], AT_ONCE, continuation.as_deref()).await?;
            found.extend(page.items.into_iter().map(|document| shown(table, &document)));
            continuation = page.continuation;
            if continuation.is_none() {
                return Ok(found);
            }
        }
    }

    /// Removes what is there, fences included, until nothing is.
    async fn forget(&self, container: &str, owner: &str) -> Result<(), CosmosError> {
        loop {
            let page = self.store.query(container, owner, "SELECT VALUE c.id FROM c", &[], AT_ONCE, None).await?;
            let gone = |id: &Value| BatchOp::Delete { id: id.as_str().unwrap_or_default().to_owned(), if_match: None };
            let gone: Vec<_> = page.items.iter().map(gone).collect();
            if gone.is_empty() {
                return Ok(());
            }
            match self.store.batch(container, owner, gone).await.map_err(CosmosError::from) {
                // One has expired meanwhile: what is left is looked for again.
                Ok(_) | Err(CosmosError::NotFound) => {}
                Err(error) => return Err(error),
            }
        }
    }
}

fn shown(table: &Table, document: &Value) -> Value {
    let readable = table.columns.iter().filter(|column| column.readable_from.is_some());
    readable.filter_map(|column| Some((column.name.to_owned(), document.get(column.name)?.clone()))).collect()
}

#[async_trait]
impl OwnedData for CosmosOwnedData {
    fn database(&self) -> Database {
        Database::CosmosDb
    }

    async fn export(&self, owner: Uuid) -> Result<Value, StoreError> {
        let mut containers = Map::new();
        for table in self.catalogue.tables(Database::CosmosDb) {
            let documents = self.documents(table, &owner.to_string()).await.map_err(store_error)?;
            containers.insert(table.name.to_owned(), Value::Array(documents));
        }
        Ok(Value::Object(containers))
    }

    async fn erase(&self, owner: Uuid) -> Result<(), StoreError> {
        for table in self.catalogue.tables(Database::CosmosDb) {
            self.forget(table.name, &owner.to_string()).await.map_err(store_error)?;
        }
        Ok(())
    }
}
