package snmpdirect

import (
	"fmt"
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/quorate/quorate/internal/lab/snmpagent"
)

func TestRestarted(t *testing.T) {
	up := func(d time.Duration) system { return system{uptime: d, hasUptime: true} }
	with := func(s system, change func(*system)) system {
		change(&s)
		return s
	}
	boots := func(n int64) func(*system) { return func(s *system) { s.boots, s.hasBoots = n, true } }
	engine := func(d time.Duration) func(*system) {
		return func(s *system) { s.engineTime, s.hasEngineTime = d, true }
	}
	host := func(d time.Duration) func(*system) {
		return func(s *system) { s.hostUptime, s.hasHostUptime = d, true }
	}
	const wrapped = 40 * time.Second // of sysUpTime, a minute after 20 s before its wrap
	late := up(tickWrap - 20*time.Second)
	tests := []struct {
		name          string
		before, after system
		want          bool
	}{
		{"goes on", up(time.Hour), up(time.Hour + time.Minute), false},
		{"went back", up(time.Hour), up(30 * time.Second), true},
		{"went over the wrap of 497 days", late, up(wrapped), false},
		{"as if over the wrap, and the engine's time went on", with(late, engine(500*24*time.Hour)), with(up(wrapped), engine(500*24*time.Hour+time.Minute)), false},
		{"as if over the wrap, and the engine's time went back", with(late, engine(500*24*time.Hour)), with(up(wrapped), engine(wrapped)), true},
		{"as if over the wrap, and the host's uptime went back", with(late, host(10*24*time.Hour)), with(up(wrapped), host(wrapped)), true},
		{"both uptimes over the wrap", with(late, host(tickWrap-30*time.Second)), with(up(wrapped), host(30*time.Second)), false},
		{"another boot", with(up(time.Hour), boots(4)), with(up(2*time.Hour), boots(5)), true},
		{"the same boot", with(up(time.Hour), boots(4)), with(up(2*time.Hour), boots(4)), false},
		{"says nothing of itself", system{}, system{}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := restarted(&tt.before, &tt.after, time.Minute); got != tt.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

func TestRateAgainstTheLink(t *testing.T) {
	const gigabit = 1e9
	minute := func(octets float64) count { return count{uint64(octets), 64} }
	tests := []struct {
		name  string
		grown float64 // in a minute
		speed float64
		ok    bool
	}{
		{"a full link", gigabit / 8 * 60, gigabit, true},
		{"a full link, by an agent whose last answer was old", gigabit / 8 * 85, gigabit, true},
		{"more than the link carries", gigabit / 8 * 100, gigabit, false},
		{"a link of unknown speed", gigabit / 8 * 100, 0, true},
		{"a virtual link, of which net-snmp knows nothing", gigabit / 8, nominal, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if r, ok := rate(minute(0), minute(tt.grown), time.Minute, tt.speed, true); ok != tt.ok || ok && r != tt.grown/60 {
				t.Errorf("got %v %v", r, ok)
			}
		})
	}
}

// story is a device with interfaces whose counters move, wrap, are set back and change their places.
type story struct {
	target *target
	at     time.Time
	sys    system
	ports  []*storyPort
	bits   uint8
}

type storyPort struct {
	iface
	real [counterCount]float64 // how fast its counters grow, a second
}

// TestRatesAreNeverAbsurd: over any story of growth, wraps, resets, restarts and renumbering no rate is negative or more
// than the link can carry; where nothing happened between two polls but growth, each rate is what it was.
func TestRatesAreNeverAbsurd(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := &story{target: newTarget("box", "192.0.2.1", nil, defaultSlow, time.Now), at: newClock().now(), bits: rapid.SampledFrom([]uint8{32, 64}).Draw(t, "bits")}
		s.sys = system{hasUptime: true, uptime: time.Duration(rapid.Int64Range(0, int64(tickWrap)).Draw(t, "uptime")), hasBoots: rapid.Bool().Draw(t, "boots")}
		for i := range rapid.IntRange(1, 4).Draw(t, "ports") {
			p := &storyPort{iface: iface{index: fmt.Sprint(i + 1), name: fmt.Sprintf("p%d", i+1), component: fmt.Sprintf("port:p%d", i+1), typ: 6}}
			p.speed = rapid.SampledFrom([]float64{1e8, 1e9, 1e10}).Draw(t, "speed")
			for n := range p.real {
				most := p.speed / 8
				if n > countOut {
					most /= smallestFrame
				}
				p.real[n] = rapid.Float64Range(0, most).Draw(t, "rate")
			}
			s.set(t, p)
			s.ports = append(s.ports, p)
		}
		s.poll(t, false)
		for range rapid.IntRange(1, 12).Draw(t, "polls") {
			elapsed := time.Duration(rapid.IntRange(1, 300).Draw(t, "seconds")) * time.Second
			s.pass(elapsed)
			calm := true
			switch rapid.SampledFrom([]string{"", "", "", "restart", "restart and renumber", "reset", "discontinuity", "renumber"}).Draw(t, "event") {
			case "restart":
				calm = false
				s.restart(t)
			case "restart and renumber":
				calm = false
				s.restart(t)
				s.renumber()
			case "renumber":
				calm = false
				s.renumber()
			case "reset": // of one port, without a word
				calm = false
				s.set(t, s.ports[0])
			case "discontinuity":
				calm = false
				s.set(t, s.ports[0])
				s.ports[0].discontinuity++
			}
			// In 32 bits two wraps look like one, and a wrap of more than a link carries like a reset.
			s.poll(t, calm && s.bits == 64)
		}
	})
}

