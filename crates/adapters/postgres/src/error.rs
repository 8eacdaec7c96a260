//! From PostgreSQL's SQLSTATE to what the service says.

use std::time::Duration;

use atelier_domain::dataservice::{DataError, Database, Rejected};
use sqlx::error::DatabaseError;
use sqlx::postgres::PgDatabaseError;

/// PostgreSQL cannot be used; the message says what to do and never holds the password.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The URL is none.
    #[error("DATABASE_URL must look like postgresql://user:password@host:5432/database")]
    Url(#[source] sqlx::Error),
    /// User, password or database are wrong.
    #[error("PostgreSQL at {server} refuses the user, password or database of DATABASE_URL")]
    Credentials {
        /// Which.
        server: String,
        /// Why.
        #[source]
        source: sqlx::Error,
    },
    /// Nobody answers.
    #[error("PostgreSQL at {server} does not answer: start it, correct DATABASE_URL, or leave the data service out of PRODUCTS")]
    Unreachable {
        /// Which.
        server: String,
        /// Why.
        #[source]
        source: sqlx::Error,
    },
}

/// When a pool without a free connection says to come again.
pub(crate) const EXHAUSTED_RETRY: Duration = Duration::from_secs(5);

fn conflict(code: &'static str, message: &str, error: &dyn DatabaseError) -> DataError {
    let mut rejected = Rejected::new(code, message);
    if let Some(constraint) = error.constraint() {
        rejected = rejected.with("constraint", constraint);
    }
    if let Some(table) = error.table() {
        rejected = rejected.with("table", table);
    }
    DataError::Conflict(rejected)
}

fn invalid(code: &'static str, message: &str, error: &PgDatabaseError) -> DataError {
    let mut rejected = Rejected::new(code, message);
    if let Some(column) = error.column() {
        rejected = rejected.with("column", column);
    }
    if let Some(constraint) = error.constraint() {
        rejected = rejected.with("constraint", constraint);
    }
    DataError::Invalid(rejected)
}

/// What an error of the driver means to a client.
pub(crate) fn data_error(error: sqlx::Error) -> DataError {
    let database = Database::PostgreSql;
    match error {
        sqlx::Error::PoolTimedOut => DataError::Exhausted { database, retry_after: EXHAUSTED_RETRY },
        sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed | sqlx::Error::Protocol(_) => {
            DataError::Unavailable { database, source: error.into() }
        }
        sqlx::Error::Database(reported) => match reported.try_downcast::<PgDatabaseError>() {
            Ok(reported) => of_state(*reported),
            Err(other) => DataError::Internal(other),
        },
        other => DataError::Internal(other.into()),
    }
}

fn of_state(error: PgDatabaseError) -> DataError {
    let database = Database::PostgreSql;
    match error.code() {
        "23505" => conflict("UNIQUE_VIOLATION", "a row with these values is there already", &error),
        "23503" => conflict("FOREIGN_KEY_VIOLATION", "the row it points to is not there, or is pointed to", &error),
        "40001" | "40P01" => conflict("SERIALIZATION_FAILURE", "another transaction was faster: try again", &error),
        "55P03" | "57014" => DataError::Timeout { database, source: error.into() },
        "23502" => invalid("CONSTRAINT_VIOLATION", "a column that must not be empty has no value", &error),
        "23514" => invalid("CONSTRAINT_VIOLATION", "a value breaks a rule of the table", &error),
        code if code.starts_with("22") => invalid("CONSTRAINT_VIOLATION", "a value does not fit its column", &error),
        // The catalogue has let nothing through that the grants do not: what is left is a row of somebody else.
        "42501" => DataError::Forbidden(Rejected::new("OWNERSHIP_VIOLATION", "this would touch rows of somebody else")),
        "42P01" => DataError::NotFound(Rejected::new("TABLE_NOT_FOUND", "the table is not there: run the migrations")),
        "53300" => DataError::Exhausted { database, retry_after: EXHAUSTED_RETRY },
        code if code.starts_with("08") || code.starts_with("53") || code.starts_with("57P") || code == "25006" => {
            DataError::Unavailable { database, source: error.into() }
        }
        _ => DataError::Internal(error.into()),
    }
}

/// Whether a statement that changed nothing may simply be sent again.
pub(crate) fn is_transient(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) => true,
        sqlx::Error::Database(reported) => reported.code().is_some_and(|code| matches!(code.as_ref(), "57P03" | "57P01" | "40001")),
        _ => false,
    }
}
