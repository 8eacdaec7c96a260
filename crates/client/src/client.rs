//! The client.

use std::fmt;
use std::sync::Arc;

use serde_json::json;

use crate::builder::ClientBuilder;
use crate::error::Error;
use crate::health::Health;
use crate::lease::{Access, LeaseDatabase, LeaseGuard};
use crate::migrations::Migrations;
use crate::operations::{DeadOperation, DeadOperations};
use crate::query::{Database, Query};
use crate::search::Search;
use crate::transaction::{Transaction, TransactionState};
use crate::transport::{Call, IdempotencyKey, Transport, random};

/// A client of one Core Database Service; clones share their connections.
#[derive(Clone)]
pub struct Client {
    pub(crate) transport: Arc<Transport>,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Transport { address, client_version, .. } = self.transport.as_ref();
        f.debug_struct("Client").field("address", address).field("client_version", client_version).finish_non_exhaustive()
    }
}

impl Client {
    /// A client of the service at this address, e.g. `https://data.example.com`.
    pub fn builder(address: &str) -> ClientBuilder {
        ClientBuilder::new(address)
    }

    pub(crate) fn new(transport: Transport) -> Self {
        Self { transport: Arc::new(transport) }
    }

    /// A query of a table, one's own rows only.
    pub fn query(&self, table: &str) -> Query {
        Query::new(self.clone(), table)
    }

    /// A query of documents in Cosmos DB, one's own only.
    pub fn documents(&self, container: &str) -> Query {
        self.query(container).on(Database::CosmosDb)
    }

    /// A search for the embeddings nearest to this one, among one's own.
    pub fn nearest(&self, table: &str, vector: impl Into<Vec<f32>>) -> Search {
        Search::new(self.clone(), table, vector.into())
    }

    /// Changes in several stores at once.
    pub fn transaction(&self) -> Transaction {
        Transaction::new(self.clone())
    }

    /// What became of a transaction of one's own.
    ///
    /// # Errors
    /// [`Error`]; `TRANSACTION_NOT_FOUND` for somebody else's too.
    pub async fn find_transaction(&self, id: &str) -> Result<TransactionState, Error> {
        self.transport.send(&Call::get(&format!("/api/v2/data/transaction/{}", segment(id)))).await?.read()
    }

    /// A credential of a store for a service, under a fresh idempotency key.
    ///
    /// # Errors
    /// [`Error`]; `LEASE_QUOTA_EXCEEDED`, `SERVICE_NOT_ALLOWED`, `DATABASE_CONNECTION_FAILED` when all are given out.
    pub async fn acquire(&self, service: &str, database: LeaseDatabase, access: Access) -> Result<LeaseGuard, Error> {
        self.acquire_under(&IdempotencyKey::random(), service, database, access).await
    }

    /// As [`acquire`](Client::acquire), under a key of the caller's own: the same call gets the same credential for as long as it lives.
    ///
    /// # Errors
    /// As [`acquire`](Client::acquire).
    pub async fn acquire_under(
        &self,
        key: &IdempotencyKey,
        service: &str,
        database: LeaseDatabase,
        access: Access,
    ) -> Result<LeaseGuard, Error> {
        let body = json!({"service_name": service, "database_type": database.as_str(), "operation_type": access.as_str()});
        let answer = self.transport.send(&Call::post("/api/v2/connections/acquire", &body)?.under(key)).await?;
        LeaseGuard::of(self.clone(), service, &answer)
    }

    /// The service's schema, for administrators.
    pub fn migrations(&self) -> Migrations {
        Migrations::new(self.clone())
    }

    /// Operations that were decided and that their store refuses for good, oldest first; for administrators.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn dead_operations(&self) -> Result<Vec<DeadOperation>, Error> {
        let found: DeadOperations = self.transport.send(&Call::get("/api/v2/data/operations/dead")).await?.read()?;
        Ok(found.operations)
    }

    /// Has a dead operation tried again; for administrators.
    ///
    /// # Errors
    /// [`Error`]; `TRANSACTION_NOT_FOUND` when it is not dead.
    pub async fn retry_operation(&self, id: &str) -> Result<(), Error> {
        self.decide(id, "retry").await
    }

    /// Gives a dead operation up for good; for administrators.
    ///
    /// # Errors
    /// [`Error`]; `TRANSACTION_NOT_FOUND` when it is not dead.
    pub async fn forget_operation(&self, id: &str) -> Result<(), Error> {
        self.decide(id, "forget").await
    }

    async fn decide(&self, id: &str, what: &str) -> Result<(), Error> {
        let path = format!("/api/v2/data/operations/{}/{what}", segment(id));
        self.transport.send(&Call::post(&path, &json!({}))?).await.map(drop)
    }

    /// How the service and its stores are; a service that is down answers too.
    ///
    /// # Errors
    /// [`Error`] when there is no answer of the service's.
    pub async fn health(&self) -> Result<Health, Error> {
        self.transport.answer(&Call::get("/health"), &format!("req_{}", random())).await?.read()
    }
}

/// One part of a path, whatever characters it has.
pub(crate) fn segment(text: &str) -> String {
    text.bytes().fold(String::with_capacity(text.len()), |mut path, byte| {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'~' | b':' => path.push(char::from(byte)),
            other => path.push_str(&format!("%{other:02X}")),
        }
        path
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_stays_one_part_of_the_path() {
        assert_eq!(segment("tx_a-1:2"), "tx_a-1:2");
        assert_eq!(segment("../é?"), "%2E%2E%2F%C3%A9%3F");
    }

    #[test]
    fn neither_a_client_nor_its_builder_shows_the_token() {
        let builder = Client::builder("https://data.example.com/").token("s3cret-token");
        assert!(!format!("{builder:?}").contains("s3cret"));
        let client = builder.build().map(|client| format!("{client:?}")).unwrap_or_default();
        assert!(client.contains("https://data.example.com\"") && !client.contains("s3cret"), "{client}");
    }

    #[test]
    fn settings_that_cannot_work_are_told_at_once() {
        let fault = |builder: ClientBuilder| builder.build().map(drop).map_err(|error| error.to_string()).err().unwrap_or_default();
        assert!(fault(Client::builder("data.example.com").token("t")).contains("http://"));
        assert!(fault(Client::builder("https://data.example.com")).contains("token"));
        assert!(fault(Client::builder("https://data.example.com").token("t").client_version("my service")).contains("version"));
    }
}
