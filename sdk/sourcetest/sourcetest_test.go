package sourcetest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/sdk"
)

// toy is a source for a monitor that answers one line a device. With a flaw it breaks one promise of the contract.
type toy struct {
	flaw, url, token string
	polls            atomic.Int64
	pushed           atomic.Bool // it was told that a device is down
	closed           atomic.Bool // a watch has closed the way to the monitor
	watches          atomic.Int64
	followed         []sdk.Followed
	mu               sync.Mutex
	leak             [][]byte
}

// The flaws, each named for the check that must notice it.
func flaws() []string {
	return []string{
		"01 handshake", "02 started by hand", "03 health", "04 info", "05 bad configuration", "06 configure is quick",
		"07 stable refs", "08 valid observations", "09 cancel", "10 faults", "11 scale", "12 two at once", "13 probe", "14 end",
		"15 mutual TLS", "16 steady claims", "17 receive", "18 follow", "19 watch",
		"20 silent stdout", "21 no secrets",
	}
}

// pushFlaws are more ways to break the promise about pushes, each with what is said of it.
func pushFlaws() map[string]string {
	return map[string]string{
		"receive: dies": "the plugin died of it", "receive: asks the monitor": "was not read within", "receive: takes anything": "is no ref",
		"receive: names another": "it names", "receive: breaks the poll": "the poll after hostile pushes",
	}
}

func openToy(flaw string) sdk.Source {
	s := &toy{flaw: flaw}
	switch flaw {
	case "01 handshake":
		fmt.Println("hello")
	case "02 started by hand":
		if os.Getenv(sdk.EnvCookie) == "" {
			os.Exit(0)
		}
	case "14 end":
		_ = os.Unsetenv(sdk.EnvLifeFD)
		_ = os.Unsetenv(sdk.EnvHostPID)
	case "15 mutual TLS":
		_ = os.Unsetenv("PLUGIN_CLIENT_CERT")
	}
	return s
}

func (s *toy) Info() sdk.Info {
	i := sdk.Info{Type: "toy", Version: "1", Config: sdk.Schema{Attributes: []sdk.Attribute{
		{Name: "url", Type: sdk.TypeString, Required: true, Doc: "Where the monitor answers."},
		{Name: "token", Type: sdk.TypeString, Sensitive: true, Doc: "What it demands."},
	}}}
	if s.flaw == "04 info" {
		i.Version = strconv.FormatInt(s.polls.Add(1), 10)
	}
	return i
}

func (s *toy) Configure(ctx context.Context, config []byte) error {
	var c struct{ URL, Token string }
	if err := json.Unmarshal(config, &c); err != nil {
		return err
	}
	if !strings.HasPrefix(c.URL, "http") && s.flaw != "05 bad configuration" {
		return errors.New("url: want http or https")
	}
	s.url, s.token = c.URL, c.Token
	switch s.flaw {
	case "06 configure is quick":
		_, err := s.get(ctx)
		return err
	case "12 two at once":
		// A lock that the second process finds taken.
		f, err := os.OpenFile(os.Getenv("TOY_LOCK"), os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			return err
		}
		return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	}
	return nil
}

func (s *toy) get(ctx context.Context) (string, error) { return s.getPath(ctx, "") }

func (s *toy) getPath(ctx context.Context, path string) (string, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url+path, nil)
	if err != nil {
		return "", err
	}
	r.Header.Set("Token", s.token)
	a, err := http.DefaultClient.Do(r)
	if err != nil {
		return "", err
	}
	defer func() { _ = a.Body.Close() }()
	b, err := io.ReadAll(a.Body)
	if err != nil {
		return "", err
	}
	if a.StatusCode == http.StatusUnauthorized {
		return "", sdk.Permanent(errors.New("list devices: 401 Unauthorized"))
	}
	if a.StatusCode != http.StatusOK {
		return "", fmt.Errorf("list devices: %s", a.Status)
	}
	return string(b), nil
}

