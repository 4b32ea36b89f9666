-- What an instant took beside polls: only of the instants that took anything.

CREATE TABLE input (
  id      INTEGER PRIMARY KEY, -- that of the instant
  at      INTEGER NOT NULL,
  restart INTEGER NOT NULL CHECK (restart IN (0, 1)), -- time was lost before it
  orders  BLOB, -- of people and schedules
  crc     INTEGER NOT NULL
) STRICT;
