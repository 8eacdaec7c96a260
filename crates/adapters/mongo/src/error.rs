//! From the driver's errors to the domain's.

use atelier_domain::kernel::StoreError;
use mongodb::error::{Error, ErrorKind, TRANSIENT_TRANSACTION_ERROR, WriteFailure};

use crate::index_report::IndexDrift;
use crate::indexes;
use crate::migrations::MigrationError;

/// Why the store could not be opened. The text says what to do, and never holds the URI: it may carry a password.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The connection string cannot be read.
    #[error(
        "MONGODB_URI is not a MongoDB connection string: mongodb://USER:PASSWORD@HOST:27017/?replicaSet=rs0, with special characters in \
         user and password percent-encoded"
    )]
    Uri,
    /// The database's name is not one MongoDB takes.
    #[error("MONGODB_DATABASE {name:?} cannot be the name of a database: 1 to 63 characters without /\\. \"$*<>:|? or spaces")]
    DatabaseName {
        /// The name.
        name: String,
    },
    /// No server answered in time.
    #[error(
        "no MongoDB server answered at {hosts} within {seconds} s: check that it runs, that MONGODB_URI names it, and that its replica set \
         has a primary"
    )]
    Unreachable {
        /// The hosts of the connection string.
        hosts: String,
        /// How long was waited.
        seconds: u64,
    },
    /// The server runs alone, without the transactions and change streams that this store needs.
    #[error(
        "the MongoDB server at {hosts} is not a replica set, and transactions and change streams need one. To make it a set of one node: \
         start mongod with --replSet rs0 (the data stay), once run rs.initiate() in mongosh, and set MONGODB_URI to \
         mongodb://HOST:27017/?replicaSet=rs0"
    )]
    Standalone {
        /// The hosts of the connection string.
        hosts: String,
    },
    /// The server belongs to another replica set than the connection string says.
    #[error("the MongoDB server at {hosts} belongs to the replica set {found:?}: set replicaSet={found} in MONGODB_URI")]
    OtherReplicaSet {
        /// The hosts of the connection string.
        hosts: String,
        /// The set's name.
        found: String,
    },
    /// User or password are wrong, or the user may not use the database.
    #[error(
        "MongoDB at {hosts} refuses the login for the database {database:?}: check user, password and authSource in MONGODB_URI, and that \
         the user has the role readWrite on it"
    )]
    Credentials {
        /// The hosts of the connection string.
        hosts: String,
        /// The database.
        database: String,
    },
    /// The server is too old.
    #[error("MongoDB 6.0 or later is needed; the server at {hosts} is older")]
    TooOld {
        /// The hosts of the connection string.
        hosts: String,
    },
    /// The database exists and is not up to date.
    #[error("the database {database:?} lacks the migrations {}: run `atelier-admin migrate`, then start again", .pending.join(", "))]
    Pending {
        /// The database.
        database: String,
        /// The missing migrations.
        pending: Vec<String>,
    },
    /// A newer version of the program migrated the database in a way this one does not know.
    #[error(
        "the database {database:?} has schema version {found}, this program knows versions up to {known}: start the newer program, or \
         restore a backup made before the upgrade"
    )]
    Newer {
        /// The database.
        database: String,
        /// The version found.
        found: i64,
        /// The newest version this program knows.
        known: i64,
    },
    /// The indexes are not those this program needs.
    #[error(
        "the indexes of the database {database:?} are not as they should be: {}. `atelier-admin migrate` makes the missing ones; drop one \
         that differs first",
        .drift.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
    )]
    Drift {
        /// The database.
        database: String,
        /// What is missing or differs.
        drift: Vec<IndexDrift>,
    },
    /// The migrations could not be run or looked at.
    #[error("the database could not be brought up to date")]
    Migration(#[source] MigrationError),
    /// Anything else the server answered.
    #[error("the MongoDB server at {hosts} cannot be used")]
    Server {
        /// The hosts of the connection string.
        hosts: String,
        /// What it said.
        #[source]
        source: Box<Error>,
    },
}

