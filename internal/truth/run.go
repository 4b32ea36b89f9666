package truth

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/quorate/quorate/consensus"
	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/identity"
	"github.com/quorate/quorate/internal/lab/seeded"
	"github.com/quorate/quorate/pipeline"
)

// warmUp is the first part of a lab, which is not scored: the agent has just been started for the first time.
const warmUp = 30 * time.Minute

// Judge is who says whether a device is down: Quorate, a rule, or a monitor by its name.
type Judge string

// The judges that are no monitors.
const (
	Quorate  Judge = "Quorate"
	Any      Judge = "any says down"
	All      Judge = "all say down"
	Majority Judge = "majority"
)

// Group is a set of devices that is scored apart.
type Group string

// The groups. A device's witnesses are counted by fault domains as configured.
const (
	Everything Group = "all devices"
	Two        Group = "two or more witnesses"
	One        Group = "one witness"
)

// Key is one score: of a judge, on the devices of a group; On, where it is not empty, takes those that this monitor
// watches, and Where those of some labs only.
type Key struct {
	Group Group
	Judge Judge
	On    Judge
	Where Where
}

// Where says which devices: by where the lab's monitors run, by where its agent does, and whether identity took the
// words of all monitors on it for those on one device.
type Where string

// The devices that are scored apart.
const (
	TwoHosts    Where = "monitors on two hosts"
	OneHost     Where = "monitors on one host, undeclared"
	OneDeclared Where = "monitors on one host, declared"
	Elsewhere   Where = "agent on a host of its own"
	Inside      Where = "agent on the hypervisor"
	TakenForOne Where = "taken for one device"
	TakenForTwo Where = "taken for several devices"
)

// places are the kinds of devices that one in a lab belongs to.
func places(lab *seeded.Lab, identities int) [3]Where {
	at := [3]Where{TwoHosts, Elsewhere, TakenForOne}
	if identities > 1 {
		at[2] = TakenForTwo
	}
	switch lab.Hosting {
	case seeded.Declared:
		at[0] = OneDeclared
	case seeded.Undeclared:
		at[0] = OneHost
	}
	if lab.AgentInside {
		at[1] = Inside
	}
	return at
}

// Scores are scores by their keys.
type Scores map[Key]*Score

func (s Scores) at(k Key) *Score {
	if s[k] == nil {
		s[k] = &Score{}
	}
	return s[k]
}

// Merge adds the scores of another lab.
func (s Scores) Merge(o Scores) {
	for k, v := range o {
		s.at(k).merge(v)
	}
}

// config is what the owner of the lab would have configured.
func config(lab *seeded.Lab) pipeline.Config {
	c := consensus.Config{Sources: map[string]consensus.Source{}, Parents: map[string][]string{}}
	for _, m := range lab.Monitors {
		c.Sources[m.Name] = consensus.Source{Name: m.Name, Interval: m.Poll, FaultDomain: m.Domain}
	}
	if lab.Parents {
		for _, d := range lab.Devices {
			if d.Parent >= 0 {
				c.Parents[d.Name] = []string{lab.Devices[d.Parent].Name}
			}
		}
	}
	var who identity.Config
	for dev, d := range lab.Devices {
		if !d.Pinned {
			continue
		}
		pin := identity.Pin{Name: d.Name, Refs: map[string][]string{}}
		for i := range lab.Monitors {
			m := &lab.Monitors[i]
			if ref, ok := m.Ref(dev); ok {
				pin.Refs[m.Name] = []string{ref}
			}
		}
		who.Pins = append(who.Pins, pin)
	}
	return pipeline.Config{Identity: who, Consensus: c}
}

// Run takes a lab through the pipeline and scores what everybody held of its devices.
func Run(ctx context.Context, lab *seeded.Lab) (Scores, error) {
	play, j := lab.Play(), newJournal(lab)
	for {
		if _, err := pipeline.Replay(ctx, config(lab), j, play.Next, nil); err != nil {
			return nil, fmt.Errorf("lab %d: %w", lab.Seed, err)
		}
		if !play.Resume() {
			break
		}
	}
	scores := Scores{}
	for dev := range lab.Devices {
		scoreDevice(scores, lab, play, j, dev)
	}
	return scores, nil
}

func scoreDevice(scores Scores, lab *seeded.Lab, play *seeded.Play, j *journal, dev int) {
	says := map[Judge][]seeded.Word{Quorate: quiet(j.says[dev], lab.AgentDown)}
	var single []Judge
	var words [][]seeded.Word
	var every []time.Duration
	for i := range lab.Monitors {
		if _, watches := lab.Monitors[i].Ref(dev); watches {
			w := play.Words(i, dev)
			name := Judge(lab.Monitors[i].Name)
			single, words, every = append(single, name), append(words, w), append(every, lab.Monitors[i].Measures())
			says[name] = w
		}
	}
	says[Any], says[All], says[Majority] = combine(words, anyDown), combine(words, allDown), combine(words, mostlyDown)
	by := terms{
		truth: lab.Devices[dev].Down, window: seeded.Span{From: lab.Start.Add(warmUp), To: lab.End}, watching: slices.Max(every),
		seen: func(o seeded.Span) time.Duration { return slowest(words, every, o) },
	}
	groups := []Group{Everything, One}
	if lab.Witnesses(dev) >= 2 {
		groups[1] = Two
	}
	for judge, w := range says {
		var s Score
		switch i := slices.Index(single, judge); {
		case i >= 0:
			s.add(w, by, fooledBy(words[i]))
		default:
			s.add(w, by, fooledBy(words...))
		}
		if judge == Quorate {
			s.Disputes = j.disputes[dev]
		}
		for _, g := range groups {
			scores.at(Key{Group: g, Judge: judge}).merge(&s)
			if judge != Quorate {
				continue
			}
			for _, on := range single {
				scores.at(Key{Group: g, Judge: judge, On: on}).merge(&s)
			}
			for _, where := range places(lab, j.identities(dev)) {
				scores.at(Key{Group: g, Judge: judge, Where: where}).merge(&s)
			}
		}
	}
}

// slowest is the interval of the slowest witness that saw an outage: of those that held the device down meanwhile, and
// where none did, of all that watch it.
func slowest(words [][]seeded.Word, every []time.Duration, o seeded.Span) time.Duration {
	var saw time.Duration
	for i, w := range words {
		for _, g := range stretch(w, o) {
			if g.state == device.StateDown {
				saw = max(saw, every[i])
			}
		}
	}
	if saw > 0 {
		return saw
	}
	return slices.Max(every)
}

// quiet is what the agent says: nothing while it does not run, and what it held before from then on.
func quiet(says []seeded.Word, down seeded.Spans) []seeded.Word { return seeded.Silence(says, down) }
