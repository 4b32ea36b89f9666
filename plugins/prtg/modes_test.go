package prtg

import (
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/sdk"
)

// whole is a fake with the rows of the golden case of that name, and a source that reads it at the time of that case.
func whole(t *testing.T) (*fake, *Source) {
	t.Helper()
	dir := filepath.Join("testdata", "whole")
	f := newFake(t)
	f.tables = map[string][]any{}
	for _, content := range []string{"devices", "sensors", "probenode"} {
		if f.tables[content] = caseRows(dir, content); len(f.tables[content]) == 0 {
			t.Fatalf("no %s", content)
		}
	}
	now := clock(t, dir)
	s := New()
	s.now = func() time.Time { return now }
	f.date = now
	if err := s.Configure(t.Context(), []byte(fmt.Sprintf(`{"url":%q,"api_token":%q}`, f.URL, canary))); err != nil {
		t.Fatal(err)
	}
	return f, s
}

// rowsLike changes every row of every table.
func rowsLike(tables map[string][]any, change func(row map[string]any)) {
	for _, rows := range tables {
		for _, row := range rows {
			change(row.(map[string]any))
		}
	}
}

// TestSameWords is that a server which says the same in another way is understood the same, from its tables and from
// its tree.
func TestSameWords(t *testing.T) {
	_, s := whole(t)
	want, err := poll(t, s)
	if err != nil {
		t.Fatal(err)
	}
	german := strings.NewReplacer("Up ", "OK ", "Down", "Fehler", "Warning", "Warnung", "Paused", "Pausiert", "Connected", "Verbunden", "Disconnected", "Getrennt",
		"msec", "ms", "32 d ", "32 T ", "[51 s ago]", "[vor 51 s]", "1/15/2026 10:59:12 AM", "15.01.2026 10:59:12", "Yes", "Ja")
	for _, tt := range []struct {
		name   string
		change func(f *fake)
	}{
		{"pages of two rows", func(f *fake) { f.page = 2 }},
		{"every scalar is a string", func(f *fake) {
			rowsLike(f.tables, func(row map[string]any) {
				for k, v := range row {
					row[k] = cellOf(map[string]any{k: v}, k)
				}
			})
		}},
		{"what may be missing is null", func(f *fake) {
			rowsLike(f.tables, func(row map[string]any) {
				for _, k := range []string{"message", "status", "lastcheck", "lastup", "interval", "active", "active_raw", "location", "deviceicon", "priority", "upsens", "type"} {
					if _, ok := row[k]; ok {
						row[k] = nil
					}
				}
			})
		}},
		{"all texts are German", func(f *fake) {
			rowsLike(f.tables, func(row map[string]any) {
				for _, k := range []string{"status", "message", "lastcheck", "lastup", "lastdown", "lastvalue", "type", "condition", "active"} {
					if v, ok := row[k].(string); ok {
						row[k] = german.Replace(v)
					}
				}
			})
		}},
		{"columns that are not known", func(f *fake) {
			rowsLike(f.tables, func(row map[string]any) { row["Not found"], row[""], row["objid_raw"] = "_raw", []any{1}, "x" })
		}},
		{"keys in other letters", func(f *fake) {
			rowsLike(f.tables, func(row map[string]any) {
				for k, v := range row {
					delete(row, k)
					row[strings.ToUpper(k)] = v
				}
			})
		}},
		{"numbers with leading zeros", func(f *fake) {
			rowsLike(f.tables, func(row map[string]any) {
				for _, k := range []string{"status_raw", "interval_raw", "totalsens_raw", "condition_raw"} {
					if v := cellOf(row, k); v != "" {
						row[k] = "000000000" + v
					}
				}
			})
		}},
		{"rows in another order", func(f *fake) {
			for _, rows := range f.tables {
				for i := range len(rows) / 2 {
					rows[i], rows[len(rows)-1-i] = rows[len(rows)-1-i], rows[i]
				}
			}
		}},
		{"one row that is none", func(f *fake) { f.tables["sensors"] = append(f.tables["sensors"], map[string]any{"sensor": "lost"}) }},
		{"messages as markup alone", func(f *fake) {
			rowsLike(f.tables, func(row map[string]any) {
				if v, ok := row["message_raw"].(string); ok {
					row["message"] = `<div class="status">` + v + `<div class="moreicon"></div></div>`
				}
			})
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f, s := whole(t)
			tt.change(f)
			for _, way := range []string{"tables", "tree"} {
				got, err := poll(t, s)
				if err != nil {
					t.Fatalf("%s: %v", way, err)
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%s (-as it is +then):\n%s", way, diff)
				}
			}
			if s.choice.tree.at.IsZero() {
				t.Error("the tree was not believed")
			}
		})
	}
}

