package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// The copy of a record that goes on changing is one of its states.
func TestBackupBesideCommits(t *testing.T) {
	ctx := context.Background()
	s := mustOpen(t, folder(t), Options{})
	mustCommit(t, s, record(1, 70))
	to := t.TempDir() + "/made/" // the first of them makes it
	stop, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for batch := uint64(2); ; batch++ {
			select {
			case <-stop:
				return
			default:
				if err := s.Commit(ctx, shift(record(batch, 70), int64(batch-1)*70)); err != nil {
					t.Error(err)
					return
				}
			}
		}
	}()
	for i := range 3 {
		c, err := Backup(ctx, s.dir, to, start.Add(time.Duration(i)*time.Second), BackupOptions{Keep: 2})
		if err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(c.Path)
		if err != nil || info.Mode().Perm() != 0o600 || info.Size() != c.Bytes {
			t.Errorf("%v, %v", info, err)
		}
		if c.Events == 0 || c.Events%70 != 0 || c.Rows < c.Events || c.Last.IsZero() {
			t.Errorf("half a commit is in the copy: %+v", c)
		}
		if want := max(0, i-1); len(c.Removed) != want {
			t.Errorf("the backup %d removed %q", i, c.Removed)
		}
	}
	close(stop)
	<-ended
	names, err := filepath.Glob(filepath.Join(to, "*"))
	want := []string{filepath.Join(to, "quorate-20260101T000001Z.db"), filepath.Join(to, "quorate-20260101T000002Z.db")}
	if d := cmp.Diff(want, names); d != "" || err != nil {
		t.Errorf("(-want +got):\n%s%v", d, err)
	}
}

