//! Idempotency keys: a repeated request returns the first answer and spends nothing twice.

use super::{EntityId, Fingerprint, StoreError, Timestamp, UserId};

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
    /// The name of the unique key on account and idempotency key, as stores report a clash.
    pub const CONSTRAINT: &'static str = "idempotency.key";

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

/// What a client sent to make its request repeatable: the key, and what the request asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotentRequest {
    /// The `Idempotency-Key` header.
    pub key: IdempotencyKey,
    /// The digest of the parsed fields and of each file.
    pub fingerprint: Fingerprint,
}

/// Why a keyed request does not go on.
#[derive(Debug, thiserror::Error)]
pub enum IdempotencyError {
    /// The key was used for another operation or with another content.
    #[error("this Idempotency-Key was used with another content: use a new key")]
    Mismatch,
    /// The store failed.
    #[error("idempotency records")]
    Store(#[from] StoreError),
}

/// One use of an optional key by a use case. Without a key every question is answered with "first time".
///
/// A use case that makes something asks [`earlier`](Idempotency::earlier) before costly work, and
/// [`claim`](Idempotency::claim) in the unit of work that stores the thing, which runs under [`super::retry_on_contention`]:
/// of two concurrent requests with one key, the slower is run again and then finds what the faster made.
#[derive(Debug, Clone, Copy)]
pub struct Idempotency<'a> {
    /// The operation, `context.feature.verb`: a key used for one is not good for another.
    pub operation: &'static str,
    /// Who asks.
    pub user_id: UserId,
    /// The key and the content, when the client sent a key.
    pub request: Option<&'a IdempotentRequest>,
    /// The present instant.
    pub now: Timestamp,
}

impl Idempotency<'_> {
    /// The id of what an earlier request with this key and content made.
    ///
    /// # Errors
    /// [`IdempotencyError::Mismatch`] when the key was used for something else.
    pub async fn earlier<T: EntityId>(&self, records: &mut dyn IdempotencyRepository) -> Result<Option<T>, IdempotencyError> {
        let Some(request) = self.request else { return Ok(None) };
        let Some(record) = records.find(self.user_id, &request.key, self.now).await? else { return Ok(None) };
        if record.fingerprint != self.fingerprint(request) {
            return Err(IdempotencyError::Mismatch);
        }
        let corrupt = |_invalid| StoreError::Corrupt { entity: "idempotency", id: T::ENTITY.to_owned(), field: "resource" };
        Ok(Some(record.resource.parse().map_err(corrupt)?))
    }

    /// Records that this key makes `resource`; or answers the id of what an earlier request made, in which case nothing is to be stored.
    ///
    /// # Errors
    /// [`IdempotencyError::Mismatch`] as [`earlier`](Idempotency::earlier); [`StoreError::Contention`] when a concurrent request with the
    /// same key was faster.
    pub async fn claim<T: EntityId>(&self, records: &mut dyn IdempotencyRepository, resource: T) -> Result<Option<T>, IdempotencyError> {
        let Some(request) = self.request else { return Ok(None) };
        if let Some(earlier) = self.earlier(records).await? {
            return Ok(Some(earlier));
        }
        let record = IdempotencyRecord {
            user_id: self.user_id,
            key: request.key.clone(),
            fingerprint: self.fingerprint(request),
            resource: resource.to_string(),
            expires_at: self.now + IdempotencyKey::LIFETIME,
        };
        match records.insert(&record, self.now).await {
            Ok(()) => Ok(None),
            // A clash may have ended the store's transaction: only a new unit of work can read what the other request made.
            Err(clash) if clash.is_conflict_on(IdempotencyKey::CONSTRAINT) => Err(StoreError::Contention(clash.into()).into()),
            Err(error) => Err(error.into()),
        }
    }

    fn fingerprint(&self, request: &IdempotentRequest) -> String {
        format!("{}:{}", self.operation, request.fingerprint)
    }
}
