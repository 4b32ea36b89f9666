package snmpdirect

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/lab/snmpagent"
	"github.com/quorate/quorate/sdk"
)

func TestDiscoverAddresses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		ranges, exclude string
		n               int
		first, last     string
	}{
		{"192.0.2.0/24", "", 254, "192.0.2.1", "192.0.2.254"},
		{"192.0.2.77/24", "192.0.2.0/25, 192.0.2.254", 126, "192.0.2.128", "192.0.2.253"},
		{"192.0.2.0/30", "", 2, "192.0.2.1", "192.0.2.2"},
		{"192.0.2.0/31", "", 2, "192.0.2.0", "192.0.2.1"},
		{"192.0.2.9", "", 1, "192.0.2.9", "192.0.2.9"},
		{"192.0.2.0/24, 192.0.2.0/24, 192.0.2.8/29", "", 254, "192.0.2.1", "192.0.2.254"}, // each once
		{"198.51.100.0/23", "", 508, "198.51.100.1", "198.51.101.254"},
		{"2001:db8::/125", "", 7, "2001:db8::1", "2001:db8::7"},
		{"255.255.255.252/30", "", 2, "255.255.255.253", "255.255.255.254"},
	} {
		ranges, err := prefixes(strings.Split(c.ranges, ", "))
		if err != nil {
			t.Fatal(err)
		}
		s := &search{ranges: ranges}
		if c.exclude != "" {
			if s.exclude, err = prefixes(strings.Split(c.exclude, ", ")); err != nil {
				t.Fatal(err)
			}
		}
		all := slices.Collect(s.addresses())
		if len(all) != c.n || all[0].String() != c.first || all[len(all)-1].String() != c.last {
			t.Errorf("%s without %s: %d addresses, %v to %v", c.ranges, c.exclude, len(all), all[0], all[len(all)-1])
		}
	}
}

func TestDiscoverConfig(t *testing.T) {
	t.Parallel()
	for discover, want := range map[string]string{
		`{}`:                            `"ranges" is empty`,
		`{"ranges": ["lab"]}`:           `"lab" is neither`,
		`{"ranges": ["10.0.0.0/8"]}`:    "65536 addresses",
		`{"ranges": ["2001:db8::/64"]}`: "65536 addresses",
		`{"ranges": ["198.18.0.0/16", "192.0.2.0/24"]}`:        "65536 addresses",
		`{"ranges": ["224.0.0.0/24"]}`:                         "no network of devices",
		`{"ranges": ["192.0.2.0/24"], "exclude": ["x"]}`:       `"exclude"`,
		`{"ranges": ["192.0.2.0/24"], "ports": ["0"]}`:         `"ports"`,
		`{"ranges": ["192.0.2.0/24"], "rate": 0}`:              `"rate"`,
		`{"ranges": ["192.0.2.0/24"], "rate": 1000}`:           `"rate"`,
		`{"ranges": ["192.0.2.0/24"], "interval": "1s"}`:       `"interval"`,
		`{"ranges": ["192.0.2.0/24"], "credentials": ["who"]}`: `no credential "who"`,
	} {
		err := newSource(time.Now).Configure(t.Context(), []byte(`{"credential": [{"version": "v2c", "name": "lab", "community": "public"}], "discover": [`+discover+`]}`))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", discover, err)
		}
	}
}

// town is a part of loopback with agents in it, and some beside it.
type town struct {
	t    *testing.T
	port string
	sent *sentTo
}

// agent starts one at an address of loopback, all at the same port.
func (w *town) agent(address string, rec *snmpagent.Recording, o snmpagent.Options) *snmpagent.Agent {
	w.t.Helper()
	o.Addr = net.JoinHostPort(address, cmp.Or(w.port, "0"))
	a := snmpagent.New(rec, o)
	at, err := a.Start()
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = a.Close() })
	_, w.port, _ = net.SplitHostPort(at)
	return a
}

