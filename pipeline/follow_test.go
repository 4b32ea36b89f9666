package pipeline

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/identity"
)

// led is what reach says of devices that it was told of: refs are "REF=ID".
func led(state device.State, refs ...string) submitted {
	s := device.Snapshot{Source: "reach"}
	for _, r := range refs {
		ref, id, _ := strings.Cut(r, "=")
		s.Observations = append(s.Observations, device.Observation{
			Identity: device.Identity{Ref: ref, Follows: id}, Claims: []device.Claim{{Facet: device.FacetReach, State: state}},
		})
	}
	return submitted{snapshot: s}
}

func (d *desk) device(t *testing.T, name string, at time.Time) device.Current {
	t.Helper()
	c, ok := d.view.Device(name, at)
	if !ok {
		t.Fatalf("there is no %q", name)
	}
	return c
}

// What follows a device is a witness of its own, through restarts, a merge and its undoing; and it is not what keeps it.
func TestFollowing(t *testing.T) {
	for _, restarts := range []bool{false, true} {
		d := newDesk(t, testConfig("librenms", "prtg", "reach"), true, restarts)
		at := noon
		both := func() []submitted {
			return []submitted{{snapshot: snapshot("librenms", device.StateUp, "1")}, {snapshot: snapshot("prtg", device.StateUp, "9")}}
		}
		d.instant(at, both()...)
		one, nine := d.find("librenms/1"), d.find("prtg/9")
		say := func(after time.Duration, state device.State) {
			at = at.Add(after)
			d.instant(at, append(both(), led(state, "a="+string(one), "b="+string(nine), "c=d_unknown"))...)
		}
		say(time.Minute, device.StateUp)
		c := d.device(t, "librenms/1", at)
		if c.Standing != device.StandingConfirmed || len(c.Votes) != 2 || c.Votes[1].Source != "reach" {
			t.Fatalf("restarts %t: two witnesses of one device: %s %+v", restarts, c.Standing, c.Votes)
		}
		if p := d.last(t, "reach"); p.Count != 2 || p.Rejected != 1 || len(p.Marks) != 2 {
			t.Errorf("restarts %t: the poll is recorded as %+v", restarts, p)
		}

		d.order(at.Add(time.Second), identity.Order{Kind: identity.OrderMerge, Device: one, Other: nine})
		for range 2 {
			say(time.Minute, device.StateUp)
			if c = d.device(t, string(nine), at); c.ID != min(one, nine) || len(c.Votes) != 3 || len(c.Bindings) != 4 {
				t.Fatalf("restarts %t: merged: %s %+v %+v", restarts, c.ID, c.Votes, c.Bindings)
			}
		}
		d.order(at.Add(time.Second), identity.Order{Kind: identity.OrderUndo})
		say(time.Minute, device.StateUp)
		if c = d.device(t, "prtg/9", at); c.ID != nine || len(c.Votes) != 2 || len(c.Bindings) != 2 {
			t.Fatalf("restarts %t: two again: %s %+v %+v", restarts, c.ID, c.Votes, c.Bindings)
		}

		// librenms loses its device for good: in the end nobody reports it but who was told of it.
		alone := func() {
			at = at.Add(24 * time.Hour)
			d.instant(at, submitted{snapshot: snapshot("librenms", device.StateUp, "2", "3")}, both()[1], led(device.StateUp, "a="+string(one), "b="+string(nine)))
		}
		for range 8 {
			alone()
		}
		if c = d.device(t, "librenms/1", at); len(c.Votes) != 2 {
			t.Fatalf("restarts %t: not retired yet: %+v", restarts, c.Votes)
		}
		for range 3 {
			alone()
		}
		if c = d.device(t, "librenms/1", at); len(c.Votes) != 0 || c.Status != device.StatusUnknown {
			t.Fatalf("restarts %t: retired: %s %+v", restarts, c.Status, c.Votes)
		}
		if p := d.last(t, "reach"); p.Count != 1 || p.Rejected != 1 {
			t.Errorf("restarts %t: what follows it is recorded as %+v", restarts, p)
		}
	}
}

// last is the newest poll of a source on record.
func (d *desk) last(t *testing.T, source string) Poll {
	t.Helper()
	for _, r := range slices.Backward(d.mem.records) {
		for _, p := range r.Polls {
			if p.Source == source {
				return p
			}
		}
	}
	t.Fatalf("no poll of %s", source)
	return Poll{}
}

// A source that sees all devices down while others see them up has lost its own network; the devices have not.
func TestFollowingFromALostNetwork(t *testing.T) {
	d := newDesk(t, testConfig("librenms", "reach"), false, false)
	refs := []string{"1", "2", "3", "4"}
	at := noon
	d.instant(at, submitted{snapshot: snapshot("librenms", device.StateUp, refs...)})
	var leads []string
	for _, r := range refs {
		leads = append(leads, r+"="+string(d.find("librenms/"+r)))
	}
	for i := range 20 {
		at = at.Add(time.Minute)
		state := device.StateUp
		if i > 4 {
			state = device.StateDown
		}
		d.instant(at, submitted{snapshot: snapshot("librenms", device.StateUp, refs...)}, led(state, leads...))
	}
	for _, c := range d.view.Devices(at) {
		if c.Status != device.StatusUp {
			t.Errorf("%s is %s", c.Name, c.Status)
		}
	}
	i := slices.IndexFunc(d.view.Sources(at), func(s device.SourceStatus) bool { return s.Name == "reach" })
	if s := d.view.Sources(at)[i]; s.Health == device.HealthUp {
		t.Errorf("reach is believed: %+v", s)
	}
}

