//! From a response to the events of the port.

use std::pin::Pin;
use std::time::Duration;

use atelier_domain::challenge::chat::{ChatCompletion, ChatError, ChatErrorKind, ChatEvent, ChatStream, ChatUsage};
use atelier_domain::kernel::{SecretString, error_chain};
use bytes::Bytes;
use futures_util::{Stream, StreamExt, TryStreamExt, stream};
use reqwest::Response;
use serde_json::Value;
use sse_stream::{Sse, SseByteStream};
use tokio::time::{Instant, timeout, timeout_at};

use super::errors::VendorError;
use super::wire::{Chunk, WireUsage, finish_reason};

/// The end of OpenAI's and Mistral's streams.
const DONE: &str = "[DONE]";

/// A stream of more bytes is no answer: a hundred thousand chunks of one token each have thirty million.
const MOST_BYTES: usize = 64 << 20;

/// How long the rest of a response is read after its end, so that the connection can be used again.
const TAIL: Duration = Duration::from_secs(1);

/// What the next step brought.
#[derive(Debug, PartialEq)]
pub(super) enum Piece {
    /// Text.
    Text(String),
    /// A sign of work without text: the model reasons.
    Work,
    /// The end.
    End(ChatCompletion),
}

/// What a metric tells of an answer: counted when the reader is dropped.
struct Outcome {
    provider: String,
    told: &'static str,
}

impl Drop for Outcome {
    fn drop(&mut self) {
        metrics::counter!("atelier_chat_answers_total", "provider" => self.provider.clone(), "outcome" => self.told).increment(1);
    }
}

type Events = Pin<Box<dyn Stream<Item = Result<Sse, sse_stream::Error>> + Send>>;

/// Reads one answer.
pub(super) struct Reader {
    events: Option<Events>,
    idle: Duration,
    key: Option<SecretString>,
    upstream: String,
    prompt_estimate: u64,
    model: Option<String>,
    finish: Option<String>,
    usage: Option<WireUsage>,
    refused: bool,
    text_bytes: usize,
    pieces: u64,
    begun: bool,
    /// Told after the text that came with it.
    failed: Option<ChatError>,
    outcome: Outcome,
}

/// What a reader is told of the request it reads the answer of.
pub(super) struct Asked {
    pub(super) provider: String,
    pub(super) upstream: String,
    pub(super) prompt_estimate: u64,
    pub(super) idle: Duration,
    pub(super) key: Option<SecretString>,
}

impl Reader {
    fn of(events: Events, asked: Asked) -> Self {
        Self {
            events: Some(events),
            idle: asked.idle,
            key: asked.key,
            upstream: asked.upstream,
            prompt_estimate: asked.prompt_estimate,
            model: None,
            finish: None,
            usage: None,
            refused: false,
            text_bytes: 0,
            pieces: 0,
            begun: false,
            failed: None,
            outcome: Outcome { provider: asked.provider, told: "stopped" },
        }
    }

    /// Reads a response of server-sent events.
    pub(super) fn of_stream(response: Response, asked: Asked) -> Self {
        let mut read = 0;
        let bytes = response.bytes_stream().map_err(|error| std::io::Error::other(error_chain(&error.without_url()))).map(move |piece| {
            read += piece.as_ref().map(Bytes::len).unwrap_or_default();
            if read > MOST_BYTES { Err(std::io::Error::other("the stream does not end")) } else { piece }
        });
        Self::of(Box::pin(SseByteStream::new(bytes)), asked)
    }

    /// Reads a whole answer, from a server that does not stream.
    pub(super) fn of_whole(body: &[u8], asked: Asked) -> Self {
        let event = Sse::default().data(String::from_utf8_lossy(body));
        Self::of(Box::pin(stream::iter([Ok(event), Ok(Sse::default().data(DONE))])), asked)
    }

    /// The next piece, waited for until the deadline.
    pub(super) async fn first(&mut self, deadline: Instant) -> Result<Piece, ChatError> {
        let piece = match timeout_at(deadline, self.step(None)).await {
            Ok(piece) => piece,
            Err(_) => self.broken_off(ChatErrorKind::FirstTokenTimeout, "no first token in time"),
        };
        self.noted(piece)
    }

    async fn next(&mut self) -> Result<Piece, ChatError> {
        let piece = self.step(Some(self.idle)).await;
        self.noted(piece)
    }

    fn noted(&mut self, piece: Result<Piece, ChatError>) -> Result<Piece, ChatError> {
        match &piece {
            Ok(Piece::End(_)) => self.outcome.told = "completed",
            Ok(_) => self.begun = true,
            Err(error) => self.outcome.told = error.kind.as_str(),
        }
        piece
    }

