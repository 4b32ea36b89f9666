package store

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
)

// Options is what the agent passes in. The zero value is right for it.
type Options struct {
	// Log takes changes of state (a database upgraded, a log that grows); nil means none of them.
	Log *slog.Logger
	// Salt, where not nil, is the salt of a record that is made new; otherwise it is random. A replay sets it to "",
	// so that the same file gives the same ids.
	Salt *string
	// Temporary says that nothing needs to survive the process: commits do not wait for the disk.
	Temporary bool

	migrations []migration // in place of the embedded ones, for tests
}

// Store is the record of one agent. All methods are safe for concurrent use.
type Store struct {
	*Reader // of the same database; closed with the Store

	dir  string
	log  *slog.Logger
	lock *os.File
	w    *writer
	json jsonPlans

	walAlarm int64
	salt     string
}

// Open opens the record in dir, or makes it, and holds the folder until Close: a second Open is ErrLocked. An older
// database is upgraded after a copy of it was made; a newer one is ErrNewer and stays untouched. Damage found now is
// ErrCorrupt.
func Open(ctx context.Context, dir string, o Options) (*Store, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.migrations == nil {
		if o.migrations, err = migrations(); err != nil {
			return nil, err
		}
	}
	if err := prepareFolder(dir); err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	s := &Store{dir: dir, log: o.Log, walAlarm: walAlarm}
	if s.lock, err = lockFolder(dir); err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	if err := s.open(ctx, o); err != nil {
		if errors.Is(err, ErrCorrupt) {
			err = fmt.Errorf("%w; put a copy in its place, or move it away to begin anew", err)
		}
		return nil, errors.Join(fmt.Errorf("database %s: %w", s.Path(), err), s.Close())
	}
	return s, nil
}

// Path returns the path of the database file.
func (s *Store) Path() string { return filepath.Join(s.dir, fileName) }

func (s *Store) open(ctx context.Context, o Options) error {
	latest := len(o.migrations)
	version, err := inspect(ctx, s.Path(), latest)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := prepareFile(s.dir); err != nil {
		return err
	}
	synchronous := syncFull
	if o.Temporary {
		synchronous = syncOff
	}
	if s.w, err = openWriter(s.Path(), synchronous); err != nil {
		return classify(err)
	}
	s.Reader = newReader(s.Path())
	if err := s.quickCheck(ctx); err != nil {
		return err
	}
	if err := s.upgrade(version, o.migrations); err != nil {
		return err
	}
	return s.takeSalt(o.Salt)
}

func (s *Store) upgrade(version int, ms []migration) error {
	if version == len(ms) {
		return nil
	}
	if version > 0 {
		path, err := copyBefore(s.w, s.dir, version)
		if err != nil {
			return err
		}
		s.log.Info("database will be upgraded", "from", version, "to", len(ms), "copy", path)
	}
	return migrate(s.w, version, ms)
}

// takeSalt reads the record's salt, or gives it one.
func (s *Store) takeSalt(wanted *string) error {
	fresh := rand.Text()
	if wanted != nil {
		fresh = *wanted
	}
	return s.w.update(func() error {
		if err := s.w.do("INSERT INTO meta (key, value) VALUES ('salt', ?) ON CONFLICT DO NOTHING", fresh); err != nil {
			return err
		}
		v, err := s.w.value("SELECT value FROM meta WHERE key = 'salt'")
		if err != nil {
			return err
		}
		salt, ok := v.(string)
		if !ok {
			return &CorruptError{Table: "meta", Row: "salt", Cause: "it is missing"}
		}
		s.salt = salt
		return nil
	})
}

// Close ends all connections and gives the folder free. Calls that still run end first.
func (s *Store) Close() error {
	var errs []error
	if s.Reader != nil {
		errs = append(errs, s.Reader.Close())
	}
	if s.w != nil {
		errs = append(errs, s.w.close())
	}
	return errors.Join(append(errs, s.lock.Close())...)
}
