package store

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFolderBelongsToOne(t *testing.T) {
	ctx, dir := context.Background(), folder(t)
	first := mustOpen(t, dir, Options{})
	_, err := Open(ctx, dir, Options{})
	if !errors.Is(err, ErrLocked) || !strings.Contains(err.Error(), dir) {
		t.Fatalf("second open: %v", err)
	}
	mustCommit(t, first, record(1, 3)) // the first one is not hurt
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	mustOpen(t, dir, Options{})
}

func TestModes(t *testing.T) {
	dir := folder(t)
	s := mustOpen(t, dir, Options{})
	mustCommit(t, s, record(1, 3))
	want := map[string]fs.FileMode{"": 0o700, fileName: 0o600, fileName + "-wal": 0o600, fileName + "-shm": 0o600, lockName: 0o600}
	check := func() {
		t.Helper()
		for name, mode := range want {
			info, err := os.Stat(filepath.Join(dir, name))
			if err != nil {
				t.Fatal(err)
			}
			if info.Mode().Perm() != mode {
				t.Errorf("%q has mode %o, want %o", name, info.Mode().Perm(), mode)
			}
		}
	}
	check()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}

	for _, name := range []string{"", fileName} {
		if err := os.Chmod(filepath.Join(dir, name), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	want[""] = 0o755 // who may look into a folder that was there is its owner's choice
	mustCommit(t, mustOpen(t, dir, Options{}), record(2, 3))
	check()
}

func TestSharedFolderIsRefused(t *testing.T) {
	dir := folder(t)
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o777|fs.ModeSticky); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(context.Background(), dir, Options{}); err == nil || !strings.Contains(err.Error(), dir) {
		t.Fatalf("a folder like /tmp: %v", err)
	}
	if names, err := os.ReadDir(dir); err != nil || len(names) > 0 {
		t.Errorf("%v %v was left", names, err)
	}
}

func TestUnusable(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{file, filepath.Join(file, "below")} {
		_, err := Open(context.Background(), dir, Options{})
		if err == nil || errors.Is(err, ErrNewer) || !strings.Contains(err.Error(), file) {
			t.Errorf("%s: %v", dir, err)
		}
	}
	none := filepath.Join(t.TempDir(), "none")
	if _, err := OpenReader(context.Background(), none); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), none) {
		t.Errorf("reader without a database: %v", err)
	}
	if _, err := os.Stat(none); !errors.Is(err, fs.ErrNotExist) {
		t.Error("the reader made a folder")
	}
}

func TestOddPath(t *testing.T) {
	dir := filepath.Join(t.TempDir(), `a?b=c&mode=memory #d %20 'e" ü`)
	s := mustOpen(t, dir, Options{})
	mustCommit(t, s, record(1, 3))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if n, err := mustOpen(t, dir, Options{}).LastSeq(context.Background()); err != nil || n != 3 {
		t.Errorf("last event %d, %v", n, err)
	}
	if _, err := os.Stat(filepath.Join(dir, fileName)); err != nil {
		t.Error(err)
	}
}

func TestSalt(t *testing.T) {
	salt := func(dir string, o Options) string {
		t.Helper()
		s := mustOpen(t, dir, o)
		defer func() { _ = s.Close() }()
		l, err := s.Load(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		return l.Salt
	}
	one, two := folder(t), folder(t)
	a, b := salt(one, Options{}), salt(two, Options{})
	if a == "" || a == b {
		t.Errorf("salts %q and %q", a, b)
	}
	none := ""
	if got := salt(one, Options{Salt: &none}); got != a {
		t.Errorf("the salt of a record changed from %q to %q", a, got)
	}
	if got := salt(folder(t), Options{Salt: &none}); got != "" {
		t.Errorf("salt %q, want none", got)
	}
}

// files returns the bytes of all files in dir but the lock and SQLite's index of its log, which is no part of the data.
func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	names, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, n := range names {
		if n.Name() != lockName && !strings.HasSuffix(n.Name(), "-shm") {
			all[n.Name()] = string(mustRead(t, filepath.Join(dir, n.Name())))
		}
	}
	return all
}