func (s *toy) Poll(ctx context.Context, emit func(device.Observation) error) error {
	n := s.polls.Add(1)
	switch s.flaw {
	case "03 health":
		return syscall.Kill(os.Getpid(), syscall.SIGSTOP)
	case "09 cancel":
		ctx = context.WithoutCancel(ctx)
	case "11 scale":
		s.mu.Lock()
		s.leak = append(s.leak, make([]byte, 1<<20))
		for i := range s.leak[len(s.leak)-1] {
			s.leak[len(s.leak)-1][i] = 1
		}
		s.mu.Unlock()
	case "20 silent stdout":
		_, _ = syscall.Write(1, []byte("polling\n"))
	case "21 no secrets":
		slog.Info("polling", "token", s.token)
	}
	if s.closed.Load() {
		return errors.New("list devices: closed")
	}
	body, err := s.get(ctx)
	state := device.StateUp
	if err != nil {
		if s.flaw != "10 faults" {
			return err
		}
		body, state = "1\n", device.StateDown
	}
	for ref := range strings.Lines(body) {
		o := device.Observation{Identity: device.Identity{Ref: strings.TrimSpace(ref), Addresses: []string{"192.0.2.1"}}}
		if s.pushed.Load() {
			state = device.StateDown
		}
		o.Claims = []device.Claim{{Facet: device.FacetReach, State: state}}
		switch s.flaw {
		case "07 stable refs":
			o.Ref += "-" + strconv.FormatInt(n, 10)
		case "16 steady claims":
			o.Claims[0].Raw = "poll " + strconv.FormatInt(n, 10)
		case "08 valid observations":
			o.Addresses = []string{"the attic"}
		}
		if err := emit(o); err != nil {
			return err
		}
	}
	return s.pollFollowed(emit)
}

func (s *toy) Probe(_ context.Context, ref string) (device.Observation, error) {
	if strings.Contains(ref, " ") && s.flaw != "13 probe" {
		return device.Observation{}, fmt.Errorf("no device %q", ref)
	}
	return device.Observation{Identity: device.Identity{Ref: ref}}, nil
}

func (s *toy) Receive(ctx context.Context, push sdk.Push) ([]string, error) {
	switch s.flaw {
	case "receive: dies":
		if len(push.Body) > 1000 && push.Body[0] == 0 {
			panic("zeros")
		}
	case "receive: asks the monitor":
		_, err := s.get(ctx)
		return nil, err
	case "receive: takes anything":
		return []string{string(push.Body)}, nil
	case "receive: names another":
		return []string{"1"}, nil
	case "receive: breaks the poll":
		s.url = "nowhere"
	}
	ref, ok := strings.CutSuffix(string(push.Body), " down")
	if !ok {
		return nil, errors.New("no push of a toy's monitor")
	}
	if s.flaw == "17 receive" {
		s.pushed.Store(true)
	}
	return []string{ref}, nil
}

// monitor is what toy asks.
type monitor struct {
	*httptest.Server
	hang    atomic.Bool
	broken  atomic.Bool
	devices atomic.Int64
	stirred atomic.Int64
}

func startMonitor(t *testing.T) *monitor {
	m := &monitor{}
	m.devices.Store(3)
	m.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case m.hang.Load():
			<-r.Context().Done()
		case m.broken.Load():
			w.WriteHeader(http.StatusInternalServerError)
		case r.Header.Get("Token") != "canary-5f1c0e":
			w.WriteHeader(http.StatusUnauthorized)
		case r.URL.Path == "/stirred":
			_, _ = fmt.Fprint(w, m.stirred.Load())
		default:
			for n := range m.devices.Load() {
				_, _ = fmt.Fprintln(w, n+1)
			}
		}
	}))
	t.Cleanup(m.CloseClientConnections)
	t.Cleanup(m.Close)
	return m
}

