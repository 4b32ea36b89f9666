package store

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// lockName is the file whose lock says who owns the folder. It stays when the agent ends: removing it would let two
// agents hold locks on two files of the same name.
const lockName = "quorate.lock"

// The lock file holds the number of the process that has the lock, and, in a second line, that there is a record in the
// folder: a database that is empty then was not left so by us.
const recordLine = "record"

// lockFolder takes the folder for this process until the file is closed. The lock belongs to the open file, so it
// ends with the process however that ends, and children do not inherit it.
func lockFolder(dir string) (*os.File, error) {
	path := filepath.Join(dir, lockName)
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		defer f.Close()
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fmt.Errorf("lock %s: %w", path, err)
		}
		if pid, err := strconv.Atoi(lockLines(f)[0]); err == nil {
			return nil, fmt.Errorf("%s: %w (process %d)", dir, ErrLocked, pid)
		}
		return nil, fmt.Errorf("%s: %w", dir, ErrLocked)
	}
	// The number is for the message above alone: a lock file without it still locks.
	_ = writeLock(f, heldRecord(f))
	return f, nil
}

// heldRecord reports whether the folder of a lock had a record.
func heldRecord(lock *os.File) bool { return slices.Contains(lockLines(lock)[1:], recordLine) }

// noteRecord says so from now on.
func noteRecord(lock *os.File) error {
	if heldRecord(lock) {
		return nil
	}
	return writeLock(lock, true)
}

func lockLines(f *os.File) []string {
	text, _ := io.ReadAll(io.NewSectionReader(f, 0, 64))
	return strings.Split(strings.TrimSpace(string(text)), "\n")
}

func writeLock(f *os.File, record bool) error {
	text := strconv.Itoa(os.Getpid()) + "\n"
	if record {
		text += recordLine + "\n"
	}
	_, err := f.WriteAt([]byte(text), 0)
	return errors.Join(err, f.Truncate(int64(len(text))))
}
