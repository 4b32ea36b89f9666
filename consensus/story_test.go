package consensus

import (
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"time"

	"pgregory.net/rapid"

	"github.com/quorate/quorate/device"
)

// story is the life of a random lab: what is configured, and instant by instant what its sources say. Every choice is a
// hash of the seed, the instant and what is chosen, so that a story with fewer instants, devices or oddities is
// otherwise the same story: that is what a failing one is reduced to.
type story struct {
	t    *rapid.T
	seed uint64
	with map[string]bool // the oddities that may happen
	cfg  *Config

	devices, instants int
	lull              int      // times as long as usual until something changes
	names             []string // of the sources

	k     int // the instant
	at    time.Time
	truth map[int]bool              // device is down
	ill   map[[2]int]int            // how bad component c of device d is
	mood  map[string]string         // of a source
	away  map[device.SourceRef]bool // paused, or weak, or held: see word
	moved map[device.SourceRef]device.ID
	gone  map[device.ID]device.ID // merged into
}

// oddities are what a story may have beside sources that poll and devices that fail.
var oddities = []string{
	"domains", "trust", "rules", "overrides", "anchors", "parents", "discovered parents", "clocks", "dates", "own dates",
	"slow claims", "splits", "confidence", "noise", "mgmt", "health", "abstentions", "empty words", "errors", "silence", "mass lies",
	"stuck", "partial", "short", "probes", "twice", "two refs", "strangers", "moves", "merges", "undoes", "hands over", "forgets", "renames", "weak", "restarts",
	"mutes", "belief", "gaps", "impatience", "busy",
}

// drawStory draws a story without the oddities in but.
func drawStory(t *rapid.T, but ...string) *story {
	s := &story{
		t: t, lull: 1, seed: rapid.Uint64().Draw(t, "seed"), with: map[string]bool{},
		devices: rapid.IntRange(1, 7).Draw(t, "devices"), instants: rapid.IntRange(1, 40).Draw(t, "instants"),
		at: t0, truth: map[int]bool{}, ill: map[[2]int]int{}, mood: map[string]string{}, away: map[device.SourceRef]bool{},
		moved: map[device.SourceRef]device.ID{}, gone: map[device.ID]device.ID{},
	}
	n := rapid.IntRange(1, 4).Draw(t, "sources")
	for i := range n {
		s.names = append(s.names, fmt.Sprintf("s%d", i))
	}
	for _, o := range oddities {
		s.with[o] = rapid.Bool().Draw(t, o) && !slices.Contains(but, o)
	}
	s.configure()
	return s
}

// roll is a number below n for this choice.
func (s *story) roll(n int, what ...any) int {
	h := s.seed ^ 0x9e3779b97f4a7c15
	mix := func(v uint64) {
		h ^= v
		h *= 0xbf58476d1ce4e5b9
		h ^= h >> 29
		h *= 0x94d049bb133111eb
		h ^= h >> 32
	}
	for _, w := range what {
		switch w := w.(type) {
		case int:
			mix(uint64(w))
		case string:
			for i := range len(w) {
				mix(uint64(w[i]) + 256)
			}
		}
		mix(1 << 20)
	}
	return int(h % uint64(n))
}

// now is a number below n for this choice at this instant.
func (s *story) now(n int, what ...any) int { return s.roll(n, append([]any{s.k}, what...)...) }

// may is true once in n, where the oddity is on.
func (s *story) may(oddity string, n int, what ...any) bool {
	return s.with[oddity] && s.now(n, append([]any{oddity}, what...)...) == 0
}

func pick[T any](n int, of ...T) T { return of[n%len(of)] }

