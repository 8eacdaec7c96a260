//! Live updates as server-sent events.

use std::convert::Infallible;

use actix_web::http::header::{CACHE_CONTROL, CONTENT_ENCODING, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, get, web};
use bytes::Bytes;
use futures_util::stream::unfold;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use crate::api::Draining;
use crate::error::{ApiError, ErrorBody};
use crate::state::HttpServices;

use super::admission::Admission;
use super::feed::Feed;
use super::message::LiveMessage;
use super::{HEARTBEAT, LiveQuery, PATIENCE};

/// Messages that wait for a slow client; then it is dropped.
const BUFFER: usize = 32;

/// Live updates of the caller's own try-ons as server-sent events: each `data` is the JSON message of the WebSocket, each `id` its `seq`.
///
/// A client that connects again with `Last-Event-ID` (browsers do it by themselves) or `?after=` gets what it missed. The stream ends when
/// the token expires. `?ticket=` opens one connection.
#[utoipa::path(
    tag = "try-on",
    security(("bearer" = []), ()),
    params(
        LiveQuery,
        ("Last-Event-ID" = Option<String>, Header, description = "As `after`; takes its place"),
    ),
    responses(
        (status = 200, description = "A stream of messages", body = LiveMessage, content_type = "text/event-stream"),
        (status = 400, description = "Invalid query", body = ErrorBody),
        (status = 401, description = "No good token", body = ErrorBody),
        (status = 429, description = "Too many requests", body = ErrorBody),
    ),
)]
#[get("/tryon/events")]
pub(crate) async fn connect(
    request: HttpRequest,
    query: web::Query<LiveQuery>,
    services: web::Data<HttpServices>,
    draining: web::Data<Draining>,
) -> Result<HttpResponse, ApiError> {
    let last = request.headers().get("last-event-id").and_then(|value| value.to_str().ok()).filter(|id| !id.is_empty());
    let after = query.position(last)?;
    let admission = Admission::of(&request, &query, &services).await?;
    let (mut feed, mut first) = Feed::begin(services.clone(), admission.actor, after).await?;
    if first.is_empty() {
        first = feed.next().await?;
    }
    let (sender, receiver) = channel(BUFFER);
    actix_web::rt::spawn(serve(sender, feed, first, admission, services, draining));
    Ok(HttpResponse::Ok()
        .content_type("text/event-stream")
        // A compressor would hold messages back.
        .insert_header((CONTENT_ENCODING, HeaderValue::from_static("identity")))
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header(("X-Accel-Buffering", "no"))
        .streaming(stream(receiver)))
}

fn stream(receiver: Receiver<Bytes>) -> impl futures_core::Stream<Item = Result<Bytes, Infallible>> {
    unfold(receiver, |mut receiver| async move { receiver.recv().await.map(|bytes| (Ok(bytes), receiver)) })
}

async fn serve(
    sender: Sender<Bytes>,
    feed: Feed,
    first: Vec<LiveMessage>,
    admission: Admission,
    services: web::Data<HttpServices>,
    draining: web::Data<Draining>,
) {
    metrics::gauge!("atelier_live_connections", "transport" => "sse").increment(1.0);
    tokio::select! {
        biased;
        () = draining.0.cancelled() => {}
        () = admission.ends(services) => {}
        () = sender.closed() => {}
        () = tell(&sender, feed, first) => {}
    }
    metrics::gauge!("atelier_live_connections", "transport" => "sse").decrement(1.0);
}

/// Ends when the client is too slow or the feed fails.
async fn tell(sender: &Sender<Bytes>, mut feed: Feed, first: Vec<LiveMessage>) {
    let mut heartbeat = interval_at(Instant::now() + HEARTBEAT, HEARTBEAT);
    heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut messages = first;
    let mut greeting = "retry: 2000\n\n".to_owned();
    loop {
        for message in &messages {
            greeting.push_str(&event(message));
            if sender.send_timeout(std::mem::take(&mut greeting).into(), PATIENCE).await.is_err() {
                return;
            }
        }
        if messages.is_empty() {
            if !greeting.is_empty() && sender.send_timeout(std::mem::take(&mut greeting).into(), PATIENCE).await.is_err() {
                return;
            }
            tokio::select! {
                () = feed.changed() => {}
                _ = heartbeat.tick() => greeting.push_str(": still here\n\n"),
            }
        }
        messages = match feed.next().await {
            Ok(messages) => messages,
            Err(_logged) => return,
        };
    }
}

fn event(message: &LiveMessage) -> String {
    format!("id: {}\ndata: {}\n\n", message.seq, message.json())
}
