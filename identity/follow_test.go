package identity_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/identity"
)

// following is what a source says of a device that it was told of.
func following(ref string, of device.ID) device.Identity {
	return device.Identity{Ref: ref, Follows: string(of)}
}

func TestFollow(t *testing.T) {
	l := newLab(t, identity.Config{})
	l.both()
	nas, storage := l.find("nas1"), l.find("storage")
	of := following("a", nas)
	// Whatever else it says of itself is no evidence, and names nothing.
	of.Name, of.Addresses, of.MACs, of.Serial, of.Model = "liar", []string{"192.0.2.9"}, []string{"00:00:5e:00:53:01"}, "SN-9", "M1"
	wantEvents(t, l.instant(poll("reach", of, following("b", storage))))
	l.want("bound by what they follow", "nas1: librenms/1 reach/a\nstorage: prtg/9 reach/b")
	if a := l.bound["reach/a"]; a.Device != nas || a.By != identity.ByFollow || a.Weak || a.Held {
		t.Errorf("assigned as %+v", a)
	}
	var c device.Current
	c.ID = nas
	l.st.Fill(&c)
	if c.Model != "" || len(c.MACs) != 0 || !slices.Equal(c.Addresses, []string{"192.0.2.1"}) {
		t.Errorf("what follows has given %+v", c)
	}
	if want := []device.Binding{{Source: "librenms", Ref: "1"}, {Source: "reach", Ref: "a", Follows: true}}; !slices.Equal(c.Bindings, want) {
		t.Errorf("bindings %+v", c.Bindings)
	}
	if p, _ := l.st.Profile(nas); len(p.Refs) != 2 || p.Refs[1].By != "follows" || p.Refs[1].Serial != "" {
		t.Errorf("refs %+v", p.Refs)
	}
	if n, s := identity.Close(l.cfg, l.st, "reach"); len(n)+len(s) != 0 {
		t.Errorf("near %+v %+v", n, s)
	}
	if s := identity.Simulate(l.cfg, l.st, l.at, nil, nil); len(s.Refs) != 2 {
		t.Errorf("a renumbering is about %+v", s.Refs)
	}

	// It goes where it is led, without a word.
	wantEvents(t, l.instant(poll("reach", following("a", storage), following("b", "d_unknown"))))
	l.want("led elsewhere", "nas1: librenms/1\nstorage: prtg/9 reach/a reach/b")
	if l.bound["reach/b"].Device != "" || l.bound["reach/a"].Device != storage {
		t.Errorf("assigned %+v", l.bound)
	}
}

func TestFollowOfTheUnknown(t *testing.T) {
	l := newLab(t, identity.Config{})
	l.both()
	for range 2 { // and again, by the order that is kept
		wantEvents(t, l.instant(poll("reach", following("x", "d_unknown"), following("a", l.find("nas1")))))
		l.want("set aside", "nas1: librenms/1 reach/a\nstorage: prtg/9")
		if a := l.bound["reach/x"]; a.Device != "" {
			t.Errorf("assigned as %+v", a)
		}
	}
	// A ref that is known by its keys stays what it is.
	l.instant(poll("prtg", following("9", l.find("nas1"))))
	l.want("known by its keys", "nas1: librenms/1 reach/a\nstorage: prtg/9")
	// One that follows nobody any more is met by its keys.
	wantEvents(t, l.instant(poll("reach", id("a", "own", "192.0.2.7"))), "device.discovered: own is new: seen by reach")
	l.want("met by its keys", "nas1: librenms/1\nown: reach/a\nstorage: prtg/9")
}

// Two devices that one source follows both become one like any others, and one of the refs speaks.
func TestFollowedDevicesMerge(t *testing.T) {
	l := newLab(t, identity.Config{})
	l.both()
	nas, storage := l.find("nas1"), l.find("storage")
	both := func() identity.Arrival { return poll("reach", following("z", nas), following("b", storage)) }
	l.instant(both())
	wantEvents(t, l.instant(both(), poll("prtg", id("9", "storage", "192.0.2.1"))),
		"device.moved: storage has moved from 192.0.2.9 to 192.0.2.1, says prtg",
		"device.merged: nas1 and storage are one device (address)")
	l.want("merged", "nas1: librenms/1 prtg/9 reach/b reach/z")
	speaks := func(what string) {
		t.Helper()
		if z, b := l.bound["reach/z"].Device, l.bound["reach/b"].Device; z != nas || b != "" {
			t.Errorf("%s: assigned to %q and %q", what, z, b)
		}
	}
	speaks("as they merge")
	wantEvents(t, l.instant(both()))
	speaks("merged")
	// Without the survivor's own the other one speaks.
	l.instant(poll("reach", following("b", storage)))
	if l.bound["reach/b"].Device != nas {
		t.Errorf("assigned %+v", l.bound)
	}

	l.order(identity.Order{Kind: identity.OrderUndo, Device: nas, At: l.st.Devices[nas].Repairs[0].At})
	l.instant(both())
	l.want("each with its own again", "nas1: librenms/1 reach/z\nstorage: prtg/9 reach/b")
}

