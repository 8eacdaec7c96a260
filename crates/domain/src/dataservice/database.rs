//! The kinds of store behind the gateway.

use std::fmt;
use std::str::FromStr;

/// The text names no store.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown database: one of postgresql, redis, cosmosdb, vector")]
pub struct UnknownDatabase;

/// One of the four stores, named as clients name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Database {
    /// The primary data: what is committed here has happened.
    PostgreSql,
    /// Cache and sessions.
    Redis,
    /// Documents, one partition per owner.
    CosmosDb,
    /// Embeddings.
    Vector,
}

impl Database {
    /// Every store.
    pub const ALL: [Self; 4] = [Self::PostgreSql, Self::Redis, Self::CosmosDb, Self::Vector];

    /// What to set for it to be there, to end the sentence "set …".
    pub fn remedy(self) -> &'static str {
        match self {
            Self::PostgreSql => "DATABASE_URL",
            Self::Vector => "DATABASE_URL to a PostgreSQL with the extension vector (pgvector), and run its migrations",
            Self::Redis => "REDIS_URL",
            Self::CosmosDb => "COSMOS_CONNECTION_STRING",
        }
    }

    /// Whether a commit counts a version of the owner's rows in each table: only then can it be known whether a remembered answer still holds.
    pub fn counts_versions(self) -> bool {
        matches!(self, Self::PostgreSql | Self::Vector)
    }

    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PostgreSql => "postgresql",
            Self::Redis => "redis",
            Self::CosmosDb => "cosmosdb",
            Self::Vector => "vector",
        }
    }
}

impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Database {
    type Err = UnknownDatabase;

    fn from_str(text: &str) -> Result<Self, UnknownDatabase> {
        Self::ALL.into_iter().find(|database| database.as_str() == text).ok_or(UnknownDatabase)
    }
}
