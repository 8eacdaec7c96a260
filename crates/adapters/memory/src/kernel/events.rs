//! Live events: numbered per person, the newest kept.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use atelier_domain::kernel::{EventFeed, EventWriter, NewEvent, StoreError, UserEvent, UserId};

use crate::state::State;
use crate::store::MemoryStore;
use crate::transaction::Transaction;

/// How long a reader may miss an event that was written just before it waited.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// One person's events.
#[derive(Debug, Clone, Default)]
pub(crate) struct UserEvents {
    /// The number of the newest event ever written.
    newest: u64,
    kept: VecDeque<UserEvent>,
}

fn newest(state: &State, user_id: UserId) -> u64 {
    state.events.get(&user_id).map_or(0, |events| events.newest)
}

#[async_trait::async_trait]
impl EventWriter for Transaction {
    async fn append(&mut self, event: &NewEvent) -> Result<u64, StoreError> {
        let events = Arc::make_mut(&mut self.state.events).entry(event.user_id).or_default();
        events.newest += 1;
        events.kept.push_back(UserEvent { seq: events.newest, kind: event.kind.clone(), at: event.at });
        if events.kept.len() as u64 > <dyn EventFeed>::KEPT {
            events.kept.pop_front();
        }
        Ok(events.newest)
    }
}

#[async_trait::async_trait]
impl EventFeed for MemoryStore {
    async fn after(&self, user_id: UserId, after: u64, limit: u32) -> Result<Vec<UserEvent>, StoreError> {
        let state = self.committed();
        let kept = state.events.get(&user_id).into_iter().flat_map(|events| &events.kept);
        Ok(kept.filter(|event| event.seq > after).take(limit as usize).cloned().collect())
    }

    async fn bounds(&self, user_id: UserId) -> Result<(u64, u64), StoreError> {
        let state = self.committed();
        let bounds = state.events.get(&user_id).and_then(|events| Some((events.kept.front()?.seq, events.newest)));
        Ok(bounds.unwrap_or_default())
    }

    async fn changed(&self, user_id: UserId, at_most: Duration) {
        let mut commits = self.shared().committed.subscribe();
        // An event of between the caller's reading and this line is known already: looking again soon costs nothing here.
        let at_most = at_most.min(LOOK_AGAIN);
        let known = newest(&commits.borrow_and_update(), user_id);
        let changed = commits.wait_for(|state| newest(state, user_id) != known);
        let _settled_or_too_late = tokio::time::timeout(at_most, changed).await.is_ok();
    }
}
