//! The check at start, with advice.

use std::time::Duration;

use aws_sdk_s3::Client;

use crate::S3Settings;
use crate::fault::{Fault, Kind};

/// How long the server has to answer at start.
const PATIENCE: Duration = Duration::from_secs(8);

/// The bucket cannot be used. The message says what to do.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// A setting cannot be right.
    #[error("the S3 settings are incomplete: {0}")]
    Settings(String),
    /// There is no such bucket.
    #[error("S3 bucket {bucket} does not exist on {server}: create it, or correct AWS_BUCKET_NAME or AWS_ENDPOINT_URL")]
    NoSuchBucket {
        /// The bucket.
        bucket: String,
        /// The server that was asked.
        server: String,
    },
    /// The access key is unknown, or its secret is wrong.
    #[error("{server} refuses the access key ({cause}): correct AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")]
    Credentials {
        /// The server that was asked.
        server: String,
        /// The server's words.
        cause: String,
    },
    /// The access key is good but may not list the bucket.
    #[error(
        "the access key may not list S3 bucket {bucket} on {server} ({cause}): grant it the policy that `storage setup` prints, or correct \
         AWS_BUCKET_NAME"
    )]
    Denied {
        /// The bucket.
        bucket: String,
        /// The server that was asked.
        server: String,
        /// The server's words.
        cause: String,
    },
    /// The bucket lies elsewhere.
    #[error("S3 bucket {bucket} is not in region {region} ({cause}): correct AWS_REGION_NAME")]
    Region {
        /// The bucket.
        bucket: String,
        /// The region in the settings.
        region: String,
        /// The server's words.
        cause: String,
    },
    /// This machine's clock is too far off for signatures.
    #[error("{server} refuses the request's time ({cause}): set this machine's clock")]
    Clock {
        /// The server that was asked.
        server: String,
        /// The server's words.
        cause: String,
    },
    /// The server does not answer.
    #[error("{server} cannot be reached ({cause}): start it, or correct AWS_ENDPOINT_URL, and see that no firewall is in between")]
    Unreachable {
        /// The server that was asked.
        server: String,
        /// What happened.
        cause: String,
    },
    /// The server answers something else.
    #[error("{server} cannot use S3 bucket {bucket}: {cause}")]
    Other {
        /// The bucket.
        bucket: String,
        /// The server that was asked.
        server: String,
        /// The server's words.
        cause: String,
    },
}

/// Lists one object: unlike a look at the bucket, its answer carries an error document.
pub(crate) async fn check(client: &Client, settings: &S3Settings) -> Result<(), ConnectError> {
    let request = client.list_objects_v2().bucket(&settings.bucket).max_keys(1).send();
    let answer = tokio::time::timeout(PATIENCE, request).await;
    let fault = match answer.map(|answer| answer.map_err(Fault::from)) {
        Ok(Ok(_)) => return Ok(()),
        Ok(Err(fault)) => fault,
        Err(_elapsed) => Fault::timed_out(),
    };
    Err(advice(settings, &fault))
}

fn advice(settings: &S3Settings, fault: &Fault) -> ConnectError {
    let (bucket, server, cause) = (settings.bucket.clone(), settings.server(), fault.to_string());
    match (fault.code.as_deref(), fault.kind) {
        (Some("NoSuchBucket"), _) => ConnectError::NoSuchBucket { bucket, server },
        (Some("InvalidAccessKeyId" | "SignatureDoesNotMatch" | "InvalidToken" | "ExpiredToken" | "NotSignedUp"), _) => {
            ConnectError::Credentials { server, cause }
        }
        (Some("AccessDenied" | "AllAccessDisabled"), _) => ConnectError::Denied { bucket, server, cause },
        (Some("PermanentRedirect" | "AuthorizationHeaderMalformed" | "IllegalLocationConstraintException"), _) => {
            ConnectError::Region { bucket, region: settings.region.clone(), cause }
        }
        (Some("RequestTimeTooSkewed"), _) => ConnectError::Clock { server, cause },
        (_, Kind::Timeout | Kind::Unavailable) => ConnectError::Unreachable { server, cause },
        _ => ConnectError::Other { bucket, server, cause },
    }
}
