//! Accounts, passwords, tokens, sessions, recovery, roles, export and erasure.

mod actor;
mod error;
mod jobs;
mod model;
mod ports;
mod service;
mod settings;

pub use actor::{Actor, Role, UnknownRole};
pub use error::IdentityError;
pub use jobs::{EraseAccount, EraseAccountJob, MailPurpose, PurgeTokens, PurgeTokensJob, SealAudit, SealAuditJob, SendMail, SendMailJob};
pub use model::{
    Account, AccountFilter, AccountStats, Consent, Name, OneTimePurpose, OneTimeToken, Password, PasswordReset, RefreshToken, RefreshUse,
    Session,
};
pub use ports::{
    AccessClaims, AccountQueries, AccountRepository, IdentityStore, IdentityUnitOfWork, Mail, MailError, Mailer, OneTimeTokenRepository,
    PasswordError, PasswordHasher, PasswordResetRepository, SessionQueries, SessionRepository, TokenRejected, TokenSigner,
};
pub use service::{
    AccountAdministration, AccountService, AuditFault, AuditReport, AuditService, ChangeAccount, Client, CreateAdmin, IdentityPersonalData,
    IdentityPorts, KnownSeal, LiveTicket, LiveTickets, LogIn, PersonalDataService, Profile, RecoveryService, ResetPassword, SessionInfo,
    SignUp, SignedIn, Tokens, UpdateMe,
};
pub use settings::IdentitySettings;
