//! The migrations, as files in the order of their versions.

/// One migration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MigrationFile {
    /// The version, `YYYYMMDD_NNN`.
    pub version: &'static str,
    /// The file's text: header comments, then SQL.
    pub text: &'static str,
}

macro_rules! files {
    ($($version:literal $name:literal;)*) => {
        &[$(MigrationFile { version: $version, text: include_str!(concat!("../migrations/", $version, "_", $name, ".sql")) }),*]
    };
}

/// Every migration of this build.
pub const MIGRATIONS: &[MigrationFile] = files! {
    "20240115_001" "source_tables";
    "20240116_001" "journeys";
    "20240117_001" "leases_and_isolation";
    "20240118_001" "data_versions";
};
