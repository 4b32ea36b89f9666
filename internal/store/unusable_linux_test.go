package store

import (
	"context"
	"errors"
	"io/fs"
	"os"
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
