-- The dates of what each source says, where its devices were not stored again because nothing else about them changed.
-- They go over those in consensus_device, see consensus/dates.go. Without a row a device's own are the newest.

CREATE TABLE consensus_dates (
  source TEXT NOT NULL PRIMARY KEY CHECK (source <> ''),
  body   BLOB NOT NULL,
  crc    INTEGER NOT NULL
) STRICT;
