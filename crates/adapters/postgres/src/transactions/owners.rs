//! The port [`OwnerRows`] over PostgreSQL.

use async_trait::async_trait;
use atelier_domain::dataservice::DataError;
use atelier_domain::dataservice::transactions::OwnerRows;
use uuid::Uuid;

use super::again::again;
use crate::error::data_error;
use crate::pool::PgStore;

/// The rows of `users`.
pub struct PgOwnerRows {
    store: PgStore,
}

impl PgOwnerRows {
    /// The rows of this database.
    pub fn new(store: PgStore) -> Self {
        Self { store }
    }

    async fn insert(&self, owner: Uuid, role: &str, email: &str) -> Result<(), sqlx::Error> {
        // No password has this hash.
        let insert = "INSERT INTO users (id, email, password_hash, role) VALUES ($1, $2, '!', $3)
                      ON CONFLICT (id) DO UPDATE SET role = excluded.role WHERE users.role IS DISTINCT FROM excluded.role";
        sqlx::query(insert).bind(owner).bind(email).bind(role).execute(self.store.pool()).await.map(|_done| ())
    }
}

#[async_trait]
impl OwnerRows for PgOwnerRows {
    async fn is_there(&self, owner: Uuid, role: &str) -> Result<bool, DataError> {
        let find = "SELECT EXISTS (SELECT FROM users WHERE id = $1 AND role = $2)";
        again(|| sqlx::query_scalar(find).bind(owner).bind(role).fetch_one(self.store.pool())).await
    }

    async fn make(&self, owner: Uuid, role: &str, email: &str) -> Result<(), DataError> {
        match self.insert(owner, role, email).await {
            // An address may have changed hands between two accounts, of which this database hears later or never.
            Err(error) if error.as_database_error().is_some_and(|reported| reported.is_unique_violation()) => {
                self.insert(owner, role, &format!("{owner}@users.invalid")).await.map_err(data_error)
            }
            result => result.map_err(data_error),
        }
    }
}
