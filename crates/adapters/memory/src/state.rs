//! What the store holds: one table per collection.

use std::collections::BTreeMap;
use std::sync::Arc;

use atelier_domain::challenge::analytics::AnalyticsEvent;
use atelier_domain::challenge::enrolments::{Enrolment, EnrolmentKey};
use atelier_domain::challenge::evaluations::{Assignment, Evaluation};
use atelier_domain::challenge::hackathons::Hackathon;
use atelier_domain::challenge::participants::Participant;
use atelier_domain::challenge::results::PublishedResults;
use atelier_domain::identity::{Account, OneTimeToken, PasswordReset, Session};
use atelier_domain::kernel::{
    AnalyticsId, AuditEntry, AuditSeal, ClothingId, ConversationId, DeliveryId, EndpointId, EntityId, EvaluationId, HackathonId,
    IdempotencyRecord, JobId, SessionId, TryOnId, UploadId, UserId,
};
use atelier_domain::wearit::body::Body;
use atelier_domain::wearit::favorites::Favorite;
use atelier_domain::wearit::quotas::{StoredItem, Usage};
use atelier_domain::wearit::tryon::TryOn;
use atelier_domain::wearit::uploads::Upload;
use atelier_domain::wearit::wardrobe::Clothing;
use atelier_domain::wearit::webhooks::{Delivery, Endpoint};

use crate::challenge::ConversationRow;
use crate::identity::StoredRefreshToken;
use crate::kernel::{JobRow, UserEvents};

/// A table shared between states until one of them writes to it.
pub(crate) type Table<K, V> = Arc<BTreeMap<K, V>>;

/// All tables. A clone is cheap: tables are copied when first written to.
#[derive(Clone, Default)]
pub(crate) struct State {
    pub(crate) accounts: Table<UserId, Account>,
    pub(crate) sessions: Table<SessionId, Session>,
    pub(crate) refresh_tokens: Table<String, StoredRefreshToken>,
    pub(crate) resets: Table<UserId, PasswordReset>,
    /// By collection and digest.
    pub(crate) one_time_tokens: Table<(&'static str, String), OneTimeToken>,
    pub(crate) clothing: Table<(UserId, ClothingId), Clothing>,
    pub(crate) bodies: Table<UserId, Body>,
    pub(crate) tryons: Table<(UserId, TryOnId), TryOn>,
    pub(crate) favorites: Table<(UserId, TryOnId), Favorite>,
    pub(crate) uploads: Table<(UserId, UploadId), Upload>,
    pub(crate) usage: Table<UserId, Usage>,
    pub(crate) stored_items: Table<(UserId, StoredItem), u64>,
    pub(crate) endpoints: Table<(UserId, EndpointId), Endpoint>,
    pub(crate) deliveries: Table<(UserId, DeliveryId), Delivery>,
    pub(crate) participants: Table<UserId, Participant>,
    pub(crate) hackathons: Table<HackathonId, Hackathon>,
    pub(crate) enrolments: Table<EnrolmentKey, Enrolment>,
    pub(crate) conversations: Table<ConversationId, ConversationRow>,
    pub(crate) evaluations: Table<EvaluationId, Evaluation>,
    /// By conversation and examiner.
    pub(crate) assignments: Table<(ConversationId, UserId), Assignment>,
    pub(crate) results: Table<HackathonId, PublishedResults>,
    pub(crate) analytics: Table<AnalyticsId, AnalyticsEvent>,
    pub(crate) jobs: Table<JobId, JobRow>,
    pub(crate) events: Table<UserId, UserEvents>,
    /// By account and key.
    pub(crate) idempotency: Table<(UserId, String), IdempotencyRecord>,
    pub(crate) audit: Arc<Vec<AuditEntry>>,
    pub(crate) audit_seals: Table<u64, AuditSeal>,
}

/// The rows of one owner, in id order.
pub(crate) fn owned<I: EntityId, V>(table: &BTreeMap<(UserId, I), V>, user_id: UserId) -> impl Iterator<Item = &V> {
    table.range((user_id, I::from_bytes([0; 12]))..=(user_id, I::from_bytes([0xff; 12]))).map(|(_, row)| row)
}

/// Removes the rows that `ended` names; returns how many went.
pub(crate) fn purge<K: Ord + Clone, V: Clone>(table: &mut Table<K, V>, ended: impl Fn(&V) -> bool) -> u64 {
    let before = table.len();
    Arc::make_mut(table).retain(|_, row| !ended(row));
    (before - table.len()) as u64
}
