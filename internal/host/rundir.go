package host

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/quorate/quorate/internal/host/proc"
	"github.com/quorate/quorate/sdk"
)

// A unix socket's path has at most 107 bytes; go-plugin appends a folder and a file.
const maxRunDir = 107 - len("/host-1234567890/plugin-dir1234567890/plugin1234567890")

const hostPrefix = "host-"

// runDir is a private folder for the sockets of one host, inside a folder that hosts share.
type runDir struct {
	path string
	lock *os.File
	root string // what to remove besides, where we made it
}

// openRunDir makes the folder, and removes those of hosts that are gone. An empty parent, or one whose path is too
// long, means a new temporary folder.
func openRunDir(parent string) (*runDir, error) {
	d := &runDir{}
	if parent == "" || len(parent) > maxRunDir {
		var err error
		if parent, err = os.MkdirTemp("", "quorate-"); err != nil {
			return nil, fmt.Errorf("run folder: %w", err)
		}
		d.root = parent
		if len(parent) > maxRunDir {
			return nil, errors.Join(fmt.Errorf("run folder %s: the path is longer than %d bytes, too long for the sockets in it", parent, maxRunDir), os.Remove(parent))
		}
	}
	if err := os.MkdirAll(parent, 0o700); err != nil {
		return nil, fmt.Errorf("run folder: %w", err)
	}
	i, err := os.Stat(parent)
	if err != nil {
		return nil, fmt.Errorf("run folder: %w", err)
	}
	if err := owned(i, "it"); err != nil {
		return nil, fmt.Errorf("run folder %s: %w", parent, err)
	}
	// Held while folders come and go, so that no host takes another's new folder for an old one.
	all, err := lockFile(filepath.Join(parent, ".lock"), syscall.LOCK_EX)
	if err != nil {
		return nil, fmt.Errorf("run folder %s: %w", parent, err)
	}
	defer func() { _ = all.Close() }()
	if err := sweep(parent); err != nil {
		return nil, err
	}
	if d.path, err = os.MkdirTemp(parent, hostPrefix); err != nil {
		return nil, fmt.Errorf("run folder: %w", err)
	}
	if d.lock, err = lockFile(filepath.Join(d.path, ".lock"), syscall.LOCK_EX); err != nil {
		return nil, fmt.Errorf("run folder %s: %w", d.path, err)
	}
	return d, nil
}

// sweep removes the folders that no living host holds.
func sweep(parent string) error {
	entries, err := os.ReadDir(parent)
	if err != nil {
		return fmt.Errorf("run folder: %w", err)
	}
	for _, e := range entries {
		if !e.IsDir() || !strings.HasPrefix(e.Name(), hostPrefix) {
			continue
		}
		dir := filepath.Join(parent, e.Name())
		lock, err := lockFile(filepath.Join(dir, ".lock"), syscall.LOCK_EX|syscall.LOCK_NB)
		if errors.Is(err, syscall.EWOULDBLOCK) {
			continue
		}
		if err != nil {
			return fmt.Errorf("run folder %s: %w", dir, err)
		}
		// Whoever it was had no time to end what its plugins started.
		proc.Bearers(sdk.EnvRun + "=" + prefix(dir)).End(strayGrace)
		err = os.RemoveAll(dir)
		_ = lock.Close()
		if err != nil {
			return fmt.Errorf("run folder: %w", err)
		}
	}
	return nil
}

func lockFile(path string, how int) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), how); err != nil {
		_ = f.Close()
		return nil, err
	}
	return f, nil
}

// close removes the folder.
func (d *runDir) close() error {
	err := os.RemoveAll(d.path)
	_ = d.lock.Close()
	if d.root != "" {
		err = errors.Join(err, os.RemoveAll(d.root))
	}
	return err
}
