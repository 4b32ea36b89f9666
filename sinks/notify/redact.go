package notify

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/textproto"
	"regexp"
	"strconv"
	"syscall"

	"github.com/nicholas-fedor/shoutrrr/pkg/util/jsonclient"
)

// httpStatus finds the status in the words of services that give it in no other way.
var httpStatus = regexp.MustCompile(`(?i)\b(?:http|status|code)[^0-9a-z]{0,4}(?:code|status)?[^0-9a-z]{0,4}([45]\d\d)\b|\b([45]\d\d) [A-Z][a-z]+|\(([45]\d\d)\d{0,2}\)|server respond[a-z]* with ([45]\d\d)`)

// safely says why a message was not taken, in words of our own: those of the library may hold the URL with its token, and
// those of the service are foreign.
func (t *target) safely(err error) error {
	return fmt.Errorf("%s: %s", t.scheme, cause(err))
}

func cause(err error) string {
	if j, ok := errors.AsType[jsonclient.Error](err); ok && j.StatusCode >= http.StatusBadRequest {
		return status(j.StatusCode)
	}
	if p, ok := errors.AsType[*textproto.Error](err); ok {
		return fmt.Sprintf("the mail server answered %d", p.Code)
	}
	if d, ok := errors.AsType[*net.DNSError](err); ok {
		if d.IsTimeout {
			return "the name of its host could not be looked up in time"
		}
		return "the name of its host is not known"
	}
	_, unknownIssuer := errors.AsType[x509.UnknownAuthorityError](err)
	_, wrongName := errors.AsType[x509.HostnameError](err)
	_, invalid := errors.AsType[x509.CertificateInvalidError](err)
	_, unverified := errors.AsType[*tls.CertificateVerificationError](err)
	_, noTLS := errors.AsType[tls.RecordHeaderError](err)
	n, isNet := errors.AsType[net.Error](err)
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return "the connection was refused"
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return "there is no way to its host"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "the connection was broken off"
	case unknownIssuer:
		return "nobody known has signed its certificate"
	case wrongName:
		return "its certificate is for another name"
	case invalid, unverified:
		return "its certificate is not valid"
	case noTLS:
		return "it does not speak TLS"
	case errors.Is(err, context.DeadlineExceeded), isNet && n.Timeout():
		return "no answer in time"
	}
	if m := httpStatus.FindStringSubmatch(err.Error()); m != nil {
		if code, _ := strconv.Atoi(m[1] + m[2] + m[3] + m[4]); code > 0 {
			return status(code)
		}
	}
	return "the message was not taken"
}

func status(code int) string {
	if text := http.StatusText(code); text != "" {
		return fmt.Sprintf("HTTP %d %s", code, text)
	}
	return fmt.Sprintf("HTTP %d", code)
}
