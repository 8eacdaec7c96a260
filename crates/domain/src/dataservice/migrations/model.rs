//! Migrations, and runs of them.

use std::str::FromStr;
use std::time::Duration;

use crate::kernel::Timestamp;

use super::super::{DataError, RunState};

/// A migration that is still to be applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingMigration {
    /// `YYYYMMDD_NNN`.
    pub version: String,
    /// What it does.
    pub description: String,
    /// How long its author thinks it takes.
    pub estimated: Option<Duration>,
}

/// A migration that was applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppliedMigration {
    /// `YYYYMMDD_NNN`.
    pub version: String,
    /// When.
    pub applied_at: Timestamp,
    /// In how many milliseconds.
    pub duration_ms: u64,
}

/// Where the schema is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MigrationStatus {
    /// The newest version applied; none in an empty database.
    pub current_version: Option<String>,
    /// What is to be applied, in order.
    pub pending: Vec<PendingMigration>,
    /// What was applied last.
    pub last: Option<AppliedMigration>,
    /// The run that is under way.
    pub running: Option<MigrationRun>,
    /// Migrations that began outside a transaction and were not seen to end.
    pub dirty: Vec<String>,
    /// Applied migrations whose file has changed since.
    pub checksum_mismatches: Vec<String>,
    /// Applied migrations this build has no file of.
    pub missing: Vec<String>,
}

/// One run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MigrationRun {
    /// `mig_…`.
    pub id: String,
    /// How it stands.
    pub state: RunState,
    /// The migration it is at, counted from 1; 0 before the first.
    pub current_step: u32,
    /// How many it applies.
    pub total_steps: u32,
    /// How long what is left may take, as far as the authors said.
    pub remaining: Option<Duration>,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// Why it failed.
    pub error: Option<String>,
}

/// What a dry run found out about a migration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DryRunOutcome {
    /// It was executed and rolled back.
    Executed {
        /// In how many milliseconds.
        duration_ms: u64,
    },
    /// It cannot run inside a transaction, so nothing is known.
    NotVerifiable,
    /// It would fail, in the database's own words; what comes after it was not tried.
    Failed {
        /// The words.
        error: String,
    },
}

/// One migration of a dry run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DryRunStep {
    /// `YYYYMMDD_NNN`.
    pub version: String,
    /// Its SQL.
    pub statements: String,
    /// What was found out.
    pub outcome: DryRunOutcome,
}

/// What an operator says of a migration that was not seen to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resolution {
    /// It did its work, or the operator has.
    Applied,
    /// Nothing of it is left: it is to be applied again.
    RolledBack,
}

impl FromStr for Resolution {
    type Err = DataError;

    fn from_str(text: &str) -> Result<Self, DataError> {
        match text {
            "applied" => Ok(Self::Applied),
            "rolled_back" => Ok(Self::RolledBack),
            _ => Err(DataError::invalid("VALIDATION_FAILED", "resolution: applied or rolled_back")),
        }
    }
}

/// A duration in the words of the source: whole minutes (`2 minutes`), below one seconds (`30 seconds`).
pub fn estimated_remaining(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let (number, unit) = if seconds >= 60 { (seconds.div_ceil(60), "minute") } else { (seconds, "second") };
    format!("{number} {unit}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_told_as_the_source_tells_them() {
        for (seconds, words) in
            [(120, "2 minutes"), (60, "1 minute"), (61, "2 minutes"), (30, "30 seconds"), (1, "1 second"), (0, "0 seconds")]
        {
            assert_eq!(estimated_remaining(Duration::from_secs(seconds)), words);
        }
    }
}
