//! The Core Database Service: one gateway for other services to PostgreSQL, Redis, Cosmos DB and vectors.
//!
//! `catalogue` says which tables exist and who may read and write which column, `queries` reads them, `transactions` changes several stores
//! at once with PostgreSQL deciding, `leases` hands out short-lived credentials, `migrations` brings the schema forward, `backups` keeps
//! copies of it all. A [`Tenant`] is who asks: the owner of the rows and the allowance of the role. PostgreSQL is the source of truth; what
//! is elsewhere follows it.

pub mod backups;
pub mod catalogue;
pub mod leases;
pub mod migrations;
pub mod queries;
pub mod transactions;

mod database;
mod error;
mod personal_data;
mod run_state;
mod sealing;
mod tenant;

pub use database::{Database, UnknownDatabase};
pub use error::{DataError, Rejected};
pub use personal_data::{DataPersonalData, OwnedData};
pub use run_state::RunState;
pub use sealing::{CannotOpen, OpenPieces, STREAM_HEADER, STREAM_PIECE, STREAM_TAG, SealPieces, Sealer, StreamError, StreamSealer};
pub use tenant::{Allowance, Tenant, Tier};
