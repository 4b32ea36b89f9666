package host

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A third party's plugin, built as its author does, pinned by its hash.
func TestThirdPartyPlugin(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "quorate-source-tcp")
	build := exec.Command("go", "build", "-o", path, "github.com/quorate/quorate/examples/plugins/quorate-source-tcp")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if err := os.Chmod(path, 0o700); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	h := sha256.Sum256(b)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()

	st := newStage(t, quick())
	spec := Spec{
		Name: "doors", Type: "tcp", Command: path, SHA256: hex.EncodeToString(h[:]),
		Config: fmt.Appendf(nil, `{"target": [{"name": "a", "address": %q}, {"name": "b", "address": "127.0.0.1:1"}]}`, l.Addr()),
	}
	src, err := st.Start(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	wantDevices(t, poll(t, src))
	checkEnvironment(t, src.Status().PID)

	other := spec
	other.Name, other.SHA256 = "other", strings.Repeat("0", 64)
	wrong, err := st.Start(t.Context(), other)
	if err != nil {
		t.Fatal(err)
	}
	if got := poll(t, wrong).Err; !strings.Contains(got, "sha256 mismatch") || !strings.Contains(got, spec.SHA256) || !strings.Contains(got, other.SHA256) {
		t.Errorf("error %q", got)
	}
	typo := spec
	typo.Name, typo.Type = "typo", "udp"
	if _, err := st.Describe(t.Context(), typo); err == nil || !strings.Contains(err.Error(), `is a source of type "tcp", the configuration says "udp"`) {
		t.Errorf("error %v", err)
	}
}

// checkEnvironment demands that a plugin has nothing of ours but the allow-list.
func checkEnvironment(t *testing.T, pid int) {
	t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", pid))
	if err != nil {
		t.Fatal(err)
	}
	for e := range strings.SplitSeq(strings.TrimRight(string(b), "\x00"), "\x00") {
		key, _, _ := strings.Cut(e, "=")
		// A certificate has lines of its own; /proc shows it as one variable all the same.
		if !strings.HasPrefix(key, "PLUGIN_") && !strings.HasPrefix(key, "QUORATE_") && key != "TZ" && key != "GOMEMLIMIT" && !strings.HasPrefix(key, "SSL_CERT_") {
			t.Errorf("the plugin was given %s", key)
		}
	}
}
