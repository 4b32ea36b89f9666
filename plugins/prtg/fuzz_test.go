package prtg

import (
	"encoding/json"
	"encoding/xml"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate/device"
)

// FuzzRows holds that of any row either nothing is made, or an observation that the data contract takes and that calls a
// device down only where PRTG's status says so.
func FuzzRows(f *testing.F) {
	for _, content := range []string{"devices", "sensors"} {
		for _, row := range caseRows(filepath.Join("testdata", "whole"), content) {
			b, err := json.Marshal(row)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(string(b), string(b))
		}
	}
	f.Add(`{"objid":1,"device":"\u0000\u202e","host":"http://[::1"}`, `{"objid":"2","parentid":1.0,"status_raw":5,"lastcheck_raw":"46037.41","interval_raw":1e300,"lastvalue_raw":"NaN"}`)
	f.Fuzz(func(t *testing.T, deviceJSON, sensorJSON string) {
		p := newPainter(time.Date(2026, 1, 15, 10, 0, 0, 0, time.UTC))
		var d deviceRow
		var s sensorRow
		if json.Unmarshal([]byte(deviceJSON), &d) != nil || json.Unmarshal([]byte(sensorJSON), &s) != nil {
			return
		}
		if _, err := p.device(&d); err != nil {
			return
		}
		s.Device = d.ID
		_, _ = p.sensor(&s) // A row that is none costs itself.
		pic := p.done()
		n := &pic.devices[0]
		o := observe(n, pic.of(n.id), false, lonely(pic.devices))
		if err := o.Validate(); err != nil {
			t.Errorf("%v", err)
		}
		for _, c := range o.Claims {
			if status, _ := s.Status.Int(); c.State == device.StateDown && status != statusDown && status != statusAcknowledged {
				t.Errorf("down by status %d", status)
			}
			if c.ObservedAt.IsZero() || c.Interval <= 0 {
				t.Errorf("a claim without its date or interval: %+v", c)
			}
		}
		if (len(o.Claims) == 0) != (o.Abstain != "") {
			t.Errorf("%d claims beside abstention %q", len(o.Claims), o.Abstain)
		}
	})
}

// FuzzTree holds that a tree which is believed has each of its sensors below a device of its own.
func FuzzTree(f *testing.F) {
	b, err := os.ReadFile(filepath.Join("testdata", "tree_example", "http", "sensortree.xml"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(b))
	for _, cut := range []string{"</sensor>", "</device>", "<summary>", "<name>", "</nodes>", "device", "0,0,0,1,1,0,0,0"} {
		f.Add(strings.Replace(string(b), cut, "", 1))
	}
	f.Fuzz(func(t *testing.T, body string) {
		dec := xml.NewDecoder(strings.NewReader(body))
		dec.Strict = false
		if _, err := dec.Token(); err != nil {
			return
		}
		p := newPainter(time.Date(2026, 1, 15, 10, 0, 0, 0, time.UTC))
		r := &treeReader{paint: p, isDevice: func(id int64) bool { return id%2 == 0 }}
		if r.read(dec) != nil || r.said != "" {
			return
		}
		pic, lost := p.done(), p.took.rejected.count()
		own := 0
		for i := range pic.devices {
			own += len(pic.of(pic.devices[i].id))
		}
		if own != len(pic.sensors) && lost == 0 {
			t.Errorf("%d of %d sensors are below a device", own, len(pic.sensors))
		}
	})
}
