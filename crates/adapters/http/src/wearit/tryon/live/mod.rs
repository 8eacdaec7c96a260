//! Live updates of the caller's own try-ons: `admission` decides who may listen and for how long, `feed` is what there is to tell,
//! `websocket` and `sse` carry it.

mod admission;
mod feed;
mod message;
pub(super) mod sse;
pub(super) mod websocket;

use std::time::Duration;

use serde::Deserialize;
use utoipa::IntoParams;

use crate::error::ApiError;

/// Between two signs of life.
const HEARTBEAT: Duration = Duration::from_secs(20);
/// Longest wait for news before the feed is looked at anyway: the stores wake who waits, this is a net below them.
const LOOK_AGAIN: Duration = Duration::from_secs(20);
/// How long a client may take to accept one message before it is dropped.
const PATIENCE: Duration = Duration::from_secs(10);

/// How a live connection begins.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct LiveQuery {
    /// The `seq` of the last message received: what came after it is sent again, or `reset` and a snapshot when that is too long ago.
    #[param(value_type = Option<u64>, example = 41)]
    after: Option<String>,
    /// From `POST /auth/ws-ticket`, good once, in place of the token.
    ticket: Option<String>,
}

impl LiveQuery {
    /// The position to continue from: `last`, what the client's own `Last-Event-ID` says, before `after`.
    fn position(&self, last: Option<&str>) -> Result<Option<u64>, ApiError> {
        let not_a_number = |_error| ApiError::invalid_field("after", "must be the seq of a message");
        last.or(self.after.as_deref()).map(|text| text.trim().parse()).transpose().map_err(not_a_number)
    }
}
