//! When a request will not be heard of any more.

use std::time::Duration;

use serde::Deserialize;
use tokio::time::Instant;

use crate::tryon::since::UnderWay;

/// What `GET /health-check` says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Health {
    status: String,
    setup: Option<Setup>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Setup {
    started_at: Option<String>,
}

/// What was seen of a request.
#[derive(Debug, Default)]
struct Seen {
    idle_since: Option<Instant>,
    /// When the server that took it began: another one does not know it.
    server: Option<String>,
}

/// Watches over requests by the health of their server.
#[derive(Debug, Default)]
pub(super) struct Watch(UnderWay<Seen>);

impl Watch {
    /// Whether a request of which nothing was heard is lost: the server was started anew, or has not worked for `lost_after`. No health is
    /// a server that does not answer.
    pub(super) fn is_lost(&self, id: &str, health: Option<&Health>, lost_after: Duration) -> bool {
        self.0.with(id, |seen| {
            let began = health.and_then(|health| health.setup.as_ref()).and_then(|setup| setup.started_at.as_ref());
            let restarted = matches!((&seen.server, began), (Some(before), Some(now)) if before != now);
            seen.server = seen.server.take().or_else(|| began.cloned());
            if health.is_some_and(|health| health.status == "BUSY") && !restarted {
                seen.idle_since = None;
                return false;
            }
            // Even of a server that was started anew a message may still be on its way.
            seen.idle_since.get_or_insert_with(Instant::now).elapsed() >= lost_after
        })
    }

    pub(super) fn forget(&self, id: &str) {
        self.0.forget(id);
    }
}
