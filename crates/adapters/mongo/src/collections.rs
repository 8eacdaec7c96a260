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
pub(crate) const USAGE: &str = "usage";
pub(crate) const STORED_ITEMS: &str = "stored_items";
pub(crate) const WEBHOOK_ENDPOINTS: &str = "webhook_endpoints";
pub(crate) const WEBHOOK_DELIVERIES: &str = "webhook_deliveries";
pub(crate) const PARTICIPANTS: &str = "participants";
pub(crate) const HACKATHONS: &str = "hackathons";
pub(crate) const ENROLMENTS: &str = "enrolments";
pub(crate) const CONVERSATIONS: &str = "conversations";
pub(crate) const EVALUATIONS: &str = "evaluations";
pub(crate) const ASSIGNMENTS: &str = "assignments";
pub(crate) const RESULTS: &str = "results";
pub(crate) const ANALYTICS: &str = "analytics";
pub(crate) const JOBS: &str = "jobs";
pub(crate) const EVENTS: &str = "events";
pub(crate) const AUDIT: &str = "audit";
pub(crate) const AUDIT_SEALS: &str = "audit_seals";
pub(crate) const IDEMPOTENCY: &str = "idempotency";
/// Documents that exist only to be written by units of work that must not overlap.
pub(crate) const GUARDS: &str = "guards";
/// Which migrations ran, and the lock under which they run.
pub(crate) const SCHEMA_MIGRATIONS: &str = "schema_migrations";

/// Every collection that holds the product's data, by name.
pub(crate) const ALL: [&str; 30] = [
    ANALYTICS,
    ASSIGNMENTS,
    AUDIT,
    AUDIT_SEALS,
    BODY,
    CLOTHING,
    CONVERSATIONS,
    EMAIL_VERIFICATIONS,
    ENROLMENTS,
    EVALUATIONS,
    EVENTS,
    FAVORITES,
    GUARDS,
    HACKATHONS,
    IDEMPOTENCY,
    JOBS,
    MAGIC_LINKS,
    PARTICIPANTS,
    PASSWORD_RESET,
    REFRESH_TOKENS,
    RESULTS,
    SESSIONS,
    STORED_ITEMS,
    TRYON,
    UPLOADS,
    USAGE,
    USERS,
    WEBHOOK_DELIVERIES,
    WEBHOOK_ENDPOINTS,
    WS_TICKETS,
];

/// Those of them in whose documents no person's id stands: published results name people as they may be shown, seals have digests.
pub(crate) const IMPERSONAL: [&str; 4] = [AUDIT_SEALS, GUARDS, HACKATHONS, RESULTS];
