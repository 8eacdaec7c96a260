//! An answer as server-sent events ([HTML](https://html.spec.whatwg.org/multipage/server-sent-events.html), section 9.2).

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_ENCODING, HeaderValue};
use atelier_domain::challenge::conversations::{AnswerEvent, Message};
use atelier_domain::challenge::enrolments::QuotaLeft;
use atelier_domain::kernel::Clock;
use bytes::Bytes;
use futures_util::stream::unfold;
use serde::Serialize;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};
use utoipa::ToSchema;

use crate::challenge::Exchanges;
use crate::envelope::time;
use crate::error::{ApiError, ErrorDetail};
use crate::middleware::context;

use super::answer::{MessageDto, QuotaDto};
use super::exchange::{Prompt, failure};

/// Between two signs of life.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// The data of an event.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum AnswerStreamEvent {
    /// `start`: the prompt is stored, the model is asked.
    #[serde(rename_all = "camelCase")]
    Start {
        /// The message the answer will be: to stop it, or to find it later.
        #[schema(example = "65f0c0ffee65f0c0ffee65f9")]
        message_id: String,
        /// The tokens held for prompt and answer.
        #[schema(example = 540)]
        reserved: u64,
    },
    /// `delta`: the next piece of the text.
    Delta {
        /// The piece.
        #[schema(example = "Très bien")]
        text: String,
    },
    /// `done`: the answer has ended, whole or stopped. Nothing follows.
    Done(Box<AnswerDone>),
    /// `error`: the answer has failed, as the `error` of an error's body tells; what had arrived is kept. Nothing follows.
    Error(Box<ErrorDetail>),
}

/// An answer that has ended.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AnswerDone {
    /// The message as it is stored.
    message: MessageDto,
    /// What it took.
    usage: UsageDto,
    /// Why it ended, as in the message; null when it was stopped.
    #[schema(example = "stop")]
    finish_reason: Option<String>,
    /// What is left of the quota.
    quota: QuotaDto,
}

/// What an exchange took.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UsageDto {
    /// Tokens of everything that was sent; null when a repeat answers so late that this is not at hand.
    #[schema(example = 240)]
    prompt_tokens: Option<u64>,
    /// Tokens of the answer.
    #[schema(example = 180)]
    completion_tokens: Option<u64>,
    /// Whether they are estimates because the provider did not say.
    #[schema(example = false)]
    estimated: bool,
}

impl AnswerDone {
    fn of(message: &Message, prompt_tokens: Option<u64>, quota: &QuotaLeft) -> Self {
        Self {
            message: message.into(),
            usage: UsageDto { prompt_tokens, completion_tokens: message.token_count, estimated: message.estimated },
            finish_reason: message.finish_reason.clone(),
            quota: quota.into(),
        }
    }
}

/// What an exchange tells its response.
enum Told {
    Event(AnswerEvent),
    Done(Box<AnswerDone>),
    Failed(Box<ApiError>),
}

/// Sends the prompt and answers with the stream of what comes back.
///
/// # Errors
/// What is refused before the model is asked.
pub(super) async fn answer(prompt: Prompt, exchanges: &Exchanges, clock: Arc<dyn Clock>) -> Result<HttpResponse, ApiError> {
    // Without a bound, so that a slow client never holds the exchange up; an answer has few enough tokens.
    let (sender, mut told) = unbounded_channel();
    exchanges.spawn(async move {
        let ended = prompt.answer(|event| drop(sender.send(Told::Event(event)))).await;
        if sender.is_closed() {
            return;
        }
        let end = match ended {
            Ok((message, quota)) => Told::Done(Box::new(AnswerDone::of(&message, prompt.tokens(message.id).await, &quota))),
            Err(error) => Told::Failed(Box::new(failure(error))),
        };
        drop(sender.send(end));
    });
    let first = match told.recv().await {
        Some(Told::Failed(error)) => return Err(*error),
        Some(first) => first,
        None => return Err(ApiError::internal(&"an exchange ended without a word")),
    };
    let mut heartbeat = interval_at(Instant::now() + HEARTBEAT, HEARTBEAT);
    heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (request_id, _now) = context::current();
    let stream = AnswerStream { first: Some(first), told, heartbeat, last_id: 0, ended: false, request_id, clock };
    let bytes = unfold(stream, |mut stream| async move { stream.next().await.map(|bytes| (Ok::<_, Infallible>(bytes), stream)) });
    Ok(HttpResponse::Ok()
        .content_type("text/event-stream")
        // A compressor would hold pieces back.
        .insert_header((CONTENT_ENCODING, HeaderValue::from_static("identity")))
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header(("X-Accel-Buffering", "no"))
        .streaming(bytes))
}

