package sourcehttp

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"strings"
)

// trust makes the TLS configuration of c: 1.2 or newer, the system's authorities, and what c adds or pins.
func trust(c Config) (*tls.Config, error) {
	t := &tls.Config{MinVersion: tls.VersionTLS12}
	if c.CAFile != "" {
		pem, err := os.ReadFile(c.CAFile)
		if err != nil {
			return nil, fmt.Errorf(`"ca_file": %w`, err)
		}
		pool, err := x509.SystemCertPool()
		if err != nil {
			pool = x509.NewCertPool()
		}
		if !pool.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf(`"ca_file": %s holds no PEM certificate`, c.CAFile)
		}
		t.RootCAs = pool
	}
	if c.PinSHA256 == "" {
		return t, nil
	}
	pin := plainHex(c.PinSHA256)
	if b, err := hex.DecodeString(pin); err != nil || len(b) != sha256.Size {
		return nil, errors.New(`"pin_sha256" must be the 64 hexadecimal digits that "openssl x509 -noout -fingerprint -sha256" prints, colons or not`)
	}
	// The pin is the identity: chain and names of a self-signed certificate say nothing more.
	t.InsecureSkipVerify = true
	t.VerifyConnection = func(s tls.ConnectionState) error {
		if len(s.PeerCertificates) == 0 {
			return errors.New("the server showed no certificate")
		}
		if got := fingerprint(s.PeerCertificates[0]); plainHex(got) != pin {
			return &pinError{got: got}
		}
		return nil
	}
	return t, nil
}

// pinError says that another certificate came than the pinned one.
type pinError struct{ got string }

func (e *pinError) Error() string {
	return fmt.Sprintf(`the server's certificate is not the one of "pin_sha256": it has SHA-256 %s; change the pin only if you replaced the certificate`, e.got)
}

func plainHex(s string) string {
	return strings.ToLower(strings.NewReplacer(":", "", " ", "").Replace(s))
}

// fingerprint writes a certificate's SHA-256 as openssl does.
func fingerprint(c *x509.Certificate) string {
	sum := sha256.Sum256(c.Raw)
	parts := make([]string, len(sum))
	for i, b := range sum {
		parts[i] = fmt.Sprintf("%02X", b)
	}
	return strings.Join(parts, ":")
}
