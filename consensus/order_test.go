package consensus

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/quorate/quorate/device"
)

// caseOrderFree plays random stories; the lab judges each instant in several orders and from a stored state, and
// compares the whole outcomes.
func caseOrderFree(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		l := newLab(rt, func(c *Config) {
			c.Sources["probe"] = Source{Name: "probe", Interval: 30 * time.Second, FaultDomain: "prtg", Trust: 0.7}
			c.Parents["dev02"] = []string{"dev01"}
			c.Parents["dev03"] = []string{"dev02"}
		})
		words := []string{
			"up", "down", "split", "up,mgmt=down", "mgmt=up", "up,disk:1=warning", "up,disk:1=ok", "up,disk:1=critical,fan:1=warning",
			"paused", "none", "down@0.5", "up~300s", "down~300s,mgmt=down",
		}
		for range rapid.IntRange(1, 20).Draw(rt, "instants") {
			l.wait(time.Duration(rapid.SampledFrom([]int{1, 10, 30, 60, 60, 60, 90, 400}).Draw(rt, "wait")) * time.Second)
			in := Instant{Restart: rapid.IntRange(0, 30).Draw(rt, "restart") == 0}
			for range rapid.IntRange(0, 5).Draw(rt, "snapshots") {
				sn := Snapshot{Source: rapid.SampledFrom([]string{"librenms", "prtg", "snmp", "probe", "nobody"}).Draw(rt, "source"), At: l.at}
				sn.Partial = rapid.IntRange(0, 9).Draw(rt, "partial") == 0
				sn.Probe = rapid.IntRange(0, 9).Draw(rt, "probe") == 0
				all := rapid.SampledFrom([]string{"", "", "down", "up"}).Draw(rt, "all")
				if rapid.IntRange(0, 6).Draw(rt, "fails") == 0 {
					sn.Err = "timeout"
				} else {
					for i := range rapid.IntRange(0, 6).Draw(rt, "devices") {
						name := fmt.Sprintf("dev%02d", i+1)
						word := all
						if word == "" {
							word = rapid.SampledFrom(words).Draw(rt, "word")
						}
						o := observation(rt, "r-"+name, word)
						if age := rapid.IntRange(-1, 5).Draw(rt, "age"); age > 1 {
							o.ObservedAt = l.at.Add(-time.Duration(age*20) * time.Second)
						}
						b := Bound{Device: id(name), Observation: o, Weak: rapid.IntRange(0, 20).Draw(rt, "weak") == 0}
						if rapid.IntRange(0, 30).Draw(rt, "moves") == 0 {
							b.Device = id("dev99")
						}
						sn.Observations = append(sn.Observations, b)
					}
				}
				in.Snapshots = append(in.Snapshots, sn)
			}
			if d := rapid.IntRange(1, 60).Draw(rt, "merge"); d < 4 && l.state.Devices[id(fmt.Sprintf("dev%02d", d))] != nil {
				in.Devices = []DeviceInfo{{ID: id(fmt.Sprintf("dev%02d", d)), MergedInto: id("dev06")}}
				in.Snapshots = nil
			}
			l.judge(in)
			l.consistent()
		}
		l.skipsNothing()
	})
}

// consistent checks what must hold after every instant.
func (l *lab) consistent() {
	l.t.Helper()
	refs, devices := map[string]int{}, map[string]map[device.ID]bool{}
	seen := map[device.SourceRef]device.ID{}
	for id, d := range l.state.Devices {
		for i := range d.Reports {
			r := &d.Reports[i]
			refs[r.Source]++
			if devices[r.Source] == nil {
				devices[r.Source] = map[device.ID]bool{}
			}
			devices[r.Source][id] = true
			if other, twice := seen[r.key()]; twice {
				l.t.Fatalf("%s: %v is on %s and %s", l.clock(), r.key(), other, id)
			}
			seen[r.key()] = id
		}
		if d.Status != statusOf(d) {
			l.t.Fatalf("%s: %s is %s, its facets say %s", l.clock(), id, d.Status, statusOf(d))
		}
		if d.Because != "" && (d.Status != device.StatusDown || l.state.Devices[d.Because].Status != device.StatusDown) {
			l.t.Fatalf("%s: %s is unreachable behind %s", l.clock(), id, d.Because)
		}
	}
	for name, s := range l.state.Sources {
		if s.Refs != refs[name] || s.Devices != len(devices[name]) {
			l.t.Fatalf("%s: %s counts %d refs and %d devices, has %d and %d", l.clock(), name, s.Refs, s.Devices, refs[name], len(devices[name]))
		}
	}
	grouped := map[device.ID]bool{}
	for _, in := range Incidents(l.state) {
		if in.Kind != IncidentDown {
			continue
		}
		for _, d := range in.Devices {
			if grouped[d.ID] {
				l.t.Fatalf("%s: %s is in two incidents", l.clock(), d.ID)
			}
			grouped[d.ID] = true
		}
	}
}

// skipsNothing judges once more without news: with nothing skipped, the outcome must be what skipping makes it.
func (l *lab) skipsNothing() {
	l.t.Helper()
	for _, later := range []time.Duration{time.Second, 70 * time.Second, time.Hour} {
		in := Instant{At: l.at.Add(later)}
		all, skipped := Judge(l.cfg, l.restore(l.dump(l.state)), in), Judge(l.cfg, l.state, in)
		l.equal("with quiet devices skipped "+later.String()+" later", all, skipped)
	}
}

// A source that speaks twice at one instant and contradicts itself is heard in one order, however its words are listed.
func TestContradictionInAnyOrder(t *testing.T) {
	l := newLab(t)
	words := func(nas1, nas2 string, reverse bool) Snapshot {
		sn := Snapshot{Source: "prtg", At: l.at, Observations: []Bound{
			{Device: id("nas1"), Observation: observation(t, "r-nas1", nas1)},
			{Device: id("nas2"), Observation: observation(t, "r-nas2", nas2)},
		}}
		if reverse {
			slices.Reverse(sn.Observations)
		}
		return sn
	}
	in := Instant{At: l.at, Snapshots: []Snapshot{words("up", "down", false), words("down", "up", false)}}
	want := Judge(l.cfg, l.state, in)
	for i := range 8 {
		in.Snapshots = []Snapshot{words("up", "down", i&1 > 0), words("down", "up", i&2 > 0)}
		if i&4 > 0 {
			slices.Reverse(in.Snapshots)
		}
		l.equal("in another order", want, Judge(l.cfg, l.state, in))
	}
}