/// The server's error codes this adapter acts on.
mod code {
    pub(super) const UNAUTHORIZED: i32 = 13;
    pub(super) const AUTHENTICATION_FAILED: i32 = 18;
    pub(super) const LOCK_TIMEOUT: i32 = 24;
    pub(super) const MAX_TIME_EXPIRED: i32 = 50;
    pub(super) const SHUTDOWN_IN_PROGRESS: i32 = 91;
    pub(super) const WRITE_CONFLICT: i32 = 112;
    pub(super) const PRIMARY_STEPPED_DOWN: i32 = 189;
    pub(super) const NO_SUCH_TRANSACTION: i32 = 251;
    pub(super) const EXCEEDED_TIME_LIMIT: i32 = 262;
    pub(super) const NOT_WRITABLE_PRIMARY: i32 = 10107;
    pub(super) const DUPLICATE_KEY: i32 = 11000;
    pub(super) const INTERRUPTED_AT_SHUTDOWN: i32 = 11600;
    pub(super) const INTERRUPTED_BY_STATE_CHANGE: i32 = 11602;
    pub(super) const NOT_PRIMARY_NO_SECONDARY_OK: i32 = 13435;
    pub(super) const NOT_PRIMARY_OR_SECONDARY: i32 = 13436;
}

/// The server's code and message.
pub(crate) fn answer(error: &Error) -> Option<(i32, &str)> {
    match error.kind.as_ref() {
        ErrorKind::Command(command) => Some((command.code, &command.message)),
        ErrorKind::Write(WriteFailure::WriteError(write)) => Some((write.code, &write.message)),
        ErrorKind::Write(WriteFailure::WriteConcernError(concern)) => Some((concern.code, &concern.message)),
        ErrorKind::InsertMany(many) => many.write_errors.as_ref()?.first().map(|write| (write.code, write.message.as_str())),
        _ => None,
    }
}

/// Whether a unique key is taken.
pub(crate) fn is_duplicate(error: &Error) -> bool {
    answer(error).is_some_and(|(code, _)| code == code::DUPLICATE_KEY)
}

/// Whether the server gave the statement up because it took longer than it was given.
pub(crate) fn is_out_of_time(error: &Error) -> bool {
    answer(error).is_some_and(|(code, _)| code == code::MAX_TIME_EXPIRED)
}

/// Whether the login is wrong, missing, or not enough.
pub(crate) fn is_refused_login(error: &Error) -> bool {
    matches!(error.kind.as_ref(), ErrorKind::Authentication { .. })
        || answer(error).is_some_and(|(code, _)| matches!(code, code::UNAUTHORIZED | code::AUTHENTICATION_FAILED))
}

/// Maps a failed statement or connection.
pub(crate) fn store_error(error: Error) -> StoreError {
    if let ErrorKind::ServerSelection { .. } | ErrorKind::Shutdown = error.kind.as_ref() {
        return StoreError::Unavailable(error.into());
    }
    if let Some((code, message)) = answer(&error) {
        match code {
            code::DUPLICATE_KEY => return StoreError::Conflict { constraint: indexes::constraint(message) },
            code::WRITE_CONFLICT | code::LOCK_TIMEOUT | code::NO_SUCH_TRANSACTION => return StoreError::Contention(error.into()),
            _ => {}
        }
    }
    // A transaction cut off by a lost connection or a change of primary may be run again as a whole.
    if error.contains_label(TRANSIENT_TRANSACTION_ERROR) {
        return StoreError::Contention(error.into());
    }
    let unavailable = match answer(&error) {
        Some((code, _)) => matches!(
            code,
            code::MAX_TIME_EXPIRED
                | code::SHUTDOWN_IN_PROGRESS
                | code::PRIMARY_STEPPED_DOWN
                | code::EXCEEDED_TIME_LIMIT
                | code::NOT_WRITABLE_PRIMARY
                | code::INTERRUPTED_AT_SHUTDOWN
                | code::INTERRUPTED_BY_STATE_CHANGE
                | code::NOT_PRIMARY_NO_SECONDARY_OK
                | code::NOT_PRIMARY_OR_SECONDARY
        ),
        None => matches!(
            error.kind.as_ref(),
            ErrorKind::Io(_) | ErrorKind::ConnectionPoolCleared { .. } | ErrorKind::DnsResolve { .. } | ErrorKind::Authentication { .. }
        ),
    };
    if unavailable { StoreError::Unavailable(error.into()) } else { StoreError::Other(error.into()) }
}

/// The operation took longer than it may.
#[derive(Debug, thiserror::Error)]
#[error("the database did not finish the operation {operation} in time")]
pub(crate) struct TooSlow {
    pub(crate) operation: &'static str,
}
