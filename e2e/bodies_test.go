package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/lab"
)

// bodies puts a canary into every text of every answer of an API: the same in the place of the same, so that devices stay
// those that they are.
type bodies struct {
	mu   sync.Mutex
	of   map[string]string
	seen shareCanaries
}

var (
	protocolKey = regexp.MustCompile(`^(status|state|severity|os|type|sensor_class|transport|prtg-version|treesize|objid|.*_raw|.*oper.*|.*admin.*|version|.*date.*|.*time.*|last_.*|started|inserted|interval)$`)
	letters     = regexp.MustCompile(`[A-Za-z]{3}`)
	clockText   = regexp.MustCompile(`^\d{4}-\d\d-\d\d|^\d\d?[./]\d\d?[./]\d{4}|^\d+ [smhd] |^\d+$`)
)

// canary is what stands for a text: an address for an address, a full name for a full name, a word else.
func (b *bodies) canary(key, text string) string {
	host, rest, hasPort := strings.Cut(text, ":")
	addr, err := netip.ParseAddr(text)
	if err != nil && hasPort {
		addr, err = netip.ParseAddr(host)
	} else {
		rest = ""
	}
	switch {
	case err == nil && addr.Is4() && !addr.IsLoopback():
	case err == nil || text == "" || clockText.MatchString(text) || !letters.MatchString(text) || protocolKey.MatchString(key):
		return text
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if c, ok := b.of[text]; ok {
		return c
	}
	c := ""
	if err == nil {
		n := len(b.of)
		c = fmt.Sprintf("10.%d.%d.%d", 211, 17+n/200, 20+n%200)
		b.seen.all = append(b.seen.all, c)
		if rest != "" {
			c += ":" + rest
		}
	} else {
		c = b.seen.word()
		if !strings.ContainsAny(text, " /") && strings.Count(text, ".") > 1 {
			c += ".kepp" + strconv.Itoa(len(b.of)) + ".lan"
		}
	}
	b.of[text] = c
	return c
}

// change replaces the texts of a value, in place where it can.
func (b *bodies) change(key string, v any) any {
	switch x := v.(type) {
	case string:
		return b.canary(key, x)
	case []any:
		for i := range x {
			x[i] = b.change(key, x[i])
		}
	case map[string]any:
		for k := range x {
			x[k] = b.change(k, x[k])
		}
	}
	return v
}

// before stands in front of a fake and returns its own address.
func (b *bodies) before(t *testing.T, fake string) string {
	t.Helper()
	to, err := url.Parse(fake)
	if err != nil {
		t.Fatal(err)
	}
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(to)
		r.Out.Header.Del("Accept-Encoding") // what is compressed cannot be changed
	}}
	proxy.ModifyResponse = func(r *http.Response) error {
		raw, err := io.ReadAll(r.Body)
		if err != nil {
			return err
		}
		dec := json.NewDecoder(bytes.NewReader(raw))
		dec.UseNumber()
		var v any
		if r.StatusCode == http.StatusOK && dec.Decode(&v) == nil {
			if raw, err = json.Marshal(b.change("", v)); err != nil {
				return err
			}
		}
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(raw)), int64(len(raw))
		r.Header.Set("Content-Length", strconv.Itoa(len(raw)))
		return nil
	}
	server := httptest.NewServer(proxy)
	t.Cleanup(server.Close)
	return server.URL
}

// TestPostOfStrangeBodies runs the real plugins on servers whose every text is a canary, and lets an outage become a post:
// nothing that is published or printed holds one.
func TestPostOfStrangeBodies(t *testing.T) {
	t.Parallel()
	b := &bodies{of: map[string]string{}}
	s := newSite(t, patient(t)) // every answer is taken apart and put together again on its way
	for _, name := range []string{lab.EnvLibreNMS, lab.EnvPRTG} {
		s.env = append(s.env, name+"="+b.before(t, s.Env[name]))
	}
	a := s.agent(t)
	eventually(t, "68 devices up", func() bool { return countStatus(a.devices(t), device.StatusUp) >= 68 })
	if err := s.World.Kill("core-switch"); err != nil {
		t.Fatal(err)
	}
	dead := ""
	eventually(t, "an outage", func() bool {
		all := a.devices(t)
		for _, d := range all {
			if d.Status == device.StatusDown {
				dead = d.Name
			}
		}
		return countStatus(all, device.StatusDown) >= 10
	})
	if err := s.World.Revive("core-switch"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "its end", func() bool { return countStatus(a.devices(t), device.StatusUp) >= 68 })
	page := filepath.Join(t.TempDir(), "page.html")
	var approved struct {
		SHA256 string `json:"sha256"`
	}
	left := map[string]string{}
	for _, args := range [][]string{
		{"post", "draft"}, {"post", "lint"}, {"post", "context"}, {"post", "list"}, {"post", "preview", "--out", page}, {"post", "incident", dead}, {"post", "approve", "--json"},
	} {
		r := s.command().run(t, args...)
		if r.code != 0 {
			t.Fatalf("quorate %s: exit %d\n%s%s", strings.Join(args, " "), r.code, r.stdout, r.stderr)
		}
		left[strings.Join(args, " ")] = r.stdout
		if args[1] == "approve" {
			if err := json.Unmarshal([]byte(r.stdout), &approved); err != nil {
				t.Fatal(err)
			}
		}
	}
	left["the preview"] = read(t, page)
	originals, err := filepath.Glob(filepath.Join(s.data(), "posts", "*", "*.private.md"))
	if err != nil || len(originals) != 1 || b.seen.in(read(t, originals[0])) == "" {
		t.Fatalf("the private originals %q hold no canary: there was none to lose (%v)", originals, err)
	}
	// The lab lives: what has changed since somebody looked is looked at again.
	publish := func() (r result) {
		for _, args := range [][]string{{"post", "approve", "--sha256", approved.SHA256}, {"post", "publish"}} {
			if r = s.command().run(t, args...); r.code != 0 {
				break
			}
		}
		return r
	}
	r := publish()
	for range 5 {
		if r.code != 5 {
			break
		}
		shown := s.command().ok(t, "post", "approve", "--json")
		left["post approve --json"] += shown
		if err := json.Unmarshal([]byte(shown), &approved); err != nil {
			t.Fatal(err)
		}
		r = publish()
	}
	if r.code != 0 {
		t.Fatalf("exit %d\n%s%s", r.code, r.stdout, r.stderr)
	}
	err = filepath.WalkDir(s.Env[lab.EnvBlogDir], func(path string, d os.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			left[path] = path + "\n" + read(t, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	a.stop(t, 0)
	svg := 0
	for what, text := range left {
		if strings.HasSuffix(what, ".svg") {
			svg++
		}
		if canary := b.seen.in(text); canary != "" {
			t.Errorf("%s holds %s:\n%s", what, canary, text)
		}
	}
	if n := len(b.seen.all); n < 500 || svg < 3 {
		t.Errorf("%d canaries, %d pictures: nothing is proven", n, svg)
	}
	t.Logf("%d canaries in what the servers answered, %d files and outputs without one", len(b.seen.all), len(left))
}
