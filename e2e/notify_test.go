package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/quorate/quorate/device"
)

// phone is what a person holds in the hand: a server that speaks enough of ntfy's protocol.
type phone struct {
	*httptest.Server
	mu   sync.Mutex
	dead bool
	got  []string // titles
	text []string
}

func newPhone(t *testing.T) *phone {
	t.Helper()
	p := &phone{}
	p.Server = httptest.NewServer(p)
	t.Cleanup(p.Close)
	return p
}

func (p *phone) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.dead {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	p.got, p.text = append(p.got, r.Header.Get("Title")), append(p.text, string(body))
	fmt.Fprint(w, `{"id":"x"}`)
}

func (p *phone) die(dead bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.dead = dead
}

func (p *phone) titles() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.got)
}

func (p *phone) texts() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.text)
}

// url is shoutrrr's for this phone, with a token that must not be seen anywhere.
func (p *phone) url() string {
	return "ntfy://:" + phoneToken + "@" + strings.TrimPrefix(p.URL, "http://") + "/" + phoneToken + "?disabletls=yes"
}

const phoneToken = "token-of-the-phone-0123456789"

const notifyConfig = `
agent {
  name     = "home"
  data_dir = "data"
  listen   = "127.0.0.1:0"
}
consensus {
  confirm = 2
}
source "exec" "rack" {
  interval = "300ms"
  timeout  = "30s"
  config {
    command = ["/bin/cat", "FILE"]
  }
}
sink "notify" "phones" {
  urls        = [env("PHONE_A"), env("PHONE_B")]
  on          = ["verdict.changed:down"]
  settle      = "2s"
  retry_first = "100ms"
  retry_most  = "1s"
}
`

// rack is a switch and what hangs on it, as a program sees them.
type rack struct {
	path string
	down map[string]bool
	all  []string
}

func (r *rack) write(t *testing.T) {
	t.Helper()
	var b strings.Builder
	for i, n := range r.all {
		o := device.Observation{Identity: device.Identity{Ref: n, Name: n, Addresses: []string{fmt.Sprintf("192.0.2.%d", i+1)}}}
		if strings.HasPrefix(n, "cam") {
			o.Parents = []string{"switch"}
		}
		state := device.StateUp
		if r.down[n] {
			state = device.StateDown
		}
		o.Claims = []device.Claim{{Facet: device.FacetReach, State: state, Raw: "ping"}}
		line, err := json.Marshal(o)
		if err != nil {
			t.Fatal(err)
		}
		b.Write(append(line, '\n'))
	}
	next := r.path + ".next"
	if err := os.WriteFile(next, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(next, r.path); err != nil { // the program reads the one or the other
		t.Fatal(err)
	}
}

func (r *rack) set(t *testing.T, down bool, names ...string) {
	t.Helper()
	for _, n := range names {
		r.down[n] = down
	}
	r.write(t)
}

// TestNotify: 28 devices behind a dead switch are one message, that all is well again is another, nothing comes twice
// through a restart, and what a crash can repeat is the one message that was on its way; a dead target holds up nobody, and
// no token is seen anywhere.
func TestNotify(t *testing.T) {
	t.Parallel()
	a, b := newPhone(t), newPhone(t)
	r := &rack{down: map[string]bool{}, all: []string{"switch", "nas1"}}
	for i := range 27 {
		r.all = append(r.all, fmt.Sprintf("cam%d", i+1))
	}
	dir := t.TempDir()
	r.path = filepath.Join(dir, "rack.jsonl")
	r.all = append(r.all, "gateway") // stays up: a source that sees nothing at all is not believed
	r.write(t)
	s := &site{dir: dir, config: write(t, filepath.Join(dir, "quorate.hcl"), strings.ReplaceAll(notifyConfig, "FILE", r.path))}
	s.env = []string{"PHONE_A=" + a.url(), "PHONE_B=" + b.url()}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("first phone %q\nsecond phone %q", a.titles(), b.titles())
		}
	})
	heard := func(p *phone, want ...string) {
		t.Helper()
		eventually(t, fmt.Sprintf("%q on the phone", want), func() bool { return len(p.titles()) >= len(want) })
		got := p.titles()
		for i := range want {
			if !strings.HasPrefix(got[i], want[i]) {
				t.Errorf("message %d is %q, want %q: %q", i+1, got[i], want[i], got)
			}
		}
		if len(got) > len(want) {
			t.Errorf("%d messages, want %d: %q", len(got), len(want), got)
		}
	}

	if out, code := s.sinkTest(t, "phones"); code != 0 || out != "1. ntfy took the message\n2. ntfy took the message\n" {
		t.Fatalf("%d: %s", code, out)
	}
	b.die(true)
	if out, code := s.sinkTest(t, "phones"); code != 1 || !strings.Contains(out, "2. ntfy: HTTP 503 Service Unavailable") || strings.Contains(out, phoneToken) {
		t.Fatalf("%d: %s", code, out)
	}
	first := a.titles()
	if len(first) != 2 || first[0] != "test of home" {
		t.Fatalf("%q", first)
	}

	q := s.agent(t)
	eventually(t, "30 devices up", func() bool { return countStatus(q.devices(t), device.StatusUp) == 30 })
	r.set(t, true, append([]string{"switch"}, r.all[2:29]...)...)
	down := []string{"test", "test", "switch is down, and 27 devices behind it are unreachable"}
	heard(a, down...)
	// An orderly restart repeats nothing, and finds what is still to be said.
	q.stop(t, 0)
	r.set(t, true, "nas1")
	q = s.agent(t)
	down = append(down, "nas1 is down")
	heard(a, down...)
	// Killed, and all is well when it comes back: who was told the one is told the other.
	q.kill()
	b.die(false)
	r.set(t, false, r.all...)
	q = s.agent(t)
	eventually(t, "30 devices up", func() bool { return countStatus(q.devices(t), device.StatusUp) == 30 })
	eventually(t, "both recoveries", func() bool {
		got := a.titles()
		return slices.ContainsFunc(got, func(s string) bool { return strings.HasPrefix(s, "switch is up again") }) &&
			slices.ContainsFunc(got, func(s string) bool { return strings.HasPrefix(s, "nas1 is up again") })
	})
	counts := map[string]int{}
	for _, title := range a.titles() {
		title, _, _ = strings.Cut(title, " after ")
		counts[title]++
	}
	for title, n := range counts {
		if most := map[bool]int{true: 2, false: 1}[strings.HasPrefix(title, "test") || title == "nas1 is down"]; n > most {
			t.Errorf("%d times %q", n, title)
		}
	}
	// The second phone was dead all the while: it hears of what came and went, or of both ends, and ends well too.
	eventually(t, "the end of it on the second phone", func() bool {
		got := b.titles()
		return len(got) > 0 && (strings.Contains(got[len(got)-1], "unheard") || strings.Contains(got[len(got)-1], "up again"))
	})
	q.stop(t, 0)
	if strings.Contains(q.output(), phoneToken) {
		t.Errorf("the token is in what the agent says:\n%s", q.output())
	}
	for _, text := range a.texts() {
		if strings.Contains(text, phoneToken) || len([]rune(text)) > 300 {
			t.Errorf("message %q", text)
		}
	}
}

func (s *site) sinkTest(t *testing.T, name string) (string, int) {
	t.Helper()
	p := start(t, s.env, s.dir, "sink", "test", "--config", s.config, name)
	code := p.wait()
	return p.output(), code
}
