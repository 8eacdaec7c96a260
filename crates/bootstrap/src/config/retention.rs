//! How long things are kept, and their backups.

use std::path::PathBuf;

/// How whole backups are kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum BackupLayout {
    /// `20260131_020000.tar.gz`
    #[default]
    Archive,
    /// The folder `20260131`, uncompressed
    DailyFolder,
}

/// Settings of retention and backups.
#[derive(Debug, Clone, clap::Args)]
pub struct RetentionSettings {
    /// Days a finished try-on is kept; unset: for ever
    #[arg(long, env = "RESULT_RETENTION_DAYS", value_parser = clap::value_parser!(u32).range(1..=3650))]
    pub result_retention_days: Option<u32>,
    /// Where backups are kept. Set: workers take one every day, the changes every hour (MongoDB only), and prove once a month that the
    /// newest one can be restored; those of PostgreSQL are in postgresql/ below it. Every process must see the same directory, or only one
    /// worker have it set. Unset: no schedule, and `atelier-admin backup` uses /backups/mongodb, or DATA_DIR/backups for the embedded store, or ./backup for daily folders
    #[arg(long, env = "BACKUP_DIR")]
    pub backup_dir: Option<PathBuf>,
    /// Days a backup is kept; the newest whole one always is, and so is what changes that stay follow
    #[arg(long, env = "BACKUP_KEEP_DAYS", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=3650))]
    pub backup_keep_days: u32,
    /// How whole backups are kept
    #[arg(long, env = "BACKUP_LAYOUT", value_enum, default_value_t)]
    pub backup_layout: BackupLayout,
}
