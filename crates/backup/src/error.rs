//! What can go wrong.

use std::path::Path;

use atelier_domain::kernel::Source;

/// A backup, restore or verification did not succeed. The text says what is wrong, and what to do where that is known.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// A file or folder cannot be used.
    #[error("{path}: cannot {doing}")]
    File {
        /// Which.
        path: String,
        /// What was tried.
        doing: &'static str,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The archive is not what its manifest says, or cannot be read to its end.
    #[error("{archive} is damaged: {what}. Nothing was restored; use another backup")]
    Corrupt {
        /// The archive's name.
        archive: String,
        /// What is wrong with it.
        what: String,
    },
    /// The target holds data and nobody said that they may go.
    #[error("{target} is not empty: name an empty one, or replace it with --drop --yes")]
    NotEmpty {
        /// The target.
        target: String,
    },
    /// Replacing data needs a second word.
    #[error("--drop replaces what is in {target}: say --yes to confirm")]
    NotConfirmed {
        /// The target.
        target: String,
    },
    /// What was restored is not what was backed up; the target is untouched.
    #[error("what was restored from {archive} differs from what was backed up: {what}. The target was left as it was")]
    Differs {
        /// The archive's name.
        archive: String,
        /// The first difference.
        what: String,
    },
    /// Cannot be done like this; the text says why.
    #[error("{0}")]
    Refused(String),
    /// Another task on these backups is under way.
    #[error("a backup, verification or restore is under way: try again when it has ended")]
    InProgress,
    /// A program that this needs is missing or too old.
    #[error("{0}")]
    Tool(String),
    /// It was sealed with a key that is not there, or changed since.
    #[error("{archive} cannot be opened: {source}")]
    Sealed {
        /// The archive's name.
        archive: String,
        /// Why.
        #[source]
        source: Source,
    },
    /// The store failed.
    #[error("the store failed while {doing}")]
    Store {
        /// What was being done.
        doing: String,
        /// Why.
        #[source]
        source: Source,
    },
}

impl BackupError {
    /// A file operation failed.
    pub fn file(path: &Path, doing: &'static str) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.display().to_string();
        move |source| Self::File { path, doing, source }
    }

    /// The store failed.
    pub fn store<E: Into<Source>>(doing: impl Into<String>) -> impl FnOnce(E) -> Self {
        let doing = doing.into();
        move |source| Self::Store { doing, source: source.into() }
    }

    pub(crate) fn corrupt(path: &Path, what: impl Into<String>) -> Self {
        Self::Corrupt { archive: path.display().to_string(), what: what.into() }
    }
}
