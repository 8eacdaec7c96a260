//! The SDK's client as this crate wants it.

use std::time::Duration;

use atelier_domain::kernel::ExposeSecret;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::retry::RetryConfig;
use aws_sdk_s3::config::timeout::TimeoutConfig;
use aws_sdk_s3::config::{BehaviorVersion, Builder, Config, Credentials, Region, SharedHttpClient};
use aws_smithy_http_client::Builder as HttpBuilder;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};

use crate::ordering::FolderOrder;
use crate::{S3Settings, Timeouts};

/// A client for requests.
pub(crate) fn for_requests(settings: &S3Settings, order: FolderOrder) -> Client {
    Client::from_conf(config(settings, settings.endpoint.as_deref()).interceptor(order).build())
}

/// A client that only signs.
pub(crate) fn for_signing(settings: &S3Settings) -> Client {
    Client::from_conf(config(settings, settings.public_endpoint.as_deref().or(settings.endpoint.as_deref())).build())
}

fn config(settings: &S3Settings, endpoint: Option<&str>) -> Builder {
    let timeouts = settings.timeouts;
    let mut config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(settings.region.clone()))
        .credentials_provider(Credentials::new(settings.access_key.clone(), settings.secret_key.expose_secret(), None, None, "settings"))
        .force_path_style(settings.path_style)
        .retry_config(
            RetryConfig::standard()
                .with_max_attempts(timeouts.attempts)
                .with_initial_backoff(Duration::from_millis(100))
                .with_max_backoff(Duration::from_secs(1)),
        )
        .timeout_config(limits(&timeouts, 0))
        .http_client(http_client(endpoint));
    if let Some(endpoint) = endpoint {
        config = config.endpoint_url(endpoint);
    }
    config
}

/// The limits of a request with a body of so many bytes.
fn limits(timeouts: &Timeouts, bytes: usize) -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(timeouts.connect)
        .operation_attempt_timeout(timeouts.attempt_with(bytes))
        .operation_timeout(timeouts.operation_with(bytes))
        .build()
}

/// What to override for a request that sends so many bytes.
pub(crate) fn for_sending(timeouts: &Timeouts, bytes: usize) -> Builder {
    Config::builder().timeout_config(limits(timeouts, bytes))
}

fn http_client(endpoint: Option<&str>) -> SharedHttpClient {
    if endpoint.is_some_and(|endpoint| endpoint.starts_with("http://")) {
        // Does not look for the system's certificates, which a minimal container may lack.
        return HttpBuilder::new().build_http();
    }
    HttpBuilder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https()
}