struct AnswerStream {
    first: Option<Told>,
    told: UnboundedReceiver<Told>,
    heartbeat: Interval,
    last_id: u64,
    ended: bool,
    request_id: String,
    clock: Arc<dyn Clock>,
}

impl AnswerStream {
    /// The next bytes: every event there is, or a sign of life. None after the end.
    async fn next(&mut self) -> Option<Bytes> {
        if self.ended {
            return None;
        }
        let mut told = match self.first.take() {
            Some(first) => Some(first),
            None => tokio::select! {
                biased;
                told = self.told.recv() => told,
                _ = self.heartbeat.tick() => return Some(Bytes::from_static(b": ping\n\n")),
            },
        };
        let mut text = String::new();
        loop {
            text.push_str(&self.event(told.take()));
            match self.told.try_recv() {
                Ok(next) if !self.ended => told = Some(next),
                _ => return Some(text.into()),
            }
        }
    }

    /// None is an exchange that ended without saying how: it panicked.
    fn event(&mut self, told: Option<Told>) -> String {
        let (name, data) = match told {
            Some(Told::Event(AnswerEvent::Started { message_id, reserved })) => {
                ("start", AnswerStreamEvent::Start { message_id: message_id.to_string(), reserved })
            }
            Some(Told::Event(AnswerEvent::Delta(text))) => ("delta", AnswerStreamEvent::Delta { text }),
            Some(Told::Done(done)) => ("done", AnswerStreamEvent::Done(done)),
            Some(Told::Failed(error)) => ("error", self.error(&error)),
            None => ("error", self.error(&ApiError::internal(&"an exchange ended without its end"))),
        };
        self.ended = matches!(name, "done" | "error");
        self.last_id += 1;
        let json = serde_json::to_string(&data).unwrap_or_default();
        format!("id: {}\nevent: {name}\ndata: {json}\n\n", self.last_id)
    }

    fn error(&self, error: &ApiError) -> AnswerStreamEvent {
        AnswerStreamEvent::Error(Box::new(error.detail(self.request_id.clone(), time(self.clock.now()))))
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::StatusCode;
    use atelier_domain::kernel::{EntityId, MessageId, Timestamp};
    use tokio::sync::mpsc::UnboundedSender;

    use super::*;

    struct Epoch;

    impl Clock for Epoch {
        fn now(&self) -> Timestamp {
            Timestamp::UNIX_EPOCH
        }
    }

    fn stream() -> (UnboundedSender<Told>, AnswerStream) {
        let (sender, told) = unbounded_channel();
        let heartbeat = interval_at(Instant::now() + HEARTBEAT, HEARTBEAT);
        let stream = AnswerStream {
            first: Some(Told::Event(AnswerEvent::Started { message_id: MessageId::from_bytes([1; 12]), reserved: 540 })),
            told,
            heartbeat,
            last_id: 0,
            ended: false,
            request_id: "req_1".to_owned(),
            clock: Arc::new(Epoch),
        };
        (sender, stream)
    }

    async fn text(stream: &mut AnswerStream) -> Option<String> {
        stream.next().await.map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
    }

    #[tokio::test]
    async fn events_are_numbered_and_one_line_each_up_to_the_end() {
        let (sender, mut stream) = stream();
        let start = "id: 1\nevent: start\ndata: {\"messageId\":\"010101010101010101010101\",\"reserved\":540}\n\n";
        assert_eq!(text(&mut stream).await.as_deref(), Some(start));
        let failed = ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "MODEL_OVERLOADED", "wait");
        for told in [Told::Event(AnswerEvent::Delta("a\nb".to_owned())), Told::Failed(Box::new(failed))] {
            assert!(sender.send(told).is_ok());
        }
        let rest = "id: 2\nevent: delta\ndata: {\"text\":\"a\\nb\"}\n\n\
            id: 3\nevent: error\ndata: {\"code\":\"MODEL_OVERLOADED\",\"message\":\"wait\",\"details\":{},\
            \"timestamp\":\"1970-01-01T00:00:00.000Z\",\"request_id\":\"req_1\"}\n\n";
        assert_eq!(text(&mut stream).await.as_deref(), Some(rest));
        assert_eq!(text(&mut stream).await, None);
    }

    #[tokio::test]
    async fn an_exchange_that_goes_without_a_word_is_an_error_of_ours() {
        let (sender, mut stream) = stream();
        drop(sender);
        assert!(text(&mut stream).await.is_some_and(|text| text.contains("event: start")));
        assert!(text(&mut stream).await.is_some_and(|text| text.contains("event: error") && text.contains("INTERNAL_ERROR")));
        assert_eq!(text(&mut stream).await, None);
    }
}
