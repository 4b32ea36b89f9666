package pipeline

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/quorate/quorate/consensus"
	"github.com/quorate/quorate/device"
)

// script reads snapshots out of bytes, each of which is one choice, so that small changes of the input are small
// changes of the story. All of it is odd: few addresses and names for many refs, words that are said twice, dates of
// any time, polls that fail or are cut short.
type script struct{ bytes []byte }

func (s *script) pick(n int) int {
	if len(s.bytes) == 0 {
		return 0
	}
	b := s.bytes[0]
	s.bytes = s.bytes[1:]
	return int(b) % n
}

func pickOf[T any](s *script, of ...T) T { return of[s.pick(len(of))] }

// date is one near at, or far from it, or none.
func (s *script) date(at time.Time) time.Time {
	return pickOf(s, time.Time{}, time.Time{}, time.Time{}, at, at.Add(-30*time.Second), at.Add(-10*time.Minute), at.Add(time.Hour),
		time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC))
}

func (s *script) observation(at time.Time) device.Observation {
	o := device.Observation{Identity: device.Identity{Ref: fmt.Sprint(s.pick(5))}, ObservedAt: s.date(at)}
	o.Name = pickOf(s, "", "nas"+o.Ref, "nas", "unknown")
	if n := s.pick(6); n > 0 {
		o.Addresses = []string{fmt.Sprintf("192.0.2.%d", n)}
	}
	if n := s.pick(5); n > 0 {
		o.Hostnames = []string{pickOf(s, "nas", "nas.example.net", "db.example.net", "localhost")}
	}
	o.MACs = pickOf(s, nil, nil, []string{"00:00:5e:00:53:01"})
	o.Serial = pickOf(s, "", "", "SN-1", "SN-2")
	o.Parents = pickOf(s, nil, nil, []string{"0"}, []string{"1", "2"})
	if s.pick(8) == 7 {
		o.Abstain = device.AbstainPaused
	}
	for range s.pick(4) {
		c := device.Claim{Facet: device.FacetReach, State: pickOf(s, device.StateUp, device.StateDown, device.StateDown, device.StateSplit), ObservedAt: s.date(at)}
		switch s.pick(6) {
		case 4:
			c.Facet = device.FacetMgmt
		case 5:
			c.Facet, c.Component, c.State = device.FacetHealth, "disk:1", pickOf(s, device.StateOK, device.StateWarning, device.StateCritical)
		}
		sure := pickOf(s, 1, 1, 0.5, 0)
		c.Confidence = &sure
		c.Interval = pickOf[device.Duration](s, 0, 0, device.Duration(5*time.Minute), 1<<63-1)
		o.Claims = append(o.Claims, c)
	}
	return o
}

// snapshots are all that the bytes tell, at most 200.
func (s *script) snapshots() []device.Snapshot {
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	var all []device.Snapshot
	for len(s.bytes) > 0 && len(all) < 200 {
		at = at.Add(pickOf[time.Duration](s, 0, 0, 10*time.Second, time.Minute, time.Minute, time.Minute, 5*time.Minute, 25*time.Hour, 8*24*time.Hour))
		sn := device.Snapshot{At: at, Source: pickOf(s, "librenms", "prtg", "snmp"), Partial: s.pick(8) == 7, SourceClock: s.date(at)}
		switch s.pick(8) {
		case 6:
			sn.Source, sn.Partial, sn.SourceClock = "", false, time.Time{}
		case 7:
			sn.Err = "timeout"
		default:
			for range s.pick(7) {
				sn.Observations = append(sn.Observations, s.observation(at))
			}
		}
		all = append(all, sn)
	}
	return all
}

// play replays snapshots and returns events, devices and sources as text.
func play(t *testing.T, all []device.Snapshot) (string, *View) {
	t.Helper()
	cfg := testConfig("librenms", "prtg", "snmp")
	cfg.Identity.Domains = []string{"example.net"}
	cfg.Identity.SharedAddresses = []netip.Addr{netip.MustParseAddr("192.0.2.5")}
	cfg.Consensus.Sources["snmp"] = consensus.Source{Name: "snmp", Interval: time.Minute, FaultDomain: "prtg", Trust: 0.5}
	j := &MemJournal{}
	var events []device.Event
	at := time.Time{}
	view, err := Replay(t.Context(), cfg, j, func() (device.Snapshot, error) {
		if len(all) == 0 {
			return device.Snapshot{}, io.EOF
		}
		s := all[0]
		all, at = all[1:], s.At
		return s, nil
	}, func(e []device.Event) error { events = append(events, e...); return nil })
	if err != nil || len(j.Rejected()) > 0 {
		t.Fatalf("%v, rejected: %+v", err, j.Rejected())
	}
	b, err := json.MarshalIndent([]any{events, view.Devices(at), view.Sources(at)}, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(b), view
}

// FuzzReplay: whatever is said, it comes to one device for each ref, to names that tell devices apart, and to the same
// in any order of what an instant brings.
func FuzzReplay(f *testing.F) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 40 {
		b := make([]byte, 600)
		for i := range b {
			b[i] = byte(rnd.Uint32())
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		all := (&script{b[:min(len(b), 2000)]}).snapshots()
		want, view := play(t, all)
		names, refs := map[string]bool{}, map[string]bool{}
		for _, d := range view.Devices(view.LastInstant()) {
			name := strings.ToLower(d.Name)
			if name == "" || names[name] {
				t.Errorf("two devices, or none, are called %q", d.Name)
			}
			names[name] = true
			for _, r := range d.Bindings {
				ref := r.Source + "/" + r.Ref
				if refs[ref] {
					t.Errorf("%s belongs to two devices", ref)
				}
				refs[ref] = true
			}
		}
		for _, s := range all {
			for _, o := range s.Observations {
				if s.Err == "" && !refs[s.Source+"/"+o.Ref] {
					t.Errorf("%s/%s belongs to no device", s.Source, o.Ref)
				}
			}
		}
		mixed := slices.Clone(all)
		for i := range mixed {
			mixed[i].Observations = slices.Clone(mixed[i].Observations)
			o := mixed[i].Observations
			rnd := rand.New(rand.NewPCG(uint64(i), 3))
			rnd.Shuffle(len(o), func(a, b int) { o[a], o[b] = o[b], o[a] })
		}
		for from, to := 0, 0; from < len(mixed); from = to {
			for to = from; to < len(mixed) && mixed[to].At.Equal(mixed[from].At); to++ {
			}
			slices.Reverse(mixed[from:to])
		}
		if got, _ := play(t, mixed); got != want {
			t.Errorf("in another order:\n%s", cmp.Diff(want, got))
		}
	})
}
