package snmpdirect

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/gosnmp/gosnmp"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/lab/snmpagent"
)

// bench is a source with one target, an agent behind it, and a clock for both.
type bench struct {
	t      *testing.T
	clock  *clock
	agent  *snmpagent.Agent
	source *Source
}

// newBench configures a source for the agent of a recording; credentials are "VERSION community" each.
func newBench(t *testing.T, rec *snmpagent.Recording, credentials ...string) *bench {
	t.Helper()
	b := &bench{t: t, clock: newClock()}
	b.agent = snmpagent.New(rec, snmpagent.Options{Clock: b.clock.now})
	addr, err := b.agent.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.agent.Close() })
	if len(credentials) == 0 {
		credentials = []string{"v2c public"}
	}
	var list []string
	for i, c := range credentials {
		version, community, _ := strings.Cut(c, " ")
		list = append(list, fmt.Sprintf(`{"version": %q, "name": "c%d", "community": %q}`, version, i, community))
	}
	b.source = newSource(b.clock.now)
	config := fmt.Sprintf(`{"request_timeout": %q, "retries": 1, "credential": [%s], "target": [{"name": "box", "address": %q}]}`,
		patient, strings.Join(list, ","), addr)
	if err := b.source.Configure(t.Context(), []byte(config)); err != nil {
		t.Fatal(err)
	}
	return b
}

// patience is how long an attempt waits for its answer from now on. A bench waits long, so that on a busy machine an answer
// that comes is taken; a test that makes the agent silent says how long it waits for nothing.
func (b *bench) patience(d time.Duration) {
	for _, t := range b.source.targets {
		for i := range t.ways {
			t.ways[i].timeout = d
		}
	}
}

// The patience of a bench: for what comes, for what a device is to be given a chance to send, and for nothing at all.
const (
	patient   = 5 * time.Second
	brief     = time.Second
	impatient = 150 * time.Millisecond
)

func (b *bench) poll() device.Observation {
	b.t.Helper()
	all := poll(b.t, b.source)
	if len(all) != 1 {
		b.t.Fatalf("%d observations", len(all))
	}
	return all[0]
}

func (b *bench) set(oid string, v snmpagent.Value) {
	b.t.Helper()
	if err := b.agent.Set(oid, v); err != nil {
		b.t.Fatal(err)
	}
}

// smallSwitch has few ports: the tests with timeouts stay quick.
func smallSwitch() *snmpagent.Recording {
	return snmpagent.SwitchRecording(snmpagent.SwitchParams{
		Name: "switch", Copper: 4, Fibre: 2, Up: []int{1, 2}, PowerSupplies: 2, Addresses: []netip.Prefix{netip.MustParsePrefix("192.0.2.2/24")},
	})
}

// facets writes reach and mgmt as "reach=down/0.5 mgmt=down".
func facets(o device.Observation) string {
	var words []string
	for _, c := range o.Claims {
		if c.Facet == device.FacetHealth {
			continue
		}
		w := fmt.Sprintf("%s=%s", c.Facet, c.State)
		if c.Confidence != nil {
			w += fmt.Sprintf("/%g", *c.Confidence)
		}
		words = append(words, w)
	}
	if o.Abstain != "" {
		words = append(words, "abstain="+string(o.Abstain))
	}
	return strings.Join(words, " ")
}

func claim(o device.Observation, component string) device.Claim {
	for _, c := range o.Claims {
		if c.Facet == device.FacetHealth && c.Component == component {
			return c
		}
	}
	return device.Claim{}
}

func reading(o device.Observation, component, quantity string) (float64, bool) {
	for _, r := range o.Readings {
		if r.Component == component && r.Quantity == quantity {
			return r.Value, true
		}
	}
	return 0, false
}

