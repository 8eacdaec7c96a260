//! Idempotency keys: a repeated request returns the first answer and spends nothing twice.

use super::{StoreError, Timestamp, UserId};

/// The text cannot be an idempotency key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an Idempotency-Key is 1 to 255 printable ASCII characters")]
pub struct InvalidIdempotencyKey;

/// A client's `Idempotency-Key`: 1–255 printable ASCII characters, valid 24 hours per account.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// How long a key is remembered.
    pub const LIFETIME: chrono::TimeDelta = chrono::TimeDelta::hours(24);

    /// Checks a key.
    ///
    /// # Errors
    /// [`InvalidIdempotencyKey`] when empty, longer than 255, or not printable ASCII.
    pub fn parse(text: &str) -> Result<Self, InvalidIdempotencyKey> {
        let ok = (1..=255).contains(&text.len()) && text.bytes().all(|b| (0x20..0x7f).contains(&b));
        if ok { Ok(Self(text.to_owned())) } else { Err(InvalidIdempotencyKey) }
    }

    /// The key's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a key was used for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyRecord {
    /// Who used it.
    pub user_id: UserId,
    /// The key.
    pub key: IdempotencyKey,
    /// What was asked for: operation name and content, see [`super::Fingerprint`].
    pub fingerprint: String,
    /// The id of what was made, so that the answer can be given again.
    pub resource: String,
    /// When the key is forgotten.
    pub expires_at: Timestamp,
}

/// Idempotency records, inside a unit of work.
#[async_trait::async_trait]
pub trait IdempotencyRepository: Send {
    /// The unexpired record of `key` for this account.
    async fn find(&mut self, user_id: UserId, key: &IdempotencyKey, now: Timestamp) -> Result<Option<IdempotencyRecord>, StoreError>;
    /// Records a use, replacing an expired record of the same key.
    ///
    /// MUST answer [`StoreError::Conflict`] on `idempotency.key` when an unexpired record exists.
    async fn insert(&mut self, record: &IdempotencyRecord, now: Timestamp) -> Result<(), StoreError>;
}
