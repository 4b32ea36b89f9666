package peer

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

// Trust says how a server is known again. The zero value trusts the system's authorities.
type Trust struct {
	// CAFile names a PEM file whose certificates are trusted beside the system's.
	CAFile string
	// PinSHA256 is the fingerprint of the server's certificate; where it is set nothing else is checked.
	PinSHA256 string
}

// Config makes a new TLS configuration: 1.2 or newer, the system's authorities, and what t adds or pins. It reads CAFile. Its
// errors name the attribute.
func (t Trust) Config() (*tls.Config, error) {
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	if t.CAFile != "" {
		pem, err := os.ReadFile(t.CAFile)
		if err != nil {
			return nil, fmt.Errorf(`"ca_file": %w`, err)
		}
		pool, err := x509.SystemCertPool()
		if err != nil {
			pool = x509.NewCertPool()
		}
		if !pool.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf(`"ca_file": %s holds no PEM certificate`, t.CAFile)
		}
		c.RootCAs = pool
	}
	if t.PinSHA256 == "" {
		return c, nil
	}
	pin := plainHex(t.PinSHA256)
	if b, err := hex.DecodeString(pin); err != nil || len(b) != sha256.Size {
		return nil, errors.New(`"pin_sha256" must be the 64 hexadecimal digits that "openssl x509 -noout -fingerprint -sha256" prints, colons or not`)
	}
	// The pin is the identity: chain and names of a self-signed certificate say nothing more.
	c.InsecureSkipVerify = true
	c.VerifyConnection = func(s tls.ConnectionState) error {
		if len(s.PeerCertificates) == 0 {
			return errors.New("the server showed no certificate")
		}
		if got := Fingerprint(s.PeerCertificates[0]); plainHex(got) != pin {
			return &pinError{got: got}
		}
		return nil
	}
	return c, nil
}

// pinError says that another certificate came than the pinned one.
type pinError struct{ got string }

func (e *pinError) Error() string {
	return fmt.Sprintf(`the server's certificate is not the one of "pin_sha256": it has SHA-256 %s; change the pin only if you replaced the certificate`, e.got)
}

func plainHex(s string) string {
	return strings.ToLower(strings.NewReplacer(":", "", " ", "").Replace(s))
}

// Fingerprint writes a certificate's SHA-256 as openssl does.
func Fingerprint(c *x509.Certificate) string {
	sum := sha256.Sum256(c.Raw)
	parts := make([]string, len(sum))
	for i, b := range sum {
		parts[i] = fmt.Sprintf("%02X", b)
	}
	return strings.Join(parts, ":")
}