// source looks for devices in 127.0.1.16/28, and notes each datagram that it sends.
func (w *town) source(more string) *Source {
	w.t.Helper()
	s := newSource(time.Now)
	err := s.Configure(w.t.Context(), fmt.Appendf(nil, `{"request_timeout": "1s", "retries": 0, %s, "discover": [{"ranges": ["127.0.1.16/28"], "exclude": ["127.0.1.20"],
		"ports": [%q], "rate": 200, "adopt": true}]}`, more, w.port))
	if err != nil {
		w.t.Fatal(err)
	}
	w.sent = &sentTo{}
	s.discovery.open = func(c *search) (*knocker, error) {
		k, err := newKnocker(c)
		if err == nil {
			w.sent.packets = k.conn
			k.conn = w.sent
		}
		return k, err
	}
	return s
}

// sentTo notes whom datagrams go to.
type sentTo struct {
	packets
	mu sync.Mutex
	to map[netip.AddrPort]int
}

func (s *sentTo) WriteToUDPAddrPort(b []byte, to netip.AddrPort) (int, error) {
	s.mu.Lock()
	if s.to == nil {
		s.to = map[netip.AddrPort]int{}
	}
	s.to[to]++
	s.mu.Unlock()
	return s.packets.WriteToUDPAddrPort(b, to)
}

const labCredentials = `"credential": [{"version": "v2c", "name": "wrong", "community": "private"}, {"version": "v2c", "name": "lab", "community": "public"}]`