func TestFollowUnderOrders(t *testing.T) {
	l := newLab(t, identity.Config{})
	l.both()
	nas, storage := l.find("nas1"), l.find("storage")
	l.instant(poll("reach", following("a", nas), following("b", storage)))
	l.refused(identity.Order{Kind: identity.OrderSplit, Device: nas, Refs: sourceRefs("reach/a")}, "goes where that device goes")
	l.order(identity.Order{Kind: identity.OrderMerge, Device: nas, Other: storage})
	l.want("merged", "nas1: librenms/1 prtg/9 reach/a reach/b")
	// What follows it is not enough to leave a device with.
	l.refused(identity.Order{Kind: identity.OrderSplit, Device: nas, Refs: sourceRefs("librenms/1", "prtg/9")}, "leave it at least one")
	l.order(identity.Order{Kind: identity.OrderSplit, Device: nas, Refs: sourceRefs("prtg/9")})
	l.instant(poll("reach", following("a", nas), following("b", storage)))
	l.want("b follows what storage is part of", "nas1: librenms/1 reach/a reach/b\nstorage: prtg/9")

	l.order(identity.Order{Kind: identity.OrderForget, Device: nas})
	wantEvents(t, l.instant(poll("reach", following("a", nas))))
	if a := l.bound["reach/a"]; a.Device != "" {
		t.Errorf("what is forgotten is followed: %+v", a)
	}
	if b := l.st.Bindings[device.SourceRef{Source: "reach", Ref: "a"}]; b.AbsentSince.IsZero() {
		t.Error("it is still there")
	}
	l.order(identity.Order{Kind: identity.OrderUndo})
	l.instant(poll("reach", following("a", nas)))
	if a := l.bound["reach/a"]; a.Device != nas {
		t.Errorf("what is back is not followed: %+v", a)
	}
}

// drawFollowing is what a source says that was told of the devices of a state, of some that are gone and of some that never
// were; it may have targets of its own beside.
func drawFollowing(t *rapid.T, st *identity.State) identity.Arrival {
	a := identity.Arrival{Source: "reach", Complete: rapid.Bool().Draw(t, "all followed")}
	ids := []device.ID{"d_unknown"}
	for id := range st.Devices {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for range rapid.IntRange(0, 6).Draw(t, "follows") {
		o := &device.Observation{Identity: drawIdentity(t, rapid.IntRange(11, 16).Draw(t, "follower"))}
		o.Follows = string(rapid.SampledFrom(ids).Draw(t, "followed"))
		a.Observations = append(a.Observations, o)
	}
	return a
}

// ordinary is bonds without what follows.
func ordinary(st *identity.State) string {
	return strings.Join(slices.DeleteFunc(strings.Split(bonds(st), "\n"), func(s string) bool { return strings.Contains(s, " by follows ") }), "\n")
}

// Who is who is exactly what it is without any source that follows, whatever sources say and people order, and so is all
// that is told of it.
func TestFollowersChangeNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cfg := drawConfig(t)
		with, bare := identity.NewState(), identity.NewState()
		at := start
		for range rapid.IntRange(2, 8).Draw(t, "steps") {
			at = at.Add(time.Duration(rapid.SampledFrom([]int{1, 60, 25 * 3600}).Draw(t, "pause")) * time.Second)
			var x, y identity.Outcome
			if rapid.IntRange(0, 3).Draw(t, "order") == 0 {
				orders := []identity.Order{drawOrder(t, bare)}
				var errX, errY error
				x, errX = identity.Carry(cfg, with, at, orders)
				y, errY = identity.Carry(cfg, bare, at, orders)
				if fmt.Sprint(errX) != fmt.Sprint(errY) {
					t.Fatalf("%v, and without what follows %v", errX, errY)
				}
				if errX != nil {
					continue
				}
			} else {
				in := drawInstant(t)
				follows := drawFollowing(t, with)
				y = identity.Resolve(cfg, bare, at, in)
				all := rapid.Permutation(append(slices.Clone(in), follows)).Draw(t, "arrival order")
				x = identity.Resolve(cfg, with, at, all)
				if z := identity.Resolve(cfg, stored(t, with), at, append([]identity.Arrival{follows}, in...)); words(t, z) != words(t, x) {
					t.Fatalf("the order matters, or a restart does:\n%s", cmp.Diff(words(t, z), words(t, x)))
				}
			}
			if a, b := marshal(t, x.Events), marshal(t, y.Events); a != b {
				t.Fatalf("told otherwise without what follows:\n%s", cmp.Diff(b, a))
			}
			with.Apply(x)
			bare.Apply(y)
			if a, b := ordinary(with), bonds(bare); a != b {
				t.Fatalf("bound otherwise without what follows:\n%s", cmp.Diff(b, a))
			}
			if a, b := marshal(t, with.Devices), marshal(t, bare.Devices); a != b {
				t.Fatalf("other devices without what follows:\n%s", cmp.Diff(b, a))
			}
			speakers(t, with, x)
		}
	})
}

// speakers checks that no source speaks twice of one device by what it follows.
func speakers(t *rapid.T, st *identity.State, o identity.Outcome) {
	heard := map[device.ID]string{}
	for ref, a := range o.Bound {
		if a.By != identity.ByFollow || a.Device == "" {
			continue
		}
		if other, twice := heard[a.Device]; twice {
			t.Fatalf("%s and %s both speak of %s", other, ref.Ref, a.Device)
		}
		heard[a.Device] = ref.Ref
		if d := st.Devices[a.Device]; d == nil || d.Gone() {
			t.Fatalf("%s follows %s, which is gone", ref.Ref, a.Device)
		}
	}
}
