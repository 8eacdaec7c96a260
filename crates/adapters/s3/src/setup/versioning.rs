//! Old versions are kept, so that what is overwritten or deleted by mistake can be had back (checklist W224, W228).

use aws_sdk_s3::types::{BucketVersioningStatus, VersioningConfiguration};

use super::Outcome;
use super::steps::Part;
use crate::S3ObjectStore;
use crate::fault::Fault;

pub(super) struct Versioning<'a>(pub(super) &'a S3ObjectStore);

impl Part for Versioning<'_> {
    type State = String;

    async fn found(&self) -> Result<String, Fault> {
        let found = self.0.client.get_bucket_versioning().bucket(self.0.bucket()).send().await?;
        Ok(found.status.map_or_else(|| "never enabled".to_owned(), |status| status.as_str().to_owned()))
    }

    fn is_right(&self, found: &String) -> bool {
        found == BucketVersioningStatus::Enabled.as_str()
    }

    async fn set(&self, _found: String) -> Result<(), Fault> {
        let enabled = VersioningConfiguration::builder().status(BucketVersioningStatus::Enabled).build();
        self.0.client.put_bucket_versioning().bucket(self.0.bucket()).versioning_configuration(enabled).send().await?;
        Ok(())
    }
}

/// Whether the bucket keeps old versions.
pub(super) async fn is_enabled(store: &S3ObjectStore) -> Result<bool, Fault> {
    let versioning = Versioning(store);
    Ok(versioning.is_right(&versioning.found().await?))
}

/// The log lines of the storage document.
pub(super) fn log(bucket: &str, outcome: &Outcome) {
    match outcome {
        Outcome::Unchanged | Outcome::Applied => tracing::info!("Versioning enabled for bucket: {bucket}"),
        Outcome::Differs(cause) | Outcome::Unsupported(cause) | Outcome::Failed(cause) => {
            tracing::error!("Failed to enable versioning: {cause}");
        }
        Outcome::Skipped(_) => {}
    }
}
