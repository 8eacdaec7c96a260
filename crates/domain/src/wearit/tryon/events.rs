//! What a try-on tells its owner when it changes.

use crate::kernel::{EventKind, NewEvent, Timestamp};

use super::TryOn;

impl TryOn {
    /// The live event of the present state; written in the unit of work that stores the state.
    pub fn updated_event(&self, at: Timestamp) -> NewEvent {
        let kind = EventKind::TryOnUpdated {
            tryon_id: self.id,
            status: self.status.as_str().to_owned(),
            progress: self.progress,
            stage: self.stage.clone(),
        };
        NewEvent { user_id: self.user_id, kind, at }
    }

    /// The live event of its deletion.
    pub fn deleted_event(&self, at: Timestamp) -> NewEvent {
        NewEvent { user_id: self.user_id, kind: EventKind::TryOnDeleted { tryon_id: self.id }, at }
    }
}
