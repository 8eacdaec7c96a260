//! Accounts, passwords, tokens, sessions, recovery, roles, export and erasure.

mod actor;
mod error;
mod model;
mod ports;

pub use actor::{Actor, Role, UnknownRole};
pub use error::IdentityError;
pub use model::{
    Account, AccountFilter, AccountStats, Consent, DATA_USER_NAMESPACE, Name, OneTimePurpose, OneTimeToken, Password, PasswordReset,
    RefreshToken, RefreshUse, Session,
};
pub use ports::{
    AccessClaims, AccountQueries, AccountRepository, IdentityStore, IdentityUnitOfWork, Mail, MailError, Mailer, OneTimeTokenRepository,
    PasswordError, PasswordHasher, PasswordResetRepository, SessionQueries, SessionRepository, TokenRejected, TokenSigner,
};
