//! Files as a port: private objects, reached from outside only through signed, expiring URLs.

use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;
use futures_core::Stream;

use super::{Coded, ErrorKind, ObjectKey, ObjectPrefix, Source, Timestamp};

/// Bytes that arrive piece by piece.
pub type ByteStream = Pin<Box<dyn Stream<Item = Result<Bytes, Source>> + Send>>;

/// What an object store can answer instead of a result.
#[derive(Debug, thiserror::Error)]
pub enum ObjectStoreError {
    /// There is no such object.
    #[error("no such object: {0}")]
    NotFound(ObjectKey),
    /// Some objects of a prefix could not be deleted.
    #[error("{left} objects could not be deleted")]
    Incomplete {
        /// How many are left.
        left: usize,
    },
    /// The store does not answer in time.
    #[error("the object store timed out")]
    Timeout(#[source] Source),
    /// The store does not answer.
    #[error("the object store is unavailable")]
    Unavailable(#[source] Source),
    /// Anything else.
    #[error("the object store failed")]
    Other(#[source] Source),
}

impl Coded for ObjectStoreError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NotFound(_) => ErrorKind::NotFound,
            Self::Timeout(_) => ErrorKind::Timeout,
            Self::Incomplete { .. } | Self::Unavailable(_) => ErrorKind::Unavailable,
            Self::Other(_) => ErrorKind::Internal,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotFound(_) => "NOT_FOUND",
            Self::Timeout(_) => "STORAGE_TIMEOUT",
            Self::Incomplete { .. } | Self::Unavailable(_) => "STORAGE_UNAVAILABLE",
            Self::Other(_) => "INTERNAL_ERROR",
        }
    }
}

/// What is known of an object without reading it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectInfo {
    /// Its key.
    pub key: ObjectKey,
    /// Its size in bytes.
    pub size: u64,
    /// When it was last written.
    pub modified_at: Timestamp,
}

/// An object being read.
pub struct ObjectStream {
    /// What is known of it.
    pub info: ObjectInfo,
    /// Its content type.
    pub content_type: String,
    /// Its bytes.
    pub body: ByteStream,
}

/// The outcome of deleting a prefix.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PrefixDeletion {
    /// How many objects went.
    pub deleted: u64,
    /// What could not be deleted, with the reason.
    pub failed: Vec<(String, String)>,
}

/// A URL that opens one object to whoever holds it, until it expires.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedUrl {
    /// The URL.
    pub url: String,
    /// When it stops working.
    pub expires_at: Timestamp,
}

/// Private objects under keys.
#[async_trait::async_trait]
#[cfg_attr(feature = "mocks", mockall::automock)]
pub trait ObjectStore: Send + Sync {
    /// Writes an object, replacing an older one. MUST be atomic: readers see the old or the new bytes, never a mixture, also after a crash.
    async fn put(&self, key: &ObjectKey, body: Bytes, content_type: &str) -> Result<(), ObjectStoreError>;
    /// Reads a whole object. MUST answer [`ObjectStoreError::NotFound`] when there is none.
    async fn get(&self, key: &ObjectKey) -> Result<Bytes, ObjectStoreError>;
    /// What is known of an object, or `None`.
    async fn head(&self, key: &ObjectKey) -> Result<Option<ObjectInfo>, ObjectStoreError>;
    /// Deletes an object; one that is not there is deleted already.
    async fn delete(&self, key: &ObjectKey) -> Result<(), ObjectStoreError>;
    /// Deletes every object under a prefix, however many, old versions included where the store keeps them.
    async fn delete_prefix(&self, prefix: &ObjectPrefix) -> Result<PrefixDeletion, ObjectStoreError>;
    /// Up to `limit` objects under a prefix, in key order, after the key `after`.
    async fn list(&self, prefix: &ObjectPrefix, after: Option<ObjectKey>, limit: usize) -> Result<Vec<ObjectInfo>, ObjectStoreError>;
    /// A URL to read the object for `expires_in` (1 s – 7 days). Does not check that it exists.
    async fn presign_get(&self, key: &ObjectKey, expires_in: Duration) -> Result<SignedUrl, ObjectStoreError>;
    /// A URL to write the object with exactly this content type and size, for `expires_in`.
    async fn presign_put(
        &self,
        key: &ObjectKey,
        content_type: &str,
        size: u64,
        expires_in: Duration,
    ) -> Result<SignedUrl, ObjectStoreError>;
}

/// What a signed URL was signed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignedMethod {
    /// Reading.
    Get,
    /// Writing.
    Put,
}

/// A request that came in on a signed URL of a store that this service answers for itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedRequest {
    /// Reading or writing.
    pub method: SignedMethod,
    /// The object.
    pub key: ObjectKey,
    /// The raw query string, which carries the signature.
    pub query: String,
    /// For writing: the content type sent.
    pub content_type: Option<String>,
    /// For writing: the length announced.
    pub content_length: Option<u64>,
}

/// Why a signed request is refused.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// The signature is missing, wrong or expired, or the request is not the one signed.
    #[error("the link is invalid or has expired")]
    Refused,
    /// The body has not the size that was signed.
    #[error("the body has not the size that was announced")]
    WrongSize,
    /// The store failed.
    #[error("the object store failed")]
    Store(#[from] ObjectStoreError),
}

/// The server side of signed URLs, for object stores without a server of their own (the embedded one).
#[async_trait::async_trait]
pub trait DirectObjectAccess: Send + Sync {
    /// Checks the signature, then opens the object.
    async fn read(&self, request: &SignedRequest) -> Result<ObjectStream, AccessError>;
    /// Checks the signature, then takes the body in, never more than the signed size; atomic as [`ObjectStore::put`].
    async fn write(&self, request: &SignedRequest, body: ByteStream) -> Result<(), AccessError>;
}
