package cert

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var noon = time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC)

// clocked is a Keeper whose clock a test moves.
type clocked struct {
	*Keeper
	at  time.Time
	log bytes.Buffer
}

func open(t *testing.T, opt Options) *clocked {
	t.Helper()
	c := &clocked{at: noon}
	opt.Now = func() time.Time { return c.at }
	opt.Log = slog.New(slog.NewTextHandler(&c.log, nil))
	k, err := Open(opt)
	if err != nil {
		t.Fatal(err)
	}
	c.Keeper = k
	return c
}

// served is the certificate that a client gets.
func (c *clocked) served(t *testing.T) *x509.Certificate {
	t.Helper()
	ours, theirs := net.Pipe()
	defer func() { _ = ours.Close() }()
	go func() {
		_ = tls.Server(ours, c.TLS()).Handshake()
		_, _ = io.Copy(io.Discard, ours)
	}()
	client := tls.Client(theirs, &tls.Config{InsecureSkipVerify: true, ServerName: "localhost"})
	defer func() { _ = theirs.Close() }()
	if err := client.Handshake(); err != nil {
		t.Fatal(err)
	}
	return client.ConnectionState().PeerCertificates[0]
}

func TestOwn(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "tls")
	names := []string{"localhost", "quorate.example.net", "192.0.2.7", "2001:db8::7"}
	c := open(t, Options{Dir: dir, Names: names})
	leaf := c.served(t)
	for _, name := range names {
		if err := leaf.VerifyHostname(name); err != nil {
			t.Error(err)
		}
	}
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	if _, err := leaf.Verify(x509.VerifyOptions{Roots: pool, CurrentTime: noon}); err != nil {
		t.Errorf("nobody can trust it: %v", err)
	}
	if got := fingerprint(leaf.Raw); got != c.Fingerprint() || len(got) != 32*3-1 || strings.ToUpper(got) != got {
		t.Errorf("fingerprint %s, of what is served %s", c.Fingerprint(), got)
	}
	for path, want := range map[string]os.FileMode{dir: 0o700, filepath.Join(dir, "key.pem"): 0o600, filepath.Join(dir, "cert.pem"): 0o600} {
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v, want %v", path, info.Mode(), err, want)
		}
	}

	again := open(t, Options{Dir: dir, Names: names})
	if again.Fingerprint() != c.Fingerprint() {
		t.Error("the next start has another certificate")
	}
	more := open(t, Options{Dir: dir, Names: append(names, "other.example.net")}).served(t)
	if more.VerifyHostname("other.example.net") != nil || !bytes.Equal(more.RawSubjectPublicKeyInfo, leaf.RawSubjectPublicKeyInfo) {
		t.Error("a new name has not led to a new certificate of the same key")
	}
}

// TestOwnIsRenewed: with the same key, before it expires and not long before.
func TestOwnIsRenewed(t *testing.T) {
	t.Parallel()
	c := open(t, Options{Dir: t.TempDir(), Names: []string{"localhost"}})
	first := c.served(t)
	c.at = first.NotAfter.Add(-renewBefore - time.Hour)
	if !c.served(t).Equal(first) {
		t.Error("renewed early")
	}
	c.at = first.NotAfter.Add(-renewBefore + time.Hour)
	if got := c.Expires(); !got.After(c.at.Add(300 * 24 * time.Hour)) {
		t.Errorf("it expires at %s, at %s", got, c.at)
	}
	next := c.served(t)
	if next.Equal(first) || !bytes.Equal(next.RawSubjectPublicKeyInfo, first.RawSubjectPublicKeyInfo) {
		t.Error("no new certificate of the same key")
	}
}

// pair puts a certificate and its key of another keeper's making into files.
func pair(t *testing.T, certFile, keyFile string) *x509.Certificate {
	t.Helper()
	dir := t.TempDir()
	made := open(t, Options{Dir: dir, Names: []string{"quorate.example.net"}})
	for from, to := range map[string]string{"cert.pem": certFile, "key.pem": keyFile} {
		if to == "" {
			continue
		}
		b, err := os.ReadFile(filepath.Join(dir, from))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(to, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return made.current.Leaf
}

func TestFilesThatChange(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	certFile, keyFile := filepath.Join(dir, "c.pem"), filepath.Join(dir, "k.pem")
	first := pair(t, certFile, keyFile)
	c := open(t, Options{CertFile: certFile, KeyFile: keyFile})
	later := func() { c.at = c.at.Add(lookEvery) }
	if c.Own() || !c.served(t).Equal(first) {
		t.Fatal("not the owner's certificate")
	}

	// Half of a new pair: the one before goes on, and that is told once.
	pair(t, certFile, "")
	for range 3 {
		later()
		if !c.served(t).Equal(first) {
			t.Error("half of a pair is served")
		}
	}
	if n := strings.Count(c.log.String(), "certificate not changed"); n != 1 {
		t.Errorf("told %d times:\n%s", n, c.log.String())
	}

	next := pair(t, certFile, keyFile)
	later()
	if !c.served(t).Equal(next) {
		t.Error("the new pair is not served")
	}
	if !strings.Contains(c.log.String(), fingerprint(next.Raw)) || strings.Contains(c.log.String(), "PRIVATE") {
		t.Errorf("the log does not tell which one, or too much:\n%s", c.log.String())
	}
	if err := os.Remove(certFile); err != nil {
		t.Fatal(err)
	}
	later()
	if !c.served(t).Equal(next) {
		t.Error("a file that is gone has changed what is served")
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	certFile, keyFile := filepath.Join(dir, "c.pem"), filepath.Join(dir, "k.pem")
	leaf := pair(t, certFile, keyFile)
	other, rubbish := filepath.Join(dir, "other.pem"), filepath.Join(dir, "rubbish.pem")
	pair(t, filepath.Join(dir, "unused.pem"), other)
	if err := os.WriteFile(rubbish, []byte("rubbish"), 0o600); err != nil {
		t.Fatal(err)
	}
	loose := filepath.Join(dir, "loose.pem")
	pair(t, filepath.Join(dir, "unused.pem"), loose)
	if err := os.Chmod(loose, 0o604); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, cert, key string
		at              time.Time
		want            string
	}{
		{"of use", certFile, keyFile, noon, ""},
		{"at its last moment", certFile, keyFile, leaf.NotAfter, ""},
		{"expired", certFile, keyFile, leaf.NotAfter.Add(time.Second), "has expired at 20"},
		{"not yet valid", certFile, keyFile, leaf.NotBefore.Add(-time.Second), "clock"},
		{"no certificate", filepath.Join(dir, "none"), keyFile, noon, "read the certificate"},
		{"no key", certFile, filepath.Join(dir, "none"), noon, "read the key"},
		{"another's key", certFile, other, noon, "does not match"},
		{"rubbish", rubbish, keyFile, noon, "failed to find"},
		{"a key for everybody", certFile, loose, noon, "chmod o-rwx"},
	} {
		err := Check(tt.cert, tt.key, tt.at)
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		}
	}
}

// TestOwnKeyIsNotReplaced: others may trust it.
func TestOwnKeyIsNotReplaced(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "key.pem"), []byte("rubbish"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(Options{Dir: dir}); err == nil || !strings.Contains(err.Error(), "remove it") {
		t.Errorf("%v", err)
	}
}
