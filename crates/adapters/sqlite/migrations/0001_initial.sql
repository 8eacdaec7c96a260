-- Tables carry the names and fields of the source documents' collections. Times are milliseconds since 1970, UTC; ids are 24 hex digits.
-- STRICT: a value of another type than the column's is refused, not bent.
-- Every index that starts with user_id also serves the look-up by user_id alone, and ends with the keys of the list's order.

-- identity ------------------------------------------------------------------------------------------------------------------------------

CREATE TABLE users (
    _id TEXT NOT NULL PRIMARY KEY,
    email TEXT NOT NULL,
    password TEXT NOT NULL,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    has_avatar INTEGER NOT NULL,
    is_active INTEGER NOT NULL,
    email_verified INTEGER NOT NULL,
    consent_version TEXT,
    consent_at INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    erasure_requested_at INTEGER
) STRICT;
CREATE UNIQUE INDEX users_email ON users (email);
CREATE INDEX users_created_at ON users (created_at DESC, _id DESC);
CREATE INDEX users_role ON users (role, created_at DESC, _id DESC);
CREATE INDEX users_counts ON users (role, is_active, email_verified);

CREATE TABLE sessions (
    _id TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL,
    user_agent TEXT NOT NULL,
    address TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    last_used_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    revoked_at INTEGER
) STRICT;
CREATE INDEX sessions_user ON sessions (user_id, last_used_at DESC, _id DESC);
CREATE INDEX sessions_expires_at ON sessions (expires_at);
CREATE INDEX sessions_revoked_at ON sessions (revoked_at) WHERE revoked_at IS NOT NULL;

CREATE TABLE refresh_tokens (
    digest TEXT NOT NULL PRIMARY KEY,
    session_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at INTEGER
) STRICT;
CREATE INDEX refresh_tokens_user ON refresh_tokens (user_id);
CREATE INDEX refresh_tokens_session ON refresh_tokens (session_id);
CREATE INDEX refresh_tokens_expires_at ON refresh_tokens (expires_at);

