package store

import (
	"context"
	"errors"
	"fmt"
	"syscall"

	"github.com/mattn/go-sqlite3"

	"github.com/quorate/quorate/pipeline"
)

// Errors that callers branch on. Every error of Open and OpenReader names the path; each that is not ErrNewer means
// that the data folder or the database cannot be used.
var (
	// ErrNewer means that a newer program wrote the database. Nothing was touched.
	ErrNewer = errors.New("the database is newer than this program")
	// ErrForeign means that the file is no database of Quorate. Nothing was touched.
	ErrForeign = errors.New("not a database of Quorate")
	// ErrLocked means that another agent holds the data folder.
	ErrLocked = errors.New("the data folder is in use by another agent")
	// ErrCorrupt means that stored bytes are not what was written. A CorruptError says which.
	ErrCorrupt = errors.New("the database is damaged")
	// ErrFull means that there is no room: nothing of the transaction was stored, and a retry may help.
	ErrFull = errors.New("no space left for the database")
	// ErrReadOnly means that the database or its folder cannot be written: nothing was stored, and a retry may help.
	ErrReadOnly = errors.New("the database is read-only")
	// ErrDisk means that the disk answered with an error: nothing of the transaction counts as stored. The connection is
	// opened anew, and a retry writes all of it again.
	ErrDisk = errors.New("the disk answers with an error")
)

// CorruptError names the row whose checksum does not fit.
type CorruptError struct {
	Table string
	Row   string // its key
	Cause string
}

func (e *CorruptError) Error() string {
	return fmt.Sprintf("%s: table %s, row %s: %s", ErrCorrupt, e.Table, e.Row, e.Cause)
}

// Unwrap makes errors.Is(err, ErrCorrupt) true.
func (e *CorruptError) Unwrap() error { return ErrCorrupt }

// classify adds the sentinel that a caller branches on to an error of SQLite.
func classify(err error) error {
	var e sqlite3.Error
	if !errors.As(err, &e) {
		return err
	}
	switch {
	// A full disk arrives as FULL, or as whatever failed for it, such as the index of the log that could not grow; a
	// quota or a limit on file sizes arrives as a failed write.
	case e.Code == sqlite3.ErrFull, noRoom(e.SystemErrno):
		return fmt.Errorf("%w: %w", ErrFull, err)
	case e.Code == sqlite3.ErrReadonly, e.Code == sqlite3.ErrPerm, notAllowed(e.SystemErrno):
		return fmt.Errorf("%w: %w", ErrReadOnly, err)
	case e.ExtendedCode == sqlite3.ErrIoErrWrite && e.SystemErrno != syscall.EIO:
		return fmt.Errorf("%w: %w", ErrFull, err)
	case e.Code == sqlite3.ErrIoErr, e.Code == sqlite3.ErrCantOpen:
		return fmt.Errorf("%w: %w", ErrDisk, err)
	case e.Code == sqlite3.ErrCorrupt, e.Code == sqlite3.ErrNotADB:
		return fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	return err
}

func noRoom(e syscall.Errno) bool {
	return e == syscall.ENOSPC || e == syscall.EDQUOT || e == syscall.EFBIG
}

func notAllowed(e syscall.Errno) bool {
	return e == syscall.EROFS || e == syscall.EACCES || e == syscall.EPERM
}

// suspect reports whether the connection that gave err must be opened anew: after a failed write or sync nobody knows
// what the system still holds in its cache, and one that found its file or folder read-only may have opened it so.
func suspect(err error) bool {
	var e sqlite3.Error
	if !errors.As(err, &e) {
		return false
	}
	switch e.Code {
	case sqlite3.ErrIoErr, sqlite3.ErrCorrupt, sqlite3.ErrReadonly, sqlite3.ErrCantOpen:
		return true
	}
	return false
}

// lasting marks an error of a commit that no repetition can cure: what the record holds cannot be stored, or the
// database is damaged. A full disk, a failed write and a lock pass.
func lasting(err error) error {
	var e sqlite3.Error
	switch {
	case err == nil, errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case !errors.As(err, &e):
		return pipeline.Permanent(err)
	}
	switch e.Code {
	case sqlite3.ErrError, sqlite3.ErrConstraint, sqlite3.ErrMismatch, sqlite3.ErrTooBig, sqlite3.ErrCorrupt, sqlite3.ErrNotADB:
		return pipeline.Permanent(err)
	}
	return err
}
