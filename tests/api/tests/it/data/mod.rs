//! The Core Database Service over HTTP.

mod backups;
mod codes;
pub(crate) mod connections;
mod migrations;
mod operations;
mod queries;
mod search;
mod versions;

use atelier_domain::dataservice::Database;
use atelier_domain::dataservice::catalogue::{Catalogue, Value};
use atelier_domain::kernel::data_user_id;
use reqwest::{Method, RequestBuilder};
use serde_json::Value as Json;
use uuid::Uuid;

use crate::app::{Answer, TestApp, User};

/// How many numbers the embeddings of the tests have.
pub(crate) const DIMENSIONS: usize = 2;

impl TestApp {
    /// A request to the Core Database Service, with the headers it requires.
    pub(crate) fn data_request(&self, method: Method, path: &str, user: Option<&User>) -> RequestBuilder {
        self.request(method, path, user).header("X-Request-ID", "req_123456789").header("X-Client-Version", "1.0.0")
    }

    /// Sends a body to the Core Database Service.
    pub(crate) async fn data(&self, path: &str, user: &User, body: Json) -> Answer {
        self.send(self.data_request(Method::POST, path, Some(user)).json(&body)).await
    }

    /// Adds a project of the user's and answers its id.
    pub(crate) fn project(&self, user: &User, title: &str, status: &str) -> Uuid {
        let table = Catalogue::visiobook(None).table(Database::PostgreSql, "projects").unwrap();
        let id = Uuid::from_u128(0x1000 + title.bytes().fold(0, |sum, byte| sum * 31 + u128::from(byte)));
        let now = Value::Timestamp("2024-01-15T10:00:00Z".parse().unwrap());
        let text = |text: &str| Value::Text(text.to_owned());
        let owner = Value::Uuid(data_user_id(user.id.parse().unwrap()));
        self.rows.insert(&table, vec![Value::Uuid(id), owner, text(title), Value::Null, text(status), Value::Null, now.clone(), now]);
        id
    }

    /// Adds an embedding of the user's and answers its id.
    pub(crate) fn embedding(&self, user: &User, kind: &str, embedding: [f32; DIMENSIONS]) -> Uuid {
        let table = Catalogue::visiobook(Some(DIMENSIONS)).table(Database::Vector, "embeddings").unwrap();
        let owner = data_user_id(user.id.parse().unwrap());
        let id = Uuid::new_v5(&owner, format!("{kind} {embedding:?}").as_bytes());
        let now = Value::Timestamp("2024-01-15T10:00:00Z".parse().unwrap());
        let row =
            vec![Value::Uuid(id), Value::Uuid(owner), Value::Text(kind.to_owned()), Value::Null, Value::Vector(embedding.to_vec()), now];
        self.rows.insert(&table, row);
        id
    }
}
