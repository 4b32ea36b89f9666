package consensus

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/quorate/quorate/device"
)

// The order of the claims of one observation never matters, whatever was held before: a source may list them
// differently each time, and the journal keeps one order.
func TestOrderOfClaimsDoesNotMatter(t *testing.T) {
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	claim := rapid.Custom(func(t *rapid.T) device.Claim {
		c := device.Claim{
			Facet: rapid.SampledFrom([]device.Facet{device.FacetReach, device.FacetMgmt, device.FacetHealth}).Draw(t, "facet"),
			Raw:   rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "raw"),
		}
		states := []device.State{device.StateUp, device.StateDown, device.StateSplit}
		if c.Facet == device.FacetHealth {
			states = []device.State{device.StateOK, device.StateWarning, device.StateCritical}
			c.Component = rapid.SampledFrom([]string{"disk:1", "disk:Disk 1", "fan:1"}).Draw(t, "component")
		}
		c.State = rapid.SampledFrom(states).Draw(t, "state")
		if rapid.Bool().Draw(t, "unsure") {
			sure := 0.5
			c.Confidence = &sure
		}
		if rapid.Bool().Draw(t, "own time") {
			c.ObservedAt = at.Add(-time.Duration(rapid.IntRange(0, 3).Draw(t, "age")) * time.Minute)
		}
		return c
	})
	rapid.Check(t, func(t *rapid.T) {
		var before Report
		first := word{r: &before, at: at.Add(-time.Minute)}
		first.take(&device.Observation{Claims: rapid.SliceOfN(claim, 0, 4).Draw(t, "held")}, at.Add(-2*time.Minute), dating{at: at.Add(-time.Minute)})
		held := Report{Reach: first.reach, Mgmt: first.mgmt, Health: first.health}

		claims := rapid.SliceOfN(claim, 0, 6).Draw(t, "claims")
		date := at.Add(-time.Duration(rapid.IntRange(0, 2).Draw(t, "age")) * time.Minute)
		take := func(claims []device.Claim) word {
			w := word{r: &held, at: at}
			w.take(&device.Observation{Claims: claims}, date, dating{at: at})
			return w
		}
		want, got := take(claims), take(rapid.Permutation(claims).Draw(t, "permuted"))
		if d := cmp.Diff(want, got, cmp.AllowUnexported(word{})); d != "" {
			t.Fatalf("(-in one order +in another):\n%s", d)
		}
	})
}
