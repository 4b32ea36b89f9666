package e2e

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

const oneDevice = `
source "exec" "lab" {
  interval = "1s"
  config {
    command = ["/bin/cat", %q]
  }
}
`

// listening writes a configuration with that agent block and starts it.
func listening(t *testing.T, block string) (*process, command) {
	t.Helper()
	dir := t.TempDir()
	said := filepath.Join(dir, "said.json")
	if err := os.WriteFile(said, []byte(`{"ref":"1","name":"nas1","addresses":["192.0.2.1"],"claims":[{"facet":"reach","state":"up"}]}`+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(dir, "quorate.hcl")
	if err := os.WriteFile(config, []byte("agent {\n  data_dir = \"data\"\n"+block+"}\n"+fmt.Sprintf(oneDevice, said)), 0o600); err != nil {
		t.Fatal(err)
	}
	p := start(t, nil, dir, "agent", "--config", config)
	return p, command{dir: dir, env: []string{"QUORATE_CONFIG=" + config}}
}

// secureAnswer is the status of an answer over TLS, and the SHA-256 of the certificate that it came by. Nobody vouches for
// a certificate that the agent made: its fingerprint is what there is to compare.
func secureAnswer(t *testing.T, url, token string) (status int, fingerprint string) {
	t.Helper()
	client := http.Client{Timeout: limit, Transport: &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, printed(resp.TLS.PeerCertificates[0].Raw)
}

// printed is a fingerprint as people compare it.
func printed(der []byte) string {
	return strings.ReplaceAll(fmt.Sprintf("% X", sha256.Sum256(der)), " ", ":")
}

// TestListenEverywhere: at every address the agent speaks HTTPS only, by a certificate whose fingerprint it has printed, and
// answers nobody without a token, this machine included.
func TestListenEverywhere(t *testing.T) {
	t.Parallel()
	p, c := listening(t, "  listen = \"0.0.0.0:0\"\n  hosts = [\"quorate.example.net\"]\n")
	p.waitFor("quorate: to log in, run on this machine: quorate login\n") // the last line
	at := regexp.MustCompile(`(?m)^quorate: https://quorate\.example\.net:(\d+)$`).FindStringSubmatch(p.output())
	told := regexp.MustCompile(`(?m)^  ((?:[0-9A-F]{2}:){31}[0-9A-F]{2})$`).FindStringSubmatch(p.output())
	if at == nil || told == nil {
		t.Fatalf("no address or no fingerprint:\n%s", p.output())
	}
	url := "https://127.0.0.1:" + at[1]
	status, seen := secureAnswer(t, url+"/api/v1/devices", "")
	if status != http.StatusUnauthorized || seen != told[1] {
		t.Errorf("without a token: %d; fingerprint %s, told %s", status, seen, told[1])
	}
	if status, _ := secureAnswer(t, url+"/healthz", ""); status != http.StatusOK {
		t.Errorf("healthz: %d", status)
	}
	token := regexp.MustCompile(`qtk_[0-9A-Za-z_]+`).FindString(c.ok(t, "token", "create", "test", "--scope", "read"))
	if status, _ := secureAnswer(t, url+"/api/v1/devices", token); status != http.StatusOK {
		t.Errorf("with a token: %d", status)
	}
	resp, err := http.Get("http://127.0.0.1:" + at[1] + "/")
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	if err != nil || resp.StatusCode != http.StatusBadRequest || !strings.Contains(string(body), "https://") {
		t.Errorf("plain HTTP: %d %s %v", resp.StatusCode, body, err)
	}
	if got := c.ok(t, "login"); !strings.Contains(got, "https://quorate.example.net:"+at[1]+"/") {
		t.Errorf("the link to log in leads elsewhere: %s", got)
	}
	p.stop(t, 0)
	if bytes.Contains([]byte(p.output()), []byte(token)) {
		t.Error("the token is in what the agent has printed")
	}
}

// ownPair puts a certificate of an owner into files.
func ownPair(t *testing.T, certFile, keyFile string, until time.Time) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	as := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: "owner"}, DNSNames: []string{"quorate.example.net"},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: until,
	}
	der, err := x509.CreateCertificate(rand.Reader, as, as, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for path, block := range map[string]*pem.Block{certFile: {Type: "CERTIFICATE", Bytes: der}, keyFile: {Type: "PRIVATE KEY", Bytes: private}} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return printed(der)
}

// TestCertificateThatIsReplaced: a new pair in the place of the old one is served without a restart or a reload.
func TestCertificateThatIsReplaced(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	certFile, keyFile := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	first := ownPair(t, certFile, keyFile, time.Now().Add(90*24*time.Hour))
	p, c := listening(t, fmt.Sprintf("  listen = \"127.0.0.1:0\"\n  tls {\n    cert_file = %q\n    key_file = %q\n  }\n", certFile, keyFile))
	url := p.address()
	if status, seen := secureAnswer(t, url+"/api/v1/devices", ""); status != http.StatusOK || seen != first {
		t.Errorf("%d by %s, want %s", status, seen, first)
	}
	next := ownPair(t, certFile, keyFile, time.Now().Add(10*24*time.Hour))
	eventually(t, "the new certificate", func() bool { _, seen := secureAnswer(t, url+"/healthz", ""); return seen == next })
	// It ends within 14 days.
	eventually(t, "the agent says that it expires soon", func() bool { return strings.Contains(c.run(t, "status").stdout, "certificate") })

	ownPair(t, certFile, keyFile, time.Now().Add(-time.Hour))
	if r := c.run(t, "validate", "quorate.hcl"); r.code == 0 || !strings.Contains(r.stderr, "has expired") || !strings.Contains(r.stderr, "quorate.hcl line 5") {
		t.Errorf("validate: %d %s", r.code, r.stderr)
	}
	p.stop(t, 0)
}
