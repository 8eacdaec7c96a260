//! Live updates over a WebSocket.

use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse, get, web};
use actix_ws::{CloseCode, CloseReason, Message, MessageStream, ProtocolError, Session};
use tokio::time::{Instant, MissedTickBehavior, interval_at, timeout};

use crate::api::Draining;
use crate::error::{ApiError, ErrorBody};
use crate::state::HttpServices;

use super::admission::{Admission, BEARER};
use super::feed::Feed;
use super::message::LiveMessage;
use super::{HEARTBEAT, LiveQuery, PATIENCE};

/// The close code for a token that is bad or has expired.
const BAD_TOKEN: CloseCode = CloseCode::Other(4401);
/// Clients have nothing to say but signs of life.
const MAX_FRAME: usize = 4_096;
/// A client that has been silent for so long is gone.
const SILENCE: Duration = Duration::from_secs(60);

/// Live updates of the caller's own try-ons over a WebSocket: JSON messages, a `snapshot` first, then every change as it happens.
///
/// The token comes in `Authorization`, in `Sec-WebSocket-Protocol: bearer, <jwt>`, or as `?ticket=` from `POST /auth/ws-ticket`. The
/// connection closes with 4401 when the token is bad or expires, and with 1012 when the server restarts.
#[utoipa::path(
    tag = "try-on",
    security(("bearer" = []), ()),
    params(LiveQuery),
    responses(
        (status = 101, description = "A WebSocket of messages", body = LiveMessage, content_type = "application/json"),
        (status = 400, description = "Not a WebSocket handshake", body = ErrorBody),
        (status = 401, description = "Not a WebSocket handshake, and no good token", body = ErrorBody),
        (status = 429, description = "Too many requests", body = ErrorBody),
    ),
)]
#[get("/tryon/ws")]
pub(crate) async fn connect(
    request: HttpRequest,
    body: web::Payload,
    query: web::Query<LiveQuery>,
    services: web::Data<HttpServices>,
    draining: web::Data<Draining>,
) -> Result<HttpResponse, ApiError> {
    let after = query.position(None)?;
    let admission = Admission::of(&request, &query, &services).await;
    let (response, session, incoming) = match actix_ws::handle_with_protocols(&request, body, &[BEARER]) {
        Ok(accepted) => accepted,
        Err(_handshake) => {
            admission?;
            return Err(ApiError::invalid_field("Upgrade", "open a WebSocket here, or read GET /api/v1/tryon/events"));
        }
    };
    let connection = Connection { session, services, draining };
    // A browser learns the reason only from an accepted connection.
    actix_web::rt::spawn(connection.serve(incoming.max_frame_size(MAX_FRAME), admission, after));
    Ok(response)
}

/// Why a connection ends from our side.
enum End {
    BadToken,
    Restart,
    Failed,
    /// The client is gone, or too slow.
    Silent,
}

struct Connection {
    session: Session,
    services: web::Data<HttpServices>,
    draining: web::Data<Draining>,
}

impl Connection {
    async fn serve(mut self, incoming: MessageStream, admission: Result<Admission, ApiError>, after: Option<u64>) {
        metrics::gauge!("atelier_live_connections", "transport" => "websocket").increment(1.0);
        let end = match admission {
            Ok(admission) => self.listen(incoming, admission, after).await,
            Err(error) if actix_web::ResponseError::status_code(&error).is_client_error() => End::BadToken,
            Err(_server) => End::Failed,
        };
        let reason = match end {
            End::BadToken => Some((BAD_TOKEN, "Could not validate credentials")),
            End::Restart => Some((CloseCode::Restart, "the server restarts: connect again")),
            End::Failed => Some((CloseCode::Error, "something went wrong: connect again")),
            End::Silent => None,
        };
        let reason = reason.map(|(code, text)| CloseReason { code, description: Some(text.to_owned()) });
        // Nobody may be there to hear it.
        let _heard = timeout(PATIENCE, self.session.close(reason)).await.is_ok();
        metrics::gauge!("atelier_live_connections", "transport" => "websocket").decrement(1.0);
    }

    async fn listen(&mut self, mut incoming: MessageStream, admission: Admission, after: Option<u64>) -> End {
        let Ok((mut feed, first)) = Feed::begin(self.services.clone(), admission.actor, after).await else { return End::Failed };
        if self.send(first).await.is_err() {
            return End::Silent;
        }
        let mut expiry = std::pin::pin!(admission.ends(self.services.clone()));
        let draining = self.draining.0.clone();
        let mut heartbeat = interval_at(Instant::now() + HEARTBEAT, HEARTBEAT);
        heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut heard = Instant::now();
        loop {
            let Ok(messages) = feed.next().await else { return End::Failed };
            let more = !messages.is_empty();
            if self.send(messages).await.is_err() {
                return End::Silent;
            }
            tokio::select! {
                biased;
                () = draining.cancelled() => return End::Restart,
                () = &mut expiry => return End::BadToken,
                message = incoming.recv() => {
                    heard = Instant::now();
                    if !self.answer(message).await {
                        return End::Silent;
                    }
                }
                _ = heartbeat.tick() => {
                    if heard.elapsed() > SILENCE || !matches!(timeout(PATIENCE, self.session.ping(b"")).await, Ok(Ok(()))) {
                        return End::Silent;
                    }
                }
                () = std::future::ready(()), if more => {}
                () = feed.changed(), if !more => {}
            }
        }
    }

    /// Whether the connection goes on.
    async fn answer(&mut self, message: Option<Result<Message, ProtocolError>>) -> bool {
        match message {
            Some(Ok(Message::Ping(bytes))) => self.session.pong(&bytes).await.is_ok(),
            Some(Ok(Message::Close(_)) | Err(_)) | None => false,
            Some(Ok(_)) => true,
        }
    }

    /// Sends with bounded patience: the buffer is small, and a client that does not read is dropped.
    async fn send(&mut self, messages: Vec<LiveMessage>) -> Result<(), ()> {
        for message in messages {
            match timeout(PATIENCE, self.session.text(message.json())).await {
                Ok(Ok(())) => {}
                _gone_or_slow => return Err(()),
            }
        }
        Ok(())
    }
}
