//! Typed client of the Core Database Service: leases, queries, transactions, migrations, health.
//!
//! ```no_run
//! use std::time::Duration;
//!
//! use atelier_client::{Access, Client, Error, Filter, LeaseDatabase};
//! use futures_util::TryStreamExt;
//! use secrecy::ExposeSecret;
//! use serde::Deserialize;
//! use serde_json::json;
//!
//! #[derive(Deserialize)]
//! struct Project {
//!     id: String,
//!     title: String,
//! }
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let client = Client::builder("https://data.example.com").token("the access token").client_version("report-service/1.4.2").build()?;
//!
//! // Several stores at once: all of it happens or nothing, and only once, however often it has to be sent.
//! let committed = client
//!     .transaction()
//!     .insert("projects", json!({"title": "Nouveau projet"}))
//!     .set_for("project:cache:proj_new", "created", Duration::from_secs(3600))
//!     .commit()
//!     .await?;
//!
//! // One's own write is seen, whatever is remembered elsewhere.
//! let mut query = client.query("projects").filter(Filter::eq("status", "draft")).select(["id", "title"]).limit(50);
//! if let Some(version) = committed.data_version {
//!     query = query.min_data_version(version);
//! }
//! let mut projects = std::pin::pin!(query.rows::<Project>());
//! while let Some(Project { id, title }) = projects.try_next().await? {
//!     println!("{id} {title}");
//! }
//!
//! // A login of PostgreSQL, renewed in the background, given back in the end.
//! let lease = client.acquire("report-service", LeaseDatabase::PostgreSql, Access::Read).await?.kept_renewed();
//! let url = lease.database_url().expose_secret();
//! // … connect with `url` …
//! lease.release().await?;
//!
//! match client.transaction().delete("projects", Filter::eq("id", "not mine")).commit().await {
//!     Err(Error::Service(refused)) => println!("{} ({})", refused.code, refused.request_id),
//!     other => drop(other?),
//! }
//! # Ok(())
//! # }
//! ```
//!
//! `client` has the calls, `builder` the settings, `transport` sends one call with its headers and tries, `error` what can go wrong; the
//! others are what is asked for and answered: `query`, `search` and `filter`, `transaction`, `lease`, `migrations`, `operations`, `health`. Nothing is
//! shared with the service but the shapes on the wire, of version 2 of its routes. TLS is rustls with ring, trusting what the machine trusts.

mod builder;
mod client;
mod error;
mod filter;
#[cfg(doctest)]
mod guide;
mod health;
mod lease;
mod migrations;
mod operations;
mod query;
mod search;
mod token;
mod transaction;
mod transport;

pub use builder::{BuildError, ClientBuilder};
pub use client::Client;
pub use error::{Error, ServiceError, Source};
pub use filter::Filter;
pub use health::{Connections, Health, HealthStatus, StoreHealth};
pub use lease::{Access, LeaseDatabase, LeaseGuard, LeaseStats, Released};
pub use migrations::{
    AppliedMigration, DryRun, DryRunStep, MigrationRun, MigrationStatus, Migrations, PendingMigration, Progress, Resolution, RunStatus,
};
pub use operations::DeadOperation;
pub use query::{CacheState, Database, Page, Query};
pub use search::{Neighbour, Neighbours, Search};
pub use token::TokenProvider;
pub use transaction::{Committed, Failure, Isolation, OperationResult, OperationStatus, Transaction, TransactionState};
pub use transport::IdempotencyKey;
