package view

import "time"

// Certificates says by which certificate the agent is reached.
type Certificates interface {
	// CertificateExpires is when the certificate of the page does; false where no TLS is spoken.
	CertificateExpires() (time.Time, bool)
}
