package sdk

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/sdk/sourcepb"
)

// genTime draws the zero time or a time that the wire can carry.
func genTime(t *rapid.T, label string) time.Time {
	if rapid.Bool().Draw(t, label+" set") {
		return time.UnixMicro(rapid.Int64Range(946684800_000000, 253402300799_999999).Draw(t, label)).UTC()
	}
	return time.Time{}
}

func genObservation(t *rapid.T) device.Observation {
	text := rapid.StringN(0, 20, 80)
	texts := rapid.SliceOfN(text, 0, 3)
	list := func(label string) []string {
		if l := texts.Draw(t, label); len(l) > 0 {
			return l
		}
		return nil
	}
	o := device.Observation{
		Identity: device.Identity{
			Ref: rapid.StringN(1, 10, 40).Draw(t, "ref"), Name: text.Draw(t, "name"), Addresses: list("addresses"),
			Hostnames: list("hostnames"), MACs: list("macs"), Serial: text.Draw(t, "serial"), EngineID: text.Draw(t, "engine"),
			Vendor: text.Draw(t, "vendor"), Model: text.Draw(t, "model"), OS: text.Draw(t, "os"), Version: text.Draw(t, "version"),
			Location: text.Draw(t, "location"), Type: text.Draw(t, "type"), Parents: list("parents"),
		},
		ObservedAt: genTime(t, "observed_at"),
		Abstain:    rapid.SampledFrom([]device.Abstention{"", device.AbstainPaused, device.AbstainUnknown}).Draw(t, "abstain"),
	}
	for range rapid.IntRange(0, 3).Draw(t, "claims") {
		c := device.Claim{
			Facet: device.FacetReach, State: device.StateUp, Component: text.Draw(t, "component"), Raw: text.Draw(t, "raw"),
			Interval:   device.Duration(time.Duration(rapid.Int64Range(0, 1e12).Draw(t, "interval")) * time.Microsecond),
			ObservedAt: genTime(t, "claim observed_at"),
		}
		if rapid.Bool().Draw(t, "sure") {
			sure := rapid.Float64Range(0, 1).Draw(t, "confidence")
			c.Confidence = &sure
		}
		o.Claims = append(o.Claims, c)
	}
	for range rapid.IntRange(0, 2).Draw(t, "readings") {
		o.Readings = append(o.Readings, device.Reading{
			Component: text.Draw(t, "component"), Quantity: text.Draw(t, "quantity"),
			Value: rapid.Float64Range(-1e18, 1e18).Draw(t, "value"), Unit: text.Draw(t, "unit"),
		})
	}
	for range rapid.IntRange(0, 2).Draw(t, "alerts") {
		o.Alerts = append(o.Alerts, device.Alert{
			Ref: text.Draw(t, "alert"), Component: text.Draw(t, "component"), Class: text.Draw(t, "class"),
			Severity: text.Draw(t, "severity"), State: text.Draw(t, "state"), Since: genTime(t, "since"), Text: text.Draw(t, "text"),
		})
	}
	for range rapid.IntRange(0, 2).Draw(t, "links") {
		o.Links = append(o.Links, device.Link{
			Component: text.Draw(t, "component"), MAC: text.Draw(t, "mac"), Name: text.Draw(t, "link name"),
			Address: text.Draw(t, "address"), Kind: text.Draw(t, "kind"),
		})
	}
	return o
}

func TestObservationRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := genObservation(t)
		p, err := toObservation(&want)
		if err != nil {
			t.Fatal(err)
		}
		b, err := proto.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		var back sourcepb.Observation
		if err := proto.Unmarshal(b, &back); err != nil {
			t.Fatal(err)
		}
		got, err := fromObservation(&back)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("the observation changed on the wire (-want +got):\n%s", d)
		}
	})
}

func TestTimesOutOfRange(t *testing.T) {
	for _, us := range []int64{-1, math.MinInt64, math.MaxInt64, 253402300800_000000} {
		if _, err := fromMicros(us); err == nil {
			t.Errorf("fromMicros(%d) is taken", us)
		}
	}
	for _, at := range []time.Time{time.Date(12026, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(-5, 1, 1, 0, 0, 0, 0, time.UTC), time.Unix(math.MaxInt64/2, 0)} {
		if _, err := toMicros(at); err == nil {
			t.Errorf("toMicros(year %d) is taken", at.Year())
		}
	}
	if _, err := fromObservation(&sourcepb.Observation{Identity: &sourcepb.Identity{Ref: "1"}, Claims: []*sourcepb.Claim{{IntervalUs: math.MaxInt64}}}); err == nil {
		t.Error("an interval that overflows is taken")
	}
}

// Whatever bytes arrive: no panic, and what is accepted is valid and can be written as JSON.
func FuzzAccept(f *testing.F) {
	o := device.Observation{Identity: device.Identity{Ref: "1", Name: "a"}, Claims: []device.Claim{{Facet: device.FacetReach, State: device.StateUp}}}
	p, err := toObservation(&o)
	if err != nil {
		f.Fatal(err)
	}
	seed, err := proto.Marshal(p)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(seed)
	f.Add([]byte{0x1a, 0x00}) // a claim without anything
	f.Fuzz(func(t *testing.T, b []byte) {
		var p sourcepb.Observation
		if proto.Unmarshal(b, &p) != nil {
			return
		}
		o, err := accept(&p)
		if err != nil {
			return
		}
		if _, err := checkedObservation(&o); err != nil {
			t.Fatalf("accepted, and yet it cannot be sent on: %v", err)
		}
		if body := reject(o, errPollOver).Body; body == nil {
			t.Fatal("accepted, and yet it has no JSON form")
		}
	})
}

func FuzzSchema(f *testing.F) {
	seed, err := proto.Marshal(toInfo(Info{Type: "x", Version: "1", Config: Schema{Blocks: []Block{{Name: "b", Labels: []string{"name"}, Schema: Schema{Attributes: []Attribute{{Name: "a", Type: TypeString}}}}}}}))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(seed)
	f.Fuzz(func(t *testing.T, b []byte) {
		var p sourcepb.DescribeResponse
		if proto.Unmarshal(b, &p) != nil {
			return
		}
		i, err := fromInfo(&p)
		if err != nil || i.Check() != nil {
			return
		}
		again, err := fromInfo(toInfo(i))
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(i, again); d != "" {
			t.Errorf("the description changed on the wire:\n%s", d)
		}
	})
}

func BenchmarkAccept(b *testing.B) {
	o := device.Observation{
		Identity: device.Identity{Ref: "12", Name: "nas1", Addresses: []string{"192.0.2.10"}, Hostnames: []string{"nas1.example.net"}, OS: "DSM 7.2"},
		Claims: []device.Claim{
			{Facet: device.FacetReach, State: device.StateUp, Raw: "status=1", Interval: device.Duration(5 * time.Minute)},
			{Facet: device.FacetMgmt, State: device.StateUp},
		},
	}
	p, err := toObservation(&o)
	if err != nil {
		b.Fatal(err)
	}
	wire, err := proto.Marshal(p)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(wire)))
	b.Run("unmarshal", func(b *testing.B) {
		for b.Loop() {
			var p sourcepb.Observation
			if err := proto.Unmarshal(wire, &p); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("unmarshal and accept", func(b *testing.B) {
		for b.Loop() {
			var p sourcepb.Observation
			if err := proto.Unmarshal(wire, &p); err != nil {
				b.Fatal(err)
			}
			if _, err := accept(&p); err != nil {
				b.Fatal(err)
			}
		}
	})
}
