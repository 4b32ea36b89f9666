package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/quorate/quorate/internal/crashpoint"
)

// BackupOptions say how a backup is made. The zero value copies into a file and verifies the copy.
type BackupOptions struct {
	// Keep, where not 0, is how many backups of a folder are kept, this one included.
	Keep int
	// Unverified leaves out to read the copy back.
	Unverified bool
}

// Copied is what a database file holds.
type Copied struct {
	Path    string
	Version int // of its schema
	Bytes   int64
	Rows    int64
	Events  int64
	// Last is the last instant in it, zero where nothing was judged yet.
	Last time.Time
	// Removed are the older backups that had to go.
	Removed []string
}

// backupName is what backups in a folder are called: by the time in UTC, so that their names sort by age.
const backupName = "quorate-20060102T150405Z.db"

var backupNames = regexp.MustCompile(`^quorate-\d{8}T\d{6}Z\.db$`)

// Backup writes a consistent copy of the record in the data folder dir to path, beside a running agent or without one. The
// copy is complete, read back and on disk before it gets its name, and for its owner alone. Where path is a folder, the
// copy is named by the time at, and older ones of such names go where o says so; one that ends in a slash and is not there
// is made. A file that is no database of Quorate is not replaced.
func Backup(ctx context.Context, dir, path string, at time.Time, o BackupOptions) (Copied, error) {
	from, err := filepath.Abs(filepath.Join(dir, fileName))
	if strings.HasSuffix(path, "/") {
		if made := os.Mkdir(path, 0o700); !errors.Is(made, fs.ErrExist) {
			err = errors.Join(err, made)
		}
	}
	if err == nil {
		path, err = filepath.Abs(path)
	}
	var c Copied
	if err == nil {
		c, err = backup(ctx, from, path, at, o)
	}
	if err != nil {
		return c, fmt.Errorf("back up %s to %s: %w", from, path, err)
	}
	return c, nil
}

func backup(ctx context.Context, from, path string, at time.Time, o BackupOptions) (Copied, error) {
	latest, err := latestVersion()
	if err != nil {
		return Copied{}, err
	}
	version, err := inspect(ctx, from, latest)
	if err != nil {
		return Copied{}, err
	}
	if version == 0 {
		return Copied{}, errors.New("it holds nothing yet")
	}
	folder := ""
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		folder, path = path, filepath.Join(path, at.UTC().Format(backupName))
	} else if o.Keep > 0 {
		return Copied{}, errors.New("older backups are only counted in a folder, and there is none; with a slash at its end it is made")
	}
	if err := replaceable(ctx, from, path, latest); err != nil {
		return Copied{}, err
	}
	part := path + ".part"
	defer func() { _ = os.Remove(part) }() // nothing is left to remove after the rename
	if err := copyInto(ctx, from, part); err != nil {
		return Copied{}, err
	}
	c, err := describe(ctx, part)
	if err == nil && !o.Unverified {
		err = verify(ctx, part)
	}
	if err != nil {
		return Copied{}, fmt.Errorf("read the copy back: %w", err)
	}
	crashpoint.Here(crashpoint.Backup)
	if err := errors.Join(os.Rename(part, path), syncFolder(filepath.Dir(path))); err != nil {
		return Copied{}, err
	}
	c.Path = path
	if folder != "" && o.Keep > 0 {
		c.Removed, err = keepNewest(folder, o.Keep)
	}
	return c, err
}

// replaceable makes sure that what is at path may go: nothing, or an older backup.
func replaceable(ctx context.Context, from, path string, latest int) error {
	there, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if source, err := os.Stat(from); err != nil {
		return err
	} else if os.SameFile(source, there) {
		return errors.New("that is the database itself")
	}
	if _, err := inspect(ctx, path, latest); errors.Is(err, ErrForeign) {
		return fmt.Errorf("what is there is not replaced: %w", err)
	}
	return nil
}

// copyInto writes a consistent copy of the database at from into part, without a free page in it, and waits for the disk.
// It holds one state of the database until it is done: the write-ahead log grows meanwhile, and commits go on.
func copyInto(ctx context.Context, from, part string) error {
	f, err := os.OpenFile(part, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	db := openDB(from, "mode=ro&_busy_timeout=5000")
	_, err = db.ExecContext(ctx, "VACUUM INTO ?", part)
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	if err = errors.Join(classify(err), db.Close()); err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// keepNewest removes all but the n newest backups of a folder, and what backups that were ended left behind.
func keepNewest(folder string, n int) ([]string, error) {
	entries, err := os.ReadDir(folder) // sorted
	if err != nil {
		return nil, err
	}
	var backups, gone []string
	for _, e := range entries {
		name, unfinished := strings.CutSuffix(e.Name(), ".part")
		switch {
		case !backupNames.MatchString(name):
		case unfinished:
			if info, err := e.Info(); err == nil && time.Since(info.ModTime()) > 24*time.Hour {
				gone = append(gone, e.Name())
			}
		default:
			backups = append(backups, name)
		}
	}
	if extra := len(backups) - n; extra > 0 {
		gone = append(gone, backups[:extra]...)
	}
	for i, name := range gone {
		gone[i] = filepath.Join(folder, name)
		if err := os.Remove(gone[i]); err != nil {
			return gone[:i], err
		}
	}
	slices.Sort(gone)
	return gone, nil
}
