package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"time"
)

// queryLimit is how long one query may take: the write-ahead log grows as long as somebody reads. The longest reads one
// state of 10,000 devices.
const queryLimit = 30 * time.Second

// Reader answers queries about the record. It never writes, holds no transaction between calls and returns whole
// slices, so that a slow caller never holds back a checkpoint. All methods are safe for concurrent use.
type Reader struct {
	db *sql.DB
	t  *tables
	// searching holds one for each who searches events.
	searching chan struct{}
	// met, where not nil, is told of damage that a query meets. It is set before anybody else has the Reader.
	met func(error)
}

// told tells of damage before its error goes its way.
func (r *Reader) told(err error) error {
	if r.met != nil && errors.Is(err, ErrCorrupt) {
		r.met(err)
	}
	return err
}

func readerOf(db *sql.DB) *Reader {
	return &Reader{db: db, t: newTables(), searching: make(chan struct{}, searches)}
}

func newReader(path string) *Reader {
	return readerOf(openPool(path, "mode=ro"))
}

// OpenReader opens the record in dir for reading, also beside a running agent. A database that another version of the
// program wrote is an error: ErrNewer, or one that says to start the agent once.
func OpenReader(ctx context.Context, dir string) (*Reader, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	path := filepath.Join(dir, fileName)
	ms, err := migrations()
	if err != nil {
		return nil, err
	}
	version, err := inspect(ctx, path, len(ms))
	if err != nil {
		return nil, fmt.Errorf("database %s: %w", path, err)
	}
	if version < len(ms) {
		return nil, fmt.Errorf("database %s has version %d, this program reads %d: start the agent once to upgrade it", path, version, len(ms))
	}
	return newReader(path), nil
}

// Close ends the connections.
func (r *Reader) Close() error { return r.db.Close() }

// quickCheck looks for damaged pages. Bytes that changed inside a row are found by its checksum alone.
func (r *Reader) quickCheck(ctx context.Context) error {
	var verdict string
	if err := r.db.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&verdict); err != nil {
		return fmt.Errorf("check: %w", classify(err))
	}
	if verdict != "ok" {
		return fmt.Errorf("%w: %s", ErrCorrupt, verdict)
	}
	return nil
}
