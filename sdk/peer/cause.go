package peer

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/url"
	"strings"
	"syscall"
)

// Cause says why a call of the server at u got no answer: one line that says what to change, "" where err is of no known
// kind. Quote makes the name of a host fit to be shown. Who calls knows better about its own deadline and asks before.
func Cause(err error, u *url.URL, quote func(string) string) string {
	var (
		dns     *net.DNSError
		pin     *pinError
		unknown x509.UnknownAuthorityError
		names   x509.HostnameError
		invalid x509.CertificateInvalidError
		verify  *tls.CertificateVerificationError
		record  tls.RecordHeaderError
	)
	shown := ""
	if errors.As(err, &verify) && len(verify.UnverifiedCertificates) > 0 {
		shown = " (it has SHA-256 " + Fingerprint(verify.UnverifiedCertificates[0]) + ")"
	}
	host := u.Host
	switch {
	case errors.As(err, &dns) && dns.IsNotFound:
		return "the name " + quote(dns.Name) + " does not resolve: check \"url\""
	case errors.As(err, &dns):
		return "the name " + quote(dns.Name) + " cannot be looked up: DNS does not answer"
	case errors.As(err, &pin):
		return pin.Error()
	case errors.As(err, &unknown):
		return "the server's certificate" + shown + " is not signed by an authority known here: set \"ca_file\" or \"pin_sha256\""
	case errors.As(err, &names):
		return "the server's certificate" + shown + " is not for " + u.Hostname() + ": put a name of the certificate into \"url\", or set \"pin_sha256\""
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "the server's certificate" + shown + " has expired or is not valid yet: renew it"
	case errors.As(err, &record):
		return host + " does not speak TLS there: \"url\" needs http:// or another port"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connection refused: nothing listens on " + host + "; check \"url\" and whether the server runs"
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return "no route to " + host + ": check \"url\" and the network between"
	case strings.Contains(err.Error(), "malformed HTTP"):
		return host + " does not speak HTTP there: check \"url\", above all the port"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF),
		strings.Contains(err.Error(), "server closed idle connection"),
		strings.Contains(err.Error(), "stream error"), strings.Contains(err.Error(), "GOAWAY"): // so HTTP/2 says it
		return host + " closed the connection before it answered: is it restarting, or another service than \"url\" means?"
	}
	return ""
}
