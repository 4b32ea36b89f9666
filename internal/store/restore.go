package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// A restore copies the backup into the data folder under a name that says when, and reads the copy back. From then on it
// is decided: whoever holds the folder next moves the database that is there aside, with its write-ahead log, and gives
// the copy its place. Where that was cut short, the next one goes on with it.
const (
	pendingPrefix = "quorate-restore-"
	asidePrefix   = "quorate-before-restore-"
	restoreStamp  = "20060102T150405Z"
)

// Restored is what a restore did.
type Restored struct {
	Copied
	// Aside is where the database that was there is now; "" where there was none.
	Aside string
}

// Restore puts a copy of the backup file in the place of the record in the data folder dir, which no agent may hold. The
// backup may be of an older version: the next start upgrades it. One of a newer version is ErrNewer. A dry run looks at
// the backup alone and touches nothing.
func Restore(ctx context.Context, dir, file string, at time.Time, dry bool) (Restored, error) {
	r, err := restore(ctx, dir, file, at, dry)
	if err != nil {
		return r, fmt.Errorf("restore %s from %s: %w", filepath.Join(dir, fileName), file, err)
	}
	return r, nil
}

func restore(ctx context.Context, dir, file string, at time.Time, dry bool) (Restored, error) {
	dir, err := filepath.Abs(dir)
	if err == nil {
		file, err = filepath.Abs(file)
	}
	if err != nil {
		return Restored{}, err
	}
	if err := restorable(ctx, file); err != nil {
		return Restored{}, err
	}
	if dry {
		if err := verify(ctx, file); err != nil {
			return Restored{}, err
		}
		c, err := describe(ctx, file)
		r := Restored{Copied: c}
		if _, there := os.Stat(filepath.Join(dir, fileName)); there == nil {
			r.Aside = asideOf(dir, at.UTC().Format(restoreStamp))
		}
		return r, err
	}
	if err := prepareFolder(dir); err != nil {
		return Restored{}, err
	}
	lock, err := lockFolder(dir)
	if err != nil {
		return Restored{}, err
	}
	defer func() { _ = lock.Close() }()
	if _, err := finishRestore(dir); err != nil {
		return Restored{}, err
	}
	pending := filepath.Join(dir, pendingPrefix+at.UTC().Format(restoreStamp)+".db")
	part := pending + ".part"
	defer func() { _ = os.Remove(part) }()
	if err := copyFile(file, part); err != nil {
		return Restored{}, err
	}
	if err := verify(ctx, part); err != nil {
		return Restored{}, err
	}
	c, err := describe(ctx, part)
	if err != nil {
		return Restored{}, err
	}
	if err := errors.Join(giveTo(dir, part), giveTo(dir, lock.Name())); err != nil {
		return Restored{}, err
	}
	if err := errors.Join(os.Rename(part, pending), syncFolder(dir)); err != nil {
		return Restored{}, err
	}
	aside, err := finishRestore(dir)
	c.Path = filepath.Join(dir, fileName)
	return Restored{Copied: c, Aside: aside}, err
}

// restorable makes sure that file is a database that this program, or an older one, has finished writing.
func restorable(ctx context.Context, file string) error {
	if info, err := os.Stat(file + "-wal"); err == nil && info.Size() > 0 {
		return errors.New("a write-ahead log lies beside it: it is in use, or no backup; make one with: quorate backup")
	}
	latest, err := latestVersion()
	if err != nil {
		return err
	}
	version, err := inspect(ctx, file, latest)
	if err == nil && version == 0 {
		return fmt.Errorf("%w: it is empty", ErrForeign)
	}
	return err
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	if err == nil {
		err = out.Sync()
	}
	return errors.Join(err, out.Close())
}

// giveTo gives a file that root made to the owner of the data folder: the agent may be another user.
func giveTo(dir, path string) error {
	info, err := os.Stat(dir)
	if err != nil {
		return err
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok || os.Geteuid() != 0 {
		return nil
	}
	return os.Chown(path, int(st.Uid), int(st.Gid))
}

func asideOf(dir, stamp string) string { return filepath.Join(dir, asidePrefix+stamp+".db") }

// finishRestore gives a restored database that waits for it its place, and returns where the one before is now. Only the
// holder of the folder calls it. Every step may be the last one, and is passed over when it was done before.
func finishRestore(dir string) (aside string, err error) {
	waiting, err := filepath.Glob(filepath.Join(dir, pendingPrefix+"*.db"))
	if err != nil || len(waiting) == 0 {
		return "", err
	}
	pending := waiting[len(waiting)-1] // there is one: each restore begins by finishing the one before
	stamp := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(pending), pendingPrefix), ".db")
	path := filepath.Join(dir, fileName)
	aside = asideOf(dir, stamp)
	// The log first: without its database nobody takes it for another's.
	for _, suffix := range []string{"-wal", ""} {
		err := os.Rename(path+suffix, aside+suffix)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
	}
	if err := os.Remove(path + "-shm"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	if err := errors.Join(syncFolder(dir), os.Rename(pending, path), syncFolder(dir)); err != nil {
		return "", err
	}
	if _, err := os.Stat(aside); errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return aside, nil
}
