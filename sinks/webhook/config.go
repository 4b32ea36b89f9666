package webhook

import (
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/textproto"
	"net/url"
	"os"
	"slices"
	"strings"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/sdk/peer"
	"github.com/quorate/quorate/sinks"
)

// Config is the body of a sink "webhook" block, but for what every sink has.
type Config struct {
	// URL is where the events are posted to. Its path and query are never shown.
	URL string `json:"url"`
	// Secret signs every request. OldSecret, where it is set, signs as well: until every receiver knows the new one.
	Secret    device.Secret `json:"secret"`
	OldSecret device.Secret `json:"old_secret"`
	// Headers are sent with every request.
	Headers map[string]device.Secret `json:"headers"`
	// BatchMode sends many events in one request.
	BatchMode bool `json:"batch_mode"`
	// CAFile and PinSHA256 say how the server is known again.
	CAFile    string `json:"ca_file"`
	PinSHA256 string `json:"pin_sha256"`
	// CertFile and KeyFile, both or neither, are the certificate that the sink shows. They are read anew for each
	// connection, so that a renewed one needs no restart.
	CertFile string `json:"cert_file"`
	KeyFile  string `json:"key_file"`
	// Proxy is the HTTP proxy to go through; "" for none, whatever the environment says.
	Proxy string `json:"proxy"`
}

// A secret shorter than this can be guessed; Standard Webhooks has keys of 24 to 64 bytes.
const minSecret = 16

// base64Secret begins a secret whose key is in base64, as Standard Webhooks writes them.
const base64Secret = "whsec_"

// ownHeaders are those that the sink sets itself.
var ownHeaders = []string{
	"Content-Type", "Content-Length", "Content-Encoding", "Transfer-Encoding", "Connection", "Host", "Trailer", "Upgrade", "User-Agent",
	"Idempotency-Key", "Webhook-Id", "Webhook-Timestamp", "Webhook-Signature",
}

// Check returns what is wrong with c, without any I/O. The error is of type sinks.Mistakes.
func (c Config) Check() error {
	var m sinks.Mistakes
	wrong := func(attribute, text string) { m = append(m, sinks.Mistake{Attribute: attribute, Text: text}) }
	u, err := url.Parse(c.URL)
	switch {
	case c.URL == "":
		wrong("url", "is missing: the address that events are posted to")
	case err != nil, u.Scheme != "http" && u.Scheme != "https", u.Hostname() == "":
		wrong("url", `must look like "https://hub.example.net/path"`)
	case u.User != nil:
		wrong("url", `must not carry a user or password: send them by "headers", as Authorization`)
	case u.Fragment != "":
		wrong("url", `must not hold a "#"`)
	}
	if c.Secret == "" {
		wrong("secret", `is missing: it signs what is sent, so that the receiver can tell it from what others send; such as what "openssl rand -hex 24" prints`)
	} else if _, err := key(c.Secret); err != nil {
		wrong("secret", err.Error())
	}
	if _, err := key(c.OldSecret); c.OldSecret != "" && err != nil {
		wrong("old_secret", err.Error())
	}
	if c.OldSecret != "" && c.OldSecret == c.Secret {
		wrong("old_secret", `is the same as "secret": leave it out`)
	}
	for name, value := range c.Headers {
		canonical := textproto.CanonicalMIMEHeaderKey(name)
		switch {
		case !headerName(name):
			wrong("headers", "holds a name that no header has: letters, digits and \"-\" make one")
		case slices.Contains(ownHeaders, canonical):
			wrong("headers", "holds "+canonical+", which the sink sets itself")
		case strings.ContainsFunc(value.Reveal(), func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }):
			wrong("headers", "holds, for "+canonical+", a character that no header takes, such as the end of a line")
		}
	}
	if (c.CertFile == "") != (c.KeyFile == "") {
		wrong("cert_file", `and "key_file" belong together: set both or neither`)
	}
	if p, err := url.Parse(c.Proxy); c.Proxy != "" && (err != nil || p.Scheme != "http" && p.Scheme != "https" || p.Hostname() == "" || p.User != nil) {
		wrong("proxy", `must look like "http://proxy.example.net:3128", without a user`)
	}
	if u != nil && u.Scheme == "http" && (c.CAFile != "" || c.PinSHA256 != "" || c.CertFile != "") {
		wrong("url", `begins with http://, so that no certificate is asked for: use https://, or leave "ca_file", "pin_sha256" and "cert_file" out`)
	}
	return m.Err()
}

func headerName(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '_'
	})
}

// key is what a secret signs with: what follows "whsec_" is base64, anything else is taken as it is.
func key(s device.Secret) ([]byte, error) {
	k := []byte(s.Reveal())
	if coded, ok := strings.CutPrefix(s.Reveal(), base64Secret); ok {
		var err error
		if k, err = base64.StdEncoding.DecodeString(coded); err != nil {
			return nil, errors.New(`begins with "whsec_", and what follows is no base64`)
		}
	}
	if len(k) < minSecret {
		return nil, fmt.Errorf("has %d characters; it takes %d or more, such as what \"openssl rand -hex 24\" prints", len(k), minSecret)
	}
	return k, nil
}

// trust makes the TLS configuration. It reads the files that c names.
func (c Config) trust() (*tls.Config, error) {
	t, err := peer.Trust{CAFile: c.CAFile, PinSHA256: c.PinSHA256}.Config()
	if err != nil || c.CertFile == "" {
		return t, err
	}
	if info, err := os.Stat(c.KeyFile); err == nil && info.Mode().Perm()&0o007 != 0 {
		return nil, fmt.Errorf(`"key_file": %s has mode %04o: everybody may use the key; use: chmod o-rwx %s`, c.KeyFile, info.Mode().Perm(), c.KeyFile)
	}
	load := func() (*tls.Certificate, error) {
		pair, err := tls.LoadX509KeyPair(c.CertFile, c.KeyFile)
		if err != nil {
			return nil, &certificateError{err}
		}
		return &pair, nil
	}
	if _, err := load(); err != nil {
		return nil, err
	}
	t.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return load() }
	return t, nil
}

// certificateError says that the sink's own certificate cannot be read.
type certificateError struct{ err error }

func (e *certificateError) Error() string { return `"cert_file" and "key_file": ` + e.err.Error() }

// proxy chooses the configured proxy, else none: the environment of the agent must not decide who gets the events.
func (c Config) proxy() func(*http.Request) (*url.URL, error) {
	if c.Proxy == "" {
		return nil
	}
	u, err := url.Parse(c.Proxy)
	return func(*http.Request) (*url.URL, error) { return u, err }
}
