package e2e

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/host"
	"github.com/quorate/quorate/internal/lab"
)

// enough is the deadline of a poll that must not need it, short that of a poll whose server never finishes, and slack
// what a busy machine may add to either.
const (
	enough = 2 * time.Minute
	short  = 2 * time.Second
	slack  = limit
)

// polled is a real plugin process that polls one fake of the lab.
type polled struct {
	kind   string
	lab    *lab.Running
	source *host.Source
	// fake is the monitor itself.
	fake interface {
		http.Handler
		SetFault(fault lab.Fault)
		Requests() int
	}
}

// kinds are the sources of the matrix.
var kinds = []string{"librenms", "prtg"}

// startPolled starts the lab and the plugin. More are settings beside the address, which is the fake's unless given.
func startPolled(t *testing.T, kind string, o lab.Options, more map[string]string) *polled {
	t.Helper()
	o.Dir = t.TempDir()
	// Nothing goes stale while a slow machine polls.
	o.LibreNMSStep, o.PRTGInterval = time.Minute, time.Minute
	running, err := lab.Start(context.WithoutCancel(t.Context()), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := running.Close(); err != nil {
			t.Error(err)
		}
	})
	p := &polled{kind: kind, lab: running, fake: running.LibreNMS}
	settings := map[string]string{"url": running.Env[lab.EnvLibreNMS], "token": running.Env[lab.EnvLibreNMSToken]}
	if kind == "prtg" {
		p.fake = running.PRTG
		settings = map[string]string{"url": running.Env[lab.EnvPRTG], "api_token": running.Env[lab.EnvPRTGToken]}
	}
	for name, value := range more {
		if settings[name] = value; value == "ca" {
			settings[name] = running.CAFile
		}
	}
	config, err := json.Marshal(settings)
	if err != nil {
		t.Fatal(err)
	}
	h, err := host.New(host.Options{Self: quorate, RunDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), limit)
		defer cancel()
		if err := h.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	// The secrets are not named to the host: what it hides as well would hide that the plugin tells.
	if p.source, err = h.Start(t.Context(), host.Spec{Name: kind, Type: kind, Config: config}); err != nil {
		t.Fatal(err)
	}
	return p
}

// poll polls with that deadline. The poll must keep it.
func (p *polled) poll(t *testing.T, deadline time.Duration) device.Snapshot {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), deadline)
	defer cancel()
	began := time.Now()
	snap := p.source.Poll(ctx)
	if took := time.Since(began); took > deadline+slack {
		t.Errorf("a poll of %v took %v", deadline, took)
	}
	return snap
}

// good polls, and wants all devices, each of them up.
func (p *polled) good(t *testing.T) device.Snapshot {
	t.Helper()
	snap := p.poll(t, enough)
	if want := map[string]int{"librenms": 11, "prtg": 68}[p.kind]; snap.Err != "" || len(snap.Observations) != want || len(snap.Rejected) > 0 {
		t.Fatalf("%d observations, want %d; %d rejected; %s", len(snap.Observations), want, len(snap.Rejected), snap.Err)
	}
	for _, o := range snap.Observations {
		if !slices.ContainsFunc(o.Claims, func(c device.Claim) bool { return c.Facet == device.FacetReach && c.State == device.StateUp }) {
			t.Errorf("%s is not up: %+v", o.Name, o.Claims)
		}
	}
	return snap
}

// failed polls, and wants a failure with a cause that says one of these, on one line and without a secret, and nothing
// said of any device.
func (p *polled) failed(t *testing.T, deadline time.Duration, says ...string) {
	t.Helper()
	snap := p.poll(t, deadline)
	if snap.Err == "" || len(snap.Observations) > 0 || len(snap.Rejected) > 0 {
		t.Fatalf("%d observations, %d rejected, error %q", len(snap.Observations), len(snap.Rejected), snap.Err)
	}
	if !slices.ContainsFunc(says, func(s string) bool { return strings.Contains(snap.Err, s) }) {
		t.Errorf("the cause says none of %q: %s", says, snap.Err)
	}
	if strings.Contains(snap.Err, lab.Canary) || strings.ContainsAny(snap.Err, "\r\n") || len(snap.Err) > 600 {
		t.Errorf("the cause is %q", snap.Err)
	}
}

