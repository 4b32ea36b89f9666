package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// builtBefore names the binary under test where another run of these tests has built it.
const builtBefore = "QUORATE_E2E_BINARY"

// mounting runs the test once more, by itself, where it may mount file systems that nobody else sees, and reports
// whether this is that run: in the other there is nothing left to do. It takes root, or a kernel that lets users have
// namespaces of their own.
func mounting(t *testing.T) bool {
	t.Helper()
	if os.Getenv(builtBefore) != "" {
		return true
	}
	needs(t, "unshare", "util-linux")
	by := []string{"unshare", "--mount"}
	if os.Geteuid() != 0 {
		by = append(by, "--user", "--map-root-user")
	}
	probe := append(by[1:len(by):len(by)], "mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", t.TempDir())
	if out, err := exec.Command(by[0], probe...).CombinedOutput(); err != nil {
		if os.Getenv("QUORATE_CI") == "1" {
			t.Fatalf("may not mount: %v: %s", err, out)
		}
		t.Skipf("SKIPPED: needs the right to mount in a namespace of its own: %v: %s", err, strings.TrimSpace(string(out)))
	}
	args := append(by[1:len(by):len(by)], os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v", "-test.count=1", "-test.timeout=15m")
	cmd := exec.CommandContext(t.Context(), by[0], args...)
	cmd.Env = append(os.Environ(), builtBefore+"="+quorate)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("%s where it may mount: %v\n%s", t.Name(), err, out)
	}
	for line := range strings.Lines(string(out)) {
		if _, figure, ok := strings.Cut(line, "FIGURE: "); ok {
			t.Log(strings.TrimSpace(figure))
		}
	}
	return false
}

// smallDisk is a file system of its own at a path, in memory.
type smallDisk struct {
	t    *testing.T
	path string
}

func mountSmall(t *testing.T, path, size string) *smallDisk {
	t.Helper()
	if err := os.MkdirAll(path, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", path, "tmpfs", 0, "mode=700,size="+size); err != nil {
		t.Fatalf("mount %s: %v", path, err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(path, syscall.MNT_DETACH) })
	return &smallDisk{t, path}
}

func (d *smallDisk) filler() string { return filepath.Join(d.path, "filler") }

// fill leaves no byte.
func (d *smallDisk) fill() {
	d.t.Helper()
	f, err := os.OpenFile(d.filler(), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		d.t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	for chunk := make([]byte, 64<<10); len(chunk) > 0; {
		if _, err := f.Write(chunk); err != nil {
			chunk = chunk[:len(chunk)/2]
		}
	}
}

func (d *smallDisk) free() {
	d.t.Helper()
	if err := os.Remove(d.filler()); err != nil {
		d.t.Fatal(err)
	}
}