func (m *monitor) toyCase(t *testing.T, source string) Case {
	set := func(b *atomic.Bool) func() func() {
		return func() func() {
			b.Store(true)
			return func() { b.Store(false) }
		}
	}
	config := fmt.Sprintf(`{"url": %q, "token": "canary-5f1c0e"}`, m.URL)
	return Case{
		Type: source, Config: config, Refs: []string{"1", "2", "3"}, Timeout: 5 * time.Second,
		Env:    []string{"TOY_LOCK=" + t.TempDir() + "/lock"},
		Hang:   set(&m.hang),
		Pushes: []Push{{Name: "a device is down", Body: "2 down", Want: []string{"2"}}},
		Followed: []sdk.Followed{
			{Device: "dev_1", Addresses: []netip.Addr{netip.MustParseAddr("192.0.2.1")}},
			{Device: "dev_2", Addresses: []netip.Addr{netip.MustParseAddr("192.0.2.2")}},
		},
		Stir: func() { m.stirred.Add(1) },
		Bad:  []Bad{{Name: "no scheme", Config: `{"url": "attic"}`, Want: "url"}},
		Faults: []Fault{
			{Name: "500", Set: set(&m.broken), Want: "500"},
			{Name: "wrong token", Config: fmt.Sprintf(`{"url": %q, "token": "another-canary"}`, m.URL), Want: "401", Permanent: true},
			{Name: "nobody there", Config: `{"url": "http://127.0.0.1:1", "token": "canary-5f1c0e"}`, Want: "refused"},
		},
		Grow: func(n int) (string, func()) {
			m.devices.Store(int64(n))
			return config, func() { m.devices.Store(3) }
		},
	}
}

func TestMain(m *testing.M) {
	sources := map[string]func() sdk.Source{"toy": func() sdk.Source { return openToy("") }}
	for _, f := range flaws() {
		sources[f] = func() sdk.Source { return openToy(f) }
	}
	for _, flaws := range []map[string]string{pushFlaws(), followFlaws(), watchFlaws()} {
		for f := range flaws {
			sources[f] = func() sdk.Source { return openToy(f) }
		}
	}
	Main(m, sources)
}

func TestGoodSource(t *testing.T) {
	t.Parallel()
	Run(t, startMonitor(t).toyCase(t, "toy"))
}

// Each check must notice the source that breaks its promise.
func TestChecksNotice(t *testing.T) {
	if len(flaws()) != len(checks()) {
		t.Fatalf("%d flaws for %d checks", len(flaws()), len(checks()))
	}
	for n, flaw := range flaws() {
		t.Run(flaw, func(t *testing.T) {
			t.Parallel()
			c := checks()[n]
			if c.name != flaw {
				t.Fatalf("flaw %q stands where check %q does", flaw, c.name)
			}
			k, err := newKit(startMonitor(t).toyCase(t, flaw))
			if err != nil {
				t.Fatal(err)
			}
			if c.name == "20 silent stdout" {
				// It judges what the checks before it started.
				if err := validObservations(t.Context(), k); err != nil {
					t.Fatal(err)
				}
			}
			err = c.run(t.Context(), k)
			if _, ok := errAsSkip(err); err == nil || ok {
				t.Fatalf("the flaw was not noticed: %v", err)
			}
			t.Log(err)
		})
	}
}

func TestPushesNotice(t *testing.T)  { notices(t, receive, pushFlaws()) }
func TestFollowNotices(t *testing.T) { notices(t, follow, followFlaws()) }
func TestWatchNotices(t *testing.T)  { notices(t, watch, watchFlaws()) }

// notices has one check find each of its flaws.
func notices(t *testing.T, check func(context.Context, *kit) error, flaws map[string]string) {
	for flaw, want := range flaws {
		t.Run(flaw, func(t *testing.T) {
			t.Parallel()
			k, err := newKit(startMonitor(t).toyCase(t, flaw))
			if err != nil {
				t.Fatal(err)
			}
			if err := check(t.Context(), k); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("got %v, want %q", err, want)
			}
		})
	}
}
