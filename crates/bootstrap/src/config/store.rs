//! The store: SQLite in the data directory.

use atelier_domain::kernel::SecretString;

/// Settings of the store.
#[derive(Debug, Clone, clap::Args)]
pub struct StoreSettings {
    /// MongoDB replica set; not part of this version: leave it unset to use SQLite in the data directory
    #[arg(long, env = "MONGODB_URI", hide_env_values = true)]
    pub mongodb_uri: Option<SecretString>,
}

impl StoreSettings {
    pub(super) fn check(&self, problems: &mut Vec<String>) {
        if self.mongodb_uri.is_some() {
            problems.push("MONGODB_URI: MongoDB is not part of this version; unset it to use SQLite in DATA_DIR".to_owned());
        }
    }
}
