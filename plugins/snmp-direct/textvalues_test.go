package snmpdirect

import (
	"math"
	"testing"
	"unicode/utf8"
)

func TestMeasureOfText(t *testing.T) {
	size := measure{Unit: "By", Suffixed: true}
	qnap := measure{Unit: "By", Suffixed: true, Pattern: mustPattern(t, `([\d.]+\s*[KMGT])B`)}
	celsius := measure{Unit: "Cel", Pattern: mustPattern(t, `Centigrade:\s*(-?\d+)`)}
	milli := measure{Unit: "Cel", Scale: 0.001, Signed: true, Skip: []float64{-1}}
	tests := []struct {
		name string
		m    measure
		in   any
		want float64 // NaN: no reading
	}{
		{"tebibytes", size, []byte("7.2T"), 7916483719987},
		{"gibibytes with blanks", size, []byte("640.5 G "), 687731638272},
		{"small letters", size, []byte("12m"), 12 << 20},
		{"no suffix", size, []byte("512"), 512},
		{"a number as it should be", size, 512, 512},
		{"nothing", size, []byte(""), math.NaN()},
		{"a suffix alone", size, []byte("T"), math.NaN()},
		{"two suffixes", size, []byte("7KT"), math.NaN()},
		{"a word", size, []byte("unknown"), math.NaN()},
		{"a size below nothing", size, []byte("-3T"), math.NaN()},
		{"infinite", size, []byte("infT"), math.NaN()},
		{"more than any number", size, []byte("1e999T"), math.NaN()},
		{"with a unit", qnap, []byte("1.80 TB"), 1979120929997},
		{"a unit alone", qnap, []byte("TB"), math.NaN()},
		{"a tab inside", celsius, []byte("Centigrade:34 \tFahrenheit:93"), 34},
		{"below zero", celsius, []byte("Centigrade:-4"), -4},
		{"no number", celsius, []byte("Centigrade:-"), math.NaN()},
		{"the other scale alone", celsius, []byte("Fahrenheit:93"), math.NaN()},
		{"thousandths", milli, uint32(48850), 48.85},
		{"thousandths below zero without a sign", milli, uint32(1<<32 - 5500), -5.5},
		{"not available", milli, uint32(math.MaxUint32), math.NaN()},
		{"a float with 32 bits", measure{Unit: "V"}, float32(22.4), 22.4},
		{"a float that is no number", measure{Unit: "V"}, float32(math.NaN()), math.NaN()},
		{"a float with 64 bits", measure{Unit: "V", Scale: 0.1}, 499.0, 49.9},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, ok := tt.m.read(tt.in, noRow)
			if ok == math.IsNaN(tt.want) || (ok && got != tt.want) {
				t.Errorf("read %v: got %v, %v, want %v", tt.in, got, ok, tt.want)
			}
		})
	}
}

func mustPattern(t *testing.T, s string) *pattern {
	t.Helper()
	var p pattern
	if err := p.UnmarshalText([]byte(s)); err != nil {
		t.Fatal(err)
	}
	return &p
}

// FuzzTextValues gives any text to every object and table of the built-in profiles: what comes out fits the data
// contract, and a size is never below nothing.
func FuzzTextValues(f *testing.F) {
	for _, seed := range []string{
		"7.2T", "1.80 TB", "4000 GB.", "Centigrade:34 \tFahrenheit:93", "fan0: running    fan1: stop", "28 C/82 F", "1264 RPM", "OL CHRG", "OB DISCHRG LB",
		"Rebuilding (12%)...", "3.7", "-1", "\x00\xff", "1e308T",
	} {
		f.Add([]byte(seed))
	}
	all, err := loadProfiles("")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		if s := text(in); !utf8.ValidString(s) || utf8.RuneCountInString(s) > maxText {
			t.Errorf("text %q", s)
		}
		for _, p := range all {
			r := &reader{memory: newMemory(), at: newClock().now(), byName: map[string]*part{}, joined: map[string]any{}}
			for i := range p.Objects {
				if o := &p.Objects[i]; o.Each == nil {
					r.value(o.Component, o.State, o.Reading, in, noRow)
				}
			}
			for i := range p.Tables {
				tab := &p.Tables[i]
				columns := make([][]cell, len(tab.numbers()))
				for c := range columns {
					columns[c] = []cell{{index: "1", value: in}}
				}
				r.readTable(tab, columns)
			}
			if len(r.parts) > maxParts {
				t.Fatalf("%d parts of one text", len(r.parts))
			}
			for _, x := range r.finish() {
				for _, reading := range x.readings {
					if !finite(reading.Value) || (reading.Unit == "By" && reading.Value < 0) {
						t.Errorf("%s: %+v", p.Name, reading)
					}
				}
				if x.state != "" && len(x.raw) == 0 {
					t.Errorf("%s: %s is %s without a word", p.Name, x.component, x.state)
				}
			}
		}
	})
}
