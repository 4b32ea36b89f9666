-- The journal and the state it continues from. Times are microseconds since 1970 in UTC, NULL where unknown. A crc is
-- the CRC32C over the table's name and all other columns of its row, in their order.

CREATE TABLE meta (
  key   TEXT NOT NULL PRIMARY KEY CHECK (key <> ''),
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The last commit: what the next one must follow.
CREATE TABLE last (
  only  INTEGER PRIMARY KEY CHECK (only = 1),
  batch INTEGER NOT NULL,
  seq   INTEGER NOT NULL CHECK (seq >= 0),
  at    INTEGER, -- its newest instant
  crc   INTEGER NOT NULL
) STRICT;

-- What was: rows are added and never changed.

CREATE TABLE instant (
  id     INTEGER PRIMARY KEY,
  at     INTEGER NOT NULL,
  config TEXT NOT NULL, -- hash of the configuration in force
  crc    INTEGER NOT NULL
) STRICT;

CREATE TABLE poll (
  id         INTEGER PRIMARY KEY,
  source     TEXT NOT NULL CHECK (source <> ''),
  number     INTEGER NOT NULL,
  started_at INTEGER,
  ended_at   INTEGER,
  at         INTEGER NOT NULL,
  clock      INTEGER, -- the source's own clock
  error      TEXT NOT NULL,
  partial    INTEGER NOT NULL CHECK (partial IN (0, 1)),
  count      INTEGER NOT NULL CHECK (count >= 0),
  rejected   INTEGER NOT NULL CHECK (rejected >= 0),
  marks      BLOB, -- measurement times of what said nothing new, see marks.go
  crc        INTEGER NOT NULL
) STRICT;

CREATE INDEX poll_source ON poll (source, at);

CREATE TABLE observation (
  id          INTEGER PRIMARY KEY,
  source      TEXT NOT NULL CHECK (source <> ''),
  ref         TEXT NOT NULL CHECK (ref <> ''),
  device      TEXT NOT NULL,
  observed_at INTEGER,
  recorded_at INTEGER NOT NULL,
  novelty     TEXT NOT NULL,
  late        INTEGER NOT NULL CHECK (late IN (0, 1)),
  print       INTEGER NOT NULL,
  body        BLOB NOT NULL,
  crc         INTEGER NOT NULL
) STRICT;

CREATE INDEX observation_ref ON observation (source, ref, id);

CREATE TABLE event (
  seq    INTEGER PRIMARY KEY CHECK (seq > 0),
  id     TEXT NOT NULL CHECK (id <> ''),
  type   TEXT NOT NULL CHECK (type <> ''),
  at     INTEGER NOT NULL,
  device TEXT,
  body   BLOB NOT NULL,
  crc    INTEGER NOT NULL
) STRICT;

CREATE INDEX event_at ON event (at);
CREATE INDEX event_device ON event (device, seq) WHERE device IS NOT NULL;

-- Those of a device are found by its events: each index makes a commit touch a page more for every device.
CREATE TABLE verdict (
  seq        INTEGER PRIMARY KEY REFERENCES event (seq),
  device     TEXT NOT NULL CHECK (device <> ''),
  decided_at INTEGER NOT NULL,
  body       BLOB NOT NULL,
  crc        INTEGER NOT NULL
) STRICT;

CREATE TABLE rejected (
  id     INTEGER PRIMARY KEY,
  at     INTEGER NOT NULL,
  source TEXT NOT NULL,
  ref    TEXT NOT NULL,
  reason TEXT NOT NULL,
  body   BLOB,
  crc    INTEGER NOT NULL
) STRICT;

-- What is: one row a thing, replaced.

CREATE TABLE identity_device (
  device TEXT NOT NULL PRIMARY KEY CHECK (device <> ''),
  body   BLOB NOT NULL,
  crc    INTEGER NOT NULL
) STRICT;

CREATE TABLE binding (
  source TEXT NOT NULL CHECK (source <> ''),
  ref    TEXT NOT NULL CHECK (ref <> ''),
  device TEXT NOT NULL,
  body   BLOB NOT NULL,
  crc    INTEGER NOT NULL,
  PRIMARY KEY (source, ref)
) STRICT;

CREATE INDEX binding_device ON binding (device);

CREATE TABLE consensus_device (
  device TEXT NOT NULL PRIMARY KEY CHECK (device <> ''),
  body   BLOB NOT NULL,
  crc    INTEGER NOT NULL
) STRICT;

CREATE TABLE source_state (
  source TEXT NOT NULL PRIMARY KEY CHECK (source <> ''),
  body   BLOB NOT NULL,
  crc    INTEGER NOT NULL
) STRICT;

CREATE TABLE consensus_global (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  body BLOB NOT NULL,
  crc  INTEGER NOT NULL
) STRICT;

CREATE TABLE reading (
  source      TEXT NOT NULL CHECK (source <> ''),
  ref         TEXT NOT NULL CHECK (ref <> ''),
  component   TEXT NOT NULL,
  quantity    TEXT NOT NULL CHECK (quantity <> ''),
  value       REAL NOT NULL,
  unit        TEXT NOT NULL,
  observed_at INTEGER,
  crc         INTEGER NOT NULL,
  PRIMARY KEY (source, ref, component, quantity)
) STRICT, WITHOUT ROWID;

CREATE TABLE cursor (
  sink TEXT NOT NULL PRIMARY KEY CHECK (sink <> ''),
  seq  INTEGER NOT NULL CHECK (seq >= 0)
) STRICT, WITHOUT ROWID;
