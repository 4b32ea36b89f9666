package agent

import "time"

// CertificateExpires is when the certificate of the page does; false where no TLS is spoken.
func (r *reader) CertificateExpires() (time.Time, bool) { return r.a.certificateExpires() }
