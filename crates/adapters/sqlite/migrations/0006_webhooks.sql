-- Where people want to be told what becomes of their try-ons, and what was sent there. A secret is made of the installation's key and its
-- salt; it is not stored.
CREATE TABLE webhook_endpoints (
    _id TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL,
    url TEXT NOT NULL,
    description TEXT NOT NULL,
    events TEXT NOT NULL,
    secret_salt TEXT NOT NULL,
    earlier_secret_salt TEXT,
    earlier_secret_until INTEGER,
    disabled TEXT,
    failing_since INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX webhook_endpoints_user ON webhook_endpoints (user_id, created_at, _id);

CREATE TABLE webhook_deliveries (
    _id TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL,
    endpoint_id TEXT NOT NULL,
    event TEXT NOT NULL,
    payload TEXT NOT NULL,
    status TEXT NOT NULL,
    attempts TEXT NOT NULL,
    tries INTEGER NOT NULL,
    round INTEGER NOT NULL,
    next_attempt_at INTEGER,
    created_at INTEGER NOT NULL,
    ended_at INTEGER
) STRICT;
CREATE INDEX webhook_deliveries_user ON webhook_deliveries (user_id, created_at DESC, _id DESC);
CREATE INDEX webhook_deliveries_user_endpoint ON webhook_deliveries (user_id, endpoint_id, created_at DESC, _id DESC);
CREATE INDEX webhook_deliveries_user_status ON webhook_deliveries (user_id, status, created_at DESC, _id DESC);
CREATE INDEX webhook_deliveries_ended_at ON webhook_deliveries (ended_at, _id) WHERE ended_at IS NOT NULL;
