//! What every context shares: typed ids, time, paging, errors, objects, jobs, events, audit and the unit of work.

mod audit;
mod cache;
mod clock;
mod email;
mod error;
mod events;
mod fingerprint;
mod idempotency;
mod ids;
mod image;
mod job;
mod object_deletion;
mod object_key;
mod object_store;
mod page;
mod personal_data;
mod random;
mod rate;
mod unit_of_work;

pub use audit::{AuditDigest, AuditEntry, AuditFilter, AuditRecord, AuditSeal, AuditTrail, AuditWriter, NameSeal, SealFault, SealedEntry};
pub use cache::Cache;
pub use clock::{Clock, Timer};
pub use email::{Email, InvalidEmail};
pub use error::{Coded, ErrorKind, FieldError, Invalid, Source, StoreError, error_chain};
pub use events::{EventFeed, EventKind, EventWriter, NewEvent, UserEvent};
pub use fingerprint::Fingerprint;
pub use idempotency::{
    Idempotency, IdempotencyError, IdempotencyKey, IdempotencyRecord, IdempotencyRepository, IdempotentRequest, InvalidIdempotencyKey,
};
pub use ids::{
    AnalyticsId, AuditId, BodyId, ClothingId, ConversationId, DATA_USER_NAMESPACE, DeliveryId, EndpointId, EntityId, EvaluationId,
    FavoriteId, HackathonId, IdGenerator, InvalidId, JobId, MessageId, ResetId, SessionId, TokenId, TryOnId, UploadId, UserId,
    data_user_id,
};
pub use image::{ImageError, ImageInput, ImageProcessor, ProcessedImage};
pub use job::{
    Backoff, ClaimedJob, EnqueueOutcome, JobCounts, JobError, JobHandler, JobLease, JobPayload, JobQueue, JobWriter, NewJob, PayloadError,
};
pub use object_deletion::DeleteObjects;
pub use object_key::{InvalidObjectKey, ObjectKey, ObjectPrefix};
pub use object_store::{
    AccessError, ByteStream, DirectObjectAccess, ObjectInfo, ObjectStore, ObjectStoreError, ObjectStream, PrefixDeletion, SignedMethod,
    SignedRequest, SignedUrl,
};
pub use page::{Cursor, InvalidCursor, Page, Paged};
pub use personal_data::{ExportSection, PersonalData, PersonalDataError};
pub use random::SecretGenerator;
pub use rate::{AttemptLimiter, RateLimiter};
pub use unit_of_work::{UnitOfWork, retry_on_contention};

/// A secret that is never printed or logged and is wiped when dropped.
pub use secrecy::{ExposeSecret, SecretString};

/// An instant in UTC. Stores keep milliseconds.
pub type Timestamp = chrono::DateTime<chrono::Utc>;
