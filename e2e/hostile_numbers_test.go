package e2e

import (
	"fmt"
	"strings"
	"testing"

	"github.com/quorate/quorate/device"
)

// TestOddNumbers: numbers at the edge are taken or rejected with a reason, never half.
func TestOddNumbers(t *testing.T) {
	claim := func(fields string) string {
		return `{"ref":"1","name":"nas1","addresses":["192.0.2.11"],"claims":[{"facet":"reach","state":"up",` + fields + `}]}`
	}
	addresses := func(n int) string {
		var all []string
		for i := range n {
			all = append(all, fmt.Sprintf("%q", fmt.Sprintf("192.0.2.%d", i)))
		}
		return `{"ref":"1","name":"nas1","addresses":[` + strings.Join(all, ",") + `],"claims":[{"facet":"reach","state":"up"}]}`
	}
	long := func(bytes int) string {
		o := claim(`"raw":""`)
		return strings.Replace(o, `"raw":""`, `"raw":"`+strings.Repeat("x", bytes-len(o))+`"`, 1)
	}
	const mebibyte = 1 << 20
	for _, c := range []struct {
		name, observation string
		want              string // "" where it is rejected
	}{
		// A vote without weight concludes nothing, and its device is still known.
		{"confidence 0", claim(`"confidence":0`), "nas1: unknown none 1/1 abstained"},
		{"confidence 1", claim(`"confidence":1.0`), "nas1: " + seenOnce},
		{"confidence 1e-9", claim(`"confidence":1e-10`), "nas1: unknown none 1/1 abstained"},
		{"confidence a hair above 1", claim(`"confidence":1.0000001`), ""},
		{"confidence below 0", claim(`"confidence":-1e-300`), ""},
		{"confidence beyond numbers", claim(`"confidence":1e400`), ""},
		{"confidence as text", claim(`"confidence":"NaN"`), ""},
		{"confidence null", claim(`"confidence":null`), "nas1: " + seenOnce},
		{"interval 0", claim(`"interval":"0s"`), "nas1: " + seenOnce},
		{"interval below 0", claim(`"interval":"-1ns"`), ""},
		{"interval of 292 years", claim(`"interval":"2562047h47m16.854775807s"`), "nas1: " + seenOnce},
		{"interval beyond durations", claim(`"interval":"2562048h"`), ""},
		{"interval as a number", claim(`"interval":300`), ""},
		{"64 addresses", addresses(64), "nas1: " + seenOnce},
		{"65 addresses", addresses(65), ""},
		{"a name of 256 characters", `{"ref":"1","name":"` + strings.Repeat("ü", 256) + `","claims":[{"facet":"reach","state":"up"}]}`, strings.Repeat("ü", 256) + ": " + seenOnce},
		{"a name of 257 characters", `{"ref":"1","name":"` + strings.Repeat("ü", 257) + `","claims":[{"facet":"reach","state":"up"}]}`, ""},
		{"a ref of 257 characters", `{"ref":"` + strings.Repeat("1", 257) + `"}`, ""},
		{"1 MiB", long(mebibyte), "nas1: " + seenOnce},
		{"1 MiB and a byte", long(mebibyte + 1), ""},
		{"no object", `null`, ""},
		{"a list", `[[]]`, ""},
		{"a reading beyond numbers", `{"ref":"1","readings":[{"quantity":"load","value":1e400}]}`, ""},
		{"an abstention of the agent's own", `{"ref":"1","abstain":"stale"}`, ""},
		{"a state that only a verdict has", `{"ref":"1","claims":[{"facet":"reach","state":"unknown"}]}`, ""},
		{"a state of another facet", `{"ref":"1","claims":[{"facet":"health","component":"disk:1","state":"down"}]}`, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r, _, said := replayOf(t, replayConfig, `{"at":"2026-01-01T00:00:00Z","source":"prtg","observations":[`+c.observation+`]}`+"\n")
			if c.want == "" {
				if len(r.Devices) != 0 || !strings.HasPrefix(said, "quorate: line 1: rejected the observation ") || strings.Count(said, "\n") != 1 || len(said) > 1000 {
					t.Errorf("%d devices, standard error says %.200q", len(r.Devices), said)
				}
				return
			}
			if said != "" || len(r.Devices) != 1 || ending(r.Devices[0]) != c.want {
				t.Errorf("standard error says %.200q, devices %+v", said, r.Devices)
			}
		})
	}
}

