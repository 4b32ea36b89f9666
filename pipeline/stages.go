package pipeline

import (
	"errors"
	"fmt"
	"runtime/debug"

	"github.com/quorate/quorate/consensus"
	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/identity"
	"github.com/quorate/quorate/internal/crashpoint"
)

// stage is one small step over an instant and the View of the last commit, which it only reads.
type stage struct {
	name string
	run  func(v *View, in *instant)
}

// stages are in the order in which they run.
func stages() []stage {
	return []stage{{"order", order}, {"identify", identify}, {"dedupe", dedupe}, {"vote", vote}, {"alerts", alerts}, {"record", record}}
}

// stageError is a stage that gave up, met with one particular input: where it has a stack, it panicked, which is a mistake
// in the program.
type stageError struct {
	stage string
	cause any
	stack []byte
}

func (e *stageError) Error() string { return fmt.Sprintf("stage %s: %.200v", e.stage, e.cause) }

func runStages(list []stage, v *View, in *instant) (err error) {
	at := ""
	defer func() {
		if cause := recover(); cause != nil {
			err = &stageError{stage: at, cause: cause, stack: debug.Stack()}
		}
	}()
	for _, s := range list {
		at = s.name
		crashpoint.Here(s.name)
		s.run(v, in)
		if in.failed != nil {
			return &stageError{stage: s.name, cause: in.failed}
		}
	}
	return nil
}

// identify works out which device each observation is about.
func identify(v *View, in *instant) {
	if in.orders != nil && len(in.orders.Identity) > 0 {
		var err error
		if in.who, err = identity.Carry(&v.cfg.Identity, v.identity, in.at, in.orders.Identity); err != nil {
			in.refused = errors.Join(in.refused, err)
		}
		return
	}
	arrivals := make([]identity.Arrival, 0, len(in.snaps))
	place := make([]int, 0, len(in.snaps))
	for i := range in.snaps {
		s := &in.snaps[i]
		if s.Err != "" {
			continue
		}
		a := identity.Arrival{Source: s.Source, Complete: !s.Partial && !s.probe, Observations: s.obs, Late: s.behind(v.consensus)}
		if src := v.consensus.Sources[s.Source]; src != nil {
			a.Had = src.BaseCount
		}
		arrivals = append(arrivals, a)
		place = append(place, i)
	}
	var assigned [][]identity.Assignment
	in.who, assigned = identity.ResolveLists(&v.cfg.Identity, v.identity, in.at, arrivals)
	for i, list := range assigned {
		in.snaps[place[i]].assigned = list
	}
	for _, i := range place {
		in.snaps[i].setAside(v)
		in.snaps[i].link(v)
	}
}

// setAside leaves out what follows a device that is not there: it is unknown or forgotten, nobody reports it any more, or
// another ref of the source speaks for it.
func (s *snap) setAside(v *View) {
	kept := 0
	for i, o := range s.obs {
		if a := s.assigned[i]; a.Device == "" || o.Follows != "" && !v.consensus.Kept(a.Device) {
			s.aside++
			continue
		}
		s.obs[kept], s.times[kept], s.seen[kept], s.assigned[kept] = o, s.times[i], s.seen[i], s.assigned[i]
		kept++
	}
	s.obs, s.times, s.seen, s.assigned = s.obs[:kept], s.times[:kept], s.seen[:kept], s.assigned[:kept]
	s.prints, s.said, s.novelty = s.prints[:kept], s.said[:kept], s.novelty[:kept]
}

// dedupe works out what an observation says that was not known. Readings and times never make it new; its time
// counts all the same.
func dedupe(_ *View, in *instant) {
	for i := range in.snaps {
		s := &in.snaps[i]
		for j, o := range s.obs {
			s.said[j] = fingerprint(o)
			s.prints[j] = uint64(print64(s.said[j]).word(wordsPrint(&o.Identity)))
			s.novelty[j] = novelty(s.seen[j], s.prints[j], s.said[j], s.assigned[j].Changed)
			if s.novelty[j] == Repeat && s.twice[o.Ref] {
				s.novelty[j] = ClaimChanged // its other words may differ: each is recorded
			}
		}
	}
}

