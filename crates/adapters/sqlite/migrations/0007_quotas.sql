-- What people used of their quotas, and the size of each thing they store, so that what is deleted is given back as it was counted.
CREATE TABLE usage (
    user_id TEXT NOT NULL PRIMARY KEY,
    day TEXT NOT NULL,
    tryons INTEGER NOT NULL,
    stored_bytes INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE stored_items (
    user_id TEXT NOT NULL,
    item TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    PRIMARY KEY (user_id, item)
) STRICT, WITHOUT ROWID;
