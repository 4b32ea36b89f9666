package prtg

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/sdk"
	"github.com/quorate/quorate/sdk/sourcehttp"
)

func open(t *testing.T, f *fake, config string) *Source {
	t.Helper()
	s := New()
	if config == "" {
		config = fmt.Sprintf(`{"url":%q,"api_token":%q}`, f.URL, canary)
	}
	if err := s.Configure(t.Context(), []byte(config)); err != nil {
		t.Fatal(err)
	}
	return s
}

func poll(t *testing.T, s *Source) ([]device.Observation, error) {
	t.Helper()
	var got []device.Observation
	err := s.Poll(t.Context(), func(o device.Observation) error {
		got = append(got, o)
		return o.Validate()
	})
	return got, err
}

// TestRefusedOnce is that after one refused log-in not one more request follows, until the configuration is new.
func TestRefusedOnce(t *testing.T) {
	f := newFake(t)
	s := open(t, f, "")
	if _, err := poll(t, s); err != nil {
		t.Fatal(err)
	}
	undo := f.set(func() {
		f.answer = func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusUnauthorized) }
	})
	before := f.requests()
	for range 3 {
		got, err := poll(t, s)
		if !sdk.IsPermanent(err) || len(got) != 0 {
			t.Fatalf("%d observations, %v", len(got), err)
		}
	}
	if n := f.requests() - before; n != 1 {
		t.Errorf("%d requests", n)
	}
	undo()
	if _, err := poll(t, s); err == nil {
		t.Error("tried again without a new configuration")
	}
	if err := s.Configure(t.Context(), []byte(fmt.Sprintf(`{"url":%q,"username":"quorate","password":%q}`, f.URL, canary))); err != nil {
		t.Fatal(err)
	}
	if _, err := poll(t, s); err != nil {
		t.Error(err)
	}
}

// TestLogins is that each way to log in sends what it must and nothing else, encoded.
func TestLogins(t *testing.T) {
	const odd = `pä#ss&w+rd %`
	for _, tt := range []struct{ name, config, want string }{
		{"api key", `"api_token":"` + odd + `"`, "apitoken=" + odd},
		{"passhash", `"username":"u&x","passhash":"1234567890"`, "passhash=1234567890 username=u&x"},
		{"password", `"username":"u","password":"` + odd + `"`, "password=" + odd + " username=u"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := newFake(t)
			s := open(t, f, fmt.Sprintf(`{"url":%q,%s}`, f.URL+"/api/", tt.config))
			_, _ = poll(t, s)
			var got []string
			for _, k := range []string{"apitoken", "passhash", "password", "username"} {
				if v, ok := f.calls[0][k]; ok {
					got = append(got, k+"="+v)
				}
			}
			if s := strings.Join(got, " "); s != tt.want || f.calls[0]["path"] != "/api/table.json" {
				t.Errorf("got %q at %s", s, f.calls[0]["path"])
			}
		})
	}
}

// TestEveryCallLogsIn is that the log-in stands in each call, whatever it asks for, and in none twice.
func TestEveryCallLogsIn(t *testing.T) {
	for config, want := range map[string]string{
		`"api_token":"` + canary + `"`:                                   "apitoken",
		`"username":"quorate","passhash":"` + canary + `"`:               "passhash username",
		`"username":"quorate","password":"` + canary + `"`:               "password username",
		`"username":"quorate","passhash":"","password":"` + canary + `"`: "password username",
	} {
		f := newFake(t)
		s := open(t, f, fmt.Sprintf(`{"url":%q,%s}`, f.URL, config))
		if _, err := s.Check(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := poll(t, s); err != nil {
			t.Fatal(err)
		}
		paths := map[string]bool{}
		for _, c := range f.calls {
			paths[c["path"]] = true
			var got []string
			for _, k := range []string{"apitoken", "passhash", "password", "username"} {
				if _, ok := c[k]; ok {
					got = append(got, k)
				}
			}
			if s := strings.Join(got, " "); s != want {
				t.Errorf("%s: %q, want %q", c["path"], s, want)
			}
		}
		if len(paths) != 4 {
			t.Errorf("asked for %v", paths)
		}
	}
}

func TestPaging(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(f *fake)
		calls  int // of the device table
		err    string
	}{
		{"two rows a page", func(f *fake) { f.page = 2 }, 3, ""},
		{"a server that gives fewer than asked", func(f *fake) { f.page = 1 }, 5, ""},
		{"no treesize", func(f *fake) { f.size = func(int) any { return nil } }, 2, ""},
		{"treesize as text", func(f *fake) { f.size = func(n int) any { return fmt.Sprint(n) } }, 1, ""},
		{"all in one answer", func(*fake) {}, 1, ""},
		{"a server that takes the star for nothing", func(f *fake) { f.star = "empty" }, 4, ""},
		{"a server that refuses the star", func(f *fake) { f.star = "refused" }, 4, ""},
		{"a server that gives the first rows again and again", func(f *fake) { f.star = "again" }, 0, "PRTG sent 2 of 5 rows"},
		{"fewer rows than counted", func(f *fake) { f.size = func(n int) any { return n + 3 } }, 0, "the list is incomplete"},
		{"a size that changes", func(f *fake) {
			calls := 0
			f.size = func(n int) any {
				calls++
				return n + calls
			}
		}, 0, "the table changed while it was read"},
		{"a row that moved", func(f *fake) {
			f.tables = map[string][]any{"devices": {deviceOf(1, nil), deviceOf(2, nil), deviceOf(2, nil)}}
		}, 0, "PRTG sent 2 of 3 rows"},
		{"broken rows", func(f *fake) {
			f.tables = map[string][]any{"devices": {deviceOf(1, nil), nil, "x", map[string]any{"device": "no id"}, []any{}}, "sensors": {sensorOf(9, 1, nil)}}
		}, 1, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := newFake(t)
			f.n = 5
			tt.change(f)
			s := New()
			s.page = 2
			if err := s.Configure(t.Context(), []byte(fmt.Sprintf(`{"url":%q,"api_token":%q,"root_id":"77"}`, f.URL, canary))); err != nil {
				t.Fatal(err)
			}
			_, err := poll(t, s)
			if (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
				t.Fatalf("got %v, want %q", err, tt.err)
			}
			calls := 0
			for _, c := range f.calls {
				if c["content"] == "devices" {
					calls++
				}
				if want := map[string]string{"probenode": ""}; c["content"] != "probenode" && c["id"] != "77" || c["content"] == "probenode" && c["id"] != want["probenode"] {
					t.Errorf("call %v", c)
				}
			}
			if tt.calls > 0 && calls != tt.calls {
				t.Errorf("%d calls for devices, want %d", calls, tt.calls)
			}
		})
	}
}