// TestFacets holds what each way to fail says of a device that had answered before.
func TestFacets(t *testing.T) {
	broken := func(f snmpagent.Faults) func(*bench) { return func(b *bench) { b.agent.SetFaults(f) } }
	tests := []struct {
		name   string
		damage func(*bench)
		want   string
		raw    string
	}{
		{"well", func(*bench) {}, "reach=up mgmt=up", "snmp: answered"},
		{"silent", broken(snmpagent.Faults{Silent: true}), "reach=down/0.5 mgmt=down", "snmp: timeout"},
		{"too slow", broken(snmpagent.Faults{Delay: 3 * time.Second}), "reach=down/0.5 mgmt=down", "snmp: timeout"},
		{"nobody listens", func(b *bench) { _ = b.agent.Close() }, "reach=up mgmt=down", "snmp: connection refused"},
		{"not authorised", broken(snmpagent.Faults{Status: gosnmp.AuthorizationError}), "reach=up mgmt=down", "snmp: the agent answers authorizationError"},
		{"genErr", broken(snmpagent.Faults{Status: gosnmp.GenErr, Index: 1}), "reach=up mgmt=down", "snmp: the agent answers genErr"},
		{"cut short", broken(snmpagent.Faults{Mutate: snmpagent.Truncate(30)}), "reach=up mgmt=down", "snmp: malformed answer"},
		{"no SNMP", broken(snmpagent.Faults{Mutate: func([]byte) []byte { return []byte("HTTP/1.1 400") }}), "reach=up mgmt=down", "snmp: malformed answer"},
		{"stray answer", broken(snmpagent.Faults{RequestID: 7}), "reach=up mgmt=down", "snmp: malformed answer"},
		{"another port answers", broken(snmpagent.Faults{OtherPort: true}), "reach=up mgmt=down", `snmp: answers from another port of 127.0.0.1: if that is this device, set answers_from = ["127.0.0.1"]`},
		{"nothing to show", broken(snmpagent.Faults{Hidden: snmpagent.OID{1}}), "reach=up mgmt=down", "snmp: answered without any value"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, smallSwitch())
			before := b.poll()
			b.clock.add(time.Minute)
			tt.damage(b)
			b.patience(brief)
			if tt.name == "silent" || tt.name == "too slow" {
				b.patience(impatient)
			}
			o := b.poll()
			if got := facets(o); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
			if got := o.Claims[len(o.Claims)-1]; o.Claims[1].Raw != tt.raw {
				t.Errorf("raw %q, want %q (%+v)", o.Claims[1].Raw, tt.raw, got)
			}
			if d := cmp.Diff(before.Identity, o.Identity); d != "" {
				t.Errorf("the identity changed:\n%s", d)
			}
			fan := claim(o, "fan:1")
			if tt.want != "reach=up mgmt=up" && (fan.State != device.StateOK || !fan.ObservedAt.Equal(before.ObservedAt)) {
				t.Errorf("what was read before must stay at its time: %+v", fan)
			}
			if tt.name == "nobody listens" || tt.name == "too slow" {
				return // the agent is gone, or busy with its late answers
			}
			b.agent.SetFaults(snmpagent.Faults{})
			b.patience(patient)
			b.clock.add(time.Minute)
			after := b.poll()
			if d := cmp.Diff(before.Claims, after.Claims); d != "" {
				t.Errorf("after the recovery:\n%s", d)
			}
		})
	}
}

func TestWrongCommunityIsSilence(t *testing.T) {
	t.Parallel()
	b := newBench(t, smallSwitch(), "v2c wrong")
	b.patience(impatient)
	o := b.poll()
	if got := facets(o); got != "reach=down/0.5 mgmt=down" {
		t.Errorf("got %s", got)
	}
	if o.Name != "box" || len(o.Claims) != 2 {
		t.Errorf("an unknown device is named by its target and has no more claims: %+v", o)
	}
}

func TestSecondCredentialIsRemembered(t *testing.T) {
	t.Parallel()
	b := newBench(t, smallSwitch(), "v2c wrong", "v2c public")
	b.patience(brief)
	if got := facets(b.poll()); got != "reach=up mgmt=up" {
		t.Fatalf("got %s", got)
	}
	requests := b.agent.Requests()
	b.poll()
	quick := b.agent.Requests() - requests
	if requests-quick < 2 { // the first poll asked twice with the wrong one
		t.Errorf("the first poll asked %d times, the second %d times", requests, quick)
	}
}

