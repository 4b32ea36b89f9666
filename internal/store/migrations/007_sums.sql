-- Checksums for the rows that had none.

ALTER TABLE meta ADD COLUMN crc INTEGER NOT NULL DEFAULT 0;
UPDATE meta SET crc = crc_of('meta', key, value);

ALTER TABLE alias ADD COLUMN crc INTEGER NOT NULL DEFAULT 0;
UPDATE alias SET crc = crc_of('alias', kind, key, alias);
