//! Instants and jobs.

use atelier_domain::kernel::{NewJob, Timestamp};

use super::identity::fresh;

/// The instant every builder takes for now: 2026-01-02T12:00:00Z.
pub fn noon() -> Timestamp {
    Timestamp::from_timestamp_millis(1_767_355_200_000).unwrap()
}

/// A job of this kind, due at [`noon`], with an empty payload.
pub fn job(kind: &str) -> NewJob {
    NewJob {
        id: fresh(),
        kind: kind.to_owned(),
        version: 1,
        payload: "{}".to_owned(),
        run_at: noon(),
        unique_key: None,
        user_id: None,
        created_at: noon(),
    }
}
