package identity

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/quorate/quorate/device"
)

// Renumbering maps addresses from one network to another of the same size.
type Renumbering struct {
	From, To netip.Prefix
}

// ParseRenumbering reads "192.0.2.0/24=198.51.100.0/24". A single address stands for its own network.
func ParseRenumbering(s string) (Renumbering, error) {
	from, to, ok := strings.Cut(s, "=")
	if !ok {
		return Renumbering{}, fmt.Errorf("%q is no map; it takes OLD=NEW, such as 192.0.2.0/24=198.51.100.0/24", s)
	}
	var m Renumbering
	for _, half := range []struct {
		text string
		into *netip.Prefix
	}{{from, &m.From}, {to, &m.To}} {
		p, err := netip.ParsePrefix(strings.TrimSpace(half.text))
		if err != nil {
			a, again := netip.ParseAddr(strings.TrimSpace(half.text))
			if again != nil {
				return m, fmt.Errorf("%q is neither a network nor an address", half.text)
			}
			p = netip.PrefixFrom(a, a.BitLen())
		}
		*half.into = p.Masked()
	}
	if m.From.Bits() != m.To.Bits() || m.From.Addr().Is4() != m.To.Addr().Is4() {
		return m, fmt.Errorf("%s and %s are not of the same size", m.From, m.To)
	}
	return m, nil
}

// apply returns the address that a becomes, keeping its place in the network.
func (m *Renumbering) apply(a netip.Addr) netip.Addr {
	old, now := a.AsSlice(), m.To.Addr().AsSlice()
	for bit := m.To.Bits(); bit < len(now)*8; bit++ {
		mask := byte(1) << (7 - bit%8)
		now[bit/8] = now[bit/8]&^mask | old[bit/8]&mask
	}
	moved, _ := netip.AddrFromSlice(now)
	return moved
}

// SimulatedRef is what a renumbering does to one binding.
type SimulatedRef struct {
	Source string      `json:"source"`
	Ref    string      `json:"ref"`
	Device device.Name `json:"device"`
	// From and To are the addresses that change; none for a ref that does not move.
	From []string `json:"from"`
	To   []string `json:"to"`
	// Stays says that it is with the same device afterwards, whoever notices first.
	Stays bool `json:"stays"`
	// Becomes is the device it is with where it does not stay, in the first order in which that happens.
	Becomes *device.Name `json:"becomes,omitempty"`
	// Key is by what it would find its device if it were met anew with its new addresses: a kind of key, or "" where
	// nothing but the known ref holds it. Matches is another device that it would then match instead.
	Key     string       `json:"key"`
	Matches *device.Name `json:"matches,omitempty"`
}

// SimulatedEvent is what would be told, beside that devices have moved.
type SimulatedEvent struct {
	Type device.EventType `json:"type"`
	Text string           `json:"text"`
	// Order is the first order of the sources in which it is told, Orders in how many of them it is.
	Order  []string `json:"order"`
	Orders int      `json:"orders"`
}

// Simulation is what a renumbering would do.
type Simulation struct {
	Refs []SimulatedRef `json:"refs"`
	// Orders are the orders in which the sources were taken to notice: a minute apart, and the last an hour late.
	Orders [][]string       `json:"orders"`
	Events []SimulatedEvent `json:"events"`
}

// maxPermuted is up to how many sources every order is tried. Of more, each is the first once and the last once.
const maxPermuted = 4

// Simulate works out what becomes of every binding when the addresses change as maps say and the given sources (all,
// where none are given) notice, in any order and the last one an hour late. It changes nothing.
func Simulate(cfg *Config, s *State, at time.Time, moves []Renumbering, sources []string) Simulation {
	moved := map[string][]*device.Observation{}
	out := Simulation{Refs: []SimulatedRef{}, Orders: [][]string{}, Events: []SimulatedEvent{}}
	for _, ref := range sortedRefs(s.Bindings) {
		b := s.Bindings[ref]
		d := s.Devices[b.Device]
		if d == nil || d.Gone() || !b.AbsentSince.IsZero() || b.follows() {
			continue
		}
		line := SimulatedRef{Source: ref.Source, Ref: ref.Ref, Device: device.Name{ID: d.ID, Name: d.Name}, From: []string{}, To: []string{}, Stays: true}
		if len(sources) == 0 || slices.Contains(sources, ref.Source) {
			o := &device.Observation{Identity: b.Identity}
			line.From, line.To = renumber(&o.Identity, moves)
			if len(line.From) > 0 {
				moved[ref.Source] = append(moved[ref.Source], o)
			}
		}
		out.Refs = append(out.Refs, line)
	}
	out.Orders = ordersOf(slices.Sorted(maps.Keys(moved)))
	told := map[string]int{}
	for i, order := range out.Orders {
		after := out.run(cfg, s, at, order, moved, told)
		if i == 0 {
			out.rematch(cfg, after, at)
		}
	}
	return out
}

