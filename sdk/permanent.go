package sdk

import "errors"

type permanentError struct{ err error }

func (e *permanentError) Error() string { return e.err.Error() }
func (e *permanentError) Unwrap() error { return e.err }

// Permanent marks the error of a poll that repeating cannot mend, such as refused credentials that would lock the
// account: the agent stops polling the source until it is configured anew, whatever happens to the plugin's process.
// Permanent(nil) is nil.
func Permanent(err error) error {
	if err == nil {
		return nil
	}
	return &permanentError{err}
}

// IsPermanent reports whether err, or an error that it wraps, was marked by Permanent. The mark crosses the wire.
func IsPermanent(err error) bool {
	var p *permanentError
	return errors.As(err, &p)
}
