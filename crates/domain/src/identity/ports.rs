//! What identity needs from outside.

use crate::kernel::{
    AuditEntry, AuditTrail, Email, Page, Paged, SecretString, SessionId, Source, StoreError, Timestamp, UnitOfWork, UserId,
};

use super::{
    Account, AccountFilter, AccountStats, OneTimePurpose, OneTimeToken, Password, PasswordReset, RefreshToken, RefreshUse, Role, Session,
};

/// Reads accounts outside a unit of work.
#[async_trait::async_trait]
pub trait AccountQueries: Send + Sync {
    /// The account with this id; erased ones are not found, inactive ones are.
    async fn find(&self, id: UserId) -> Result<Option<Account>, StoreError>;
    /// The account with this address.
    async fn find_by_email(&self, email: &Email) -> Result<Option<Account>, StoreError>;
    /// A page of accounts, newest first, ties by id descending.
    async fn list(&self, filter: &AccountFilter, page: &Page) -> Result<Paged<Account>, StoreError>;
    /// Counts.
    async fn stats(&self) -> Result<AccountStats, StoreError>;
}

/// Accounts inside a unit of work.
#[async_trait::async_trait]
pub trait AccountRepository: Send {
    /// As [`AccountQueries::find`].
    async fn find(&mut self, id: UserId) -> Result<Option<Account>, StoreError>;
    /// As [`AccountQueries::find_by_email`].
    async fn find_by_email(&mut self, email: &Email) -> Result<Option<Account>, StoreError>;
    /// Stores a new account. MUST answer [`StoreError::Conflict`] on `users.email` when the address is taken.
    async fn insert(&mut self, account: &Account) -> Result<(), StoreError>;
    /// Replaces an account's fields; conflict as [`insert`](AccountRepository::insert). `false` when there is no such account.
    async fn update(&mut self, account: &Account) -> Result<bool, StoreError>;
    /// How many active accounts have this role. Two units of work MUST NOT both count on an account that the other takes the role or
    /// the activity from: one of them meets [`StoreError::Contention`], or waits.
    async fn count_active(&mut self, role: Role) -> Result<u64, StoreError>;
    /// Removes the row. `false` when there was none.
    async fn delete(&mut self, id: UserId) -> Result<bool, StoreError>;
}

/// Reads sessions outside a unit of work.
#[async_trait::async_trait]
pub trait SessionQueries: Send + Sync {
    /// Live sessions of the person, last used first.
    async fn live(&self, user_id: UserId, now: Timestamp) -> Result<Vec<Session>, StoreError>;
}

/// Sessions and refresh tokens inside a unit of work.
#[async_trait::async_trait]
pub trait SessionRepository: Send {
    /// Stores a new session.
    async fn insert(&mut self, session: &Session) -> Result<(), StoreError>;
    /// The session with this id.
    async fn find(&mut self, id: SessionId) -> Result<Option<Session>, StoreError>;
    /// Replaces a session's fields.
    async fn update(&mut self, session: &Session) -> Result<(), StoreError>;
    /// Revokes every live session of the person but `except`; returns how many.
    async fn revoke_all(&mut self, user_id: UserId, except: Option<SessionId>, now: Timestamp) -> Result<u64, StoreError>;
    /// Stores a refresh token.
    async fn add_token(&mut self, token: &RefreshToken) -> Result<(), StoreError>;
    /// Uses a refresh token up. MUST answer [`RefreshUse::Fresh`] to one caller only.
    async fn use_token(&mut self, digest: &str, now: Timestamp) -> Result<RefreshUse, StoreError>;
    /// Removes every session and refresh token of the person.
    async fn delete_all(&mut self, user_id: UserId) -> Result<(), StoreError>;
    /// Removes sessions and tokens that ended before `before`; returns how many rows went.
    async fn purge_ended(&mut self, before: Timestamp) -> Result<u64, StoreError>;
}

/// Password reset codes inside a unit of work; at most one per person.
#[async_trait::async_trait]
pub trait PasswordResetRepository: Send {
    /// Stores a code and voids the person's older ones.
    async fn replace(&mut self, reset: &PasswordReset) -> Result<(), StoreError>;
    /// The person's code, expired or not.
    async fn find(&mut self, user_id: UserId) -> Result<Option<PasswordReset>, StoreError>;
    /// Counts a wrong try.
    async fn count_try(&mut self, user_id: UserId) -> Result<(), StoreError>;
    /// Removes the person's code.
    async fn delete(&mut self, user_id: UserId) -> Result<(), StoreError>;
    /// Removes codes that expired before `before`.
    async fn purge_expired(&mut self, before: Timestamp) -> Result<u64, StoreError>;
}

