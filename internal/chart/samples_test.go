package chart

import (
	"fmt"
	"time"
)

var noon = time.Date(2026, 3, 7, 12, 0, 0, 0, time.UTC)

func at(minutes float64) time.Time { return noon.Add(time.Duration(minutes * float64(time.Minute))) }

// drawing is anything that makes a picture.
type drawing interface{ SVG() []byte }

// samples are pictures as posts have them, the odd ones too; each has a golden file.
func samples() map[string]drawing {
	day := &Strip{
		Head: Head{ID: "timeline", Title: "Who was what, 7 March 2026", Desc: "A monitor lied, a switch died with what hung on it, and another monitor went blind."},
		From: at(0), To: at(31),
		Rows: []Row{
			{"Monitors", "LibreNMS", []Span{{at(0), at(3), Up}, {at(3), at(9), Suspect}, {at(9), at(31), Up}}},
			{"Monitors", "PRTG", []Span{{at(0), at(25), Up}, {at(25), at(31), Blind}}},
			{"Devices", "switch-1", []Span{{at(0), at(31), Up}, {at(12), at(18), Down}}},
			{"Devices", "firewall-1", []Span{{at(0), at(31), Up}, {at(21), at(24), Disputed}}},
			{"Devices", "ap-2", []Span{{at(2), at(25), Up}, {at(14), at(16), Maintenance}, {at(25), at(29.5), Unknown}, {at(29.5), at(31), Up}}},
			{"Devices", "hypervisor-1", []Span{{at(0), at(31), Up}, {at(5), at(5.05), Down}, {at(19), at(30), Degraded}}},
		},
	}
	month := &Strip{
		Head: Head{ID: "timeline", Title: "A month of two devices", Desc: "An outage of a minute is seen all the same."},
		From: noon, To: noon.AddDate(0, 1, 0), Zone: time.FixedZone("CET", 3600),
		Rows: []Row{
			{"", "nas-1", []Span{{noon, noon.AddDate(0, 1, 0), Up}, {noon.AddDate(0, 0, 9), noon.AddDate(0, 0, 9).Add(time.Minute), Down}}},
			{"", "a label that is much too long for the place that it has", []Span{{noon.AddDate(0, 0, 3), noon.AddDate(0, 1, 9), Up}}},
		},
	}
	many := &Strip{Head: Head{ID: "timeline", Title: "More rows than have room"}, From: at(0), To: at(60)}
	for i := range maxRows + 9 {
		many.Rows = append(many.Rows, Row{Label: fmt.Sprintf("device-%03d", i+1), Spans: []Span{{at(0), at(60), Up}, {at(float64(i)), at(float64(i) + 3), Down}}})
	}
	three := &Matrix{
		Head:    Head{ID: "agreement", Title: "How often the monitors said the same", Desc: "LibreNMS and PRTG agreed in 99.2 per cent of the time."},
		Sources: []string{"LibreNMS", "PRTG", "direct SNMP"}, Unit: "contradictions",
		Pairs: []Pair{{0, 1, 992 * time.Hour, 1000 * time.Hour, 12}, {1, 2, 700 * time.Hour, 700 * time.Hour, 0}, {0, 2, 300 * time.Hour, 700 * time.Hour, 4210}},
	}
	six := &Matrix{
		Head: Head{ID: "agreement", Title: "Six of seven monitors"}, Unit: "contradictions",
		Sources: []string{"LibreNMS", "PRTG", "direct SNMP", "Quorate's own probe", "a script", "another monitor", "another monitor 2"},
	}
	for a := range 7 {
		for b := range a {
			if a+b != 4 {
				six.Pairs = append(six.Pairs, Pair{b, a, time.Duration(1000-a*a*a*b) * time.Hour, 1000 * time.Hour, a * b * 31})
			}
		}
	}
	bars := &Bars{
		Head: Head{ID: "availability", Title: "How much of the time each group was up", Desc: "Unknown time is nobody's: it counts as neither up nor down."},
		Rows: []Bar{
			{"", "all devices", 99 * time.Hour, 10 * time.Minute, 4 * time.Hour},
			{"By kind", "NAS", 100 * time.Hour, 0, 0},
			{"By kind", "access points", 90 * time.Hour, 2 * time.Hour, 8 * time.Hour},
			{"By kind", "switches", 99 * time.Hour, 30 * time.Second, 0},
			{"Least available", "camera-3", 20 * time.Hour, 60 * time.Hour, 20 * time.Hour},
			{"Least available", "sensor-12", 0, 0, 100 * time.Hour},
			{"Least available", "plug-1", 0, 0, 0},
		},
	}
	lanes := &Lanes{
		Head: Head{ID: "lanes", Title: "What was said of nas-1", Desc: "LibreNMS called it down while PRTG did not, and fell silent."},
		From: at(0), To: at(60), Now: at(59), Marks: []time.Time{at(10), at(11), at(30), at(58), at(70)},
		Sources: []Lane{
			{"LibreNMS", []Span{{at(0), at(10), Up}, {at(10), at(20), Down}, {at(20), at(24), Suspect}, {at(40), at(60), Stale}}, []Span{{at(36), at(60), None}}},
			{"PRTG", []Span{{at(0), at(30), Up}, {at(30), at(40), Abstained}, {at(40), at(50), Split}, {at(50), at(60), Up}}, nil},
			{"a source with a name that is much too long", nil, []Span{{at(3), at(3.1), None}}},
		},
		Verdict: Lane{Label: "Verdict", Spans: []Span{{at(0), at(58), Up}, {at(10), at(24), Disputed}, {at(58), at(60), Degraded}}},
	}
	broad := *lanes
	broad.Wide, broad.Bare = true, true
	return map[string]drawing{
		"lanes": lanes, "lanes-wide": &broad, "lanes-empty": &Lanes{Head: Head{ID: "lanes", Title: "Nothing yet"}},
		"strip-day": day, "strip-month": month, "strip-many": many, "strip-empty": &Strip{Head: Head{ID: "timeline", Title: "Nothing yet"}},
		"matrix-three": three, "matrix-six": six, "matrix-one": &Matrix{Head: Head{ID: "agreement", Title: "One monitor"}, Sources: []string{"PRTG"}},
		"bars": bars, "bars-empty": &Bars{Head: Head{ID: "availability", Title: "Nothing yet"}},
	}
}
