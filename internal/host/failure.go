package host

import (
	"errors"
	"fmt"
	"strings"

	"github.com/quorate/quorate/device"
)

// failure is why a plugin does not run. Kind is the event that tells of it; empty where nothing ran that could fail,
// which does not count towards quarantine. Permanent says that starting it again with this configuration cannot help.
type failure struct {
	err       error
	kind      device.EventType
	permanent bool
}

func (f *failure) Error() string { return f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

// asFailure returns what kind of failure err is.
func asFailure(err error) *failure {
	if f, ok := errors.AsType[*failure](err); ok {
		return f
	}
	return &failure{err: err}
}

// did says in two words what the plugin did.
func (f *failure) did() string {
	switch f.kind {
	case device.EventSourceHung:
		return "hung"
	case device.EventSourceLimit:
		return "was over its limit"
	}
	return "crashed"
}

// failed returns how the run, which has exited, came to its end.
func (r *run) failed(prefix string) *failure {
	if over := r.condemned(); over != nil {
		return &failure{err: over, kind: device.EventSourceLimit}
	}
	text := r.epitaph()
	if limit := r.limits.blamed(text); limit != "" {
		return &failure{err: fmt.Errorf("%s%s: %s", prefix, text, limit), kind: device.EventSourceLimit}
	}
	return &failure{err: errors.New(prefix + text), kind: device.EventSourceCrashed}
}

// blamed returns which limit a program's last words complain of, as far as these are words that everybody uses.
func (l Limits) blamed(words string) string {
	words = strings.ToLower(words)
	for _, w := range []string{"out of memory", "cannot allocate memory", "memoryerror", "bad_alloc"} {
		if strings.Contains(words, w) {
			return "it may hold " + mib(l.Memory) + ": \"memory\" in \"limits\""
		}
	}
	if strings.Contains(words, "too many open files") {
		return fmt.Sprintf("it may open %d: \"files\" in \"limits\"", l.Files)
	}
	return ""
}
