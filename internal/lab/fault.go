package lab

import (
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// FaultKind is a way in which a server answers badly. The zero value answers well.
type FaultKind string

// The faults. LoginPage, HTML and Empty come with status 200, which is what makes them dangerous.
const (
	FaultNone         FaultKind = ""
	FaultServerError  FaultKind = "500"
	FaultUnavailable  FaultKind = "503"
	FaultUnauthorized FaultKind = "401"
	FaultForbidden    FaultKind = "403"
	FaultLoginPage    FaultKind = "login_page"
	FaultRedirect     FaultKind = "redirect" // to the log-in page
	FaultElsewhere    FaultKind = "elsewhere"
	FaultHTML         FaultKind = "html"
	FaultCutOff       FaultKind = "cut_off" // the body ends in the middle
	FaultGarbage      FaultKind = "garbage" // JSON that is none
	FaultHuge         FaultKind = "huge"    // a body without end
	FaultSilent       FaultKind = "silent"  // no answer until the client gives up
	FaultEmpty        FaultKind = "empty"   // a good answer with no rows
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
	// To is where FaultElsewhere points.
	To string
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
	loginPath                   string
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
		html := "text/html; charset=UTF-8"
		switch fault.Kind {
		case FaultServerError:
			answer(w, http.StatusInternalServerError, f.pages.errorType, f.pages.serverErr)
		case FaultUnavailable:
			answer(w, http.StatusServiceUnavailable, html, "<html><body><h1>Service Unavailable</h1></body></html>")
		case FaultUnauthorized:
			answer(w, http.StatusUnauthorized, f.pages.errorType, f.pages.unauthorized)
		case FaultForbidden:
			answer(w, http.StatusForbidden, f.pages.errorType, f.pages.forbidden)
		case FaultLoginPage:
			answer(w, http.StatusOK, html, f.pages.login)
		case FaultRedirect:
			w.Header().Set("Location", f.pages.loginPath)
			answer(w, http.StatusFound, html, "")
		case FaultElsewhere:
			w.Header().Set("Location", fault.To+r.URL.RequestURI())
			answer(w, http.StatusFound, html, "")
		case FaultHTML:
			answer(w, http.StatusOK, html, "<!DOCTYPE html>\n<html><head><title>It works</title></head><body><p>It works!</p></body></html>\n")
		case FaultGarbage:
			answer(w, http.StatusOK, "application/json", `{"status":"ok","devices":[{"device_id":1,`+"\x00"+`}`)
		case FaultHuge:
			huge(w, r)
		case FaultSilent:
			<-r.Context().Done()
		case FaultCutOff:
			good(&cutter{ResponseWriter: w}, r, false)
		default:
			good(w, r, fault.Kind == FaultEmpty)
		}
	}
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

func huge(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	chunk := make([]byte, 1<<16)
	for i := range chunk {
		chunk[i] = ' '
	}
	for range 128 << 4 { // 128 MiB
		if _, err := w.Write(chunk); err != nil || r.Context().Err() != nil {
			return
		}
	}
}

// cutter promises the whole body and sends half of it: the server then closes the connection.
type cutter struct {
	http.ResponseWriter
	cut bool
}

func (c *cutter) Write(b []byte) (int, error) {
	if c.cut {
		return len(b), nil
	}
	c.cut = true
	c.Header().Set("Content-Length", strconv.Itoa(len(b)))
	if _, err := c.ResponseWriter.Write(b[:len(b)/2]); err != nil {
		return 0, err
	}
	return len(b), nil
}