func TestNewerIsUntouched(t *testing.T) {
	tests := []struct {
		name string
		make func(t *testing.T, dir string)
	}{
		{"closed", func(t *testing.T, dir string) {
			s := mustOpen(t, dir, Options{})
			if err := s.w.use(func() error { return s.w.exec("PRAGMA user_version = 999") }); err != nil {
				t.Fatal(err)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
		}},
		{"killed, with the version in its write-ahead log alone", func(t *testing.T, dir string) {
			live := folder(t)
			s := mustOpen(t, live, Options{})
			if err := s.w.use(func() error { return s.w.exec("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA user_version = 999") }); err != nil {
				t.Fatal(err)
			}
			if err := os.Mkdir(dir, 0o700); err != nil {
				t.Fatal(err)
			}
			for name, bytes := range files(t, live) {
				if err := os.WriteFile(filepath.Join(dir, name), []byte(bytes), 0o600); err != nil {
					t.Fatal(err)
				}
			}
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := folder(t)
			tt.make(t, dir)
			before := files(t, dir)
			s, err := Open(context.Background(), dir, Options{})
			if !errors.Is(err, ErrNewer) || !strings.Contains(err.Error(), dir) {
				t.Fatalf("%v, %v", s, err)
			}
			if _, err := OpenReader(context.Background(), dir); !errors.Is(err, ErrNewer) {
				t.Errorf("reader: %v", err)
			}
			if d := cmp.Diff(before, files(t, dir)); d != "" {
				t.Error("the database was touched")
			}
		})
	}
}

func TestForeignIsUntouched(t *testing.T) {
	foreign := func(sql string) string {
		dir := folder(t)
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := prepareFile(dir); err != nil {
			t.Fatal(err)
		}
		w, err := openWriter(filepath.Join(dir, fileName), syncFull)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(w.use(func() error { return w.exec(sql) }), w.close()); err != nil {
			t.Fatal(err)
		}
		return string(mustRead(t, filepath.Join(dir, fileName)))
	}
	for name, content := range map[string]string{
		"another program's database":            foreign("CREATE TABLE t (a); PRAGMA application_id = 7"),
		"a database of nobody":                  foreign("CREATE TABLE t (a)"),
		"a version of nobody":                   foreign("PRAGMA user_version = 1"),
		"text":                                  "dear diary\n",
		"a long text":                           strings.Repeat("dear diary\n", 1000),
		"a database whose header was cut short": foreign("CREATE TABLE t (a)")[:60],
	} {
		t.Run(name, func(t *testing.T) {
			dir := folder(t)
			if err := os.Mkdir(dir, 0o700); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(dir, fileName)
			if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := Open(context.Background(), dir, Options{}); !errors.Is(err, ErrForeign) || !strings.Contains(err.Error(), path) {
				t.Fatalf("%v", err)
			}
			if d := cmp.Diff(map[string]string{fileName: content}, files(t, dir)); d != "" {
				t.Error("the file was touched")
			}
		})
	}
}

func TestEndedBeforeTheFirstMigration(t *testing.T) {
	dir := folder(t)
	if err := errors.Join(os.Mkdir(dir, 0o700), prepareFile(dir)); err != nil {
		t.Fatal(err)
	}
	w, err := openWriter(filepath.Join(dir, fileName), syncFull) // makes the header and no more
	if err != nil {
		t.Fatal(err)
	}
	if err := w.close(); err != nil {
		t.Fatal(err)
	}
	mustCommit(t, mustOpen(t, dir, Options{}), record(1, 3))
}

func TestDurable(t *testing.T) {
	s := mustOpenDurable(t, folder(t), Options{})
	for pragma, want := range map[string]any{"journal_mode": "wal", "synchronous": int64(2), "foreign_keys": int64(1)} {
		err := s.w.use(func() error {
			got, err := s.w.value("PRAGMA " + pragma)
			if got != want {
				t.Errorf("%s is %v, want %v", pragma, got, want)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	// The assertion itself: a connection that would not keep the promise is not used.
	if _, err := openWriter(s.Path(), "NORMAL"); err == nil || !strings.Contains(err.Error(), "synchronous is 1, want 2") {
		t.Errorf("a connection that does not wait for the disk: %v", err)
	}
}
