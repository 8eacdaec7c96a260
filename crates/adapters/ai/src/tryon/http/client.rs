//! The client and its calls.

use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::header::LOCATION;
use reqwest::redirect::Policy;
use reqwest::{Client, Method, RequestBuilder, Response};
use rustls::ClientConfig;
use rustls::crypto::ring;
use rustls_platform_verifier::BuilderVerifierExt;
use url::Url;

use super::telemetry::{self, Measured};
use super::{Answer, CallError, HttpLimits, HttpSetupError, Retry};

const USER_AGENT: &str = concat!("atelier/", env!("CARGO_PKG_VERSION"));
/// A picture's address may point to another; a provider's API never does.
const MOST_REDIRECTS: usize = 3;

/// The HTTP client of the try-on providers. A clone shares its connections.
#[derive(Debug, Clone)]
pub struct ProviderHttp {
    client: Client,
    limits: HttpLimits,
}

/// What is called, for metrics and for the retry rule.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Call {
    pub(crate) provider: &'static str,
    pub(crate) operation: &'static str,
    pub(crate) retry: Retry,
    /// When it is not the usual one.
    pub(crate) limit: Option<Duration>,
    /// Whether an answer that the rule would ask for again is final all the same.
    pub(crate) is_final: fn(&Answer) -> bool,
}

impl Call {
    pub(crate) fn new(provider: &'static str, operation: &'static str, retry: Retry) -> Self {
        Self { provider, operation, retry, limit: None, is_final: |_| false }
    }
}

impl ProviderHttp {
    /// A client: TLS by rustls with ring, the system's root certificates, no redirects of API calls.
    ///
    /// # Errors
    /// [`HttpSetupError`] when TLS or the client cannot be set up.
    pub fn new(limits: HttpLimits) -> Result<Self, HttpSetupError> {
        telemetry::describe();
        let tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_platform_verifier()?
            .with_no_client_auth();
        let client = Client::builder()
            .tls_backend_preconfigured(tls)
            .user_agent(USER_AGENT)
            .redirect(Policy::none())
            .connect_timeout(limits.connect)
            .build()
            .map_err(|error| HttpSetupError::Client(error.without_url()))?;
        Ok(Self { client, limits })
    }

    pub(crate) fn limits(&self) -> &HttpLimits {
        &self.limits
    }

    pub(crate) fn request(&self, method: Method, url: Url) -> RequestBuilder {
        self.client.request(method, url)
    }

    /// Makes the call, again where its rule allows. `request` makes the request of one try.
    pub(crate) async fn call(&self, call: Call, request: impl Fn() -> RequestBuilder) -> Result<Answer, CallError> {
        let mut tries = 1;
        loop {
            let came = self.once(call, request(), self.limits.answer_bytes).await;
            tries += 1;
            let wait = call.retry.wait(&came, tries, &self.limits);
            match wait.filter(|_| !came.as_ref().is_ok_and(call.is_final)) {
                Some(wait) => tokio::time::sleep(wait).await,
                None => return came,
            }
        }
    }

    /// Fetches a picture, following a few redirects. `authorise` adds what the first address needs.
    pub(crate) async fn fetch(
        &self,
        provider: &'static str,
        url: Url,
        authorise: impl Fn(RequestBuilder) -> RequestBuilder,
    ) -> Result<Answer, CallError> {
        let call = Call::new(provider, "fetch", Retry::Repeatable);
        let (mut at, mut tries, mut redirects) = (url.clone(), 1, 0);
        loop {
            let request = self.request(Method::GET, at.clone());
            // A key goes to the server it is for, never to where that one points.
            let request = if at.origin() == url.origin() { authorise(request) } else { request };
            let came = self.once(call, request, self.limits.picture_bytes).await;
            if let Some(next) = came.as_ref().ok().and_then(|answer| redirect(&at, answer)).filter(|_| redirects < MOST_REDIRECTS) {
                (at, redirects) = (next, redirects + 1);
                continue;
            }
            tries += 1;
            match call.retry.wait(&came, tries, &self.limits) {
                Some(wait) => tokio::time::sleep(wait).await,
                None => return came,
            }
        }
    }

    async fn once(&self, call: Call, request: RequestBuilder, longest: usize) -> Result<Answer, CallError> {
        let measured = Measured::start(call.provider, call.operation);
        let came = match request.timeout(call.limit.unwrap_or(self.limits.call)).send().await {
            Ok(response) => read(response, longest).await,
            Err(error) => Err(error.into()),
        };
        measured.end(&came);
        came
    }
}

async fn read(mut response: Response, longest: usize) -> Result<Answer, CallError> {
    let (status, headers) = (response.status(), response.headers().clone());
    if response.content_length().is_some_and(|length| length > longest as u64) {
        return Err(CallError::TooLarge(longest));
    }
    let mut body = BytesMut::new();
    // What comes after the head cannot be "not sent" any more.
    while let Some(chunk) = response.chunk().await.map_err(unanswered)? {
        if body.len() + chunk.len() > longest {
            return Err(CallError::TooLarge(longest));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Answer { status, headers, body: Bytes::from(body) })
}

fn unanswered(error: reqwest::Error) -> CallError {
    match CallError::from(error) {
        CallError::NotSent(text) => CallError::Unanswered(text),
        other => other,
    }
}

fn redirect(from: &Url, answer: &Answer) -> Option<Url> {
    let to = answer.headers.get(LOCATION).filter(|_| answer.status.is_redirection())?;
    from.join(to.to_str().ok()?).ok().filter(|to| matches!(to.scheme(), "http" | "https"))
}
