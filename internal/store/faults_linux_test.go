package store

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

// asNobody runs fn as a user whom file permissions bind, on a thread of its own that ends with it.
func asNobody(fn func()) {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		runtime.LockOSThread() // never unlocked: the thread is not used again
		if os.Geteuid() == 0 {
			_, _, _ = syscall.RawSyscall(syscall.SYS_SETFSUID, 65534, 0, 0)
		}
		fn()
	}()
	<-ended
}

func TestPermissionsNameThePath(t *testing.T) {
	dir := folder(t)
	s := mustOpen(t, dir, Options{})
	mustCommit(t, s, record(1, 3))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for d := filepath.Dir(dir); d != "/" && strings.HasPrefix(d, os.TempDir()+"/"); d = filepath.Dir(d) {
		if err := os.Chmod(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	before := files(t, dir)
	for _, c := range []struct {
		name          string
		folder, files fs.FileMode
	}{
		{"a folder to read alone", 0o555, 0o666},
		{"a folder to keep out of", 0o000, 0o666},
		{"a file to read alone", 0o755, 0o444},
		{"a file to keep out of", 0o755, 0o000},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, name := range []string{fileName, lockName} {
				if err := os.Chmod(filepath.Join(dir, name), c.files); err != nil {
					t.Fatal(err)
				}
			}
			if err := os.Chmod(dir, c.folder); err != nil {
				t.Fatal(err)
			}
			defer func() { _ = os.Chmod(dir, 0o755) }()
			var err error
			asNobody(func() { _, err = Open(context.Background(), dir, Options{}) })
			if !errors.Is(err, fs.ErrPermission) || !strings.Contains(err.Error(), dir) {
				t.Errorf("%v", err)
			}
		})
	}
	for name, mode := range map[string]fs.FileMode{fileName: 0o600, lockName: 0o600, "": 0o700} {
		if err := os.Chmod(filepath.Join(dir, name), mode); err != nil {
			t.Fatal(err)
		}
	}
	for name, content := range files(t, dir) {
		if before[name] != content {
			t.Errorf("%s was touched", name)
		}
	}
}

// A quota, or a limit on the size of files, is a write that fails: another error than a full disk, and one after which
// the connection is not trusted any more.
func TestWriteFails(t *testing.T) {
	ctx := context.Background()
	s := mustOpen(t, folder(t), Options{})
	mustCommit(t, s, record(1, 70))
	before := dump(t, s)
	size, err := s.walSize()
	if err != nil {
		t.Fatal(err)
	}
	signal.Ignore(syscall.SIGXFSZ)
	defer signal.Reset(syscall.SIGXFSZ)
	var old syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &old); err != nil {
		t.Fatal(err)
	}
	limit := func(l syscall.Rlimit) {
		t.Helper()
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &l); err != nil {
			t.Fatal(err)
		}
	}
	limit(syscall.Rlimit{Cur: uint64(size) + 10_000, Max: old.Max})
	err = s.Commit(ctx, shift(record(2, 700), 70))
	limit(old)
	if !errors.Is(err, ErrFull) {
		t.Fatalf("%v", err)
	}
	if after := dump(t, s); after != before {
		t.Error("something of it was stored")
	}
	if s.w.conn != nil {
		t.Error("the connection is still used")
	}
	mustCommit(t, s, shift(record(2, 700), 70))
	if err := s.Scrub(ctx); err != nil {
		t.Error(err)
	}
}