CREATE TABLE password_reset (
    _id TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL,
    code TEXT NOT NULL,
    tries INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX password_reset_user ON password_reset (user_id);
CREATE INDEX password_reset_expires_at ON password_reset (expires_at);

CREATE TABLE magic_links (
    _id TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL,
    digest TEXT NOT NULL,
    email TEXT,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX magic_links_digest ON magic_links (digest);
CREATE INDEX magic_links_user ON magic_links (user_id);
CREATE INDEX magic_links_expires_at ON magic_links (expires_at);

CREATE TABLE email_verifications (
    _id TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL,
    digest TEXT NOT NULL,
    email TEXT,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX email_verifications_digest ON email_verifications (digest);
CREATE INDEX email_verifications_user ON email_verifications (user_id);
CREATE INDEX email_verifications_expires_at ON email_verifications (expires_at);

CREATE TABLE ws_tickets (
    _id TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL,
    digest TEXT NOT NULL,
    email TEXT,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX ws_tickets_digest ON ws_tickets (digest);
CREATE INDEX ws_tickets_user ON ws_tickets (user_id);
CREATE INDEX ws_tickets_expires_at ON ws_tickets (expires_at);

-- wearit --------------------------------------------------------------------------------------------------------------------------------

CREATE TABLE clothing (
    _id TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL,
    name TEXT NOT NULL,
    category TEXT NOT NULL,
    brand TEXT,
    s3_key TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX clothing_user ON clothing (user_id, created_at DESC, _id DESC);
CREATE INDEX clothing_user_category ON clothing (user_id, category, created_at DESC, _id DESC);
CREATE INDEX clothing_user_brand ON clothing (user_id, brand, created_at DESC, _id DESC);
CREATE INDEX clothing_user_name ON clothing (user_id, name, _id);

CREATE TABLE body (
    _id TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL,
    height REAL,
    weight REAL,
    chest REAL,
    waist REAL,
    hips REAL,
    shoulders REAL,
    arms REAL,
    s3_key TEXT,
    photo_findings TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX body_user ON body (user_id);

CREATE TABLE tryon (
    _id TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL,
    body_id TEXT,
    status TEXT NOT NULL,
    progress INTEGER NOT NULL,
    stage TEXT NOT NULL,
    options TEXT NOT NULL,
    attempts TEXT NOT NULL,
    s3_key TEXT,
    model_used TEXT,
    processing_time REAL,
    preview INTEGER,
    warnings TEXT,
    confidence REAL,
    failure TEXT,
    created_at INTEGER NOT NULL,
    started_at INTEGER,
    completed_at INTEGER
) STRICT;
CREATE INDEX tryon_user ON tryon (user_id, created_at DESC, _id DESC);
CREATE INDEX tryon_user_body ON tryon (user_id, body_id, created_at DESC, _id DESC);
CREATE INDEX tryon_user_status ON tryon (user_id, status, created_at DESC, _id DESC);
CREATE INDEX tryon_created_at ON tryon (created_at DESC);
CREATE INDEX tryon_unfinished ON tryon (created_at, _id) WHERE status IN ('pending', 'processing');
CREATE INDEX tryon_completed ON tryon (completed_at, _id) WHERE status = 'completed';

-- The garments of a try-on in the order they are put on. Owner and time are repeated so that the list filtered by garment needs no sorting.
CREATE TABLE tryon_clothing (
    tryon_id TEXT NOT NULL REFERENCES tryon (_id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    clothing_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (tryon_id, position)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX tryon_clothing_garment ON tryon_clothing (user_id, clothing_id, created_at DESC, tryon_id DESC);

CREATE TABLE favorites (
    _id TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL,
    tryon_id TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX favorites_user_tryon ON favorites (user_id, tryon_id);
CREATE INDEX favorites_user ON favorites (user_id, created_at DESC, _id DESC);

CREATE TABLE uploads (
    _id TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL,
    content_type TEXT NOT NULL,
    size INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX uploads_user ON uploads (user_id);
CREATE INDEX uploads_expires_at ON uploads (expires_at, _id);

-- kernel --------------------------------------------------------------------------------------------------------------------------------

-- due_at: from when a worker may claim the job: run_at while queued, one millisecond after the lease's end while running, null once finished.
CREATE TABLE jobs (
    _id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    version INTEGER NOT NULL,
    payload TEXT NOT NULL,
    unique_key TEXT,
    user_id TEXT,
    state TEXT NOT NULL,
    run_at INTEGER NOT NULL,
    due_at INTEGER,
    attempts INTEGER NOT NULL,
    fence INTEGER NOT NULL,
    worker TEXT,
    error TEXT,
    created_at INTEGER NOT NULL,
    finished_at INTEGER
) STRICT;
CREATE UNIQUE INDEX jobs_unique_key ON jobs (unique_key) WHERE unique_key IS NOT NULL;
CREATE INDEX jobs_due ON jobs (run_at, created_at, _id) WHERE due_at IS NOT NULL;
CREATE INDEX jobs_state ON jobs (state, kind, created_at);
CREATE INDEX jobs_finished_at ON jobs (finished_at) WHERE finished_at IS NOT NULL;
CREATE INDEX jobs_user ON jobs (user_id) WHERE user_id IS NOT NULL;

-- number never repeats, so that a process knows which events it has not heard of yet.
CREATE TABLE events (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    kind TEXT NOT NULL,
    at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX events_user_seq ON events (user_id, seq);

CREATE TABLE audit (
    _id TEXT NOT NULL PRIMARY KEY,
    at INTEGER NOT NULL,
    actor TEXT,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    details TEXT NOT NULL
) STRICT;
CREATE INDEX audit_at ON audit (at DESC, _id DESC);
CREATE INDEX audit_actor ON audit (actor, at DESC) WHERE actor IS NOT NULL;

CREATE TABLE idempotency (
    user_id TEXT NOT NULL,
    key TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    resource TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (user_id, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_expires_at ON idempotency (expires_at);