func (s *story) configure() {
	cfg := &Config{Sources: map[string]Source{}, Overrides: map[string]Override{}, Parents: map[string][]string{}, Hash: "story"}
	for i, name := range s.names {
		src := Source{Name: name, CanProbe: s.roll(2, "probe", i) == 0}
		src.Interval = pick[time.Duration](s.roll(6, "interval", i), 60, 60, 60, 30, 120, 300) * time.Second
		if s.with["domains"] {
			src.FaultDomain = pick(s.roll(4, "domain", i), "", "x", "x", "y")
		}
		if s.with["trust"] {
			src.Trust = pick(s.roll(6, "trust", i), 0, 1, 0.3, 0.5, 0.6, 2)
		}
		if s.with["anchors"] && s.roll(3, "anchors", i) == 0 {
			src.Anchors = []string{"dev0", "dev1"}[:1+s.roll(2, "anchors of", i)]
		}
		cfg.Sources[name] = src
	}
	if s.with["rules"] {
		cfg.Defaults.Quorum = 1 + s.roll(4, "quorum")/3
		cfg.Defaults.Confirm = 1 + s.roll(4, "confirm")
		cfg.Defaults.OnDispute = pick(s.roll(4, "on dispute"), device.StateUnknown, device.StateUnknown, device.StateUp, device.StateDown)
	}
	if s.with["impatience"] {
		cfg.Defaults.DisputeTimeout = 2 * time.Minute
		cfg.Defaults.RetireAfter = 5 * time.Minute
		cfg.Defaults.FlapMin = 4
	}
	for d := range s.devices {
		if s.with["parents"] && d > 0 && s.roll(3, "parent", d) > 0 {
			cfg.Parents[nameOf(d)] = []string{nameOf(s.roll(d, "parent of", d))}
		}
		if !s.with["overrides"] || s.roll(2, "override", d) == 0 {
			continue
		}
		var o Override
		switch s.roll(5, "override what", d) {
		case 0:
			o.Quorum = new(2)
		case 1:
			o.Confirm = new(1 + s.roll(5, "override confirm", d))
		case 2:
			o.DisputeTimeout = new(time.Minute)
		case 3:
			o.OnDispute = new(device.StateDown)
		case 4:
			o.Trust = map[string]float64{s.names[0]: pick(s.roll(3, "override trust", d), 0, 0.5, 3)}
		}
		cfg.Overrides[nameOf(d)] = o
	}
	if err := cfg.Validate(); err != nil {
		s.t.Fatal(err)
	}
	s.cfg = cfg
}

func nameOf(d int) string { return fmt.Sprintf("dev%d", d) }

// lab is a lab that starts where the story does.
func (s *story) lab() *lab {
	return &lab{t: s.t, cfg: s.cfg, state: NewState(), at: s.at, rand: rand.New(rand.NewPCG(s.seed, 0))}
}

// tell is the story, an instant at a time.
func (s *story) tell() iter.Seq[Instant] {
	return func(yield func(Instant) bool) {
		for s.k = range s.instants {
			if !yield(s.instant()) {
				return
			}
			pause := pick(s.now(12, "pause"), 60, 60, 60, 60, 30, 30, 30, 10, 10, 1, 90, 300)
			if s.may("gaps", 12) {
				pause = pick(s.now(3, "gap"), 250, 1000, 3600)
			}
			s.at = s.at.Add(time.Duration(pause) * time.Second)
		}
	}
}