func TestBackupOfWhatIsThere(t *testing.T) {
	ctx := context.Background()
	s := mustOpen(t, folder(t), Options{})
	mustCommit(t, s, record(1, 70))
	before := dump(t, s)
	to := t.TempDir()
	text := filepath.Join(to, "diary.txt")
	if err := os.WriteFile(text, []byte("dear diary"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, path := range map[string]string{
		"the database itself": s.Path(), "another's file": text, "no such folder": filepath.Join(to, "none", "x.db"),
	} {
		if _, err := Backup(ctx, s.dir, path, start, BackupOptions{}); err == nil {
			t.Errorf("%s: replaced", name)
		}
	}
	if _, err := Backup(ctx, s.dir, filepath.Join(to, "x.db"), start, BackupOptions{Keep: 3}); err == nil {
		t.Error("older ones of a file are kept")
	}
	ended, end := context.WithCancel(ctx)
	end()
	if _, err := Backup(ended, s.dir, filepath.Join(to, "x.db"), start, BackupOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("after the end: %v", err)
	}
	if string(mustRead(t, text)) != "dear diary" || dump(t, s) != before {
		t.Error("something was touched")
	}
	left, err := os.ReadDir(to)
	if err != nil || len(left) != 1 {
		t.Errorf("left behind: %v, %v", left, err)
	}

	// Of a stopped agent, and of an older version.
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(to, "x.db")
	for range 2 { // the second one replaces the first
		if c, err := Backup(ctx, s.dir, path, start, BackupOptions{}); err != nil || c.Events != 70 {
			t.Fatalf("%+v, %v", c, err)
		}
	}
	if _, err := os.Stat(s.Path() + "-wal"); !errors.Is(err, fs.ErrNotExist) {
		info, err := os.Stat(s.Path() + "-wal")
		if err != nil || info.Size() > 0 {
			t.Errorf("a log was begun: %v", err)
		}
	}
	old := makeReleased(t, 1)
	if c, err := Backup(ctx, old, path, start, BackupOptions{}); err != nil || c.Version != 1 || c.Events != 9 {
		t.Errorf("%+v, %v", c, err)
	}
}

// A copy that is damaged is never taken for a backup, and never takes the place of one.
func TestDamagedRecordIsNotBackedUp(t *testing.T) {
	ctx, dir, to := context.Background(), folder(t), t.TempDir()
	s := mustOpen(t, dir, Options{})
	mustCommit(t, s, record(1, 3))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(to, "x.db")
	if _, err := Backup(ctx, dir, path, start, BackupOptions{}); err != nil {
		t.Fatal(err)
	}
	good := mustRead(t, path)
	file := filepath.Join(dir, fileName)
	if err := os.WriteFile(file, damage(t, rand.New(rand.NewPCG(1, 2)), mustRead(t, file), "nas2 is down: librenms and prtg agree"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Backup(ctx, dir, path, start, BackupOptions{}); !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), "table event, row 3") {
		t.Errorf("%v", err)
	}
	if !bytes.Equal(good, mustRead(t, path)) {
		t.Error("the good backup is gone")
	}
	if _, err := Backup(ctx, dir, filepath.Join(to, "as it is.db"), start, BackupOptions{Unverified: true}); err != nil {
		t.Errorf("as it is: %v", err)
	}
}

func TestRestore(t *testing.T) {
	ctx, dir, at := context.Background(), folder(t), start.Add(time.Hour)
	file := filepath.Join(t.TempDir(), "backup.db")
	s := mustOpen(t, dir, Options{})
	mustCommit(t, s, record(1, 70))
	backedUp := dump(t, s)
	if _, err := Backup(ctx, dir, file, start, BackupOptions{}); err != nil {
		t.Fatal(err)
	}
	mustCommit(t, s, shift(record(2, 70), 70))
	later := dump(t, s)
	if _, err := Restore(ctx, dir, file, at, false); !errors.Is(err, ErrLocked) || !strings.Contains(err.Error(), fmt.Sprint(os.Getpid())) {
		t.Errorf("under a running agent: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}

	before := files(t, dir)
	r, err := Restore(ctx, dir, file, at, true)
	if err != nil || r.Events != 70 || r.Aside == "" {
		t.Errorf("dry run: %+v, %v", r, err)
	}
	if !maps.Equal(before, files(t, dir)) {
		t.Error("the dry run did something")
	}

	r, err = Restore(ctx, dir, file, at, false)
	if err != nil || r.Events != 70 || filepath.Base(r.Aside) != "quorate-before-restore-20260101T010000Z.db" {
		t.Fatalf("%+v, %v", r, err)
	}
	s = mustOpen(t, dir, Options{})
	if d := cmp.Diff(backedUp, dump(t, s)); d != "" {
		t.Errorf("(-backed up +restored):\n%s", d)
	}
	mustCommit(t, s, shift(record(2, 70), 70)) // it goes on from there
	info, err := os.Stat(s.Path())
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	// What was there comes back the same way.
	if r, err := Restore(ctx, dir, r.Aside, at.Add(time.Second), false); err != nil || r.Events != 140 {
		t.Fatalf("%+v, %v", r, err)
	}
	if d := cmp.Diff(later, dump(t, mustOpen(t, dir, Options{}))); d != "" {
		t.Errorf("(-before +brought back):\n%s", d)
	}
}

func TestRestoreRefuses(t *testing.T) {
	ctx, dir := context.Background(), folder(t)
	s := mustOpen(t, dir, Options{})
	mustCommit(t, s, record(1, 3))
	to := t.TempDir()
	good := filepath.Join(to, "good.db")
	if _, err := Backup(ctx, dir, good, start, BackupOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	before := files(t, dir)
	bytesOf := mustRead(t, good)
	newer := bytes.Clone(bytesOf)
	newer[63] = 250
	zeroed := bytes.Clone(bytesOf)
	clear(zeroed[10*pageSize : 11*pageSize])
	for _, c := range []struct {
		name    string
		content []byte
		beside  string
		want    error
	}{
		{"newer", newer, "", ErrNewer},
		{"text", []byte("dear diary\n"), "", ErrForeign},
		{"empty", nil, "", ErrForeign},
		{"a page zeroed", zeroed, "", ErrCorrupt},
		{"a byte flipped", damage(t, rand.New(rand.NewPCG(1, 2)), bytesOf, "nas2 is down: librenms and prtg agree"), "", ErrCorrupt},
		{"cut short", bytesOf[:len(bytesOf)/2], "", ErrCorrupt},
		{"in use", bytesOf, "a log", nil},
		{"gone", nil, "", fs.ErrNotExist},
	} {
		t.Run(c.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "x.db")
			if !errors.Is(c.want, fs.ErrNotExist) {
				if err := os.WriteFile(file, c.content, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if c.beside != "" {
				if err := os.WriteFile(file+"-wal", []byte(c.beside), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			for _, dry := range []bool{true, false} {
				_, err := Restore(ctx, dir, file, start, dry)
				if err == nil || c.want != nil && !errors.Is(err, c.want) || !strings.Contains(err.Error(), file) {
					t.Errorf("dry %v: %v", dry, err)
				}
			}
			if !maps.Equal(before, files(t, dir)) {
				t.Error("the record was touched")
			}
		})
	}
}

// A restore that is cut short after any of its steps is finished by the next start, with its log and without.
func TestRestoreCutShort(t *testing.T) {
	ctx := context.Background()
	backup := filepath.Join(t.TempDir(), "backup.db")
	s := mustOpen(t, folder(t), Options{})
	mustCommit(t, s, record(1, 70))
	want := dump(t, s)
	if _, err := Backup(ctx, s.dir, backup, start, BackupOptions{}); err != nil {
		t.Fatal(err)
	}
	for done := range 5 {
		t.Run(fmt.Sprint(done, " steps"), func(t *testing.T) {
			dir := killed(t)
			path, aside := filepath.Join(dir, fileName), asideOf(dir, "20260101T010000Z")
			pending := filepath.Join(dir, pendingPrefix+"20260101T010000Z.db")
			for i, step := range []func() error{
				func() error { return copyFile(backup, pending) },
				func() error { return os.Rename(path+"-wal", aside+"-wal") },
				func() error { return os.Rename(path, aside) },
				func() error { return os.Remove(path + "-shm") },
				func() error { return os.Rename(pending, path) },
			} {
				if i <= done {
					if err := step(); err != nil {
						t.Fatal(err)
					}
				}
			}
			s := mustOpen(t, dir, Options{})
			if d := cmp.Diff(want, dump(t, s)); d != "" {
				t.Errorf("(-backup +restored):\n%s", d)
			}
			old := openPool(aside, "mode=ro")
			defer func() { _ = old.Close() }()
			var last int64
			if err := old.QueryRow("SELECT max(seq) FROM event").Scan(&last); err != nil || last != 270 {
				t.Errorf("aside lie %d events, %v; want 270", last, err)
			}
			if left, err := filepath.Glob(filepath.Join(dir, pendingPrefix+"*")); err != nil || len(left) > 0 {
				t.Errorf("left behind: %q, %v", left, err)
			}
		})
	}
}
