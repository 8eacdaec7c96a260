//! Signed URLs against the real server.

use std::sync::Arc;
use std::time::Duration;

use atelier_adapter_s3::S3ObjectStore;
use atelier_domain::kernel::{Clock, ObjectStore, Timestamp};
use atelier_testkit::contract::present;
use bytes::Bytes;
use chrono::TimeDelta;
use reqwest::StatusCode;

use crate::bucket::{Bucket, RealClock};
use crate::key;

const HOUR: Duration = Duration::from_secs(3_600);

/// A clock that is behind.
struct Behind(TimeDelta);

impl Clock for Behind {
    fn now(&self) -> Timestamp {
        RealClock.now() - self.0
    }
}

#[tokio::test]
async fn a_signed_url_opens_its_object_until_it_expires_and_no_other() {
    let Some(bucket) = present(Bucket::create().await, "a_signed_url_opens_its_object_until_it_expires_and_no_other") else { return };
    let (store, http) = (bucket.connect().await, crate::client());
    let picture = key("body/u/b c+d.jpg");
    store.put(&picture, Bytes::from_static(b"picture"), "image/jpeg").await.unwrap();
    store.put(&key("body/u/other.jpg"), Bytes::from_static(b"other"), "image/jpeg").await.unwrap();

    let signed = store.presign_get(&picture, HOUR).await.unwrap();
    let answer = http.get(&signed.url).send().await.unwrap();
    assert_eq!((answer.status(), answer.headers()["content-type"].to_str().unwrap()), (StatusCode::OK, "image/jpeg"));
    assert_eq!(answer.bytes().await.unwrap(), "picture");

    for (altered, why) in [
        (signed.url.replace("X-Amz-Expires=3600", "X-Amz-Expires=36000"), "a longer life"),
        (signed.url.replace("b%20c%2Bd.jpg", "other.jpg"), "another object"),
        (signed.url.replace("X-Amz-Signature=", "X-Amz-Signature=0"), "another signature"),
        (signed.url.split('?').next().unwrap().to_owned(), "no signature"),
    ] {
        assert_ne!(altered, signed.url);
        assert_eq!(http.get(&altered).send().await.unwrap().status(), StatusCode::FORBIDDEN, "{why}");
    }
    assert_eq!(http.delete(&signed.url).send().await.unwrap().status(), StatusCode::FORBIDDEN, "another method");

    for (behind, status) in [(3_590, StatusCode::OK), (3_601, StatusCode::FORBIDDEN)] {
        let clock = Arc::new(Behind(TimeDelta::seconds(behind)));
        let earlier = S3ObjectStore::connect(bucket.settings.clone(), clock).await.unwrap();
        let url = earlier.presign_get(&picture, HOUR).await.unwrap().url;
        assert_eq!(http.get(&url).send().await.unwrap().status(), status, "signed {behind} s ago for an hour");
    }
}

#[tokio::test]
async fn a_signed_upload_takes_the_announced_type_and_size_only() {
    let Some(bucket) = present(Bucket::create().await, "a_signed_upload_takes_the_announced_type_and_size_only") else { return };
    let (store, http) = (bucket.connect().await, crate::client());
    let upload = key("temp/u/upload.tmp");
    let url = store.presign_put(&upload, "image/png", 7, HOUR).await.unwrap().url;
    for (content_type, body) in [("text/html", "picture"), ("image/png", "a larger picture"), ("image/png", "small")] {
        let status = http.put(&url).header("content-type", content_type).body(body).send().await.unwrap().status();
        assert_eq!(status, StatusCode::FORBIDDEN, "{content_type} {body}");
    }
    assert_eq!(store.head(&upload).await.unwrap(), None);
    let answer = http.put(&url).header("content-type", "image/png").body("picture").send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(store.get(&upload).await.unwrap(), "picture");
}