// TestSameWhateverTheAgentDoes: agents that cut, refuse or ignore GETBULK, and SNMPv1, give the same observation.
func TestSameWhateverTheAgentDoes(t *testing.T) {
	measured := func(b *bench) device.Observation {
		o := b.poll()
		o.Readings = slices.DeleteFunc(o.Readings, func(r device.Reading) bool { return r.Component == "snmp" }) // what was ignored
		return o
	}
	want := measured(newBench(t, smallSwitch()))
	tests := []struct {
		name       string
		credential string
		faults     snmpagent.Faults
	}{
		{"small answers", "v2c public", snmpagent.Faults{MaxVarbinds: 1}},
		{"partial rows", "v2c public", snmpagent.Faults{MaxVarbinds: 7}},
		{"tooBig", "v2c public", snmpagent.Faults{MaxSize: 484}},
		{"tooBig for more than one", "v2c public", snmpagent.Faults{MaxSize: 120}},
		{"GETBULK as GETNEXT", "v2c public", snmpagent.Faults{Bulk: snmpagent.BulkAsNext}},
		{"GETBULK refused", "v2c public", snmpagent.Faults{Bulk: snmpagent.BulkGenErr}},
		{"GETBULK ignored", "v2c public", snmpagent.Faults{Bulk: snmpagent.BulkIgnored}},
		{"answers twice", "v2c public", snmpagent.Faults{Twice: true}},
		{"v1", "v1 public", snmpagent.Faults{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, smallSwitch(), tt.credential)
			b.agent.SetFaults(tt.faults)
			if tt.faults.Bulk == snmpagent.BulkIgnored {
				b.patience(brief)
			}
			if d := cmp.Diff(want, measured(b)); d != "" {
				t.Errorf("-clean +this\n%s", d)
			}
		})
	}
}

// TestBrokenTable: a walk that cannot be trusted is an error of that table and never a short table; the rest stands.
func TestBrokenTable(t *testing.T) {
	column := func(arcs ...uint32) snmpagent.OID { return append(snmpagent.OID{1, 3, 6, 1, 2, 1, 2, 2, 1}, arcs...) }
	fans := snmpagent.OID{1, 3, 6, 1, 4, 1, 11, 2, 14, 11, 5, 1, 54, 2, 1, 1, 4}
	tests := []struct {
		name   string
		faults snmpagent.Faults
		want   string
	}{
		{"genErr in the middle of interfaces", snmpagent.Faults{Status: gosnmp.GenErr, Under: column(8, 3)}, "interfaces could not be read: the agent answers genErr"},
		{"tooBig whatever is asked", snmpagent.Faults{Status: gosnmp.TooBig, Under: column(8, 3)}, "interfaces could not be read: the agent answers tooBig"},
		{"resourceUnavailable", snmpagent.Faults{Status: gosnmp.ResourceUnavailable, Under: column(8, 3)}, "interfaces could not be read: the agent answers resourceUnavailable"},
		{"noSuchName", snmpagent.Faults{Status: gosnmp.NoSuchName, Index: 1, Under: column(8, 3)}, "interfaces could not be read: the agent answers noSuchName"},
		{"not increasing", snmpagent.Faults{Repeat: column(8)}, "interfaces could not be read: object identifiers go back"},
		{"endless", snmpagent.Faults{Endless: column(8)}, "interfaces could not be read: more than 20000 rows, or without end: raise max_rows if it is that long"},
		{"genErr in the fans", snmpagent.Faults{Status: gosnmp.GenErr, Under: append(fans, 2)}, "fan table could not be read: the agent answers genErr"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, smallSwitch())
			before := b.poll()
			b.clock.add(time.Minute)
			b.agent.SetFaults(tt.faults)
			o := b.poll()
			if got := facets(o); got != "reach=up mgmt=up" {
				t.Errorf("got %s", got)
			}
			// An agent that fails at a table's first row fails for the table before it, too.
			if !slices.ContainsFunc(o.Alerts, func(a device.Alert) bool { return a.Text == tt.want }) {
				t.Errorf("alerts %+v, want %q", o.Alerts, tt.want)
			}
			if d := cmp.Diff(before.Identity, o.Identity); d != "" {
				t.Errorf("the identity changed:\n%s", d)
			}
			_, hasPorts := reading(o, "port:1", "oper")
			fan, psu := claim(o, "fan:2"), claim(o, "psu:2")
			switch {
			case strings.HasPrefix(tt.want, "interfaces") && (hasPorts || !fan.ObservedAt.IsZero()):
				t.Errorf("ports %v, fan %+v", hasPorts, fan)
			case strings.HasPrefix(tt.want, "fan") && (!hasPorts || !fan.ObservedAt.Equal(before.ObservedAt) || !psu.ObservedAt.IsZero()):
				t.Errorf("ports %v, fan %+v, psu %+v", hasPorts, fan, psu)
			}
			b.agent.SetFaults(snmpagent.Faults{})
			if o := b.poll(); len(o.Alerts) != 0 {
				t.Errorf("alerts stay: %+v", o.Alerts)
			}
		})
	}
}

