-- The chain over the audit trail: one link per entry, numbered without gaps. What is there already is sealed first.
ALTER TABLE audit ADD COLUMN sealed INTEGER NOT NULL DEFAULT 0;
CREATE INDEX audit_unsealed ON audit (at, _id) WHERE sealed = 0;

-- A salt goes with the name it was digested with, when a person is erased.
CREATE TABLE audit_seals (
    seq INTEGER NOT NULL PRIMARY KEY,
    entry TEXT NOT NULL,
    actor_salt TEXT,
    actor_digest TEXT NOT NULL,
    subject_salt TEXT,
    subject_digest TEXT NOT NULL,
    digest TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX audit_seals_entry ON audit_seals (entry);

-- The administrators' lists.
DROP INDEX audit_subject;
CREATE INDEX audit_subject ON audit (subject, at DESC, _id DESC);
CREATE INDEX audit_action ON audit (action, at DESC, _id DESC);
