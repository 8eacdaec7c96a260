//! What can come of a use case of the Core Database Service.

use std::time::Duration;

use serde_json::{Value, json};

use crate::kernel::{Coded, ErrorKind, Source};

use super::Database;

/// A request that breaks a rule: a code of the closed list, what is wrong, and the facts.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct Rejected {
    /// The code.
    pub code: &'static str,
    /// What is wrong and what would be right.
    pub message: String,
    /// Facts a client may act on, a JSON object.
    pub details: Value,
}

impl Rejected {
    /// A rejection without further facts.
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), details: json!({}) }
    }

    /// Adds a fact.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.add(name, value);
        self
    }

    fn add(&mut self, name: &str, value: impl Into<Value>) {
        if let Some(details) = self.details.as_object_mut() {
            details.insert(name.to_owned(), value.into());
        }
    }
}

/// The outcomes of this context's use cases. The codes are those of the service's closed list.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// The request is malformed or breaks a limit: 400.
    #[error(transparent)]
    Invalid(Rejected),
    /// Known, but not allowed: 403.
    #[error(transparent)]
    Forbidden(Rejected),
    /// No such table, lease, transaction or migration, or somebody else's: 404.
    #[error(transparent)]
    NotFound(Rejected),
    /// The data forbid it: 409.
    #[error(transparent)]
    Conflict(Rejected),
    /// More than the role's allowance: 429.
    #[error("{rejected}")]
    TooMany {
        /// Which allowance.
        rejected: Rejected,
        /// When to come again.
        retry_after: Duration,
    },
    /// Every connection of the store is in use: 503.
    #[error("Unable to acquire database connection")]
    Exhausted {
        /// Which store.
        database: Database,
        /// When to come again.
        retry_after: Duration,
    },
    /// The store does not answer: 503.
    #[error("{database} is not available at the moment: try again shortly")]
    Unavailable {
        /// Which store.
        database: Database,
        /// Why, for the log.
        #[source]
        source: Source,
    },
    /// The store is not configured: 503.
    #[error("{0} is not configured: set {remedy}", remedy = .0.remedy())]
    NotConfigured(Database),
    /// The store was reached too late, or the statement ran too long: 504.
    #[error("{database} did not answer in time: ask for less, or try again")]
    Timeout {
        /// Which store.
        database: Database,
        /// Why, for the log.
        #[source]
        source: Source,
    },
    /// Our fault: 500.
    #[error("the data service failed")]
    Internal(#[source] Source),
}

impl DataError {
    /// A 400 without further facts.
    pub fn invalid(code: &'static str, message: impl Into<String>) -> Self {
        Self::Invalid(Rejected::new(code, message))
    }

    /// The rejection inside, when it is one.
    pub fn rejected(&self) -> Option<&Rejected> {
        match self {
            Self::Invalid(rejected)
            | Self::Forbidden(rejected)
            | Self::NotFound(rejected)
            | Self::Conflict(rejected)
            | Self::TooMany { rejected, .. } => Some(rejected),
            _ => None,
        }
    }

    /// Adds a fact, where it is a rejection.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        if let Self::Invalid(rejected)
        | Self::Forbidden(rejected)
        | Self::NotFound(rejected)
        | Self::Conflict(rejected)
        | Self::TooMany { rejected, .. } = &mut self
        {
            rejected.add(name, value);
        }
        self
    }
}

impl Coded for DataError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Invalid(_) => ErrorKind::Invalid,
            Self::Forbidden(_) => ErrorKind::Forbidden,
            Self::NotFound(_) => ErrorKind::NotFound,
            Self::Conflict(_) => ErrorKind::Conflict,
            Self::TooMany { .. } => ErrorKind::RateLimited,
            Self::Exhausted { .. } | Self::Unavailable { .. } | Self::NotConfigured(_) => ErrorKind::Unavailable,
            Self::Timeout { .. } => ErrorKind::Timeout,
            Self::Internal(_) => ErrorKind::Internal,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Exhausted { .. } => "DATABASE_CONNECTION_FAILED",
            Self::Unavailable { .. } => "DATABASE_UNAVAILABLE",
            Self::NotConfigured(_) => "NOT_CONFIGURED",
            Self::Timeout { .. } => "DATABASE_TIMEOUT",
            other => other.rejected().map_or("INTERNAL", |rejected| rejected.code),
        }
    }

    fn retry_after_seconds(&self) -> Option<u64> {
        match self {
            Self::TooMany { retry_after, .. } | Self::Exhausted { retry_after, .. } => Some(retry_after.as_secs().max(1)),
            Self::Unavailable { .. } => Some(2),
            _ => None,
        }
    }

    fn details(&self) -> Option<Value> {
        match self {
            Self::Exhausted { database, retry_after } => {
                Some(json!({"database": database.as_str(), "pool_status": "exhausted", "retry_after": retry_after.as_secs().max(1)}))
            }
            Self::Unavailable { database, .. } | Self::Timeout { database, .. } | Self::NotConfigured(database) => {
                Some(json!({"database": database.as_str()}))
            }
            other => other.rejected().map(|rejected| rejected.details.clone()),
        }
    }
}
