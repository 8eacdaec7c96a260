//! A bucket of its own for each test, on the server that the environment names.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::Arc;

use atelier_adapter_s3::{S3ObjectStore, S3Settings};
use atelier_domain::kernel::{Clock, ExposeSecret, Timestamp};
use aws_sdk_s3::Client;
use aws_sdk_s3::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_s3::types::{Delete, ObjectIdentifier};

/// The real time: the server's clock decides what has expired.
pub(crate) struct RealClock;

impl Clock for RealClock {
    #[expect(clippy::disallowed_methods, reason = "signatures are checked by another process's clock")]
    fn now(&self) -> Timestamp {
        chrono::Utc::now()
    }
}

/// A variable, unless it is unset or empty.
pub(crate) fn variable(name: &str) -> Option<String> {
    #[expect(clippy::disallowed_methods, reason = "a test run is configured by its environment")]
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Settings for a bucket that does not exist, as the one who may do everything.
pub(crate) fn settings() -> Option<S3Settings> {
    let endpoint = variable("TEST_S3_ENDPOINT")?;
    let (access, secret) = (variable("TEST_S3_ACCESS_KEY")?, variable("TEST_S3_SECRET_KEY")?);
    let name = format!("test-{:016x}", RandomState::new().build_hasher().finish());
    let mut settings = S3Settings::new(&name, "us-east-1", &access, secret.into());
    settings.endpoint = Some(endpoint);
    settings.path_style = true;
    Some(settings)
}

/// The SDK's own client, for what the store does not offer.
pub(crate) fn client(settings: &S3Settings) -> Client {
    let config = aws_sdk_s3::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(settings.region.clone()))
        .credentials_provider(Credentials::new(&settings.access_key, settings.secret_key.expose_secret(), None, None, "test"))
        .force_path_style(true)
        .endpoint_url(settings.endpoint.clone().unwrap())
        .http_client(aws_smithy_http_client::Builder::new().build_http());
    Client::from_conf(config.build())
}

/// A bucket that goes, with all that is in it, when this is dropped.
pub(crate) struct Bucket {
    pub(crate) settings: S3Settings,
    pub(crate) client: Client,
}

impl Bucket {
    /// A new bucket, where there is a server.
    pub(crate) async fn create() -> Option<Self> {
        let settings = settings()?;
        let client = client(&settings);
        client.create_bucket().bucket(&settings.bucket).send().await.unwrap();
        Some(Self { settings, client })
    }

    pub(crate) fn name(&self) -> &str {
        &self.settings.bucket
    }

    pub(crate) async fn connect(&self) -> S3ObjectStore {
        S3ObjectStore::connect(self.settings.clone(), Arc::new(RealClock)).await.unwrap()
    }
}

impl Drop for Bucket {
    fn drop(&mut self) {
        let settings = self.settings.clone();
        // A thread and runtime of its own: this drop runs inside the test's runtime.
        let removal = std::thread::spawn(move || {
            tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(remove(&settings));
        });
        let _a_failed_test_stays_the_news = removal.join();
    }
}

async fn remove(settings: &S3Settings) {
    let (client, bucket) = (client(settings), &settings.bucket);
    loop {
        let page = client.list_object_versions().bucket(bucket).send().await.unwrap();
        let versions = page.versions().iter().map(|one| (one.key(), one.version_id()));
        let markers = page.delete_markers().iter().map(|one| (one.key(), one.version_id()));
        let ids: Vec<_> = versions
            .chain(markers)
            .map(|(key, version)| ObjectIdentifier::builder().key(key.unwrap()).set_version_id(version.map(str::to_owned)).build().unwrap())
            .collect();
        if ids.is_empty() {
            break;
        }
        client.delete_objects().bucket(bucket).delete(Delete::builder().set_objects(Some(ids)).build().unwrap()).send().await.unwrap();
    }
    client.delete_bucket().bucket(bucket).send().await.unwrap();
}
