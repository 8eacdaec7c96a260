//! Sending prompts and stopping answers, over HTTP.

use actix_web::http::header::{Accept, Header};
use actix_web::{HttpRequest, HttpResponse, post, web};
use atelier_domain::kernel::{ConversationId, EntityId, MessageId};
use serde::Serialize;
use utoipa::ToSchema;

use crate::caller::Caller;
use crate::challenge::Exchanges;
use crate::envelope::Success;
use crate::error::{ApiError, ErrorBody};
use crate::extract::{IdempotencyHeader, LongJson, PathId};
use crate::failures::ItemFailures;
use crate::state::HttpServices;

use super::answer::AnswerData;
use super::exchange::{Prompt, failure};
use super::request::{PromptJson, prompt_fingerprint};
use super::sse::{self, AnswerStreamEvent};

/// Sends a prompt and answers with what the model says. The prompt and the most tokens the answer may take are reserved of the quota before,
/// and settled to what was really taken when the answer has ended.
///
/// With `Accept: text/event-stream` the answer is streamed: an event `start`, a `delta` for each piece of the text, and at the end `done` or
/// `error`, numbered from 1; a comment each 15 s. Whatever is refused before the model is asked is an ordinary error, not a stream.
///
/// An answer comes to its end whether the client waits or not: who lost the connection reads it from `GET /conversations/{id}/messages`.
/// `…/messages/{mid}/stop` ends it early. A repeat with the same `Idempotency-Key` answers with the same message, or a stream of only `done`.
#[utoipa::path(tag = "conversations", security(("bearer" = [])),
    params(
        ("id" = String, Path, description = "The conversation's id", example = "65f0c0ffee65f0c0ffee65f5"),
        ("Accept" = Option<String>, Header, description = "`text/event-stream` for a stream, else JSON"),
        ("Idempotency-Key" = Option<String>, Header, description = "1–255 printable ASCII characters; a repeat within 24 h returns the first answer"),
    ),
    request_body = PromptJson,
    responses(
        (status = 200, description = "The answer as it arrives; the name of the event tells which form its data has", body = AnswerStreamEvent,
            content_type = "text/event-stream"),
        (status = 201, description = "The answer, stopped or whole", body = Success<AnswerData>),
        (status = 400, description = "Invalid input; `CONTEXT_TOO_LONG`: the conversation does not fit the model; `CONTENT_FILTERED`: the provider \
            refused the content; `MODEL_NOT_SUPPORTED`: the model is not offered any more", body = ErrorBody),
        (status = 401, description = "No good token", body = ErrorBody),
        (status = 403, description = "`CONSENT_REQUIRED`: there is no profile with consent; or the caller is an examiner", body = ErrorBody),
        (status = 404, description = "No such conversation of the caller", body = ErrorBody),
        (status = 409, description = "`CONVERSATION_BUSY`: an answer is on its way; `HACKATHON_CLOSED`: it has not begun, or is over; \
            `INVALID_STATE`: the final version was handed in, the conversation is archived, was a trial, or is too large", body = ErrorBody),
        (status = 413, description = "The body is too large", body = ErrorBody),
        (status = 415, description = "Not JSON", body = ErrorBody),
        (status = 422, description = "The idempotency key was used with another content", body = ErrorBody),
        (status = 429, description = "`QUOTA_EXCEEDED`: `details.quota` is `prompts` or `tokens`, with `limit`, `used`, `reserved` and `remaining`; or \
            too many requests, then with `Retry-After`", body = ErrorBody),
        (status = 503, description = "The model did not answer, `MODEL_…`; or a needed service does not: try again as `Retry-After` says. What had \
            arrived is kept; `details.retryable` tells whether the same prompt may be answered later", body = ErrorBody),
        (status = 504, description = "`TIMEOUT`: the answer takes longer than a request may; it goes on and is kept", body = ErrorBody),
    ))]
#[post("/conversations/{id}/messages")]
pub(crate) async fn send(
    request: HttpRequest,
    Caller(actor): Caller,
    idempotency: IdempotencyHeader,
    services: web::Data<HttpServices>,
    exchanges: web::Data<Exchanges>,
    id: PathId<ConversationId>,
    LongJson(body): LongJson<PromptJson>,
) -> Result<HttpResponse, ApiError> {
    let content = body.content()?;
    let prompt = Prompt {
        conversations: services.challenge.conversations.clone(),
        actor,
        conversation_id: *id,
        idempotent: idempotency.request(prompt_fingerprint(*id, &content)),
        content,
    };
    if wants_events(&request) {
        return sse::answer(prompt, &exchanges, services.clock.clone()).await;
    }
    let answering = exchanges.spawn(async move { prompt.answer(|_event| {}).await });
    let (message, quota) = answering.await.map_err(|ended| ApiError::internal(&ended))?.map_err(failure)?;
    Ok(HttpResponse::Created().json(Success::new(AnswerData::of(&message, &quota))))
}

/// Whether the client prefers events to JSON; what takes anything gets JSON.
fn wants_events(request: &HttpRequest) -> bool {
    let accepted = Accept::parse(request).map(|accept| accept.ranked()).unwrap_or_default();
    let known = accepted.iter().map(|media| media.essence_str()).find(|media| ["text/event-stream", "application/json"].contains(media));
    known == Some("text/event-stream")
}

/// An answer that is to stop.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StopData {
    /// Which.
    #[schema(example = "65f0c0ffee65f0c0ffee65f9")]
    message_id: String,
}

/// Stops an answer on its way, within about a second. What has arrived is kept and counted.
#[utoipa::path(tag = "conversations", security(("bearer" = [])),
    params(
        ("id" = String, Path, description = "The conversation's id", example = "65f0c0ffee65f0c0ffee65f5"),
        ("mid" = String, Path, description = "The answer's id", example = "65f0c0ffee65f0c0ffee65f9"),
    ),
    responses(
        (status = 202, description = "It will stop", body = Success<StopData>),
        (status = 409, description = "`INVALID_STATE`: it has ended already", body = ErrorBody),
        ItemFailures))]
#[post("/conversations/{id}/messages/{mid}/stop")]
pub(crate) async fn stop(
    Caller(actor): Caller,
    services: web::Data<HttpServices>,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, ApiError> {
    let (id, message_id) = path.into_inner();
    let id: ConversationId = in_path("id", &id)?;
    let message_id: MessageId = in_path("mid", &message_id)?;
    services.challenge.conversations.stop(actor, id, message_id).await?;
    Ok(HttpResponse::Accepted().json(Success::new(StopData { message_id: message_id.to_string() })))
}

fn in_path<T: EntityId>(field: &str, text: &str) -> Result<T, ApiError> {
    text.parse().map_err(|invalid: T::Err| ApiError::invalid_field(field, invalid.to_string()))
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::ACCEPT;
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn events_are_for_those_who_prefer_them() {
        for (accept, expected) in [
            ("text/event-stream", true),
            ("Text/Event-Stream; charset=utf-8", true),
            ("text/event-stream, */*", true),
            ("text/event-stream, application/json", true),
            ("application/json, text/event-stream", false),
            ("text/event-stream;q=0.5, application/json", false),
            ("*/*", false),
            ("", false),
        ] {
            let request = TestRequest::default().insert_header((ACCEPT, accept)).to_http_request();
            assert_eq!(wants_events(&request), expected, "{accept}");
        }
        assert!(!wants_events(&TestRequest::default().to_http_request()));
    }
}