// TestThousandsOfParts: a device with 2,000 disks is judged disk by disk.
func TestThousandsOfParts(t *testing.T) {
	t.Parallel()
	const many = 2_000
	nas := func(state device.State) device.Observation {
		o := reaches("1", device.StateUp, device.Identity{Name: "nas1", Addresses: []string{"192.0.2.11"}})
		for n := range many {
			o.Claims = append(o.Claims, device.Claim{Facet: device.FacetHealth, Component: fmt.Sprintf("disk:%d", n), State: state})
		}
		return o
	}
	r, _, _ := replayOf(t, replayConfig, replayLines(t,
		poll(minute(0), "prtg", nas(device.StateOK)), poll(minute(1), "prtg", nas(device.StateCritical)),
		poll(minute(2), "prtg", nas(device.StateCritical)), poll(minute(3), "prtg", nas(device.StateCritical))))
	tale{
		story: []string{"00:01:00 verdict.pending nas1 disk:0 degraded", "00:03:00 verdict.changed nas1 degraded single"},
		ends:  []string{"nas1: degraded single 1/1 since 00:00:00"},
	}.check(t, r)
	if got := len(r.Devices[0].Votes); got != many+1 {
		t.Errorf("%d votes, want %d", got, many+1)
	}
}

// TestSaidTwice: what is said twice counts once, and who contradicts himself is heard the same in any order: of two
// words on one device the worse holds.
func TestSaidTwice(t *testing.T) {
	nas1 := device.Identity{Name: "nas1", Addresses: []string{"192.0.2.11"}}
	say := func(states ...device.State) []device.Observation {
		var all []device.Observation
		for _, s := range states {
			all = append(all, reaches("1", s, nas1))
		}
		return all
	}
	both := func(states ...device.State) []device.Observation {
		o := reaches("1", device.StateUp, nas1)
		o.Claims = nil
		for _, s := range states {
			o.Claims = append(o.Claims, device.Claim{Facet: device.FacetReach, State: s})
		}
		return []device.Observation{o}
	}
	const up, down, split = device.StateUp, device.StateDown, device.StateSplit
	for _, c := range []struct {
		name string
		said [][]device.Observation // each must come to the same as the first
		want device.State
	}{
		{"an observation twice", [][]device.Observation{say(down), say(down, down), say(down, down, down)}, down},
		{"a claim twice", [][]device.Observation{say(down), both(down, down)}, down},
		{"observations that disagree", [][]device.Observation{say(up, down), say(down, up)}, down},
		{"three observations that disagree", [][]device.Observation{
			say(up, split, down), say(up, down, split), say(split, up, down), say(split, down, up), say(down, up, split), say(down, split, up),
		}, down},
		{"claims that disagree", [][]device.Observation{both(up, down, split), both(down, split, up), both(split, up, down)}, down},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			first := ""
			for i, said := range c.said {
				r, out, _ := replayOf(t, replayConfig, replayLines(t,
					poll(minute(0), "prtg", say(up)...), poll(minute(1), "prtg", said...), poll(minute(2), "prtg", said...)))
				if first == "" {
					first = out
				}
				if out != first {
					t.Errorf("number %d differs:\n%s\n%s", i, first, out)
				}
				if v := r.Devices[0].Votes; len(v) != 1 || v[0].State != c.want {
					t.Errorf("the votes are %+v, want one %s", v, c.want)
				}
			}
		})
	}
}
