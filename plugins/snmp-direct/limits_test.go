package snmpdirect

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/lab/snmpagent"
)

// TestMillionRows: a table without end is an error of that table, in bounded memory, and nothing else suffers.
func TestMillionRows(t *testing.T) {
	t.Parallel()
	b := newBench(t, smallSwitch())
	b.agent.SetFaults(snmpagent.Faults{Endless: snmpagent.OID{1, 3, 6, 1, 2, 1, 2, 2, 1, 8}})
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	o := b.poll()
	runtime.ReadMemStats(&after)
	if got := facets(o); got != "reach=up mgmt=up" {
		t.Errorf("got %s", got)
	}
	if !slices.ContainsFunc(o.Alerts, func(a device.Alert) bool {
		return strings.Contains(a.Text, "more than 20000 rows") && strings.Contains(a.Text, "max_rows")
	}) {
		t.Errorf("alerts %+v", o.Alerts)
	}
	if fan := claim(o, "fan:1"); fan.State != device.StateOK {
		t.Errorf("fan %+v", fan)
	}
	if grown := int64(after.HeapInuse) - int64(before.HeapInuse); grown > 512<<20 {
		t.Errorf("the heap has grown by %d octets", grown)
	}
}

// TestSlowDevices: devices that take their whole time, and silent ones, keep no place from quick ones, and the poll ends
// in time with a word on each.
func TestSlowDevices(t *testing.T) {
	t.Parallel()
	const silent, quick = 120, 40
	hole := snmpagent.New(smallSwitch(), snmpagent.Options{})
	holeAddr, err := hole.Start()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = hole.Close() }()
	hole.SetSilent(true)
	good := snmpagent.New(smallSwitch(), snmpagent.Options{})
	goodAddr, err := good.Start()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = good.Close() }()
	var targets []string
	for i := range silent {
		targets = append(targets, fmt.Sprintf(`{"name": "silent%d", "address": %q}`, i, holeAddr))
	}
	for i := range quick {
		targets = append(targets, fmt.Sprintf(`{"name": "quick%d", "address": %q}`, i, goodAddr))
	}
	s := newSource(time.Now)
	config := fmt.Sprintf(`{"request_timeout": "1s", "retries": 2, "credential": [{"version": "v2c", "name": "c", "community": "public"}], "target": [%s]}`, strings.Join(targets, ","))
	if err := s.Configure(t.Context(), []byte(config)); err != nil {
		t.Fatal(err)
	}
	// Silent ones alone would take 120 x 3 s in 96 places.
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	states := map[string]int{}
	if err := s.Poll(ctx, func(o device.Observation) error {
		states[strings.TrimRight(o.Ref, "0123456789")+" "+facets(o)]++
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if states["quick reach=up mgmt=up"] != quick || states["silent reach=down/0.5 mgmt=down"] != silent {
		t.Errorf("%v", states)
	}
	for i, tgt := range s.targets {
		if i < silent && !tgt.slow.Load() {
			t.Errorf("%s begins the next poll among the quick ones", tgt.name)
		}
	}
}

// TestCutShort: a device that had no time in this poll abstains, and the others' words count.
func TestCutShort(t *testing.T) {
	t.Parallel()
	b := newBench(t, smallSwitch())
	hole := snmpagent.New(smallSwitch(), snmpagent.Options{})
	holeAddr, err := hole.Start()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = hole.Close() }()
	hole.SetSilent(true)
	config := fmt.Sprintf(`{"request_timeout": "10s", "retries": 1, "credential": [{"version": "v2c", "name": "c", "community": "public"}],
		"target": [{"name": "a", "address": %q}, {"name": "b", "address": %q}]}`, holeAddr, b.agent.Addr())
	if err := b.source.Configure(t.Context(), []byte(config)); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 8*time.Second)
	defer cancel()
	var got []string
	if err := b.source.Poll(ctx, func(o device.Observation) error {
		got = append(got, o.Ref+" "+facets(o))
		return o.Validate()
	}); err != nil {
		t.Fatal(err)
	}
	if want := []string{"a abstain=unknown", "b reach=up mgmt=up"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestDeviceTimeout: a device that is slow with each answer is read as far as its time goes.
func TestDeviceTimeout(t *testing.T) {
	t.Parallel()
	b := newBench(t, smallSwitch())
	config := fmt.Sprintf(`{"request_timeout": "2s", "retries": 1, "device_timeout": "4s", "credential": [{"version": "v2c", "name": "c", "community": "public"}],
		"target": [{"name": "box", "address": %q}]}`, b.agent.Addr())
	if err := b.source.Configure(t.Context(), []byte(config)); err != nil {
		t.Fatal(err)
	}
	b.agent.SetFaults(snmpagent.Faults{Delay: 800 * time.Millisecond})
	began := time.Now()
	o := b.poll()
	if got := facets(o); got != "reach=up mgmt=up" || len(o.Alerts) != 1 || !strings.Contains(o.Alerts[0].Text, "not read within device_timeout") {
		t.Errorf("%s, %+v", got, o.Alerts)
	}
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("it took %s", took)
	}
}

// TestLanes: never more than each lane holds, and whoever yields makes room.
func TestLanes(t *testing.T) {
	l := newLanes(time.Time{})
	var quick, most, done atomic.Int64
	release := make(chan struct{})
	finished := make(chan struct{})
	go func() {
		defer close(finished)
		l.each(3*quickLane, func(i int) bool { return i >= 2*quickLane }, func(i int, turn *turn) {
			if turn.slow != (i >= 2*quickLane) {
				t.Errorf("%d: slow %v", i, turn.slow)
			}
			if !turn.slow {
				n := quick.Add(1)
				for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
				}
				quick.Add(-1)
				turn.yield()
			}
			if done.Add(1) == quickLane+slowLane {
				close(release)
			}
			<-release
		})
	}()
	<-finished
	if most.Load() > quickLane {
		t.Errorf("%d at a time", most.Load())
	}
}
