package consensus

import (
	"fmt"
	"testing"
	"time"

	"github.com/quorate/quorate/device"
)

// BenchmarkJudge is a poll of one of three sources over 10,000 devices, 1 in 100 of which changes its word.
func BenchmarkJudge(b *testing.B) {
	const devices = 10000
	cfg := &Config{Sources: map[string]Source{}}
	sources := []string{"librenms", "prtg", "snmp"}
	for _, s := range sources {
		cfg.Sources[s] = Source{Name: s, Interval: time.Minute}
	}
	s := NewState()
	polls := make([]Snapshot, len(sources))
	for k, name := range sources {
		polls[k].Source = name
		for i := range devices {
			o := &device.Observation{Identity: device.Identity{Ref: fmt.Sprint(i), Name: fmt.Sprintf("dev%05d", i)}}
			o.Claims = []device.Claim{{Facet: device.FacetReach, State: device.StateUp, Raw: "status=1"}, {Facet: device.FacetMgmt, State: device.StateUp}}
			polls[k].Observations = append(polls[k].Observations, Bound{Device: device.ID(fmt.Sprintf("d_%05d", i)), Observation: o})
		}
	}
	at := t0
	poll := func(k, n int) {
		at = at.Add(20 * time.Second)
		sn := polls[k]
		sn.At = at
		for i := n % 100; i < devices; i += 100 {
			c := &sn.Observations[i].Observation.Claims[1]
			c.State = map[device.State]device.State{device.StateUp: device.StateDown, device.StateDown: device.StateUp}[c.State]
		}
		s.Apply(Judge(cfg, s, Instant{At: at, Snapshots: []Snapshot{sn}}))
	}
	for k := range sources {
		poll(k, 0)
	}
	b.ReportAllocs()
	b.ResetTimer()
	for n := range b.N {
		poll(n%len(sources), n)
	}
	b.ReportMetric(float64(devices)*float64(b.N)/b.Elapsed().Seconds(), "observations/s")
}

// BenchmarkQuiet is an instant without news over 10,000 devices.
func BenchmarkQuiet(b *testing.B) {
	cfg := &Config{Sources: map[string]Source{"prtg": {Name: "prtg", Interval: time.Hour}}}
	s := NewState()
	sn := Snapshot{Source: "prtg"}
	for i := range 10000 {
		o := &device.Observation{Identity: device.Identity{Ref: fmt.Sprint(i)}, Claims: []device.Claim{{Facet: device.FacetReach, State: device.StateUp}}}
		sn.Observations = append(sn.Observations, Bound{Device: device.ID(fmt.Sprintf("d_%05d", i)), Observation: o})
	}
	s.Apply(Judge(cfg, s, Instant{At: t0, Snapshots: []Snapshot{sn}}))
	b.ResetTimer()
	for n := range b.N {
		s.Apply(Judge(cfg, s, Instant{At: t0.Add(time.Duration(n) * time.Millisecond)}))
	}
}
