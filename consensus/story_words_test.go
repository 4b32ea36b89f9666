package consensus

import (
	"fmt"
	"strings"
	"time"

	"github.com/quorate/quorate/device"
)

// parts are the components of every device, as their sources write them: two of them are one.
var parts = []string{"disk:1", "disk:Disk 1", "fan:2", ""}

// poll is what a source says at this instant; the same source may be asked more than once.
func (s *story) poll(i int, name string, again int) Snapshot {
	sn := Snapshot{Source: name, At: s.at, Partial: s.may("partial", 8, i, again)}
	var ahead time.Duration
	if s.with["clocks"] {
		ahead = pick[time.Duration](s.roll(5, "clock", i), 0, 2, 3, -100, 3600) * time.Second
		sn.SourceClock = s.at.Add(ahead)
	}
	if s.with["errors"] && s.mood[name] == "errors" || s.may("errors", 15, i, again) {
		sn.Err = "timeout"
		return sn
	}
	for d := range s.devices {
		if s.roll(5, "knows", i, d) == 0 || sn.Partial && s.now(2, "covers", i, d, again) == 0 {
			continue
		}
		if s.with["short"] && s.mood[name] == "short" && d >= s.roll(3, "short", i) {
			continue
		}
		for r := range 2 {
			if r == 1 && (!s.with["two refs"] || s.roll(4, "two refs", i, d) > 0) {
				continue
			}
			ref := device.SourceRef{Source: name, Ref: fmt.Sprintf("r%d.%d", d, r)}
			sn.Observations = append(sn.Observations, s.bind(ref, d, s.word(ref, i, d, again, ahead)))
		}
	}
	return sn
}

// bind says which device a word is about: mostly the one that the ref was made for.
func (s *story) bind(ref device.SourceRef, d int, o *device.Observation) Bound {
	if s.may("moves", 40, ref.Source, ref.Ref) {
		s.moved[ref] = id(nameOf(s.now(s.devices, "moves to", ref.Source, ref.Ref)))
	}
	to, ok := s.moved[ref]
	if !ok {
		to = id(nameOf(d))
	}
	b := Bound{Device: s.living(to), Observation: o}
	o.Name = strings.TrimPrefix(string(b.Device), "d_") // identity gives a device one name
	if s.with["weak"] {
		b.Weak = s.roll(5, "weak", ref.Source, ref.Ref, s.k/5) == 0
		b.Held = s.roll(8, "held", ref.Source, ref.Ref, s.k/5) == 0
	}
	return b
}

// word is what a source says of one device; ahead is how far its clock is.
func (s *story) word(ref device.SourceRef, i, d, again int, ahead time.Duration) *device.Observation {
	o := &device.Observation{Identity: device.Identity{Ref: ref.Ref, Name: nameOf(d)}}
	on := func(n int, what ...any) int { return s.now(n, append([]any{ref.Source, ref.Ref, again}, what...)...) }
	if s.with["dates"] {
		if age := pick(on(8, "age"), -1, -1, 0, 5, 20, 50, -10, 400); age != -1 {
			o.ObservedAt = s.at.Add(ahead - time.Duration(age)*time.Second)
		}
	}
	if s.with["stuck"] && s.mood[ref.Source] == "stuck" {
		o.ObservedAt = t0.Add(ahead + time.Duration(s.k/6)*4*time.Minute)
	}
	if s.with["discovered parents"] && s.roll(2, "hangs on", i, d) == 0 {
		o.Parents = []string{fmt.Sprintf("r%d.0", on(s.devices, "parent")/(1+s.roll(2, "sure parent", i, d)))}
	}
	if s.with["abstentions"] {
		if on(6, "pauses") == 0 {
			s.away[ref] = !s.away[ref]
		}
		if s.away[ref] {
			o.Abstain = pick(on(4, "why"), device.AbstainPaused, device.AbstainPaused, device.AbstainUnknown, device.AbstainNeverPolled)
			return o
		}
	}
	if s.may("empty words", 25, ref.Source, ref.Ref, again) {
		return o
	}
	down := s.truth[d]
	if s.with["noise"] && on(10, "wrong") == 0 {
		down = !down
	}
	if s.with["mass lies"] && s.mood[ref.Source] == "mass lies" {
		down = true
	}
	if !s.with["mgmt"] || s.roll(4, "asks reach", i) > 0 {
		o.Claims = append(o.Claims, s.claim(device.FacetReach, i, d, down, on, ahead))
	}
	if s.with["mgmt"] && s.roll(2, "asks mgmt", i) == 0 {
		o.Claims = append(o.Claims, s.claim(device.FacetMgmt, i, d, down != (on(7, "agent") == 0), on, ahead))
	}
	if s.with["health"] {
		for c, part := range parts {
			if s.roll(3, "asks part", i, d, c) > 0 {
				continue
			}
			h := s.claim(device.FacetHealth, i, d, false, on, ahead)
			h.Component, h.State = part, pick(s.ill[[2]int{d, c}], device.StateOK, device.StateWarning, device.StateCritical)
			if s.with["noise"] && on(9, "ill", c) == 0 {
				h.State = pick(on(3, "how ill", c), device.StateOK, device.StateWarning, device.StateCritical)
			}
			o.Claims = append(o.Claims, h)
		}
	}
	return o
}

func (s *story) claim(f device.Facet, i, d int, down bool, on func(int, ...any) int, ahead time.Duration) device.Claim {
	c := device.Claim{Facet: f, State: device.StateUp, Raw: "word"}
	if down {
		c.State = device.StateDown
	}
	if s.with["splits"] && f != device.FacetHealth && on(12, "split", string(f)) == 0 {
		c.State = device.StateSplit
	}
	if s.with["confidence"] && on(4, "unsure", string(f)) == 0 {
		c.Confidence = new(pick(on(4, "how sure", string(f)), 0.5, 0.8, 0.1, 0))
	}
	if s.with["slow claims"] && s.roll(2, "slow", i) == 0 {
		every := pick[time.Duration](s.roll(3, "how slow", i, d), 120, 300, 300) * time.Second
		c.Interval = device.Duration(every)
		c.ObservedAt = s.at.Truncate(every).Add(ahead)
	}
	if s.with["own dates"] && on(7, "own date", string(f)) == 0 {
		c.ObservedAt = s.at.Add(ahead - time.Duration(on(100, "own age", string(f)))*time.Second)
	}
	return c
}