// A merge that is undone with nothing heard in between is nothing, also where a source follows both devices.
func TestMergeThenUndoIsNothingToWhatFollows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cfg := testConfig("librenms", "prtg", "snmp", "reach")
		left, right := newDesk(t, cfg, false, false), newDesk(t, cfg, false, false)
		at := noon
		next := func(what string) {
			at = at.Add(time.Minute)
			items := polls(t, at)
			if rapid.IntRange(0, 9).Draw(t, "reach") > 0 {
				var refs []string
				for _, name := range []string{"a", "b", "c"} {
					if id, ok := right.view.identity.Find(name); ok {
						refs = append(refs, "r"+name+"="+string(id))
					}
				}
				items = append(items, led(rapid.SampledFrom([]device.State{device.StateUp, device.StateDown}).Draw(t, "led"), refs...))
			}
			x, y := left.instant(at, items...), right.instant(at, items...)
			if a, b := said(x), said(y); a != b {
				t.Fatalf("%s: other events with a merge that was undone:\n%s", what, cmp.Diff(b, a))
			}
		}
		for range rapid.IntRange(3, 10).Draw(t, "before") {
			next("before")
		}
		if !known(left, "a") || !known(left, "b") || !known(left, "c") {
			t.Skip("not all were met")
		}
		pair := rapid.Permutation([]string{"a", "b", "c"}).Draw(t, "pair")
		left.instant(at.Add(time.Second))
		right.instant(at.Add(time.Second))
		before := right.truth()
		left.order(at.Add(2*time.Second), identity.Order{Kind: identity.OrderMerge, Device: left.find(pair[0]), Other: left.find(pair[1])})
		checkCounts(t, left)
		right.instant(at.Add(2 * time.Second))
		left.order(at.Add(3*time.Second), identity.Order{Kind: identity.OrderUndo})
		right.instant(at.Add(3 * time.Second))
		clock := func(n int) string {
			return `"last_instant": "` + at.Add(time.Duration(n)*time.Second).Format(time.RFC3339)
		}
		if strings.Replace(before, clock(1), clock(3), 1) != right.truth() {
			t.Skip("time alone has changed something")
		}
		if a, b := left.truth(), right.truth(); a != b {
			t.Fatalf("right after: what is held differs:\n%s", cmp.Diff(b, a))
		}
		for range rapid.IntRange(0, 8).Draw(t, "after") {
			next("after")
			checkCounts(t, left)
			checkCounts(t, right)
		}
	})
}

// The weak word of one source is not silenced by one that was told of its device.
func TestFollowingIsNoSecondVoice(t *testing.T) {
	d := newDesk(t, testConfig("librenms", "prtg", "reach"), false, false)
	bare := func(source string, abstain device.Abstention) submitted {
		o := device.Observation{Identity: device.Identity{Ref: source, Hostnames: []string{"nas1"}}, Abstain: abstain}
		if abstain == "" {
			o.Claims = []device.Claim{{Facet: device.FacetReach, State: device.StateUp}}
		}
		return submitted{snapshot: device.Snapshot{Source: source, Observations: []device.Observation{o}}}
	}
	d.instant(noon, bare("librenms", ""), bare("prtg", ""))
	id := d.find("nas1")
	at := noon
	for range 3 {
		at = at.Add(time.Minute)
		d.instant(at, bare("librenms", "paused"), bare("prtg", ""), led(device.StateUp, "a="+string(id)))
	}
	for _, v := range d.device(t, "nas1", at).Votes {
		if v.Source == "prtg" && v.Abstain != "" {
			t.Errorf("prtg is silent: %+v", v)
		}
	}
}

// What a tie-breaker that follows a device answers is bound like its polls, and is none.
func TestFollowingAnswersAProbe(t *testing.T) {
	d := newDesk(t, testConfig("librenms", "reach"), false, false)
	d.instant(noon, submitted{snapshot: snapshot("librenms", device.StateUp, "1")})
	id := d.find("librenms/1")
	at := noon.Add(time.Minute)
	answer := led(device.StateDown, "a="+string(id), "b=d_unknown")
	answer.probe = true
	d.instant(at, answer)
	c := d.device(t, "librenms/1", at)
	if len(c.Votes) != 2 || c.Votes[1].Source != "reach" || c.Votes[1].State != device.StateDown {
		t.Errorf("votes %+v", c.Votes)
	}
	if s := d.view.consensus.Sources["reach"]; !s.LastSuccess.IsZero() || s.Refs != 1 {
		t.Errorf("the answer counts as a poll: %+v", s)
	}
}
