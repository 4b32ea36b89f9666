package host

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// writeProgram writes an executable file. Nothing is started meanwhile: a child that has not yet become another program would
// hold the file open for writing, and the kernel runs none that is.
func writeProgram(t *testing.T, path string, content []byte) {
	t.Helper()
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	if err := os.WriteFile(path, content, 0o700); err != nil {
		t.Fatal(err)
	}
}

// script writes an executable shell script and returns its path and hash.
func script(t *testing.T, body string) (path, sum string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "plugin")
	text := []byte("#!/bin/sh\n" + body)
	writeProgram(t, path, text)
	h := sha256.Sum256(text)
	return path, hex.EncodeToString(h[:])
}

func TestProgramsThatAreRefused(t *testing.T) {
	good, sum := script(t, "exit 0\n")
	other := strings.Repeat("0", 64)
	changed := func(f func(path string) error) string {
		p, _ := script(t, "exit 0\n")
		if err := f(p); err != nil {
			t.Fatal(err)
		}
		return p
	}
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(good, link); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, path, sum, want string }{
		{"good", good, sum, ""},
		{"good in capitals", good, strings.ToUpper(sum), ""},
		{"not pinned", good, "", ""},
		{"wrong hash", good, other, "sha256 mismatch: the configuration says " + other + ", the file has " + sum},
		{"not there", good + "x", sum, "no such file"},
		{"symbolic link", link, sum, "is a symbolic link"},
		{"a folder", filepath.Dir(good), sum, "is not a regular file"},
		{"not executable", changed(func(p string) error { return os.Chmod(p, 0o600) }), "", "is not executable"},
		{"writable by others", changed(func(p string) error { return os.Chmod(p, 0o702) }), "", "it is writable by group or others"},
		{"folder writable by group", changed(func(p string) error { return os.Chmod(filepath.Dir(p), 0o770) }), "", "its folder is writable by group or others"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, err := openProgram(c.path, c.sum)
			if c.want == "" {
				if err != nil {
					t.Fatal(err)
				}
				p.close()
				return
			}
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
}

func TestSpecsThatAreRefused(t *testing.T) {
	sum := strings.Repeat("a", 64)
	for _, c := range []struct {
		name string
		spec Spec
		want string
	}{
		{"no name", Spec{Type: "x"}, "without a name"},
		{"no type", Spec{Name: "lab"}, "type"},
		{"path as type", Spec{Name: "lab", Type: "../x"}, "type"},
		{"relative", Spec{Name: "lab", Type: "x", Command: "plugin"}, "absolute"},
		{"hash of nothing", Spec{Name: "lab", Type: "x", SHA256: sum}, "without a command"},
		{"short hash", Spec{Name: "lab", Type: "x", Command: "/p", SHA256: "abcd"}, "64 hexadecimal digits"},
		{"no hash", Spec{Name: "lab", Type: "x", Command: "/p", SHA256: strings.Repeat("z", 64)}, "64 hexadecimal digits"},
		{"environment", Spec{Name: "lab", Type: "x", Env: []string{"TOKEN"}}, "KEY=VALUE"},
		{"good", Spec{Name: "lab", Type: "x", Command: "/p", SHA256: sum, Env: []string{"A=B"}}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := c.spec.check()
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
}

// What a foreign program does in place of a handshake is told in words.
func TestForeignPrograms(t *testing.T) {
	certificate := strings.Repeat("A", 400)
	for _, c := range []struct{ name, body, want string }{
		{"text first", "echo Loading plugin; exec sleep 1000\n", `it prints on stdout before the handshake: "Loading plugin": what a plugin has to say goes to stderr`},
		{"too new", "echo '1|7|unix|/x|grpc|" + certificate + "'; exec sleep 1000\n", "the plugin is too new: it speaks protocol 7, this agent speaks 1: update the agent"},
		{"too old", "echo '1|0|unix|/x|grpc|" + certificate + "'; exec sleep 1000\n", "the plugin is too old: it speaks protocol 0"},
		{"no TLS", "echo '1|1|unix|/x|grpc'; exec sleep 1000\n", "the plugin does not speak TLS"},
		{"net/rpc", "echo '1|1|unix|/x|netrpc|" + certificate + "'; exec sleep 1000\n", `the plugin speaks "netrpc", want "grpc"`},
		{"elsewhere", "echo '1|1|tcp|198.51.100.7:80|grpc|" + certificate + "'; exec sleep 1000\n", "want a unix socket or the loopback interface"},
		{"endless line", "head -c 10000 /dev/zero | tr '\\0' x; exec sleep 1000\n", "longer than 4096 bytes"},
		{"ends", "echo 'cannot open display' >&2; exit 3\n", "the plugin ended before its handshake: exit status 3: cannot open display"},
		{"silent", "exec sleep 1000\n", " within "}, // of the two limits the one that a busy machine lets strike first
		{"nobody listens", "echo \"1|1|unix|$PLUGIN_UNIX_SOCKET_DIR/x|grpc|" + certificate + "\"; exec sleep 1000\n", "parsing server cert"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			l := quick()
			if c.name == "silent" {
				l.start = 500 * time.Millisecond
			}
			st := newStage(t, l)
			// The hash makes the script run through the open descriptor.
			path, sum := script(t, c.body)
			_, err := st.Describe(t.Context(), Spec{Name: "lab", Type: "acme", Command: path, SHA256: sum})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
}

func TestNotAProgram(t *testing.T) {
	t.Parallel()
	st := newStage(t, quick())
	path := filepath.Join(t.TempDir(), "plugin")
	writeProgram(t, path, []byte("\x7fELF of another machine"))
	_, err := st.Describe(t.Context(), Spec{Name: "lab", Type: "acme", Command: path})
	if err == nil || !strings.HasSuffix(err.Error(), "plugin: exec format error: it is neither a program nor a script that begins with #!") {
		t.Errorf("error %v", err)
	}
}

// A file that is swapped after the check is not what runs.
func TestSwappedAfterTheCheck(t *testing.T) {
	t.Parallel()
	st := newStage(t, quick())
	path, sum := script(t, "echo 'the checked one' >&2; exit 1\n")
	prog, err := openProgram(path, sum)
	if err != nil {
		t.Fatal(err)
	}
	defer prog.close()
	other, _ := script(t, "echo 'the swapped one' >&2; exit 1\n")
	if err := os.Rename(other, path); err != nil {
		t.Fatal(err)
	}
	logs := newLogs(st.Host.log, newTexts(nil), &atomic.Int64{})
	r := newRun(prog, st.Host, Limits{}.orDefault(), nil, logs, &atomic.Int64{})
	if err := r.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	go func() { _, _ = r.handshake.Read(make([]byte, 1)) }()
	<-r.exited
	if got := logs.lastLine(); got != "the checked one" {
		t.Errorf("it was %q that ran", got)
	}
}
