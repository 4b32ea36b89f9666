package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/mattn/go-sqlite3"
)

// Values of PRAGMA synchronous, as names and as SQLite reports them.
const (
	syncFull = "FULL"
	syncOff  = "OFF"

	writerParams = "mode=rw&_journal_mode=WAL&_foreign_keys=on&_busy_timeout=5000&_synchronous="
)

var errClosed = errors.New("the store is closed")

// writer is the one connection that writes. It speaks to the driver itself instead of through database/sql: the
// connection is never shared or replaced behind our back, and a row costs less. No context reaches SQLite here: a
// transaction of ours is short, and one that could be interrupted would cost a goroutine a statement.
type writer struct {
	path        string
	synchronous string
	setup       string // run on every connection that is opened

	mu     sync.Mutex // held for a whole transaction
	conn   *sqlite3.SQLiteConn
	stmts  map[string]*sqlite3.SQLiteStmt
	closed bool
}

func openWriter(path, synchronous string) (*writer, error) {
	w := &writer{path: path, synchronous: synchronous}
	return w, w.open()
}

func (w *writer) open() error {
	c, err := (&sqlite3.SQLiteDriver{}).Open(dsn(w.path, writerParams+w.synchronous))
	if err != nil {
		return err
	}
	conn, ok := c.(*sqlite3.SQLiteConn)
	if !ok {
		return errors.Join(fmt.Errorf("unexpected connection %T", c), c.Close())
	}
	w.conn, w.stmts = conn, map[string]*sqlite3.SQLiteStmt{}
	err = w.assert()
	if err == nil && w.setup != "" {
		err = w.exec(w.setup)
	}
	if err != nil {
		return errors.Join(err, w.shut())
	}
	return nil
}

// assert sets what the DSN cannot say and checks what the promise of a commit rests on: the driver's own default for
// a write-ahead log is not durable.
func (w *writer) assert() error {
	// Maintain checkpoints outside the commits; these bounds are for when it does not run.
	if err := w.exec("PRAGMA wal_autocheckpoint = 8192; PRAGMA journal_size_limit = 67108864"); err != nil {
		return err
	}
	synchronous := int64(2)
	if w.synchronous == syncOff {
		synchronous = 0
	}
	for _, p := range []struct {
		name string
		want any
	}{{"journal_mode", "wal"}, {"synchronous", synchronous}, {"foreign_keys", int64(1)}} {
		got, err := w.value("PRAGMA " + p.name)
		if err != nil {
			return fmt.Errorf("PRAGMA %s: %w", p.name, err)
		}
		if got != p.want {
			return fmt.Errorf("PRAGMA %s is %v, want %v", p.name, got, p.want)
		}
	}
	return nil
}

// close ends the connection. The last one of a database also ends its write-ahead log.
func (w *writer) close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closed = true
	return w.shut()
}

func (w *writer) shut() error {
	if w.conn == nil {
		return nil
	}
	var errs []error
	for _, s := range w.stmts {
		errs = append(errs, s.Close())
	}
	errs = append(errs, w.conn.Close())
	w.conn, w.stmts = nil, nil
	return errors.Join(errs...)
}

// use runs fn with the connection, outside a transaction.
func (w *writer) use(fn func() error) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return errClosed
	}
	if w.conn == nil { // after a failure that made it suspect
		if err := w.open(); err != nil {
			return classify(fmt.Errorf("open %s again: %w", w.path, err))
		}
	}
	return classify(fn())
}

// update runs fn in one transaction: when it returns nil all of it is stored, durably, else nothing.
func (w *writer) update(fn func() error) error {
	return w.use(func() error {
		err := w.do("BEGIN IMMEDIATE")
		if err != nil {
			return err
		}
		if err = fn(); err == nil {
			if err = w.do("COMMIT"); err == nil {
				return nil
			}
		}
		return errors.Join(err, w.undo(err))
	})
}

// undo leaves the connection without a transaction, also where SQLite has ended it by itself, and gives up a
// connection that nobody can trust any more.
func (w *writer) undo(cause error) error {
	var err error
	if !w.conn.AutoCommit() {
		err = w.exec("ROLLBACK")
	}
	if err != nil || suspect(cause) {
		err = errors.Join(err, w.shut())
	}
	return err
}

// The methods below are called inside use or update.

// exec runs SQL that is not worth keeping prepared; it may be several statements.
func (w *writer) exec(query string, args ...any) error {
	_, err := w.conn.ExecContext(context.Background(), query, named(args))
	return err
}

// do runs one statement, kept prepared. Query binds, steps and resets with fewer crossings into C than Exec.
func (w *writer) do(query string, args ...any) error {
	return w.doNamed(query, named(args))
}

func named(args []any) []driver.NamedValue {
	vs := make([]driver.NamedValue, len(args))
	for i, a := range args {
		vs[i] = driver.NamedValue{Ordinal: i + 1, Value: a}
	}
	return vs
}

func (w *writer) doNamed(query string, args []driver.NamedValue) error {
	s, err := w.prepared(query)
	if err != nil {
		return err
	}
	rows, err := s.QueryContext(context.Background(), args)
	if err != nil {
		return err
	}
	return rows.Close()
}

// values returns the first row, whose columns are nil where there is none.
func (w *writer) values(query string, args ...any) ([]any, error) {
	s, err := w.prepared(query)
	if err != nil {
		return nil, err
	}
	rows, err := s.QueryContext(context.Background(), named(args))
	if err != nil {
		return nil, err
	}
	row := make([]driver.Value, len(rows.Columns()))
	if err := rows.Next(row); err != nil && !errors.Is(err, io.EOF) {
		return nil, errors.Join(err, rows.Close())
	}
	cells := make([]any, len(row))
	for i, v := range row {
		cells[i] = v
	}
	return cells, rows.Close()
}

// value returns the first column of the first row, nil where there is none.
func (w *writer) value(query string, args ...any) (any, error) {
	row, err := w.values(query, args...)
	if err != nil {
		return nil, err
	}
	return row[0], nil
}

func (w *writer) prepared(query string) (*sqlite3.SQLiteStmt, error) {
	if s, ok := w.stmts[query]; ok {
		return s, nil
	}
	p, err := w.conn.Prepare(query)
	if err != nil {
		return nil, err
	}
	s, ok := p.(*sqlite3.SQLiteStmt)
	if !ok {
		return nil, errors.Join(fmt.Errorf("unexpected statement %T", p), p.Close())
	}
	w.stmts[query] = s
	return s, nil
}
