-- What people do, for 30 days.
CREATE TABLE analytics (
    _id TEXT NOT NULL PRIMARY KEY,
    type TEXT NOT NULL,
    userId TEXT NOT NULL,
    hackathonId TEXT,
    metadata TEXT NOT NULL,
    timestamp INTEGER NOT NULL
) STRICT;
CREATE INDEX analytics_user ON analytics (userId, timestamp, _id);
CREATE INDEX analytics_timestamp ON analytics (timestamp);

-- The student was erased and the grade kept: no reference that leads nowhere by mistake.
ALTER TABLE conversations ADD COLUMN etudiantEfface INTEGER NOT NULL DEFAULT 0;
CREATE INDEX conversations_erased ON conversations (etudiantEfface) WHERE etudiantEfface = 1;