// TestTruncatedAtEveryOctet: whatever part of an answer arrives, it is never taken for a whole one.
func TestTruncatedAtEveryOctet(t *testing.T) {
	t.Parallel()
	b := newBench(t, smallSwitch())
	b.poll()
	var length atomic.Int64
	b.agent.SetFaults(snmpagent.Faults{Mutate: func(r []byte) []byte {
		length.Store(int64(len(r)))
		return r
	}})
	tgt := b.source.targets[0]
	way := tgt.ways[0]
	way.retries = 0
	ask := func(wait time.Duration) error {
		way.timeout = wait
		s, err := open(t.Context(), way.access, &peer{}, nil)
		if err != nil {
			return err
		}
		defer s.close()
		_, err = readSystem(s, hints{})
		return err
	}
	if err := ask(patient); err != nil {
		t.Fatal(err)
	}
	for n := range int(length.Load()) {
		b.agent.SetFaults(snmpagent.Faults{Mutate: snmpagent.Truncate(n)})
		wait := 40 * time.Millisecond
		err := ask(wait)
		// On a busy machine nothing may have come yet.
		for err != nil && asFailure(err).class == classTimeout && wait < patient {
			wait *= 4
			err = ask(wait)
		}
		if err == nil || asFailure(err).class != classMalformed {
			t.Errorf("%d octets: %v", n, err)
		}
	}
}

// TestDiesInTheMiddle: the device answered in this poll, so it is up; what was not read stays as it was.
func TestDiesInTheMiddle(t *testing.T) {
	t.Parallel()
	b := newBench(t, smallSwitch())
	before := b.poll()
	b.clock.add(time.Minute)
	b.set(snmpagent.SwitchFanState+"1", snmpagent.Int(3))
	n := 0
	b.agent.SetFaults(snmpagent.Faults{Mutate: func(r []byte) []byte {
		if n++; n > 2 { // the system group and the single objects
			return nil
		}
		return r
	}})
	b.patience(brief)
	o := b.poll()
	b.patience(patient)
	if got := facets(o); got != "reach=up mgmt=up" {
		t.Errorf("got %s", got)
	}
	if fan := claim(o, "fan:1"); fan.State != device.StateOK || !fan.ObservedAt.Equal(before.ObservedAt) {
		t.Errorf("fan %+v", fan)
	}
	b.agent.SetFaults(snmpagent.Faults{})
	if fan := claim(b.poll(), "fan:1"); fan.State != device.StateWarning || fan.Raw != "hpicfFanState=3 underspeed" {
		t.Errorf("fan %+v", fan)
	}
}

// TestRepeatedClaimsKeepTheirTime, also on a clock that does not stand still during a poll: a repeated claim that is
// older than its first word would be late.
func TestRepeatedClaimsKeepTheirTime(t *testing.T) {
	b := newBench(t, smallSwitch())
	b.source.targets[0].now = func() time.Time {
		b.clock.add(7 * time.Millisecond)
		return b.clock.now()
	}
	before := b.poll()
	b.agent.SetSilent(true)
	b.patience(impatient)
	after := b.poll()
	fan := claim(after, "fan:1")
	if !fan.ObservedAt.Equal(before.ObservedAt) || !after.ObservedAt.After(before.ObservedAt) {
		t.Errorf("observed %s, repeated with %s in an observation of %s", before.ObservedAt, fan.ObservedAt, after.ObservedAt)
	}
}

func TestPartsOfASwitch(t *testing.T) {
	b := newBench(t, smallSwitch())
	b.set(snmpagent.SwitchPowerState+"2", snmpagent.Int(1)) // a slot that was empty from the first
	if c := claim(b.poll(), "psu:2"); c.State != "" {
		t.Errorf("an empty slot is a fault: %+v", c)
	}
	tests := []struct {
		oid       string
		value     int64
		component string
		want      device.State
	}{
		{snmpagent.SwitchFanState + "1", 3, "fan:1", device.StateWarning},
		{snmpagent.SwitchFanState + "1", 1, "fan:1", device.StateCritical}, // it was there before
		{snmpagent.SwitchFanState + "1", 2, "fan:1", ""},
		{snmpagent.SwitchFanState + "1", 99, "fan:1", ""},
		{snmpagent.SwitchPowerState + "1", 4, "psu:1", device.StateCritical},
		{snmpagent.SwitchPowerState + "2", 3, "psu:2", device.StateOK},
		{snmpagent.SwitchPowerState + "2", 1, "psu:2", device.StateCritical}, // pulled out
		{snmpagent.SwitchTemperature, 3, "temperature:Over temperature sensor", device.StateWarning},
	}
	for _, tt := range tests {
		b.set(tt.oid, snmpagent.Int(tt.value))
		if got := claim(b.poll(), tt.component); got.State != tt.want {
			t.Errorf("%s = %d: %+v, want %q", tt.component, tt.value, got, tt.want)
		}
	}
}