// novelty says why an observation is recorded.
func novelty(last *seen, print, said uint64, identityChanged bool) Novelty {
	switch {
	case last == nil || !last.known:
		return FirstSeen
	case last.print == print:
		return Repeat
	case last.said == said, last.said == 0 && identityChanged:
		return IdentityChanged
	}
	return ClaimChanged
}

// vote works out what is true.
func vote(v *View, in *instant) {
	ci := consensus.Instant{At: in.at, Restart: in.restart}
	if in.orders != nil {
		ci.Mutes, ci.Believe = in.orders.Mutes, in.orders.Believe
	}
	for _, info := range in.who.Infos {
		ci.Devices = append(ci.Devices, consensus.DeviceInfo{
			ID: info.ID, Name: info.Name, MergedInto: info.MergedInto, Forget: info.Forgotten, Back: info.Back, Takes: info.Takes,
		})
	}
	lone := loneWords(v, in)
	for i := range in.snaps {
		s := &in.snaps[i]
		cs := consensus.Snapshot{
			Source: s.Source, At: in.at, SourceClock: s.SourceClock, Err: s.Err, Partial: s.Partial, Probe: s.probe,
			Observations: make([]consensus.Bound, len(s.obs)),
		}
		for j, o := range s.obs {
			a := &s.assigned[j]
			cs.Observations[j] = consensus.Bound{Device: a.Device, Observation: o, Weak: a.Weak && !lone[a.Device], Held: a.Held, Links: s.links[j]}
		}
		ci.Snapshots = append(ci.Snapshots, cs)
	}
	in.truth = consensus.Judge(&v.cfg.Consensus, v.consensus, ci)
	if len(in.truth.Late) == 0 {
		return
	}
	for i := range in.snaps {
		s := &in.snaps[i]
		for j, o := range s.obs {
			if !in.truth.Late[device.SourceRef{Source: s.Source, Ref: o.Ref}] {
				continue
			}
			s.novelty[j] = Late
			if k := s.seen[j]; k != nil && k.latePrint == s.prints[j] && k.lateAt.Equal(s.times[j]) && !s.twice[o.Ref] {
				s.novelty[j] = lateAgain
			}
		}
	}
}

// loneWords returns the devices of which only weak refs speak: there their votes count, since a vote that may be about
// another device is better than none. Nil where no ref is weak.
func loneWords(v *View, in *instant) map[device.ID]bool {
	var lone map[device.ID]bool
	for i := range in.snaps {
		for _, a := range in.snaps[i].assigned {
			if a.Weak {
				if lone == nil {
					lone = map[device.ID]bool{}
				}
				lone[a.Device] = true
			}
		}
	}
	if lone == nil {
		return nil
	}
	now := map[device.SourceRef]bool{}
	for i := range in.snaps {
		s := &in.snaps[i]
		for j, o := range s.obs {
			a := &s.assigned[j]
			if !lone[a.Device] {
				continue
			}
			now[device.SourceRef{Source: s.Source, Ref: o.Ref}] = true
			if !a.Weak && !a.Held && o.Follows == "" && o.Abstain == "" && len(o.Claims) > 0 {
				delete(lone, a.Device)
			}
		}
	}
	// Who is not in this instant counts as the last one left it.
	for id := range lone {
		for _, vote := range consensus.Describe(&v.cfg.Consensus, v.consensus, id, in.at).Votes {
			ref := device.SourceRef{Source: vote.Source, Ref: vote.Ref}
			if b := v.identity.Bindings[ref]; !now[ref] && vote.Abstain == "" && b != nil && !b.Weak && b.By != identity.ByFollow {
				delete(lone, id)
			}
		}
	}
	return lone
}
