//! The collections: names of the source documents, and of our own.

pub(crate) const USERS: &str = "users";
pub(crate) const SESSIONS: &str = "sessions";
pub(crate) const REFRESH_TOKENS: &str = "refresh_tokens";
pub(crate) const PASSWORD_RESET: &str = "password_reset";
pub(crate) const MAGIC_LINKS: &str = "magic_links";
pub(crate) const EMAIL_VERIFICATIONS: &str = "email_verifications";
pub(crate) const WS_TICKETS: &str = "ws_tickets";
pub(crate) const CLOTHING: &str = "clothing";
pub(crate) const BODY: &str = "body";
pub(crate) const TRYON: &str = "tryon";
pub(crate) const FAVORITES: &str = "favorites";
pub(crate) const UPLOADS: &str = "uploads";
pub(crate) const JOBS: &str = "jobs";
pub(crate) const EVENTS: &str = "events";
pub(crate) const AUDIT: &str = "audit";
pub(crate) const IDEMPOTENCY: &str = "idempotency";
/// Documents that exist only to be written by units of work that must not overlap.
pub(crate) const GUARDS: &str = "guards";
/// Which migrations ran, and the lock under which they run.
pub(crate) const SCHEMA_MIGRATIONS: &str = "schema_migrations";

/// Every collection that holds the product's data, by name.
pub(crate) const ALL: [&str; 17] = [
    AUDIT,
    BODY,
    CLOTHING,
    EMAIL_VERIFICATIONS,
    EVENTS,
    FAVORITES,
    GUARDS,
    IDEMPOTENCY,
    JOBS,
    MAGIC_LINKS,
    PASSWORD_RESET,
    REFRESH_TOKENS,
    SESSIONS,
    TRYON,
    UPLOADS,
    USERS,
    WS_TICKETS,
];
