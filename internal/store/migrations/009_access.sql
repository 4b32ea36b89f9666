-- Who may ask: tokens and sessions, with the hashes of their secrets, never a secret.

CREATE TABLE access_grant (
  kind TEXT NOT NULL CHECK (kind IN ('token', 'session')),
  name TEXT NOT NULL CHECK (name <> ''),
  body BLOB NOT NULL, -- the hash, the scopes and the times, as JSON
  crc  INTEGER NOT NULL,
  PRIMARY KEY (kind, name)
) STRICT, WITHOUT ROWID;