// renumber changes the addresses of id, and returns the old and the new ones.
func renumber(id *device.Identity, moves []Renumbering) (from, to []string) {
	change := func(list []string) []string {
		list = slices.Clone(list)
		for i, s := range list {
			a, ok := parseAddress(hostPart(s))
			if !ok {
				continue
			}
			best := -1
			for k := range moves {
				if moves[k].From.Contains(a) && (best < 0 || moves[k].From.Bits() > moves[best].From.Bits()) {
					best = k
				}
			}
			if best >= 0 {
				list[i] = moves[best].apply(a).String()
				from, to = append(from, a.String()), append(to, list[i])
			}
		}
		return list
	}
	id.Addresses, id.Hostnames = change(id.Addresses), change(id.Hostnames)
	return append([]string{}, from...), append([]string{}, to...)
}

// ordersOf returns the orders in which sources may notice.
func ordersOf(sources []string) [][]string {
	if len(sources) == 0 {
		return [][]string{}
	}
	var out [][]string
	if len(sources) > maxPermuted {
		for i := range sources {
			turned := slices.Concat(sources[i:], sources[:i])
			out = append(out, turned)
		}
		return out
	}
	var permute func(done, left []string)
	permute = func(done, left []string) {
		if len(left) == 0 {
			out = append(out, slices.Clone(done))
		}
		for i := range left {
			permute(append(slices.Clone(done), left[i]), slices.Concat(left[:i], left[i+1:]))
		}
	}
	permute(nil, sources)
	return out
}

// run lets the sources notice in one order, notes what is told and what has left its device, and returns the state a day
// later, when every address has settled.
func (out *Simulation) run(cfg *Config, s *State, at time.Time, order []string, moved map[string][]*device.Observation, told map[string]int) *State {
	st := NewState()
	maps.Copy(st.Devices, s.Devices)
	maps.Copy(st.Bindings, s.Bindings)
	here := map[string]bool{} // once an order
	step := func(at time.Time, in []Arrival) {
		o := Resolve(cfg, st, at, in)
		st.Apply(o)
		for _, e := range o.Events {
			key := string(e.Type) + e.Text
			if e.Type == device.EventDeviceMoved || here[key] {
				continue
			}
			here[key] = true
			i, known := told[key]
			if !known {
				i = len(out.Events)
				told[key] = i
				out.Events = append(out.Events, SimulatedEvent{Type: e.Type, Text: e.Text, Order: order})
			}
			out.Events[i].Orders++
		}
	}
	for i, source := range order {
		at = at.Add(time.Minute)
		if i == len(order)-1 && i > 0 {
			at = at.Add(time.Hour)
		}
		step(at, []Arrival{{Source: source, Observations: moved[source]}})
	}
	step(at.Add(settleTime+time.Minute), nil)
	for i := range out.Refs {
		line := &out.Refs[i]
		now := st.Bindings[device.SourceRef{Source: line.Source, Ref: line.Ref}].Device
		if line.Stays && now != line.Device.ID {
			line.Stays, line.Becomes = false, &device.Name{ID: now, Name: st.Devices[now].Name}
		}
	}
	return st
}

// rematch finds by what each ref would find a device if it were met anew in a state.
func (out *Simulation) rematch(cfg *Config, s *State, at time.Time) {
	r := newResolver(cfg, s, at)
	for i := range out.Refs {
		line := &out.Refs[i]
		ref := device.SourceRef{Source: line.Source, Ref: line.Ref}
		kind, id := r.matchOf(ref)
		if id != "" && id != r.entry(ref).Device {
			line.Matches = &device.Name{ID: id, Name: s.Devices[id].Name}
		}
		line.Key = string(kind)
	}
}

// matchOf returns the first key by which a ref and another one find each other, and that one's device.
func (r *resolver) matchOf(ref device.SourceRef) (Kind, device.ID) {
	e := r.entry(ref)
	if i, ok := r.pinOf(e); ok && r.device(e.Device).Pin != nil && r.device(e.Device).Pin.Name == r.cfg.Pins[i].Name {
		return ByPin, e.Device
	}
	for _, kind := range []Kind{KindAddress, KindHostname, KindMAC, KindSerial, KindEngineID} {
		for _, value := range e.keys.of(kind) {
			holding := r.holding(Key{kind, value})
			if !slices.Contains(holding, ref) {
				continue
			}
			for _, other := range holding {
				if other.Source != ref.Source {
					return kind, r.entry(other).Device
				}
			}
		}
	}
	return "", ""
}