/// One-time tokens inside a unit of work.
#[async_trait::async_trait]
pub trait OneTimeTokenRepository: Send {
    /// Stores a token.
    async fn insert(&mut self, token: &OneTimeToken) -> Result<(), StoreError>;
    /// Takes a token out, if it is there and unexpired. MUST give it to one caller only.
    async fn take(&mut self, purpose: OneTimePurpose, digest: &str, now: Timestamp) -> Result<Option<OneTimeToken>, StoreError>;
    /// Removes the person's tokens of one purpose.
    async fn delete_all(&mut self, purpose: OneTimePurpose, user_id: UserId) -> Result<(), StoreError>;
    /// Removes tokens of every purpose that expired before `before`.
    async fn purge_expired(&mut self, before: Timestamp) -> Result<u64, StoreError>;
}

/// Identity's unit of work.
pub trait IdentityUnitOfWork: UnitOfWork {
    /// Accounts.
    fn accounts(&mut self) -> &mut dyn AccountRepository;
    /// Sessions.
    fn sessions(&mut self) -> &mut dyn SessionRepository;
    /// Reset codes.
    fn resets(&mut self) -> &mut dyn PasswordResetRepository;
    /// One-time tokens.
    fn one_time_tokens(&mut self) -> &mut dyn OneTimeTokenRepository;
}

/// Identity's store.
#[async_trait::async_trait]
pub trait IdentityStore: Send + Sync {
    /// Begins a unit of work.
    async fn begin(&self) -> Result<Box<dyn IdentityUnitOfWork>, StoreError>;
    /// Reads accounts.
    fn accounts(&self) -> &dyn AccountQueries;
    /// Reads sessions.
    fn sessions(&self) -> &dyn SessionQueries;
    /// Reads and seals the audit trail.
    fn audit(&self) -> &dyn AuditTrail;
    /// The newest 1 000 audit entries of what the person did and of what was done to the person's account, oldest first.
    async fn audit_of(&self, user_id: UserId) -> Result<Vec<AuditEntry>, StoreError>;
    /// Erases what belongs to no context's repository: the person's events, jobs and idempotency records; audit entries lose the actor, and
    /// the account as their subject ([`AuditEntry::ERASED`]), and their seals the salts of both.
    async fn erase_kernel_rows(&self, user_id: UserId) -> Result<(), StoreError>;
}

/// Hashing did not work.
#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    /// Too many hashings wait already: a flood is refused, not queued without end.
    #[error("too many sign-ins at once: try again in a moment")]
    Busy,
    /// Hashing itself failed.
    #[error("password hashing failed")]
    Failed(#[source] Source),
}

/// Hashes passwords on a bounded pool.
#[async_trait::async_trait]
#[cfg_attr(feature = "mocks", mockall::automock)]
pub trait PasswordHasher: Send + Sync {
    /// A salted bcrypt hash with prefix `$2b$`.
    async fn hash(&self, password: &Password) -> Result<SecretString, PasswordError>;
    /// Whether the password matches. With no hash (unknown account) it spends the same time and answers `false`.
    async fn verify(&self, password: &SecretString, hash: Option<&SecretString>) -> Result<bool, PasswordError>;
    /// Whether the hash was made with another cost than the present one and should be made anew.
    fn needs_rehash(&self, hash: &SecretString) -> bool;
}

/// What an access token says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessClaims {
    /// `sub`: the account.
    pub user_id: UserId,
    /// `role`: when the token was made; the account's present role counts.
    pub role: Role,
    /// `sid`: the device.
    pub session_id: Option<SessionId>,
    /// `iat`.
    pub issued_at: Timestamp,
    /// `exp`.
    pub expires_at: Timestamp,
}

/// The token is not one of ours, or no longer good. The reason is not told to clients.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("access token rejected: {0}")]
pub struct TokenRejected(pub String);

/// Signs and verifies access tokens (JWT, HS256 only).
#[cfg_attr(feature = "mocks", mockall::automock)]
pub trait TokenSigner: Send + Sync {
    /// Signs a token with `sub`, `role`, `sid`, `iss`, `aud`, `iat`, `exp` and a fresh `jti`.
    fn sign(&self, claims: &AccessClaims) -> SecretString;
    /// MUST reject another algorithm (`none` included), key, issuer or audience, a missing claim, and any token at or after `exp`.
    fn verify(&self, token: &str, now: Timestamp) -> Result<AccessClaims, TokenRejected>;
}

/// A mail to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// To whom.
    pub to: Email,
    /// Its subject.
    pub subject: String,
    /// Its plain text.
    pub text: String,
}

/// The mail was not handed over.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// The recipient or the mail is refused for good.
    #[error("the mail was refused")]
    Permanent(#[source] Source),
    /// Worth another try.
    #[error("the mail could not be sent")]
    Transient(#[source] Source),
}

/// Sends mails.
#[async_trait::async_trait]
#[cfg_attr(feature = "mocks", mockall::automock)]
pub trait Mailer: Send + Sync {
    /// Hands the mail over to the next system.
    async fn send(&self, mail: &Mail) -> Result<(), MailError>;
}
