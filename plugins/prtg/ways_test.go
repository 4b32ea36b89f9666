package prtg

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/quorate/quorate/device"
)

// TestBothWaysAgree is that whatever a server holds, its tree says what its tables say.
func TestBothWaysAgree(t *testing.T) {
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 0))
	pick := func(of ...any) any { return of[r.IntN(len(of))] }
	name := func() any {
		return pick("Ping", "a & b", `<b>"x"</b>`, "It's", "Küche", "  blanks  ", "two\nlines", "日本", "", "(001) eth0 Traffic", strings.Repeat("long ", 100))
	}
	number := func(v any) any {
		if r.IntN(2) == 0 {
			return fmt.Sprint(v)
		}
		return v
	}
	kinds := []any{"ping", "snmpuptime", "SNMPTraffic", "snmpcpu", "http", "wmiprocessor", "exe", "probestate", "", "snmpsynologyphysicaldisk", nil}
	for round := range 60 {
		f := newFake(t)
		f.tables = map[string][]any{"probenode": {
			map[string]any{"objid": 1, "name": "Local Probe", "condition_raw": 2},
			map[string]any{"objid": 40, "name": "Probe & Söhne", "condition_raw": number(pick(0, 2))},
		}}
		sensors := 0
		f.tables["sensors"] = []any{sensorOf(3000, 2000, nil)}
		for i := range 1 + r.IntN(8) {
			id := 2000 + i
			f.tables["devices"] = append(f.tables["devices"], deviceOf(id, map[string]any{
				"objid": number(id), "device": name(), "probe": pick("Local Probe", "Probe & Söhne"), "status_raw": number(pick(3, 7)),
				"host":         pick("192.0.2.7", "nas.example.net", "https://cam.example.net:8443/x?a=b&c=d", "label", "127.0.0.1", "", "2001:db8::1"),
				"location_raw": pick("Rack 1", "", nil, "R&D"), "totalsens_raw": pick(nil, 0, 3),
			}))
			for range r.IntN(6) {
				sensors++
				shown := pick("2 msec", "69 %", "32 d", "-", "", nil)
				f.tables["sensors"] = append(f.tables["sensors"], sensorOf(3000+sensors, id, map[string]any{
					"objid": number(3000 + sensors), "parentid": number(id), "sensor": name(), "type_raw": pick(kinds...), "status_raw": number(r.IntN(17)),
					"message_raw": pick("OK", "Zeit & mehr", `<div class="status">x</div>`, "It&#39;s", ""), "message": nil, "lastvalue": shown,
					"lastvalue_raw": pick(2.0, "69.000", "2824666.0000", "", nil, 409585.2525),
					"lastcheck_raw": number(pick(46037.4161111111, 46037.4163194444, 0, "", 46011.34375)), "lastup_raw": number(pick(46037.4161111111, 0, "", 46037.4163194444)),
					"interval_raw": pick(60, "0000000300", "", nil), "tags": pick("pingsensor", "snmp snmpcpusensor", "", nil),
				}))
			}
		}
		s := open(t, f, "")
		tables, err := poll(t, s)
		if err != nil {
			t.Fatalf("seed %d, round %d: %v", seed, round, err)
		}
		tree, err := poll(t, s)
		if err != nil || s.choice.tree.at.IsZero() {
			t.Fatalf("seed %d, round %d: the tree was not believed: %v", seed, round, err)
		}
		if diff := cmp.Diff(tables, tree); diff != "" {
			t.Fatalf("seed %d, round %d (-tables +tree):\n%s", seed, round, diff)
		}
	}
}

// TestTreeBelowARoot is that a tree which begins below the probe, at a group or at a device, still knows the probe: from
// the tables.
func TestTreeBelowARoot(t *testing.T) {
	for _, inner := range []string{"group", "device"} {
		t.Run(inner, func(t *testing.T) {
			f := treeServer(t)
			f.tables["devices"] = f.tables["devices"][:1]
			f.tables["sensors"] = f.tables["sensors"][:2]
			whole := treeOf(f.tables["probenode"], f.tables["devices"], f.tables["sensors"])
			from, to := strings.Index(whole, "<device "), strings.Index(whole, "</device>")+len("</device>")
			body := whole[from:to]
			if inner == "group" {
				body = `<group id="77"><name>Rack</name>` + body + "</group>"
			}
			f.tree = "<prtg><sensortree><nodes>" + body + "</nodes></sensortree></prtg>"
			s := open(t, f, fmt.Sprintf(`{"url":%q,"api_token":%q,"root_id":77}`, f.URL, canary))
			for i := range 3 {
				if i == 1 {
					f.tables["probenode"][0].(map[string]any)["condition_raw"] = 0
				}
				got, err := poll(t, s)
				if err != nil || len(got) != 1 || (got[0].Abstain == device.AbstainProbeDisconnected) != (i > 0) {
					t.Errorf("poll %d: %+v, %v", i, got, err)
				}
			}
			if s.choice.tree.at.IsZero() {
				t.Error("the tree was not believed")
			}
			for _, c := range f.calls {
				if c["content"] == "sensortree" && c["id"] != "77" {
					t.Errorf("asked for %v", c)
				}
			}
		})
	}
}
