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
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/quorate/quorate/device"
)

// TestRecordings polls bodies recorded from real servers, which are kept beside the repository. A tree is polled as it is,
// and its objects are also turned into rows of the tables: both must say the same. So are tables in XML, which the source
// never asks for; as real words they test the mapping.
func TestRecordings(t *testing.T) {
	root := filepath.Join("..", "..", "..", "shared", "data", "prtg")
	if _, err := os.Stat(root); err != nil {
		t.Skip("SKIPPED: the recordings of PRTG's answers are not beside this repository (../shared/data/prtg)")
	}
	for _, tt := range []struct{ name, want string }{
		// One host name for three devices. 3, 1 and 11 sensors are counted, of which the 11 were recorded.
		{"v18.2.41-demo/prtg_device-list_9217.json", "3 devices: hidden 2, paused 1, unknown 2, without an address 3; 11 sensors: paused 11"},
		{"v18.2.41-demo/prtg_device-list_9000_empty.json", "list devices: PRTG sent 0 of 11 rows: the list is incomplete"},
		{"v18.2.41-demo/prtg_sensor-list_9301.json", "1 devices: paused 1, without an address 1; 11 sensors: paused 11"},
		{"v18.2.41-demo/prtg_group-list_0.json", `the answer has no list "devices"`},
		{"v18.2.41-demo/prtg_histdata_14254.json", `the answer has no list "devices"`},
		{"v18.2.41-demo/prtg_sensor_9182.json", `the answer has no list "devices"`},
		{"v18.2.41-demo/prtg_version.json", `the answer has no list "devices"`},
		{"v18.2.41-demo/prtg_histdata_9321.xml", `"Sorry, the selected object cannot be used here."`},
		{"v18.2.41-demo/prtg_sensortree_device_9200.xml", "1 devices: paused 1; 7 sensors: paused 7"},
		{
			"v18.2.41-demo/prtg_sensortree_group_9178.xml",
			"6 devices: paused 5, reach up 1, readings response_time 1, without an address 6; 54 sensors: paused 51, unknown 2, up 1",
		},
		{"prtgapi-items/table_devices.xml", "list sensors: PRTG counts 6 sensors and shows none of them"},
		{"prtgapi-items/table_sensors.xml", "1 devices: health ok volume 1, mgmt up 1, reach up 1, without an address 1; 1 sensors: up 1"},
		{"prtgapi-items/table_messages.xml", "1 messages"},
		{"prtgapi-items/getstatus.htm.json", `the answer has no list "devices"`},
	} {
		t.Run(strings.ReplaceAll(tt.name, "/", "_"), func(t *testing.T) {
			body, err := os.ReadFile(filepath.Join(root, tt.name))
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(tt.name, "device-list_9217") {
				body = withSensors(t, body, filepath.Join(root, "v18.2.41-demo", "prtg_sensor-list_9301.json"))
			}
			if got := pollRecording(t, tt.name, body); !strings.Contains(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
	t.Run("the core server", func(t *testing.T) {
		body, err := os.ReadFile(filepath.Join(root, "prtgapi-items", "getstatus.htm.json"))
		if err != nil {
			t.Fatal(err)
		}
		f := newFake(t)
		f.status = string(body)
		found, err := open(t, f, "").Check(t.Context())
		if got := said(found); err != nil || !strings.Contains(got, "account advice administrator") || !strings.Contains(got, "server advice 14.") {
			t.Errorf("%v\n%s", err, got)
		}
	})
	t.Run("history", func(t *testing.T) {
		body, err := os.ReadFile(filepath.Join(root, "v18.2.41-demo", "prtg_histdata_14254.json"))
		if err != nil {
			t.Fatal(err)
		}
		p := page{size: -1}
		if err := p.read(json.NewDecoder(bytes.NewReader(body)), "histdata", strconv.Quote, func(json.RawMessage) error { return nil }); err != nil || p.rows != 288 || p.size != 288 {
			t.Errorf("%+v, %v", p, err)
		}
	})
}

// pollRecording says in a few words what polls make of a recording.
func pollRecording(t *testing.T, name string, body []byte) string {
	t.Helper()
	f := newFake(t)
	f.tables = map[string][]any{}
	switch {
	case strings.HasSuffix(name, ".xml") && !bytes.Contains(body, []byte("<error>")):
		f.tables = rowsOfXML(t, body)
	case strings.Contains(name, "sensor-list"):
		f.tables["sensors"] = sensorsOf(t, body, 1)
		f.tables["devices"] = []any{map[string]any{"objid": 1, "device": "all"}}
	case strings.Contains(name, "device-list_9217"):
		var both struct{ Devices, Sensors []any }
		if err := json.Unmarshal(body, &both); err != nil {
			t.Fatal(err)
		}
		f.tables["devices"], f.tables["sensors"] = both.Devices, both.Sensors
	default:
		f.body = map[string][]byte{"devices": body}
	}
	if n := len(f.tables["messages"]); n > 0 {
		return fmt.Sprintf("%d messages", n)
	}
	s := open(t, f, "")
	s.now = func() time.Time { return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC) }
	got, err := poll(t, s)
	if err != nil {
		return err.Error()
	}
	if strings.Contains(name, "sensortree") {
		f.tree = string(body)
		tree, err := poll(t, s)
		if err != nil || s.choice.tree.at.IsZero() {
			t.Errorf("the tree as it was recorded was not believed: %v", err)
		}
		if diff := cmp.Diff(got, tree); diff != "" {
			t.Error("the tree and its rows say different things") // Without the recording's own words.
		}
		p, err := s.readTree(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return words(got, s.told.hidden) + sensorWords(p)
	}
	p, err := s.readTables(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return words(got, s.told.hidden) + sensorWords(p)
}

// sensorsOf are the rows of a recorded table of sensors, which lacks the column that tells their device.
func sensorsOf(t *testing.T, body []byte, id int) []any {
	t.Helper()
	var table struct{ Sensors []map[string]any }
	if err := json.Unmarshal(body, &table); err != nil {
		t.Fatal(err)
	}
	var rows []any
	for _, s := range table.Sensors {
		rows = append(rows, with(s, map[string]any{"parentid": id}))
	}
	return rows
}

// withSensors puts the sensors that were recorded of one of the devices beside the table of devices.
func withSensors(t *testing.T, body []byte, sensors string) []byte {
	t.Helper()
	b, err := os.ReadFile(sensors)
	if err != nil {
		t.Fatal(err)
	}
	var tables map[string]any
	if err := json.Unmarshal(body, &tables); err != nil {
		t.Fatal(err)
	}
	tables["sensors"] = sensorsOf(t, b, 9301)
	if body, err = json.Marshal(tables); err != nil {
		t.Fatal(err)
	}
	return body
}

// words counts what observations hold, without a word of their own.
func words(observations []device.Observation, hidden int) string {
	n := map[string]int{}
	for _, o := range observations {
		if o.Abstain != "" {
			n[string(o.Abstain)]++
		}
		if len(o.Addresses)+len(o.Hostnames) == 0 {
			n["without an address"]++
		}
		for _, c := range o.Claims {
			kind, _, _ := strings.Cut(c.Component, ":")
			n[strings.TrimSpace(string(c.Facet)+" "+string(c.State)+" "+kind)]++
		}
		for _, r := range o.Readings {
			n["readings "+r.Quantity]++
		}
		for _, a := range o.Alerts {
			n["alerts "+a.Severity+" "+a.State]++
		}
	}
	if hidden > 0 {
		n["hidden"] = hidden
	}
	return fmt.Sprintf("%d devices: %s", len(observations), counted(n))
}

func sensorWords(p *picture) string {
	n := map[string]int{}
	for i := range p.sensors {
		n[p.sensors[i].shown()]++
	}
	if len(n) == 0 {
		return ""
	}
	return fmt.Sprintf("; %d sensors: %s", len(p.sensors), counted(n))
}

func counted(n map[string]int) string {
	var all []string
	for _, w := range slices.Sorted(maps.Keys(n)) {
		all = append(all, fmt.Sprintf("%s %d", w, n[w]))
	}
	return strings.Join(all, ", ")
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
				"statusmessage": "message_raw",
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
