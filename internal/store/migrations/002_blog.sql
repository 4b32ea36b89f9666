-- What the blog sink remembers: the milestones, the fictional values that stand for private ones, and small things of
-- its own and of others under a name space.

CREATE TABLE milestone (
  number       INTEGER PRIMARY KEY CHECK (number > 0),
  title        TEXT NOT NULL,
  phase        TEXT NOT NULL,
  after        INTEGER NOT NULL CHECK (after >= 0), -- the last event of the milestone before
  opened_at    INTEGER NOT NULL,
  published_at INTEGER,
  body         BLOB,
  crc          INTEGER NOT NULL
) STRICT;

-- key is an HMAC of the private value: the table alone tells nobody what an alias stands for.
CREATE TABLE alias (
  kind  TEXT NOT NULL CHECK (kind <> ''),
  key   BLOB NOT NULL CHECK (length(key) > 0),
  alias TEXT NOT NULL CHECK (alias <> ''),
  PRIMARY KEY (kind, key),
  UNIQUE (kind, alias)
) STRICT, WITHOUT ROWID;

CREATE TABLE kv (
  ns    TEXT NOT NULL CHECK (ns <> ''),
  key   TEXT NOT NULL,
  value BLOB NOT NULL,
  crc   INTEGER NOT NULL,
  PRIMARY KEY (ns, key)
) STRICT, WITHOUT ROWID;
