//! How long things are kept.

/// Settings of retention.
#[derive(Debug, Clone, clap::Args)]
pub struct RetentionSettings {
    /// Days a finished try-on is kept; unset: for ever
    #[arg(long, env = "RESULT_RETENTION_DAYS", value_parser = clap::value_parser!(u32).range(1..=3650))]
    pub result_retention_days: Option<u32>,
}
