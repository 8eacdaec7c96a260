//! The Core Database Service's duty towards a person's data.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::kernel::{ExportSection, PersonalData, PersonalDataError, StoreError, UserId, data_user_id};

use super::Database;

/// One store's part in it.
#[async_trait]
pub trait OwnedData: Send + Sync {
    /// The store.
    fn database(&self) -> Database;
    /// Everything the store holds of an owner that is readable.
    async fn export(&self, owner: Uuid) -> Result<Value, StoreError>;
    /// Erases everything the store holds of an owner, what waits to be done for it included. MUST be repeatable.
    async fn erase(&self, owner: Uuid) -> Result<(), StoreError>;
}

/// Exports and erases an account's rows, keys and leases.
pub struct DataPersonalData {
    stores: Vec<Arc<dyn OwnedData>>,
}

impl DataPersonalData {
    /// Over these stores, PostgreSQL first: what is not decided there any more is not applied elsewhere again.
    pub fn new(stores: Vec<Arc<dyn OwnedData>>) -> Self {
        Self { stores }
    }
}

#[async_trait]
impl PersonalData for DataPersonalData {
    fn context(&self) -> &'static str {
        "dataservice"
    }

    /// None in the accounts' store: its tables are in stores of its own.
    fn collections(&self) -> &'static [&'static str] {
        &[]
    }

    async fn export(&self, user_id: UserId) -> Result<ExportSection, PersonalDataError> {
        let owner = data_user_id(user_id);
        let mut data = Map::new();
        for store in &self.stores {
            data.insert(store.database().as_str().to_owned(), store.export(owner).await?);
        }
        Ok(ExportSection { context: self.context(), data: Value::Object(data) })
    }

    async fn erase(&self, user_id: UserId) -> Result<(), PersonalDataError> {
        let owner = data_user_id(user_id);
        for store in &self.stores {
            store.erase(owner).await?;
        }
        Ok(())
    }
}
