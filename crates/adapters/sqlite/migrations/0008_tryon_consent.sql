-- What its owner had agreed to when a try-on was asked for. Older try-ons do not tell.
ALTER TABLE tryon ADD COLUMN consent_version TEXT;
ALTER TABLE tryon ADD COLUMN consent_at INTEGER;
