package device

import (
	"encoding/json"
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestAtMostIsNoLessThanTheJSON: what is taken without being measured is never larger than it may be.
func TestAtMostIsNoLessThanTheJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.StringOf(rapid.SampledFrom([]rune{'a', '"', '<', '\x01', 'ü', '\u2028', '😀'}))
		words := rapid.SliceOfN(word, 0, 3)
		at := time.Date(2026, 1, 1, 0, 0, 0, 123456789, time.FixedZone("", 5*3600+1800))
		sure := 0.12345678901234567
		o := Observation{ObservedAt: at, Abstain: AbstainUnknown, Identity: Identity{
			Ref: word.Draw(t, "ref"), Name: word.Draw(t, "name"), Serial: word.Draw(t, "serial"), Location: word.Draw(t, "location"), Follows: word.Draw(t, "follows"),
			Addresses: words.Draw(t, "addresses"), Hostnames: words.Draw(t, "hostnames"), MACs: words.Draw(t, "macs"), Parents: words.Draw(t, "parents"),
		}}
		for range rapid.IntRange(0, 20).Draw(t, "of each") {
			o.Claims = append(o.Claims, Claim{Facet: FacetHealth, State: StateCritical, Component: word.Draw(t, "component"), Raw: word.Draw(t, "raw"),
				Confidence: &sure, Interval: Duration(math.MaxInt64), ObservedAt: at})
			o.Readings = append(o.Readings, Reading{Component: word.Draw(t, "component"), Quantity: word.Draw(t, "quantity"), Value: -math.MaxFloat64, Unit: word.Draw(t, "unit")})
			o.Alerts = append(o.Alerts, Alert{Ref: word.Draw(t, "ref"), Text: word.Draw(t, "text"), Since: at, Class: word.Draw(t, "class")})
			o.Links = append(o.Links, Link{Component: word.Draw(t, "component"), MAC: word.Draw(t, "mac"), Name: word.Draw(t, "name"), Address: word.Draw(t, "address"), Kind: "fdb"})
			o.VLANs = append(o.VLANs, VLAN{ID: 4094, Name: word.Draw(t, "name"), Tagged: words.Draw(t, "tagged"), Untagged: words.Draw(t, "untagged")})
		}
		b, err := json.Marshal(&o)
		if err != nil {
			t.Fatal(err)
		}
		if len(b) > o.atMost() {
			t.Fatalf("%d octets of JSON, at most %d were foreseen", len(b), o.atMost())
		}
	})
}
