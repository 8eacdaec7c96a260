//! The bucket.

use std::sync::Arc;

use atelier_adapter_credentials::SystemClock;
use atelier_adapter_s3::S3ObjectStore;
use atelier_adapter_s3::setup::{self, SetupSettings, documents};

use super::print;
use crate::config::{Config, Environment};
use crate::engines::s3_settings;
use crate::product::{StartError, failed};

/// What can be done with the bucket.
#[derive(Debug, Clone, clap::Subcommand)]
pub enum StorageCommand {
    /// Apply versioning, the lifecycle rules and CORS (CORS_ORIGINS) to the bucket; repeatable. Prints the policy the access key needs and
    /// the replication document
    Setup {
        /// The name of the bucket that replicates this one, for the replication document
        #[arg(long, default_value = "wearit-storage-replica")]
        replica: String,
        /// The role that S3 replicates under, for the replication document
        #[arg(long, default_value = "arn:aws:iam::123456789012:role/replication")]
        role: String,
    },
    /// Say what of the bucket is not as `setup` would make it; fails when something differs
    Verify,
}

pub(super) async fn storage(config: &Config, command: StorageCommand) -> Result<(), StartError> {
    config.validate()?;
    let Some(settings) = s3_settings(config) else {
        print("Files are kept in DATA_DIR, which needs no setup; set AWS_BUCKET_NAME to keep them in S3.");
        return Ok(());
    };
    let (bucket, send_acl) = (settings.bucket.clone(), settings.send_acl);
    let store = S3ObjectStore::connect(settings, Arc::new(SystemClock)).await.map_err(failed("the object store"))?;
    let wanted =
        SetupSettings { origins: config.objects.cors_origins.clone(), production: config.process.app_env == Environment::Production };
    let report = match &command {
        StorageCommand::Setup { .. } => setup::apply(&store, &wanted).await,
        StorageCommand::Verify => setup::verify(&store, &wanted).await,
    };
    store.close();
    let report = report.map_err(failed("the bucket's setup"))?;
    print(report.to_string().trim_end());
    if let StorageCommand::Setup { replica, role } = command {
        print(&format!("\nThe least the service's access key needs:\n{}", documents::service_policy(&bucket, send_acl)));
        print(&format!("\nWhat this command needs besides:\n{}", documents::setup_policy(&bucket)));
        print(&format!(
            "\nReplication to another region (not applied: it needs a role and a second bucket):\n{}",
            documents::replication(&role, &replica)
        ));
    }
    if report.is_ok() { Ok(()) } else { Err(failed("the bucket's setup")("the bucket is not as it should be: see the steps above")) }
}
