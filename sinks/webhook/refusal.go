package webhook

import (
	"fmt"
	"net/http"
	"strings"
	"time"
)

// refusal is an answer other than 2xx.
type refusal struct {
	text string
	// wait is how long the receiver wants to be left alone, 0 where it does not say.
	wait time.Duration
	// never is set where repeating cannot help: it is about this one event. Perhaps is set where it may be.
	never, perhaps bool
}

func (r *refusal) Error() string { return r.text }

// Permanent reports that the event is to be set aside.
func (r *refusal) Permanent() bool { return r.never }

// Answered reports that the receiver is there and may never take this event: it is to be set aside after some attempts,
// unless the one before it was, too.
func (r *refusal) Answered() bool { return r.perhaps }

// RetryAfter is how long the receiver wants no call.
func (r *refusal) RetryAfter() time.Duration { return r.wait }

// slowly is the pause after an answer that a person has to mend: asking with a wrong secret every second looks like an attack.
const slowly = time.Minute

// refused says what an answer means that is not 2xx.
//
// 413 and 422 are about the one event: it is too large, or not of a form that the receiver takes. 400 may be that, or the
// receiver's word for a signature that it does not accept. Every other 4xx is about the address, the credentials or the
// receiver as a whole, which somebody will mend: the events wait. So they do where a receiver is gone for good by 410:
// another "url" gets what it would have got. 408, 425, 429 and 5xx pass by themselves.
func refused(code int, wait time.Duration) *refusal {
	r := &refusal{text: strings.TrimSpace(fmt.Sprintf("%d %s", code, http.StatusText(code))), wait: wait}
	switch {
	case code == http.StatusRequestTimeout, code == http.StatusTooEarly, code == http.StatusTooManyRequests, code >= 500:
		return r
	case code == http.StatusRequestEntityTooLarge, code == http.StatusUnprocessableEntity:
		r.never = true
		r.text += ": the receiver cannot take this event"
		return r
	case code == http.StatusBadRequest:
		r.perhaps = true
		r.text += ": the receiver cannot take this event, or has another \"secret\""
		return r
	}
	r.wait = max(r.wait, slowly)
	r.text += ": " + mend(code)
	return r
}

// mend says what a person can do about an answer that will not change by itself.
func mend(code int) string {
	switch {
	case code >= 300 && code < 400:
		return "redirects are not followed: set \"url\" to where the receiver itself is"
	case code == http.StatusUnauthorized, code == http.StatusForbidden:
		return "check \"secret\" and \"headers\""
	case code == http.StatusNotFound:
		return "check the path in \"url\""
	case code == http.StatusGone:
		return "the receiver wants nothing more there: set another \"url\", or remove the sink"
	case code == http.StatusUnsupportedMediaType:
		return "the receiver does not know this form of CloudEvents: change \"batch_mode\""
	}
	return "check \"url\" and the receiver's log"
}
