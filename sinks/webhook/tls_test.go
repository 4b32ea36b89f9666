package webhook

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate/sdk/peer"
)

// secured is a receiver with TLS.
func secured(t *testing.T, c *tls.Config) *hub {
	t.Helper()
	h := newHub(t, nil)
	h.TLS = c
	h.StartTLS()
	return h
}

func writePEM(t *testing.T, kind string, der []byte, mode os.FileMode) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file.pem")
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), mode); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestTrust(t *testing.T) {
	h := secured(t, nil)
	ca := writePEM(t, "CERTIFICATE", h.Certificate().Raw, 0o600)
	print := peer.Fingerprint(h.Certificate())
	old := secured(t, &tls.Config{MaxVersion: tls.VersionTLS11, MinVersion: tls.VersionTLS10})
	for _, c := range []struct {
		name   string
		config Config
		says   string // "" where it is taken
	}{
		{"the authority", Config{URL: h.URL, CAFile: ca}, ""},
		{"the pin", Config{URL: h.URL, PinSHA256: print}, ""},
		{"nothing", Config{URL: h.URL + "/canary"}, "it has SHA-256 " + print + `) is not signed by an authority known here: set "ca_file" or "pin_sha256"`},
		{"another pin", Config{URL: h.URL + "/canary", PinSHA256: strings.Repeat("00", 32)}, `is not the one of "pin_sha256"`},
		{"TLS 1.1", Config{URL: old.URL + "/canary", PinSHA256: peer.Fingerprint(old.Certificate())}, "TLS"},
		{"another name", Config{URL: strings.Replace(h.URL, "127.0.0.1", "localhost", 1) + "/canary", CAFile: ca}, "is not for localhost"},
	} {
		t.Run(c.name, func(t *testing.T) {
			n, err := deliver(t, newSink(t, c.config, Options{}), events(1))
			if c.says == "" && (n != 1 || err != nil) {
				t.Errorf("got %d, %v", n, err)
			}
			if c.says != "" && (n != 0 || err == nil || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "canary")) {
				t.Errorf("got %d, %v, want %q", n, err, c.says)
			}
		})
	}
}

// certificate makes one that stands for itself. It returns the paths of both files.
func certificate(t *testing.T, name string, keyMode os.FileMode) (cert, key string) {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{name}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &k.PublicKey, k)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		t.Fatal(err)
	}
	return writePEM(t, "CERTIFICATE", der, 0o600), writePEM(t, "PRIVATE KEY", private, keyMode)
}

// TestOwnCertificate: the sink shows its certificate, and a renewed one without a restart.
func TestOwnCertificate(t *testing.T) {
	var shown []string
	h := secured(t, &tls.Config{ClientAuth: tls.RequireAnyClientCert, VerifyPeerCertificate: func(raw [][]byte, _ [][]*x509.Certificate) error {
		c, err := x509.ParseCertificate(raw[0])
		if err == nil {
			shown = append(shown, c.DNSNames[0])
		}
		return err
	}})
	print := peer.Fingerprint(h.Certificate())
	if _, err := deliver(t, newSink(t, Config{URL: h.URL, PinSHA256: print}, Options{}), events(1)); err == nil || !strings.Contains(err.Error(), `does it want a certificate`) {
		t.Errorf("without a certificate: %v", err)
	}
	cert, key := certificate(t, "first", 0o600)
	s := newSink(t, Config{URL: h.URL, PinSHA256: print, CertFile: cert, KeyFile: key}, Options{})
	if n, err := deliver(t, s, events(1)); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	newCert, newKey := certificate(t, "second", 0o600)
	for from, to := range map[string]string{newCert: cert, newKey: key} {
		if err := os.Rename(from, to); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil { // only the connection: the next one shows the new certificate
		t.Fatal(err)
	}
	if n, err := deliver(t, s, events(1)); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	if len(shown) != 2 || shown[0] != "first" || shown[1] != "second" {
		t.Errorf("shown %q", shown)
	}
	if err := os.Remove(cert); err != nil {
		t.Fatal(err)
	}
	_ = s.Close()
	if n, err := deliver(t, s, events(1)); n != 0 || err == nil || !strings.Contains(err.Error(), `"cert_file" and "key_file"`) {
		t.Errorf("with the file gone: %d, %v", n, err)
	}
}

// TestFilesOfTheConfiguration: what is wrong with a file is said at once, by the attribute that names it.
func TestFilesOfTheConfiguration(t *testing.T) {
	cert, key := certificate(t, "x", 0o600)
	_, open := certificate(t, "x", 0o644)
	for _, c := range []struct {
		config Config
		says   string
	}{
		{Config{CAFile: filepath.Join(t.TempDir(), "absent")}, `"ca_file"`},
		{Config{CAFile: key}, `"ca_file"`},
		{Config{PinSHA256: "zz"}, `"pin_sha256"`},
		{Config{CertFile: cert, KeyFile: cert}, `"cert_file" and "key_file"`},
		{Config{CertFile: cert, KeyFile: open}, "chmod o-rwx"},
	} {
		c.config.URL, c.config.Secret = "https://hub.example.net", testSecret
		if _, err := New(c.config, Options{}); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("got %v, want %q", err, c.says)
		}
	}
}