// TestUnexpectedValues: what is no value of the enumeration casts no vote, whatever its type.
func TestUnexpectedValues(t *testing.T) {
	b := newBench(t, smallSwitch())
	b.poll()
	for _, v := range []snmpagent.Value{
		snmpagent.Text("5"), snmpagent.Octets(nil), snmpagent.Float(5), snmpagent.Counter64(1 << 63), snmpagent.Int(-1), {Tag: snmpagent.TagNull}, {Tag: snmpagent.TagOpaque, Content: []byte{1, 2}},
	} {
		b.set(snmpagent.SwitchFanState+"1", v)
		o := b.poll()
		if c := claim(o, "fan:1"); c.State != "" {
			t.Errorf("tag %d %x: %+v", v.Tag, v.Content, c)
		}
		if c := claim(o, "fan:2"); c.State != device.StateOK {
			t.Errorf("tag %d %x: fan 2 %+v", v.Tag, v.Content, c)
		}
	}
	if err := b.agent.Remove("1.3.6.1.4.1.11.2.14.11.5.1.54"); err != nil {
		t.Fatal(err)
	}
	o := b.poll()
	if c := claim(o, "fan:1"); c.Component != "" {
		t.Errorf("a row that is gone: %+v", c)
	}
	// Now the chassis sensors speak for the fans.
	if c := claim(o, "fan:Fan Sensor"); c.State != device.StateOK {
		t.Errorf("fan sensor: %+v", c)
	}
}

func TestPartsOfASynology(t *testing.T) {
	b := newBench(t, snmpagent.NASRecording(snmpagent.NASParams{Disks: []snmpagent.Disk{{}, {Status: 2}, {BadSectors: 511}}}))
	check := func(component string, want device.State) {
		t.Helper()
		if c := claim(b.poll(), component); c.State != want {
			t.Errorf("%s: %+v, want %q", component, c, want)
		}
	}
	check("disk:Disk 2", device.StateOK) // "initialized" alone is no fault
	check("disk:Disk 3", device.StateOK) // nor are bad sectors that do not grow
	b.set("1.3.6.1.4.1.6574.2.1.1.9.2", snmpagent.Int(512))
	check("disk:Disk 3", device.StateWarning)
	b.clock.add(25 * time.Hour)
	check("disk:Disk 3", device.StateOK)
	b.set(snmpagent.NASRAIDStatus+"0", snmpagent.Int(8)) // planned work
	check("raid:Volume 1", device.StateOK)
	check("disk:Disk 2", device.StateOK)
	b.set(snmpagent.NASRAIDStatus+"0", snmpagent.Int(11))
	check("raid:Volume 1", device.StateCritical)
	check("disk:Disk 2", device.StateWarning) // now it matters
	check("disk:Disk 1", device.StateOK)
	b.set(snmpagent.NASDiskHealth+"0", snmpagent.Int(4))
	check("disk:Disk 1", device.StateCritical)
	check("service:upgrade", device.StateOK)
	b.set("1.3.6.1.4.1.6574.1.5.4.0", snmpagent.Int(1))
	check("service:upgrade", "") // an upgrade is news
}

func TestRatesAndRestarts(t *testing.T) {
	b := newBench(t, smallSwitch())
	step := func() (float64, bool) {
		b.clock.add(time.Minute)
		return reading(b.poll(), "port:1", "in_rate")
	}
	if _, ok := reading(b.poll(), "port:1", "in_rate"); ok {
		t.Error("a rate at the first poll")
	}
	if r, ok := step(); !ok || r != 1500 {
		t.Errorf("rate %v %v, want 1500", r, ok)
	}
	// Over the wrap of sysUpTime the agent goes on.
	b.set(snmpagent.SystemUptime, snmpagent.Ticks(1<<32-2000))
	step()
	if r, ok := step(); !ok || r != 1500 {
		t.Errorf("over the wrap of sysUpTime: rate %v %v, want 1500", r, ok)
	}
	b.clock.add(30 * time.Second)
	b.agent.Reboot()
	if r, ok := step(); ok {
		t.Errorf("over a restart: rate %v", r)
	}
	if r, ok := step(); !ok || r != 1500 {
		t.Errorf("after the restart: rate %v %v, want 1500", r, ok)
	}
}

