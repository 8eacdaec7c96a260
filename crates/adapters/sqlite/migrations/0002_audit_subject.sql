-- What was done to an account is found by the account: for its export, and to blank it when the account is erased.
CREATE INDEX audit_subject ON audit (subject, at DESC);
