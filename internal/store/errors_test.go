package store

import (
	"errors"
	"syscall"
	"testing"

	"github.com/mattn/go-sqlite3"
)

// What the system said decides what a person is told: SQLite has one code for several reasons.
func TestErrorsOfTheDiskAreToldApart(t *testing.T) {
	for _, c := range []struct {
		name     string
		err      sqlite3.Error
		want     error
		reopened bool
	}{
		{"full", sqlite3.Error{Code: sqlite3.ErrFull}, ErrFull, false},
		{"a quota", sqlite3.Error{Code: sqlite3.ErrIoErr, ExtendedCode: sqlite3.ErrIoErrWrite, SystemErrno: syscall.EDQUOT}, ErrFull, true},
		{"a limit on files", sqlite3.Error{Code: sqlite3.ErrIoErr, ExtendedCode: sqlite3.ErrIoErrWrite, SystemErrno: syscall.EFBIG}, ErrFull, true},
		{"no room for the log's index", sqlite3.Error{Code: sqlite3.ErrIoErr, ExtendedCode: sqlite3.ErrIoErrSHMSize, SystemErrno: syscall.ENOSPC}, ErrFull, true},
		{"a failed write", sqlite3.Error{Code: sqlite3.ErrIoErr, ExtendedCode: sqlite3.ErrIoErrWrite, SystemErrno: syscall.EIO}, ErrDisk, true},
		{"a failed sync", sqlite3.Error{Code: sqlite3.ErrIoErr, ExtendedCode: sqlite3.ErrIoErrFsync, SystemErrno: syscall.EIO}, ErrDisk, true},
		{"turned read-only", sqlite3.Error{Code: sqlite3.ErrIoErr, ExtendedCode: sqlite3.ErrIoErrWrite, SystemErrno: syscall.EROFS}, ErrReadOnly, true},
		{"read-only", sqlite3.Error{Code: sqlite3.ErrReadonly}, ErrReadOnly, true},
		{"not ours to open", sqlite3.Error{Code: sqlite3.ErrCantOpen, SystemErrno: syscall.EACCES}, ErrReadOnly, true},
		{"damaged", sqlite3.Error{Code: sqlite3.ErrCorrupt}, ErrCorrupt, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := classify(c.err)
			for _, sentinel := range []error{ErrFull, ErrReadOnly, ErrDisk, ErrCorrupt} {
				if is := errors.Is(got, sentinel); is != errors.Is(sentinel, c.want) {
					t.Errorf("%v: is %q: %v", got, sentinel, is)
				}
			}
			if suspect(c.err) != c.reopened {
				t.Errorf("opened anew: %v", suspect(c.err))
			}
		})
	}
}