func (s *story) instant() Instant {
	in := Instant{At: s.at, Restart: s.may("restarts", 20)}
	calm := 12
	if s.with["busy"] {
		calm = 4
	}
	calm *= s.lull
	for d := range s.devices {
		if s.now(calm, "truth", d) == 0 {
			s.truth[d] = !s.truth[d]
		}
		for c := range len(parts) {
			if s.now(10*s.lull, "part", d, c) == 0 {
				s.ill[[2]int{d, c}] = s.now(3, "ill", d, c)
			}
		}
	}
	s.people(&in)
	for i, name := range s.names {
		if s.now(6*s.lull, "mood", i) == 0 {
			s.mood[name] = pick(s.now(9, "new mood", i), "", "", "", "", "silence", "errors", "mass lies", "short", "stuck")
		}
		if s.with["silence"] && s.mood[name] == "silence" || s.now(5, "takes part", i) == 0 {
			continue
		}
		sn := s.poll(i, name, 0)
		in.Snapshots = append(in.Snapshots, sn)
		switch {
		case s.may("twice", 8, i):
			in.Snapshots = append(in.Snapshots, sn)
		case s.may("twice", 12, i, "otherwise"):
			in.Snapshots = append(in.Snapshots, s.poll(i, name, 1))
		}
		if s.may("probes", 6, i) && s.cfg.Sources[name].CanProbe {
			p := s.poll(i, name, 2)
			p.Probe, p.Partial = true, false
			in.Snapshots = append(in.Snapshots, p)
		}
	}
	if s.may("strangers", 6) {
		in.Snapshots = append(in.Snapshots, Snapshot{Source: "nobody", At: s.at, Err: "who is that"})
	}
	return in
}

// people is what people and schedules do at this instant.
func (s *story) people(in *Instant) {
	if s.k == 0 {
		for d := range s.devices {
			if s.roll(2, "listed", d) == 0 {
				in.Devices = append(in.Devices, DeviceInfo{ID: id(nameOf(d)), Name: nameOf(d)})
			}
		}
		return
	}
	d, e := s.now(s.devices, "one"), s.now(s.devices, "another")
	one, other := id(nameOf(d)), id(nameOf(e))
	switch {
	case s.may("renames", 10):
		in.Devices = append(in.Devices, DeviceInfo{ID: s.living(one), Name: nameOf(d) + pick(s.now(2, "name"), "x", "")})
	case s.may("forgets", 20):
		in.Devices = append(in.Devices, DeviceInfo{ID: s.living(one), Forget: true})
	case s.may("undoes", 6) && s.gone[one] != "":
		in.Devices = append(in.Devices, DeviceInfo{ID: one, Name: nameOf(d), Back: true, Takes: s.takes(d)})
		delete(s.gone, one)
	case s.may("hands over", 15):
		in.Devices = append(in.Devices, DeviceInfo{ID: s.living(other), Takes: s.takes(d)[:1]})
		s.moved[s.takes(d)[0]] = other
	case s.may("merges", 12) && s.living(one) != s.living(other):
		in.Devices = append(in.Devices, DeviceInfo{ID: s.living(one), MergedInto: s.living(other)})
		s.gone[s.living(one)] = s.living(other)
	}
	if s.may("mutes", 4) {
		kind := pick(s.now(3, "mute"), device.OverlayMaintenance, device.OverlayMaintenance, device.OverlayAcknowledged)
		m := Mute{Device: one, Kind: kind, On: s.now(2, "on") == 0, Reason: "a person", Name: pick(s.now(3, "window"), "", "sunday", "backup")}
		m.Scheduled = m.Name != "" && s.now(2, "scheduled") == 0
		if s.now(2, "until") == 0 {
			m.Until = s.at.Add(time.Duration(1+s.now(10, "how long")) * time.Minute)
		}
		in.Mutes = append(in.Mutes, m)
	}
	if s.may("belief", 6) {
		in.Believe = []string{pick(s.now(len(s.names)+1, "believed"), append(s.names, "nobody")...)}
	}
}

// takes are refs that were made for a device, whether or not their sources know it.
func (s *story) takes(d int) []device.SourceRef {
	var refs []device.SourceRef
	for _, name := range s.names {
		refs = append(refs, device.SourceRef{Source: name, Ref: fmt.Sprintf("r%d.0", d)}, device.SourceRef{Source: name, Ref: fmt.Sprintf("r%d.1", d)})
	}
	return refs
}

// living follows merged devices to the one that they are now.
func (s *story) living(d device.ID) device.ID {
	for s.gone[d] != "" {
		d = s.gone[d]
	}
	return d
}
