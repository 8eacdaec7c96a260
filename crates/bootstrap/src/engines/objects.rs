//! The object store: files in the data directory, or S3.

use std::sync::Arc;

use atelier_adapter_cache::SignedUrlCache;
use atelier_adapter_files::FileObjectStore;
use atelier_adapter_s3::{S3ObjectStore, S3Settings};
use atelier_domain::kernel::{Cache, Clock, DirectObjectAccess, ObjectStore, SecretString};

use crate::config::Config;
use crate::product::{StartError, failed};

/// The object store and, where it has no server of its own, its server side.
pub(crate) struct Objects {
    /// The port, with signed URLs remembered.
    pub(crate) store: Arc<dyn ObjectStore>,
    /// Answers signed URLs of files.
    pub(crate) direct: Option<Arc<dyn DirectObjectAccess>>,
    s3: Option<Arc<S3ObjectStore>>,
}

impl Objects {
    /// Opens the store that the settings name.
    pub(crate) async fn open(
        config: &Config,
        public_url: &str,
        url_signing: &SecretString,
        clock: &Arc<dyn Clock>,
        cache: Option<Arc<dyn Cache>>,
    ) -> Result<Self, StartError> {
        let remembered = |store| Arc::new(SignedUrlCache::new(store, clock.clone(), cache)) as Arc<dyn ObjectStore>;
        if let Some(settings) = s3_settings(config) {
            let s3 = Arc::new(S3ObjectStore::connect(settings, clock.clone()).await.map_err(failed("the object store"))?);
            return Ok(Self { store: remembered(s3.clone()), direct: None, s3: Some(s3) });
        }
        let folder = config.process.data_dir.join("objects");
        let files = FileObjectStore::open(&folder, public_url, url_signing, clock.clone()).map_err(failed("the object store"))?;
        let files = Arc::new(files);
        Ok(Self { store: remembered(files.clone()), direct: Some(files), s3: None })
    }

    /// The bucket, where there is one.
    pub(crate) fn bucket(&self) -> Option<Arc<S3ObjectStore>> {
        self.s3.clone()
    }

    /// Says goodbye to the server, if there is one.
    pub(crate) fn close(&self) {
        if let Some(s3) = &self.s3 {
            s3.close();
        }
    }
}

/// The bucket's settings, when one is named.
pub(crate) fn s3_settings(config: &Config) -> Option<S3Settings> {
    let objects = &config.objects;
    let bucket = objects.bucket(config.process.app_env)?;
    let (access_key, secret_key) = (objects.aws_access_key_id.as_deref()?, objects.aws_secret_access_key.clone()?);
    Some(S3Settings {
        endpoint: objects.aws_endpoint_url.clone(),
        public_endpoint: objects.aws_public_endpoint_url.clone(),
        path_style: objects.s3_path_style,
        send_acl: objects.s3_send_acl,
        ..S3Settings::new(bucket, &objects.aws_region_name, access_key, secret_key)
    })
}
