package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/quorate/quorate/internal/crashpoint"
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
	// Emptying the log holds up commits while it waits for readers. The pages it needs are in the log. The connection is
	// opened at the first use, and again after one that failed: a full disk is no reason to end.
	c := &writer{path: s.Path(), synchronous: s.w.synchronous, setup: "PRAGMA busy_timeout = 100; PRAGMA cache_size = -64"}
	tick := time.NewTicker(checkpointEvery)
	defer tick.Stop()
	alarmed, failing := false, false
	for {
		select {
		case <-ctx.Done():
			return c.close()
		case <-tick.C:
		}
		size, err := s.checkpoint(c)
		switch {
		case err != nil && !failing:
			s.log.Warn("write-ahead log could not be moved, trying again", "path", s.Path(), "err", err)
		case err == nil && failing:
			s.log.Info("write-ahead log is moved again", "path", s.Path())
		}
		switch {
		case size > s.walAlarm && !alarmed:
			by := holders(s.Path() + "-shm")
			s.log.Warn("write-ahead log is held back by a reader", "path", s.Path(), "bytes", size, "by", by)
			if s.onHeld != nil {
				s.onHeld(heldText(size, by))
			}
		case size <= s.walAlarm && alarmed:
			s.log.Info("write-ahead log is short again", "path", s.Path())
			if s.onHeld != nil {
				s.onHeld("")
			}
		}
		alarmed, failing = size > s.walAlarm, err != nil
	}
}

func heldText(size int64, by string) string {
	if by == "" {
		by = "somebody"
	}
	return fmt.Sprintf("%s reads the database without an end, and its write-ahead log has grown to %d MiB", by, size>>20)
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
	crashpoint.Here(crashpoint.Checkpoint)
	if err := c.use(func() error { return c.exec("PRAGMA wal_checkpoint(" + mode + ")") }); err != nil {
		return size, err
	}
	crashpoint.Here(crashpoint.Checkpointed)
	return s.walSize()
}

// LogSize returns how large the write-ahead log is, and from where on a reader that does not end holds it back, in bytes.
func (s *Store) LogSize() (size, most int64, err error) {
	size, err = s.walSize()
	return size, s.walAlarm, err
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
