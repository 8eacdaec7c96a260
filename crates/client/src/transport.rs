//! One call: its headers, its tries, its answer.

use std::sync::Arc;
use std::time::Duration;

use backon::{ExponentialBuilder, Retryable};
use bytes::Bytes;
use reqwest::header::{self, HeaderMap};
use reqwest::{Method, StatusCode};
use secrecy::ExposeSecret;
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::error::{Error, ErrorBody, ServiceError};
use crate::token::TokenProvider;

/// The version of the routes this client speaks.
const MEDIA_TYPE: &str = "application/vnd.visiobook.v2+json";
/// The pause before the second try; each further one is twice as long, and up to twice that by chance.
const FIRST_PAUSE: Duration = Duration::from_millis(200);

/// How often and how long.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience {
    pub(crate) attempts: usize,
    pub(crate) longest_pause: Duration,
}

pub(crate) struct Transport {
    pub(crate) http: reqwest::Client,
    pub(crate) address: String,
    pub(crate) tokens: Arc<dyn TokenProvider>,
    pub(crate) client_version: String,
    pub(crate) patience: Patience,
}

/// What is sent.
pub(crate) struct Call<'a> {
    pub(crate) method: Method,
    /// Below the address.
    pub(crate) path: &'a str,
    /// JSON.
    pub(crate) body: Option<Bytes>,
    pub(crate) key: Option<&'a IdempotencyKey>,
    /// Whether it may be sent again when it is not known what became of it.
    pub(crate) is_repeatable: bool,
}

impl<'a> Call<'a> {
    pub(crate) fn get(path: &'a str) -> Self {
        Self { method: Method::GET, path, body: None, key: None, is_repeatable: true }
    }

    pub(crate) fn post(path: &'a str, body: &impl Serialize) -> Result<Self, Error> {
        let body = serde_json::to_vec(body).map_err(|error| Error::Request(error.into()))?;
        Ok(Self { method: Method::POST, path, body: Some(body.into()), key: None, is_repeatable: false })
    }

    /// It repeats nothing when it is sent again.
    pub(crate) fn repeatable(mut self) -> Self {
        self.is_repeatable = true;
        self
    }

    /// Under this key, which makes it repeatable.
    pub(crate) fn under(mut self, key: &'a IdempotencyKey) -> Self {
        self.key = Some(key);
        self.repeatable()
    }
}

/// What came back, its body whole.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) request_id: String,
}

impl Answer {
    pub(crate) fn read<T: DeserializeOwned>(&self) -> Result<T, Error> {
        serde_json::from_slice(&self.body).map_err(|error| self.unreadable(error))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The version of the rows it was read from or has made.
    pub(crate) fn data_version(&self) -> Option<u64> {
        self.header("x-data-version").and_then(|text| text.parse().ok())
    }

    fn unreadable(&self, source: serde_json::Error) -> Error {
        Error::Unreadable { status: self.status.as_u16(), request_id: self.request_id.clone(), source: source.into() }
    }

    fn failure(&self) -> Error {
        let ErrorBody { error } = match self.read() {
            Ok(body) => body,
            Err(unreadable) => return unreadable,
        };
        let retry_after = self.header("retry-after").and_then(|text| text.parse().ok()).map(Duration::from_secs);
        Error::Service(Box::new(ServiceError {
            status: self.status.as_u16(),
            code: error.code,
            message: error.message,
            details: error.details,
            request_id: error.request_id,
            retry_after,
        }))
    }
}

impl Transport {
    /// Sends a call, again while that is safe and may help, and answers what succeeded.
    pub(crate) async fn send(&self, call: &Call<'_>) -> Result<Answer, Error> {
        let request_id = format!("req_{}", random());
        let pauses = ExponentialBuilder::default()
            .with_min_delay(FIRST_PAUSE)
            .with_max_delay(self.patience.longest_pause)
            .with_max_times(self.patience.attempts - 1)
            .with_jitter();
        (|| self.once(call, &request_id))
            .retry(pauses)
            .when(|error| call.is_repeatable && error.is_temporary())
            .adjust(|error, pause| match (pause, error.retry_after()) {
                // With the chance's part on top, so that those who were told the same do not come together.
                (Some(pause), Some(wanted)) => (wanted <= self.patience.longest_pause).then(|| wanted + pause.min(wanted) / 2),
                (pause, _) => pause,
            })
            .notify(|error, pause| tracing::debug!(request_id, ?pause, %error, "the service is asked again"))
            .await
    }

    async fn once(&self, call: &Call<'_>, request_id: &str) -> Result<Answer, Error> {
        let answer = self.answer(call, request_id).await?;
        if answer.status.is_success() { Ok(answer) } else { Err(answer.failure()) }
    }

    /// One try; an answer of any status.
    pub(crate) async fn answer(&self, call: &Call<'_>, request_id: &str) -> Result<Answer, Error> {
        let token = self.tokens.token().await.map_err(Error::Token)?;
        let mut request = self
            .http
            .request(call.method.clone(), format!("{}{}", self.address, call.path))
            .bearer_auth(token.expose_secret())
            .header("x-request-id", request_id)
            .header("x-client-version", &self.client_version)
            .header(header::ACCEPT, format!("{MEDIA_TYPE}, application/json"));
        if let Some(body) = &call.body {
            request = request.header(header::CONTENT_TYPE, MEDIA_TYPE).body(body.clone());
        }
        if let Some(key) = call.key {
            request = request.header("idempotency-key", key.as_str());
        }
        let lost = |source: reqwest::Error| Error::Transport { request_id: request_id.to_owned(), source: source.without_url() };
        let response = request.send().await.map_err(lost)?;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = response.bytes().await.map_err(lost)?;
        Ok(Answer { status, headers, body, request_id: request_id.to_owned() })
    }
}

/// 122 bits of chance.
#[expect(clippy::disallowed_methods, reason = "a client has nobody to take ids from")]
pub(crate) fn random() -> String {
    Uuid::new_v4().simple().to_string()
}

/// What makes a repeated call the same one, for 24 hours.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// A key of the caller's own: 1 to 255 printable ASCII characters without spaces, e.g. the id of the message that is being worked off,
    /// so that the work is the same one after a restart too. None when the text cannot be one.
    pub fn new(text: impl Into<String>) -> Option<Self> {
        let text = text.into();
        let fits = (1..=255).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        fits.then_some(Self(text))
    }

    /// A key nobody else has.
    pub fn random() -> Self {
        Self(random())
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