func TestRate(t *testing.T) {
	const gigabit = 1e9
	c32 := func(n uint64) count { return count{n, 32} }
	c64 := func(n uint64) count { return count{n, 64} }
	tests := []struct {
		name          string
		before, after count
		elapsed       time.Duration
		octets        bool
		want          float64
		ok            bool
	}{
		{"grown", c64(100), c64(700), time.Minute, true, 10, true},
		{"64 bits never wrap", c64(700), c64(100), time.Minute, true, 0, false},
		{"32 bits wrap", c32(1<<32 - 100), c32(500), time.Minute, true, 10, true},
		{"a reset that looks like a wrap", c32(1 << 31), c32(0), time.Second, true, 0, false},
		{"errors wrap hardly ever", c32(1 << 31), c32(5), time.Minute, false, 0, false},
		{"not there before", count{}, c64(5), time.Minute, true, 0, false},
		{"another width", c32(5), c64(6), time.Minute, true, 0, false},
		{"no time passed", c64(5), c64(6), 0, true, 0, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, ok := rate(tt.before, tt.after, tt.elapsed, gigabit, tt.octets)
			if got != tt.want && ok || ok != tt.ok {
				t.Errorf("got %v %v, want %v %v", got, ok, tt.want, tt.ok)
			}
		})
	}
}

func TestProbe(t *testing.T) {
	b := newBench(t, smallSwitch())
	o, err := b.source.Probe(t.Context(), "box")
	if err != nil || facets(o) != "reach=up mgmt=up" {
		t.Errorf("%s, %v", facets(o), err)
	}
	if _, err := b.source.Probe(t.Context(), "other"); err == nil || !strings.Contains(err.Error(), `no target "other"`) {
		t.Errorf("got %v", err)
	}
}

func TestEndedContextFailsThePoll(t *testing.T) {
	b := newBench(t, smallSwitch())
	b.agent.SetSilent(true)
	// Often, since the socket's deadline and the context's race with each other.
	for range 20 {
		ctx, cancel := context.WithTimeoutCause(t.Context(), 20*time.Millisecond, errors.New("poll timeout 20ms"))
		err := b.source.Poll(ctx, func(device.Observation) error { t.Error("an observation"); return nil })
		cancel()
		if err == nil || !strings.Contains(err.Error(), "1 of 1 were not done in time") || !strings.HasSuffix(err.Error(), "poll timeout 20ms") {
			t.Errorf("got %v", err)
		}
	}
}

// TestSilentTargetAmongOthers: a poll in which one device is silent is a complete poll.
func TestSilentTargetAmongOthers(t *testing.T) {
	t.Parallel()
	b := newBench(t, smallSwitch())
	quiet := snmpagent.New(smallSwitch(), snmpagent.Options{})
	addr, err := quiet.Start()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = quiet.Close() }()
	quiet.SetSilent(true)
	config := fmt.Sprintf(`{"request_timeout": "2s", "retries": 0, "credential": [{"version": "v2c", "name": "c", "community": "public"}],
		"target": [{"name": "a", "address": %q}, {"name": "b", "address": %q}]}`, addr, b.agent.Addr())
	if err := b.source.Configure(t.Context(), []byte(config)); err != nil {
		t.Fatal(err)
	}
	all := poll(t, b.source)
	var got []string
	for _, o := range all {
		got = append(got, o.Ref+" "+facets(o))
	}
	if want := []string{"a reach=down/0.5 mgmt=down", "b reach=up mgmt=up"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestNotAsked: what goes wrong on this machine says nothing about the device.
func TestNotAsked(t *testing.T) {
	for _, c := range []class{classResolve, classNoRoute, classLocal} {
		claims, abstain := (&failure{class: c}).said()
		if len(claims) > 0 || abstain != device.AbstainUnknown {
			t.Errorf("%s: %v %q", c, claims, abstain)
		}
	}
}
