//! The ports every identity service and job is made from.

use std::sync::Arc;

use crate::identity::{IdentityError, IdentityStore, Mailer, PasswordHasher, TokenSigner};
use crate::kernel::{
    AttemptLimiter, AuditEntry, Clock, EventFeed, IdGenerator, ImageProcessor, ObjectStore, SecretGenerator, StoreError, Timestamp, UserId,
};

/// Everything identity needs from outside; clones share it.
#[derive(Clone)]
pub struct IdentityPorts {
    /// Accounts, sessions, codes and tokens.
    pub store: Arc<dyn IdentityStore>,
    /// The live events, for a person's export.
    pub events: Arc<dyn EventFeed>,
    /// Avatars, and everything a person's erasure removes.
    pub objects: Arc<dyn ObjectStore>,
    /// Makes avatars safe.
    pub images: Arc<dyn ImageProcessor>,
    /// Hashes passwords.
    pub hasher: Arc<dyn PasswordHasher>,
    /// Signs access tokens.
    pub signer: Arc<dyn TokenSigner>,
    /// Makes refresh tokens, codes and links, and the digests they are stored under.
    pub secrets: Arc<dyn SecretGenerator>,
    /// Counts failed tries.
    pub limiter: Arc<dyn AttemptLimiter>,
    /// Sends mails.
    pub mailer: Arc<dyn Mailer>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Makes ids.
    pub ids: Arc<dyn IdGenerator>,
}

impl IdentityPorts {
    /// An entry about an account; `details` holds no address and no secret.
    pub(crate) fn audit(&self, actor: Option<UserId>, action: &'static str, account: UserId, details: String, at: Timestamp) -> AuditEntry {
        AuditEntry { id: self.ids.generate(), at, actor, action: action.into(), subject: AuditEntry::account(account), details }
    }
}

/// Finds the store's error, for [`crate::kernel::retry_on_contention`].
pub(crate) fn store_error(error: &IdentityError) -> Option<&StoreError> {
    match error {
        IdentityError::Store(error) => Some(error),
        _ => None,
    }
}

/// A clash on the address means that it is taken; everything else stays the store's.
pub(crate) fn email_taken(error: StoreError) -> IdentityError {
    if error.is_conflict_on("users.email") { IdentityError::EmailTaken } else { error.into() }
}
