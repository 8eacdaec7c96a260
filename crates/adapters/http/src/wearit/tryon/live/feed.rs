//! What there is to tell one listener: a snapshot or what was missed, then what happens.

use std::collections::HashMap;

use actix_web::web;
use atelier_domain::identity::Actor;
use atelier_domain::kernel::{EventKind, TryOnId, UserEvent};
use atelier_domain::wearit::Links;
use atelier_domain::wearit::tryon::{TryOnError, TryOnStatus, TryOnView};

use crate::error::ApiError;
use crate::state::HttpServices;
use crate::wearit::tryon::answer::{TryOnDto, TryOnsData};

use super::LOOK_AGAIN;
use super::message::{LiveData, LiveMessage};

/// Most events read at once: a listener far behind gets them in portions.
const BATCH: u32 = 50;

/// One listener's position.
pub(super) struct Feed {
    services: web::Data<HttpServices>,
    actor: Actor,
    seq: u64,
}

impl Feed {
    /// Begins: with nothing when `after` is a position that can be continued, else with a snapshot, after a `reset` when a position was
    /// given.
    pub(super) async fn begin(
        services: web::Data<HttpServices>,
        actor: Actor,
        after: Option<u64>,
    ) -> Result<(Self, Vec<LiveMessage>), ApiError> {
        let mut feed = Self { services, actor, seq: 0 };
        let (oldest, newest) = feed.services.events.bounds(actor.user_id).await?;
        let messages = match after {
            Some(after) if after <= newest && after + 1 >= oldest => {
                feed.seq = after;
                Vec::new()
            }
            Some(_) => feed.reset().await?,
            None => vec![feed.snapshot().await?],
        };
        Ok((feed, messages))
    }

    /// Returns when there may be something new.
    pub(super) async fn changed(&self) {
        self.services.events.changed(self.actor.user_id, LOOK_AGAIN).await;
    }

    /// The next messages, none when nothing is new.
    pub(super) async fn next(&mut self) -> Result<Vec<LiveMessage>, ApiError> {
        let events = self.services.events.after(self.actor.user_id, self.seq, BATCH).await?;
        let Some((first, last)) = events.first().zip(events.last()) else { return Ok(Vec::new()) };
        if first.seq > self.seq + 1 {
            // It fell so far behind that events it has not seen are not kept any more.
            return self.reset().await;
        }
        let seq = last.seq;
        let messages = self.tell(events).await?;
        self.seq = seq;
        Ok(messages)
    }

    async fn reset(&mut self) -> Result<Vec<LiveMessage>, ApiError> {
        let snapshot = self.snapshot().await?;
        Ok(vec![LiveMessage { seq: self.seq, kind: "reset", data: LiveData::Nothing {} }, snapshot])
    }

    /// The position is read before the state: what happens in between is told twice, never missed.
    async fn snapshot(&mut self) -> Result<LiveMessage, ApiError> {
        let (_, newest) = self.services.events.bounds(self.actor.user_id).await?;
        let views = self.services.tryons.snapshot(self.actor).await?;
        let tryons = TryOnDto::all(&views, &self.links()).await?;
        self.seq = newest;
        Ok(LiveMessage { seq: newest, kind: "snapshot", data: LiveData::Snapshot(TryOnsData { tryons }) })
    }

    async fn tell(&self, events: Vec<UserEvent>) -> Result<Vec<LiveMessage>, ApiError> {
        let mut known: HashMap<TryOnId, Option<TryOnView>> = HashMap::new();
        let mut messages = Vec::with_capacity(events.len());
        for UserEvent { seq, kind, .. } in events {
            let (id, moment) = match kind {
                EventKind::TryOnUpdated { tryon_id, status, progress, stage } => (tryon_id, Some((status, progress, stage))),
                EventKind::TryOnDeleted { tryon_id } => (tryon_id, None),
            };
            if let Some((status, progress, stage)) = moment {
                if let std::collections::hash_map::Entry::Vacant(entry) = known.entry(id) {
                    entry.insert(self.load(id).await?);
                }
                if let Some(Some(view)) = known.get(&id) {
                    let view = as_of(view.clone(), &status, progress, stage);
                    let dto = TryOnDto::of(&view, &self.links()).await?;
                    messages.push(LiveMessage { seq, kind: "tryon.updated", data: LiveData::TryOn(Box::new(dto)) });
                    continue;
                }
            }
            // Also for an update of what was deleted since: there is nothing else left to tell of it.
            messages.push(LiveMessage { seq, kind: "tryon.deleted", data: LiveData::Deleted { id: id.to_string() } });
        }
        Ok(messages)
    }

    async fn load(&self, id: TryOnId) -> Result<Option<TryOnView>, ApiError> {
        match self.services.tryons.get(self.actor, id).await {
            Ok(view) => Ok(Some(view)),
            Err(TryOnError::NotFound) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    fn links(&self) -> Links {
        Links::new(self.services.objects.clone())
    }
}

/// The try-on as it was at an event: what came later is left out.
fn as_of(mut view: TryOnView, status: &str, progress: u8, stage: String) -> TryOnView {
    let tryon = &mut view.tryon;
    tryon.progress = progress;
    tryon.stage = stage;
    let Ok(status) = status.parse::<TryOnStatus>() else { return view };
    if status != tryon.status {
        tryon.status = status;
        tryon.outcome = tryon.outcome.take().filter(|_| status == TryOnStatus::Completed);
        tryon.failure = tryon.failure.take().filter(|_| matches!(status, TryOnStatus::Failed | TryOnStatus::Cancelled));
        tryon.completed_at = tryon.completed_at.filter(|_| status.is_terminal());
    }
    if status != TryOnStatus::Pending {
        view.queue_position = None;
    }
    view
}
