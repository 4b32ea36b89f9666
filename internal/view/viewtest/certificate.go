package viewtest

import "time"

// CertificateExpires is the Lab's Certificate, false where that is zero.
func (l *Lab) CertificateExpires() (time.Time, bool) { return l.Certificate, !l.Certificate.IsZero() }
