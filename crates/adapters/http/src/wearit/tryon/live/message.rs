//! What goes over a live connection: `{"seq":…,"type":…,"data":…}`.

use serde::Serialize;
use utoipa::ToSchema;

use crate::wearit::tryon::answer::{TryOnDto, TryOnsData};

/// One message.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LiveMessage {
    /// Its number; the next connection continues from it with `?after=`.
    #[schema(example = 42)]
    pub(super) seq: u64,
    /// `snapshot`, `tryon.updated`, `tryon.deleted` or `reset`.
    #[serde(rename = "type")]
    #[schema(example = "tryon.updated")]
    pub(super) kind: &'static str,
    /// What it tells.
    pub(super) data: LiveData,
}

/// What a message tells.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum LiveData {
    /// `snapshot`: every unfinished try-on and the 20 newest.
    Snapshot(TryOnsData),
    /// `tryon.updated`: the try-on as it was at that moment.
    TryOn(Box<TryOnDto>),
    /// `tryon.deleted`: which.
    Deleted {
        /// The try-on's id.
        id: String,
    },
    /// `reset`: forget what you know; a snapshot follows.
    Nothing {},
}

impl LiveMessage {
    /// The message as JSON text.
    pub(super) fn json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}
