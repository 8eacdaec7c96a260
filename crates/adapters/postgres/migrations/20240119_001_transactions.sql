-- description: Claims of idempotency keys, the log of decisions, and the outbox of what follows them
-- estimated: 1 minute

-- Which transaction an idempotency key belongs to. Lost with a crash of the server nothing is executed twice: the log has the key too.
CREATE TABLE dataservice.tx_claims (
    owner UUID NOT NULL,
    idempotency_key TEXT NOT NULL,
    body_hash TEXT NOT NULL,
    tx_id TEXT NOT NULL UNIQUE,
    claimed_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    heartbeat_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    PRIMARY KEY (owner, idempotency_key)
);
CREATE INDEX tx_claims_by_age ON dataservice.tx_claims(claimed_at);

-- One row for each transaction that was decided, written by the commit that is the decision; or said to be aborted, after which the
-- key of the table keeps it from ever being committed.
CREATE TABLE dataservice.tx_log (
    tx_id TEXT PRIMARY KEY,
    owner UUID NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('committed', 'aborted')),
    idempotency_key TEXT,
    operations INT NOT NULL DEFAULT 0,
    -- The results of the operations in PostgreSQL, encrypted.
    answer BYTEA,
    failure_code TEXT,
    failed_operation INT,
    decided_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    CHECK ((state = 'committed') = (answer IS NOT NULL)),
    CHECK (state = 'committed' OR idempotency_key IS NULL)
);
-- However a claim was come by, no key is executed twice while it lives.
CREATE UNIQUE INDEX tx_log_idempotency ON dataservice.tx_log(owner, idempotency_key) WHERE idempotency_key IS NOT NULL;
CREATE INDEX tx_log_by_age ON dataservice.tx_log(decided_at);

-- What has to be applied to other stores, in the order of the decisions for each target.
CREATE TABLE dataservice.tx_outbox (
    seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tx_id TEXT NOT NULL REFERENCES dataservice.tx_log(tx_id) ON DELETE CASCADE,
    operation INT NOT NULL CHECK (operation >= 1),
    database_type TEXT NOT NULL CHECK (database_type IN ('redis', 'cosmosdb', 'vector')),
    -- A digest of what is changed.
    target TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'applied', 'dead', 'forgotten')),
    -- The change and its answer, encrypted; the change goes once it is applied.
    payload BYTEA,
    result BYTEA,
    attempts INT NOT NULL DEFAULT 0,
    -- Not before; whoever takes it moves this on.
    due_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    last_error TEXT,
    decided_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    UNIQUE (tx_id, operation),
    CHECK (payload IS NOT NULL OR state IN ('applied', 'forgotten'))
);
CREATE INDEX tx_outbox_due ON dataservice.tx_outbox(due_at) WHERE state = 'pending';
CREATE INDEX tx_outbox_targets ON dataservice.tx_outbox(target, seq) WHERE state = 'pending';
CREATE INDEX tx_outbox_dead ON dataservice.tx_outbox(seq) WHERE state = 'dead';

-- What has been applied to tables that follow decisions instead of being part of them: written with the change itself.
CREATE TABLE dataservice.tx_fences (
    tx_id TEXT NOT NULL,
    operation INT NOT NULL,
    applied_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    PRIMARY KEY (tx_id, operation)
);
CREATE INDEX tx_fences_by_age ON dataservice.tx_fences(applied_at);