// TestDiscoverStaysInside: no datagram leaves the ranges, none goes to a network's own addresses, to what is excluded or
// to a target, and what is found is told with the block that adds it.
func TestDiscoverStaysInside(t *testing.T) {
	t.Parallel()
	w := &town{t: t}
	w.agent("127.0.1.17", snmpagent.NASRecording(snmpagent.NASParams{}), snmpagent.Options{})
	mute := w.agent("127.0.1.18", snmpagent.NASRecording(snmpagent.NASParams{}), snmpagent.Options{Community: "other", EngineID: []byte("\x80\x00\x00\x00\x05lab")})
	configured := w.agent("127.0.1.19", smallSwitch(), snmpagent.Options{})
	outside := []*snmpagent.Agent{
		w.agent("127.0.1.20", smallSwitch(), snmpagent.Options{}), w.agent("127.0.1.16", smallSwitch(), snmpagent.Options{}),
		w.agent("127.0.1.31", smallSwitch(), snmpagent.Options{}), w.agent("127.0.1.32", smallSwitch(), snmpagent.Options{}), w.agent("127.0.1.15", smallSwitch(), snmpagent.Options{}),
	}
	s := w.source(labCredentials + fmt.Sprintf(`, "target": [{"name": "switch", "address": "127.0.1.19:%s"}]`, w.port))
	s.discovery.adopt = false
	if err := s.Watch(t.Context(), func(device.Observation) error { return nil }); err != nil || w.sent.to != nil {
		t.Fatalf("a dry run sends datagrams by itself: %v, %v", w.sent.to, err)
	}
	findings, err := s.Check(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	inside := netip.MustParsePrefix("127.0.1.16/28")
	for to := range w.sent.to {
		if last := to.Addr().As4()[3]; !inside.Contains(to.Addr()) || last == 16 || last == 31 || last == 20 || last == 19 || fmt.Sprint(to.Port()) != w.port {
			t.Errorf("a datagram went to %s", to)
		}
	}
	if len(w.sent.to) != 12 {
		t.Errorf("%d addresses were asked, want 12", len(w.sent.to))
	}
	for i, a := range outside {
		if n := a.Requests(); n > 0 {
			t.Errorf("agent %d outside was asked %d times", i, n)
		}
	}
	if configured.Requests() > 0 || mute.Requests() == 0 {
		t.Errorf("a target was asked %d times, a silent agent %d times", configured.Requests(), mute.Requests())
	}
	want := []sdk.Finding{
		{Topic: "discovery", Level: sdk.LevelOK, Value: "2", Text: "12 of 12 addresses that are no target were asked, and 2 answer SNMP."},
		{Topic: "discovery", Level: sdk.LevelAdvice, Value: "127.0.1.17:" + w.port, Text: "127.0.1.17:" + w.port + ` answers credential "lab": nas1, Synology DS920+.`,
			HCL: "target \"nas1\" {\n  address     = \"127.0.1.17:" + w.port + "\"\n  credentials = [\"lab\"]\n}\n"},
		{Topic: "discovery", Level: sdk.LevelAdvice, Value: "127.0.1.18:" + w.port, Text: "127.0.1.18:" + w.port + " answers SNMPv3, and no credential fits."},
	}
	if d := gocmp.Diff(want, findings); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
	if got := len(s.all()); got != 1 {
		t.Errorf("a dry run adopts: %d targets", got)
	}
}

// TestDiscoverAdopts: what is found is polled under a ref that stays when the device moves, and is reported down when it
// falls silent.
func TestDiscoverAdopts(t *testing.T) {
	t.Parallel()
	w := &town{t: t}
	nas := snmpagent.NASRecording(snmpagent.NASParams{})
	plainBox, err := snmpagent.Load(strings.NewReader("1.3.6.1.2.1.1.1.0|4|box\n1.3.6.1.2.1.1.5.0|4|box\n"))
	if err != nil {
		t.Fatal(err)
	}
	first := w.agent("127.0.1.17", nas, snmpagent.Options{})
	w.agent("127.0.1.21", nas, snmpagent.Options{}) // another address of the same device
	other := w.agent("127.0.1.22", plainBox, snmpagent.Options{})
	s := w.source(labCredentials)
	said := func() map[string]string {
		t.Helper()
		all := map[string]string{}
		if err := s.Poll(t.Context(), func(o device.Observation) error {
			all[o.Ref] = facets(o)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		for ref, f := range all {
			all[ref], _, _ = strings.Cut(f, " mgmt")
		}
		return all
	}
	if got := said(); len(got) != 0 {
		t.Fatalf("before anything is found: %v", got)
	}
	sweep := func() {
		t.Helper()
		if err := s.adoptOnce(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	sweep()
	engine, box := "", "127.0.1.22:"+w.port
	for ref := range said() {
		if strings.HasPrefix(ref, "engine-") {
			engine = ref
		}
	}
	if d := gocmp.Diff(map[string]string{engine: "reach=up", box: "reach=up"}, said()); d != "" || engine == "" {
		t.Fatalf("-want +got\n%s", d)
	}
	sweep()
	if got := said(); len(got) != 2 {
		t.Errorf("the second time it finds them again: %v", got)
	}
	first.SetSilent(true)
	other.SetSilent(true)
	if d := gocmp.Diff(map[string]string{engine: "reach=down/0.5", box: "reach=down/0.5"}, said()); d != "" {
		t.Fatalf("silent: -want +got\n%s", d)
	}
	sweep() // 127.0.1.21 answers: the NAS has moved there
	if d := gocmp.Diff(map[string]string{engine: "reach=up", box: "reach=down/0.5"}, said()); d != "" {
		t.Errorf("moved: -want +got\n%s", d)
	}
}

// TestDiscoverEnds: a search ends with its context, and leaves nothing behind.
func TestDiscoverEnds(t *testing.T) {
	t.Parallel()
	w := &town{t: t}
	w.agent("127.0.1.40", smallSwitch(), snmpagent.Options{}) // only for a port
	s := w.source(labCredentials)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Watch(ctx, func(device.Observation) error { return nil }) }()
	cancel()
	select {
	case err := <-ended:
		if !errors.Is(err, context.Canceled) {
			t.Errorf("it ends with %v", err)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("the search does not end")
	}
}
