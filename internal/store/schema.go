package store

import (
	"bytes"
	"context"
	"embed"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/quorate/quorate/internal/crashpoint"
)

// applicationID marks the file as ours in its header: "QuOr".
const applicationID = 0x51754f72

//go:embed migrations/*.sql
var migrationFiles embed.FS

// A migration brings a database from version-1 to version. It is never edited once released.
type migration struct {
	version int
	name    string
	sql     string
}

// migrations returns the embedded ones in their order; their numbers rise by one from 1.
func migrations() ([]migration, error) {
	names, err := fs.Glob(migrationFiles, "migrations/*.sql") // sorted
	if err != nil {
		return nil, err
	}
	ms := make([]migration, 0, len(names))
	for i, name := range names {
		text, err := migrationFiles.ReadFile(name)
		if err != nil {
			return nil, err
		}
		base := filepath.Base(name)
		number, _, _ := strings.Cut(base, "_")
		if v, err := strconv.Atoi(number); err != nil || v != i+1 {
			return nil, fmt.Errorf("migration %s: want number %03d", base, i+1)
		}
		ms = append(ms, migration{version: i + 1, name: base, sql: string(text)})
	}
	return ms, nil
}

// SchemaVersion is that of every database that this program has opened.
func SchemaVersion() (int, error) { return latestVersion() }

func latestVersion() (int, error) {
	ms, err := migrations()
	return len(ms), err
}

// inspect returns the version of the database at path without changing a byte of it: 0 for one that holds nothing yet.
// What is not ours is ErrForeign, what is newer than latest ErrNewer.
func inspect(ctx context.Context, path string, latest int) (int, error) {
	header, err := readHeader(path)
	if err != nil {
		return 0, err
	}
	if len(header) == 0 {
		return 0, nil
	}
	if len(header) < 100 || !bytes.HasPrefix(header, []byte("SQLite format 3\x00")) {
		return 0, ErrForeign
	}
	version, app := binary.BigEndian.Uint32(header[60:]), binary.BigEndian.Uint32(header[68:])
	if app != 0 && app != applicationID {
		return 0, fmt.Errorf("%w: its application id is %#x", ErrForeign, app)
	}
	if app == applicationID && int64(version) > int64(latest) {
		return 0, newer(int64(version), latest)
	}
	// The header may be older than what the write-ahead log holds of it.
	return inspectOpen(ctx, path, latest)
}

func newer(version int64, latest int) error {
	return fmt.Errorf("%w: it has version %d, this program knows up to %d", ErrNewer, version, latest)
}

func readHeader(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	header := make([]byte, 100)
	n, err := io.ReadFull(f, header)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, err
	}
	return header[:n], nil
}

func inspectOpen(ctx context.Context, path string, latest int) (int, error) {
	// Without a log nobody writes here, and nothing needs to be made beside the file to read it.
	flags := "mode=ro&immutable=1"
	if _, err := os.Stat(path + "-wal"); err == nil {
		flags = "mode=ro"
	}
	db := openPool(path, flags)
	defer func() { _ = db.Close() }()
	var app, version, objects int64
	err := db.QueryRowContext(ctx, `SELECT a.application_id, v.user_version, (SELECT count(*) FROM sqlite_schema)
		FROM pragma_application_id AS a, pragma_user_version AS v`).Scan(&app, &version, &objects)
	switch {
	case err != nil:
		return 0, classify(err)
	case app == 0 && version == 0 && objects == 0:
		return 0, nil // made, and ended before its first migration
	case app != applicationID:
		return 0, fmt.Errorf("%w: its application id is %#x", ErrForeign, app)
	case version > int64(latest):
		return 0, newer(version, latest)
	}
	return int(version), nil
}

// migrate brings the database of w from version to the last of ms, each step in a transaction of its own.
func migrate(w *writer, version int, ms []migration) error {
	if version < len(ms) {
		// What a migration moves to another table gets the checksum of a row there.
		err := w.conn.RegisterFunc("crc_of", func(table string, columns ...any) int64 { return (&summer{}).row(table, columns) }, true)
		if err != nil {
			return fmt.Errorf("give migrations the checksum of a row: %w", err)
		}
	}
	for _, m := range ms[version:] {
		err := w.update(func() error {
			if err := w.exec(m.sql); err != nil {
				return err
			}
			// Both are part of the transaction: they live on the first page.
			err := w.exec(fmt.Sprintf("PRAGMA application_id = %d; PRAGMA user_version = %d", applicationID, m.version))
			crashpoint.Here(crashpoint.Migration)
			return err
		})
		if err != nil {
			return fmt.Errorf("migration %s: %w", m.name, err)
		}
	}
	return nil
}

// copyBefore writes a copy of the database beside it before an upgrade and returns its path. A copy of an earlier
// attempt is replaced only once the new one is complete.
func copyBefore(w *writer, dir string, version int) (string, error) {
	path := filepath.Join(dir, fmt.Sprintf("quorate-v%d.db", version))
	if err := vacuumInto(w, path, crashpoint.MigrationCopy); err != nil {
		return "", fmt.Errorf("copy before the upgrade: %w", err)
	}
	return path, nil
}

// vacuumInto writes a consistent copy of the database to path, complete and on disk or not at all. Place is the crash
// point before it gets its name.
func vacuumInto(w *writer, path, place string) error {
	part := path + ".part"
	f, err := os.OpenFile(part, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(part) }() // nothing is left to remove after the rename
	err = w.use(func() error { return w.exec("VACUUM INTO ?", part) })
	if err == nil {
		err = f.Sync()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	crashpoint.Here(place)
	if err := os.Rename(part, path); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}
