//! URLs that open one object until they expire (AWS Signature Version 4 in the query; checklist W187, W209, W217).

use std::time::{Duration, SystemTime};

use atelier_domain::kernel::{ObjectKey, ObjectStoreError, SignedUrl, Timestamp, error_chain};
use aws_sdk_s3::presigning::{PresignedRequest, PresigningConfig};
use chrono::{SubsecRound, TimeDelta};

use crate::S3ObjectStore;
use crate::fault::{Fault, Kind};

/// The longest life of a URL: 7 days.
const MAX_SECONDS: u64 = 604_800;

const ACTION: &str = "Failed to generate presigned URL";

/// From when on, and for how many seconds.
struct Validity {
    from: Timestamp,
    seconds: u64,
}

impl Validity {
    /// `expires_in` is rounded up to whole seconds and brought within 1 s – 7 days.
    fn new(now: Timestamp, expires_in: Duration) -> Self {
        let seconds = expires_in.as_secs().saturating_add(u64::from(expires_in.subsec_nanos() > 0)).clamp(1, MAX_SECONDS);
        Self { from: now.trunc_subsecs(0), seconds }
    }

    fn config(&self) -> Result<PresigningConfig, ObjectStoreError> {
        let config = PresigningConfig::builder().start_time(SystemTime::from(self.from)).expires_in(Duration::from_secs(self.seconds));
        config.build().map_err(|error| failed(error_chain(&error)))
    }

    fn signed(&self, request: &PresignedRequest) -> SignedUrl {
        let expires_at = self.from + TimeDelta::seconds(i64::try_from(self.seconds).unwrap_or_default());
        SignedUrl { url: request.uri().to_owned(), expires_at }
    }
}

fn failed(cause: String) -> ObjectStoreError {
    Fault::new(Kind::Other, cause).into_port(ACTION, None)
}

impl S3ObjectStore {
    pub(crate) async fn sign_get(&self, key: &ObjectKey, expires_in: Duration) -> Result<SignedUrl, ObjectStoreError> {
        let validity = Validity::new(self.clock.now(), expires_in);
        let request = self.signing.get_object().bucket(self.bucket()).key(key.as_str());
        let request = request.presigned(validity.config()?).await.map_err(|error| Fault::from(error).into_port(ACTION, None))?;
        Ok(validity.signed(&request))
    }

    /// Whoever holds the URL must send exactly the headers `Content-Type` and `Content-Length` that were signed. No ACL is signed: it
    /// would be one more header to send, and objects are private without it.
    pub(crate) async fn sign_put(
        &self,
        key: &ObjectKey,
        content_type: &str,
        size: u64,
        expires_in: Duration,
    ) -> Result<SignedUrl, ObjectStoreError> {
        let length = i64::try_from(size).map_err(|error| failed(error.to_string()))?;
        let validity = Validity::new(self.clock.now(), expires_in);
        let request = self.signing.put_object().bucket(self.bucket()).key(key.as_str());
        let request = request.content_type(content_type).content_length(length).presigned(validity.config()?).await;
        Ok(validity.signed(&request.map_err(|error| Fault::from(error).into_port(ACTION, None))?))
    }
}
