//! What is held on a person, so that a test of an erasure sees what is left.

use std::collections::BTreeMap;

use atelier_domain::identity::OneTimePurpose;
use atelier_domain::kernel::UserId;

use crate::store::MemoryStore;

fn any<K, V>(table: &BTreeMap<K, V>, of_person: impl Fn(&V) -> bool) -> bool {
    table.values().any(of_person)
}

impl MemoryStore {
    /// The collections that hold anything on the person, jobs that only name the person in their payload included.
    pub fn collections_holding(&self, user_id: UserId) -> Vec<&'static str> {
        let state = self.committed();
        let id = user_id.to_string();
        let tokens = OneTimePurpose::ALL.map(|purpose| {
            (purpose.collection(), any(&state.one_time_tokens, |token| token.purpose == purpose && token.user_id == user_id))
        });
        let others = [
            ("users", state.accounts.contains_key(&user_id)),
            ("sessions", any(&state.sessions, |row| row.user_id == user_id)),
            ("refresh_tokens", any(&state.refresh_tokens, |row| row.user_id() == user_id)),
            ("password_reset", state.resets.contains_key(&user_id)),
            ("clothing", any(&state.clothing, |row| row.user_id == user_id)),
            ("body", state.bodies.contains_key(&user_id)),
            ("tryon", any(&state.tryons, |row| row.user_id == user_id)),
            ("favorites", any(&state.favorites, |row| row.user_id == user_id)),
            ("uploads", any(&state.uploads, |row| row.user_id == user_id)),
            ("usage", state.usage.contains_key(&user_id)),
            ("stored_items", state.stored_items.keys().any(|(owner, _)| *owner == user_id)),
            ("webhook_endpoints", any(&state.endpoints, |row| row.user_id == user_id)),
            ("webhook_deliveries", any(&state.deliveries, |row| row.user_id == user_id)),
            ("participants", state.participants.contains_key(&user_id)),
            ("enrolments", any(&state.enrolments, |row| row.key.student_id == user_id)),
            ("conversations", any(&state.conversations, |row| row.conversation.student_id == user_id)),
            ("evaluations", any(&state.evaluations, |row| row.student_id == user_id || row.examiner_id == user_id)),
            ("assignments", any(&state.assignments, |row| row.examiner_id == user_id)),
            ("analytics", any(&state.analytics, |row| row.user_id == user_id)),
            ("results", any(&state.results, |row| row.content.contains(&id))),
            ("jobs", any(&state.jobs, |row| row.job.user_id == Some(user_id) || row.job.payload.contains(&id))),
            ("events", state.events.contains_key(&user_id)),
            ("idempotency", any(&state.idempotency, |row| row.user_id == user_id)),
            ("audit", state.audit.iter().any(|entry| entry.actor == Some(user_id) || entry.subject.contains(&id))),
        ];
        tokens.into_iter().chain(others).filter(|(_, holds)| *holds).map(|(collection, _)| collection).collect()
    }
}
