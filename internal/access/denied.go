package access

import (
	"fmt"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// Denied is why somebody may not. Its texts are for whoever asked.
type Denied struct {
	Status     int    // 303, 401, 403 or 429
	Code, Text string // Code is stable
	// Challenge is the header WWW-Authenticate of a 401, Location where a 303 leads, RetryAfter when a 429 is over.
	Challenge, Location string
	RetryAfter          time.Duration
}

func (d *Denied) Error() string { return d.Text }

// Headers puts what goes with the status into h.
func (d *Denied) Headers(h http.Header) {
	h.Set("Cache-Control", "no-store")
	if d.Challenge != "" {
		h.Set("WWW-Authenticate", d.Challenge)
	}
	if d.Location != "" {
		h.Set("Location", d.Location)
	}
	if d.RetryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(int(math.Ceil(d.RetryAfter.Seconds()))))
	}
}

func challenge(rest string) string { return `Bearer realm="quorate"` + rest }

func tooMany(text string, wait time.Duration) *Denied {
	return &Denied{Status: http.StatusTooManyRequests, Code: "too_many_requests", Text: text, RetryAfter: max(wait, time.Second)}
}

// lacks denies somebody who is known and may not.
func lacks(c Caller, route Route) *Denied {
	if route.Page && shares(c.Scopes) {
		return &Denied{Status: http.StatusForbidden, Code: "scope_missing", Text: "The page takes the scope read; share is for the API, where everything private is replaced."}
	}
	d := &Denied{Status: http.StatusForbidden, Code: "scope_missing", Text: fmt.Sprintf("This takes the scope %s, which this %s does not hold.", route.Scope, c.Kind)}
	if !route.Page {
		d.Challenge = challenge(fmt.Sprintf(`, error="insufficient_scope", scope="%s"`, route.Scope))
	}
	return d
}

// nobody denies somebody who is not known. A person is led to the login.
func nobody(r *http.Request, route Route) *Denied {
	if !route.Page {
		return &Denied{
			Status: http.StatusUnauthorized, Code: "token_needed", Challenge: challenge(""),
			Text: fmt.Sprintf("This takes a token with the scope %s, in the header Authorization: Bearer; \"quorate token create\" makes one.", route.Scope),
		}
	}
	d := &Denied{Status: http.StatusSeeOther, Code: "login_needed", Text: "This takes a login; \"quorate login\" prints a link.", Location: LoginPath}
	// A script that asks for a part of a page would be led to a form that it cannot show.
	if mode := r.Header.Get("Sec-Fetch-Mode"); mode != "" && mode != "navigate" {
		d.Status, d.Location, d.Challenge = http.StatusUnauthorized, "", challenge("")
		return d
	}
	if next := LocalPath(r.URL.RequestURI()); asks(r) && next != "/" {
		d.Location += "?next=" + url.QueryEscape(next)
	}
	return d
}
