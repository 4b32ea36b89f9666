package lab

import (
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// FaultKind is a way in which a server answers badly. The zero value answers well.
type FaultKind string

// The faults. LoginPage, HTML, Half and Empty come with status 200, which is what makes them dangerous.
const (
	FaultNone         FaultKind = ""
	FaultServerError  FaultKind = "500"
	FaultBadGateway   FaultKind = "502"
	FaultUnavailable  FaultKind = "503"
	FaultTooMany      FaultKind = "429" // with the Retry-After of the Fault
	FaultUnauthorized FaultKind = "401"
	FaultForbidden    FaultKind = "403"
	FaultUnknownRoute FaultKind = "404" // as versions answer that do not have the call yet

	FaultLoginPage FaultKind = "login_page"
	FaultHTML      FaultKind = "html"
	FaultEmpty     FaultKind = "empty" // a good answer with no rows

	FaultRedirect  FaultKind = "redirect" // to the log-in page
	FaultLoop      FaultKind = "loop"     // redirects in a circle
	FaultElsewhere FaultKind = "elsewhere"
	FaultToTLS     FaultKind = "to_tls" // to https on the same host

	FaultCutOff    FaultKind = "cut_off"    // the body ends in the middle, and the connection with it
	FaultHalf      FaultKind = "half"       // half a body that says that it is whole
	FaultGarbage   FaultKind = "garbage"    // JSON that is none
	FaultNoHTTP    FaultKind = "no_http"    // bytes that are no HTTP
	FaultReset     FaultKind = "reset"      // the connection is reset (RST) instead of an answer
	FaultSilent    FaultKind = "silent"     // no answer until the client gives up
	FaultSlow      FaultKind = "slow"       // the good answer, a byte each Pace
	FaultWrongType FaultKind = "wrong_type" // the good answer as a picture

	FaultHuge     FaultKind = "huge"      // 1 GiB of good rows
	FaultBlanks   FaultKind = "blanks"    // 1 GiB of nothing
	FaultBomb     FaultKind = "bomb"      // 1 GiB of good rows in 2 MiB of gzip
	FaultTwice    FaultKind = "twice"     // compressed twice, and says so
	FaultDeep     FaultKind = "deep"      // a million lists within each other
	FaultLongText FaultKind = "long_text" // 1 GiB of one text
)

// Fault is how a fake answers from now on.
type Fault struct {
	Kind FaultKind
	// Delay comes before the answer, whatever the answer is.
	Delay time.Duration
	// After lets that many good answers pass first.
	After int
	// Only, where not empty, leaves requests alone whose path and query do not hold it.
	Only string
	// To is where FaultElsewhere points, "https://other.example.net".
	To string
	// RetryAfter is the header of FaultTooMany; "" means "120".
	RetryAfter string
	// Pace is what FaultSlow waits before each byte; 0 means 100 ms.
	Pace time.Duration
}

// fails answers requests by the fault that is set, and counts them. It is safe for concurrent use.
type fails struct {
	requests atomic.Int64
	clock    func() time.Time

	mu    sync.Mutex
	fault Fault
	pages faultPages
}

// faultPages are the bodies that differ between the servers.
type faultPages struct {
	server                      string
	unauthorized, forbidden     string
	errorType, serverErr, login string
	unknownRoute                string
	loginPath                   string
	// endless is what an endless answer to a request is made of.
	endless func(r *http.Request) endless
}

// SetFault changes how every later request is answered.
func (f *fails) SetFault(fault Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.fault = fault
}

// Requests is the number of requests that were received.
func (f *fails) Requests() int { return int(f.requests.Load()) }

// next is the fault that the request to that path and query meets.
func (f *fails) next(uri string) Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !strings.Contains(uri, f.fault.Only) {
		return Fault{}
	}
	if f.fault.After > 0 {
		f.fault.After--
		return Fault{Delay: f.fault.Delay}
	}
	return f.fault
}

// wrap puts the faults before good, which answers what is left. Good learns of FaultEmpty by its argument.
func (f *fails) wrap(good func(w http.ResponseWriter, r *http.Request, empty bool)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		f.requests.Add(1)
		fault := f.next(r.URL.RequestURI())
		if fault.Delay > 0 && !pause(r, fault.Delay) {
			return
		}
		w.Header().Set("Server", f.pages.server)
		w.Header().Set("Date", f.clock().UTC().Format(http.TimeFormat))
		whole := func(w http.ResponseWriter) { good(w, r, fault.Kind == FaultEmpty) }
		if f.refuse(w, fault) || f.redirect(w, r, fault) || snap(w, r, fault.Kind) || f.bloat(w, r, fault.Kind) || spoil(w, r, fault, whole) {
			return
		}
		whole(w)
	}
}

// refuse answers with a status or a page that is no answer, and reports whether the fault is one of these.
func (f *fails) refuse(w http.ResponseWriter, fault Fault) bool {
	switch fault.Kind {
	case FaultServerError:
		answer(w, http.StatusInternalServerError, f.pages.errorType, f.pages.serverErr)
	case FaultBadGateway:
		answer(w, http.StatusBadGateway, typeHTML, "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>")
	case FaultUnavailable:
		answer(w, http.StatusServiceUnavailable, typeHTML, "<html><body><h1>Service Unavailable</h1></body></html>")
	case FaultTooMany:
		w.Header().Set("Retry-After", orElse(fault.RetryAfter, "120"))
		answer(w, http.StatusTooManyRequests, typeHTML, "<html><body><h1>Too Many Requests</h1></body></html>")
	case FaultUnauthorized:
		answer(w, http.StatusUnauthorized, f.pages.errorType, f.pages.unauthorized)
	case FaultForbidden:
		answer(w, http.StatusForbidden, f.pages.errorType, f.pages.forbidden)
	case FaultUnknownRoute:
		answer(w, http.StatusNotFound, f.pages.errorType, f.pages.unknownRoute)
	case FaultLoginPage:
		answer(w, http.StatusOK, typeHTML, f.pages.login)
	case FaultHTML:
		answer(w, http.StatusOK, typeHTML, "<!DOCTYPE html>\n<html><head><title>It works</title></head><body><p>It works!</p></body></html>\n")
	case FaultGarbage:
		answer(w, http.StatusOK, "application/json", `{"status":"ok","devices":[{"device_id":1,`+"\x00"+`}`)
	default:
		return false
	}
	return true
}

// redirect answers with a redirect, and reports whether the fault is one.
func (f *fails) redirect(w http.ResponseWriter, r *http.Request, fault Fault) bool {
	var to string
	switch fault.Kind {
	case FaultRedirect:
		// The log-in page itself is a page.
		if to = f.pages.loginPath; strings.HasPrefix(to, r.URL.Path) && r.URL.Path != "/" {
			answer(w, http.StatusOK, typeHTML, f.pages.login)
			return true
		}
	case FaultLoop:
		if to = r.URL.Path + "?again=1"; r.URL.RawQuery == "again=1" {
			to = r.URL.Path
		}
	case FaultElsewhere:
		to = fault.To + r.URL.RequestURI()
	case FaultToTLS:
		to = "https://" + r.Host + r.URL.RequestURI()
	default:
		return false
	}
	w.Header().Set("Location", to)
	answer(w, http.StatusFound, typeHTML, "")
	return true
}

func pause(r *http.Request, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-r.Context().Done():
		return false
	}
}

func answer(w http.ResponseWriter, status int, contentType, body string) {
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(status)
	// A client that has gone needs no answer.
	_, _ = w.Write([]byte(body))
}
