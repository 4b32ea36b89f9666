package consensus

import (
	"fmt"
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/quorate/quorate/device"
)

// cast is one source's word on reach with its weight.
type cast struct {
	domain string
	state  device.State
	weight float64
}

// standingOfCasts is how casts stand on one device at one instant.
func standingOfCasts(casts []cast) (device.Tally, []device.Vote) {
	cfg := &Config{Sources: map[string]Source{}}
	d := newDevice("nas1")
	for i, c := range casts {
		name := fmt.Sprintf("s%d", i)
		cfg.Sources[name] = Source{Name: name, Interval: time.Minute, FaultDomain: c.domain, Trust: c.weight}
		d.Reports = append(d.Reports, Report{
			Source: name, Ref: "r", Newest: t0, Seen: t0, Enrolled: EnrolledReach,
			Reach: Claim{State: c.state, Confidence: 1, ObservedAt: t0, ArrivedAt: t0},
		})
	}
	s := NewState()
	s.Devices["d_nas1"] = d
	c := Describe(cfg, s, "d_nas1", t0)
	return c.Tallies[0], c.Votes
}

// sideShare is what side has of the votes, of one domain where it is given.
func sideShare(votes []device.Vote, side device.State, domain string) float64 {
	mine, all := 0.0, 0.0
	for _, v := range votes {
		if domain != "" && v.Domain != domain {
			continue
		}
		all += v.Weight
		switch v.State {
		case side:
			mine += v.Weight
		case device.StateSplit:
			mine += v.Weight / 2
		}
	}
	if all == 0 {
		return 0
	}
	return mine / all
}

// Another vote for a side never lowers that side's share, nor the number of voters: so it is for a witness of its own,
// and inside a fault domain for a vote that is not heavier than the heaviest one there. A heavier one also makes the
// whole domain count for more, the votes of the other side in it included; even then the share is no lower than it was,
// or than the side's share of that domain now.
func TestAnotherVoteForASide(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		weight := rapid.SampledFrom([]float64{0.1, 0.25, 0.3, 0.5, 0.8, 1, 1.5, 2, 10})
		var casts []cast
		for i := range rapid.IntRange(1, 7).Draw(t, "votes") {
			casts = append(casts, cast{
				domain: rapid.SampledFrom([]string{"", "x", "x", "x", "y"}).Draw(t, "domain"), weight: weight.Draw(t, "weight"),
				state: rapid.SampledFrom([]device.State{device.StateUp, device.StateDown, device.StateSplit}).Draw(t, "state"),
			})
			if casts[i].domain == "" {
				casts[i].domain = fmt.Sprintf("s%d", i)
			}
		}
		more := cast{
			domain: rapid.SampledFrom([]string{"x", "y", "new"}).Draw(t, "domain"), weight: weight.Draw(t, "weight"),
			state: rapid.SampledFrom([]device.State{device.StateUp, device.StateDown}).Draw(t, "side"),
		}
		heaviest, known := 0.0, false
		for _, c := range casts {
			if c.domain == more.domain {
				heaviest, known = max(heaviest, c.weight), true
			}
		}
		before, votes := standingOfCasts(casts)
		was := sideShare(votes, more.state, "")
		after, votes := standingOfCasts(append(casts, more))
		is, within := sideShare(votes, more.state, ""), sideShare(votes, more.state, more.domain)

		const rounding = 1e-12
		if (!known || more.weight <= heaviest) && is < was-rounding {
			t.Errorf("%v and %+v: the share of %s falls from %v to %v", casts, more, more.state, was, is)
		}
		if is < math.Min(was, within)-rounding {
			t.Errorf("%v and %+v: the share of %s falls from %v to %v, with %v of its domain", casts, more, more.state, was, is, within)
		}
		if after.Voters < before.Voters || after.Enrolled < before.Enrolled {
			t.Errorf("%v and %+v: fewer witnesses", casts, more)
		}
		if got := sideShare(votes, device.StateDown, ""); math.Abs(got-after.Share) > rounding {
			t.Errorf("%v and %+v: the votes give a share of %v, the tally %v", casts, more, got, after.Share)
		}
		total := 0.0
		for _, c := range append(casts, more) {
			if c.domain == more.domain {
				total = max(total, c.weight)
			}
		}
		for _, v := range votes {
			if v.Domain == more.domain {
				total -= v.Weight
			}
		}
		if math.Abs(total) > rounding {
			t.Errorf("%v and %+v: the domain does not weigh what its heaviest vote does", casts, more)
		}
	})
}

// The exception, in numbers: ten monitors on one host say up without much weight, another host's says down. A sure down
// from the first host makes that host count ten times as much, half of it for up: the share of down falls, to no less
// than the half that it has there.
func TestAHeavierVoteRaisesItsWholeDomain(t *testing.T) {
	casts := []cast{{"other", device.StateDown, 1}}
	for range 10 {
		casts = append(casts, cast{"host", device.StateUp, 0.1})
	}
	before, _ := standingOfCasts(casts)
	after, _ := standingOfCasts(append(casts, cast{"host", device.StateDown, 1}))
	if math.Abs(before.Share-1/1.1) > 1e-9 || math.Abs(after.Share-0.75) > 1e-9 {
		t.Errorf("%v, then %v", before.Share, after.Share)
	}
}
