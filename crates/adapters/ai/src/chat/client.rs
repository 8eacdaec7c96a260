//! Asks a server for answers, and asks again where that costs nothing and may help.

use std::sync::Arc;
use std::time::Duration;

use atelier_domain::challenge::chat::{ChatError, ChatErrorKind, ChatModel, ChatRequest, ChatStream, ChatUsage, ModelSpec};
use atelier_domain::kernel::{Clock, ExposeSecret, SecretString, error_chain};
use bytes::Bytes;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::{Client, Response, Url};
use tokio::time::{Instant, sleep, timeout_at};

use super::dialect::Dialect;
use super::errors::VendorError;
use super::reader::{Asked, Piece, Reader};
use super::retry::{RetryPolicy, retry_after};

/// The most that is read of an error, or of an answer that is not streamed.
const MOST_BODY: usize = 4 << 20;

/// How long is waited for what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChatTimeouts {
    /// For a connection, with TLS.
    pub connect: Duration,
    /// From sending the request to the first sign of an answer.
    pub first_token: Duration,
    /// Between two pieces of an answer.
    pub idle: Duration,
}

impl Default for ChatTimeouts {
    fn default() -> Self {
        Self { connect: Duration::from_secs(5), first_token: Duration::from_secs(60), idle: Duration::from_secs(30) }
    }
}

/// A server that speaks chat completions.
pub(super) struct ChatCompletions {
    pub(super) provider: String,
    pub(super) dialect: Dialect,
    pub(super) url: Url,
    pub(super) key: Option<SecretString>,
    pub(super) models: Vec<ModelSpec>,
    pub(super) timeouts: ChatTimeouts,
    pub(super) retry: RetryPolicy,
    pub(super) http: Client,
    pub(super) clock: Arc<dyn Clock>,
}

#[async_trait::async_trait]
impl ChatModel for ChatCompletions {
    fn provider(&self) -> &str {
        &self.provider
    }

    fn models(&self) -> &[ModelSpec] {
        &self.models
    }

    async fn answer(&self, request: &ChatRequest) -> Result<ChatStream, ChatError> {
        let Some(spec) = self.models.iter().find(|spec| spec.name == request.model) else {
            return Err(ChatError::refused(ChatErrorKind::ModelNotFound, format!("{} has no model {}", self.provider, request.model)));
        };
        let body = Bytes::from(self.dialect.body(request, &spec.upstream).to_string());
        let prompt_estimate = ChatUsage::of_prompt(&request.messages);
        let began = Instant::now();
        let mut attempt = 1;
        loop {
            let error = match self.attempt(&body, spec, prompt_estimate).await {
                Ok((first, reader)) => {
                    metrics::histogram!("atelier_chat_first_token_seconds", "provider" => self.provider.clone())
                        .record(began.elapsed().as_secs_f64());
                    return Ok(reader.into_stream(first));
                }
                Err(error) => error,
            };
            let Some(wait) = self.retry.wait_after(attempt, &error) else {
                metrics::counter!("atelier_chat_refusals_total", "provider" => self.provider.clone(), "code" => error.kind.as_str())
                    .increment(1);
                tracing::warn!(provider = self.provider, model = spec.upstream, attempt, error = %error, "no answer from the model");
                return Err(error);
            };
            tracing::info!(provider = self.provider, model = spec.upstream, attempt, error = %error, ?wait, "the model is asked again");
            metrics::counter!("atelier_chat_retries_total", "provider" => self.provider.clone()).increment(1);
            sleep(wait).await;
            attempt += 1;
        }
    }
}

impl ChatCompletions {
    /// One request, up to the first sign of an answer.
    async fn attempt(&self, body: &Bytes, spec: &ModelSpec, prompt_estimate: u64) -> Result<(Piece, Reader), ChatError> {
        let deadline = Instant::now() + self.timeouts.first_token;
        let asked = Asked {
            provider: self.provider.clone(),
            upstream: spec.upstream.clone(),
            prompt_estimate,
            idle: self.timeouts.idle,
            key: self.key.clone(),
        };
        let in_time = timeout_at(deadline, self.respond(body, asked)).await;
        let mut reader = in_time.unwrap_or_else(|_| Err(ChatError::accepted(ChatErrorKind::FirstTokenTimeout, "no response in time")))?;
        let first = reader.first(deadline).await?;
        Ok((first, reader))
    }

    async fn respond(&self, body: &Bytes, asked: Asked) -> Result<Reader, ChatError> {
        let mut request = self
            .http
            .post(self.url.clone())
            .header(CONTENT_TYPE, "application/json")
            .header(ACCEPT, "text/event-stream")
            .body(body.clone());
        if let Some(key) = &self.key {
            let Ok(mut value) = HeaderValue::try_from(format!("Bearer {}", key.expose_secret())) else {
                return Err(ChatError::refused(ChatErrorKind::Authentication, "the key is no text for a header"));
            };
            value.set_sensitive(true);
            request = request.header(AUTHORIZATION, value);
        }
        let response = request.send().await.map_err(unanswered)?;
        let status = response.status();
        if !status.is_success() {
            let wait = retry_after(response.headers(), self.clock.now());
            let error = VendorError::of_body(&whole(response).await?).canonical(Some(status.as_u16()), self.key.as_ref());
            return Err(ChatError { retry_after: wait, ..error });
        }
        let kind = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default().to_ascii_lowercase();
        if kind.starts_with("application/json") {
            return Ok(Reader::of_whole(&whole(response).await?, asked));
        }
        if kind.starts_with("text/html") {
            return Err(ChatError::refused(ChatErrorKind::Protocol, "a page instead of an answer: is the base URL right?"));
        }
        Ok(Reader::of_stream(response, asked))
    }
}

/// A request without a response. Unless the connection was never made, the server may have begun to work on it.
fn unanswered(error: reqwest::Error) -> ChatError {
    let (connects, late) = (error.is_connect(), error.is_timeout());
    let detail = error_chain(&error.without_url());
    match (connects, late) {
        (true, true) => ChatError::refused(ChatErrorKind::ConnectTimeout, detail),
        (true, false) => ChatError::refused(ChatErrorKind::Unreachable, detail),
        (false, _) => ChatError::accepted(ChatErrorKind::Unreachable, detail),
    }
}

/// The body, as far as it comes: of an error that is cut off the status is still good.
async fn whole(mut response: Response) -> Result<Vec<u8>, ChatError> {
    let refused = !response.status().is_success();
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(piece)) if body.len() + piece.len() <= MOST_BODY => body.extend_from_slice(&piece),
            Ok(Some(_)) => return Err(ChatError::accepted(ChatErrorKind::Protocol, "a body without end")),
            Ok(None) => return Ok(body),
            Err(_) if refused => return Ok(body),
            Err(error) => return Err(ChatError::accepted(ChatErrorKind::Truncated, error_chain(&error.without_url()))),
        }
    }
}