// TestMatrix: whatever a server answers, the poll fails in time and in bounded memory, with one line that says what to
// do, and says nothing of any device; and when the server answers well again, so does the source.
func TestMatrix(t *testing.T) {
	t.Parallel()
	const timeout = `or "timeout" too short?`
	for _, c := range []struct {
		fault    lab.Fault
		deadline time.Duration
		// The cause says one of these. What is given for "prtg" alone is said by that source only.
		says, prtg []string
		// stays is set where the source must not ask again by itself.
		stays []string
	}{
		{fault: lab.Fault{Kind: lab.FaultServerError}, says: []string{"look into LibreNMS' logs"}, prtg: []string{"the core server is starting"}},
		{fault: lab.Fault{Kind: lab.FaultBadGateway}, says: []string{"look into LibreNMS' logs"}, prtg: []string{`behind a broken proxy`}},
		{fault: lab.Fault{Kind: lab.FaultUnavailable}, says: []string{"look into LibreNMS' logs"}, prtg: []string{"the core server is starting"}},
		{fault: lab.Fault{Kind: lab.FaultTooMany, RetryAfter: "1"}, says: []string{": the server wants no call for 1s"}},
		{fault: lab.Fault{Kind: lab.FaultUnauthorized}, says: []string{`set "token"`}, prtg: []string{"Not retried"}, stays: []string{"prtg"}},
		{fault: lab.Fault{Kind: lab.FaultForbidden}, says: []string{"the role global-read"}, prtg: []string{"give it read access"}},
		{fault: lab.Fault{Kind: lab.FaultUnknownRoute}, says: []string{"too old"}, prtg: []string{`"url" must be`}},
		{fault: lab.Fault{Kind: lab.FaultLoginPage}, says: []string{`: something else than LibreNMS' API answers there (a log-in page, a proxy); check "url"`}, prtg: []string{"shows its log-in page; check the credentials"}},
		{fault: lab.Fault{Kind: lab.FaultHTML}, says: []string{`check "url"`}},
		{fault: lab.Fault{Kind: lab.FaultEmpty}, says: []string{"no device at all"}},
		{fault: lab.Fault{Kind: lab.FaultRedirect}, says: []string{`check "url"`}, prtg: []string{"Not retried"}, stays: []string{"prtg"}},
		{fault: lab.Fault{Kind: lab.FaultLoop}, says: []string{`the redirects do not end; set "url"`}, prtg: []string{`redirects are not followed, set "url"`}},
		{fault: lab.Fault{Kind: lab.FaultElsewhere}, says: []string{`redirects are not followed to another server, set "url"`}},
		{fault: lab.Fault{Kind: lab.FaultToTLS}, says: []string{`the server wants TLS, set "url" to "https://127.0.0.1:`}},
		{fault: lab.Fault{Kind: lab.FaultCutOff}, says: []string{"broke off after"}},
		{fault: lab.Fault{Kind: lab.FaultHalf}, says: []string{"broke off after"}},
		{fault: lab.Fault{Kind: lab.FaultGarbage}, says: []string{`; check what answers at "url"`}},
		{fault: lab.Fault{Kind: lab.FaultNoHTTP}, says: []string{`does not speak HTTP there: check "url"`}},
		{fault: lab.Fault{Kind: lab.FaultReset}, says: []string{"closed the connection before it answered: is it restarting"}},
		{fault: lab.Fault{Kind: lab.FaultWrongType}, says: []string{`check "url"`}},
		{fault: lab.Fault{Kind: lab.FaultTwice}, says: []string{`compressed as "gzip, gzip"`, `check "url"`}},
		{fault: lab.Fault{Kind: lab.FaultDeep}, says: []string{`levels: check what answers at "url"`}},
		{fault: lab.Fault{Kind: lab.FaultBlanks}, says: []string{`64 KiB of nothing: check what answers at "url"`}},
		{fault: lab.Fault{Kind: lab.FaultLongText}, says: []string{`a text longer than 1024 KiB: check what answers at "url"`}},
		{fault: lab.Fault{Kind: lab.FaultHuge}, says: []string{"larger than", "more than", timeout}},
		{fault: lab.Fault{Kind: lab.FaultBomb}, says: []string{"larger than", "more than", timeout}},
		{fault: lab.Fault{Kind: lab.FaultSilent}, deadline: short, says: []string{timeout}},
		{fault: lab.Fault{Kind: lab.FaultSlow}, deadline: short, says: []string{timeout}},
	} {
		for _, kind := range kinds {
			t.Run(kind+" "+string(c.fault.Kind), func(t *testing.T) {
				t.Parallel()
				elsewhere, told := listener(t)
				fault := c.fault
				fault.To = elsewhere
				p := startPolled(t, kind, lab.Options{}, nil)
				p.good(t)
				before := memoryOf(t, p.source.Status().PID, "VmHWM")
				asked := p.fake.Requests()
				p.fake.SetFault(fault)
				says, deadline := c.says, c.deadline
				if kind == "prtg" && c.prtg != nil {
					says = c.prtg
				}
				if deadline == 0 {
					deadline = enough
				}
				p.failed(t, deadline, says...)
				checkMemory(t, p, before)
				if told() > 0 {
					t.Error("another server was told")
				}
				p.fake.SetFault(lab.Fault{})
				if slices.Contains(c.stays, kind) {
					p.failed(t, enough, says...)
					if again := p.fake.Requests() - asked - 1; again != 0 {
						t.Errorf("asked %d times again after the log-in was refused", again)
					}
					return
				}
				if c.fault.RetryAfter != "" {
					eventually(t, "the source asks again", func() bool { return p.poll(t, enough).Err == "" })
				}
				p.good(t)
			})
		}
	}
}

