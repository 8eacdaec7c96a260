use std::sync::Arc;
use std::time::{Duration, Instant};

use atelier_adapter_s3::{ConnectError, S3ObjectStore, S3Settings};
use atelier_testkit::contract::present;
use tokio::net::TcpListener;

use crate::bucket::{Bucket, RealClock, settings};
use crate::scripted::{Reply, Scripted};

/// Why the store refuses to start, within the 10 s that a start may take.
async fn refusal(settings: S3Settings) -> ConnectError {
    let start = Instant::now();
    let error = S3ObjectStore::connect(settings, Arc::new(RealClock)).await.err().unwrap();
    assert!(start.elapsed() < Duration::from_secs(10), "{error} after {:?}", start.elapsed());
    error
}

fn nowhere(endpoint: String) -> S3Settings {
    let mut settings = S3Settings::new("bucket", "us-east-1", "key", "secret-of-the-key".into());
    settings.endpoint = Some(endpoint);
    settings.path_style = true;
    settings
}

#[tokio::test]
async fn a_missing_bucket_is_named() {
    let Some(settings) = present(settings(), "a_missing_bucket_is_named") else { return };
    let bucket = settings.bucket.clone();
    let error = refusal(settings).await;
    assert!(matches!(error, ConnectError::NoSuchBucket { .. }), "{error}");
    assert!(error.to_string().contains(&bucket) && error.to_string().contains("correct AWS_BUCKET_NAME"), "{error}");
}

#[tokio::test]
async fn wrong_credentials_are_told_apart_from_a_missing_bucket() {
    let Some(bucket) = present(Bucket::create().await, "wrong_credentials_are_told_apart_from_a_missing_bucket") else { return };
    let mut wrong_secret = bucket.settings.clone();
    wrong_secret.secret_key = "not the secret".into();
    let mut unknown_key = bucket.settings.clone();
    unknown_key.access_key = "nobody".to_owned();
    for settings in [wrong_secret, unknown_key] {
        let error = refusal(settings).await;
        assert!(matches!(error, ConnectError::Credentials { .. }), "{error}");
        assert!(error.to_string().contains("correct AWS_ACCESS_KEY_ID"), "{error}");
        assert!(!error.to_string().contains("not the secret"), "{error}");
    }
}

#[tokio::test]
async fn a_port_where_nothing_listens_is_unreachable() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let error = refusal(nowhere(format!("http://{address}"))).await;
    assert!(matches!(error, ConnectError::Unreachable { .. }), "{error}");
    assert!(error.to_string().contains(&address.to_string()) && error.to_string().contains("AWS_ENDPOINT_URL"), "{error}");
}

#[tokio::test]
async fn a_server_that_says_nothing_is_unreachable() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let error = refusal(nowhere(format!("http://{}", listener.local_addr().unwrap()))).await;
    assert!(matches!(error, ConnectError::Unreachable { .. }), "{error}");
}

#[tokio::test]
async fn every_refusal_comes_with_its_advice() {
    for (status, code, advice) in [
        (404, "NoSuchBucket", "S3 bucket bucket does not exist on http://"),
        (403, "InvalidAccessKeyId", "correct AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"),
        (403, "AccessDenied", "grant it the policy that `storage setup` prints"),
        (301, "PermanentRedirect", "is not in region us-east-1 (PermanentRedirect: scripted): correct AWS_REGION_NAME"),
        (400, "AuthorizationHeaderMalformed", "correct AWS_REGION_NAME"),
        (403, "RequestTimeTooSkewed", "set this machine's clock"),
        (503, "SlowDown", "cannot be reached (SlowDown: scripted): start it"),
        (418, "Teapot", "cannot use S3 bucket bucket: Teapot: scripted"),
    ] {
        let server = Scripted::strict(move |_| Reply::error(status, code)).await;
        let error = refusal(server.settings).await.to_string();
        assert!(error.contains(advice), "{code}: {error}");
    }
}

#[tokio::test]
async fn a_server_that_does_not_speak_tls_is_unreachable() {
    let server = Scripted::start(|_| Reply::empty()).await;
    let error = refusal(nowhere(server.settings.endpoint.unwrap().replace("http://", "https://"))).await;
    assert!(matches!(error, ConnectError::Unreachable { .. }), "{error}");
    assert!(error.to_string().contains("tls handshake"), "{error}");
}

#[tokio::test]
async fn settings_that_cannot_be_right_are_refused_unasked() {
    let mut empty = nowhere("http://localhost:1".to_owned());
    empty.bucket = String::new();
    for (settings, said) in [(empty, "AWS_BUCKET_NAME"), (nowhere("localhost:9000".to_owned()), "must begin with http://")] {
        let error = refusal(settings).await;
        assert!(matches!(error, ConnectError::Settings(_)) && error.to_string().contains(said), "{error}");
    }
}
