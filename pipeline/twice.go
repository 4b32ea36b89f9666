package pipeline

import (
	"cmp"
	"encoding/json"
	"slices"
	"time"

	"github.com/quorate/quorate/device"
)

// findTwice finds the refs that a source has more than once in the instant.
func (in *instant) findTwice(mem *memory) {
	for from, to := 0, 0; from < len(in.snaps); from = to {
		for to = from + 1; to < len(in.snaps) && in.snaps[to].Source == in.snaps[from].Source; to++ {
		}
		group := in.snaps[from:to]
		if len(group) == 1 && group[0].straight(mem.source(group[0].Source)) {
			continue // the common case: the refs of the snapshot before, which had none twice
		}
		said, twice := map[string]struct{}{}, map[string]bool{}
		for i := range group {
			for _, o := range group[i].obs {
				if _, again := said[o.Ref]; again {
					twice[o.Ref] = true
				}
				said[o.Ref] = struct{}{}
			}
		}
		for i := range group {
			group[i].twice = twice
			if len(twice) > 0 {
				group[i].settle()
			}
		}
	}
}

// straight reports whether the refs are those of the order that mem guesses at.
func (s *snap) straight(mem *sourceMemory) bool {
	if len(s.seen) > len(mem.order) {
		return len(s.seen) < 2
	}
	for i, k := range s.seen {
		if mem.order[i] != k {
			return false
		}
	}
	return true
}

// settle orders the observations of a snapshot that has a ref twice, so that how its source lists them cannot matter:
// of two words on one ref the newer comes last and holds, and of one date the worse, as of two claims in one
// observation.
func (s *snap) settle() {
	type word struct {
		o    *device.Observation
		time time.Time
		seen *seen
		bad  int
		body string
	}
	words := make([]word, len(s.obs))
	for i, o := range s.obs {
		words[i] = word{o: o, time: s.times[i], seen: s.seen[i], bad: badness(o)}
		// A record has no readings: the order must be the same when it is judged again.
		bare := *o
		bare.Readings = nil
		if b, err := json.Marshal(&bare); err == nil {
			words[i].body = string(b)
		}
	}
	slices.SortStableFunc(words, func(a, b word) int {
		return cmp.Or(cmp.Compare(a.o.Ref, b.o.Ref), a.time.Compare(b.time), cmp.Compare(a.bad, b.bad), cmp.Compare(a.body, b.body))
	})
	for i, w := range words {
		s.obs[i], s.times[i], s.seen[i] = w.o, w.time, w.seen
	}
}

// badness ranks what an observation says: nothing, all well, a part that is not, an agent or device that is down.
func badness(o *device.Observation) int {
	if o.Abstain != "" || len(o.Claims) == 0 {
		return 0
	}
	worst := 1
	for i := range o.Claims {
		switch o.Claims[i].State {
		case device.StateDown:
			worst = max(worst, 4)
		case device.StateCritical, device.StateSplit:
			worst = max(worst, 3)
		case device.StateWarning:
			worst = max(worst, 2)
		}
	}
	return worst
}