// TestProbeIsLost is that nothing behind a disconnected probe has a vote, whatever its sensors last said, and that its
// alerts are not over.
func TestProbeIsLost(t *testing.T) {
	f, s := whole(t)
	f.tables["probenode"][0].(map[string]any)["condition_raw"] = "0"
	for _, way := range []string{"tables", "tree"} {
		got, err := poll(t, s)
		if err != nil {
			t.Fatal(err)
		}
		alerts := 0
		for _, o := range got {
			if o.Abstain != device.AbstainProbeDisconnected || len(o.Claims)+len(o.Readings) > 0 || !o.ObservedAt.IsZero() {
				t.Errorf("%s: %+v", way, o)
			}
			alerts += len(o.Alerts)
		}
		if alerts != 3 {
			t.Errorf("%s: %d alerts", way, alerts)
		}
	}
	// A second probe of the same name is connected: which of them asks whom cannot be told.
	f.tables["probenode"] = append(f.tables["probenode"], map[string]any{"objid": 77, "name": "Local Probe", "condition_raw": 2})
	got, err := poll(t, s)
	if err != nil || got[0].Abstain != "" {
		t.Errorf("%+v, %v", got[0], err)
	}
}

// TestManySensorsAtOneDevice is that no number of sensors costs a device its word.
func TestManySensorsAtOneDevice(t *testing.T) {
	f := newFake(t)
	f.tables = map[string][]any{"devices": {deviceOf(1, nil)}}
	for i := range 1100 {
		status := []int{3, 5}[i%2]
		f.tables["sensors"] = append(f.tables["sensors"], sensorOf(10+i, 1, map[string]any{
			"sensor": fmt.Sprint(i, strings.Repeat("𝄞", 250)), "type_raw": "http", "status_raw": status, "message_raw": strings.Repeat("𝄞", 500), "lastvalue": "2 ms",
		}))
	}
	got, err := poll(t, open(t, f, ""))
	if err != nil || len(got) != 1 || len(got[0].Claims) != maxTrimmed || got[0].Claims[0].Facet != device.FacetReach || got[0].Claims[1].State != device.StateCritical {
		t.Errorf("%d devices, %v", len(got), err)
	}
	for _, row := range f.tables["sensors"] {
		row.(map[string]any)["sensor"] = fmt.Sprint("page ", row.(map[string]any)["objid"])
		row.(map[string]any)["message_raw"] = "no answer"
	}
	got, err = poll(t, open(t, f, ""))
	if err != nil || len(got) != 1 || len(got[0].Claims) != maxParts+1 || len(got[0].Alerts) != maxAlerts || len(got[0].Readings) != 550 {
		t.Errorf("%d devices, %v: %d claims, %d alerts, %d readings", len(got), err, len(got[0].Claims), len(got[0].Alerts), len(got[0].Readings))
	}
}

// TestOneRowIsRejected is that one row which is none costs that row, and is counted.
func TestOneRowIsRejected(t *testing.T) {
	f, s := whole(t)
	f.tables["sensors"] = append(f.tables["sensors"], map[string]any{"sensor": "lost"}, map[string]any{"objid": 5, "parentid": "x"})
	f.tables["devices"] = append(f.tables["devices"], "text")
	got, err := poll(t, s)
	if err != nil || len(got) != 5 {
		t.Fatalf("%d devices, %v", len(got), err)
	}
	var reasons []string
	for _, r := range s.Rejected() {
		reasons = append(reasons, fmt.Sprintf("%s: %s", r.Reason, r.Body))
	}
	want := []string{
		`a row of PRTG's answer: it is no object with fields: "text"`,
		`a row of PRTG's answer: it has no object id: {"sensor":"lost"}`,
		`a row of PRTG's answer: it does not say which device it belongs to: {"objid":5,"parentid":"x"}`,
	}
	if diff := cmp.Diff(want, reasons); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	for i := range 1000 {
		f.tables["sensors"] = append(f.tables["sensors"], map[string]any{"sensor": i})
	}
	s.choice = choice{}
	if _, err := poll(t, s); err != nil {
		t.Fatal(err)
	}
	if r := s.Rejected(); len(r) != maxRejected+1 || r[maxRejected].Reason != "953 more rows of PRTG's answer" {
		t.Errorf("%d rejected, the last: %q", len(r), r[len(r)-1].Reason)
	}
}

// TestRefusedInTheMiddle is that whichever request of a poll is refused, it is the last one.
func TestRefusedInTheMiddle(t *testing.T) {
	for good := range 6 {
		t.Run(fmt.Sprintf("after %d", good), func(t *testing.T) {
			f, s := whole(t)
			answered := 0
			f.before = func(w http.ResponseWriter, _ *http.Request) bool {
				if answered++; answered <= good {
					return false
				}
				w.WriteHeader(http.StatusUnauthorized)
				return true
			}
			for range 5 {
				if _, err := poll(t, s); answered > good && !sdk.IsPermanent(err) {
					t.Errorf("after %d answers: %v", answered, err)
				}
			}
			if answered != good+1 {
				t.Errorf("%d requests after %d good ones", answered-good, good)
			}
		})
	}
}