// checkMemory compares what the plugin took at most with what a good poll took: of a body of a gigabyte nothing is held.
func checkMemory(t *testing.T, p *polled, before float64) {
	t.Helper()
	if after := memoryOf(t, p.source.Status().PID, "VmHWM"); after > 2*before+200 {
		t.Errorf("the plugin took %.0f MiB, and %.0f MiB for a good poll", after, before)
	}
}

// listener is another server. It returns its address and how often it was asked.
func listener(t *testing.T) (string, func() int) {
	t.Helper()
	asked := make(chan struct{}, 1000)
	srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked <- struct{}{} }))
	t.Cleanup(srv.Close)
	return srv.URL, func() int { return len(asked) }
}

// TestMatrixTransport is the part of the matrix where no HTTP begins: names, connections, certificates.
func TestMatrixTransport(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := "http://" + l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		tls  lab.TLSKind
		more map[string]string
		says []string // none: the poll is good
	}{
		{"trusted", lab.TLSGood, map[string]string{"ca_file": "ca"}, nil},
		{"unknown authority", lab.TLSGood, nil, []string{`not signed by an authority known here: set "ca_file" or "pin_sha256"`}},
		{"self-signed", lab.TLSSelfSigned, map[string]string{"ca_file": "ca"}, []string{`not signed by an authority known here: set "ca_file" or "pin_sha256"`}},
		{"expired", lab.TLSExpired, map[string]string{"ca_file": "ca"}, []string{"has expired or is not valid yet: renew it"}},
		{"wrong name", lab.TLSWrongName, map[string]string{"ca_file": "ca"}, []string{`is not for 127.0.0.1: put a name of the certificate into "url"`}},
		{"wrong pin", lab.TLSGood, map[string]string{"pin_sha256": strings.Repeat("0f", 32)}, []string{`change the pin only if you replaced the certificate`}},
		{"no TLS", lab.TLSPlain, map[string]string{"ca_file": "ca"}, []string{`does not speak TLS there: "url" needs http://`}},
		{"no such name", lab.TLSNone, map[string]string{"url": "http://monitor.invalid"}, []string{`the name "monitor.invalid" does not resolve: check "url"`, "DNS does not answer"}},
		{"nobody listens", lab.TLSNone, map[string]string{"url": nobody}, []string{"connection refused: nothing listens on"}},
	} {
		for _, kind := range kinds {
			t.Run(kind+" "+c.name, func(t *testing.T) {
				t.Parallel()
				p := startPolled(t, kind, lab.Options{TLS: c.tls}, c.more)
				if c.says == nil {
					p.good(t)
					return
				}
				p.failed(t, enough, c.says...)
				if p.fake.Requests() > 0 {
					t.Error("the token was sent")
				}
			})
		}
	}
}

