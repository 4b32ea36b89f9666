-- What judging the polls again needs beside them.

-- The settings in force for identity and consensus, from the instant at on.
CREATE TABLE settings (
  id   INTEGER PRIMARY KEY,
  at   INTEGER NOT NULL,
  hash TEXT NOT NULL,
  body BLOB NOT NULL,
  crc  INTEGER NOT NULL
) STRICT;

-- The state after one instant, whole, and the last rows of the journal that led to it.
CREATE TABLE checkpoint (
  id          INTEGER PRIMARY KEY,
  at          INTEGER NOT NULL,
  batch       INTEGER NOT NULL,
  seq         INTEGER NOT NULL,
  instant     INTEGER NOT NULL,
  poll        INTEGER NOT NULL,
  observation INTEGER NOT NULL,
  body        BLOB NOT NULL, -- rows of the tables of the state, see checkpoint.go
  crc         INTEGER NOT NULL
) STRICT;