// set gives a port's counters any value.
func (s *story) set(t *rapid.T, p *storyPort) {
	most := uint64(math.MaxUint32)
	if s.bits == 64 {
		most = 1 << 62
	}
	for n := range p.counters {
		p.counters[n] = count{rapid.Uint64Range(0, most).Draw(t, "counter"), s.bits}
		if n > countOut {
			p.counters[n] = count{rapid.Uint64Range(0, math.MaxUint32/2).Draw(t, "counter"), s.bits}
		}
	}
}

func (s *story) pass(d time.Duration) {
	s.at = s.at.Add(d)
	s.sys.uptime = (s.sys.uptime + d) % tickWrap
	for _, p := range s.ports {
		for n := range p.counters {
			p.counters[n].value += uint64(p.real[n] * d.Seconds())
			if s.bits == 32 {
				p.counters[n].value &= math.MaxUint32
			}
		}
	}
}

func (s *story) restart(t *rapid.T) {
	s.sys.uptime = 5 * time.Second
	s.sys.boots++
	for _, p := range s.ports {
		s.set(t, p)
	}
}

// renumber moves every interface to the index of the next one.
func (s *story) renumber() {
	first := s.ports[0].index
	for i := range s.ports[:len(s.ports)-1] {
		s.ports[i].index = s.ports[i+1].index
	}
	s.ports[len(s.ports)-1].index = first
}

func (s *story) poll(t *rapid.T, exact bool) {
	sys := s.sys
	s.target.system = &sys
	s.target.watchRestart(s.at)
	var elapsed float64
	if s.target.before != nil {
		elapsed = s.at.Sub(s.target.before.at).Seconds()
	}
	all := make([]*iface, len(s.ports))
	for i, p := range s.ports {
		copied := p.iface
		all[i] = &copied
	}
	found := 0
	for _, r := range s.target.measure(all, s.at) {
		var p *storyPort
		for _, candidate := range s.ports {
			if candidate.component == r.Component {
				p = candidate
			}
		}
		n := map[string]int{"in_rate": countIn, "out_rate": countOut, "in_errors": countInErrors, "out_errors": countOutErrors,
			"in_discards": countInDiscards, "out_discards": countOutDiscards}
		which, isRate := n[r.Quantity]
		if !isRate {
			continue
		}
		found++
		most := p.speed / 8 * 1.5
		if which > countOut {
			most /= smallestFrame
		}
		if r.Value < 0 || r.Value > most {
			t.Fatalf("%s %s is %g, at most %g can be", r.Component, r.Quantity, r.Value, most)
		}
		if exact && math.Abs(r.Value-p.real[which]) > 1/elapsed {
			t.Fatalf("%s %s is %g, and was %g", r.Component, r.Quantity, r.Value, p.real[which])
		}
	}
	if exact && found != counterCount*len(s.ports) {
		t.Fatalf("%d rates of %d ports", found, len(s.ports))
	}
}

// TestRatesOverRenumbering: after a restart that numbers the interfaces anew the first poll has no rates, and the second
// has them under the same labels.
func TestRatesOverRenumbering(t *testing.T) {
	b := newBench(t, smallSwitch())
	b.poll()
	b.clock.add(time.Minute)
	if r, ok := reading(b.poll(), "port:1", "in_rate"); !ok || r != 1500 {
		t.Fatalf("rate %v %v", r, ok)
	}
	b.clock.add(time.Minute)
	b.agent.Reboot()
	b.agent.Renumber(100)
	o := b.poll()
	if _, ok := reading(o, "port:1", "in_rate"); ok {
		t.Error("a rate over a restart")
	}
	if _, ok := reading(o, "port:1", "oper"); !ok {
		t.Error("the label has changed")
	}
	b.clock.add(time.Minute)
	if r, ok := reading(b.poll(), "port:1", "in_rate"); !ok || r != 1500 {
		t.Errorf("after it: rate %v %v", r, ok)
	}
}

// TestWrapOf32Bits: an agent without 64-bit counters wraps them, and the rate goes on.
func TestWrapOf32Bits(t *testing.T) {
	b := newBench(t, handMade(t, `1.3.6.1.2.1.1.1.0|4|box
1.3.6.1.2.1.1.3.0|67|100000
1.3.6.1.2.1.2.2.1.2.1|4|eth0
1.3.6.1.2.1.2.2.1.5.1|66|100000000
1.3.6.1.2.1.2.2.1.8.1|2|1
1.3.6.1.2.1.2.2.1.10.1|65|0
1.3.6.1.2.1.2.2.1.16.1|65|0
`))
	if err := b.agent.SetRate("1.3.6.1.2.1.2.2.1.10.1", 5000); err != nil {
		t.Fatal(err)
	}
	b.agent.WrapIn(90 * time.Second)
	b.poll()
	for range 3 {
		b.clock.add(time.Minute)
		if r, ok := reading(b.poll(), "port:eth0", "in_rate"); !ok || math.Abs(r-5000) > 1 {
			t.Errorf("rate %v %v", r, ok)
		}
	}
	// The same over a jump that the link cannot have carried.
	b.set("1.3.6.1.2.1.2.2.1.10.1", snmpagent.Counter32(1<<31))
	b.poll()
	b.clock.add(time.Minute)
	b.set("1.3.6.1.2.1.2.2.1.10.1", snmpagent.Counter32(1000))
	if r, ok := reading(b.poll(), "port:eth0", "in_rate"); ok {
		t.Errorf("after a reset: rate %v", r)
	}
}
