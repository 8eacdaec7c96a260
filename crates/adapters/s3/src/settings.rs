//! Where the bucket is, and how long to wait for it.

use std::time::Duration;

use atelier_breaker::BreakerSettings;

use atelier_domain::kernel::SecretString;

/// How a bucket is reached. [`S3Settings::new`] fills in what is usual on AWS.
#[derive(Debug, Clone)]
pub struct S3Settings {
    /// The bucket (`AWS_BUCKET_NAME`).
    pub bucket: String,
    /// Its region (`AWS_REGION_NAME`).
    pub region: String,
    /// The access key's id (`AWS_ACCESS_KEY_ID`).
    pub access_key: String,
    /// The access key's secret (`AWS_SECRET_ACCESS_KEY`).
    pub secret_key: SecretString,
    /// The server, `http://…` or `https://…`, where it is not AWS (`AWS_ENDPOINT_URL`).
    pub endpoint: Option<String>,
    /// The server as clients reach it, where signed URLs must name another address than `endpoint`.
    pub public_endpoint: Option<String>,
    /// Whether the bucket stands in the path instead of the host name, as most servers but AWS want it (`S3_PATH_STYLE`).
    pub path_style: bool,
    /// Whether uploads ask for the ACL `private` (`S3_SEND_ACL`). Objects are private anyway, and buckets with ACLs disabled refuse it
    /// (checklist CW24).
    pub send_acl: bool,
    /// How long to wait.
    pub timeouts: Timeouts,
    /// When to stop asking.
    pub breaker: BreakerSettings,
}

impl S3Settings {
    /// A bucket on AWS.
    pub fn new(bucket: &str, region: &str, access_key: &str, secret_key: SecretString) -> Self {
        Self {
            bucket: bucket.to_owned(),
            region: region.to_owned(),
            access_key: access_key.to_owned(),
            secret_key,
            endpoint: None,
            public_endpoint: None,
            path_style: false,
            send_acl: false,
            timeouts: Timeouts::default(),
            breaker: BreakerSettings::default(),
        }
    }

    /// What cannot be right, for [`ConnectError::Settings`](crate::ConnectError::Settings).
    pub(crate) fn fault(&self) -> Option<String> {
        for (name, value) in [("AWS_BUCKET_NAME", &self.bucket), ("AWS_REGION_NAME", &self.region), ("AWS_ACCESS_KEY_ID", &self.access_key)]
        {
            if value.trim().is_empty() {
                return Some(format!("{name} is empty"));
            }
        }
        let endpoints = [&self.endpoint, &self.public_endpoint].into_iter().flatten();
        endpoints
            .filter(|url| !["http://", "https://"].iter().any(|scheme| url.strip_prefix(scheme).is_some_and(|host| !host.is_empty())))
            .map(|url| format!("the endpoint {url} (AWS_ENDPOINT_URL) must begin with http:// or https://"))
            .next()
    }

    /// What a message calls the server.
    pub(crate) fn server(&self) -> String {
        self.endpoint.clone().unwrap_or_else(|| format!("AWS S3 in {}", self.region))
    }
}

/// How long requests may take. What is sent or read besides gets [`per_mebibyte`](Self::per_mebibyte) on top.
#[derive(Debug, Clone, Copy)]
pub struct Timeouts {
    /// For a connection to come about.
    pub connect: Duration,
    /// For one attempt at a request.
    pub attempt: Duration,
    /// For a request with its repetitions.
    pub operation: Duration,
    /// More time for an attempt, for each whole MiB of the body; an operation gets twice that.
    pub per_mebibyte: Duration,
    /// Attempts at a request, the first included.
    pub attempts: u32,
}

impl Timeouts {
    /// For one attempt with a body of so many bytes.
    pub(crate) fn attempt_with(&self, bytes: usize) -> Duration {
        self.attempt.saturating_add(self.extra(bytes))
    }

    /// For a request with a body of so many bytes, with its repetitions.
    pub(crate) fn operation_with(&self, bytes: usize) -> Duration {
        self.operation.saturating_add(self.extra(bytes).saturating_mul(2))
    }

    fn extra(&self, bytes: usize) -> Duration {
        self.per_mebibyte.saturating_mul(u32::try_from(bytes >> 20).unwrap_or(u32::MAX))
    }
}

impl Default for Timeouts {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self { connect: seconds(2), attempt: seconds(5), operation: seconds(10), per_mebibyte: seconds(1), attempts: 3 }
    }
}