    /// Reads events until one of them is of interest.
    async fn step(&mut self, idle: Option<Duration>) -> Result<Piece, ChatError> {
        loop {
            if let Some(error) = self.failed.take() {
                return Err(error);
            }
            let Some(events) = &mut self.events else {
                return Ok(Piece::End(self.completion()));
            };
            let event = match idle {
                None => events.next().await,
                Some(idle) => match timeout(idle, events.next()).await {
                    Ok(event) => event,
                    Err(_) => return self.broken_off(ChatErrorKind::IdleTimeout, "nothing came for too long"),
                },
            };
            match event {
                Some(Ok(event)) => {
                    if let Some(piece) = self.take(&event)? {
                        return Ok(piece);
                    }
                }
                Some(Err(sse_stream::Error::Body(error))) => return self.broken_off(ChatErrorKind::Truncated, &error.to_string()),
                Some(Err(error)) => return Err(ChatError::accepted(ChatErrorKind::Protocol, error.to_string())),
                None => return self.broken_off(ChatErrorKind::Truncated, "the stream ended without an end of the answer"),
            }
        }
    }

    /// What an event brings; none when it is of no interest.
    fn take(&mut self, event: &Sse) -> Result<Option<Piece>, ChatError> {
        let data = event.data.as_deref().unwrap_or_default().trim();
        if data.is_empty() {
            return Ok(None);
        }
        if data == DONE {
            self.finish.get_or_insert_default();
            self.read_tail();
            return Ok(None);
        }
        let Ok(value) = serde_json::from_str::<Value>(data) else {
            return Err(ChatError::accepted(ChatErrorKind::Protocol, "an event that is no JSON"));
        };
        if let Some(error) = VendorError::read(&value) {
            let error = error.canonical(None, self.key.as_ref());
            // An error instead of an answer is a refusal; one after a piece of it is not.
            return Err(ChatError { accepted: self.begun, ..error });
        }
        Ok(self.take_chunk(Chunk::read(&value)))
    }

    fn take_chunk(&mut self, chunk: Chunk) -> Option<Piece> {
        // Where several chunks have usage the last one counts: it has the sums.
        self.usage = chunk.usage.or(self.usage);
        self.refused |= chunk.refuses;
        if self.model.is_none() {
            self.model = chunk.model;
        }
        match chunk.finish_reason.as_deref() {
            // Mistral's word for an answer that it could not end.
            Some("error") => self.failed = Some(ChatError::accepted(ChatErrorKind::ProviderFailed, "the answer ended in an error")),
            Some(reason) => self.finish = Some(reason.to_owned()),
            None => {}
        }
        if !chunk.text.is_empty() {
            self.pieces += 1;
            self.text_bytes += chunk.text.len();
            return Some(Piece::Text(chunk.text));
        }
        chunk.works.then_some(Piece::Work)
    }

    /// The stream broke off: after a finish reason only the usage is lost, before one the rest of the answer is.
    fn broken_off(&mut self, kind: ChatErrorKind, detail: &str) -> Result<Piece, ChatError> {
        self.events = None;
        match self.finish {
            Some(_) => Ok(Piece::End(self.completion())),
            None => Err(ChatError::accepted(kind, detail)),
        }
    }

    fn completion(&self) -> ChatCompletion {
        let estimate = ChatUsage::estimate(self.prompt_estimate, self.text_bytes, self.pieces);
        ChatCompletion {
            finish_reason: finish_reason(self.finish.as_deref().unwrap_or_default(), self.refused),
            usage: WireUsage::or_estimate(self.usage, estimate),
            model_used: self.model.clone().unwrap_or_else(|| self.upstream.clone()),
        }
    }

    /// Reads what follows the end of the answer, off the way of who waits for it: a connection is used again only after its response was
    /// read whole.
    fn read_tail(&mut self) {
        if let Some(mut events) = self.events.take() {
            tokio::spawn(async move {
                // What comes then, and whether it comes, is of no interest.
                let _ = timeout(TAIL, async { while events.next().await.is_some() {} }).await;
            });
        }
    }

    /// The port's stream, with the piece that was read already.
    pub(super) fn into_stream(self, first: Piece) -> ChatStream {
        let start = Some((self, Some(first)));
        Box::pin(stream::unfold(start, |state| async move {
            let (mut reader, mut ahead) = state?;
            loop {
                let piece = match ahead.take() {
                    Some(piece) => Ok(piece),
                    None => reader.next().await,
                };
                return match piece {
                    Ok(Piece::Text(text)) => Some((Ok(ChatEvent::Delta(text)), Some((reader, None)))),
                    Ok(Piece::Work) => continue,
                    Ok(Piece::End(completion)) => Some((Ok(ChatEvent::Completed(completion)), None)),
                    Err(error) => Some((Err(error), None)),
                };
            }
        }))
    }
}
