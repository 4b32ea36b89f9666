-- The way of a post: what a person approved, what was published, and every private value that was ever known.

-- A decision of a person on the exact bytes of a post and its files. It is over as soon as they change.
CREATE TABLE approval (
  blog        TEXT NOT NULL CHECK (blog <> ''), -- the name of its sink
  slug        TEXT NOT NULL CHECK (slug <> ''),
  milestone   INTEGER NOT NULL CHECK (milestone >= 0), -- 0 for a post that is of no milestone
  sha256      TEXT NOT NULL CHECK (length(sha256) = 64), -- over the post and its files
  approved_at INTEGER NOT NULL,
  approved_by TEXT NOT NULL,
  covers      INTEGER NOT NULL CHECK (covers >= 0), -- the last event that the approved bytes speak of
  body        BLOB NOT NULL, -- what was let pass and what was replaced, as JSON
  crc         INTEGER NOT NULL,
  PRIMARY KEY (blog, slug)
) STRICT, WITHOUT ROWID;

-- Posts that left the house, with the sums of their files.
CREATE TABLE published (
  blog         TEXT NOT NULL CHECK (blog <> ''),
  file         TEXT NOT NULL CHECK (file <> ''), -- the post, under the blog's folder
  slug         TEXT NOT NULL,
  milestone    INTEGER NOT NULL CHECK (milestone >= 0),
  published_at INTEGER NOT NULL,
  covers       INTEGER NOT NULL CHECK (covers >= 0),
  body         BLOB NOT NULL, -- the files and what was replaced, as JSON
  crc          INTEGER NOT NULL,
  PRIMARY KEY (blog, file)
) STRICT, WITHOUT ROWID;

-- What no post may ever show, also when it is long gone from the configuration and the inventory. A secret is a keyed
-- hash with its length, never the secret.
CREATE TABLE known (
  kind       TEXT NOT NULL CHECK (kind <> ''),
  value      TEXT NOT NULL CHECK (value <> ''),
  first_seen INTEGER NOT NULL,
  last_seen  INTEGER NOT NULL,
  crc        INTEGER NOT NULL,
  PRIMARY KEY (kind, value)
) STRICT, WITHOUT ROWID;
