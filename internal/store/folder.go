package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// fileName is the database inside the data folder.
const fileName = "quorate.db"

// prepareFolder makes dir, for its owner alone, or checks the one that is there: whoever can write to it could put
// another database in the place of ours.
func prepareFolder(dir string) error {
	info, err := os.Stat(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return os.MkdirAll(dir, 0o700)
	}
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return fmt.Errorf("%s is not a folder", dir)
	}
	if info.Mode()&0o022 == 0 {
		return nil
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	ours := ok && int(st.Uid) == os.Geteuid()
	if info.Mode()&fs.ModeSticky != 0 || !ours {
		return fmt.Errorf("%s can be written by others (mode %s): give the agent a folder of its own", dir, info.Mode())
	}
	return os.Chmod(dir, info.Mode().Perm()&^0o022)
}

// prepareFile makes the database file, so that it is never readable by others, not even for a moment, and takes from
// one that is there and from its companions what others may do. SQLite would fall back to reading a file that it may
// not write; here that is an error.
func prepareFile(dir string) error {
	path := filepath.Join(dir, fileName)
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	for _, suffix := range []string{"", "-wal", "-shm"} {
		info, err := os.Stat(path + suffix)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		if info.Mode().Perm()&0o077 != 0 {
			if err := os.Chmod(path+suffix, 0o600); err != nil {
				return err
			}
		}
	}
	return nil
}

func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