// TestMatrixPartly lets each call of a poll fail alone. The poll then fails as a whole, or says less: never anything
// of a device that the good poll did not say, and never of fewer devices.
func TestMatrixPartly(t *testing.T) {
	t.Parallel()
	faults := []lab.FaultKind{
		lab.FaultServerError, lab.FaultForbidden, lab.FaultUnknownRoute, lab.FaultHTML, lab.FaultEmpty, lab.FaultCutOff, lab.FaultHalf, lab.FaultReset,
		lab.FaultGarbage, lab.FaultElsewhere, lab.FaultBomb,
	}
	for _, kind := range kinds {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			elsewhere, told := listener(t)
			calls := callsOf(t, kind)
			for _, call := range calls {
				t.Run(call, func(t *testing.T) {
					t.Parallel()
					p := startPolled(t, kind, lab.Options{}, nil)
					good := p.good(t)
					before := memoryOf(t, p.source.Status().PID, "VmHWM")
					for _, fault := range faults {
						p.fake.SetFault(lab.Fault{Kind: fault, Only: call, To: elsewhere})
						checkLess(t, string(fault), good, p.poll(t, enough))
						p.fake.SetFault(lab.Fault{})
						if strings.Contains(call, "sensortree") {
							// A tree that failed is left alone for a day by the source that found it so.
							checkMemory(t, p, before)
							p = startPolled(t, kind, lab.Options{}, nil)
						}
						p.good(t)
					}
					checkMemory(t, p, before)
				})
			}
			t.Cleanup(func() {
				if told() > 0 {
					t.Error("another server was told")
				}
			})
		})
	}
}

// callsOf lists what tells the calls of a good poll apart: a path, or what PRTG's table is of.
func callsOf(t *testing.T, kind string) []string {
	t.Helper()
	var mu sync.Mutex
	seen := map[string]bool{}
	p := startPolled(t, kind, lab.Options{}, nil)
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		call := r.URL.Path
		if content := r.URL.Query().Get("content"); content != "" {
			call = url.Values{"content": {content}}.Encode()
		}
		mu.Lock()
		seen[call] = true
		mu.Unlock()
		p.fake.ServeHTTP(w, r)
	}))
	defer front.Close()
	asking := startPolled(t, kind, lab.Options{}, map[string]string{"url": front.URL})
	for range 2 { // PRTG's tree is tried by the second poll
		asking.good(t)
	}
	mu.Lock()
	defer mu.Unlock()
	var all []string
	for call := range seen {
		all = append(all, call)
	}
	slices.Sort(all)
	if len(all) < 2 {
		t.Fatalf("a poll of %s makes the calls %q", kind, all)
	}
	return all
}

// checkLess compares a poll of which one call failed with a good one.
func checkLess(t *testing.T, fault string, good, bad device.Snapshot) {
	t.Helper()
	if bad.Err != "" {
		if len(bad.Observations) > 0 || strings.Contains(bad.Err, lab.Canary) || strings.ContainsAny(bad.Err, "\r\n") {
			t.Errorf("%s: %d observations, %q", fault, len(bad.Observations), bad.Err)
		}
		return
	}
	type about struct {
		ref, component string
		facet          device.Facet
	}
	said := map[about]device.State{}
	for _, o := range good.Observations {
		for _, c := range o.Claims {
			said[about{o.Ref, c.Component, c.Facet}] = c.State
		}
	}
	refs := map[string]bool{}
	for _, o := range bad.Observations {
		refs[o.Ref] = true
		for _, c := range o.Claims {
			was, known := said[about{o.Ref, c.Component, c.Facet}]
			if c.State != device.StateUnknown && (!known || c.State != was) {
				t.Errorf("%s: of %s it says %s %q is %s (%s), and said %q", fault, o.Name, c.Facet, c.Component, c.State, c.Raw, was)
			}
		}
	}
	for _, o := range good.Observations {
		if !refs[o.Ref] {
			t.Errorf("%s: %s is missing and the poll calls itself good", fault, o.Name)
		}
	}
}