// TestSensorsAreGone is that a server which counts sensors and lists none is not believed, whatever the reason.
func TestSensorsAreGone(t *testing.T) {
	f := newFake(t)
	f.tables = map[string][]any{"devices": {deviceOf(1, map[string]any{"totalsens_raw": "0000000003"}), deviceOf(2, nil)}}
	if got, err := poll(t, open(t, f, "")); err == nil || len(got) > 0 || !strings.Contains(err.Error(), "counts 4 sensors and shows none") {
		t.Errorf("%d devices, %v", len(got), err)
	}
	f.tables["devices"] = []any{deviceOf(1, map[string]any{"totalsens_raw": 0})}
	if got, err := poll(t, open(t, f, "")); err != nil || len(got) != 1 || got[0].Abstain != device.AbstainNeverPolled {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestIncompleteOnceIsReadAgain is that a table which changed under the hand is read a second time.
func TestIncompleteOnceIsReadAgain(t *testing.T) {
	f := newFake(t)
	calls := 0
	f.size = func(n int) any {
		if calls++; calls == 2 {
			return n + 1
		}
		return n
	}
	if got, err := poll(t, open(t, f, "")); err != nil || len(got) != 3 {
		t.Errorf("%d devices, %v", len(got), err)
	}
}

func TestOLEDate(t *testing.T) {
	now := time.Date(2026, 1, 15, 10, 0, 0, 0, time.UTC)
	for in, want := range map[string]string{
		`46037.4166666667`: "2026-01-15T10:00:00Z", `"46037.4163194444"`: "2026-01-15T09:59:30Z", `46011.34375`: "2025-12-20T08:15:00Z",
		`42909.3298611111`: "2017-06-23T07:55:00Z", `0`: "", `""`: "", `"-"`: "", `null`: "", `36525`: "", `46038`: "", `1e300`: "", `-5`: "",
		`"42909.3298611111 [348 d ago]"`: "",
	} {
		var v sourcehttp.Scalar
		if err := v.UnmarshalJSON([]byte(in)); err != nil {
			t.Fatal(err)
		}
		got := ""
		if d := oleDate(v, now); !d.IsZero() {
			got = d.Format(time.RFC3339Nano)
		}
		if got != want {
			t.Errorf("%s: %q, want %q", in, got, want)
		}
	}
}

// TestTheKeyGoesNowhereElse is that a redirect to another host is not followed with the key.
func TestTheKeyGoesNowhereElse(t *testing.T) {
	asked := make(chan string, 1)
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { asked <- r.URL.String() }))
	defer other.Close()
	f := newFake(t)
	f.answer = func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, other.URL+r.URL.RequestURI(), http.StatusTemporaryRedirect)
	}
	_, err := poll(t, open(t, f, ""))
	if err == nil || strings.Contains(err.Error(), canary) {
		t.Errorf("got %v", err)
	}
	select {
	case url := <-asked:
		t.Errorf("asked for %s", url)
	default:
	}
}

func TestEmitErrorIsReturned(t *testing.T) {
	stop := errors.New("stop")
	if err := open(t, newFake(t), "").Poll(t.Context(), func(device.Observation) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("got %v", err)
	}
	if err := New().Poll(context.Background(), nil); err == nil {
		t.Error("a poll before Configure")
	}
}

// TestEveryTypeDrift is that no shape of a field costs more than the field.
func TestEveryTypeDrift(t *testing.T) {
	f := newFake(t)
	values := []any{nil, "", "x", 1.5, -1, true, []any{1}, map[string]any{"a": 1}, strings.Repeat("ä", 5000), "\x00\u202e", "1e309", 99999999999999}
	try := func(name string, device, sensor map[string]any) {
		f.tables = map[string][]any{"devices": {deviceOf(1, device), deviceOf(2, nil)}, "sensors": {sensorOf(3, 1, sensor), sensorOf(4, 2, nil)}}
		if _, err := poll(t, open(t, f, "")); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for key := range deviceOf(1, nil) {
		for _, v := range values {
			if key != "objid" {
				try("device "+key, map[string]any{key: v}, nil)
			}
		}
	}
	for key := range sensorOf(1, 1, nil) {
		for _, v := range values {
			if key != "objid" {
				try("sensor "+key, nil, map[string]any{key: v})
			}
		}
	}
}
