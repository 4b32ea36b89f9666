package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

const (
	checkpointEvery = time.Second
	// checkpointAt is how large the write-ahead log may grow before its pages move to the database.
	checkpointAt = 4 << 20
	// walAlarm is how large it may be before the owner hears of it: a reader that does not end holds it back.
	walAlarm = 64 << 20
)

// Maintain moves the write-ahead log into the database outside the commits until ctx ends. One call at a time.
func (s *Store) Maintain(ctx context.Context) error {
	c, err := openWriter(s.Path(), s.w.synchronous)
	if err == nil {
		// Emptying the log holds up commits while it waits for readers. The pages it needs are in the log.
		err = c.use(func() error { return c.exec("PRAGMA busy_timeout = 100; PRAGMA cache_size = -64") })
	}
	if err != nil {
		return fmt.Errorf("maintain %s: %w", s.Path(), classify(err))
	}
	tick := time.NewTicker(checkpointEvery)
	defer tick.Stop()
	alarmed := false
	for {
		select {
		case <-ctx.Done():
			return c.close()
		case <-tick.C:
		}
		size, err := s.checkpoint(c)
		switch {
		case err != nil:
			s.log.Warn("write-ahead log could not be moved", "path", s.Path(), "err", err)
		case size > s.walAlarm && !alarmed:
			s.log.Warn("write-ahead log is held back by a reader", "path", s.Path(), "bytes", size)
		case size <= s.walAlarm && alarmed:
			s.log.Info("write-ahead log is short again", "path", s.Path())
		}
		alarmed = size > s.walAlarm
	}
}

// checkpoint moves the log where it is long enough and returns its size. Passive waits for nobody and lets commits go
// on; only a log over the alarm is worth holding them up until it is emptied.
func (s *Store) checkpoint(c *writer) (int64, error) {
	size, err := s.walSize()
	if err != nil || size < checkpointAt {
		return size, err
	}
	mode := "PASSIVE"
	if size > s.walAlarm {
		mode = "TRUNCATE"
	}
	if err := c.use(func() error { return c.exec("PRAGMA wal_checkpoint(" + mode + ")") }); err != nil {
		return size, err
	}
	return s.walSize()
}

func (s *Store) walSize() (int64, error) {
	info, err := os.Stat(s.Path() + "-wal")
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// Backup writes a consistent copy of the record to path while everything goes on, complete and on disk or not at all.
// A file that is there is replaced.
func (s *Store) Backup(ctx context.Context, path string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	c, err := openWriter(s.Path(), s.w.synchronous)
	if err == nil {
		err = errors.Join(vacuumInto(c, filepath.Clean(path)), c.close())
	}
	if err != nil {
		return fmt.Errorf("back up %s to %s: %w", s.Path(), path, classify(err))
	}
	return nil
}
