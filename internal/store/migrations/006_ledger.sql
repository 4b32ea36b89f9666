-- What sinks remember of what they sent, committed together with their cursors; and a checksum on the cursors. The
-- function crc_of is ours: the checksum of a row.

CREATE TABLE ledger (
  sink  TEXT NOT NULL CHECK (sink <> ''),
  key   TEXT NOT NULL, -- '' is what the pipeline itself counts of the sink
  value BLOB NOT NULL,
  crc   INTEGER NOT NULL,
  PRIMARY KEY (sink, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE cursor_new (
  sink TEXT NOT NULL PRIMARY KEY CHECK (sink <> ''),
  seq  INTEGER NOT NULL CHECK (seq >= 0),
  crc  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO cursor_new SELECT sink, seq, crc_of('cursor', sink, seq) FROM cursor;
DROP TABLE cursor;
ALTER TABLE cursor_new RENAME TO cursor;
