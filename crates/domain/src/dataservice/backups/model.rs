//! Backups, and what is done with them.

use std::fmt;
use std::str::FromStr;

use chrono::NaiveDateTime;

use crate::kernel::Timestamp;

use super::super::{DataError, Rejected, RunState};

/// `bak_` and the second it was begun: `bak_20260131_020000`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct BackupId(String);

const SECOND: &str = "%Y%m%d_%H%M%S";

impl BackupId {
    /// Of a backup begun at this time.
    pub fn at(time: Timestamp) -> Self {
        Self(format!("bak_{}", time.format(SECOND)))
    }

    /// The id.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The time in it, as file names have it.
    pub fn stamp(&self) -> &str {
        &self.0["bak_".len()..]
    }
}

impl fmt::Display for BackupId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for BackupId {
    type Err = DataError;

    fn from_str(text: &str) -> Result<Self, DataError> {
        let stamp = text.strip_prefix("bak_").filter(|stamp| stamp.len() == 15);
        match stamp.map(|stamp| NaiveDateTime::parse_from_str(stamp, SECOND)) {
            Some(Ok(time)) => Ok(Self::at(time.and_utc())),
            // Nothing of another form was ever one.
            _ => Err(DataError::NotFound(Rejected::new("BACKUP_NOT_FOUND", "there is no backup of that id"))),
        }
    }
}

/// How a backup stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BackupState {
    /// It is being taken.
    Running,
    /// It is there.
    Completed,
    /// It was not taken.
    Failed,
    /// The process that took it is gone.
    Interrupted,
    /// It is there, and cannot be read.
    Damaged,
}

impl BackupState {
    /// The name, as sent.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Interrupted => "interrupted",
            Self::Damaged => "damaged",
        }
    }
}

/// A backup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backup {
    /// Its id.
    pub id: BackupId,
    /// How it stands.
    pub state: BackupState,
    /// When it was begun.
    pub taken_at: Timestamp,
    /// Its size on disk; none before it is there.
    pub bytes: Option<u64>,
    /// The SHA-256 of the sealed dump in it, in hexadecimal digits.
    pub sha256: Option<String>,
    /// Rows in it.
    pub rows: Option<u64>,
    /// The newest migration that was applied then.
    pub schema_version: Option<String>,
    /// When it was last read to its end and found right.
    pub verified_at: Option<Timestamp>,
    /// When it was last restored and compared.
    pub restore_tested_at: Option<Timestamp>,
    /// Why it was not taken.
    pub error: Option<String>,
    /// What was last done with it.
    pub task: Option<BackupTask>,
}

/// What can be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TaskKind {
    /// Taking it.
    Backup,
    /// Reading it to its end.
    Verify,
    /// Restoring it into a database of another name, which stays.
    Restore,
    /// Restoring it into a database that is compared and removed.
    RestoreTest,
}

impl TaskKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Backup, Self::Verify, Self::Restore, Self::RestoreTest];

    /// The name, as stored and sent.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Backup => "backup",
            Self::Verify => "verify",
            Self::Restore => "restore",
            Self::RestoreTest => "restore_test",
        }
    }
}

impl FromStr for TaskKind {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or(())
    }
}

/// Something done with a backup. One is under way at a time, over all processes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupTask {
    /// Which backup.
    pub backup: BackupId,
    /// What.
    pub kind: TaskKind,
    /// How it stands.
    pub state: RunState,
    /// Where a restore puts it.
    pub target_database: Option<String>,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// Why it failed.
    pub error: Option<String>,
}

/// Every backup, the newest first, and what is under way.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BackupOverview {
    /// The backups.
    pub backups: Vec<Backup>,
    /// What is under way.
    pub running: Option<BackupTask>,
}

/// Whether a database may be called so without being quoted: lower case, digits and underscores, 63 of them at most.
pub fn is_database_name(text: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    (1..=63).contains(&text.len()) && text.bytes().all(inner) && !text.starts_with(|first: char| first.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_the_second_they_were_begun_and_nothing_else_is_one() {
        let id: BackupId = "bak_20260131_020304".parse().unwrap();
        assert_eq!((id.stamp(), id.to_string().as_str()), ("20260131_020304", "bak_20260131_020304"));
        for other in ["", "bak_", "20260131_020304", "bak_20260131_020364", "bak_20260131_0203040", "bak_../../etc/pass"] {
            assert!(matches!(BackupId::from_str(other), Err(DataError::NotFound(_))), "{other}");
        }
    }

    #[test]
    fn database_names_need_no_quotes() {
        assert!(["visiobook_restore", "_a", "x9"].iter().all(|name| is_database_name(name)));
        let long = "a".repeat(64);
        assert!(["", "9a", "A", "a-b", "a b", "a\"b", "a;b", "é", &long].iter().all(|name| !is_database_name(name)));
    }
}
