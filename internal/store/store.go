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
	"time"
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

	// OnDamage, where not nil, is told of stored bytes that are not what was written, whoever met them: each damaged row
	// once, and nil when the whole record was read and nothing found. It is called by several goroutines and returns soon.
	OnDamage func(error)
	// OnHeld, where not nil, is told when somebody who reads holds the write-ahead log back over its limit, and with ""
	// when that is over.
	OnHeld func(text string)

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
	damages  damages
	onDamage func(error)
	onHeld   func(string)
}

// startCheck is how long the check at the start may take: a gigabyte takes three seconds on a disk that reads 400 MB/s.
const startCheck = 10 * time.Second

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
	s := &Store{dir: dir, log: o.Log, walAlarm: walAlarm, onDamage: o.OnDamage, onHeld: o.OnHeld}
	if s.lock, err = lockFolder(dir); err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	if err := s.open(ctx, o); err != nil {
		return nil, errors.Join(fmt.Errorf("database %s: %w", s.Path(), advised(err)), s.Close())
	}
	return s, nil
}

// advised says what to do about a database that cannot be used.
func advised(err error) error {
	if errors.Is(err, ErrCorrupt) || errors.Is(err, ErrForeign) {
		return fmt.Errorf("%w; bring a backup back with: quorate restore FILE, or move the database away to begin anew", err)
	}
	return err
}

// Path returns the path of the database file.
func (s *Store) Path() string { return filepath.Join(s.dir, fileName) }

func (s *Store) open(ctx context.Context, o Options) error {
	if aside, err := finishRestore(s.dir); err != nil {
		return fmt.Errorf("finish the restore: %w", err)
	} else if aside != "" {
		s.log.Info("restore finished", "before", aside)
	}
	latest := len(o.migrations)
	version, err := inspect(ctx, s.Path(), latest)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	switch held := heldRecord(s.lock); {
	case held && err != nil:
		s.log.Warn("the database is gone: a new record begins", "path", s.Path())
	case held && version == 0:
		return fmt.Errorf("%w: it is empty, and it was not", ErrCorrupt)
	}
	if err := prepareFile(s.dir); err != nil {
		return err
	}
	synchronous := syncFull
	if o.Temporary {
		synchronous = syncOff
	}
	s.Reader = newReader(s.Path())
	// Whoever only reads changes nothing of what is damaged: the log stays where it is.
	if version > 0 {
		if err := s.checkAtStart(ctx); err != nil {
			return err
		}
	}
	if s.w, err = openWriter(s.Path(), synchronous); err != nil {
		return classify(err)
	}
	if err := s.upgrade(version, o.migrations); err != nil {
		return err
	}
	if err := s.takeSalt(o.Salt); err != nil {
		return err
	}
	s.Reader.met = s.met // from here on it is no longer the start's error
	return noteRecord(s.lock)
}

// checkAtStart looks for damaged pages, for as long as a start may take. A database that is too large for that is checked
// by the scrub beside the commits, and each row when it is read.
func (s *Store) checkAtStart(ctx context.Context) error {
	limited, cancel := context.WithTimeout(ctx, startCheck)
	defer cancel()
	err := s.quickCheck(limited)
	if err != nil && limited.Err() != nil && ctx.Err() == nil {
		s.log.Warn("database not checked to its end at the start: it is large or the disk slow; the scrub goes on with it", "path", s.Path(), "after", startCheck)
		return nil
	}
	return err
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
		held, err := s.w.row(s.t.meta, "WHERE key = 'salt'")
		if err != nil {
			return err
		}
		if held != nil {
			s.salt = held.text(1)
			return nil
		}
		last, _, err := s.lastGiven()
		if err != nil {
			return err
		}
		if last.batch > 0 {
			return &CorruptError{Table: "meta", Row: "salt", Cause: "it is missing"}
		}
		s.salt = fresh
		return s.w.put(s.t.meta, "salt", fresh)
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
