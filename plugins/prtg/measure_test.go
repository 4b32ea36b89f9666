package prtg

import (
	"fmt"
	"strings"
	"testing"

	"github.com/quorate/quorate/device"
)

// TestReadings is that a value is read only of kinds whose unit is sure, and only where PRTG's own text agrees with it.
func TestReadings(t *testing.T) {
	for _, tt := range []struct {
		name, kind string
		raw        any
		shown      any
		status     int
		want       string // component quantity value unit
	}{
		{"ping", "ping", 2.0, "2 msec", 3, " response_time 0.002 s"},
		{"a ping of nothing", "ping", "0.0000", "0 msec", 3, " response_time 0 s"},
		{"a ping without a text", "ping", 12, nil, 3, " response_time 0.012 s"},
		{"a ping in warning", "ping", "150.5", "150,5 ms", 4, " response_time 0.1505 s"},
		{"a ping that is unusual", "ping", 3, "3 msec", 10, " response_time 0.003 s"},
		{"a ping that is down", "ping", 2.0, "2 msec", 5, ""},
		{"a ping that is paused", "ping", 2.0, "2 msec", 7, ""},
		{"a ping in thousands", "ping", 1234.0, "1,234 msec", 3, " response_time 1.234 s"},
		{"a scaled ping", "ping", 20.0, "2 msec", 3, ""},
		{"a ping with another unit", "ping", 409585.2525, "3,28 Mbit/s", 3, ""},
		{"no value", "ping", "", "-", 3, ""},
		{"a text instead of a value", "ping", "x", "x", 3, ""},
		{"below zero", "ping", -2, "-2 msec", 3, ""},
		{"uptime", "snmpuptime", 2824666.0, "32 d ", 3, " uptime 2.824666e+06 s"},
		{"uptime in hours", "SNMPUptime", 5820, "1 h 37 m", 3, " uptime 5820 s"},
		{"uptime in days that is none", "snmpuptime", 32.69, "32 d ", 3, ""},
		{"uptime in hundredths", "snmpuptime", 282466600.0, "32 d ", 3, ""},
		{"uptime of Windows", "wmiuptime", 90000, "1 T", 3, " uptime 90000 s"},
		{"uptime of Windows without a text", "wmiuptime", 90000, nil, 3, ""},
		{"load", "snmpcpu", "69.000", "69 %", 3, "cpu:x load 69 %"},
		{"load of Windows", "wmiprocessor", 0.4, "< 1 %", 3, "cpu:x load 0.4 %"},
		{"a scaled load", "snmpcpu", "0000000000000260.0000", "26 %", 3, ""},
		{"a load of more than all", "snmpcpu", 101, "101 %", 3, ""},
		{"a load without a text", "snmpcpu", 26, "", 3, ""},
		{"a load that is none", "snmpcpu", 26, "26 #", 3, ""},
		{"a page", "http", 188, "188 msec", 3, "service:http response_time 0.188 s"},
		{"a page in other units", "http", 188, "188 kbyte", 3, ""},
		{"traffic is the sum of both ways", "snmptraffic", 409585.2525, "3,28 Mbit/s", 3, ""},
		{"free space is no used space", "snmpdiskfree", 61, "61 %", 3, ""},
		{"memory that is free", "snmpmemory", 48, "48 %", 3, ""},
		{"a custom value", "snmpcustom", 36, "36 °C", 3, ""},
		{"a kind that is new", "toaster", 36, "36 °C", 3, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := newFake(t)
			f.tables = map[string][]any{"devices": {deviceOf(1, nil)}, "sensors": {
				sensorOf(2, 1, map[string]any{"sensor": "x", "type_raw": tt.kind, "lastvalue_raw": tt.raw, "lastvalue": tt.shown, "status_raw": tt.status}),
			}}
			s := open(t, f, "")
			for range 2 { // The tables, then the tree.
				got, err := poll(t, s)
				if err != nil {
					t.Fatal(err)
				}
				if said := readingWords(got[0].Readings); said != tt.want {
					t.Errorf("got %q, want %q", said, tt.want)
				}
			}
		})
	}
}

func readingWords(rs []device.Reading) string {
	var all []string
	for _, r := range rs {
		all = append(all, fmt.Sprintf("%s %s %v %s", r.Component, r.Quantity, r.Value, r.Unit))
	}
	return strings.Join(all, ", ")
}

// TestReadingsOnce is that of two pings the one with the lowest number gives the value, whatever their order.
func TestReadingsOnce(t *testing.T) {
	f := newFake(t)
	f.tables = map[string][]any{"devices": {deviceOf(1, nil)}, "sensors": {
		sensorOf(30, 1, map[string]any{"lastvalue_raw": 30}), sensorOf(4, 1, map[string]any{"lastvalue_raw": 4}),
	}}
	got, err := poll(t, open(t, f, ""))
	if err != nil {
		t.Fatal(err)
	}
	if said := readingWords(got[0].Readings); said != " response_time 0.004 s" {
		t.Errorf("got %q", said)
	}
}

// TestNumbers is every way in which a number may be shown.
func TestNumbers(t *testing.T) {
	for text, want := range map[string]string{
		"69 %": "[{69 1}]", "3,28 Mbit/s": "[{3.2800000000000002 0.01}]", "1.234,5 %": "[{1234.5 0.1}]", "1,234.5 %": "[{1234.5 0.1}]", "1,234 ms": "[{1234 1} {1.234 0.001}]",
		"1'234 ms": "[{1234 1}]", "1\u00a0234 ms": "[{1234 1}]", "1,234,567": "[{1.234567e+06 1}]", "< 0.01 %": "[{0.01 0.01}]", "-": "[]", "": "[]",
		"1 h 37 m": "[{1 1}]", "12.": "[{12 1}]", "up 5": "[{5 1}]", "1.2.3": "[]",
	} {
		if got := fmt.Sprint(numbers(text)); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}
