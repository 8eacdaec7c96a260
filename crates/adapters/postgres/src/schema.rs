//! The migrations of this build, in the order of their versions.

use crate::migrations::MigrationFile;

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
    "20240117_002" "lease_logins";
    "20240118_001" "data_versions";
    "20240119_001" "transactions";
    "20240120_001" "embeddings";
    "20240121_001" "fewer_plans";
};
