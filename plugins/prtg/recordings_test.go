package prtg

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate/device"
)

// TestRecordings polls bodies recorded from real servers, which are kept beside the repository. XML ones, which the
// source never asks for, are turned into rows first: as real words they test the mapping.
func TestRecordings(t *testing.T) {
	root := filepath.Join("..", "..", "..", "shared", "data", "prtg")
	want := map[string]string{
		"v18.2.41-demo/prtg_device-list_9217.json":       "3 devices: never_polled 3",
		"v18.2.41-demo/prtg_device-list_9000_empty.json": "list devices: PRTG sent 0 of 11 rows: the list is incomplete",
		"v18.2.41-demo/prtg_sensor-list_9301.json":       "1 devices: paused 1",
		"v18.2.41-demo/prtg_group-list_0.json":           `the answer has no list "devices"`,
		"v18.2.41-demo/prtg_histdata_14254.json":         `the answer has no list "devices"`,
		"v18.2.41-demo/prtg_sensor_9182.json":            `the answer has no list "devices"`,
		"v18.2.41-demo/prtg_version.json":                `the answer has no list "devices"`,
		"v18.2.41-demo/prtg_histdata_9321.xml":           "Sorry, the selected object cannot be used here.",
		"v18.2.41-demo/prtg_sensortree_device_9200.xml":  "1 devices: paused 1",
		"v18.2.41-demo/prtg_sensortree_group_9178.xml":   "6 devices: paused 5, reach up 1",
		"prtgapi-items/table_devices.xml":                "1 devices: never_polled 1",
		"prtgapi-items/table_sensors.xml":                "1 devices: health ok 1, mgmt up 1, reach up 1",
		"prtgapi-items/table_messages.xml":               "0 devices",
		"prtgapi-items/getstatus.htm.json":               `the answer has no list "devices"`,
	}
	if _, err := os.Stat(root); err != nil {
		t.Skip("SKIPPED: the recordings of PRTG's answers are not beside this repository (../shared/data/prtg)")
	}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		t.Run(strings.ReplaceAll(name, "/", "_"), func(t *testing.T) {
			body, err := os.ReadFile(filepath.Join(root, name))
			if err != nil {
				t.Fatal(err)
			}
			f := newFake(t)
			f.tables = map[string][]any{}
			switch {
			case strings.HasSuffix(name, ".xml") && !bytes.Contains(body, []byte("<error>")):
				f.tables = rowsOfXML(t, body)
			case strings.Contains(name, "sensor-list"):
				// The recorded sensors lack the column that tells their device.
				var table struct {
					Sensors []map[string]any `json:"sensors"`
				}
				if err := json.Unmarshal(body, &table); err != nil {
					t.Fatal(err)
				}
				for _, s := range table.Sensors {
					f.tables["sensors"] = append(f.tables["sensors"], with(s, map[string]any{"parentid": 1}))
				}
				f.tables["devices"] = []any{map[string]any{"objid": 1, "device": "all"}}
			default:
				f.body = map[string][]byte{"devices": body}
			}
			if got := pollRecording(t, f); !strings.Contains(got, want[name]) {
				t.Errorf("got %q, want %q", got, want[name])
			} else {
				t.Log(got)
			}
		})
	}
}

// pollRecording says in a few words what a poll makes of a recording.
func pollRecording(t *testing.T, f *fake) string {
	t.Helper()
	if f.body == nil && len(f.tables["devices"]) == 0 {
		return "0 devices"
	}
	s := open(t, f, "")
	s.now = func() time.Time { return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC) }
	words := map[string]int{}
	n := 0
	err := s.Poll(t.Context(), func(o device.Observation) error {
		n++
		if o.Abstain != "" {
			words[string(o.Abstain)]++
		}
		for _, c := range o.Claims {
			words[string(c.Facet)+" "+string(c.State)]++
		}
		return o.Validate()
	})
	if err != nil {
		return err.Error()
	}
	var said []string
	for _, w := range slices.Sorted(maps.Keys(words)) {
		said = append(said, fmt.Sprintf("%s %d", w, words[w]))
	}
	return fmt.Sprintf("%d devices: %s", n, strings.Join(said, ", "))
}

// rowsOfXML turns a table or a sensor tree into the rows of the JSON tables, every scalar a string.
func rowsOfXML(t *testing.T, body []byte) map[string][]any {
	t.Helper()
	dec := xml.NewDecoder(bytes.NewReader(body))
	dec.Strict = false
	tables := map[string][]any{}
	type node struct {
		kind string
		row  map[string]any
		text strings.Builder
	}
	content := ""
	var open []*node
	for {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		switch e := token.(type) {
		case xml.StartElement:
			if content == "" {
				content = e.Name.Local
			}
			n := &node{kind: e.Name.Local}
			if slices.Contains([]string{"item", "group", "probenode", "device", "sensor"}, n.kind) && (n.kind == "item" || len(e.Attr) > 0) {
				n.row = map[string]any{}
			}
			open = append(open, n)
		case xml.CharData:
			open[max(len(open)-1, 0)].text.Write(e)
		case xml.EndElement:
			n := open[len(open)-1]
			open = open[:len(open)-1]
			var parent *node
			for i := len(open) - 1; i >= 0 && parent == nil; i-- {
				if open[i].row != nil {
					parent = open[i]
				}
			}
			switch names := map[string]string{
				"id": "objid", "sensorkind": "type_raw", "interval": "interval_raw", "lasttime_raw_utc": "lastcheck_raw", "lastup_raw_utc": "lastup_raw",
			}; {
			case n.row == nil && parent != nil:
				key := n.kind
				if alias, ok := names[key]; ok && content == "prtg" {
					key = alias
				}
				parent.row[key] = n.text.String()
			case n.kind == "item":
				tables[content] = append(tables[content], n.row)
			case n.kind == "device":
				tables["devices"] = append(tables["devices"], with(n.row, map[string]any{"device": n.row["name"]}))
			case n.kind == "sensor":
				tables["sensors"] = append(tables["sensors"], with(n.row, map[string]any{"sensor": n.row["name"], "parentid": parent.row["objid"]}))
			}
		}
		if len(open) == 0 {
			open = append(open, &node{})
		}
	}
	if sensors := tables["sensors"]; len(tables["devices"]) == 0 && len(sensors) > 0 {
		tables["devices"] = []any{map[string]any{"objid": sensors[0].(map[string]any)["parentid"], "device": "all"}}
	}
	return tables
}
