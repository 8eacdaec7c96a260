//! From SQLite's errors to the domain's.

use std::io;
use std::path::PathBuf;

use atelier_domain::kernel::StoreError;

/// Why the store could not be opened. The text says what to do.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The folder of the file cannot be made.
    #[error("the folder of {path} cannot be made: check DATA_DIR and its permissions")]
    Folder {
        /// The database file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The file cannot be opened, or is no SQLite database.
    #[error(
        "{path} cannot be opened as a SQLite database: check that it is one, and that this process may read and write it and its folder"
    )]
    Open {
        /// The database file.
        path: PathBuf,
        /// Why.
        #[source]
        source: sqlx::Error,
    },
    /// A newer version of the program wrote the file.
    #[error(
        "{path} has schema version {found}, this program knows versions up to {known}: start the newer program, or restore a backup made before the upgrade"
    )]
    Newer {
        /// The database file.
        path: PathBuf,
        /// The schema version found.
        found: i64,
        /// The newest version this program knows.
        known: i64,
    },
    /// A migration that ran was changed afterwards.
    #[error(
        "migration {version} of {path} is not the one this program was built with: start the program that made the file, or restore a backup"
    )]
    Changed {
        /// The database file.
        path: PathBuf,
        /// The migration's version.
        version: i64,
    },
    /// A migration failed; nothing of it was kept.
    #[error("{path} could not be migrated; it is as it was before")]
    Migration {
        /// The database file.
        path: PathBuf,
        /// Why.
        #[source]
        source: sqlx::migrate::MigrateError,
    },
}

/// SQLite's primary result codes, the low byte of the extended ones.
mod code {
    pub(super) const BUSY: i32 = 5;
    pub(super) const LOCKED: i32 = 6;
    pub(super) const READONLY: i32 = 8;
    pub(super) const IOERR: i32 = 10;
    pub(super) const FULL: i32 = 13;
    pub(super) const CANTOPEN: i32 = 14;
}

fn primary_code(error: &dyn sqlx::error::DatabaseError) -> Option<i32> {
    error.code()?.parse::<i32>().ok().map(|extended| extended & 0xff)
}

/// The index of the write-ahead log is a file of its own (`-shm`) with a code of its own for a full disk: `SQLITE_IOERR_SHMSIZE`.
fn index_cannot_grow(error: &dyn sqlx::error::DatabaseError) -> bool {
    error.code().is_some_and(|code| code == "4874")
}

/// Whether another connection holds the lock this one needs.
pub(crate) fn is_busy(error: &sqlx::Error) -> bool {
    let primary = error.as_database_error().and_then(primary_code);
    matches!(primary, Some(code::BUSY | code::LOCKED))
}

/// The last column of `UNIQUE constraint failed: favorites.user_id, favorites.tryon_id` names the key: the owner comes first in all of them.
fn constraint(message: &str) -> String {
    let columns = message.rsplit_once(": ").map_or(message, |(_, columns)| columns);
    columns.rsplit_once(", ").map_or(columns, |(_, last)| last).to_owned()
}

/// Maps a failed statement or connection. A disk that is full, or may not be written to, is said in the words of the standard library, which the
/// layers above know.
pub(crate) fn store_error(error: sqlx::Error) -> StoreError {
    match &error {
        sqlx::Error::Database(database) if database.is_unique_violation() => {
            StoreError::Conflict { constraint: constraint(database.message()) }
        }
        sqlx::Error::Database(database) => match primary_code(database.as_ref()) {
            Some(code::BUSY | code::LOCKED) => StoreError::Contention(error.into()),
            Some(code::FULL) => StoreError::Unavailable(io::Error::new(io::ErrorKind::StorageFull, error).into()),
            Some(code::IOERR) if index_cannot_grow(database.as_ref()) => {
                StoreError::Unavailable(io::Error::new(io::ErrorKind::StorageFull, error).into())
            }
            Some(code::READONLY) => StoreError::Unavailable(io::Error::new(io::ErrorKind::ReadOnlyFilesystem, error).into()),
            Some(code::IOERR | code::CANTOPEN) => StoreError::Unavailable(error.into()),
            _ => StoreError::Other(error.into()),
        },
        sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed | sqlx::Error::Io(_) => {
            StoreError::Unavailable(error.into())
        }
        _ => StoreError::Other(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::constraint;

    #[test]
    fn a_clash_is_named_after_the_last_column_of_its_key() {
        assert_eq!(constraint("UNIQUE constraint failed: users.email"), "users.email");
        assert_eq!(constraint("UNIQUE constraint failed: favorites.user_id, favorites.tryon_id"), "favorites.tryon_id");
    }
}
